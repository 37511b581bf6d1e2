/** What is known of how things hang together: who is on which network, its gateway, and who looks at it. */
import type { Presence, DeviceState } from './site-devices.ts';
import { refreshDeviceList } from './device-list.ts';
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
  await refreshDeviceList(db, site);
  const [heads, [others]] = await Promise.all([
    db.query<Head>(
      `with site as (select id from sites where name = $1),
       there as (
         select network_id, count(*) filter (where presence = 'here') as here, count(*) as devices
         from device_list where site_id = (select id from site) and presence <> 'gone' group by network_id
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
       select count(*)::integer as gone from device_list
       where site_id = (select id from site) and presence = 'gone' and state <> 'archived'`,
      [site],
    ),
  ]);
  const small = heads.filter(head => head.here + head.quiet <= DRAWN_ONE_BY_ONE).map(({ id }) => id);
  const all = await readDevices(db, site, small);
  const devices = new Map(small.map(id => [id, all.filter(({ network }) => network === id)]));
  // Many may have a second address in a network where hardly anybody has the best one.
  const isDrawn = (id: number) => small.includes(id) && (devices.get(id)?.length ?? 0) <= DRAWN_ONE_BY_ONE;
  const many = heads.map(({ id }) => id).filter(id => !isDrawn(id));
  const groups = await readGroups(db, site, many);
  return {
    networks: heads.map(head => {
      // Drawn one by one, a device with addresses in two networks is in both; else it counts where it answers best.
      if (!isDrawn(head.id))
        return { ...head, devices: [], groups: groups.filter(({ network }) => network === head.id) };
      const drawn = devices.get(head.id) ?? [];
      const here = drawn.filter(({ presence }) => presence === 'here').length;
      return { ...head, here, quiet: drawn.length - here, devices: drawn, groups: [] };
    }),
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
     counted as (
       select l.network_id, coalesce(l.kind, l.vendor) as word, case when l.kind is null then 'vendor' else 'kind' end as by,
              count(*) as n
       from device_list as l
       where l.site_id = (select id from site) and l.network_id = any ($2::integer[]) and l.presence <> 'gone'
       group by 1, 2, 3
     ), ranked as (
       select *, row_number() over (partition by network_id order by n desc, word, by) as rank from counted
     )
     select network_id as network, case when rank <= $3 then word end as word, case when rank <= $3 then by else 'vendor' end as by,
            rank > $3 as "isRest", sum(n)::integer as devices
     from ranked group by network_id, least(rank, $3 + 1), 2, 3, 4 order by network_id, least(rank, $3 + 1)`,
    [site, networks, GROUPS],
  );
}
