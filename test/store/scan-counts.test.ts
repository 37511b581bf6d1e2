// Scans by the hour and by the day, and the log that they point into.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { prune } from '../../src/store/retention.ts';
import { countScans, rollUpScans } from '../../src/store/scan-counts.ts';
import { openSession, type Db } from '../../src/store/session.ts';
import { listScans, readScan, type Scan, type ScanQuery } from '../../src/store/site-scans.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
  await db.pool.query(
    `insert into networks (site_id, cidr, interface, created_at)
     select 1, c::cidr, 'e', now() - interval '80 days' from unnest(array['10.0.0.0/24', '10.0.1.0/24']) as c`,
  );
});
afterAll(() => db.drop());
beforeEach(() => db.pool.query('truncate discovery_log, scan_hours, scan_days, scan_rollups'));

const never = new AbortController().signal;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One scan every ten minutes of the last `days`, by turns of both networks; every 50th is partial, every 333rd failed. */
const fill = async (days: number) => {
  await db.pool.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method, probed, answered, frames, new, problem)
     select 1, n % 2 + 1, now() - make_interval(mins => ($1 * 144 - n) * 10 + 3), n % 1000,
            case when n % 333 = 0 then 'failed' when n % 50 = 0 then 'partial' else 'complete' end,
            case when n % 7 = 0 then 'kernel' else 'packet' end, 254, n % 30, 300, (n % 100 = 1)::integer,
            case when n % 333 = 0 then 'no interface' when n % 50 = 0 then 'cut short' end
     from generate_series(1, $1 * 144) as n`,
    [days],
  );
  await db.pool.query('analyze discovery_log'); // as autovacuum would have by then
};

/** By the log itself. */
const plainly = (stepMs: number) =>
  db.pool.query<{ at: Date; scans: number; failed: number; durationMs: number; changes: number }>(
    `select date_bin(make_interval(secs => $1), finished_at, '2001-01-01 00:00Z') as at, count(*)::float8 as scans,
            count(*) filter (where outcome = 'failed')::float8 as failed, sum(duration_ms)::float8 as "durationMs",
            sum(new + returned + moved + missing)::float8 as changes
     from discovery_log group by 1 order by 1`,
    [stepMs / 1000],
  );

const counted = async (stepMs: number, networks: number[] | null = null) =>
  (
    await countScans(db.pool, 'default', {
      from: new Date(Date.now() - 100 * DAY),
      to: new Date(Date.now() + DAY),
      stepMs,
      networks,
    })
  ).map(({ at, scans, failed, durationMs, changes }) => ({ at, scans, failed, durationMs, changes }));

test('counts say what the log says, before they are made, while, and after; and again when they are made twice', async () => {
  await fill(3);
  expect(await counted(HOUR)).toEqual(await plainly(HOUR));
  const [first] = await db.pool.query<{ n: number }>(`select roll_up_scans('default', 100) as n`);
  expect(first?.n).toBe(100);
  expect(await counted(HOUR)).toEqual(await plainly(HOUR));
  await rollUpScans(db.pool, 'default', never);
  expect(await rollUpScans(db.pool, 'default', never)).toBe(0);
  expect(await counted(HOUR)).toEqual(await plainly(HOUR));
  expect(await counted(7 * DAY)).toEqual(await plainly(7 * DAY));
  const [live] = await db.pool.query<{ rolled: number }>(
    'select sum(scans)::integer as rolled from scan_hours',
  );
  expect(live?.rolled).toBeGreaterThan(3 * 144 - 14);
  const one = await counted(7 * DAY, [1]);
  expect(one.reduce((sum, { scans }) => sum + scans, 0)).toBe((3 * 144) / 2);
});

test('time looked is what lies between completed scans, across the steps in which it is counted', async () => {
  // Each 30 s for two hours, with a pause of 20 minutes; all of it ended hours ago.
  await db.pool.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method)
     select 1, 1, date_trunc('hour', now()) - interval '5 hours' + make_interval(secs => n * 30), 1, 'complete', 'packet'
     from generate_series(0, 240) as n where n not between 81 and 119`,
  );
  for (let step = 0; step < 3; step++) await db.pool.query(`select roll_up_scans('default', 70)`);
  const counts = await countScans(db.pool, 'default', {
    from: new Date(Date.now() - DAY),
    to: new Date(),
    stepMs: HOUR,
    networks: null,
  });
  const looked = counts.reduce((sum, { lookedMs }) => sum + lookedMs, 0);
  expect(looked).toBe(2 * HOUR - 20 * 60_000);
});

