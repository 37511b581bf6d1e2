// `netureon scan` as a timer runs it: the whole command line, in a LAN, with a database.
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';
import { openSession } from '../../../src/store/session.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { lanForTest, manyHosts, responderFor } from '../../support/lan.ts';

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
  { args = [], url = db.urlAs('netureon_scan') }: { args?: string[]; url?: string } = {},
) {
  const child = lan.spawn(process.execPath, [program, 'scan', '--json', ...args], {
    env: { ...process.env, DATABASE_URL: url },
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
  alerts: await db.pool.query('select kind from alerts order by id'),
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
  /** Three devices are known, and a scan that takes 12 s is at its sweep. */
  const slowScan = async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    expect(await scan(lan).done).toMatchObject({ code: 0 });
    const before = await written();
    const running = scan(lan, { args: ['--rate', '20'] });
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
    const { done } = scan(lan, { args: ['--rate', '200'] });
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
  'thousands of forged devices are one alert and no device, and do not blind the scans that follow',
  { timeout: 90_000 },
  async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    const responder = await responderFor(lan);
    expect((await scan(lan).done).code).toBe(0);
    await responder.flood(10_000, { onRequest: true });
    const flooded = await scan(lan).done;
    expect(flooded.code, flooded.stderr).toBe(0);
    const open = async () =>
      (await db.pool.query<{ n: number }>('select count(*) as n from connections where ended_at is null'))[0]
        ?.n;
    expect(await open()).toBe(3);
    expect((await written()).alerts).toEqual([{ kind: 'baseline' }, { kind: 'arp_flood' }]);
    await responder.close();
    for (let i = 0; i < 3; i++) {
      const { code, stdout, stderr } = await scan(lan).done;
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ networks: [{ complete: true, answered: 3 }] });
    }
    expect(await open()).toBe(3);
  },
);
