// `netureon scan` as a timer runs it: the whole command line, in a LAN, with a database.
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';
import { openSession } from '../../../src/store/session.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { lanForTest, manyHosts, responderFor } from '../../support/lan.ts';
import { onTheWire } from '../../scan/lab.ts';

let db: TestDatabase;
let program: string;
beforeAll(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
});
afterAll(() => db.drop());
// Every test begins with a network nobody has looked at.
beforeEach(async () => {
  await db.pool.query(
    'truncate sites, networks, devices, device_macs, connections, discovery_log, alerts, deliveries cascade',
  );
});

/** A scan that begins to run; `done` is its end. */
function scan(
  lan: Lan,
  {
    args = [],
    url = db.urlAs('netureon_scan'),
    env = {},
  }: { args?: string[]; url?: string; env?: Readonly<Record<string, string>> } = {},
) {
  const child = lan.spawn(process.execPath, [program, 'scan', '--json', ...args], {
    env: { ...process.env, ...env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const done = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, done };
}

/** What is written of scans, presence and alerts. */
const written = async () => ({
  scans: await db.pool.query('select outcome, problem from discovery_log order by id'),
  here: await db.pool.query(
    'select host(ip) as ip, misses, ended_at is null as open from connections order by ip',
  ),
  alerts: await db.pool.query<{ kind: string }>('select kind from alerts order by id'),
});

/** Resolves when a scan has its permit and is at its sweep. */
const sweeping = () =>
  expect
    .poll(() =>
      db.pool.query(
        `select from pg_stat_activity where application_name = 'netureon scan' and datname = current_database()
           and state = 'idle' and query like '%begin_scan%'`,
      ),
    )
    .toHaveLength(1);

test('what was found is stored, and the next scan tells what is new', async () => {
  const lan = await lanForTest({ hosts: manyHosts(3) });
  const first = await scan(lan).done;
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(first.stdout)).toMatchObject({ changes: { new: 3, returned: 0, moved: 0, missing: 0 } });
  await lan.addHosts([{ ip: '10.66.0.77', mac: '3c:37:12:00:00:77' }]);
  const second = await scan(lan).done;
  expect(JSON.parse(second.stdout)).toMatchObject({ changes: { new: 1, returned: 0, moved: 0, missing: 0 } });
  expect(second.stdout).toContain('AVM');
  expect(await written()).toMatchObject({
    scans: [{ outcome: 'complete' }, { outcome: 'complete' }],
    here: [{ ip: '10.66.0.1' }, { ip: '10.66.0.2' }, { ip: '10.66.0.3' }, { ip: '10.66.0.77' }],
    alerts: [{ kind: 'baseline' }, { kind: 'new_device' }],
  });
});

test('while another scan is at the same network: exit 75, one line, and nothing is written', async () => {
  const lan = await lanForTest({ hosts: manyHosts(3) });
  const other = await openSession(db.url, { application: 'test' });
  onTestFinished(() => other.close());
  await other.query(`select from begin_scan('default', '{10.66.0.0/24}')`);
  expect(await scan(lan).done).toEqual({
    code: 75,
    stdout: '',
    stderr: 'error: another scan of 10.66.0.0/24 is running\n',
  });
  expect(await written()).toEqual({ scans: [], here: [], alerts: [] });
});

test('a configured interface that is gone is in the log of scans, and after three scans an alert', async () => {
  const lan = await lanForTest();
  const env = { ...process.env, DATABASE_URL: db.urlAs('netureon_scan'), NETUREON_SCAN_INTERFACES: 'usb0' };
  for (let i = 0; i < 3; i++)
    expect(await lan.exec(process.execPath, [program, 'scan'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: no interface usb0 .*\n$/),
    });
  const { scans, alerts } = await written();
  expect(scans).toHaveLength(3);
  for (const one of scans)
    expect(one).toEqual({ outcome: 'failed', problem: expect.stringContaining('usb0') });
  expect(alerts).toEqual([{ kind: 'scan_failing' }]);
});

describe('stopped in the middle', () => {
  /** Three devices are known, and a scan that would take minutes is at its sweep. */
  const slowScan = async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    expect(await scan(lan).done).toMatchObject({ code: 0 });
    const before = await written();
    const running = scan(lan, { args: ['--rate', '5'] });
    await sweeping();
    return { ...running, before };
  };

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('by %s: exit %i, and nothing is written', async (signal, code) => {
    const { child, done, before } = await slowScan();
    child.kill(signal);
    expect(await done).toEqual({
      code,
      stdout: '',
      stderr: `error: interrupted by ${signal}: nothing was stored\n`,
    });
    expect(await written()).toEqual(before);
  });

  test('by its own timeout: exit 74, the scan is logged as partial, and nobody is missed', async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    expect(await scan(lan).done).toMatchObject({ code: 0 });
    const { here } = await written();
    expect(await scan(lan, { args: ['--rate', '20', '--timeout', '1'] }).done).toMatchObject({ code: 74 });
    expect(await written()).toMatchObject({
      scans: [{ outcome: 'complete' }, { outcome: 'partial', problem: 'timed out' }],
      here,
    });
  });
});

