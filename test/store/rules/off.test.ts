// What becomes of alerts while a channel is off, and when it is on again: the rules are asked then as well.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { saveRule, type RuleInput } from '../../../src/store/rules.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { PLAIN } from './fixtures.ts';

let database: TestDatabase;
let email: number;
let chat: number;

const query = <Row>(text: string, values: readonly unknown[] = []) => database.pool.query<Row>(text, values);

beforeAll(async () => {
  database = await freshDatabase();
  await query(`select site_of('default')`);
  await query(`insert into devices (site_id, id, state, first_seen_at) values (1, 1, 'known', now())`);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await query('truncate alerts, deliveries, mutes, rules cascade');
  await query('delete from channels');
  const rows = await query<{ id: number }>(
    `insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'a@b'), (1, 'chat', 'telegram', '1')
     returning id`,
  );
  [email, chat] = rows.map(({ id }) => id) as [number, number];
});

const rule = (input: Partial<RuleInput>) =>
  saveRule(database.pool, 'default', {
    id: null,
    revision: null,
    input: { ...PLAIN, name: `rule ${Math.random()}`, ...input },
    actor: 'Anna',
  });
const off = () => query(`update channels set off_at = now(), off_by = 'Anna' where id = $1`, [email]);
const on = () =>
  query(`update channels set off_at = null, off_by = null, enabled = true where id = $1`, [email]);
const raise = (severity = 'medium', key = `k${Math.random()}`) =>
  query(
    `insert into alerts (site_id, kind, severity, device_id, summary, dedup_key)
     values (1, 'mac_changed', $1, 1, 'x', $2)`,
    [severity, key],
  );
const mute = () =>
  query(
    `insert into mutes (site_id, device_id, until, actor) values (1, 1, now() + interval '1 hour', 'Anna')`,
  );
const onEmail = () =>
  query<{ state: string; reason: string | null; quiet: boolean; held: boolean; escalation: boolean }>(
    `select state, reason, quiet, hold_until is not null as held, escalation from deliveries where channel_id = $1 order by id`,
    [email],
  );
const QUEUED = { state: 'queued', reason: null, quiet: false, held: false, escalation: false };

it('what a rule keeps silent about is not told when the channel is on again', async () => {
  await rule({ action: 'silence' });
  await off();
  await raise();
  expect(await onEmail()).toMatchObject([
    { state: 'suppressed', reason: expect.stringMatching(/keeps silent/) },
  ]);
  await on();
  expect(await onEmail()).toMatchObject([
    { state: 'suppressed', reason: expect.stringMatching(/keeps silent/) },
  ]);
});

it('what was muted is not told when the channel is on again', async () => {
  await rule({});
  await off();
  await mute();
  await raise();
  expect(await onEmail()).toMatchObject([
    { state: 'suppressed', reason: expect.stringMatching(/^muted until/) },
  ]);
  await on();
  expect(await onEmail()).toMatchObject([
    { state: 'suppressed', reason: expect.stringMatching(/^muted until/) },
  ]);
});

it('a mute and a rule that came since count', async () => {
  await rule({});
  await off();
  await raise();
  expect(await onEmail()).toMatchObject([{ reason: 'channel email is switched off by Anna' }]);
  await mute();
  await on();
  expect(await onEmail()).toMatchObject([
    { state: 'suppressed', reason: expect.stringMatching(/^muted until/) },
  ]);
});

it('it is told in its time: after quiet hours, in its window, and once in a cooldown', async () => {
  await rule({ quietFrom: '00:00', quietTo: '23:59' });
  await off();
  await raise();
  await on();
  // Within the one minute of the day that is not quiet, nothing is held.
  const [minute] = await query<{ loud: boolean }>(
    `select (now() at time zone 'UTC')::time >= '23:59' as loud`,
  );
  expect(await onEmail()).toMatchObject([
    { state: 'queued', quiet: minute?.loud === false, held: minute?.loud === false },
  ]);

  await query('truncate alerts, rules cascade');
  await rule({ groupS: 600, cooldownS: 3600 });
  await off();
  await raise('medium', 'same');
  await query(`update alerts set resolved_at = now()`);
  await raise('medium', 'same');
  await query(`update alerts set resolved_at = null, dedup_key = 'other' where resolved_at is not null`);
  await on();
  const rows = await onEmail();
  expect(rows.filter(({ state }) => state === 'queued').every(({ held }) => held)).toBe(true);
  expect(rows).toHaveLength(2);
});

it('what a configured channel that no daemon has misses is said, and made up for', async () => {
  await rule({ escalateAfterS: 600, escalateTo: email, channels: [chat] });
  await rule({ channels: [email], kinds: ['mac_changed'] });
  await query(`update channels set enabled = false where id = $1`, [email]);
  await raise();
  const OFF = 'channel email is switched off: no running alert daemon has it in its configuration';
  expect(await onEmail()).toMatchObject([
    { state: 'suppressed', reason: OFF, escalation: false },
    { state: 'suppressed', reason: OFF, escalation: true },
  ]);
  await on();
  expect((await onEmail()).toSorted((a, b) => Number(a.escalation) - Number(b.escalation))).toEqual([
    QUEUED,
    { ...QUEUED, held: true, escalation: true },
  ]);
  // The other channel was told already, and once.
  expect(await query('select state from deliveries where channel_id = $1', [chat])).toEqual([
    { state: 'queued' },
  ]);
});

it('who is to be called if nobody acknowledges is called for what was made up for as well', async () => {
  await rule({ escalateAfterS: 600, escalateTo: chat, channels: [email] });
  await off();
  await raise();
  expect(await query('select 1 from deliveries where escalation')).toEqual([]);
  await on();
  expect(await query('select channel_id, state from deliveries where escalation')).toEqual([
    { channel_id: chat, state: 'queued' },
  ]);
});

it('a first channel beside one that is off for good is told of what is open', async () => {
  await query('delete from channels where id = $1', [chat]);
  await rule({});
  await query(`update channels set enabled = false where id = $1`, [email]);
  await raise();
  await query(`insert into channels (site_id, name, kind, target) values (1, 'new', 'ntfy', 'x')`);
  expect(
    await query(
      `select c.name, d.state from deliveries as d join channels as c on c.id = d.channel_id order by 1`,
    ),
  ).toEqual([
    { name: 'email', state: 'suppressed' },
    { name: 'new', state: 'queued' },
  ]);
});
