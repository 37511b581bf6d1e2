// `netureon sensor` and `netureon network` as people call them, with a server that asks for passwords.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let db: TestDatabase;
let program: string;
/** Roles belong to the whole server, which other test files share. */
const nameFrom = (letter: string) => `${letter}${randomBytes(4).toString('hex')}`;
beforeAll(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
});
afterAll(() => db.drop());

async function netureon(...args: string[]) {
  const env = { ...process.env, DATABASE_URL: db.url };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (more: string) => (text[name] += more));
  await once(child, 'close');
  return { code: child.exitCode, ...text };
}

const stored = async (name: string) =>
  (
    await db.pool.query<{ verifier: string }>(
      'select rolpassword as verifier from pg_authid where rolname = $1',
      [`netureon_sensor_${name}`],
    )
  )[0]?.verifier;

test('a sensor is added, listed, given a new password, and removed', async () => {
  const name = nameFrom('a');
  const added = await netureon('sensor', 'add', name, '--site', 'branch');
  expect(added).toMatchObject({ code: 0, stderr: '' });
  const password = /shown only now: ([\w-]{32})\n$/.exec(added.stdout)?.[1] ?? 'none';
  expect(added.stdout).toContain(`netureon_sensor_${name}:PASSWORD@`);
  expect(added.stdout).toContain('[site] name = "branch"');
  const first = await stored(name);
  expect(first).toMatch(/^SCRAM-SHA-256\$4096:/);
  expect(first).not.toContain(password);

  expect(JSON.parse((await netureon('sensor', 'list', '--json')).stdout)).toEqual([
    expect.objectContaining({ name, site: 'branch', lastReportAt: null, networks: [], silent: false }),
  ]);
  expect((await netureon('sensor', 'list')).stdout).toMatch(new RegExp(`${name} +branch +never`));

  expect(await netureon('sensor', 'add', name)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/already, .*\n {2}→ choose another name/),
  });
  expect((await netureon('sensor', 'password', name)).stdout).toMatch(/shown only now: [\w-]{32}\n$/);
  expect(await stored(name)).not.toBe(first);

  expect(await netureon('sensor', 'remove', name)).toMatchObject({ code: 0 });
  expect(await stored(name)).toBeUndefined();
  expect(await netureon('sensor', 'remove', name)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/there is no sensor .*\n {2}→ see `netureon sensor list`/),
  });
  expect((await netureon('sensor', 'list')).stdout).toMatch(/^No sensors/);
});

test('the password goes into a file that only its owner reads, and no file is overwritten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-sensor-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const name = nameFrom('b');
  const file = join(folder, 'password');
  const { code, stdout } = await netureon('sensor', 'add', name, '--password-file', file);
  expect(code).toBe(0);
  const password = await readFile(file, 'utf8');
  expect(password).toMatch(/^[\w-]{32}\n$/);
  expect(stdout).not.toContain(password.trim());
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const before = await stored(name);
  expect(await netureon('sensor', 'password', name, '--password-file', file)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/exists already\n {2}→ name a new file/),
  });
  expect(await stored(name)).toBe(before);
  // Nothing was made, so no password is left lying about.
  const other = join(folder, 'other');
  expect(await netureon('sensor', 'add', name, '--password-file', other)).toMatchObject({ code: 2 });
  await expect(stat(other)).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each(['Attic', '', 'a b', "x'; drop", 'x'.repeat(41)])(
  '%j cannot be the name of a sensor',
  async name => {
    expect(await netureon('sensor', 'add', name)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/cannot be the name of a sensor\n {2}→ /),
    });
  },
);

test('a group without a command is a mistake, and its help is not', async () => {
  expect(await netureon('sensor')).toMatchObject({ code: 2, stdout: '' });
  expect(await netureon('sensor', 'add')).toMatchObject({ code: 2, stdout: '' });
  expect(await netureon('sensor', 'add', 'x', 'y')).toMatchObject({ code: 2, stdout: '' });
  expect(await netureon('sensor', 'add', '--help')).toMatchObject({ code: 0, stderr: '' });
});

test('a network is listed, renamed and retired by its CIDR or name', async () => {
  for (const [cidr, link] of [
    ['10.0.0.0/24', ''],
    ['10.9.0.0/24', 'lan0.10'],
    ['10.9.0.0/24', 'lan0.20'],
  ])
    await db.pool.query(
      `select * from record_scan('default', $1, 'e', 'packet', 1, 1, 1, 1, 1, null, '{}', '{}', null, $2)`,
      [cidr, link],
    );
  expect(await netureon('network', 'rename', '10.0.0.0/24', 'Office')).toMatchObject({ code: 0 });
  expect(await netureon('network', 'retire', 'Office')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('a next scan brings it back'),
    stderr: '',
  });
  expect(await netureon('network', 'retire', '10.9.0.0/24%lan0.20')).toMatchObject({ code: 0 });
  const { stdout } = await netureon('network', 'list');
  expect(stdout).toMatch(/10\.0\.0\.0\/24 +Office +own scanner .* retired \d{4}-/);
  expect(stdout).toMatch(/10\.9\.0\.0\/24%lan0\.10 +own scanner +\S+ \S+\n/);
  expect(JSON.parse((await netureon('network', 'list', '--json')).stdout)).toHaveLength(3);
  expect(await netureon('network', 'retire', '10.9.0.0/24')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/means 2 networks\n {2}→ choose one of: 10\.9\.0\.0\/24%lan0\.10, /),
  });
  expect(await netureon('network', 'retire', 'Attic')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/there is no network Attic\n {2}→ choose one of: 10\.0\.0\.0\/24, /),
  });
});
