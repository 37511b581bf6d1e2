/** The discovery log: every scan, whether it counts as having looked, and what it found. */
import type { Db } from './session.ts';

export type ScanOutcome = 'complete' | 'partial' | 'failed';
export const SCAN_METHODS = ['packet', 'kernel', 'file', 'unknown'] as const;
export type ScanMethod = (typeof SCAN_METHODS)[number];

export interface Scan {
  readonly id: number;
  readonly finishedAt: Date;
  /** Null: no network could be chosen. */
  readonly networkId: number | null;
  /** With its link, where it needs one to be told apart. */
  readonly network: string | null;
  readonly outcome: ScanOutcome;
  readonly method: ScanMethod;
  readonly durationMs: number;
  readonly probed: number;
  readonly answered: number;
  readonly frames: number;
  readonly broadcasts: number;
  readonly new: number;
  readonly returned: number;
  readonly moved: number;
  readonly missing: number;
  readonly problem: string | null;
}

export interface ScanQuery {
  /** changes: those that found a difference. problems: those that did not complete. */
  readonly show: 'all' | 'changes' | 'problems' | ScanOutcome;
  /** Of these networks; 0 is no network. All without it. */
  readonly networks?: readonly number[] | null;
  readonly method?: ScanMethod | null;
  readonly before: number | null;
  readonly limit: number;
}

/** How many scans one page looks through for those that qualify: a few milliseconds. */
const REACH = 20_000;
/** Hours and days of one page at most: each has at least one scan that qualifies. */
const SPANS = 60;

const COLUMNS = `l.id, l.finished_at as "finishedAt", l.network_id as "networkId", network_words(n) as network, l.outcome,
  l.method, l.duration_ms as "durationMs", l.probed, l.answered, l.frames, l.broadcasts, l.new, l.returned, l.moved,
  l.missing, l.problem`;
const NETWORK = 'left join networks as n on n.site_id = l.site_id and n.id = l.network_id';

/** Newest first. `next` continues, also when this page found nothing within its reach. */
export async function listScans(
  db: Db,
  site: string,
  query: ScanQuery,
): Promise<{ rows: Scan[]; next: number | null }> {
  const { show, networks = null, method = null } = query;
  const isFiltered = show !== 'all' || networks !== null || method !== null;
  return isFiltered ? listSome(db, site, query) : listAll(db, site, query);
}

async function listAll(
  db: Db,
  site: string,
  { before, limit }: ScanQuery,
): Promise<{ rows: Scan[]; next: number | null }> {
  const rows = await db.query<Scan>(
    `select ${COLUMNS}
     from (select * from discovery_log
           where site_id = (select id from sites where name = $1) and ($2::bigint is null or id < $2)
           order by id desc limit $3) as l ${NETWORK}
     order by l.id desc`,
    [site, before, limit + 1],
  );
  return cut(rows, limit, null);
}

/** A stretch of the log in which some scan may qualify. Times are seconds since 1970, or infinite. */
interface LogSpan {
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
  /** How many counts were taken: with SPANS of them there may be more. */
  readonly taken: number;
}

async function listSome(
  db: Db,
  site: string,
  query: ScanQuery,
): Promise<{ rows: Scan[]; next: number | null }> {
  const { spans, rest } = within(await spansOf(db, site, query), query.before, REACH);
  const rows =
    spans.length === 0
      ? []
      : await db.query<Scan>(
          `select ${COLUMNS}
           from unnest($2::bigint[], $3::bigint[], $4::float8[], $5::float8[]) as r (first, last, since, until)
           cross join lateral (
             select * from discovery_log as l
             where l.site_id = (select id from sites where name = $1) and l.id between r.first and r.last
               and l.finished_at >= to_timestamp(r.since) and l.finished_at < to_timestamp(r.until)
               -- Known when this is planned: weeks outside are left out.
               and l.finished_at >= to_timestamp($10::float8) and l.finished_at < to_timestamp($11::float8)
               and case $6::text when 'all' then true when 'changes' then l.new + l.returned + l.moved + l.missing > 0
                     when 'problems' then l.outcome <> 'complete' else l.outcome = $6 end
               and ($7::integer[] is null or coalesce(l.network_id, 0) = any ($7))
               and ($8::text is null or l.method = $8)
             order by l.id desc limit $9
           ) as l ${NETWORK}
           order by l.id desc limit $9`,
          [
            site,
            spans.map(({ first }) => first),
            spans.map(({ last }) => last),
            spans.map(({ from }) => from),
            spans.map(({ to }) => to),
            query.show,
            query.networks ?? null,
            query.method ?? null,
            query.limit + 1,
            Math.min(...spans.map(({ from }) => from)),
            Math.max(...spans.map(({ to }) => to)),
          ],
        );
  return cut(rows, query.limit, rest);
}

function cut(rows: Scan[], limit: number, rest: number | null): { rows: Scan[]; next: number | null } {
  const shown = rows.slice(0, limit);
  return { rows: shown, next: rows.length > limit ? (shown.at(-1)?.id ?? null) : rest };
}

