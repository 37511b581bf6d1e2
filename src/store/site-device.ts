/** One device with everything that is known about it. */
import type { Db } from './session.ts';
import type { DeviceState, Presence } from './site-devices.ts';

export interface Device {
  readonly id: number;
  readonly state: DeviceState;
  readonly name: string | null;
  /** What it calls itself. */
  readonly called: string | null;
  readonly owner: string | null;
  readonly notes: string;
  readonly firstSeenAt: Date;
  readonly decidedAt: Date | null;
  readonly revision: number;
  readonly presence: Presence;
  /** Tell when it goes away. */
  readonly isWatched: boolean;
  /** How long it may be silent by a person's word; null: as learned. */
  readonly downAfterMs: number | null;
  /** Of a device that is put away: what its return means. */
  readonly onReturn: 'stay' | 'new' | 'blocked' | null;
  /** The device that it has become part of. */
  readonly mergedInto: number | null;
  /** Oldest first. */
  readonly macs: readonly DeviceMac[];
}

export interface DeviceMac {
  readonly mac: string;
  readonly vendor: string | null;
  readonly isLocal: boolean;
  readonly firstSeenAt: Date;
}

export interface Connection {
  readonly id: number;
  readonly mac: string;
  readonly ip: string;
  readonly network: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly misses: number;
  readonly openedAs: 'baseline' | 'new' | 'returned' | 'moved' | 'added';
}

export async function readDevice(db: Db, site: string, device: number): Promise<Device | undefined> {
  const [row] = await db.query<Omit<Device, 'macs'>>(
    `select d.id, d.state, d.name, d.called, d.owner, d.notes, d.first_seen_at as "firstSeenAt", d.decided_at as "decidedAt",
            d.revision, d.importance = 'watched' as "isWatched",
            round(extract(epoch from d.down_after) * 1000)::bigint as "downAfterMs",
            d.on_return as "onReturn", d.merged_into as "mergedInto",
            coalesce((select case when min(c.misses) = 0 then 'here' when min(c.misses) > 0 then 'quiet' end
                      from connections as c
                      where c.site_id = d.site_id and c.device_id = d.id and c.ended_at is null), 'gone') as presence
     from devices as d join sites as s on s.id = d.site_id
     where s.name = $1 and d.id = $2`,
    [site, device],
  );
  if (row === undefined) return undefined;
  const macs = await db.query<DeviceMac>(
    `select m.mac::text as mac, m.vendor, m.is_local as "isLocal", m.first_seen_at as "firstSeenAt"
     from device_macs as m join sites as s on s.id = m.site_id
     where s.name = $1 and m.device_id = $2 order by m.first_seen_at, m.mac`,
    [site, device],
  );
  return { ...row, macs };
}

/** The one that says best where a device is, or was last: open before ended, and IPv4, which people know, before IPv6. */
export function bestOf<C extends Pick<Connection, 'ip' | 'endedAt'>>(
  connections: readonly C[],
): C | undefined {
  const rank = ({ ip, endedAt }: C) => (endedAt === null ? 0 : 2) + (ip.includes(':') ? 1 : 0);
  return connections.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** Open ones first, then the latest. */
export function connectionsOf(db: Db, site: string, device: number, limit: number): Promise<Connection[]> {
  return db.query<Connection>(
    // Each half along its own index: to sort all that a device ever had costs what it ever had.
    `with site as (select id from sites where name = $1),
     shown as (
       -- What is open is found by the device's MACs.
       select o.id from device_macs as m
       join connections as o on o.site_id = m.site_id and o.mac = m.mac and o.ended_at is null
       where m.site_id = (select id from site) and m.device_id = $2
       union
       (select c.id from connections as c
        where c.site_id = (select id from site) and c.device_id = $2
        order by c.started_at desc limit $3)
     )
     select p.connection_id as id, p.mac::text as mac, host(p.ip) as ip, network_words(n) as network,
            p.started_at as "startedAt", p.ended_at as "endedAt", p.last_seen_at as "lastSeenAt", p.misses,
            p.opened_as as "openedAs"
     from shown as s
     join device_presence as p on p.site_id = (select id from site) and p.connection_id = s.id
     join networks as n on n.site_id = p.site_id and n.id = p.network_id
     order by p.ended_at is not null, p.started_at desc, p.connection_id desc limit $3`,
    [site, device, limit],
  );
}
