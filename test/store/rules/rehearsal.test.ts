// A rehearsal as the site asks for it: what a rule would have sent, before it is saved.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rehearse } from '../../../src/store/rehearsal.ts';
import { listRules } from '../../../src/store/rules.ts';
import { openPool, type Pool } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { PLAIN } from './fixtures.ts';

const HOUR = 3_600_000;
let database: TestDatabase;
let web: Pool;
/** Yesterday at noon in Berlin, by and large: hours from it are told apart as night and day. */
const noon = new Date(Math.floor((Date.now() - 48 * HOUR) / (24 * HOUR)) * 24 * HOUR + 11 * HOUR);
const after = (hours: number) => new Date(noon.getTime() + hours * HOUR);

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 2 });
  const { pool } = database;
  await pool.query(`update sites set time_zone = 'Europe/Berlin'`);
  await pool.query(
    `insert into devices (site_id, id, name, owner, state, first_seen_at) values
       (1, 1, 'Anna''s phone', 'Anna', 'known', now()), (1, 2, 'Camera', null, 'known', now())`,
  );
  // Whoever is known now was new then.
  await pool.query(
    `insert into device_changes (site_id, device_id, actor, what, before, after)
     values (1, 2, 'Anna', 'accept', '{"state": "new"}', '{"state": "known"}')`,
  );
  const alert = (kind: string, severity: string, device: number, opened: Date, ended: Date | null) =>
    pool.query(
      `insert into alerts (site_id, kind, severity, device_id, summary, dedup_key, opened_at, last_at, resolved_at)
       values (1, $1, $2, $3, 'x', random()::text, $4, $4, $5)`,
      [kind, severity, device, opened, ended],
    );
  await alert('device_down', 'high', 1, after(0), after(0.01)); // back within a minute
  await alert('device_down', 'high', 1, after(1), after(2));
  await alert('new_device', 'medium', 2, after(1.5), null);
  await alert('new_device', 'medium', 2, after(12), null); // at night
  await alert('ip_conflict', 'critical', 1, after(13), null); // at night
  await pool.query(`insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'a@b')`);
});
afterAll(async () => {
  await web.close();
  await database.drop();
});

it('forecasts the rules as they are', async () => {
  const { all, now, rule, days } = await rehearse(web, 'default', null, 30);
  expect(days).toBe(30);
  expect(rule).toBeNull();
  expect(all).toEqual(now);
  expect(now).toMatchObject({
    alerts: 5,
    messages: 4,
    atNight: 2,
    byChannel: [{ channel: 'email', messages: 4 }],
    devices: [
      { id: 1, title: `Anna's phone`, messages: 2 },
      { id: 2, title: 'Camera', messages: 2 },
    ],
    notSent: [{ reason: 'over before it was sent', alerts: 1 }],
  });
  expect(now.byDay.map(({ messages }) => messages)).toEqual([2, 2]);
});

it('forecasts what a rule would do among them, and saves nothing', async () => {
  const before = await listRules(web, 'default');
  const quiet = { ...PLAIN, name: 'Mine', states: ['new'], quietFrom: '22:00', quietTo: '07:00' };
  const { rule, all, now } = await rehearse(web, 'default', { id: null, input: quiet }, 30);
  // Both were of a device that was new at the time; the one at night waits until morning.
  expect(rule).toMatchObject({ alerts: 2, messages: 2, atNight: 0, devices: [{ id: 2, messages: 2 }] });
  expect([all.messages, all.atNight]).toEqual([4, 1]);
  expect([now.messages, now.atNight]).toEqual([4, 2]);
  expect(await listRules(web, 'default')).toEqual(before);
});

it('forecasts a changed rule in its place', async () => {
  const rules = await listRules(web, 'default');
  const last = rules.at(-1);
  if (last === undefined) throw new Error('no rules');
  const { rule, all } = await rehearse(
    web,
    'default',
    { id: last.id, input: { ...last, action: 'silence' } },
    30,
  );
  expect(rule).toMatchObject({
    alerts: 2,
    messages: 0,
    notSent: [{ reason: 'the rule “Everything else” keeps silent about it', alerts: 2 }],
  });
  expect(all.messages).toBe(2);
});

it('refuses what could not be saved, and days without an end', async () => {
  const input = { ...PLAIN, timeZone: 'Mars/Olympus' };
  await expect(rehearse(web, 'default', { id: null, input }, 30)).rejects.toThrow(/no time zone/);
  await expect(rehearse(web, 'default', null, 0)).rejects.toThrow(/1 to 366 days/);
  await expect(rehearse(web, 'default', { id: 99_999, input: PLAIN }, 30)).rejects.toThrow(/no rule 99999/);
});
