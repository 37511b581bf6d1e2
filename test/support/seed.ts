/**
 * A home of thirty devices with a day behind it, and networks of any size: what the pages, the screenshots and the
 * benches are looked at with. Written as the owner; every time is counted back from `now`.
 */
import type { Db } from '../../src/store/session.ts';

interface HomeDevice {
  name: string | null;
  owner?: string;
  mac: string;
  ip: number;
  state?: string;
  notes?: string;
  /** Hours ago, pairs of from and to; to = 0 means here now. Default: the whole day and before. */
  spans?: readonly (readonly [number, number])[];
  misses?: number;
}

/** MACs under real prefixes, so that the vendors are those of the registry. */
const HOME: readonly HomeDevice[] = [
  { name: 'fritz.box', mac: '3c:a6:2f:10:22:31', ip: 1 },
  { name: 'Office switch', mac: '00:0c:43:7a:01:c2', ip: 2 },
  { name: 'NAS', mac: '00:11:32:9d:4e:11', ip: 5, notes: 'Backups run at 03:00.' },
  {
    name: 'Printer in the hall',
    mac: '00:1b:a9:6c:90:d4',
    ip: 9,
    spans: [
      [120, 1.7],
      [1.7, 0],
    ],
  },
  {
    name: "Anna's phone",
    owner: 'Anna',
    mac: '9e:2f:11:c0:4a:77',
    ip: 40,
    spans: [
      [23.5, 15.6],
      [6.2, 2.3],
      [0.6, 0],
    ],
  },
  {
    name: "Anna's laptop",
    owner: 'Anna',
    mac: 'f0:18:98:3a:b1:09',
    ip: 41,
    spans: [
      [16, 14.2],
      [5.5, 0],
    ],
  },
  {
    name: "Ben's phone",
    owner: 'Ben',
    mac: '3c:07:54:88:1a:2e',
    ip: 42,
    spans: [
      [14, 4.5],
      [1.2, 0.05],
    ],
    misses: 2,
  },
  { name: "Ben's laptop", owner: 'Ben', mac: '00:21:6a:91:0c:5d', ip: 43, spans: [[12.5, 9]] },
  {
    name: 'Tablet',
    owner: 'Clara',
    mac: 'a4:77:33:09:be:e1',
    ip: 44,
    spans: [
      [20, 18],
      [13, 12.2],
      [4, 0],
    ],
  },
  { name: 'Living room TV', mac: '8c:79:f5:31:7e:02', ip: 50, spans: [[17.5, 13.8]] },
  { name: 'Speaker kitchen', mac: '94:9f:3e:44:aa:10', ip: 51 },
  { name: 'Speaker bath', mac: '94:9f:3e:44:aa:93', ip: 52 },
  { name: 'Hue bridge', mac: '00:17:88:2b:6f:55', ip: 53 },
  { name: 'Thermostat', mac: '18:b4:30:7c:22:f0', ip: 54 },
  { name: 'Doorbell', mac: '34:3e:a4:19:57:08', ip: 55 },
  { name: 'Washing machine', mac: '68:a4:0e:53:12:bc', ip: 56, spans: [[7.5, 5.1]] },
  {
    name: 'Robot vacuum',
    mac: '50:ec:50:06:9a:3f',
    ip: 57,
    spans: [
      [30, 21.5],
      [19, 10.1],
      [9, 0],
    ],
  },
  { name: 'Weather station', mac: '24:0a:c4:81:d2:6e', ip: 58 },
  { name: 'Pi-hole', mac: 'b8:27:eb:45:cc:1a', ip: 3, notes: 'DNS for everyone' },
  { name: 'Raspberry Pi garage', mac: 'dc:a6:32:7d:08:f6', ip: 59, state: 'known' },
  {
    name: 'Game console',
    mac: '7c:bb:8a:f2:13:40',
    ip: 60,
    spans: [
      [18.2, 15.9],
      [3.1, 2.2],
    ],
  },
  { name: "Guest's phone", mac: '4a:81:c0:d9:3e:02', ip: 71, state: 'ignored', spans: [[9.2, 7.7]] },
  { name: null, mac: '00:1e:c2:bd:77:31', ip: 61 },
  { name: null, mac: '28:6a:ba:52:6d:90', ip: 62, spans: [[11, 0]] },
  { name: null, mac: '44:d9:e7:20:a1:4c', ip: 4 },
  { name: 'Old camera', mac: '00:62:6e:33:fe:18', ip: 63, state: 'blocked', spans: [[40, 19.3]] },
  { name: 'Solar inverter', mac: '00:40:ad:95:2d:77', ip: 64 },
  { name: null, mac: 'd2:5b:66:0e:91:a8', ip: 72, state: 'ignored', spans: [[15.5, 15.1]] },
  { name: null, mac: '3c:71:bf:4a:90:12', ip: 77, state: 'new', spans: [[0.07, 0]] },
  { name: null, mac: '6e:04:9b:7f:20:cd', ip: 78, state: 'new', spans: [[0.9, 0]] },
];

export interface SeededSite {
  readonly siteId: number;
  readonly networkId: number;
}

