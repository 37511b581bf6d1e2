// `netureon alert` and `netureon monitor` as people call them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';

let db: TestDatabase;
let program: string;
const me = userInfo().username;
beforeAll(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.pool.query(
    'truncate networks, devices, device_macs, connections, discovery_log, alerts, mutes, heartbeats cascade',
  );
  await recordScan(db.pool, []);
});

async function netureon(...args: string[]) {
  const state = mkdtempSync(join(tmpdir(), 'netureon-state-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const env = { ...process.env, DATABASE_URL: db.url, STATE_DIRECTORY: state };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (more: string) => (text[name] += more));
  await once(child, 'close');
  return { code: child.exitCode, ...text };
}
const json = async (...args: string[]) => JSON.parse((await netureon(...args, '--json')).stdout) as unknown;
const alertAbout = async (ip: string) =>
  (await db.pool.query<{ id: number }>('select id from alerts where ip = $1', [ip]))[0]?.id ?? 0;

test('alerts are listed, shown with their story, acknowledged and reopened', async () => {
  await recordScan(db.pool, devices(2));
  const id = await alertAbout('192.168.1.10');
  const listed = await netureon('alert', 'list', '--kind', 'new_device');
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toMatch(/^Alert +Since \(\S+\) +Severity +State +What\n/);
  expect(listed.stdout).toContain('New device: Espressif Inc. at 192.168.1.10');
  expect(listed.stdout).toMatch(/\n3 alerts open, none urgent\.\n$/);
  expect(await json('alert', 'list', '--device', '192.168.1.10', '--since', '-1h')).toMatchObject([
    { id, state: 'open', kind: 'new_device' },
  ]);
  expect(await netureon('alert', 'acknowledge', String(id))).toMatchObject({
    code: 0,
    stdout: `Alert ${id} is acknowledged.\n`,
  });
  const shown = await netureon('alert', 'show', String(id));
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    new RegExp(
      `^Alert ${id}: New device: Espressif Inc. at 192.168.1.10\nmedium · new_device · 192.168.1.0/24 · acknowledged · times in \\S+\n\n` +
        `.{19}  Found by scan \\d+ of 192.168.1.0/24: .+\n.{19}  Nobody was told: no channel is set up.\n.{19}  Acknowledged by ${me}.\n$`,
    ),
  );
  expect(await json('alert', 'show', String(id))).toMatchObject({
    alert: { id },
    steps: [{ what: 'detected' }, { what: 'suppressed' }, { what: 'acknowledged' }],
  });
  expect(await json('alert', 'reopen', String(id))).toMatchObject({ state: 'reopened' });
  expect((await netureon('alert', 'acknowledge', 'all', '--kind', 'new_device')).stdout).toBe(
    'Acknowledged 2 alerts; `netureon alert reopen all` takes it back within the hour.\n',
  );
  expect((await netureon('alert', 'reopen', 'all')).stdout).toBe('Opened 2 alerts again.\n');
  expect((await netureon('alert', 'list', '--state', 'resolved')).stdout).toMatch(/^No such alerts\.\n/);
});

test('what is no alert, kind, state or time is said with what would be', async () => {
  for (const [args, problem, remedy] of [
    [['show', '4711'], 'there is no alert 4711', 'see `netureon alert list --state all`'],
    [['show', 'x'], 'x is no number of an alert', 'see `netureon alert list`'],
    [['acknowledge', '4711'], 'there is no alert 4711', 'see'],
    [['list', '--kind', 'fire'], 'there is no kind of alert fire', 'choose one of: gateway_changed'],
    [['list', '--state', 'shut'], 'there is no state shut', 'choose one of: open'],
    [['list', '--since', 'soon'], 'soon is no time', 'write 2026'],
    [['list', '--network', '10.0.0.0/8'], 'there is no network 10.0.0.0/8', 'choose one of: 192.168.1.0/24'],
    [['mute'], 'a mute needs one end', 'give either --for 8h or --until 07:00'],
    [['mute', '--for', 'ever'], 'ever is no length of time', 'write 30m, 8h or 2d'],
    [['mute', '--for', '900d'], 'a mute ends some time within a year', 'see'],
    [['mute', '--for', '1h', '--channel', 'fax'], 'there is no channel fax', 'choose one of'],
    [['unmute', '4711'], 'there is no mute 4711', 'see `netureon alert mutes`'],
  ] as const) {
    const { code, stdout, stderr } = await netureon('alert', ...args);
    expect([code, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain(problem);
    expect(stderr).toContain(`→ ${remedy}`);
  }
});

test('alerts are muted, and the mute ended', async () => {
  await recordScan(db.pool, devices(1));
  expect((await netureon('alert', 'mutes')).stdout).toBe('Nothing is muted.\n');
  const made = await netureon(
    'alert',
    'mute',
    '--for',
    '8h',
    '--kind',
    'ip_changed',
    '--device',
    '192.168.1.10',
    '--note',
    'moving',
  );
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const id = /unmute (\d+)/.exec(made.stdout)?.[1] ?? '';
  expect(await json('alert', 'mutes')).toMatchObject([
    { id: Number(id), kind: 'ip_changed', actor: me, note: 'moving' },
  ]);
  expect((await netureon('alert', 'mutes')).stdout).toMatch(
    new RegExp(`\n${id} +ip_changed of .+ +${me} +moving\n$`),
  );
  expect((await netureon('alert', 'unmute', id)).stdout).toBe(`Mute ${id} has ended.\n`);
  expect((await netureon('alert', 'unmute', id)).stdout).toBe(`Mute ${id} had ended already.\n`);
  expect(await json('alert', 'mutes')).toEqual([]);
});

test('monitor says whether all is well, and its exit code does too', async () => {
  const well = await netureon('monitor');
  expect(well).toMatchObject({ code: 0, stderr: '' });
  expect(well.stdout).toMatch(/^All that runs reports: scan \S+ s ago, alertd never ran, web never ran\.\n$/);
  expect(await netureon('monitor', '--quiet')).toMatchObject({ code: 0, stdout: '' });
  await db.pool.query(
    `insert into heartbeats (site_id, service, version, seen_at) select id, 'alertd', '1', now() - interval '9 minutes' from sites`,
  );
  const silent = await netureon('monitor', '--json');
  expect(silent.code).toBe(1);
  expect(JSON.parse(silent.stdout)).toMatchObject({
    healthy: false,
    services: [
      { name: 'scan', state: 'running' },
      { name: 'alertd', state: 'silent' },
      { name: 'web', state: 'never' },
      { name: 'monitor' },
    ],
  });
});

test('times are in the zone of the site, and say so', async () => {
  await recordScan(db.pool, devices(1));
  const id = await alertAbout('192.168.1.10');
  await db.pool.query(`update sites set time_zone = 'Asia/Kathmandu'`);
  onTestFinished(async () => {
    await db.pool.query('update sites set time_zone = null');
  });
  await db.pool.query(`update alerts set opened_at = '2026-11-20T20:30:00Z' where id = $1`, [id]);
  const listed = await netureon('alert', 'list', '--kind', 'new_device');
  expect(listed.stdout).toMatch(/^Alert +Since \(Asia\/Kathmandu\) /);
  expect(listed.stdout).toContain('2026-11-21 02:15:00');
  const shown = (await netureon('alert', 'show', String(id))).stdout;
  expect(shown).toContain(' · times in Asia/Kathmandu\n');
  expect(shown).toContain('2026-11-21 02:15:00  Found');
  const { until } = (await json('alert', 'mute', '--until', '07:00', '--kind', 'new_device')) as {
    until: string;
  };
  expect(until).toMatch(/T01:15:00\.000Z$/);
  expect((await netureon('alert', 'mutes')).stdout).toMatch(/Until \(Asia\/Kathmandu\).*\n.* 07:00:00 /);
});
