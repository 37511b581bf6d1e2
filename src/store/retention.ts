/**
 * Deletes what has outlived the retention settings, for every site of the database. No scan waits for it: weeks of
 * the log are detached concurrently and dropped whole, everything else goes in short steps, and the one lock that would
 * make scans wait is had at once or not at all.
 */
import { codeOf, NetureonError } from '../lib/errors.ts';
import { rollUpScans } from './scan-counts.ts';
import type { Db } from './session.ts';

export interface Pruned {
  readonly discovery_log: number;
  readonly connections: number;
  readonly alerts: number;
  readonly coverage: number;
  readonly names: number;
  readonly ports: number;
  /** Devices, put away and not deleted: newcomers that nobody decided about or saw for a month. */
  readonly archived: number;
  /** Weeks of the log of scans that went as a whole; their rows are not counted. */
  readonly weeks: number;
}

type Step = Omit<Pruned, 'discovery_log' | 'weeks'>;

/** Rows of a kind, site and transaction: a tenth of a second. */
const STEP = 2_000;
/** How far ahead weeks are made; prune may pause for as long before the last partition has to take over. */
const WEEKS_AHEAD = 13;
const LOCK_NOT_AVAILABLE = '55P03';
/** A lock that scans would wait for is asked for so often, each time for 20 ms. */
const TRIES = 50;

/** Days that the audit log is kept where nothing else is said: two years. */
const AUDIT_DAYS = 730;

/** @param days how long the log of scans, the audit log, and everything else is kept */
export async function prune(
  db: Db,
  days: { readonly log: number; readonly history: number; readonly audit?: number },
  signal: AbortSignal,
): Promise<Pruned> {
  const [began] = await db.query<{ at: Date }>('select clock_timestamp() as at');
  await countEverything(db, signal); // before what is to be counted goes
  const weeks = await dropWeeks(db, days.log, signal);
  const total = { connections: 0, alerts: 0, coverage: 0, names: 0, ports: 0, archived: 0 };
  while (!signal.aborted) {
    const [step] = await db.query<Step>('select * from prune($1, $2)', [days.history, STEP]);
    if (step === undefined) break;
    for (const key of Object.keys(total) as (keyof Step)[]) total[key] += step[key];
    if (Object.values(step).every(deleted => deleted < STEP)) break;
  }
  for (const what of ['prune_tries', 'prune_mutes', 'prune_removed_rules'] as const)
    await inSteps(db, what, days.history, signal);
  await inSteps(db, 'prune_audit', days.audit ?? AUDIT_DAYS, signal);
  // Where nobody reads the list of devices, nobody brings it up to date.
  await db.query('select refresh_device_lists()');
  const rows = await inSteps(db, 'prune_log', days.log, signal);
  await inSteps(db, 'prune_scan_counts', days.history, signal);
  const pruned = { discovery_log: rows, weeks, ...total };
  await db.query(
    `select note_maintenance((extract(epoch from clock_timestamp() - $1) * 1000)::integer, $2, $3, $4)`,
    [began?.at, days.log, days.history, JSON.stringify(pruned)],
  );
  await makeWeeks(db); // last: all else is done if it does not get its lock
  return pruned;
}

async function countEverything(db: Db, signal: AbortSignal): Promise<void> {
  for (const { name } of await db.query<{ name: string }>('select name from sites order by id'))
    await rollUpScans(db, name, signal);
}

/**
 * prune_log: rows of weeks that have to stay a while. prune_tries: how messages were tried. prune_mutes: those that have
 * ended. prune_removed_rules: what could have been brought back. prune_audit: who changed what.
 */
async function inSteps(
  db: Db,
  what:
    'prune_log' | 'prune_tries' | 'prune_mutes' | 'prune_removed_rules' | 'prune_scan_counts' | 'prune_audit',
  days: number,
  signal: AbortSignal,
): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const [step] = await db.query<{ gone: number }>(
      `select ${what}(clock_now() - make_interval(days => $1), $2) as gone`,
      [days, STEP],
    );
    total += step?.gone ?? 0;
    if ((step?.gone ?? 0) < STEP) break;
  }
  return total;
}

interface Partition {
  readonly name: string;
  readonly pending: boolean;
  /** Everything in it is too old. */
  readonly old: boolean;
}

/** Top-level statements, each a transaction of its own: nothing else may be detached concurrently. */
async function dropWeeks(db: Db, logDays: number, signal: AbortSignal): Promise<number> {
  for (const { name } of (await partitions(db, logDays)).filter(({ pending }) => pending))
    await db.query(`alter table discovery_log detach partition ${quoted(name)} finalize`);
  for (const { name } of (await partitions(db, logDays)).filter(({ old }) => old)) {
    if (signal.aborted) return 0;
    await db.query(`alter table discovery_log detach partition ${quoted(name)} concurrently`);
  }
  // Also those that an interrupted predecessor left behind: nothing refers to them.
  const detached = await db.query<{ name: string }>(
    `select relname::text as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and not relispartition
       and relname ~ '^discovery_log_[0-9]{4}_[0-9]{2}_[0-9]{2}$'`,
  );
  for (const { name } of detached) await db.query(`drop table ${quoted(name)}`);
  return detached.length;
}

function partitions(db: Db, logDays: number): Promise<Partition[]> {
  return db.query<Partition>(
    `select name, pending,
            to_at <= clock_now() - make_interval(days => $1) and from_at > '-infinity' and not pending as old
     from discovery_log_partitions()`,
    [logDays],
  );
}

/** Makes the weeks ahead. The last partition is out of the way first where no scan of today needs it. */
async function makeWeeks(db: Db): Promise<void> {
  const until = `weeks_after(monday_of(clock_now()), ${WEEKS_AHEAD})`;
  const [last] = await db.query<{ needed: boolean; idle: boolean }>(
    `select from_at < ${until} as needed, from_at > clock_now() + interval '1 day' as idle
     from discovery_log_partitions() where to_at = 'infinity'`,
  );
  if (last !== undefined && !last.needed) return;
  if (last?.idle === true)
    await db.query('alter table discovery_log detach partition discovery_log_future concurrently');
  for (let left = TRIES; ; left--) {
    try {
      await db.query(`select extend_discovery_log(${until})`);
      return;
    } catch (error) {
      if (codeOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      if (left > 0) continue;
      throw new NetureonError('busy', 'somebody has the log of scans open, so no new weeks were made', {
        remedy: 'run `netureon prune` again when no backup or long report is running',
        cause: error,
      });
    }
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
