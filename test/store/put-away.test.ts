import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  archiveDevice,
  decideDevice,
  undoChange,
  watchDevice,
  type Outcome,
} from '../../src/store/device-changes.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { at, burntIn, forgetAll, random, rehearse, type Rehearsal } from './people-fixtures.ts';

let database: TestDatabase;
let web: Pool;
let lan: Rehearsal;
let device: number;

const GATEWAY = at(burntIn(1), 1);
const GUEST = at(random(1), 10);

const open = () =>
  database.pool.query<{ kind: string; summary: string }>(
    `select kind, summary from alerts where resolved_at is null and device_id = $1 order by kind`,
    [device],
  );
const state = async () =>
  (
    await database.pool.query(
      'select state, on_return, importance, down_after::text from devices where id = $1',
      [device],
    )
  )[0];
const changeOf = (outcome: Outcome) => {
  if (outcome.kind !== 'changed') throw new Error(`expected a change, got ${outcome.kind}`);
  return outcome.change;
};
const away = (onReturn: 'stay' | 'new') => archiveDevice(web, 'default', device, onReturn, 'Anna');
const watch = (watched: boolean, ms: number | null) =>
  watchDevice(web, 'default', device, watched, ms, 'Anna');

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 2 });
  lan = await rehearse(database);
});
afterAll(async () => {
  await lan.session.close();
  await web.close();
  await database.drop();
});
beforeEach(async () => {
  await forgetAll(lan.session);
  await lan.scan(GATEWAY);
  await lan.scan(GATEWAY, GUEST);
  device = await lan.deviceOf(GUEST.mac);
});

describe('put away', () => {
  it('for good: its alerts end, and it raises nothing when it comes back', async () => {
    changeOf(await away('stay'));
    expect(await open()).toEqual([]);
    await lan.leaveOnly(GATEWAY);
    await lan.scan(GATEWAY, GUEST);
    await lan.scan(GATEWAY, at(GUEST.mac, 77));
    expect(await open()).toEqual([]);
    expect(await state()).toMatchObject({ state: 'archived', on_return: 'stay' });
  });

  it('until it returns: then it is new, with an alert that says when it was put away', async () => {
    await lan.leaveOnly(GATEWAY);
    const change = changeOf(await away('new'));
    await lan.session.query(
      `update devices set decided_at = '2026-03-01T10:00Z', name = 'Guest' where id = $1`,
      [device],
    );
    await lan.scan(GATEWAY);
    expect(await open()).toEqual([]);
    await lan.scan(GATEWAY, GUEST);
    expect(await open()).toEqual([
      { kind: 'new_device', summary: 'Back again: Guest at 192.168.7.10, put away on 2026-03-01' },
    ]);
    expect(await state()).toMatchObject({ state: 'new', on_return: null });
    const [delivery] = await database.pool.query(
      `select d.reason from deliveries as d join alerts as a on a.id = d.alert_id where a.resolved_at is null and a.device_id = $1`,
      [device],
    );
    expect(delivery).toEqual({ reason: 'no channel is set up' });
    expect(await undoChange(web, 'default', change, 'Anna')).toEqual({ kind: 'stale' });
  });

  it('blocked, it is blocked again when it comes back, whatever was chosen', async () => {
    await decideDevice(web, 'default', device, 'block', 'Anna');
    await lan.leaveOnly(GATEWAY);
    await away('stay');
    expect(await state()).toMatchObject({ state: 'archived', on_return: 'blocked' });
    await lan.scan(GATEWAY, GUEST);
    expect(await open()).toMatchObject([{ kind: 'blocked_device_seen' }]);
    expect(await state()).toMatchObject({ state: 'blocked', on_return: null });
  });

  it('twice the same changes nothing, another choice does; undo puts everything back', async () => {
    const before = [await state(), await open()];
    const change = changeOf(await away('stay'));
    expect(await away('stay')).toEqual({ kind: 'unchanged' });
    const second = changeOf(await away('new'));
    expect(await undoChange(web, 'default', change, 'Anna')).toEqual({ kind: 'stale' });
    await undoChange(web, 'default', second, 'Anna');
    await undoChange(web, 'default', change, 'Anna');
    expect([await state(), await open()]).toEqual(before);
  });

  it('a decision takes it out again', async () => {
    await away('stay');
    await decideDevice(web, 'default', device, 'accept', 'Anna');
    expect(await state()).toMatchObject({ state: 'known', on_return: null });
  });

  it('what concerns others is still told: only what is its own is silent', async () => {
    await away('stay');
    await database.pool.query(
      `insert into alerts (site_id, kind, severity, device_id, summary, dedup_key)
       values (1, 'ip_changed', 'low', $1, 'x', 'a'), (1, 'ip_conflict', 'high', $1, 'y', 'b')`,
      [device],
    );
    expect(await open()).toEqual([{ kind: 'ip_conflict', summary: 'y' }]);
  });

  it('an unknown device is missing', async () => {
    expect(await archiveDevice(web, 'default', 999_999, 'stay', 'x')).toEqual({ kind: 'missing' });
  });
});

describe('watched', () => {
  const down = () =>
    database.pool.query(
      `insert into alerts (site_id, kind, severity, device_id, summary, dedup_key)
       values (1, 'device_down', 'high', $1, 'gone', 'device_down')`,
      [device],
    );
  const isDown = async () => (await open()).some(({ kind }) => kind === 'device_down');

  it('with a limit or as learned; each step can be undone', async () => {
    const before = await state();
    const first = changeOf(await watch(true, null));
    expect(await state()).toMatchObject({ importance: 'watched', down_after: null });
    const second = changeOf(await watch(true, 600_000));
    expect(await state()).toMatchObject({ importance: 'watched', down_after: '00:10:00' });
    expect(await watch(true, 600_000)).toEqual({ kind: 'unchanged' });
    await undoChange(web, 'default', second, 'Anna');
    await undoChange(web, 'default', first, 'Anna');
    expect(await state()).toEqual(before);
  });

  it.each([
    [29_999, 'refused'],
    [30_000, 'changed'],
    [30 * 86_400_000, 'changed'],
    [30 * 86_400_000 + 1000, 'refused'],
  ] as const)('a limit of %d ms is %s', async (ms, kind) => {
    expect((await watch(true, ms)).kind).toBe(kind);
  });

  it('no more: "it is gone" ends; undone while it is still away, it is open again', async () => {
    await watch(true, null);
    await lan.leaveOnly(GATEWAY);
    await lan.session.query(`delete from alerts where kind = 'device_down'`);
    await down();
    const change = changeOf(await watch(false, null));
    expect(await isDown()).toBe(false);
    await undoChange(web, 'default', change, 'Anna');
    expect(await isDown()).toBe(true);
  });

  it('undone when it is back, nothing is gone', async () => {
    await watch(true, null);
    await down();
    const change = changeOf(await watch(false, null));
    await undoChange(web, 'default', change, 'Anna');
    expect(await isDown()).toBe(false);
  });

  it('not while it is put away', async () => {
    await away('stay');
    expect(await watch(true, null)).toEqual({ kind: 'stale' });
  });
});
