/**
 * A database of any size, the same on every run: what the site's pages, their statements and the benches are looked at
 * with where everything has grown for a year. Set by set as the database's superuser, without the tables' triggers; every
 * constraint holds. About a minute for the whole of `BIG` (10,000 devices, a million intervals, a million alerts).
 *
 * In a test:        `await seedBig(database.pool, { ...SMALLER, now: new Date() })` on a freshDatabase().
 * To look around:   `node scripts/keep-big.js` keeps such a server running and prints its URL; end it with Ctrl-C.
 */
import type { Db, Pool } from '../../src/store/session.ts';
import { fillAlerts } from './big/alerts.ts';
import { fillConnections } from './big/connections.ts';
import { fillDevices } from './big/devices.ts';
import { fillScans } from './big/scans.ts';
import { withoutIndexes } from './big/indexes.ts';

export interface BigSize {
  readonly devices: number;
  /** About so many connections, the open ones among them. */
  readonly intervals: number;
  readonly alerts: number;
  /** Neither resolved nor acknowledged; a tenth as many more are acknowledged and go on. */
  readonly openAlerts: number;
  /** How long ago the first device was seen. */
  readonly days: number;
  /** Each a /16 of its own. */
  readonly networks: number;
  /** One alert, the newest of all, has so many tries of one message. */
  readonly tries: number;
  /** Of the scan log, one scan per network every 30 s. */
  readonly logDays: number;
}

export const BIG: BigSize = {
  devices: 10_000,
  intervals: 1_000_000,
  alerts: 1_000_000,
  openAlerts: 10_000,
  days: 365,
  networks: 4,
  tries: 1000,
  logDays: 30,
};

/** A few seconds; large enough that the planner has to choose as it does for BIG. */
export const SMALLER: BigSize = {
  ...BIG,
  devices: 2_000,
  intervals: 100_000,
  alerts: 100_000,
  openAlerts: 2_000,
  logDays: 7,
};

export interface BigSite {
  readonly siteId: number;
  readonly networks: readonly number[];
  /** Ids run from the first without a gap. */
  readonly firstDevice: number;
  readonly firstAlert: number;
  readonly lastAlert: number;
}

/** What every part is filled with. */
export interface BigPlan extends BigSize {
  readonly now: Date;
  readonly siteId: number;
  readonly networkIds: readonly number[];
  readonly channelIds: readonly number[];
  readonly firstDevice: number;
}

/** @param options `now`: everything ends there; `site`: made if missing, and without networks until now */
export async function seedBig(
  pool: Pool,
  { now, site = 'default', ...size }: BigSize & { readonly now: Date; readonly site?: string },
): Promise<BigSite> {
  const seeded = await pool.transaction(async db => {
    await db.query(`set local session_replication_role = replica`);
    await db.query(`set local synchronous_commit = off`);
    await db.query(`set local maintenance_work_mem = '512MB'`);
    await db.query(`set local work_mem = '256MB'`);
    await db.query(`set local timezone = 'UTC'`);
    const ids = await fillSite(db, site, now, size);
    const plan: BigPlan = { ...size, ...ids, now };
    await fillDevices(db, plan);
    await withoutIndexes(db, ['connections'], () => fillConnections(db, plan));
    const alerts = await withoutIndexes(db, ['alerts', 'deliveries', 'alert_events', 'message_tries'], () =>
      fillAlerts(db, plan),
    );
    await fillScans(db, plan);
    // No trigger noted any of it.
    await db.query(
      `insert into device_list_marks (site_id, devices) select site_id, array_agg(id) from devices where site_id = $1 group by 1`,
      [ids.siteId],
    );
    await db.query('select refresh_device_lists()');
    return { siteId: ids.siteId, networks: ids.networkIds, firstDevice: ids.firstDevice, ...alerts };
  });
  await pool.query('vacuum analyze'); // as autovacuum has long done there
  return seeded;
}

async function fillSite(
  db: Db,
  site: string,
  now: Date,
  { days, networks, devices }: BigSize,
): Promise<Pick<BigPlan, 'siteId' | 'networkIds' | 'channelIds' | 'firstDevice'>> {
  const [row] = await db.query<{ siteId: number; isNew: boolean; firstDevice: number }>(
    `with s as materialized (select site_of($1) as id)
     select id as "siteId", not exists (select from rules as r where r.site_id = s.id) as "isNew",
            setval('device_id_seq', nextval('device_id_seq') + $2, true) - $2 as "firstDevice"
     from s`,
    [site, devices],
  );
  const { siteId, isNew, firstDevice } = row!;
  if (isNew) await db.query('select add_default_rules($1)', [siteId]);
  await db.query(`update sites set time_zone = coalesce(time_zone, 'Europe/Berlin') where id = $1`, [siteId]);
  const made = await db.query<{ id: number }>(
    `insert into networks (site_id, cidr, interface, name, created_at, baseline_at, last_scan_at, scans, looked_ms,
                           looking_since, gateway_ip, gateway_mac)
     select $1, set_masklen('10.20.0.0'::inet + (k - 1) * 65536, 16)::cidr, 'eth' || k,
            (array['Office', 'Warehouse', 'Guests', 'Cameras'])[(k - 1) % 4 + 1] || case when k > 4 then ' ' || k else '' end,
            $2::timestamptz - make_interval(days => $3), $2::timestamptz - make_interval(days => $3),
            $2::timestamptz - make_interval(secs => 8 + k), $3::bigint * 2870, $3::bigint * 86100000,
            $2::timestamptz - interval '5 days', '10.20.0.1'::inet + (k - 1) * 65536,
            ('3ca62f0000' || lpad(to_hex(k), 2, '0'))::macaddr
     from generate_series(1, $4::integer) as k returning id`,
    [siteId, now, days, networks],
  );
  const channels = await db.query<{ id: number }>(
    `insert into channels (site_id, name, kind, target, created_at)
     select $1, name, kind, target, $2::timestamptz - make_interval(days => $3)
     from (values ('Big mail', 'email', 'ops@example.org'), ('Big phone', 'telegram', '424242'),
                  ('Big push', 'ntfy', 'https://ntfy.example.org/big')) as c (name, kind, target) returning id`,
    [siteId, now, days],
  );
  await db.query(
    `insert into heartbeats (site_id, service, version, started_at, seen_at)
     select $1, service, '0.1.0', $2::timestamptz - interval '9 days', $2::timestamptz - interval '9 s'
     from unnest(array['alertd', 'web', 'monitor']) as u (service) on conflict do nothing`,
    [siteId, now],
  );
  return {
    siteId,
    networkIds: made.map(one => one.id),
    channelIds: channels.map(one => one.id),
    firstDevice,
  };
}
