// What a link does in the database: once, or not at all.
import { beforeAll, afterAll, beforeEach, describe, expect, it } from 'vitest';
import { linkKey, linkUse, openLink, useLink, type UsableLink } from '../../src/store/links.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { devices, recordScan } from './outbox-fixtures.ts';

let database: TestDatabase;
let web: Pool;
let next = 20;

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_web'), { application: 'test', max: 5 });
  await recordScan(database.pool, []);
});
afterAll(async () => {
  await web.close();
  await database.drop();
});

/** A new device, its alert, and a link to that. */
let link: UsableLink;
let device: number;
beforeEach(async () => {
  next += 1;
  await recordScan(database.pool, devices(1, next));
  const [row] = await database.pool.query<{ id: number; device_id: number }>(
    `select id, device_id from alerts where kind = 'new_device' order by id desc limit 1`,
  );
  device = row?.device_id ?? 0;
  link = {
    id: `00000000-0000-4000-8000-${String(next).padStart(12, '0')}`,
    alertId: row?.id ?? 0,
    channel: 'email',
    expiresAt: new Date(Date.now() + 86_400_000),
  };
});

const stateOf = async () =>
  (await database.pool.query<{ state: string }>('select state from devices where id = $1', [device]))[0]
    ?.state;
const events = () =>
  database.pool.query<{ what: string; actor: string }>(
    'select what, actor from alert_events where alert_id = $1 order by id',
    [link.alertId],
  );

describe('the key', () => {
  it('is made once and is each site’s own', async () => {
    await database.pool.query(`insert into sites (name) values ('branch')`);
    const keys = await Promise.all([
      linkKey(web, 'default'),
      linkKey(web, 'default'),
      linkKey(web, 'branch'),
    ]);
    expect(keys[0]).toHaveLength(32);
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).not.toEqual(keys[0]);
    expect(await linkKey(web, 'default')).toEqual(keys[0]);
  });

  it('is for the alert daemon and the site alone', async () => {
    for (const role of ['netureon_scan', 'netureon_profile'])
      await expectDenied(role, `select link_key('default')`);
    for (const role of ['netureon_alertd', 'netureon_web', 'netureon_scan'])
      await expectDenied(role, 'select * from link_keys');
    await expectDenied(
      'netureon_alertd',
      `select act_by_link('default', gen_random_uuid(), now(), 1, 'email', 'block', 'x')`,
    );
    const alertd = openPool(database.urlAs('netureon_alertd'), { application: 'test', max: 1 });
    expect(await linkKey(alertd, 'default')).toHaveLength(32);
    await alertd.close();
  });

  async function expectDenied(role: string, sql: string) {
    const pool = openPool(database.urlAs(role), { application: 'test', max: 1 });
    await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501' });
    await pool.close();
  }
});

