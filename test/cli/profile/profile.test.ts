// `netureon profile` as a timer or a person runs it: the whole command line, in a LAN, with and without a database.
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ProfileDocument } from '../../../src/cli/profile/json.ts';
import type { Lan } from '../../../src/lab/lan.ts';
import { openSession } from '../../../src/store/session.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { lanForTest, manyHosts } from '../../support/lan.ts';
import type { Behaviour } from '../../scan/profile/liar.ts';
import { startAvahi } from '../../scan/profile/name-servers.ts';

let db: TestDatabase;
let program: string;
beforeAll(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.pool.query(
    `truncate sites, networks, devices, device_macs, connections, discovery_log, alerts, deliveries, device_names,
     device_ports, device_profiles cascade`,
  );
});

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** null: none. */
  readonly url?: string | null;
}

/** A run that begins; `done` is its end. Few ports and short times, unless a test says otherwise. */
function start(
  lan: Lan,
  args: readonly string[],
  { env = {}, url = db.urlAs('netureon_profile') }: RunOptions = {},
) {
  const child = lan.spawn(process.execPath, [program, 'profile', ...args], {
    env: {
      ...process.env,
      NETUREON_PROFILE_PORTS: '22,80',
      NETUREON_PROFILE_TIMEOUT: '2',
      NETUREON_PROFILE_RESOLVERS: '127.0.0.1', // refuses at once
      ...env,
      ...(url === null ? {} : { DATABASE_URL: url }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, done: once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr })) };
}

const profile = (lan: Lan, args: readonly string[] = [], options?: RunOptions) =>
  start(lan, args, options).done;

async function profileJson(lan: Lan, args: readonly string[] = [], options?: RunOptions) {
  const { code, stdout, stderr } = await profile(lan, ['--json', ...args], options);
  expect(stdout, stderr).not.toBe('');
  const document: ProfileDocument = JSON.parse(stdout);
  return { code, stderr, devices: document.devices.toSorted((a, b) => a.ip.localeCompare(b.ip)) };
}

