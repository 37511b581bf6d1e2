// What systemd hears from a service: over real unix datagrams, received by another make.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Pulse } from '../../src/alertd/pulse.ts';
import { supervisorFrom, watchdogMs } from '../../src/cli/supervisor.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { bundle } from '../support/bundle.ts';
import { around } from '../alertd/fixture.ts';

/** @returns the next datagram that matches */
async function receiver(name: string): Promise<(pattern: RegExp) => Promise<string>> {
  const child = spawn('python3', ['test/support/datagrams.py', name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (pattern: RegExp) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the receiver has ended: is python3 installed?');
      const text = String(JSON.parse(value));
      if (pattern.test(text)) return text;
    }
  };
  await next(/^ready$/);
  return next;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'netureon-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A clock that moves when told. */
function handClock() {
  let ms = 0;
  return { clock: { ...systemClock, monotonic: () => ms }, pass: (more: number) => (ms += more) };
}

describe('systemd', () => {
  it.each([
    ['by path', async () => join(await folder(), 'notify')],
    ['by an abstract name', () => Promise.resolve(`@netureon-test-${randomUUID()}`)],
  ])('hears that a service is ready, alive and stopping: %s', async (_how, nameOf) => {
    const name = await nameOf();
    const next = await receiver(name);
    const log = createLog(() => undefined);
    const manager = await supervisorFrom({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '40000' }, 1, log);
    manager.ready();
    expect(await next(/READY/)).toBe('READY=1');
    const { clock, pass } = handClock();
    const pulse = new Pulse(clock);
    const loop = pulse.loop('channel email');
    loop.within(1_000);
    const end = manager.watch({ hanging: () => pulse.hanging(), status: () => 'sending\nthrough email' });
    onTestFinished(end);
    expect(await next(/WATCHDOG/)).toBe('STATUS=sending through email\nWATCHDOG=1');
    // A loop that is not heard of is no life, whatever timers do.
    pass(60_000);
    expect(await next(/hangs/)).toBe('STATUS=hangs: channel email');
    expect(await next(/./)).not.toContain('WATCHDOG');
    loop.within(1_000);
    await next(/WATCHDOG/);
    loop.end();
    pass(60_000);
    expect(await next(/./)).toContain('WATCHDOG=1');
    manager.stopping();
    await next(/^STOPPING=1$/);
  });

  it('that does not listen is said once, and nothing else breaks', async () => {
    const lines: string[] = [];
    const log = createLog(line => lines.push(line));
    const manager = await supervisorFrom({ NOTIFY_SOCKET: join(await folder(), 'nobody') }, 1, log);
    manager.ready();
    manager.stopping();
    expect(lines).toEqual([expect.stringMatching(/does not listen.*ENOENT/)]);
    await supervisorFrom({ NOTIFY_SOCKET: 'vsock:2:1234' }, 1, log);
    expect(lines[1]).toMatch(/names no unix socket/);
  });

  it('sets a watchdog for us, or for another process', () => {
    expect(watchdogMs({ WATCHDOG_USEC: '30000000' }, 7)).toBe(30_000);
    expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 7)).toBe(30_000);
    expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, 7)).toBeUndefined();
    expect(watchdogMs({ WATCHDOG_USEC: 'soon' }, 7)).toBeUndefined();
    expect(watchdogMs({}, 7)).toBeUndefined();
  });
});

it('alertd says that it is ready once it serves its channels, and goodbye', async () => {
  const all = await around();
  const name = join(await folder(), 'notify');
  const next = await receiver(name);
  const child = spawn(process.execPath, [await bundle('test/alertd/alertd-main.ts')], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, NOTIFY_SOCKET: name, WATCHDOG_USEC: '200000' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(JSON.stringify(all.settings));
  await next(/^READY=1$/);
  expect(await next(/WATCHDOG=1/)).toBe('STATUS=sending through email, telegram:4242\nWATCHDOG=1');
  await next(/WATCHDOG=1/);
  child.kill('SIGTERM');
  await next(/^STOPPING=1$/);
  expect(await once(child, 'exit')).toEqual([0, null]);
});