describe('a link', () => {
  it.each([
    ['accept', 'known'],
    ['ignore', 'ignored'],
    ['block', 'blocked'],
  ])('can %s the device', async (what, state) => {
    expect(await useLink(web, 'default', link, what, 'Anna')).toMatchObject({
      kind: 'done',
      change: expect.any(Number) as number,
    });
    expect(await stateOf()).toBe(state);
    expect(await linkUse(web, 'default', link)).toMatchObject({ what, actor: 'Anna' });
    expect(await events()).toContainEqual({ what: 'acted', actor: 'Anna' });
  });

  it('can mute the device for an hour', async () => {
    const outcome = await useLink(web, 'default', link, 'mute', 'Anna');
    expect(outcome).toMatchObject({ kind: 'done', change: null, until: expect.any(Date) as Date });
    const [mute] = await database.pool.query<{ minutes: number; kind: string | null }>(
      `select round(extract(epoch from until - from_at) / 60)::integer as minutes, kind from mutes where device_id = $1`,
      [device],
    );
    expect(mute).toEqual({ minutes: 60, kind: null });
    expect(await events()).toContainEqual({ what: 'muted', actor: 'Anna' });
  });

  it('can acknowledge the alert', async () => {
    expect(await useLink(web, 'default', link, 'acknowledge', 'Anna')).toMatchObject({ kind: 'done' });
    const [alert] = await database.pool.query('select acknowledged_by from alerts where id = $1', [
      link.alertId,
    ]);
    expect(alert).toEqual({ acknowledged_by: 'Anna' });
  });

  it('acts once, whatever it is asked for next', async () => {
    await useLink(web, 'default', link, 'accept', 'Anna');
    for (const what of ['accept', 'block', 'mute'])
      expect(await useLink(web, 'default', link, what, 'Mallory')).toEqual({
        kind: 'used',
        use: { at: expect.any(Date) as Date, what: 'accept', actor: 'Anna' },
      });
    expect(await stateOf()).toBe('known');
  });

  it('acts once when twenty press at the same moment', async () => {
    const pressed = Array.from({ length: 20 }, (_, i) =>
      useLink(web, 'default', link, i % 2 === 0 ? 'accept' : 'block', `person ${i}`),
    );
    const kinds = (await Promise.all(pressed)).map(({ kind }) => kind);
    expect(kinds.filter(kind => kind === 'done')).toHaveLength(1);
    expect(kinds.filter(kind => kind === 'used')).toHaveLength(19);
    const changes = await database.pool.query('select from device_changes where device_id = $1', [device]);
    expect(changes).toHaveLength(1);
  });

  it('is not used up by what failed', async () => {
    expect(await useLink(web, 'default', link, 'archive', 'Anna')).toMatchObject({ kind: 'refused' });
    expect(await linkUse(web, 'default', link)).toBeUndefined();
    const [baseline] = await database.pool.query<{ id: number }>(
      `select id from alerts where kind = 'baseline'`,
    );
    const ofBaseline = { ...link, alertId: baseline?.id ?? 0 };
    expect(await useLink(web, 'default', ofBaseline, 'block', 'Anna')).toMatchObject({
      kind: 'refused',
      why: 'this alert is about no single device',
    });
    expect(await useLink(web, 'default', ofBaseline, 'acknowledge', 'Anna')).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['is over', -1000],
    ['claims to last longer than any', 9 * 86_400_000],
  ])('does nothing when it %s', async (_, ms) => {
    const old = { ...link, expiresAt: new Date(Date.now() + ms) };
    expect(await useLink(web, 'default', old, 'block', 'Anna')).toEqual({ kind: 'expired' });
    expect(await stateOf()).toBe('new');
  });

  it('of another site’s alert, or of one that is gone, does nothing', async () => {
    await database.pool.query(`insert into sites (name) values ('other') on conflict do nothing`);
    expect(await useLink(web, 'other', link, 'block', 'Anna')).toEqual({ kind: 'missing' });
    expect(await useLink(web, 'default', { ...link, alertId: 10 ** 9 }, 'block', 'Anna')).toEqual({
      kind: 'missing',
    });
    expect(await openLink(web, 'other', link, 'Anna')).toBe('missing');
    expect(await stateOf()).toBe('new');
  });

  it('is told as opened once, and twenty times at most for one alert', async () => {
    expect(await openLink(web, 'default', link, 'a mail reader')).toBe('opened');
    expect(await openLink(web, 'default', link, 'Anna')).toBe('again');
    expect(await events()).toEqual([{ what: 'link_opened', actor: 'a mail reader' }]);
    for (let i = 0; i < 25; i++)
      await openLink(
        web,
        'default',
        { ...link, id: `00000000-0000-4000-8000-0000000f${String(1000 + i)}` },
        'x',
      );
    expect(await events()).toHaveLength(20);
    expect(await stateOf()).toBe('new');
  });

  it('is forgotten a day after its end', async () => {
    await useLink(web, 'default', link, 'accept', 'Anna');
    await database.pool.query(`update used_links set expires_at = now() - interval '2 days'`);
    await useLink(
      web,
      'default',
      { ...link, id: '00000000-0000-4000-8000-00000000ffff' },
      'acknowledge',
      'Anna',
    );
    expect(await database.pool.query('select link_id from used_links')).toEqual([
      { link_id: '00000000-0000-4000-8000-00000000ffff' },
    ]);
  });

  it('acts on the device that its own has become part of', async () => {
    const mine = device;
    await recordScan(database.pool, devices(1, 200));
    const [other] = await database.pool.query<{ id: number }>(`select max(id) as id from devices`);
    await database.pool.query(`select merge_devices('default', $1, $2, null, null, 'test')`, [
      other?.id,
      mine,
    ]);
    expect(await useLink(web, 'default', link, 'block', 'Anna')).toMatchObject({ kind: 'done' });
    device = other?.id ?? 0;
    expect(await stateOf()).toBe('blocked');
  });
});
