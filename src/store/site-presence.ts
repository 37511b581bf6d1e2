/** Presence over time: who was there, and when nobody looked. */
import type { Db } from './session.ts';

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** Two completed scans further apart than this: nobody looked in between. Ten ticks of the default 30 s. */
const LOOKED_WITHIN = '5 minutes';

const DAY = 24 * 60 * 60 * 1000;
/** 30 s ticks on five networks. With more than these the oldest part of the time shows as not looked at. */
const SCANS_A_DAY = 5 * 2880;

/** When each of these devices was seen, clipped to `since`..`until`, oldest first. A MAC that missed scans counts until it was last seen. */
export async function presenceOf(
  db: Db,
  site: string,
  devices: readonly number[],
  since: Date,
  until: Date,
): Promise<Map<number, Span[]>> {
  const rows = await db.query<{ device: number; from: Date; to: Date }>(
    `select c.device_id as device, greatest(c.started_at, $3) as "from",
            least(coalesce(c.ended_at, c.last_seen_at, n.last_scan_at, c.started_at), $4) as "to"
     from connections as c
     join sites as s on s.id = c.site_id
     join networks as n on n.site_id = c.site_id and n.id = c.network_id
     where s.name = $1 and c.device_id = any ($2::bigint[]) and c.started_at < $4
       and (c.ended_at is null or c.ended_at > $3)
     order by c.device_id, c.started_at`,
    [site, devices, since, until],
  );
  const spans = new Map<number, Span[]>();
  for (const { device, from, to } of rows) {
    const list = spans.get(device) ?? [];
    list.push({ from, to });
    spans.set(device, list);
  }
  return spans;
}

/** When no network of the site was looked at, clipped to `since`..`until`, oldest first. */
export function blindSpots(db: Db, site: string, since: Date, until: Date): Promise<Span[]> {
  return db.query<Span>(
    `with looks as (
       -- Backwards along the primary key: ids grow with time, and there is no index by time to keep up.
       select finished_at from (
         select l.finished_at, l.outcome from discovery_log as l
         where l.site_id = (select id from sites where name = $1)
         order by l.id desc limit $4
       ) as l
       where outcome = 'complete' and finished_at between $2 and $3
     ), edges as (
       select finished_at as at from looks union all select $2::timestamptz union all select $3::timestamptz
     ), gaps as (
       select lag(at) over (order by at) as "from", at as "to" from edges
     )
     select "from", "to" from gaps where "to" - "from" > $5::interval order by "from"`,
    [site, since, until, Math.ceil((until.getTime() - since.getTime()) / DAY) * SCANS_A_DAY, LOOKED_WITHIN],
  );
}
