// `netureon export` as people call it: the whole command line with a database.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openSession } from '../../../src/store/session.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let db: TestDatabase;
let program: string;
beforeAll(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
  // Three hours of scans, the last one now.
  const owner = await openSession(db.url, { application: 'test' });
  for (const minutes of [180, 177, 174, 2, 1, 0]) {
    await owner.query(
      `select set_config('netureon.clock', (clock_timestamp() - $1 * interval '1 minute')::text, false)`,
      [minutes],
    );
    await owner.query(
      `select * from record_scan('default', '192.168.1.0/24', 'e', 'packet', 1, 254, 1, 1, 1, null, '{3c:37:12:00:00:01}', '{192.168.1.40}')`,
    );
  }
  await owner.close();
});
afterAll(() => db.drop());

async function netureon(...args: string[]) {
  const env = { ...process.env, DATABASE_URL: db.urlAs('netureon_web') };
  const child = spawn(process.execPath, [program, 'export', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (more: string) => (text[name] += more));
  await once(child, 'close');
  return { code: child.exitCode, ...text };
}

test('the present, as a table', async () => {
  const { code, stdout, stderr } = await netureon();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/192\.168\.1\.40 +here +AVM.*3c:37:12:00:00:01/);
});

test('the past, of one address, as JSON', async () => {
  const { code, stdout } = await netureon(
    '--as-of',
    '-175m',
    '--address',
    '192.168.1.40',
    '--format',
    'json',
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: [{ state: 'here', holder: { mac: '3c:37:12:00:00:01' } }],
  });
  const gap = await netureon('--as-of', '-90m', '--address', '192.168.1.40', '--format', 'json');
  expect(JSON.parse(gap.stdout)).toMatchObject({
    rows: [
      { state: 'not_looked', before: { mac: '3c:37:12:00:00:01' }, after: { mac: '3c:37:12:00:00:01' } },
    ],
  });
});

test('into a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-export-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'now.csv');
  expect(await netureon('--format', 'csv', '--output', file)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await readFile(file, 'utf8')).split('\r\n')).toHaveLength(3);
  const { code, stderr } = await netureon('--output', join(folder, 'missing', 'now.csv'));
  expect(code).toBe(74);
  expect(stderr).toMatch(/cannot be written: .*\n {2}→ /);
});

test.each([
  [
    'a time that is none',
    ['--as-of', 'noonish'],
    /--as-of noonish is no time\n {2}→ write it like 2026-11-20T/,
  ],
  ['a time to come', ['--as-of', '2999-01-01'], /is still to come\n {2}→ /],
  [
    'a time before the first scan',
    ['--as-of', '-1d'],
    /nobody had looked yet at .*\n {2}→ choose a time after \d{4}-/,
  ],
  ['an address that is none', ['--address', '192.168.1'], /is no IP address\n {2}→ /],
  ['a format that is none', ['--format', 'xml'], /--format xml is not known\n {2}→ choose table, csv, json/],
  ['a site that is not there', ['--site', 'moon'], /there is no site moon\n {2}→ choose one of: default/],
])('%s is one error with a remedy', async (_what, args, message) => {
  const { code, stdout, stderr } = await netureon(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
});
