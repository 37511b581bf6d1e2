// `netureon user` as people call it.
import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const PASSWORD = 'seven green bicycles';

let program: string;
let database: TestDatabase;
beforeAll(async () => {
  program = await bundle('src/cli/main.ts');
  database = await freshDatabase();
});
afterAll(() => database.drop());

async function netureon(args: readonly string[], input = '') {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:NETUREON_|DATABASE_URL)/.test(name));
  const env = { ...Object.fromEntries(own), DATABASE_URL: database.url, HOME: '/nonexistent' };
  const child = spawn(process.execPath, [program, 'user', ...args], { env });
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>(resolve => child.once('exit', resolve)),
  ]);
  return { code, stdout, stderr };
}

it('adds, lists, changes and removes, and never lets the last administrator go', async () => {
  expect((await netureon(['list'])).stdout).toContain('netureon user add NAME --role admin');
  const added = await netureon(['add', 'Ada', '--role', 'admin', '--password-stdin'], `${PASSWORD}\n`);
  expect(added.stderr).toBe('');
  expect(added.stdout).toBe('User Ada is added, with the role admin.\n');
  expect((await netureon(['add', 'ADA', '--password-stdin'], PASSWORD)).stderr).toContain(
    'there is a user ADA already',
  );
  await netureon(['add', 'Bob', '--password-stdin'], PASSWORD);
  const listed = JSON.parse((await netureon(['list', '--json'])).stdout);
  expect(listed).toMatchObject([
    { name: 'Ada', role: 'admin', disabled: false, hasPassword: true, hasTotp: false },
    { name: 'Bob', role: 'viewer' },
  ]);
  expect(JSON.stringify(listed)).not.toContain('scrypt');
  for (const args of [
    ['disable', 'Ada'],
    ['remove', 'Ada'],
    ['role', 'Ada', 'viewer'],
  ]) {
    const { code, stderr } = await netureon(args);
    expect(code).toBe(2);
    expect(stderr).toContain('this is the last administrator');
  }
  expect((await netureon(['role', 'bob', 'operator'])).stdout).toContain('has the role operator');
  expect((await netureon(['disable', 'Bob'])).code).toBe(0);
  expect((await netureon(['list'])).stdout).toMatch(/Bob +operator +disabled/);
  expect((await netureon(['enable', 'Bob'])).code).toBe(0);
  expect((await netureon(['unlock', 'Bob'])).code).toBe(0);
  expect((await netureon(['password', 'Bob', '--password-stdin'], 'nine yellow submarines')).code).toBe(0);
  expect((await netureon(['remove', 'Bob'])).code).toBe(0);
  expect((await netureon(['remove', 'Bob'])).stderr).toContain('there is no user Bob');
}, 120_000);

it('refuses a weak password and a bad name, role or terminal, in words and without repeating it', async () => {
  const weak = await netureon(['add', 'Carl', '--password-stdin'], 'password1234\n');
  expect(weak.code).toBe(2);
  expect(weak.stderr).toContain('guessed first');
  expect(weak.stderr).not.toContain('password1234');
  expect((await netureon(['add', '\u001b[31mred', '--password-stdin'], PASSWORD)).code).toBe(2);
  expect((await netureon(['add', 'Carl', '--role', 'god', '--password-stdin'], PASSWORD)).stderr).toContain(
    'roles are: viewer, operator, admin',
  );
  expect((await netureon(['add', 'Carl'])).stderr).toContain('--password-stdin');
}, 60_000);

it('asks on a terminal without showing what is typed', async () => {
  // script(1) gives it a terminal of its own, and keeps what that shows.
  const own = { ...process.env, DATABASE_URL: database.url, HOME: '/nonexistent' };
  const command = `${process.execPath} ${program} user add Dora --role viewer`;
  const child = execFile('script', ['-qec', command, '/dev/null'], { env: own });
  let shown = '';
  let asked = 0;
  child.stdout?.on('data', (chunk: string) => {
    shown += chunk;
    const questions = shown.split(/Password: |once more: /).length - 1;
    while (asked < questions) {
      asked += 1;
      child.stdin?.write(`${PASSWORD}\r`);
    }
  });
  const code = await new Promise<number | null>(resolve => child.once('exit', resolve));
  expect(shown).toContain('User Dora is added');
  expect(shown).not.toContain(PASSWORD);
  expect(code).toBe(0);
}, 60_000);