describe('the database', () => {
  test('that is not there: exit 69, one line and a remedy', async () => {
    const lan = await lanForTest();
    const { code, stdout, stderr } = await scan(lan, { url: 'postgres://u:hunter22@127.0.0.1:1/none' }).done;
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(
      /^error: cannot reach PostgreSQL at postgres:\/\/u:\*\*\*@127.0.0.1:1\/none: .*\n {2}→ .*\n$/,
    );
  });

  test('that is not prepared: exit 69, and what to run', async () => {
    const empty = await freshDatabase(false);
    onTestFinished(() => empty.drop());
    const lan = await lanForTest();
    const { code, stderr } = await scan(lan, { url: empty.url }).done;
    expect(code).toBe(69);
    expect(stderr).toMatch(/^error: PostgreSQL refused: .*begin_scan.*\n {2}→ run `netureon migrate`\n$/);
  });

  test('that goes away during the sweep: exit 69, nothing is written, and the next scan may begin', async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    expect(await scan(lan).done).toMatchObject({ code: 0 });
    const before = await written();
    const { done } = scan(lan, { args: ['--rate', '100'] });
    await sweeping();
    await db.pool
      .query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'netureon scan'
                         and datname = current_database()`);
    const { code, stdout, stderr } = await done;
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(/^error: the connection to PostgreSQL was lost: .*\n {2}→ .*\n$/);
    expect(await written()).toEqual(before);
    expect(await scan(lan).done).toMatchObject({ code: 0 });
  });
});

test(
  'thousands of forged devices are one alert, and do not blind the scans that follow',
  { timeout: 300_000 },
  async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    const responder = await responderFor(lan);
    expect((await scan(lan).done).code).toBe(0);
    await responder.flood(3_000, { onRequest: true });
    const flooded = await scan(lan, { args: ['--rate', '250'] }).done;
    expect(flooded.code, flooded.stderr).toBe(0);
    expect(JSON.parse(flooded.stdout).devices.length).toBeGreaterThan(1_000);
    await responder.close();
    const { code, stdout, stderr } = await scan(lan).done;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ networks: [{ complete: true, answered: 3 }] });
    const { here, alerts } = await written();
    expect(here).toHaveLength(3);
    const kinds = alerts.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['baseline', 'arp_flood']));
    expect(kinds).not.toContain('new_device');
  },
);

describe('what a scan asks', () => {
  /** As `discovery_log` tells the last scan of each network, with the link's name. */
  const logged = () =>
    db.pool.query<{ readonly probed: number }>(
      `select distinct on (n.id) n.cidr::text as network, n.link, n.interface, l.outcome, l.probed, l.answered,
              l.frames, l.broadcasts, n.scans::integer as scans, l.problem
       from discovery_log as l join networks as n on n.site_id = l.site_id and n.id = l.network_id
       order by n.id, l.id desc`,
    );

  test('is logged as it was on the wire, scan after scan', async () => {
    const lan = await lanForTest();
    const hosts = manyHosts(16);
    const responder = await responderFor(lan, hosts);
    // At a pace at which a station has seconds to answer: it is a process, on a machine that may be busy.
    const args = ['--network', '10.66.0.0/26', '--full-sweep-every', '3', '--rate', '60'];
    const probed: number[] = [];
    for (let i = 1; i <= 4; i++) {
      await responder.set(hosts);
      const { code, stderr } = await scan(lan, { args }).done;
      expect(code, stderr).toBe(0);
      const wire = onTheWire(await responder.report());
      const [row] = await logged();
      expect(row).toMatchObject({
        outcome: 'complete',
        answered: 16,
        frames: wire.broadcast + wire.unicast,
        broadcasts: wire.broadcast,
        scans: i,
      });
      probed.push(row?.probed ?? 0);
    }
    // The first asks everybody; the 46 with nobody known are then asked in three parts.
    expect(probed[0]).toBe(62);
    expect(probed.slice(1).toSorted((a, b) => a - b)).toEqual([31, 31, 32]);
  });

  test('in a VLAN is a network of its own, although it has the numbers of another', async () => {
    const lan = await lanForTest();
    const [host = { ip: '', mac: '' }] = manyHosts(1);
    const tagged = { ip: host.ip, mac: '02:00:00:00:20:01', vlan: 20 };
    await responderFor(lan, [host, tagged]);
    const network = '10.66.0.0/28';
    const slowly = ['--rate', '40', '--network', network]; // for an answer of a busy machine
    expect(await scan(lan, { args: slowly }).done).toMatchObject({ code: 0 });
    for (let i = 0; i < 2; i++)
      expect(await scan(lan, { args: ['--vlan', '20', ...slowly] }).done).toMatchObject({
        code: 0,
      });
    expect(await logged()).toMatchObject([
      { network, link: '', interface: 'lan0', answered: 1, scans: 1 },
      // The second time it asked the device in person and verified it, and 13 others by broadcast.
      { network, link: 'lan0.20', interface: 'lan0.20', answered: 1, broadcasts: 13 * 3 + 1, scans: 2 },
    ]);
    expect(
      await db.pool.query(
        `select n.link, c.mac::text from connections as c join networks as n on n.id = c.network_id order by n.link`,
      ),
    ).toEqual([
      { link: '', mac: host.mac },
      { link: 'lan0.20', mac: tagged.mac },
    ]);
  });

  test('VLANs of the configuration are scanned besides the interface’s network', async () => {
    const lan = await lanForTest();
    await responderFor(lan, [{ ip: '10.20.0.7', mac: '02:00:00:00:20:07', vlan: 20 }]);
    const env = {
      NETUREON_SCAN_VLANS: 'lan0.20 10.20.0.0/28 10.20.0.9, nope0.30 10.30.0.0/28',
      NETUREON_SCAN_RATE: '200', // the whole takes seconds, in which a busy machine answers
    };
    const { code, stdout, stderr } = await scan(lan, { env }).done;
    expect({ code, stderr }).toEqual({ code: 74, stderr: expect.stringContaining('no interface nope0') });
    expect(JSON.parse(stdout)).toMatchObject({
      networks: [
        { network: '10.66.0.0/24', interface: 'lan0', vlan: null },
        { network: '10.20.0.0/28', interface: 'lan0.20', vlan: 20, answered: 1 },
      ],
    });
    expect(await logged()).toMatchObject([
      { network: '10.66.0.0/24', outcome: 'complete' },
      { network: '10.20.0.0/28', outcome: 'complete' },
      {
        network: '10.30.0.0/28',
        link: 'nope0.30',
        outcome: 'failed',
        problem: expect.stringContaining('nope0'),
      },
    ]);
  });

  test('of an interface that is away is a failed scan of its networks, and the others are scanned', async () => {
    const lan = await lanForTest({ hosts: manyHosts(2) });
    await lan.scanner.tool('sh', [
      '-ec',
      `ip link add usb0 type veth peer name usb1; ip address add 10.77.0.1/29 dev usb0
       ip link set usb0 up; ip link set usb1 up`,
    ]);
    const env = { NETUREON_SCAN_INTERFACES: 'lan0,usb0' };
    expect(await scan(lan, { env }).done).toMatchObject({ code: 0 });
    await lan.scanner.tool('ip', ['link', 'del', 'usb0']);
    const { code, stderr } = await scan(lan, { env }).done;
    expect({ code, stderr }).toEqual({
      code: 74,
      stderr: expect.stringMatching(/not scanned: no interface usb0/),
    });
    expect(await logged()).toMatchObject([
      { network: '10.66.0.0/24', outcome: 'complete', scans: 2 },
      { network: '10.77.0.0/29', outcome: 'failed', scans: 1, problem: expect.stringContaining('usb0') },
    ]);
    // It is back at the next tick, without a word from anybody.
    await lan.scanner.tool('sh', [
      '-ec',
      `ip link add usb0 type veth peer name usb1; ip address add 10.77.0.1/29 dev usb0
       ip link set usb0 up; ip link set usb1 up`,
    ]);
    expect(await scan(lan, { env }).done).toMatchObject({ code: 0 });
    expect(await logged()).toMatchObject([{ scans: 3 }, { outcome: 'complete', scans: 2 }]);
  });

  test('of an interface that goes away in the middle is half a scan, and the other is whole', async () => {
    const lan = await lanForTest({ hosts: manyHosts(2) });
    await lan.scanner.tool('sh', [
      '-ec',
      `ip link add usb0 type veth peer name usb1; ip address add 10.77.0.1/24 dev usb0
       ip link set usb0 up; ip link set usb1 up`,
    ]);
    const env = { NETUREON_SCAN_NETWORKS: '10.66.0.0/29,10.77.0.0/24', NETUREON_SCAN_RATE: '20' };
    const { done } = scan(lan, { env });
    await sweeping();
    await lan.scanner.tool('ip', ['link', 'del', 'usb0']);
    expect(await done).toMatchObject({ code: 74 });
    expect(await logged()).toMatchObject([
      { network: '10.66.0.0/29', outcome: 'complete', answered: 2 },
      { network: '10.77.0.0/24', outcome: expect.not.stringMatching('complete'), scans: 0 },
    ]);
  });

  test('twice because networks overlap leaves nobody missing in either', async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    const args = ['--network', '10.66.0.0/27', '--network', '10.66.0.0/28'];
    for (let i = 0; i < 4; i++) {
      const { code, stdout, stderr } = await scan(lan, { args }).done;
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ changes: { new: i === 0 ? 3 : 0, moved: 0, missing: 0 } });
    }
    expect((await written()).here).toEqual(
      ['10.66.0.1', '10.66.0.2', '10.66.0.3'].map(ip => ({ ip, misses: 0, open: true })),
    );
  });

  test('of one MAC on two networks is one device on both', async () => {
    const lan = await lanForTest();
    const mac = '02:00:00:00:00:01';
    await responderFor(lan, [
      { ip: '10.66.0.1', mac },
      { ip: '10.66.0.33', mac },
    ]);
    const args = ['--network', '10.66.0.0/28', '--network', '10.66.0.32/28', '--rate', '40'];
    for (let i = 0; i < 2; i++) expect(await scan(lan, { args }).done).toMatchObject({ code: 0 });
    expect(
      await db.pool.query(
        `select n.cidr::text as network, count(distinct c.device_id)::integer as devices,
                (select count(*)::integer from devices) as of
         from connections as c join networks as n on n.id = c.network_id where c.ended_at is null
         group by n.cidr order by n.cidr`,
      ),
    ).toEqual([
      { network: '10.66.0.0/28', devices: 1, of: 1 },
      { network: '10.66.0.32/28', devices: 1, of: 1 },
    ]);
  });

  test('in vain because somebody mistyped it is told to that person, and is no failed scan', async () => {
    const lan = await lanForTest();
    for (const args of [
      ['--network', '10.99.0.0/24'],
      ['--vlan', '20', '--network', '10.99.0.0/5'],
      ['--vlan', '4095', '--network', '10.99.0.0/24'],
      ['--vlan', '20'],
      ['--source', '10.99.0.1', '--network', '10.66.0.0/24'],
    ]) {
      const { code, stdout, stderr } = await scan(lan, { args }).done;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toBe('');
    }
    expect((await written()).scans).toEqual([]);
  });
});

test('another MAC that claims the scanner’s own address is an alert', async () => {
  const lan = await lanForTest({ hosts: manyHosts(2) });
  const responder = await responderFor(lan);
  expect(await scan(lan).done).toMatchObject({ code: 0 });
  await responder.set([]);
  const { done } = scan(lan, { args: ['--rate', '100'] });
  // It listens before it asks.
  await expect.poll(async () => Object.keys((await responder.report()).asked).length).toBeGreaterThan(0);
  await responder.announce(lan.address, '02:66:66:66:66:66');
  expect(await done).toMatchObject({ code: 0 });
  expect(
    await db.pool.query(`select host(ip) as ip, mac::text from alerts where kind = 'ip_conflict'`),
  ).toEqual([{ ip: lan.address, mac: '02:66:66:66:66:66' }]);
});