/** The home, its scans of the last day (with three hours in which nobody looked), alerts, a channel and receipts. */
export async function seedHome(db: Db, now: Date, site = 'default'): Promise<SeededSite> {
  const ids = await seedNetwork(db, now, site, '192.168.1.0/24');
  await seedScans(db, ids, now, HOME.length);
  await seedEarlyAlerts(db, ids, now);
  for (const device of HOME) await seedDevice(db, ids, now, device);
  // The printer took another address.
  await db.query(
    `update connections set ip = '192.168.1.12', opened_as = 'moved' where site_id = $1 and ip = '192.168.1.9' and ended_at is null`,
    [ids.siteId],
  );
  await db.query(
    `insert into channels (site_id, name, kind, target) values ($1, 'Home mail', 'email', 'home@example.org')`,
    [ids.siteId],
  );
  await seedAlerts(db, ids);
  await db.query(
    `insert into heartbeats (site_id, service, version, started_at, seen_at)
     select $1, service, '0.1.0', $2::timestamptz - interval '9 days', $2::timestamptz - interval '20 s'
     from unnest(array['alertd', 'web']) as u (service)`,
    [ids.siteId, now],
  );
  return ids;
}

/** `n` devices in one network: nine of ten here, vendors and names mixed, no history. */
export async function seedMany(db: Db, now: Date, n: number, site = 'default'): Promise<SeededSite> {
  const ids = await seedNetwork(db, now, site, '10.20.0.0/16');
  await seedScans(db, ids, now, n);
  await db.query(
    `with made as (
       select g, nextval('device_id_seq') as id,
              case when g % 97 = 0 then 'new' when g % 53 = 0 then 'ignored' when g % 211 = 0 then 'blocked' else 'known' end as state
       from generate_series(1, $3::integer) as g
     ), devs as (
       insert into devices (site_id, id, state, name, owner, first_seen_at)
       select $1, id, state,
              case when g % 3 > 0 then (array['Laptop', 'Phone', 'Desk phone', 'Camera', 'Printer', 'Sensor'])[g % 6 + 1] || ' ' || g end,
              case when g % 4 = 0 then (array['Sales', 'Lab', 'Reception'])[g % 3 + 1] end,
              $2::timestamptz - g % 400 * interval '1 day'
       from made
     ), macs as (
       insert into device_macs (site_id, mac, device_id, vendor, first_seen_at)
       select $1, mac::macaddr, id, vendor_of(mac::macaddr), $2::timestamptz - g % 400 * interval '1 day'
       from (select g, id, (array['3c0754', '001132', 'f01898', 'b827eb', '00215a', '9e2f11'])[g % 6 + 1] || lpad(to_hex(g), 6, '0') as mac
             from made) as m
     )
     select count(*) from made`,
    [ids.siteId, now, n],
  );
  await db.query(
    `insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
     select m.site_id, m.device_id, $2, m.mac, '10.20.0.0'::inet + (row_number() over (order by m.mac) + 1),
            $3::timestamptz - interval '3 days',
            case when row_number() over (order by m.mac) % 10 = 0 then $3::timestamptz - interval '5 hours' end, 'baseline'
     from device_macs as m where m.site_id = $1`,
    [ids.siteId, ids.networkId, now],
  );
  await db.query('analyze');
  return ids;
}

async function seedNetwork(db: Db, now: Date, site: string, cidr: string): Promise<SeededSite> {
  const [row] = await db.query<SeededSite>(
    `with s as (select site_of($1) as id)
     insert into networks (site_id, cidr, interface, last_scan_at, baseline_at)
     select id, $2, 'eth0', $3::timestamptz - interval '12 s', $3::timestamptz - interval '9 days' from s
     returning site_id as "siteId", id as "networkId"`,
    [site, cidr, now],
  );
  return row!;
}

