/** Each network as its page shows it: who looks at it and when, how well, and who is there. */
import type { Db } from './session.ts';

export interface NetworkState {
  readonly id: number;
  /** CIDR notation. */
  readonly cidr: string;
  /** With its link, where it needs one to be told apart. */
  readonly words: string;
  /** Empty for an ordinary network of the scanner's machine. */
  readonly link: string;
  readonly name: string | null;
  readonly note: string | null;
  /** Of name and note, for describeNetwork. */
  readonly revision: string;
  readonly interface: string;
  /** The default gateway of whoever scans. */
  readonly gateway: {
    readonly ip: string | null;
    readonly mac: string | null;
    readonly deviceId: number | null;
  } | null;
  /** Null: the site's own scanner. */
  readonly sensor: string | null;
  readonly createdAt: Date;
  readonly lastScanAt: Date | null;
  /** Consecutive scans that did not complete. */
  readonly failures: number;
  readonly retiredAt: Date | null;
  readonly retiredBy: string | null;
  /** Of the last 24 hours: how long it was looked at, of how long it should have been. */
  readonly lookedMs: number;
  readonly wantedMs: number;
  /** Devices. */
  readonly here: number;
  readonly quiet: number;
  /** Not here, and last seen here; devices that were put away are left out. */
  readonly gone: number;
  /** Other networks of the site, not retired, that share addresses with it on the same link. */
  readonly overlaps: readonly { readonly cidr: string; readonly isWider: boolean }[];
}

export async function listNetworkStates(db: Db, site: string): Promise<NetworkState[]> {
  return db.query<NetworkState>(
    `with site as materialized (
       select id, clock_now() as now from sites where name = $1
     ), open as materialized (
       select c.network_id, c.device_id, min(c.misses) = 0 as here
       from connections as c where c.site_id = (select id from site) and c.ended_at is null
       group by c.network_id, c.device_id
     ), present as (
       select network_id, count(*) filter (where here) as here, count(*) filter (where not here) as quiet
       from open group by network_id
     ), gone as (
       select l.network_id, count(*) as gone
       from (select d.id from devices as d
             where d.site_id = (select id from site) and d.state <> 'archived' and d.id not in (select device_id from open)
             offset 0) as d
       cross join lateral (
         select c.network_id from connections as c
         where c.site_id = (select id from site) and c.device_id = d.id order by c.started_at desc limit 1
       ) as l
       group by l.network_id
     )
     select n.id, n.cidr::text as cidr, network_words(n) as words, n.link, n.name, t.text as note,
            network_revision(n.name, t.text) as revision, n.interface, e.name as sensor,
            n.created_at as "createdAt", n.last_scan_at as "lastScanAt", n.failures,
            n.retired_at as "retiredAt", n.retired_by as "retiredBy",
            case when n.gateway_ip is not null or n.gateway_mac is not null then json_build_object(
              'ip', host(n.gateway_ip), 'mac', n.gateway_mac, 'deviceId',
              (select m.device_id from device_macs as m where m.site_id = n.site_id and m.mac = n.gateway_mac)) end as gateway,
            coalesce((select sum(to_ms(upper(c.during) - greatest(lower(c.during), w.since))) from coverage as c
                      where c.site_id = n.site_id and c.network_id = n.id and c.during && tstzrange(w.since, s.now)), 0)::float8
              + greatest(coalesce(to_ms(r.until - greatest(n.looking_since, w.since)), 0), 0) as "lookedMs",
            greatest(to_ms(least(n.retired_at, s.now) - w.since), 0) as "wantedMs",
            coalesce(p.here, 0) as here, coalesce(p.quiet, 0) as quiet, coalesce(g.gone, 0) as gone,
            coalesce((select json_agg(json_build_object('cidr', network_words(o), 'isWider', o.cidr >> n.cidr) order by o.cidr)
                      from networks as o
                      where o.site_id = n.site_id and o.id <> n.id and o.cidr && n.cidr and o.link = n.link
                        and o.retired_at is null and n.retired_at is null), '[]') as overlaps
     from site as s
     join networks as n on n.site_id = s.id
     cross join lateral (
       -- What was looked at before the row was made (a past that was brought along) was to be looked at as well.
       select greatest(s.now - interval '24 hours', least(n.created_at, n.looking_since, (
                select min(lower(c.during)) from coverage as c where c.site_id = n.site_id and c.network_id = n.id))) as since
     ) as w
     -- A scan that is not overdue: somebody is looking at this moment.
     cross join lateral (select case when n.retired_at is null and s.now - n.last_scan_at <= not_looked_after() then s.now
                                  else n.last_scan_at end as until) as r
     left join network_notes as t on t.site_id = n.site_id and t.network_id = n.id
     left join sensors as e on e.site_id = n.site_id and e.id = n.sensor_id
     left join present as p on p.network_id = n.id
     left join gone as g on g.network_id = n.id
     order by n.retired_at is not null, n.cidr, n.link`,
    [site],
  );
}

/** A time in which nobody looked at a network. */
export interface Gap {
  readonly networkId: number;
  readonly network: string;
  readonly from: Date;
  /** Null: it goes on. */
  readonly to: Date | null;
}

/** Newest first. What ended before `from` is left out; what began before is told from its beginning. */
export function listGaps(
  db: Db,
  site: string,
  query: { readonly from: Date; readonly networks: readonly number[] | null; readonly limit: number },
): Promise<Gap[]> {
  return db.query<Gap>(
    `with nets as materialized (
       select n.*, network_words(n) as words from networks as n join sites as s on s.id = n.site_id
       where s.name = $1 and ($3::integer[] is null or n.id = any ($3)) and n.last_scan_at is not null
     ), runs as (
       select n.id, lower(c.during) as first, upper(c.during) as last
       from nets as n join coverage as c on c.site_id = n.site_id and c.network_id = n.id
       where c.during && tstzrange($2::timestamptz - interval '31 days', null)
       union all
       select id, looking_since, last_scan_at from nets
     ), gaps as (
       -- Runs may lie in each other where a past was brought along.
       select id, max(last) over (partition by id order by first, last) as gap_from,
              lead(first) over (partition by id order by first, last) as gap_to
       from runs
     )
     select n.id as "networkId", n.words as network, g.gap_from as "from", least(g.gap_to, n.retired_at) as "to"
     from gaps as g join nets as n on n.id = g.id
     where coalesce(g.gap_to, clock_now()) > greatest($2, g.gap_from)
       and (g.gap_to is not null or n.retired_at is null and clock_now() - g.gap_from > not_looked_after())
     order by g.gap_from desc, n.id limit $4`,
    [site, query.from, query.networks, query.limit],
  );
}
