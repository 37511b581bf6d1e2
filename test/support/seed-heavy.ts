/** One device that has done a year of everything: what its page is looked at with where its lists are long. */
import type { Db } from '../../src/store/session.ts';
import type { SeededSite } from './seed.ts';

export const HEAVY = {
  intervals: 10_000,
  addresses: 500,
  alerts: 2_000,
  names: 300,
  ports: 250,
  notes: 30,
} as const;

export type HeavySize = { readonly [Key in keyof typeof HEAVY]: number };

/** Intervals of three minutes each, evenly over a year; every address in turn. @returns the device's id */
export async function seedHeavy(
  db: Db,
  { siteId, networkId }: SeededSite,
  now: Date,
  size: HeavySize = HEAVY,
): Promise<number> {
  const [device] = await db.query<{ id: number }>(
    `with d as (
       insert into devices (site_id, state, name, first_seen_at)
       values ($1, 'known', 'Heavy', $2::timestamptz - interval '365 days') returning site_id, id, first_seen_at
     ), m as (
       insert into device_macs (site_id, mac, device_id, first_seen_at)
       select site_id, '02:00:5e:00:00:01', id, first_seen_at from d
     )
     select id from d`,
    [siteId, now],
  );
  if (device === undefined) throw new Error('the device was not made');
  const { id } = device;
  await db.query(
    `insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
     select $1, $2, $3, '02:00:5e:00:00:01',
            case when n % 2 = 0 then '10.77.0.0'::inet + n % $5 else 'fd00::'::inet + n % $5 end,
            at, at + interval '3 minutes', 'moved'
     from (select n, $4::timestamptz - (n + 1) * interval '365 days' / ($6 + 1) as at
           from generate_series(1, $6::integer) as n) as g`,
    [siteId, id, networkId, now, size.addresses, size.intervals],
  );
  await db.query(
    `insert into device_names (site_id, device_id, source, name, first_seen_at, last_seen_at)
     select $1, $2, (array['mdns', 'dhcp', 'netbios'])[n % 3 + 1], 'name ' || n, $3::timestamptz - n * interval '1 day',
            $3::timestamptz - n % 40 * interval '1 hour'
     from generate_series(1, $4::integer) as n`,
    [siteId, id, now, size.names],
  );
  await db.query(
    `insert into device_ports (site_id, device_id, ip, port, service, first_seen_at, last_seen_at)
     select $1, $2, '10.77.0.1', n, 'http', $3::timestamptz - interval '9 days', $3::timestamptz
     from generate_series(1, $4::integer) as n`,
    [siteId, id, now, size.ports],
  );
  await db.query(
    `insert into alerts (site_id, kind, severity, device_id, network_id, summary, dedup_key, opened_at, last_at, resolved_at, routine)
     select $1, 'ip_changed', 'info', $2, $3::integer, 'It moved for the ' || n || 'th time', 'heavy:' || n,
            $4::timestamptz - n * interval '4 hours', $4::timestamptz - n * interval '4 hours', $4, true
     from generate_series(1, $5::integer) as n`,
    [siteId, id, networkId, now, size.alerts],
  );
  await db.query(
    `select rename_device((select name from sites where id = $1), $2, 'Heavy', '', repeat(n || E': a line of notes\n', 900), null, 'Anna')
     from generate_series(1, $3::integer) as n`,
    [siteId, id, size.notes],
  );
  await db.query('analyze');
  return id;
}
