// A year of a 250-device LAN in MB: one week through record_scan, the other 51 copied from it, retention as by default;
// and what prune costs while ticks run beside it. The peer is the same year that nobody prunes.
// DAYS and STEP (seconds between two scans of the rehearsed week) in the environment make it shorter.
import ouiEntries from 'oui-data' with { type: 'json' };
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { loadOui } from '../src/store/oui.ts';
import { prune, type Pruned } from '../src/store/retention.ts';
import { openPool, openSession, type Session } from '../src/store/session.ts';
import { rememberWeek, repeatWeek } from '../test/store/year/repeat.ts';
import { tableSizes } from '../test/store/year/sizes.ts';
import { liveAWeek, profileEverybody } from '../test/store/year/week.ts';
import { withCluster } from './cluster.ts';

export const name = 'year: the size of a year, and prune while ticks run';

const DEFAULTS = { log: 30, history: 400 };
const WEEKS = 52;
const DAY_MS = 86_400_000;
/** Of a tick beside prune: longer than this on a lock, and it fails and is counted. */
const LOCK_TIMEOUT_MS = 10;

type Log = (line: string) => void;

export async function run({ log }: { log: Log }): Promise<void> {
  await withCluster(async cluster => {
    await cluster.ensureDatabase('year');
    const owner = await openSession(cluster.url('year'), { application: 'bench' });
    await migrate(owner, await readMigrations('sql/migrations'));
    const pool = openPool(cluster.url('year'), { application: 'bench', max: 1 });
    await loadOui(pool, 'oui-data', async () => ({ source: 'oui-data', entries: ouiEntries }));
    await pool.close();
    const { DAYS = '7', STEP = '60' } = process.env;
    const start = firstOfNextMonth(new Date());
    await rehearse(owner, start, { days: Number(DAYS), stepSeconds: Number(STEP) }, log);
    const slowest = await writeYear(owner, start);
    log(`prune once in four weeks of that year: at most ${slowest.toFixed(0)} ms`);
    await printSizes(owner, log);
    await pruneBesideTicks(owner, cluster.url('year'), start, log);
    await owner.close();
  });
}

async function rehearse(
  owner: Session,
  start: Date,
  week: { days: number; stepSeconds: number },
  log: Log,
): Promise<void> {
  const begun = performance.now();
  const { stations, scans } = await liveAWeek(owner, {
    ...week,
    seed: 1,
    start,
    onDay: async () => {
      await owner.query('vacuum analyze'); // as autovacuum does
    },
  });
  await profileEverybody(owner);
  const seconds = (performance.now() - begun) / 1000;
  log(`rehearsed: ${week.days} days of ${stations} stations, ${scans} scans in ${seconds.toFixed(0)} s`);
}

/** @returns the longest prune in milliseconds */
async function writeYear(owner: Session, start: Date): Promise<number> {
  await rememberWeek(owner, start);
  let slowest = 0;
  for (let week = 1; week < WEEKS; week++) {
    await repeatWeek(owner, start, week);
    if (week % 4 > 0 && week < WEEKS - 1) continue;
    await setClock(owner, new Date(start.getTime() + 7 * (week + 1) * DAY_MS));
    slowest = Math.max(slowest, (await timed(() => prune(owner, DEFAULTS, never))).ms);
    await owner.query('vacuum analyze');
  }
  return slowest;
}

async function printSizes(owner: Session, log: Log): Promise<void> {
  const sizes = await tableSizes(owner);
  log('table | MB | rows');
  for (const { name: table, bytes, rows } of sizes.filter(({ bytes: size }) => size > 200_000))
    log(`${table} | ${(bytes / 1e6).toFixed(1)} | ${rows}`);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const logged = sizes.find(one => one.name === 'discovery_log');
  const unpruned = ((logged?.bytes ?? 0) / (logged?.rows ?? 1)) * (WEEKS * 7 * 2880 - (logged?.rows ?? 0));
  log(
    `in all ${(total / 1e6).toFixed(1)} MB of 100; the log alone, never pruned, would add ${(unpruned / 1e6).toFixed(0)} MB`,
  );
}

/** Seven weeks later, with two months of the log and some of everything else to go. */
async function pruneBesideTicks(owner: Session, url: string, start: Date, log: Log): Promise<void> {
  const end = new Date(start.getTime() + (WEEKS + 7) * 7 * DAY_MS);
  for (let week = WEEKS; week < WEEKS + 7; week++) await repeatWeek(owner, start, week);
  const ticking = await openSession(url, { application: 'bench' });
  for (const session of [owner, ticking]) await setClock(session, end);
  await ticking.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
  const seen = await owner.query<{ mac: string; ip: string }>(
    'select mac::text, host(ip) as ip from connections where ended_at is null',
  );
  const tick = () =>
    ticking.query(
      `select * from record_scan('default', '10.0.0.0/16', 'eth0', 'packet', 400, 1000, 200, 1100, 900, null, $1::macaddr[], $2::inet[])`,
      [seen.map(({ mac }) => mac), seen.map(({ ip }) => ip)],
    );
  const alone: number[] = [];
  for (let n = 0; n < 50; n++) alone.push((await timed(tick)).ms);
  const state = { done: false };
  const pruning = timed(() => prune(owner, { log: 20, history: 180 }, never)).finally(
    () => (state.done = true),
  );
  const beside: number[] = [];
  let waited = 0;
  while (!state.done) {
    const failed = (error: unknown) => {
      waited++;
      log(`a tick failed: ${String(error)}`);
    };
    const { ms } = await timed(() => tick().catch(failed));
    beside.push(ms);
  }
  const { ms, result } = await pruning;
  await ticking.close();
  log(`prune of ${described(result)}: ${ms.toFixed(0)} ms`);
  log('ticks | median | longest | that waited for a lock');
  log(`alone: ${alone.length} | ${quantile(alone, 0.5)} | ${quantile(alone, 1)} | 0`);
  log(`beside prune: ${beside.length} | ${quantile(beside, 0.5)} | ${quantile(beside, 1)} | ${waited}`);
}

const never = new AbortController().signal;

function described(pruned: Pruned): string {
  return Object.entries(pruned)
    .filter(([, n]) => n > 0)
    .map(([what, n]) => `${n} ${what}`)
    .join(', ');
}

async function setClock(session: Session, at: Date): Promise<void> {
  await session.query(`select set_config('netureon.clock', $1, false)`, [at.toISOString()]);
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

function quantile(values: number[], q: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(1)} ms`;
}

/** The weeks of the log are made from the present one on. */
function firstOfNextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
}