async function scan(lan: Lan): Promise<void> {
  const env = { ...process.env, DATABASE_URL: db.urlAs('netureon_scan') };
  const { code, stderr } = await lan.exec(process.execPath, [program, 'scan', '--quiet'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

async function liar(lan: Lan, address: string, other: string, behaviour: Behaviour): Promise<void> {
  const file = await bundle('test/scan/profile/liar-main.ts');
  const child = lan.hostSide.spawn(process.execPath, [file, address, other, behaviour]);
  if (child.stdout === null) throw new Error('no pipe');
  await once(child.stdout, 'data');
}

/** Every host hears nothing more, so that each question lasts. */
const deafen = (lan: Lan) =>
  lan.hostSide.tool('nft', [
    'add table inet deaf; add chain inet deaf in { type filter hook input priority 0; policy drop; }',
  ]);

/** Resolves when so many devices are reserved. */
const claimed = (count: number) =>
  expect
    .poll(() => db.pool.query('select from device_profiles where claimed_until is not null'), {
      timeout: 60_000,
    })
    .toHaveLength(count);

const names = () =>
  db.pool.query<{ ip: string; source: string; name: string }>(
    `select host(p.ip) as ip, n.source, n.name from device_names as n join device_profiles as p using (site_id, device_id)
     order by p.ip, n.source`,
  );

test('whoever is due is asked and stored, and is not due again', async () => {
  const lan = await lanForTest({ hosts: manyHosts(3) });
  await startAvahi(lan, {
    interface: 'h1',
    hostName: 'living-room',
    services: [{ type: '_ipp._tcp', port: 631 }],
  });
  await scan(lan);
  const { code, stderr, devices } = await profileJson(lan);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(devices.map(({ ip, name, stored, problem }) => ({ ip, name, stored, problem }))).toEqual([
    { ip: '10.66.0.1', name: 'living-room', stored: true, problem: null },
    { ip: '10.66.0.2', name: null, stored: true, problem: null },
    { ip: '10.66.0.3', name: null, stored: true, problem: null },
  ]);
  expect(devices[0]).toMatchObject({
    mac: '02:00:00:00:00:01',
    names: [{ source: 'mdns', name: 'living-room' }],
    ports: [
      { port: 22, state: 'closed' },
      { port: 80, state: 'closed' },
    ],
    echo: { ttl: 64 },
  });
  expect(await names()).toEqual([{ ip: '10.66.0.1', source: 'mdns', name: 'living-room' }]);
  expect((await profileJson(lan)).devices).toEqual([]);
  expect(await profile(lan, ['--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await profile(lan)).toEqual({ code: 0, stdout: 'No device was due.\n', stderr: '' });
});

test('one device now: by its name, MAC, address and number', async () => {
  const lan = await lanForTest({ hosts: manyHosts(3) });
  await scan(lan);
  await db.pool.query(
    `update devices set name = 'Old Printer' where id =
       (select device_id from device_macs where mac = '02:00:00:00:00:02')`,
  );
  const [row] = await db.pool.query<{ id: number }>(`select id from devices where name = 'Old Printer'`);
  for (const which of ['old printer', '02-00-00-00-00-02', '10.66.0.2', String(row?.id)]) {
    const { code, devices } = await profileJson(lan, ['--device', which]);
    expect({ code, ips: devices.map(({ ip }) => ip) }, which).toEqual({ code: 0, ips: ['10.66.0.2'] });
  }
  const two = await profileJson(lan, [
    '--device',
    '10.66.0.1',
    '--device',
    '02:00:00:00:00:03',
    '--device',
    '10.66.0.1',
  ]);
  expect(two.devices.map(({ ip }) => ip)).toEqual(['10.66.0.1', '10.66.0.3']);
});

test('a device that nobody has, or that two have: exit 2', async () => {
  const lan = await lanForTest({ hosts: manyHosts(2) });
  await scan(lan);
  const nobody = await profile(lan, ['--device', 'no\u001b[31mbody']);
  expect(nobody).toMatchObject({ code: 2, stdout: '' });
  expect(nobody.stderr).toMatch(/^error: there is no device no\ufffd\[31mbody\n {2}→ /);
  await db.pool.query(`update devices set name = 'Twin'`);
  expect(await profile(lan, ['--device', 'Twin'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Twin means 2 devices\n {2}→ give the number of one: \d+, \d+/),
  });
});

test('as many are asked at once as may be, and none is left over', async () => {
  const lan = await lanForTest({ hosts: manyHosts(20) });
  await scan(lan);
  await deafen(lan);
  const { devices } = await profileJson(lan, ['--concurrency', '10', '--port', 'none'], {
    env: { NETUREON_PROFILE_TIMEOUT: '4' },
  });
  expect(devices).toHaveLength(20);
  // Two rounds of ten: the eleventh began when the first ten had ended.
  const rows = await db.pool.query<{ begun: number }>(
    'select extract(epoch from tried_at)::float8 as begun from device_profiles order by tried_at',
  );
  const gaps = rows.slice(1).map(({ begun }, i) => begun - (rows[i]?.begun ?? 0));
  expect(gaps.indexOf(Math.max(...gaps))).toBe(9);
});

test('two runs at once share the work', async () => {
  const lan = await lanForTest({ hosts: manyHosts(12) });
  await scan(lan);
  const runs = await Promise.all([profileJson(lan), profileJson(lan)]);
  const asked = runs.flatMap(({ devices }) => devices.map(({ ip }) => ip));
  expect(asked).toHaveLength(12);
  expect(new Set(asked).size).toBe(12);
});

test('a device that another run is at: exit 75', async () => {
  const lan = await lanForTest({ hosts: manyHosts(1) });
  await scan(lan);
  const other = await openSession(db.urlAs('netureon_profile'), { application: 'test' });
  onTestFinished(() => other.close());
  await other.query(`select from claim_profiles('default', 1, '1 minute', '7 days')`);
  expect(await profile(lan, ['--device', '10.66.0.1'])).toMatchObject({ code: 75, stdout: '' });
  expect((await profileJson(lan)).devices).toEqual([]);
});

describe('who is not asked, and what is not believed', () => {
  test('a device that is gone: nothing is stored, and one that was named is exit 74', async () => {
    const lan = await lanForTest({ hosts: manyHosts(2) });
    await scan(lan);
    await lan.removeHost('10.66.0.2');
    const due = await profileJson(lan);
    expect(due.code).toBe(0);
    expect(due.devices[1]).toMatchObject({ ip: '10.66.0.2', stored: false, problem: 'did not answer' });
    const stored = await db.pool.query('select from device_profiles where profiled_at is not null');
    expect(stored).toHaveLength(1);
    // Named, and without a database: nobody has it in a lease.
    const named = await profileJson(lan, ['--no-store', '--device', '10.66.0.2'], { url: null });
    expect(named).toMatchObject({ code: 74, devices: [{ problem: 'did not answer' }] });
  });

  test('another device that has taken the address', async () => {
    const lan = await lanForTest({ hosts: manyHosts(2) });
    await scan(lan);
    await lan.removeHost('10.66.0.1');
    await lan.addHosts([{ ip: '10.66.0.1', mac: '02:00:00:00:00:99' }]);
    await lan.scanner.tool('ip', ['neigh', 'flush', 'all']);
    await liar(lan, '10.66.0.1', '10.66.0.2', 'honest');
    const { devices } = await profileJson(lan, ['--device', '02:00:00:00:00:01']);
    expect(devices).toMatchObject([
      { stored: false, problem: '10.66.0.1 is answered by 02:00:00:00:00:99 now, another device' },
    ]);
    expect(await names()).toEqual([]);
  });

  test('this machine, broadcast addresses, and what is in no network that is scanned', async () => {
    const lan = await lanForTest();
    const problems = {
      '10.66.0.254': 'is this machine',
      '10.66.0.255': 'is no address of a device',
      '10.66.0.0': 'is no address of a device',
      '10.67.0.1': 'is in no network that is scanned from here',
      '8.8.8.8': 'is in no network that is scanned from here',
    };
    const args = Object.keys(problems).flatMap(ip => ['--device', ip]);
    const { code, devices } = await profileJson(lan, ['--no-store', ...args], { url: null });
    expect(code).toBe(74);
    expect(Object.fromEntries(devices.map(({ ip, problem }) => [ip, problem]))).toEqual(
      Object.fromEntries(Object.entries(problems).map(([ip, problem]) => [ip, `${ip} ${problem}`])),
    );
  });

  test('public networks and container bridges, by the rules of a scan: exit 2', async () => {
    const lan = await lanForTest({ cidr: '198.51.100.0/24' });
    const { code, stderr } = await profile(lan, ['--no-store', '--device', '198.51.100.1'], { url: null });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is a public network'),
    });
  });
});

test('without a database: an address, and its MAC as the kernel sees it', async () => {
  const lan = await lanForTest({ hosts: [{ ip: '10.66.0.7', mac: '3c:37:12:00:00:07' }] });
  const { code, devices } = await profileJson(lan, ['--no-store', '--device', '10.66.0.7'], { url: null });
  expect(code).toBe(0);
  expect(devices).toMatchObject([
    {
      device_id: null,
      mac: '3c:37:12:00:00:07',
      stored: false,
      problem: null,
    },
  ]);
  expect(await profile(lan, ['--no-store'], { url: null })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('without a database nobody knows who is due'),
  });
  expect(await profile(lan, ['--no-store', '--device', 'printer'], { url: null })).toMatchObject({ code: 2 });
});

test('what a hostile device calls itself moves no terminal', async () => {
  const lan = await lanForTest({ hosts: manyHosts(2) });
  await liar(lan, '10.66.0.1', '10.66.0.2', 'terminal');
  await scan(lan);
  const { code, stdout } = await profile(lan, ['--verbose', '--device', '10.66.0.1']);
  expect(code).toBe(0);
  expect(stdout).toContain(']0;ownedevil');
  expect(stdout.replace(/\n/g, '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(stdout).toMatch(/name by netbios: \]0;ownedev\n/);
  expect((await names()).map(({ name }) => name)).toContain(']0;ownedevil');
});

test('switched off, nobody is asked unless named', async () => {
  const lan = await lanForTest({ hosts: manyHosts(1) });
  await scan(lan);
  const env = { NETUREON_PROFILE_ENABLED: 'false' };
  expect(await profile(lan, ['--quiet'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await profileJson(lan, ['--device', '10.66.0.1'], { env })).devices).toHaveLength(1);
});

test('a name server that does not answer is told with each device, and in the summary nobody is missing', async () => {
  const lan = await lanForTest({ hosts: manyHosts(1) });
  await scan(lan);
  const { stdout } = await profile(lan, ['--verbose'], {
    env: { NETUREON_PROFILE_RESOLVERS: '10.66.0.250' },
  });
  expect(stdout).toContain('not told: rdns: 10.66.0.250 did not answer');
  expect(stdout).toMatch(/\n1 device asked in \d+\.\d s\n$/);
});

describe('stopped in the middle', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('by %s: exit %i, and what is half done is not stored', async (signal, code) => {
    const lan = await lanForTest({ hosts: manyHosts(1) });
    await scan(lan);
    await deafen(lan);
    const { child, done } = start(lan, [], { env: { NETUREON_PROFILE_TIMEOUT: '20' } });
    await claimed(1);
    child.kill(signal);
    expect(await done).toEqual({ code, stdout: '', stderr: '' });
    expect(await db.pool.query('select from device_profiles where profiled_at is not null')).toEqual([]);
  });
});

describe('the database', () => {
  test('that is not there: exit 69, one line and a remedy', async () => {
    const lan = await lanForTest();
    const { code, stdout, stderr } = await profile(lan, [], {
      url: 'postgres://u:hunter22@127.0.0.1:1/none',
    });
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(
      /^error: cannot reach PostgreSQL at postgres:\/\/u:\*\*\*@127.0.0.1:1\/none: .*\n {2}→ .*\n$/,
    );
  });

  test('that drops the connection while a device is asked: another one is opened', async () => {
    const lan = await lanForTest({ hosts: manyHosts(2) });
    await scan(lan);
    await deafen(lan);
    const { done } = start(lan, ['--json', '--concurrency', '1', '--port', 'none']);
    await claimed(1);
    await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'netureon profile'
       and datname = current_database()`,
    );
    const { code, stdout, stderr } = await done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      devices: [{ problem: 'did not answer' }, { problem: 'did not answer' }],
    });
  });
});
