/** What /metrics tells: counts that a handful of indexed queries give, however much history there is. */
import { servicesOf, type Service } from './services.ts';
import type { Db } from './session.ts';

export interface Metrics {
  /** Of open connections: a device with two addresses on a network is one. Gone ones have no network. */
  readonly devices: readonly { network: string; presence: 'here' | 'quiet' | 'gone'; n: number }[];
  readonly states: readonly { state: string; n: number }[];
  /** Neither resolved nor acknowledged. */
  readonly alerts: readonly { severity: string; n: number }[];
  readonly networks: readonly NetworkMetrics[];
  /** Queued: in all. Failed: given up within a day. */
  readonly queued: number;
  readonly failed: number;
  readonly services: readonly Service[];
}

export interface NetworkMetrics {
  readonly network: string;
  readonly lastScanAt: Date | null;
  readonly failures: number;
  readonly durationMs: number | null;
  readonly probed: number | null;
  readonly answered: number | null;
}

export async function readMetrics(db: Db, site: string): Promise<Metrics> {
  const [devices, states, alerts, networks, deliveries, services] = await Promise.all([
    db.query<Metrics['devices'][number]>(
      `with site as (select id from sites where name = $1),
       open as materialized (
         select network_id, device_id, min(misses) = 0 as here from connections
         where site_id = (select id from site) and ended_at is null group by network_id, device_id
       )
       select network_words(n) as network, p.presence, count(o.device_id) filter (where o.here = (p.presence = 'here')) as n
       from networks as n
       cross join (values ('here'), ('quiet')) as p (presence)
       left join open as o on o.network_id = n.id
       where n.site_id = (select id from site) and n.retired_at is null
       group by 1, 2
       union all
       select '', 'gone',
              (select count(*) from devices where site_id = (select id from site) and state <> 'archived')
              - (select count(distinct o.device_id) from open as o
                 join devices as d on d.site_id = (select id from site) and d.id = o.device_id and d.state <> 'archived')`,
      [site],
    ),
    db.query<Metrics['states'][number]>(
      `select p.state, count(d.id) as n
       from (values ('new'), ('known'), ('ignored'), ('blocked'), ('archived')) as p (state)
       left join devices as d on d.state = p.state and d.site_id = (select id from sites where name = $1) group by 1`,
      [site],
    ),
    db.query<Metrics['alerts'][number]>(
      `select p.severity, count(a.id) as n
       from (values ('info'), ('low'), ('medium'), ('high'), ('critical')) as p (severity)
       left join (select id, severity from alerts where site_id = (select id from sites where name = $1)
                  and resolved_at is null and acknowledged_at is null) as a on a.severity = p.severity group by 1`,
      [site],
    ),
    db.query<NetworkMetrics>(
      `select network_words(n) as network, n.last_scan_at as "lastScanAt", n.failures,
              l.duration_ms as "durationMs", l.probed, l.answered
       from networks as n join sites as s on s.id = n.site_id
       left join lateral (
         select duration_ms, probed, answered from discovery_log as l
         where l.site_id = n.site_id and l.network_id = n.id order by l.id desc limit 1
       ) as l on true
       where s.name = $1 and n.retired_at is null order by n.cidr, n.link`,
      [site],
    ),
    db.query<{ queued: number; failed: number }>(
      `select (select count(*) from deliveries where site_id = s.id and state = 'queued') as queued,
              (select count(*) from deliveries
               where site_id = s.id and state = 'failed' and finished_at > now() - interval '1 day') as failed
       from sites as s where s.name = $1`,
      [site],
    ),
    servicesOf(db, site),
  ]);
  return { devices, states, alerts, networks, services, ...(deliveries[0] ?? { queued: 0, failed: 0 }) };
}
