/** Scans counted by the hour and by the day: what charts of a day, a month and a year are drawn from. */
import type { Db } from './session.ts';

/** How many scans are counted at a time: a tenth of a second. */
const STEP = 20_000;

/** Counts what has not been counted yet. Cheap when there is nothing to do, so that it can be called every minute. */
export async function rollUpScans(db: Db, site: string, signal: AbortSignal): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const [row] = await db.query<{ counted: number }>('select roll_up_scans($1, $2) as counted', [
      site,
      STEP,
    ]);
    total += row?.counted ?? 0;
    if ((row?.counted ?? 0) < STEP) break;
  }
  return total;
}

/** All scans of one stretch of time. */
export interface ScanCount {
  readonly at: Date;
  readonly scans: number;
  readonly partial: number;
  readonly failed: number;
  readonly changes: number;
  readonly probed: number;
  readonly answered: number;
  readonly frames: number;
  /** Sum and largest. */
  readonly durationMs: number;
  readonly longestMs: number;
  /** Time looked, of all networks together. */
  readonly lookedMs: number;
}

export interface CountQuery {
  readonly from: Date;
  readonly to: Date;
  /** Length of a stretch; they begin with Monday, 1 January 2001, 00:00 UTC. Whole days are read from daily counts. */
  readonly stepMs: number;
  /** Null: all, and the scans that could not choose a network. */
  readonly networks: readonly number[] | null;
}

export const STRETCHES_FROM = Date.UTC(2001, 0, 1);
const DAY = 24 * 60 * 60 * 1000;
/** Not counted yet are the scans of an hour or two; more only after a pause, and then the latest count. */
const LIVE = 20_000;
/** At least not_looked_after(): what came before the first scan of a stretch tells how long was looked. */
const PAUSE_MS = 10 * 60 * 1000;

/** Stretches without a scan are left out. */
export function countScans(db: Db, site: string, query: CountQuery): Promise<ScanCount[]> {
  const table = query.stepMs % DAY === 0 ? 'scan_days' : 'scan_hours';
  return db.query<ScanCount>(
    `with site as materialized (
       select s.id, coalesce(r.upto_id, 0) as upto
       from sites as s left join scan_rollups as r on r.site_id = s.id where s.name = $1
     ), latest as materialized (
       select l.* from discovery_log as l
       where l.site_id = (select id from site) and l.id > (select upto from site)
         -- Known when this is planned: the weeks before and to come are left out.
         and l.finished_at >= $7 and l.finished_at < $3
       order by l.id desc limit $6
     ), before as materialized (
       select network_id, max(last_complete_at) as at from scan_hours
       where site_id = (select id from site) and at >= (select min(finished_at) from latest) - interval '2 hours'
       group by network_id
     ), live as (
       select l.*, case when l.gap between interval '0' and not_looked_after() then to_ms(l.gap) else 0 end as looked_ms
       from (select t.*, case when t.outcome = 'complete' then t.finished_at - coalesce(
                      lag(t.finished_at) over (partition by t.network_id, t.outcome order by t.id), b.at) end as gap
             from latest as t left join before as b on b.network_id = t.network_id) as l
       where l.finished_at >= $2 and l.finished_at < $3
         and ($5::integer[] is null or l.network_id = any ($5))
     ), parts as (
       select at, scans, partial, failed, changes, probed, answered, frames, duration_ms, longest_ms, looked_ms
       from ${table}
       where site_id = (select id from site) and at >= $2 and at < $3 and ($5::integer[] is null or network_id = any ($5))
       union all
       select finished_at, 1, (outcome = 'partial')::integer, (outcome = 'failed')::integer,
              new + returned + moved + missing, probed, answered, frames, duration_ms, duration_ms, looked_ms
       from live
     )
     select date_bin(make_interval(secs => $4), at, timestamptz '2001-01-01 00:00Z') as at,
            sum(scans)::float8 as scans, sum(partial)::float8 as partial, sum(failed)::float8 as failed,
            sum(changes)::float8 as changes, sum(probed)::float8 as probed, sum(answered)::float8 as answered,
            sum(frames)::float8 as frames, sum(duration_ms)::float8 as "durationMs", max(longest_ms) as "longestMs",
            sum(looked_ms)::float8 as "lookedMs"
     from parts group by 1 order by 1`,
    [
      site,
      query.from,
      query.to,
      query.stepMs / 1000,
      query.networks,
      LIVE,
      new Date(query.from.getTime() - PAUSE_MS),
    ],
  );
}
