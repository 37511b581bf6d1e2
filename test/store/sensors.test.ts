// Sensors: what their role may do, when they count as silent, and networks that nobody looks at any more.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { beginScan, networksSeenOn, recordScan } from '../../src/store/scan-record.ts';
import { presenceSentence, readPresenceReason } from '../../src/store/presence-reason.ts';
import { scramVerifier } from '../../src/store/scram-verifier.ts';
import { addSensor, listSensors, removeSensor, setSensorPassword } from '../../src/store/sensors.ts';
import { openSession, type Db, type Session } from '../../src/store/session.ts';
import { silenceWatch } from '../../src/store/silence.ts';
import { listManagedNetworks, renameNetwork, retireNetwork } from '../../src/store/site-networks.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
/** Roles belong to the whole server, which other test files share. */
const unique = randomBytes(4).toString('hex');
let sensors = 0;
let owner: Session;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.pool.query(
    'truncate sensors, networks, devices, device_macs, connections, discovery_log, alerts, deliveries, coverage cascade',
  );
  owner = await openSession(db.url, { application: 'test' });
  onTestFinished(() => owner.close());
});

const T0 = Date.parse('2026-11-20T12:00:00Z');
const clock = (db: Db, minutes: number) =>
  db.query(`select set_config('netureon.clock', $1, false)`, [new Date(T0 + minutes * 60_000).toISOString()]);

const scan = (
  db: Db,
  network: string,
  { site = 'default', problem = null as string | null, seen = true } = {},
) =>
  db.query(`select * from record_scan($1, $2, 'e', 'packet', 1, 1, 1, 1, 1, $3, $4::macaddr[], $5::inet[])`, [
    site,
    network,
    problem,
    seen ? ['3c:37:12:00:00:01'] : [],
    seen ? [network.replace(/0\/\d+$/, '9')] : [],
  ]);

/** A sensor of the default site, logged in. */
async function sensor(site = 'default') {
  const name = `s${unique}-${++sensors}`;
  const role = await addSensor(db.pool, { site, name, verifier: scramVerifier('secret', randomBytes(16)) });
  const session = await openSession(db.urlAs(role), { application: 'test' });
  onTestFinished(() => session.close().catch(() => undefined));
  return { name, role, session };
}

const silent = (db: Db) =>
  db.query<{ summary: string; severity: string; open: boolean }>(
    `select summary, severity, resolved_at is null as open from alerts where kind in ('sensor_silent', 'service_silent') order by id`,
  );
const check = async (db: Db) =>
  (await db.query<{ raised: number }>('select check_silence() as raised'))[0]?.raised;