/** Newest first: what is not counted yet, and the hours and days that the counts point at. */
function spansOf(db: Db, site: string, query: ScanQuery): Promise<LogSpan[]> {
  return db.query<LogSpan>(
    `with site as materialized (
       select s.id, coalesce(r.upto_id, 0) as upto,
              -- What is not counted yet is younger, but for a clock that was set back by more; that is found once counted.
              coalesce(extract(epoch from r.at - interval '7 days')::float8, '-infinity') as uncounted_from,
              (select l.id from discovery_log as l where l.site_id = s.id order by l.id limit 1) as oldest,
              (select min(h.at) from scan_hours as h where h.site_id = s.id) as hours_from
       from sites as s left join scan_rollups as r on r.site_id = s.id where s.name = $1
     ), counted as (
       select h.*, h.at + interval '1 hour' as until from scan_hours as h where h.site_id = (select id from site)
       union all
       -- The day that the hours begin in is counted by both: it ends where they begin.
       select d.*, least(d.at + interval '1 day', s.hours_from) from scan_days as d, site as s
       where d.site_id = s.id and d.at < coalesce(s.hours_from, 'infinity')
     ), chosen as (
       select c.first_id, c.last_id, c.at, c.until from counted as c, site as s
       where c.last_id >= s.oldest and ($2::bigint is null or c.first_id < $2)
         and ($3::integer[] is null or c.network_id = any ($3))
         and case $4::text when 'all' then true when 'changes' then c.changed > 0 when 'partial' then c.partial > 0
               when 'failed' then c.failed > 0 when 'problems' then c.partial + c.failed > 0
               else c.scans > c.partial + c.failed end
         and ($5::text is null
              or c.methods & case $5 when 'packet' then 1 when 'kernel' then 2 when 'file' then 4 else 8 end > 0)
       order by c.last_id desc limit $6
     )
     select s.upto + 1 as first, 9007199254740991 as last, s.uncounted_from as "from", 'infinity'::float8 as "to",
            (select count(*) from chosen) as taken
     from site as s where $2::bigint is null or s.upto + 1 < $2
     union all
     select min(first_id), max(last_id), extract(epoch from at)::float8, extract(epoch from max(until))::float8,
            (select count(*) from chosen)
     from chosen group by at
     order by 2 desc`,
    [site, query.before, query.networks ?? null, query.show, query.method ?? null, SPANS],
  );
}

/** The newest spans with at most `reach` scans together; `rest`: what to look below next time, null when that was all. */
function within(
  all: readonly LogSpan[],
  before: number | null,
  reach: number,
): { spans: LogSpan[]; rest: number | null } {
  const spans: LogSpan[] = [];
  let left = reach;
  let rest: number | null = null;
  for (const span of all) {
    const last = Math.min(span.last, (before ?? Infinity) - 1);
    if (last < span.first) continue;
    if (left <= 0) return { spans, rest };
    // How many are not counted yet is not known, but that they are few.
    const isOpen = last === Number.MAX_SAFE_INTEGER;
    const first = isOpen ? span.first : Math.max(span.first, last - left + 1);
    left -= isOpen ? 0 : last - first + 1;
    const newer = spans.at(-1);
    // Hours that follow each other are one stretch; those of several networks lie in each other.
    if (newer !== undefined && last + 1 >= newer.first)
      spans[spans.length - 1] = {
        ...newer,
        first: Math.min(first, newer.first),
        from: Math.min(span.from, newer.from),
        to: Math.max(span.to, newer.to),
      };
    else spans.push({ ...span, first, last });
    rest = first;
    if (first > span.first) return { spans, rest };
  }
  return { spans, rest: (all[0]?.taken ?? 0) < SPANS ? null : rest };
}

export interface ScanDetail extends Scan {
  /** Of the network: what people call it. */
  readonly networkName: string | null;
  readonly interface: string | null;
  readonly sensor: string | null;
  /** The scans of the same network before and after this one. */
  readonly before: number | null;
  readonly after: number | null;
  /** The last completed scan of the network before this one; null: none that is still kept. */
  readonly completeBefore: Date | null;
}

/** How far away the neighbours of a scan are looked for, in scans and in days. */
const NEAR = 20_000;
const NEAR_MS = 35 * 24 * 60 * 60 * 1000;

export async function readScan(db: Db, site: string, id: number): Promise<ScanDetail | undefined> {
  const [scan] = await db.query<Scan>(
    `select ${COLUMNS} from discovery_log as l ${NETWORK}
     where l.site_id = (select id from sites where name = $1) and l.id = $2`,
    [site, id],
  );
  if (scan === undefined) return undefined;
  const at = scan.finishedAt.getTime();
  // Constants, and nothing that is worked out: only a few weeks of the log are opened.
  const [more] = await db.query<Omit<ScanDetail, keyof Scan>>(
    `with near as not materialized (
       select id, finished_at, outcome from discovery_log
       where site_id = (select id from sites where name = $1) and id between $2::bigint - $3::bigint and $2 + $3
         and network_id is not distinct from $4::integer
         and finished_at between $5 and $6
     )
     select n.name as "networkName", n.interface, e.name as sensor,
            (select b.id from near as b where b.id < $2 order by b.id desc limit 1) as before,
            (select a.id from near as a where a.id > $2 order by a.id limit 1) as after,
            (select b.finished_at from near as b
             where b.id < $2 and b.outcome = 'complete' order by b.id desc limit 1) as "completeBefore"
     from sites as s
     left join networks as n on n.site_id = s.id and n.id = $4
     left join sensors as e on e.site_id = n.site_id and e.id = n.sensor_id
     where s.name = $1`,
    [site, id, NEAR, scan.networkId, new Date(at - NEAR_MS), new Date(at + NEAR_MS)],
  );
  return more === undefined ? undefined : { ...scan, ...more };
}