async function seedScans(db: Db, ids: SeededSite, now: Date, answered: number): Promise<void> {
  // Three hours of the night without a look, one failure, the rest a scan every five minutes and then every 30 s.
  await db.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method, probed, answered,
                                frames, broadcasts, new, moved, missing, problem)
     select $1, $2, at, 620 + (extract(epoch from at)::bigint * 7919 % 340)::integer,
            case when failed then 'partial' else 'complete' end, 'packet', case when failed then 61 else 254 end,
            case when failed then 3 else least($4::integer - (row_number() over (order by at) % 3)::integer, 254) end,
            case when failed then 61 else 490 end, 224, 0, 0, 0,
            case when failed then 'eth0 went down during the scan' end
     from (
       select at, at between $3::timestamptz - interval '9 hours 2 minutes' and $3::timestamptz - interval '8 hours 58 minutes' as failed
       from (select generate_series($3::timestamptz - interval '26 hours', $3::timestamptz - interval '1 hour', '4 minutes') as at
             union all select generate_series($3::timestamptz - interval '1 hour' + interval '18 s', $3::timestamptz - interval '12 s', '30 s')) as t
     ) as t
     where at not between $3::timestamptz - interval '13 hours' and $3::timestamptz - interval '11 hours 30 minutes'
     order by at`,
    [ids.siteId, ids.networkId, now, answered],
  );
  // The same as runs of looking: before the hole, and since.
  await db.query(
    `insert into coverage (site_id, network_id, during)
     values ($1, $2, tstzrange($3::timestamptz - interval '26 hours', $3::timestamptz - interval '13 hours', '[]'))`,
    [ids.siteId, ids.networkId, now],
  );
  await db.query(
    `update networks set looking_since = $3::timestamptz - interval '11 hours 30 minutes'
     where site_id = $1 and id = $2`,
    [ids.siteId, ids.networkId, now],
  );
  // When somebody looked, as record_scan would have kept it.
  await db.query(
    `with looks as (
       select finished_at, finished_at - lag(finished_at) over (order by finished_at) as gap
       from discovery_log where site_id = $1 and network_id = $2 and outcome = 'complete'
     ), runs as materialized (
       select min(finished_at) as first, max(finished_at) as last
       from (select *, count(*) filter (where gap > not_looked_after()) over (order by finished_at) as run from looks) as l
       group by run
     ), closed as (
       insert into coverage (site_id, network_id, during)
       select $1, $2, tstzrange(first, last, '[]') from runs where last < (select max(last) from runs)
     )
     update networks set looking_since = (select max(first) from runs) where site_id = $1 and id = $2`,
    [ids.siteId, ids.networkId],
  );
}

async function seedDevice(db: Db, ids: SeededSite, now: Date, device: HomeDevice): Promise<void> {
  const spans = device.spans ?? [[216, 0]];
  const [made] = await db.query<{ id: number }>(
    `insert into devices (site_id, state, name, owner, notes, first_seen_at)
     values ($1, $2, $3, $4, $5, $6::timestamptz - $7::float8 * interval '1 hour') returning id`,
    [
      ids.siteId,
      device.state ?? 'known',
      device.name,
      device.owner ?? null,
      device.notes ?? '',
      now,
      device.state === 'new' ? spans[0]![0] : 216,
    ],
  );
  await db.query(
    `insert into device_macs (site_id, mac, device_id, vendor, first_seen_at)
     select $1, $2, $3, vendor_of($2), first_seen_at from devices where site_id = $1 and id = $3`,
    [ids.siteId, device.mac, made!.id],
  );
  for (const [index, [from, to]] of spans.entries()) {
    const isOpen = to === 0 || (device.misses !== undefined && index === spans.length - 1);
    await db.query(
      `insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, misses, last_seen_at, opened_as)
       values ($1, $2, $3, $4, $5, $6::timestamptz - $7::float8 * interval '1 hour',
               case when not $9::boolean then $6::timestamptz - $8::float8 * interval '1 hour' end, $10::integer,
               case when $10::integer > 0 then $6::timestamptz - $8::float8 * interval '1 hour' end, $11)`,
      [
        ids.siteId,
        made!.id,
        ids.networkId,
        device.mac,
        `192.168.1.${device.ip}`,
        now,
        from,
        to,
        isOpen,
        isOpen ? (device.misses ?? 0) : 0,
        index > 0 ? 'returned' : device.state === 'new' ? 'new' : 'baseline',
      ],
    );
  }
}

async function seedEarlyAlerts(db: Db, ids: SeededSite, now: Date): Promise<void> {
  await db.query(
    `insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key, opened_at, last_at, resolved_at)
     values ($1, 'baseline', 'info', $2::integer, 'First look at 192.168.1.0/24: 28 devices', '{"total":28,"devices":[]}', 'baseline:' || $2::integer,
             $3::timestamptz - interval '9 days', $3::timestamptz - interval '9 days', null),
            ($1, 'scan_failing', 'high', $2, 'Nobody is looking at 192.168.1.0/24: 3 scans in a row did not complete',
             '{"problem":"eth0 is down"}', 'scan_failing:' || $2::integer, $3::timestamptz - interval '13 hours',
             $3::timestamptz - interval '13 hours', $3::timestamptz - interval '11 hours 30 minutes')`,
    [ids.siteId, ids.networkId, now],
  );
}

async function seedAlerts(db: Db, ids: SeededSite): Promise<void> {
  // The triggers already told of the new devices, at this moment; they belong to when the devices came.
  await db.query(
    `update alerts as a set opened_at = d.first_seen_at, last_at = d.first_seen_at
     from devices as d where d.site_id = a.site_id and d.id = a.device_id and a.site_id = $1`,
    [ids.siteId],
  );
  await db.query(
    `update alerts set resolved_at = opened_at + interval '2 hours' where site_id = $1 and kind = 'blocked_device_seen'`,
    [ids.siteId],
  );
  // What they queued, then or when the channel came, was sent long ago.
  await db.query(`delete from deliveries where site_id = $1`, [ids.siteId]);
  await db.query(
    `insert into deliveries (site_id, alert_id, channel_id, state, attempts, finished_at, receipt, reason)
     select a.site_id, a.id, c.id, 'delivered', 1, a.opened_at + interval '1 s',
            '250 2.0.0 Ok: queued as ' || upper(substr(md5(a.id::text), 1, 10)), null
     from alerts as a join channels as c on c.site_id = a.site_id where a.site_id = $1`,
    [ids.siteId],
  );
}
