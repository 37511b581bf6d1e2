// `netureon template` as people call it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let db: TestDatabase;
let program: string;
beforeAll(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
  await db.pool.query(
    `insert into channels (site_id, name, kind, target) select id, 'email', 'email', 'noc@example.test' from sites`,
  );
});
afterAll(() => db.drop());

async function netureon(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [program, 'template', ...args], {
    env: { ...process.env, DATABASE_URL: db.url },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (more: string) => (text[name] += more));
  child.stdin.end(input);
  await once(child, 'close');
  return { code: child.exitCode, ...text };
}

test('a template is written, listed, shown, tried and removed', async () => {
  expect((await netureon(['list'])).stdout).toContain('There is no template');
  const folder = await mkdtemp(join(tmpdir(), 'netureon-template-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'text');
  await writeFile(file, 'Who is {{ device.vendor }} at {{ device.ip }}?\n');
  const which = ['--channel', 'email', '--kind', 'new_device'];
  expect(
    await netureon(['set', ...which, '--subject', 'New: {{ device.ip }}', '--file', file]),
  ).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect((await netureon(['list'])).stdout).toMatch(/email +new_device +New: \{\{ device\.ip \}\}/);
  expect((await netureon(['show', ...which])).stdout).toBe(
    'Subject: New: {{ device.ip }}\n\nWho is {{ device.vendor }} at {{ device.ip }}?\n',
  );
  const preview = await netureon(['preview', ...which]);
  expect(preview.stdout).toMatch(
    /^Subject: New: 192\.168\.1\.77\n\nWho is Espressif Inc\. at 192\.168\.1\.77\?\n/,
  );
  expect((await netureon(['preview', ...which, '--html'])).stdout).toMatch(/^<!DOCTYPE html>/);
  // Written anew from standard input; of another kind the default text.
  expect((await netureon(['set', ...which], 'Short.')).code).toBe(0);
  expect((await netureon(['preview', ...which])).stdout).toContain('\n\nShort.\n');
  expect((await netureon(['preview', '--channel', 'email', '--kind', 'device_down'])).stdout).toContain(
    'Printer is gone',
  );
  expect((await netureon(['remove', ...which])).code).toBe(0);
  expect(JSON.parse((await netureon(['list', '--json'])).stdout)).toEqual([]);
});

test('what would not work is refused, with its place and what was probably meant', async () => {
  const refused = await netureon(['set'], 'one\n{{ device.vendr }}');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /line 2, column 4 of the text: there is no device\.vendr; did you mean device\.vendor\?/,
  );
  expect((await netureon(['set', '--kind', 'new_devise'], 'x')).stderr).toContain('did you mean new_device?');
  expect((await netureon(['set', '--channel', 'fax'], 'x')).stderr).toMatch(
    /no channel “fax”[^]*use one of email/,
  );
  expect((await netureon(['remove'])).stderr).toContain('there is no such template');
  expect((await netureon(['preview', '--file', '/nowhere'])).stderr).toContain('cannot read the template');
  expect((await netureon(['list', '--variables'])).stdout).toMatch(
    /device\.vendor +of the first alert: who made it/,
  );
  expect(JSON.parse((await netureon(['list', '--json'])).stdout)).toEqual([]);
});
