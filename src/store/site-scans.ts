/** The discovery log: every scan, whether it counts as having looked, and what it found. */
import type { Db } from './session.ts';

export interface Scan {
  readonly id: number;
  readonly finishedAt: Date;
  /** Null: no network could be chosen. */
  readonly network: string | null;
  readonly outcome: 'complete' | 'partial' | 'failed';
  readonly method: string;
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
  /** changes: those that found a difference or did not complete. */
  readonly show: 'all' | 'changes' | 'problems';
  readonly before: number | null;
  readonly limit: number;
}

/** How far back one page looks for scans that qualify: a day of 30 s ticks. */
const REACH = 2880;

/** Newest first. `next` continues, also when this page found nothing within its reach. */
export async function listScans(
  db: Db,
  site: string,
  query: ScanQuery,
): Promise<{ rows: Scan[]; next: number | null }> {
  const reached = await db.query<Scan & { oldest: number; reached: number }>(
    `with reach as (
       select l.* from discovery_log as l
       where l.site_id = (select id from sites where name = $1) and ($2::bigint is null or l.id < $2)
       order by l.id desc limit $4
     ), span as (select min(id) as oldest, count(*) as reached from reach)
     select l.id, l.finished_at as "finishedAt", network_words(n) as network, l.outcome, l.method,
            l.duration_ms as "durationMs", l.probed, l.answered, l.frames, l.broadcasts, l.new, l.returned, l.moved,
            l.missing, l.problem, s.oldest, s.reached
     from span as s
     left join lateral (
       select * from reach as l
       where $3 = 'all' or l.outcome <> 'complete'
          or $3 = 'changes' and l.new + l.returned + l.moved + l.missing > 0
       order by l.id desc limit $5
     ) as l on true
     left join networks as n on n.site_id = l.site_id and n.id = l.network_id
     order by l.id desc`,
    [site, query.before, query.show, query.show === 'all' ? query.limit + 1 : REACH, query.limit + 1],
  );
  const rows = reached.filter(row => row.id !== null);
  const shown = rows.slice(0, query.limit);
  const more = rows.length > query.limit;
  const exhausted = (reached[0]?.reached ?? 0) < (query.show === 'all' ? query.limit + 1 : REACH);
  return {
    rows: shown,
    next: more ? (shown.at(-1)?.id ?? null) : exhausted ? null : (reached[0]?.oldest ?? null),
  };
}
