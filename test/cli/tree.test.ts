// The process tree with programs of a line instead of the services.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Command } from '../../src/cli/up/child.ts';
import { runTree, type TreeOptions } from '../../src/cli/up/tree.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** A tree in a folder with a diary that its programs write their names into, stopped by `stop`. */
async function tree(programs: Partial<Record<'alertd' | 'web' | 'scan' | 'declare' | 'profile', string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-tree-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const diary = join(folder, 'diary');
  await appendFile(diary, '');
  const program = (name: keyof typeof programs, otherwise: string): Command => ({
    file: 'sh',
    args: ['-c', `echo ${name} >> "$DIARY"; ${programs[name] ?? otherwise}`],
    env: { PATH: process.env['PATH'], DIARY: diary },
  });
  const lines: string[] = [];
  const stop = new AbortController();
  const options: TreeOptions = {
    alertd: program('alertd', 'exec cat'),
    web: program('web', 'exec cat'),
    scan: program('scan', 'true'),
    declare: program('declare', 'true'),
    scanIntervalMs: 60_000,
    scanLimitMs: 60_000,
    webReady: () => Promise.resolve(),
    onReady: () => stop.abort('SIGINT'),
    onLine: (who, line) => lines.push(`${who}: ${line}`),
  };
  const clock = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 2_000), signal),
  };
  return {
    program,
    run: (more: Partial<TreeOptions> = {}) =>
      runTree({ ...options, ...more }, { clock, random: () => 0, signal: stop.signal }),
    lines,
    stop,
    diary: async () => (await readFile(diary, 'utf8')).trim().split('\n'),
  };
}

test('the channels are declared before the first scan, again while the database is away', async () => {
  const { run, diary } = await tree({
    declare: 'test "$(grep -c declare "$DIARY")" -ge 3 || exit 69',
  });
  await run();
  expect((await diary()).filter(name => name === 'declare' || name === 'scan')).toEqual([
    'declare',
    'declare',
    'declare',
    'scan',
  ]);
});

test('channels that cannot be declared for another reason keep nobody from looking', async () => {
  const { run, diary } = await tree({ declare: 'exit 70' });
  await run();
  expect((await diary()).filter(name => name === 'declare' || name === 'scan')).toEqual(['declare', 'scan']);
});

test('a service that dies is started again, and that is told', async () => {
  const { run, lines, stop, diary } = await tree({
    alertd: 'test "$(grep -c alertd "$DIARY")" -ge 2 || exit 69; echo well; exec cat',
  });
  await run({
    onReady: () => undefined,
    onLine: (who, line) => {
      lines.push(`${who}: ${line}`);
      if (line === 'well') stop.abort('SIGINT');
    },
  });
  expect((await diary()).filter(name => name === 'alertd')).toHaveLength(2);
  expect(lines).toContain('up: warning: alertd ended (exit code 69); starting it again in 0.5 s');
});

test('a service that refuses its configuration ends everything, and says which', async () => {
  const { run } = await tree({ web: 'exit 2' });
  await expect(run({ onReady: () => undefined })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('web cannot work with this configuration'),
  });
});

test('a scan that hangs is stopped, and the next one begins', async () => {
  const { run, diary, stop } = await tree({
    scan: 'test "$(grep -c scan "$DIARY")" -ge 2 || exec sleep 600',
  });
  await run({
    scanLimitMs: 300,
    scanIntervalMs: 10,
    onReady: () => undefined,
    onLine: () => undefined,
    webReady: async () => {
      await expect
        .poll(async () => (await diary()).filter(name => name === 'scan').length)
        .toBeGreaterThan(1);
      stop.abort('SIGINT');
    },
  });
});

test('a scan that is stopped in order does not complain; what else it says is passed on', async () => {
  const { run, stop } = await tree({
    scan: `trap 'echo "error: interrupted by SIGTERM: nothing was stored"; echo bye; exit 143' TERM
           echo looking; while :; do sleep 0.05; done`,
  });
  const said: string[] = [];
  await run({
    onLine: (who, line) => {
      said.push(`${who}: ${line}`);
      if (line === 'looking') stop.abort('SIGINT');
    },
  });
  expect(said).toEqual(['scan: looking', 'scan: bye']);
});

test('devices are asked from the first scan on, one run at a time, and no scan waits for them', async () => {
  const { run, program, diary, stop } = await tree({
    // Each run notes that it begins and that it ends, which it does not before three more scans have begun.
    profile: `scans() { grep -c '^scan$' "$DIARY"; }; enough=$(($(scans) + 3))
              until [ $(scans) -ge $enough ]; do sleep 0.02; done; echo asked >> "$DIARY"`,
  });
  const done = run({
    onReady: () => undefined,
    scanIntervalMs: 50,
    profile: { command: program('profile', ''), pauseMs: 1 },
  });
  await expect
    .poll(async () => (await diary()).filter(name => name === 'asked').length)
    .toBeGreaterThanOrEqual(3);
  stop.abort('SIGTERM');
  await done;
  const lines = await diary();
  expect(lines.indexOf('scan')).toBeLessThan(lines.indexOf('profile'));
  const runs = lines.filter(name => name === 'profile' || name === 'asked');
  runs.forEach((name, i) => expect(name).toBe(i % 2 === 0 ? 'profile' : 'asked'));
  expect(lines.filter(name => name === 'scan').length).toBeGreaterThanOrEqual(3 * 3);
});
