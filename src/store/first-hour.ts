/** What happened in the first hour after a device was first seen, and who was on its networks at that moment. */
import type { Db } from './session.ts';

/** change: somebody decided about it. Texts are a stranger's, except of `change`. */
export interface FirstEvent {
  readonly at: Date;
  readonly what: 'address' | 'name' | 'port' | 'alert' | 'change';
  /** The address, name, port, summary, or kind of change. */
  readonly text: string;
  /** The address's network, the name's source, the port's service, the alert's id, who changed it. */
  readonly detail: string | null;
}

/** Oldest first. */
export function firstHourOf(db: Db, site: string, device: number, limit: number): Promise<FirstEvent[]> {
  return db.query<FirstEvent>(
    `with d as materialized (
       select d.site_id, d.id, d.first_seen_at as since, d.first_seen_at + interval '1 hour' as until
       from devices as d join sites as s on s.id = d.site_id where s.name = $1 and d.id = $2
     ), family as materialized (
       select d.site_id, f as id, d.since, d.until from d cross join device_family(d.site_id, d.id) as f
     )
     select at, what, text, detail from (
       select c.started_at as at, 'address' as what, host(c.ip) as text, network_words(n) as detail
       from d
       join connections as c on c.site_id = d.site_id and c.device_id = d.id and c.started_at between d.since and d.until
       join networks as n on n.site_id = c.site_id and n.id = c.network_id
       union all
       select n.first_seen_at, 'name', n.name, n.source
       -- One by one: a family is of few, which the planner cannot know.
       from family as f
       cross join lateral (
         select * from device_names as n
         where n.site_id = f.site_id and n.device_id = f.id and n.first_seen_at between f.since and f.until offset 0
       ) as n
       union all
       select p.first_seen_at, 'port', p.port::text, p.service
       from family as f
       cross join lateral (
         select * from device_ports as p
         where p.site_id = f.site_id and p.device_id = f.id and p.first_seen_at between f.since and f.until offset 0
       ) as p
       union all
       select a.opened_at, 'alert', a.summary, a.id::text
       from d
       join alerts as a on a.site_id = d.site_id and a.device_id = d.id and a.opened_at between d.since and d.until
       union all
       select c.at, 'change', c.what, c.actor
       from d
       join device_changes as c on c.site_id = d.site_id and c.device_id = d.id and c.at between d.since and d.until
     ) as e
     order by at, what, text limit $3`,
    [site, device, limit],
  );
}

export interface Bystander {
  readonly id: number;
  readonly name: string | null;
  readonly vendor: string | null;
  readonly mac: string;
  readonly ip: string;
  /** How many there were in all, this one among them. */
  readonly total: number;
}

/** Who else was here at that moment, by address; of each device one line. */
export function bystandersOf(
  db: Db,
  site: string,
  device: number,
  at: Date,
  limit: number,
): Promise<Bystander[]> {
  return db.query<Bystander>(
    `select device_id as id, name, vendor, mac::text as mac, host(ip) as ip, count(*) over () as total
     from (
       select distinct on (device_id) device_id, name, vendor, mac, ip
       from network_at($1, $3)
       where device_id is not null and device_id <> $2 and state in ('here', 'quiet')
       order by device_id, ip
     ) as held
     order by ip, device_id limit $4`,
    [site, device, at, limit],
  );
}
