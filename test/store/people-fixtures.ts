/** A small network that lives by rehearsed time, and what its devices say they are called. */
import { openSession, type Session } from '../../src/store/session.ts';
import type { TestDatabase } from '../support/database.ts';
import type { Seen } from './outbox-fixtures.ts';

export interface Rehearsal {
  readonly session: Session;
  /** Lets `seconds` pass. */
  pass(seconds: number): Promise<void>;
  /** A completed scan, 30 s after the last, in which exactly these answered. */
  scan(...seen: readonly Seen[]): Promise<void>;
  /** Scans until everybody else is gone: as many as it takes to be sure. */
  leaveOnly(...seen: readonly Seen[]): Promise<void>;
  deviceOf(mac: string): Promise<number>;
  /** The device gives this name, now. */
  named(mac: string, name: string, source?: string): Promise<void>;
}

export const NETWORK = '192.168.7.0/24';

/** `03` in the middle of nowhere: a burnt-in MAC of Espressif. */
export const burntIn = (n: number): string => `3c:71:bf:00:00:${n.toString(16).padStart(2, '0')}`;
/** A random MAC. */
export const random = (n: number): string => `0a:11:22:33:44:${n.toString(16).padStart(2, '0')}`;
export const at = (mac: string, host: number): Seen => ({ mac, ip: `192.168.7.${host}` });

export async function rehearse(database: TestDatabase, start = new Date()): Promise<Rehearsal> {
  const session = await openSession(database.url, { application: 'test' });
  let now = start.getTime();
  const set = () =>
    session.query(`select set_config('netureon.clock', $1, false)`, [new Date(now).toISOString()]);
  await set();
  const pass = async (seconds: number) => {
    now += seconds * 1000;
    await set();
  };
  const scan = async (...seen: readonly Seen[]) => {
    await pass(30);
    await session.query(
      `select record_scan('default', $1, 'lan0', 'packet', 10, 254, $2, 300, 254, null, $3::macaddr[], $4::inet[])`,
      [NETWORK, seen.length, seen.map(({ mac }) => mac), seen.map(({ ip }) => ip)],
    );
  };
  const deviceOf = async (mac: string) => {
    const [row] = await database.pool.query<{ id: number }>(
      'select device_id as id from device_macs where mac = $1',
      [mac],
    );
    if (row === undefined) throw new Error(`nobody has ${mac}`);
    return row.id;
  };
  return {
    session,
    pass,
    scan,
    leaveOnly: async (...seen) => {
      const others = async () => {
        const [row] = await session.query<{ count: number }>(
          `select count(*)::integer as count from connections where ended_at is null and mac <> all ($1::macaddr[])`,
          [seen.map(({ mac }) => mac)],
        );
        return row?.count ?? 0;
      };
      for (let scans = 0; scans < 400 && (await others()) > 0; scans++) await scan(...seen);
      if ((await others()) > 0) throw new Error('somebody does not leave');
    },
    deviceOf,
    named: async (mac, name, source = 'mdns') => {
      await session.query(
        `insert into device_names (site_id, device_id, source, name, first_seen_at, last_seen_at)
         values (1, $1, $2, $3, clock_now(), clock_now())
         on conflict (site_id, device_id, source, name) do update set last_seen_at = clock_now()`,
        [await deviceOf(mac), source, name],
      );
    },
  };
}

/** Empties everything that a test of one network fills. */
export async function forgetAll(session: Session): Promise<void> {
  await session.query(
    `truncate networks, devices, device_macs, connections, alerts, deliveries, discovery_log, device_changes,
       merge_suggestions, identity_rules, device_names, device_ports, device_profiles cascade`,
  );
}
