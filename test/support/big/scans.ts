/** What was looked at: coverage since the beginning, and the log of the last weeks. */
import type { Db } from '../../../src/store/session.ts';
import type { BigPlan } from '../seed-big.ts';

export async function fillScans(db: Db, plan: BigPlan): Promise<void> {
  const { siteId, now, days, logDays, networkIds, devices } = plan;
  // Two hours of every Sunday nobody looks; the last gap is five days old.
  await db.query(
    `insert into coverage (site_id, network_id, during)
     select $1, network, tstzrange(greatest(gap + interval '2 hours', $2::timestamptz - make_interval(days => $3)),
                                   least(gap + interval '7 days', $2::timestamptz - interval '10 s'), '[]')
     from unnest($4::integer[]) as network
     cross join generate_series($2::timestamptz - interval '5 days 2 hours' - $3 / 7 * interval '7 days', $2::timestamptz, '7 days') as gap
     where gap + interval '7 days' > $2::timestamptz - make_interval(days => $3)`,
    [siteId, now, days, networkIds],
  );
  const logged = Math.min(days, logDays);
  await makeWeeks(db, now, logged);
  await db.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method, probed, answered, frames,
                                broadcasts, new, returned, moved, missing, problem)
     select $1, network, at, 620 + (nr * 7919 % 340)::integer, case when failed then 'partial' else 'complete' end, 'packet',
            case when failed then 61 else 65534 end, case when failed then 3 else $5::integer - (nr % 30)::integer end,
            case when failed then 61 else 490 end, 224, 0, (nr % 3)::integer, 0, (nr % 4)::integer,
            case when failed then 'eth0 went down during the scan' end
     from (
       select network, at + network % 20 * interval '1 s' as at, nr, nr % 2900 = 7 as failed
       from generate_series($2::timestamptz - make_interval(days => $3), $2::timestamptz - interval '30 s', '30 s')
         with ordinality as t (at, nr)
       cross join unnest($4::integer[]) as network
     ) as scans
     where not exists (select from generate_series($2::timestamptz - interval '5 days 2 hours' - $3 / 7 * interval '7 days', $2::timestamptz, '7 days') as gap
                       where at between gap and gap + interval '2 hours')
     order by at`,
    [siteId, now, logged, networkIds, Math.ceil((devices * 0.7) / networkIds.length)],
  );
}

/** The log's weeks as they stand where the service has run since then: the partition before all is empty. */
async function makeWeeks(db: Db, now: Date, days: number): Promise<void> {
  const [edge] = await db.query<{ first: Date; from: Date; empty: boolean }>(
    `select to_at as first, monday_of($1::timestamptz - make_interval(days => $2)) as from,
            not exists (select from discovery_log_past) as empty
     from discovery_log_partitions() where name = 'discovery_log_past'`,
    [now, days],
  );
  if (edge === undefined || !edge.empty || edge.first <= edge.from) return;
  await db.query('drop table discovery_log_past');
  const weeks = await db.query<{ make: string }>(
    `select format('create table %I partition of discovery_log for values from (%L) to (%L)', discovery_log_week(w), w, weeks_after(w, 1)) as make
     from generate_series($1::timestamptz, $2::timestamptz - interval '1 day', '7 days') as w`,
    [edge.from, edge.first],
  );
  for (const { make } of weeks) await db.query(make);
  const [past] = await db.query<{ make: string }>(
    `select format('create table discovery_log_past partition of discovery_log for values from (minvalue) to (%L)', $1::timestamptz) as make`,
    [edge.from],
  );
  await db.query(past!.make);
}
