/**
 * A past that nobody lived through, for a simulated network: connections and scans as they would stand there had the
 * network been looked at before. Never part of a real installation.
 */
import type { Db } from './session.ts';

export interface Past {
  /** Hours before now that the first scan is moved to. */
  readonly hours: number;
  /** Hours before now between which nobody looked. */
  readonly blind: readonly [number, number];
  /** Of those who were not here all the time: from and to in hours before now; 0: until now. */
  readonly visits: readonly {
    readonly mac: string;
    readonly spans: readonly (readonly [number, number])[];
  }[];
}

/** Moves the baseline of the site's networks back, and fills the time since then with a scan a minute. */
export async function inventPast(db: Db, site: string, past: Past): Promise<void> {
  const { hours, blind, visits } = past;
  const spans = visits.flatMap(({ mac, spans }) => spans.map(([from, to]) => ({ mac, from, to })));
  await db.query(
    `with s as (select id from sites where name = $1),
     moved as (
       update devices as d set first_seen_at = d.first_seen_at - make_interval(hours => $2) from s
       where d.site_id = s.id and d.state = 'known'
     ), macs as (
       update device_macs as m set first_seen_at = m.first_seen_at - make_interval(hours => $2) from s, devices as d
       where m.site_id = s.id and d.site_id = s.id and d.id = m.device_id and d.state = 'known'
     ), networks as (
       update networks as n
       set baseline_at = n.baseline_at - make_interval(hours => $2), looking_since = now() - $7::float * interval '1 hour',
           looked_ms = n.looked_ms + ($2 - $6::float + $7::float) * 3600000, scans = n.scans + ($2 - $6::float + $7::float) * 60
       from s where n.site_id = s.id
       returning n.site_id, n.id
     ), looked as (
       insert into coverage (site_id, network_id, during)
       select site_id, id, tstzrange(now() - make_interval(hours => $2), now() - $6::float * interval '1 hour', '[]')
       from networks
     ), visits as (
       select mac, from_hours, to_hours,
              row_number() over (partition by mac order by from_hours desc) = 1 as first,
              to_hours = 0 as last
       from unnest($3::macaddr[], $4::float[], $5::float[]) as v (mac, from_hours, to_hours)
     ), still_here as (
       update connections as c
       set started_at = c.started_at - coalesce(v.from_hours, $2) * interval '1 hour',
           opened_as = case when v.mac is null or v.first then 'baseline' else 'returned' end
       from s, connections as o left join visits as v on v.mac = o.mac and v.last
       where c.site_id = s.id and o.site_id = s.id and o.id = c.id and c.opened_as = 'baseline'
     )
     insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
     select c.site_id, c.device_id, c.network_id, c.mac, c.ip, now() - v.from_hours * interval '1 hour',
            now() - v.to_hours * interval '1 hour', case when v.first then 'baseline' else 'returned' end
     from s join connections as c on c.site_id = s.id and c.opened_as = 'baseline' join visits as v on v.mac = c.mac
     where not v.last`,
    [site, hours, spans.map(one => one.mac), spans.map(one => one.from), spans.map(one => one.to), ...blind],
  );
  await db.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method, probed, answered, frames, broadcasts)
     select l.site_id, l.network_id, at, l.duration_ms, 'complete', l.method, l.probed, l.answered, l.frames, l.broadcasts
     from (select distinct on (d.network_id) d.* from discovery_log as d join sites as s on s.id = d.site_id
           where s.name = $1 and d.outcome = 'complete' order by d.network_id, d.id) as l,
          generate_series(now() - make_interval(hours => $2), now() - interval '1 minute', '1 minute') as at
     where at not between now() - $3::float * interval '1 hour' and now() - $4::float * interval '1 hour'`,
    [site, hours, blind[0], blind[1]],
  );
}
