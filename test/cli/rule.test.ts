// `netureon rule` as people call it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let program: string;
let database: TestDatabase;
beforeAll(async () => {
  program = await bundle('src/cli/main.ts');
  database = await freshDatabase();
  await database.pool.query(`select site_of('default')`);
  await database.pool.query(
    `insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'a@b')`,
  );
  await database.pool.query(
    `insert into alerts (site_id, kind, severity, summary, dedup_key) values (1, 'scan_failing', 'high', 'x', 'x')`,
  );
});
afterAll(() => database.drop());

async function netureon(...args: readonly string[]) {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:NETUREON_|DATABASE_URL)/.test(name));
  const env = { ...Object.fromEntries(own), DATABASE_URL: database.url, HOME: '/nonexistent' };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'rule', ...args], { env });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

it('lists, tries, adds, changes, moves and removes rules', async () => {
  const list = await netureon('list');
  expect(list.stdout).toMatch(/Quiet nights +off/);
  expect(list.stdout).toMatch(/Everything else +on\n +Every alert: to every channel, at once\./);

  const mine = ['--name', 'Mine', '--min-severity', 'high', '--channels', 'email', '--cooldown', '1h 30m'];
  const tried = await netureon('add', ...mine, '--dry-run');
  expect(tried.stdout).toContain('Over the last 30 days this would have sent 1 message');
  expect(tried.stdout).toContain('Nothing was saved.');
  expect((await netureon('list')).stdout).not.toContain('Mine');

  expect((await netureon('add', ...mine)).stdout).toMatch(/Saved as rule \d+\./);
  const change = await netureon('change', 'Mine', '--quiet', '22:00-07:00', '--cooldown', '', '--json');
  expect(JSON.parse(change.stdout)).toMatchObject({
    input: { minSeverity: 'high', channels: [1], cooldownS: null, quietFrom: '22:00', quietTo: '07:00' },
    rehearsal: { days: 30, rule: { alerts: 1 } },
  });
  expect((await netureon('move', 'Mine', 'down')).stdout).toBe('Mine has moved down.\n');
  const rules = JSON.parse((await netureon('list', '--json')).stdout) as { id: number; name: string }[];
  expect(rules.map(({ name }) => name).slice(0, 2)).toEqual(['Quiet nights', 'Mine']);
  const id = String(rules[1]?.id);

  expect((await netureon('snooze', id, '--for', '8h')).stdout).toContain('rests until');
  expect((await netureon('show', id)).stdout).toContain('snoozed until');
  expect((await netureon('snooze', id, '--for', '0')).stdout).toContain('works again');
  expect((await netureon('off', 'Mine')).stdout).toBe('Mine is switched off.\n');
  expect((await netureon('remove', 'Mine')).stdout).toContain(`netureon rule restore ${id}`);
  expect((await netureon('restore', id)).stdout).toBe(`Rule ${id} is back.\n`);
  expect((await netureon('rehearse', '--days', '7')).stdout).toMatch(
    /^Over the last 7 days the rules would have sent 1 message/,
  );
  const rehearsed = JSON.parse((await netureon('rehearse', 'Everything else', '--json')).stdout) as unknown;
  expect(rehearsed).toMatchObject({ days: 30, now: { alerts: 1 } });
});

it('says everything that is wrong at once, and saves nothing', async () => {
  const wrong = await netureon(
    'add',
    '--channels',
    'pigeon',
    '--quiet',
    '25:00-07:00',
    '--time-zone',
    'Mars/Olympus',
  );
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--name: needs 1 to 100 characters');
  expect(wrong.stderr).toContain('--channels: there is no channel "pigeon": there is email');
  expect(wrong.stderr).toContain('--quiet: takes two times such as 22:00-07:00');
  expect(wrong.stderr).toContain('--time-zone: "Mars/Olympus" is no time zone');
  expect((await netureon('show', 'nobody')).stderr).toContain('there is no rule nobody');
  expect((await netureon('rehearse', '--days', '0')).code).toBe(2);
  const silent = await netureon('add', '--name', 'Silence', '--action', 'silence', '--dry-run');
  const kinds = await netureon('kinds');
  expect(kinds.stdout).toMatch(/^Kind +In words\n(?:.*\n)*flip_flop +address goes to and fro\n/);
  expect((await netureon('add', '--colour', 'red')).stderr).toContain(
    '(netureon rule add --help lists its options)',
  );
  const slip = await netureon('add', '--name', 'Slip', '--owners', 'Kdis', '--dry-run');
  expect(slip.stdout).toContain('Mind: No device belongs to “Kdis”; there are no owners yet.');
  expect(silent.stdout).toContain('Mind: Nothing is sent any more while this rule is on.');
});
