/** Waking a device by a magic packet: where it would have to be sent, who sent one, and when. */
import { isSqlError, type Db } from './session.ts';

export interface WakeTarget {
  readonly mac: string;
  readonly networkId: number;
  /** CIDR notation, IPv4. */
  readonly cidr: string;
  /** The directed broadcast address of that network (RFC 919 §7). */
  readonly broadcast: string;
  /** An ordinary network of the machine that scans: neither a sensor's nor a VLAN without an interface of its own. */
  readonly isOrdinary: boolean;
}

export interface Wake {
  readonly at: Date;
  readonly actor: string;
  readonly mac: string;
  /** Why it could not be sent; null: it was. */
  readonly problem: string | null;
}

/** How many of the latest intervals tell where a device would be woken. */
const LATEST = 50;

/** Of each MAC the IPv4 network where it was last; the latest first. Random MACs too: some network cards have no other. */
export function wakeTargetsOf(db: Db, site: string, device: number): Promise<WakeTarget[]> {
  return db.query<WakeTarget>(
    `select t.mac::text as mac, t.network_id as "networkId", n.cidr::text as cidr, host(broadcast(n.cidr)) as broadcast,
            n.link = '' and n.sensor_id is null as "isOrdinary"
     from (
       select distinct on (l.mac) l.* from (
         select c.site_id, c.mac, c.network_id, c.started_at from connections as c
         where c.site_id = (select id from sites where name = $1) and c.device_id = $2 and family(c.ip) = 4
         order by c.started_at desc limit $3
       ) as l
       order by l.mac, l.started_at desc
     ) as t
     join networks as n on n.site_id = t.site_id and n.id = t.network_id
     -- Two addresses or one have no broadcast address (RFC 3021).
     where family(n.cidr) = 4 and masklen(n.cidr) between 1 and 30
     order by t.started_at desc`,
    [site, device, LATEST],
  );
}

export function wakesOf(db: Db, site: string, device: number, limit: number): Promise<Wake[]> {
  return db.query<Wake>(
    `select w.at, w.actor, w.mac::text as mac, w.problem
     from wakes as w join sites as s on s.id = w.site_id
     where s.name = $1 and w.device_id = $2 order by w.id desc limit $3`,
    [site, device, limit],
  );
}

/** too_often: it, or all devices together, were woken so often that nothing more is sent for a moment. */
export type WakeNote =
  | { readonly kind: 'noted'; readonly wake: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too_often' };

/** Kept before the packet leaves. */
export async function noteWake(
  db: Db,
  site: string,
  device: number,
  { mac, networkId }: WakeTarget,
  actor: string,
): Promise<WakeNote> {
  try {
    const [row] = await db.query<{ wake: number }>('select note_wake($1, $2, $3, $4, $5) as wake', [
      site,
      device,
      mac,
      networkId,
      actor,
    ]);
    return row === undefined ? { kind: 'missing' } : { kind: 'noted', wake: row.wake };
  } catch (error) {
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE429') return { kind: 'too_often' };
    throw error;
  }
}

/** The packet could not be sent after all. */
export async function noteWakeProblem(db: Db, site: string, wake: number, problem: string): Promise<void> {
  await db.query('select note_wake_problem($1, $2, $3)', [site, wake, problem]);
}
