/** What is known of how things hang together: who is on which network, its gateway, and who looks at it. */
import type { Presence, DeviceState } from './site-devices.ts';
import type { Db } from './session.ts';

/** A network with more devices than this is told by groups. */
export const DRAWN_ONE_BY_ONE = 150;
/** The largest groups; the others are one. */
const GROUPS = 23;

export interface MapDevice {
  readonly id: number;
  readonly name: string | null;
  readonly called: string | null;
  readonly vendor: string | null;
  readonly isRandomMac: boolean;
  readonly ip: string;
  readonly mac: string;
  readonly state: DeviceState;
  readonly presence: Exclude<Presence, 'gone'>;
}

export interface MapGroup {
  /** The kind or, where none is known, the vendor; null: neither is. */
  readonly word: string | null;
  /** What the word is. */
  readonly by: 'kind' | 'vendor';
  /** Of many small ones together. */
  readonly isRest: boolean;
  readonly devices: number;
}

export interface MapNetwork {
  readonly id: number;
  readonly cidr: string;
  readonly name: string | null;
  readonly interface: string;
  readonly sensor: string | null;
  readonly lastScanAt: Date | null;
  readonly gatewayIp: string | null;
  readonly gatewayMac: string | null;
  readonly here: number;
  readonly quiet: number;
  /** By address, while they are few enough. */
  readonly devices: readonly MapDevice[];
  /** The largest first, when they are not. */
  readonly groups: readonly MapGroup[];
}

type Head = Omit<MapNetwork, 'devices' | 'groups'>;

export async function readMap(db: Db, site: string): Promise<{ networks: MapNetwork[]; gone: number }> {
  const [heads, [others]] = await Promise.all([
    db.query<Head>(
      `with site as (select id from sites where name = $1),
       there as (
         select network_id, count(distinct device_id) filter (where misses = 0) as here, count(distinct device_id) as devices
         from connections where site_id = (select id from site) and ended_at is null group by network_id
       )
       select n.id, network_words(n) as cidr, n.name, n.interface, e.name as sensor, n.last_scan_at as "lastScanAt",
              host(n.gateway_ip) as "gatewayIp", n.gateway_mac::text as "gatewayMac",
              coalesce(t.here, 0)::integer as here, (coalesce(t.devices, 0) - coalesce(t.here, 0))::integer as quiet
       from networks as n
       left join there as t on t.network_id = n.id
       left join sensors as e on e.site_id = n.site_id and e.id = n.sensor_id
       where n.site_id = (select id from site) and n.retired_at is null order by n.cidr, n.link`,
      [site],
    ),
    db.query<{ gone: number }>(
      `with site as (select id from sites where name = $1)
       select ((select count(*) from devices where site_id = (select id from site) and state <> 'archived')
               - (select count(distinct c.device_id) from connections as c
                  join devices as d on d.site_id = c.site_id and d.id = c.device_id and d.state <> 'archived'
                  where c.site_id = (select id from site) and c.ended_at is null))::integer as gone`,
      [site],
    ),
  ]);
  const few = heads.filter(head => head.here + head.quiet <= DRAWN_ONE_BY_ONE).map(({ id }) => id);
  const many = heads.filter(({ id }) => !few.includes(id)).map(({ id }) => id);
  const [devices, groups] = await Promise.all([readDevices(db, site, few), readGroups(db, site, many)]);
  return {
    networks: heads.map(head => ({
      ...head,
      devices: devices.filter(({ network }) => network === head.id),
      groups: groups.filter(({ network }) => network === head.id),
    })),
    gone: others?.gone ?? 0,
  };
}

/** Of several addresses of a device in one network the lowest that answers. */
async function readDevices(db: Db, site: string, networks: readonly number[]) {
  if (networks.length === 0) return [];
  return db.query<MapDevice & { network: number }>(
    `with site as (select id from sites where name = $1),
     there as (
       select distinct on (c.network_id, c.device_id) c.network_id, c.device_id, c.ip, c.mac, c.misses
       from unnest($2::integer[]) as n (id)
       join connections as c on c.site_id = (select id from site) and c.network_id = n.id and c.ended_at is null
       order by c.network_id, c.device_id, c.misses > 0, c.ip
     )
     select t.network_id as network, d.id, d.name, d.called, m.vendor, coalesce(m.is_local, false) as "isRandomMac",
            host(t.ip) as ip, t.mac::text as mac, d.state, case when t.misses = 0 then 'here' else 'quiet' end as presence
     from there as t
     join devices as d on d.site_id = (select id from site) and d.id = t.device_id
     left join device_macs as m on m.site_id = d.site_id and m.mac = t.mac
     order by t.network_id, t.ip, d.id`,
    [site, networks],
  );
}

async function readGroups(db: Db, site: string, networks: readonly number[]) {
  if (networks.length === 0) return [];
  return db.query<MapGroup & { network: number }>(
    `with site as (select id from sites where name = $1),
     there as materialized (
       select distinct c.network_id, c.device_id, c.mac from connections as c
       where c.site_id = (select id from site) and c.network_id = any ($2::integer[]) and c.ended_at is null
     ), counted as (
       select t.network_id, coalesce(d.kind, p.kind, m.vendor) as word,
              case when coalesce(d.kind, p.kind) is null then 'vendor' else 'kind' end as by, count(distinct t.device_id) as n
       from there as t
       join devices as d on d.site_id = (select id from site) and d.id = t.device_id
       left join device_profiles as p on p.site_id = d.site_id and p.device_id = d.id
       left join device_macs as m on m.site_id = d.site_id and m.mac = t.mac
       group by t.network_id, 2, 3
     ), ranked as (
       select *, row_number() over (partition by network_id order by n desc, word, by) as rank from counted
     )
     select network_id as network, case when rank <= $3 then word end as word, case when rank <= $3 then by else 'vendor' end as by,
            rank > $3 as "isRest", sum(n)::integer as devices
     from ranked group by network_id, least(rank, $3 + 1), 2, 3, 4 order by network_id, least(rank, $3 + 1)`,
    [site, networks, GROUPS],
  );
}
