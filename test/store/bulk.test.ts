// One decision about many devices: what it changes, what it leaves and says so, and the one way back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeDevices, readBulk, undoBulk, type BulkAct, type BulkChange } from '../../src/store/bulk.ts';
import { archiveDevice, changesOf, decideDevice, undoChange } from '../../src/store/device-changes.ts';
import { mergeDevices } from '../../src/store/device-merge.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let site: string;
let ids: number[];
let number = 0;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** Five devices of a site of their own: new, known, ignored, blocked, known. */
beforeEach(async () => {
  site = `bulk-${++number}`;
  const rows = await database.pool.query<{ id: number }>(
    `with s as materialized (select site_of($1) as id)
     insert into devices (site_id, state, first_seen_at, notes)
     select s.id, u.state, now(), case when u.n = 5 then 'first' else '' end
     from s, unnest(array['new', 'known', 'ignored', 'blocked', 'known']) with ordinality as u (state, n)
     order by u.n returning id`,
    [site],
  );
  ids = rows.map(({ id }) => id);
  await database.pool.query(
    `insert into device_macs (site_id, mac, device_id, first_seen_at)
     select d.site_id, ('02:00:00:00:' || lpad(to_hex($2 % 256), 2, '0') || ':0' || row_number() over (order by d.id))::macaddr, d.id, now()
     from devices as d join sites as s on s.id = d.site_id where s.name = $1`,
    [site, number],
  );
  await database.pool.query(
    `insert into alerts (site_id, kind, severity, device_id, summary, dedup_key, opened_at, last_at)
     select d.site_id, 'new_device', 'medium', d.id, 'new', 'new_device:' || d.id, now(), now()
     from devices as d join sites as s on s.id = d.site_id where s.name = $1 and d.state = 'new'`,
    [site],
  );
});

const change = async (what: BulkAct, value?: string, devices = ids): Promise<BulkChange> => {
  const outcome = await changeDevices(
    database.pool,
    site,
    devices,
    value === undefined ? { what } : { what, value },
    'Anna',
  );
  if (outcome.kind !== 'changed') throw new Error(`not changed: ${JSON.stringify(outcome)}`);
  const bulk = await readBulk(database.pool, site, outcome.change);
  if (bulk === undefined) throw new Error('a bulk change without its row');
  return bulk;
};
const devices = () =>
  database.pool.query<Record<string, unknown>>(
    `select d.id, d.state, d.owner, d.kind, d.notes, d.importance, d.on_return, d.decided_at
     from devices as d join sites as s on s.id = d.site_id where s.name = $1 order by d.id`,
    [site],
  );
const openAlerts = async () =>
  (
    await database.pool.query<{ id: number }>(
      `select a.id from alerts as a join sites as s on s.id = a.site_id where s.name = $1 and a.resolved_at is null`,
      [site],
    )
  ).length;

describe.each([
  ['accept', undefined, { state: 'known' }, 3],
  ['ignore', undefined, { state: 'ignored' }, 4],
  ['block', undefined, { state: 'blocked' }, 4],
  ['archive', undefined, { state: 'archived' }, 5],
  ['watch', undefined, { importance: 'watched' }, 5],
  ['owner', 'Anna', { owner: 'Anna' }, 5],
  ['kind', 'printer', { kind: 'printer' }, 5],
] as const)('%s', (what, value, expected, changed) => {
  test('changes every device that is not so, once, and undoing puts all of them back', async () => {
    const before = await devices();
    const bulk = await change(what, value);
    expect(bulk).toMatchObject({ what, changed, unchanged: 5 - changed, skipped: {} });
    for (const device of await devices()) expect(device).toMatchObject(expected);
    expect(await change(what, value)).toMatchObject({ changed: 0, unchanged: 5 });
    expect(await undoBulk(database.pool, site, bulk.id, 'Ben')).toEqual({ kind: 'changed', change: bulk.id });
    expect(await devices()).toEqual(before);
    expect(await openAlerts()).toBe(1);
    expect(await undoBulk(database.pool, site, bulk.id, 'Ben')).toEqual({ kind: 'stale' });
  });
});

test('a decision answers the question that was asked; undoing asks it again', async () => {
  const bulk = await change('accept');
  expect(await openAlerts()).toBe(0);
  await undoBulk(database.pool, site, bulk.id, 'Anna');
  expect(await openAlerts()).toBe(1);
});

test('a note is added below those that are there, and what would not fit is left and named', async () => {
  await database.pool.query(`update devices set notes = repeat('x', 19995) where id = $1`, [ids[0]]);
  const bulk = await change('note', 'moved to the attic');
  expect(bulk).toMatchObject({ changed: 4, skipped: { long: [ids[0]] } });
  expect((await devices()).at(-1)).toMatchObject({ notes: 'first\nmoved to the attic' });
});

test('what makes no sense is left and says why', async () => {
  const [first = 0, second = 0, third = 0] = ids;
  await mergeDevices(
    database.pool,
    site,
    { device: second, revision: null },
    { device: first, revision: null },
    'Anna',
  );
  await archiveDevice(database.pool, site, third, 'stay', 'Anna');
  const bulk = await change('watch', undefined, [...ids, 987_654_321, ...ids]);
  expect(bulk).toMatchObject({
    changed: 3,
    skipped: { merged: [first], archived: [third], missing: [987_654_321] },
  });
});

test('who was blocked and is put away comes back blocked', async () => {
  await change('archive');
  expect((await devices())[3]).toMatchObject({ state: 'archived', on_return: 'blocked' });
});

test('what somebody changed since stays theirs; the rest goes back', async () => {
  const bulk = await change('ignore');
  await decideDevice(database.pool, site, ids[1] ?? 0, 'block', 'Ben');
  await undoBulk(database.pool, site, bulk.id, 'Anna');
  expect((await readBulk(database.pool, site, bulk.id))?.kept).toEqual([ids[1]]);
  expect((await devices()).map(({ state }) => state)).toEqual([
    'new',
    'blocked',
    'ignored',
    'blocked',
    'known',
  ]);
});

test('one device of many may be taken back alone', async () => {
  const bulk = await change('ignore');
  const [made] = await changesOf(database.pool, site, ids[0] ?? 0, 1);
  expect(await undoChange(database.pool, site, made?.id ?? 0, 'Anna')).toMatchObject({ kind: 'changed' });
  await undoBulk(database.pool, site, bulk.id, 'Anna');
  expect((await readBulk(database.pool, site, bulk.id))?.kept).toEqual([]);
  expect((await devices()).map(({ state }) => state)).toEqual([
    'new',
    'known',
    'ignored',
    'blocked',
    'known',
  ]);
});

test('only an operator may, and a text that does not fit changes nothing', async () => {
  const { openSession } = await import('../../src/store/session.ts');
  const viewer = await openSession(database.urlAs('netureon_viewer'), { application: 'test' });
  await expect(changeDevices(viewer, site, ids, { what: 'accept' }, 'Eve')).rejects.toMatchObject({
    code: '42501',
  });
  await viewer.close();
  expect(
    await changeDevices(database.pool, site, ids, { what: 'kind', value: 'x'.repeat(61) }, 'Anna'),
  ).toMatchObject({
    kind: 'refused',
  });
  expect(await changeDevices(database.pool, site, ids, { what: 'note', value: '' }, 'Anna')).toMatchObject({
    kind: 'refused',
  });
});