test('a clock that was ahead, and is set back, loses no scan', async () => {
  await db.pool.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method)
     select 1, 1, now() + make_interval(days => n), 1, 'complete', 'packet' from unnest(array[-2, 3, 3, -1]) as n`,
  );
  await rollUpScans(db.pool, 'default', never);
  expect(await db.pool.query('select sum(scans)::integer as scans from scan_days')).toEqual([{ scans: 4 }]);
});

async function everything(db: Db, query: Omit<ScanQuery, 'before' | 'limit'>) {
  const found: Scan[] = [];
  let pages = 0;
  for (let before: number | null = null; ;) {
    const { rows, next }: { rows: Scan[]; next: number | null } = await listScans(db, 'default', {
      ...query,
      before,
      limit: 60,
    });
    found.push(...rows);
    pages++;
    if (next === null) return { found, pages };
    before = next;
  }
}

test.each<[Omit<ScanQuery, 'before' | 'limit'>, string]>([
  [{ show: 'all' }, 'true'],
  [{ show: 'failed' }, `outcome = 'failed'`],
  [{ show: 'problems', networks: [1] }, `outcome <> 'complete' and network_id = 1`],
  [{ show: 'changes' }, 'new > 0'],
  [{ show: 'complete', method: 'kernel' }, `outcome = 'complete' and method = 'kernel'`],
  [{ show: 'all', networks: [2] }, 'network_id = 2'],
  [{ show: 'all', networks: [] }, 'false'],
])('the list finds %j, each scan once, the newest first', async (query, where) => {
  // Longer than hours are kept, so that days take over.
  await fill(60);
  await rollUpScans(db.pool, 'default', never);
  await db.pool.query(`select prune_scan_counts(now() - interval '400 days', 100000)`);
  const wanted = await db.pool.query<{ id: number }>(
    `select id from discovery_log where ${where} order by id desc`,
  );
  const { found, pages } = await everything(db.pool, query);
  expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
  expect(pages).toBeLessThan(wanted.length / 60 + 5);
});

test('one scan knows its neighbours of the same network, and when somebody had looked before', async () => {
  await fill(1);
  const [last] = (await listScans(db.pool, 'default', { show: 'all', before: null, limit: 1 })).rows;
  const scan = await readScan(db.pool, 'default', (last?.id ?? 0) - 4);
  expect(scan).toMatchObject({ before: (last?.id ?? 0) - 6, after: (last?.id ?? 0) - 2, sensor: null });
  expect(scan?.completeBefore).toBeInstanceOf(Date);
  expect(await readScan(db.pool, 'default', 1)).toBeUndefined();
});

test('housekeeping counts before it deletes, says what it did, and keeps counts for as long as history', async () => {
  await fill(60);
  const session = await openSession(db.url, { application: 'test' });
  await prune(session, { log: 10, history: 40 }, never);
  const [counts] = await session.query<{ days: number; hours: number }>(
    `select (select count(distinct at) from scan_days) as days, (select count(distinct at) from scan_hours) as hours`,
  );
  expect(counts?.days).toBeGreaterThan(38);
  expect(counts?.days).toBeLessThan(43);
  expect(counts?.hours).toBeGreaterThan(34 * 24);
  expect(counts?.hours).toBeLessThan(36 * 24);
  const [run] = await session.query<{ log_days: number; scans: number }>(
    `select log_days, (deleted ->> 'discovery_log')::integer as scans from maintenance_runs`,
  );
  expect(run).toEqual({ log_days: 10, scans: expect.any(Number) });
  expect(run?.scans).toBeGreaterThan(49 * 144);
  await session.close();
});