describe('the role of a sensor', () => {
  test('scans and reports for its site, and the report is counted as its own', async () => {
    const { name, session } = await sensor();
    await session.query(`select * from begin_scan('default', '{10.7.0.0/24}')`);
    expect(await scan(session, '10.7.0.0/24')).toEqual([{ new: 1, returned: 0, moved: 0, missing: 0 }]);
    await session.query(`select record_scan_failure('default', null, '', 'no interface')`);
    expect(await session.query(`select vendor from vendors_of('default', '{3c:37:12:00:00:01}')`)).toEqual([
      { vendor: expect.stringContaining('AVM') },
    ]);
    const [one] = await listSensors(db.pool);
    expect(one).toMatchObject({ name, site: 'default', networks: ['10.7.0.0/24'], silent: false });
    expect(one?.lastReportAt).toBeInstanceOf(Date);
  });

  test('can neither write another site nor make one', async () => {
    await db.pool.query(`select site_of('branch')`);
    const { role, session } = await sensor('branch');
    for (const site of ['default', 'brandnew']) {
      const refused = { code: '42501', message: `${role} reports for the site branch, not for ${site}` };
      await expect(scan(session, '10.7.0.0/24', { site })).rejects.toMatchObject(refused);
      await expect(
        session.query(`select * from begin_scan($1, '{10.7.0.0/24}')`, [site]),
      ).rejects.toMatchObject(refused);
      await expect(
        session.query(`select record_scan_failure($1, null, '', 'x')`, [site]),
      ).rejects.toMatchObject(refused);
      await expect(session.query(`select * from vendors_of($1, '{}')`, [site])).rejects.toMatchObject(
        refused,
      );
    }
    expect(await db.pool.query(`select from sites where name = 'brandnew'`)).toEqual([]);
  });

  test.each([
    'select * from networks',
    'select * from devices',
    'select * from sensors',
    'select * from device_macs',
    `select check_silence()`,
    `select heartbeat('default', 'web', '1', now())`,
    `select retire_network('default', 1, 'me')`,
    `select add_sensor('default', 'mine', 'x')`,
    `select site_of('default')`,
    `set role netureon_scan`,
    `set role netureon_web`,
    'create table mine ()',
  ])('may not: %s', async sql => {
    const { session } = await sensor();
    await expect(session.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  test('is refused when its row is gone, even with its session open', async () => {
    const { session } = await sensor();
    await db.pool.query('delete from sensors');
    await expect(scan(session, '10.7.0.0/24')).rejects.toMatchObject({ code: '42501' });
  });

  test('ends with the sensor: its sessions are cut and its networks retired', async () => {
    const { name, session } = await sensor();
    await scan(session, '10.7.0.0/24');
    await removeSensor(db.pool, name, 'anna');
    await expect(session.query('select 1')).rejects.toThrow();
    expect(await listSensors(db.pool)).toEqual([]);
    expect(await listManagedNetworks(db.pool, 'default')).toMatchObject([
      { retiredBy: 'anna', sensor: null },
    ]);
    await expect(removeSensor(db.pool, name, 'anna')).rejects.toThrow(/there is no sensor/);
    await expect(setSensorPassword(db.pool, name, 'x')).rejects.toThrow(/there is no sensor/);
  });

  test('cannot keep its way in by owning something', async () => {
    const { name, role, session } = await sensor();
    await session.query(`select lo_from_bytea(0, 'x')`);
    await removeSensor(db.pool, name, 'anna');
    await expect(openSession(db.urlAs(role), { application: 'test' })).rejects.toThrow();
    expect(await db.pool.query('select from pg_roles where rolname = $1', [role])).toEqual([]);
  });

  test('of the same name is refused', async () => {
    const { name } = await sensor();
    await expect(addSensor(db.pool, { site: 'default', name, verifier: 'x' })).rejects.toThrow(
      /there is a sensor .* already/,
    );
  });
});

test('the password is stored as PostgreSQL itself would store it', async () => {
  const { role } = await sensor();
  const salt = Buffer.from('0123456789abcdef');
  await db.pool.query(`set password_encryption = 'scram-sha-256'`);
  const [stored] = await db.pool.query<{ verifier: string }>(
    'select rolpassword as verifier from pg_authid where rolname = $1',
    [role],
  );
  expect(stored?.verifier).toMatch(/^SCRAM-SHA-256\$4096:[^$]+\$[^:]+:.+$/);
  // PostgreSQL's own verifier, made again with its salt.
  await db.pool.query(`alter role "${role}" password 'another-One_0'`);
  const [own] = await db.pool.query<{ verifier: string }>(
    'select rolpassword as verifier from pg_authid where rolname = $1',
    [role],
  );
  const theirs = Buffer.from(/4096:([^$]+)\$/.exec(own?.verifier ?? '')?.[1] ?? '', 'base64');
  expect(scramVerifier('another-One_0', theirs)).toBe(own?.verifier);
  expect(scramVerifier('another-One_0', salt)).not.toBe(own?.verifier);
});

describe('one network has one scanner', () => {
  const begin = (db: Db, network: string, link = '') => beginScan(db, 'default', [network], [link]);
  const refused = (by: string) => ({
    code: 'usage',
    message: `10.7.0.0/24 is scanned by ${by} of the same site`,
    remedy: expect.stringContaining('netureon sensor add NAME --site'),
  });
  const log = () =>
    db.pool.query<{ outcome: string }>(
      `select l.outcome, n.failures, n.scans::integer as scans from discovery_log as l
       join networks as n on n.site_id = l.site_id and n.id = l.network_id order by l.id`,
    );

  test('and another is refused, whatever it reports, until the first has been silent for five minutes', async () => {
    const first = await sensor();
    const second = await sensor();
    await scan(first.session, '10.7.0.0/24');
    const before = await log();
    for (const db of [second.session, owner]) {
      await expect(begin(db, '10.7.0.0/24')).rejects.toMatchObject(refused(`sensor ${first.name}`));
      for (const problem of [null, 'no interface eth0'])
        await expect(scan(db, '10.7.0.0/24', { problem })).rejects.toMatchObject({ code: 'NE423' });
    }
    expect(await log()).toEqual(before);
    expect(await begin(first.session, '10.7.0.0/24')).toMatchObject([{ granted: true, scans: 1 }]);

    await first.session.close();
    await db.pool.query(`update networks set last_scan_at = now() - interval '240 s'`);
    await expect(begin(second.session, '10.7.0.0/24')).rejects.toMatchObject({ code: 'usage' });
    await db.pool.query(`update networks set last_scan_at = now() - interval '310 s'`);
    // Who fails to look there claims nothing.
    await scan(owner, '10.7.0.0/24', { problem: 'no interface eth0' });
    expect(await begin(second.session, '10.7.0.0/24')).toMatchObject([{ granted: true, scans: 1 }]);
    expect(await scan(second.session, '10.7.0.0/24')).toMatchObject([{ new: 0 }]);
    expect(await listManagedNetworks(db.pool, 'default')).toMatchObject([{ sensor: second.name }]);
  });

  test('which a sensor is refused as well when it is the site’s own, until that is retired', async () => {
    const { name, session } = await sensor();
    await scan(owner, '10.7.0.0/24');
    await expect(begin(session, '10.7.0.0/24')).rejects.toMatchObject(refused('the own scanner'));
    const [{ id } = { id: 0 }] = await listManagedNetworks(owner, 'default');
    await retireNetwork(owner, 'default', id, 'anna');
    expect(await begin(session, '10.7.0.0/24')).toMatchObject([{ granted: true }]);
    await scan(session, '10.7.0.0/24');
    expect(await listManagedNetworks(owner, 'default')).toMatchObject([{ sensor: name, retiredAt: null }]);
    await expect(begin(owner, '10.7.0.0/24')).rejects.toMatchObject(refused(`sensor ${name}`));
    // Neither refusal took a lock.
    await session.close();
    await owner.query(`update networks set last_scan_at = last_scan_at - interval '6 min'`);
    expect(await begin(owner, '10.7.0.0/24')).toMatchObject([{ granted: true }]);
  });

  test('but every place may have the same numbers in a site of its own', async () => {
    await db.pool.query(`select site_of('branch')`);
    const { session } = await sensor('branch');
    await scan(owner, '10.7.0.0/24');
    expect(await beginScan(session, 'branch', ['10.7.0.0/24'])).toMatchObject([{ granted: true }]);
    expect(await scan(session, '10.7.0.0/24', { site: 'branch' })).toMatchObject([{ new: 1 }]);
  });

  test('and fe80::/64 of a card called eth0 is another network for each sensor', async () => {
    const { name, session } = await sensor();
    const seen = (db: Db, ip: string) =>
      db.query(
        `select new from record_scan('default', 'fe80::/64', 'eth0', 'packet', 1, 1, 1, 1, 1, null,
           '{3c:37:12:00:00:01}', array[$1]::inet[], null, 'eth0')`,
        [ip],
      );
    expect(await begin(owner, 'fe80::/64', 'eth0')).toMatchObject([
      { link: 'eth0', granted: true, scans: 0 },
    ]);
    await seen(owner, 'fe80::1');
    expect(await begin(session, 'fe80::/64', 'eth0')).toMatchObject([
      { link: 'eth0', granted: true, scans: 0, known: [] },
    ]);
    await seen(session, 'fe80::2');
    await seen(session, 'fe80::2');
    expect(await begin(session, 'fe80::/64', 'eth0')).toMatchObject([
      { link: 'eth0', scans: 2, known: [{ ip: 'fe80::2' }] },
    ]);
    expect(await begin(owner, 'fe80::/64', 'eth0')).toMatchObject([{ scans: 1, known: [{ ip: 'fe80::1' }] }]);
    expect(await listManagedNetworks(owner, 'default')).toMatchObject([
      { link: 'eth0', interface: 'eth0', sensor: null },
      { link: `${name}:eth0`, interface: 'eth0', sensor: name },
    ]);
  });

  test('and an interface that is away is missed for its own scanner’s networks only', async () => {
    const { session } = await sensor();
    await scan(owner, '10.0.0.0/24');
    await scan(session, '10.7.0.0/24');
    expect(await networksSeenOn(owner, 'default', 'e')).toEqual([{ network: '10.0.0.0/24', link: '' }]);
    expect(await networksSeenOn(session, 'default', 'e')).toEqual([{ network: '10.7.0.0/24', link: '' }]);
    expect(await networksSeenOn(session, 'default', 'f')).toEqual([]);
    await expect(networksSeenOn(session, 'branch', 'e')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a sensor that holds on to a network', () => {
  test('makes a scan fail with a reason, and is cut off with its removal', { timeout: 300_000 }, async () => {
    const { name, session } = await sensor();
    const report = {
      network: '10.7.0.0/24',
      interface: 'e',
      method: 'packet',
      durationMs: 1,
      probed: 1,
      answered: 0,
      frames: 1,
      broadcasts: 1,
      problem: null,
      macs: [],
      ips: [],
    } as const;
    await session.query('begin');
    await scan(session, '10.7.0.0/24');
    // A session cannot wait for longer than the function says.
    await owner.query('set lock_timeout = 0');
    await expect(recordScan(owner, 'default', report)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringContaining('locked for 10 s'),
      remedy: expect.stringContaining('netureon sensor remove'),
    });
    await removeSensor(owner, name, 'anna');
    await expect(session.query('select 1')).rejects.toThrow();
    expect(await recordScan(owner, 'default', report)).toMatchObject({ new: 0 });
  });

  test('has no temporary tables in a database of ours', async () => {
    const empty = await freshDatabase(false);
    onTestFinished(() => empty.drop());
    const session = await openSession(empty.url, { application: 'test' });
    onTestFinished(() => session.close());
    const may = async () =>
      await session.query(
        `select has_database_privilege('netureon_sensor', current_database(), 'temporary') as may`,
      );
    expect(await may()).toEqual([{ may: true }]);
    await migrate(session, await readMigrations('sql/migrations'));
    expect(await may()).toEqual([{ may: false }]);
  });
});

describe('silence', () => {
  test('of more than five minutes is one alert, raised once, and over with the next report', async () => {
    await clock(owner, 0);
    await scan(owner, '10.0.0.0/24');
    await scan(owner, '10.0.1.0/24');
    await clock(owner, 5);
    expect(await check(owner)).toBe(0);
    await clock(owner, 5.1);
    expect(await check(owner)).toBe(1);
    expect(await check(owner)).toBe(0);
    expect(await silent(owner)).toEqual([
      {
        summary: 'The scanner has fallen silent: nobody looks at 10.0.0.0/24 and 10.0.1.0/24',
        severity: 'high',
        open: true,
      },
    ]);
    // A report of failure is a report.
    await scan(owner, '10.0.0.0/24', { problem: 'cable' });
    expect(await silent(owner)).toMatchObject([{ open: false }]);
    await clock(owner, 12);
    expect(await check(owner)).toBe(1);
    expect(await silent(owner)).toMatchObject([{ open: false }, { open: true }]);
  });

  test('of one network while its scanner goes on is about that network', async () => {
    for (let minute = 0; minute <= 7; minute++) {
      await clock(owner, minute);
      // Twice: what was looked at once was typed by somebody, and is missed by nobody.
      if (minute < 2) await scan(owner, '10.0.0.0/24');
      if (minute === 0) await scan(owner, '10.0.2.0/24');
      await scan(owner, '10.0.1.0/24');
    }
    expect(await check(owner)).toBe(1);
    expect(await silent(owner)).toMatchObject([
      { summary: 'Nobody looks at 10.0.0.0/24 any more: the scanner has left it out', open: true },
    ]);
    await scan(owner, '10.0.1.0/24');
    expect(await silent(owner)).toMatchObject([{ open: true }]);
    await scan(owner, '10.0.0.0/24');
    expect(await silent(owner)).toMatchObject([{ open: false }]);
  });

  test('is told of each scanner by itself', async () => {
    const { name, session } = await sensor();
    await scan(session, '10.7.0.0/24'); // by the server's clock: a sensor cannot set it
    await owner.query(
      `select set_config('netureon.clock', (clock_timestamp() + interval '6 min')::text, false)`,
    );
    await scan(owner, '10.0.0.0/24');
    expect(await check(owner)).toBe(1);
    expect(await silent(owner)).toMatchObject([
      { summary: `Sensor ${name} has fallen silent: nobody looks at 10.7.0.0/24`, open: true },
    ]);
    expect((await listSensors(owner))[0]).toMatchObject({ silent: true });
    await scan(owner, '10.0.0.0/24');
    expect(await silent(owner)).toMatchObject([{ open: true }]);
    await session.query(`select record_scan_failure('default', null, '', 'no interface')`);
    expect(await silent(owner)).toMatchObject([{ open: false }]);
  });

  test('begins after three of the usual intervals where those are longer', async () => {
    for (let hour = 0; hour < 4; hour++) {
      await clock(owner, hour * 60);
      await scan(owner, '10.0.0.0/24');
    }
    await clock(owner, 180 + 179);
    expect(await check(owner)).toBe(0);
    await clock(owner, 180 + 181);
    expect(await check(owner)).toBe(1);
  });

  test('is not that of a scanner that cannot choose a network and says so', async () => {
    await clock(owner, 0);
    await scan(owner, '10.0.0.0/24');
    await clock(owner, 6);
    await owner.query(`select record_scan_failure('default', null, '', 'no interface')`);
    expect(await check(owner)).toBe(0);
    await clock(owner, 12);
    expect(await check(owner)).toBe(1);
  });

  test('counts only while somebody could have heard a report', async () => {
    await scan(owner, '10.0.0.0/24');
    await db.pool.query(`update networks set last_scan_at = now() - interval '8 hours'`);
    await db.pool.query(`update discovery_log set finished_at = now() - interval '8 hours'`);
    let now = 0;
    const watch = silenceWatch(owner, {
      now: () => new Date(now),
      monotonic: () => 0,
      sleep: async () => {},
    });
    const minutes = async (...at: number[]) => {
      const raised = [];
      for (const minute of at) {
        now = minute * 60_000;
        raised.push(await watch());
      }
      return raised;
    };
    expect(await minutes(0, 1, 2, 3)).toEqual([0, 0, 0, 0]);
    // The machine slept: five minutes begin anew.
    expect(await minutes(60, 61, 62, 63, 64, 65)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await minutes(66)).toEqual([1]);
  });

  test.each(['netureon_alertd', 'netureon_web'])('%s may look for it', async role => {
    const session = await openSession(db.urlAs(role), { application: 'test' });
    onTestFinished(() => session.close());
    expect(await check(session)).toBe(0);
  });
});

describe('a retired network', () => {
  test('has nobody called gone, raises nothing, and comes back with the next completed scan', async () => {
    await clock(owner, 0);
    await scan(owner, '10.0.0.0/24');
    await clock(owner, 1);
    await scan(owner, '10.0.0.0/24');
    const [{ id } = { id: 0 }] = await listManagedNetworks(owner, 'default');
    await clock(owner, 10);
    expect(await check(owner)).toBe(1);
    await retireNetwork(owner, 'default', id, 'anna');
    expect(await silent(owner)).toMatchObject([{ open: false }]);
    expect(await check(owner)).toBe(0);
    expect(await owner.query('select misses, ended_at from connections')).toEqual([
      { misses: 0, ended_at: new Date(T0 + 60_000) },
    ]);
    expect(await listManagedNetworks(owner, 'default')).toMatchObject([
      { retiredAt: new Date(T0 + 600_000), retiredBy: 'anna' },
    ]);
    await clock(owner, 20);
    await scan(owner, '10.0.0.0/24', { problem: 'cable' });
    expect(await listManagedNetworks(owner, 'default')).toMatchObject([{ retiredBy: 'anna' }]);
    await clock(owner, 21);
    expect(await scan(owner, '10.0.0.0/24')).toEqual([{ new: 0, returned: 1, moved: 0, missing: 0 }]);
    expect(await listManagedNetworks(owner, 'default')).toMatchObject([{ retiredAt: null, retiredBy: null }]);
    await clock(owner, 30);
    expect(await check(owner)).toBe(1);
  });

  test('has no open alert that only a scan of it could end, and says of its devices why nobody knows', async () => {
    const report = (network: string, seen: Record<string, string>, problem: string | null = null) =>
      owner.query(
        `select record_scan('default', $1, 'e', 'packet', 1, 254, 1, 1, 1, $2, $3::macaddr[], $4::inet[], '10.0.0.1')`,
        [network, problem, Object.values(seen), Object.keys(seen)],
      );
    const hosts = {
      '10.0.0.1': '3c:37:12:00:00:01',
      '10.0.0.2': '3c:37:12:00:00:02',
      '10.0.0.3': '3c:37:12:00:00:03',
    };
    for (let minute = 0; minute < 2; minute++) {
      await clock(owner, minute);
      await report('10.0.0.0/24', hosts);
      await report('10.9.0.0/24', { '10.9.0.9': '3c:37:12:00:00:09' });
    }
    await owner.query(`update devices set importance = 'watched', down_after = '1 minute'
                       where id = (select device_id from device_macs where mac = '3c:37:12:00:00:03')`);
    // Somebody else is the gateway and has the address of another, a third is down; then nobody looks.
    for (let minute = 2; minute < 6; minute++) {
      await clock(owner, minute);
      await owner.query(
        `select record_scan('default', '10.0.0.0/24', 'e', 'packet', 1, 254, 1, 1, 1, null, $1::macaddr[], $2::inet[], '10.0.0.1')`,
        [
          ['3c:37:12:00:00:02', '3c:37:12:00:00:0e', '3c:37:12:00:00:0e'],
          ['10.0.0.2', '10.0.0.2', '10.0.0.1'],
        ],
      );
    }
    for (const minute of [6, 7, 8]) {
      await clock(owner, minute);
      await report('10.0.0.0/24', {}, 'cable');
      await report('10.9.0.0/24', {}, 'cable');
    }
    const kinds = `select kind, network_id from alerts where resolved_at is null and kind <> 'baseline' order by kind, network_id`;
    const networks = await listManagedNetworks(owner, 'default');
    const id = networks.find(({ cidr }) => cidr === '10.0.0.0/24')?.id ?? 0;
    const elsewhere = networks.find(({ cidr }) => cidr === '10.9.0.0/24')?.id ?? 0;
    const open = ['device_down', 'gateway_changed', 'ip_conflict', 'new_device', 'scan_failing'];
    expect(
      (await owner.query<{ kind: string; network_id: number }>(kinds))
        .filter(({ network_id }) => network_id === id)
        .map(({ kind }) => kind),
    ).toEqual(open);

    await retireNetwork(owner, 'default', id, 'anna');
    // Who that was is still to be answered, and the other network still fails.
    const left = [
      { kind: 'new_device', network_id: id },
      { kind: 'scan_failing', network_id: elsewhere },
    ];
    expect(await owner.query(kinds)).toEqual(left);
    expect(await owner.query('select from watched_silences')).toEqual([]);
    const because = await owner.query(
      `select distinct detail ->> 'resolved_because' as because from alerts where kind = 'gateway_changed'`,
    );
    expect(because).toEqual([{ because: 'its network was retired' }]);
    const [{ device } = { device: 0 }] = await owner.query<{ device: number }>(
      `select device_id as device from device_macs where mac = '3c:37:12:00:00:02'`,
    );
    const reason = await readPresenceReason(owner, 'default', device);
    expect(reason).toMatchObject({ state: 'gone', retiredAt: new Date(T0 + 8 * 60_000) });
    expect(reason && presenceSentence(reason)).toBe(
      'its network was retired on 2026-11-20; nobody looks there',
    );

    // A scanner that goes on failing there is nobody's concern.
    for (const minute of [9, 10, 11, 12]) {
      await clock(owner, minute);
      await report('10.0.0.0/24', {}, 'cable');
    }
    expect(await owner.query(kinds)).toEqual(left);
    // Looked at again, nobody is said to have been away: whoever answers has returned.
    await clock(owner, 20);
    await report('10.0.0.0/24', hosts);
    expect(await readPresenceReason(owner, 'default', device)).toMatchObject({
      state: 'here',
      retiredAt: null,
    });
  });

  test('and a renamed one must exist; the site’s role may do both', async () => {
    await scan(owner, '10.0.0.0/24');
    const session = await openSession(db.urlAs('netureon_admin'), { application: 'test' });
    onTestFinished(() => session.close());
    const [{ id } = { id: 0 }] = await listManagedNetworks(session, 'default');
    await renameNetwork(session, 'default', id, 'Office');
    await retireNetwork(session, 'default', id, 'anna');
    expect(await listManagedNetworks(session, 'default')).toMatchObject([
      { name: 'Office', retiredBy: 'anna' },
    ]);
    await renameNetwork(session, 'default', id, '');
    expect(await listManagedNetworks(session, 'default')).toMatchObject([{ name: null }]);
    await expect(retireNetwork(session, 'default', id + 1, 'anna')).rejects.toThrow(/there is no network/);
    await expect(renameNetwork(session, 'elsewhere', id, 'x')).rejects.toThrow(/there is no network/);
  });
});

test('a steady report of the own scanner writes no row besides those of the scan', async () => {
  await scan(owner, '10.0.0.0/24');
  const before = await owner.query(`select xmin::text from networks`);
  await owner.query('begin');
  await owner.query(`insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method)
    select site_id, id, now(), 1, 'complete', 'packet' from networks`);
  expect(await owner.query(`select xmin::text from networks`)).toEqual(before);
  await owner.query('rollback');
});
