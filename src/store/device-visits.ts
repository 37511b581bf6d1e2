/** Presence of one device in full: each interval with its address, and when nobody looked at the networks it lives on. */
import type { Db } from './session.ts';
import type { Span } from './site-presence.ts';

/** One interval, clipped. Milliseconds since 1970: a year of a busy device is thousands of these. */
export interface Visit {
  readonly from: number;
  readonly to: number;
  readonly ip: string;
}

/** More than these in one span of time are not drawn; the oldest are left out. */
const MOST_VISITS = 20_000;

/** What the device was seen for, clipped to `since`..`until`, newest first. What missed scans counts until it was last seen. */
export function visitsOf(db: Db, site: string, device: number, since: Date, until: Date): Promise<Visit[]> {
  return db.query<Visit>(
    `select (extract(epoch from greatest(c.started_at, $3)) * 1000)::bigint as "from",
            (extract(epoch from least(greatest(coalesce(c.ended_at, c.last_seen_at, n.last_scan_at, c.started_at),
                                               c.started_at, $3), $4)) * 1000)::bigint as "to",
            host(c.ip) as ip
     from connections as c
     join networks as n on n.site_id = c.site_id and n.id = c.network_id
     where c.site_id = (select id from sites where name = $1) and c.device_id = $2 and c.started_at < $4
       and (c.ended_at is null or c.ended_at > $3)
     order by c.started_at desc, c.id desc limit $5`,
    [site, device, since, until, MOST_VISITS],
  );
}

/** How many of the latest intervals tell which networks a device lives on. */
const LATEST = 200;

/**
 * When none of the networks that the device lived on was looked at, clipped to `since`..`until`, oldest first. From the
 * runs of looking, which are few, and not from the log of scans, which is long and not kept for ever.
 */
export function unlookedOf(db: Db, site: string, device: number, since: Date, until: Date): Promise<Span[]> {
  return db.query<Span>(
    `with site as (select id from sites where name = $1),
     nets as materialized (
       select n.* from networks as n
       where n.site_id = (select id from site) and n.id in (
         select l.network_id from (
           select c.network_id from connections as c
           where c.site_id = (select id from site) and c.device_id = $2 and c.started_at < $4
           order by c.started_at desc limit $5
         ) as l)
     ), runs as (
       select c.during * tstzrange($3, $4, '[]') as run
       from nets as n
       join coverage as c on c.site_id = n.site_id and c.network_id = n.id and c.during && tstzrange($3, $4, '[]')
       union all
       -- The present run goes on until a scan is overdue.
       select tstzrange(n.looking_since, n.last_scan_at + not_looked_after(), '[]') * tstzrange($3, $4, '[]')
       from nets as n where n.looking_since <= n.last_scan_at
     ), gaps as (
       select unnest(tstzmultirange(tstzrange($3, $4, '[]')) - coalesce(range_agg(run), '{}')) as gap from runs
     )
     -- Between two scans nobody looks either.
     select lower(gap) as "from", upper(gap) as "to" from gaps
     where upper(gap) - lower(gap) > not_looked_after() order by 1`,
    [site, device, since, until, LATEST],
  );
}
