// The command line itself: what every command shares.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bundle } from '../support/bundle.ts';

let program: string;
beforeAll(async () => {
  program = await bundle('src/cli/main.ts');
});

function netureon(...args: string[]) {
  // CI is what colour libraries take for a wish to see colours.
  const env = { ...process.env, CI: 'true' };
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (more: string) => (text[name] += more));
  return { child, done: once(child, 'close').then(() => ({ code: child.exitCode, ...text })) };
}

test.each([['stdout'], ['stderr']] as const)('a reader of %s that has gone is no fault', async stream => {
  const { child, done } = netureon('scan', '--read', 'test/fixtures/wire/announcement.pcap');
  child[stream].destroy();
  const { code, stdout, stderr } = await done;
  expect(code).toBe(0);
  expect(stdout + stderr).not.toMatch(/EPIPE|node:/);
});

test('what is no terminal gets no colours', async () => {
  const { stdout, stderr } = await netureon('scan', '--read', 'test/fixtures/wire/announcement.pcap').done;
  expect(stdout.length).toBeGreaterThan(0);
  expect(stdout + stderr).not.toContain('\u001b');
});

describe('bad input', () => {
  test('of several kinds is told at once, each with its remedy, and exits 2', async () => {
    const wrong =
      '--no-store --rate fast --timeout 0 --network 10.0.0.0/33 --network home --interface nope0 --read /nowhere.pcap';
    const { code, stdout, stderr } = await netureon('scan', ...wrong.split(' ')).done;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: There are 5 problems with the configuration:\n/);
    for (const value of ['"fast"', '"0"', '"10.0.0.0/33"', '"home"', 'nope0', '/nowhere.pcap'])
      expect(stderr).toContain(value);
    expect(stderr.match(/^ {4}→ ./gm)).toHaveLength(5);
  });

  test.each([[['scan', '--nonsense']], [['frobnicate']], [['scan', 'extra']], [[]]])(
    '%j exits 2 without a stack',
    async args => {
      const { code, stdout, stderr } = await netureon(...args).done;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/netureon/);
      expect(stderr).not.toMatch(/ {4}at /);
    },
  );

  test('a configuration file that is not there is one problem', async () => {
    const { code, stderr } = await netureon('--config', '/nowhere.toml', 'migrate').done;
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: There is a problem with the configuration:\n {2}\/nowhere\.toml cannot be read/,
    );
  });
});

test('help and version are what was asked for: exit 0', async () => {
  expect(await netureon('--version').done).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  const { code, stdout } = await netureon('scan', '--help').done;
  expect(code).toBe(0);
  expect(stdout).toMatch(/--rate <frames> .*\[scan\] rate,\s+NETUREON_SCAN_RATE/s);
});
