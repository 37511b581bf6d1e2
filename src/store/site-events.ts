/** What happened lately, as one feed: who came, left, moved, what people decided, when scans failed. */
import type { AlertKind } from './alert-kinds.ts';
import type { ChangeKind } from './device-changes.ts';
import type { Db } from './session.ts';

export type SiteEventKind =
  | 'new'
  | 'returned'
  | 'moved'
  | 'added'
  | 'left'
  | Exclude<ChangeKind, 'apart' | 'forget'>
  | Exclude<AlertKind, 'new_device'>;

export interface SiteEvent {
  readonly at: Date;
  readonly kind: SiteEventKind;
  readonly deviceId: number | null;
  readonly name: string | null;
  readonly called: string | null;
  readonly vendor: string | null;
  readonly isRandomMac: boolean;
  readonly mac: string | null;
  readonly ip: string | null;
  /** The sentence of an alert. */
  readonly summary: string | null;
}

/** Newest first, since `since`, at most `limit`. */
export function readEvents(db: Db, site: string, since: Date, limit: number): Promise<SiteEvent[]> {
  return db.query<SiteEvent>(
    `with site as (select id from sites where name = $1),
     came as (
       select c.started_at as at, c.opened_as as kind, c.device_id, c.mac, c.ip, null::text as summary
       from (select * from connections where site_id = (select id from site) order by id desc limit 500) as c
       where c.started_at >= $2 and c.opened_as <> 'baseline'
       order by c.started_at desc limit $3
     ),
     went as (
       select c.ended_at, 'left', c.device_id, c.mac, c.ip, null::text
       from connections as c
       where c.site_id = (select id from site) and c.ended_at >= $2
         -- One that moved or is still here elsewhere has not left.
         and not exists (select from connections as o
                         where o.site_id = c.site_id and o.device_id = c.device_id and o.id <> c.id
                           and (o.ended_at is null and o.started_at <= c.ended_at + interval '5 minutes'
                                or o.opened_as = 'moved' and o.mac = c.mac
                                   and o.started_at between c.ended_at and c.ended_at + interval '5 minutes'))
       order by c.ended_at desc limit $3
     ),
     decided as (
       select c.at, c.what, c.device_id, null::macaddr,
              (select o.ip from connections as o where o.site_id = c.site_id and o.device_id = c.device_id
               order by o.started_at desc limit 1),
              null::text
       from device_changes as c
       where c.site_id = (select id from site) and c.at >= $2 and c.undone_at is null
         and c.what not in ('apart', 'forget') -- of two, or of a name: no device is another for it
       order by c.id desc limit $3
     ),
     told as (
       select a.opened_at, a.kind, a.device_id, a.mac, a.ip, a.summary
       from alerts as a
       where a.site_id = (select id from site) and a.opened_at >= $2 and a.kind <> 'new_device'
       order by a.id desc limit $3
     )
     select e.at, e.kind, e.device_id as "deviceId", d.name, d.called, m.vendor, coalesce(m.is_local, false) as "isRandomMac",
            m.mac::text as mac, host(e.ip) as ip, e.summary
     from (select * from came union all select * from went union all select * from decided
           union all select * from told) as e
     left join devices as d on d.site_id = (select id from site) and d.id = e.device_id
     left join lateral (
       select mac, vendor, is_local from device_macs as m
       where m.site_id = d.site_id and m.device_id = d.id and (e.mac is null or m.mac = e.mac)
       order by first_seen_at limit 1
     ) as m on true
     order by e.at desc, e.kind limit $3`,
    [site, since, limit],
  );
}
