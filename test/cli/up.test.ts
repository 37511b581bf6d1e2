// `netureon up` as its user has it: in a LAN, with a mail server and a Telegram stand-in beside it. Runs as root and as
// an ordinary user (then inside a user namespace, where PostgreSQL finds itself to be root and must still start).
import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Lan } from '../../src/lab/lan.ts';
import { bundle } from '../support/bundle.ts';
import { lanForTest, manyHosts } from '../support/lan.ts';

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/setup.js'], { stdio: 'pipe' }); // dist/ as the sources are now
});

const TOKEN = '7000000001:AAbbccddeeffgghhiijjkkllmmnnooppqqr';

interface Running {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
  /** The first line, seen or still to come, that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Asks it to stop and waits until it has; the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

function follow(process: ChildProcess): Running {
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  for (const stream of [process.stdout, process.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', line => {
      lines.push(line);
      for (const watcher of watchers) watcher();
    });
  }
  const exited = once(process, 'exit') as Promise<[number | null]>;
  const running: Running = {
    process,
    lines,
    line: pattern =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(line => pattern.test(line));
          if (found === undefined) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
        void exited.then(([code]) => {
          look();
          reject(new Error(`ended with ${code} before ${pattern}:\n${lines.join('\n')}`));
        });
      }),
    stop: async (signal = 'SIGTERM') => {
      process.kill(signal);
      return (await exited)[0];
    },
  };
  return running;
}

async function home(): Promise<{ env: NodeJS.ProcessEnv; config: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-up-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const env = {
    ...process.env,
    STATE_DIRECTORY: join(folder, 'state'),
    RUNTIME_DIRECTORY: join(folder, 'run'),
  };
  return { env, config: join(folder, 'netureon.toml') };
}

/** Inside the namespace: whatever it starts sees the LAN and a loopback of its own. */
function netureon(lan: Lan, env: NodeJS.ProcessEnv, ...args: string[]): Running {
  const running = follow(
    lan.spawn(process.execPath, ['bin/netureon.js', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  onTestFinished(async () => {
    if (running.process.exitCode === null && running.process.signalCode === null) await running.stop();
  });
  return running;
}

/** Makes the administrator as a browser would, and prints the page after it. */
const FIRST_VISIT = `(async () => {
  const link = new URL(process.argv[1]);
  const password = 'seven green bicycles';
  const made = await fetch(link.origin + '/welcome', {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: link.origin },
    body: new URLSearchParams({ code: link.searchParams.get('code'), name: 'Ada', password, repeat: password }),
  });
  const cookie = made.headers.getSetCookie().map(one => one.split(';', 1)[0]).join('; ');
  process.stdout.write(await (await fetch(link.origin, { headers: { cookie } })).text());
})()`;

/** From the line that says how to become the administrator. */
async function welcomeLink(up: Running): Promise<string> {
  const line = await up.line(/^Open \S+\/welcome\?code=[A-Z0-9-]{14} to create the administrator/);
  return line.split(' ')[1] ?? '';
}

test('a device that joins becomes a mail and a Telegram message; a second up is refused; all of it stops', async () => {
  const lan = await lanForTest({ hosts: manyHosts(12) });
  const { env, config } = await home();
  const sinks = follow(
    lan.spawn(process.execPath, [await bundle('test/support/sinks-main.ts'), TOKEN, '42'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  onTestFinished(async () => void (await sinks.stop()));
  const { mailUrl, apiRoot } = JSON.parse(await sinks.line(/"ready"/)) as {
    mailUrl: string;
    apiRoot: string;
  };
  const toml = `
    [scan]
    interval = 1
    [email]
    url = "${mailUrl}"
    from = "netureon@example.org"
    to = ["admin@example.org"]
    [telegram]
    token = "${TOKEN}"
    chat_ids = [42]
    api_root = "${apiRoot}"
    [web]
    public_url = "http://127.0.0.1:8080"`;
  await writeFile(config, toml);

  const up = netureon(lan, env, '--config', config, 'up');
  await up.line(/^Open http:\/\/127\.0\.0\.1:8080/);
  expect(await sinks.line(/"mail".*First look at 10\.66\.0\.0\/24/i)).toContain('12 devices');
  await sinks.line(/"telegram".*First look/i);

  const second = netureon(lan, env, '--config', config, 'up');
  await second.line(/netureon up already runs \(process \d+\)/);
  expect(second.process.exitCode ?? (await once(second.process, 'exit'))[0]).toBe(75);

  await lan.addHosts([{ ip: '10.66.0.77', mac: '3c:37:12:00:00:77' }]);
  for (const kind of ['mail', 'telegram']) {
    const message = await sinks.line(new RegExp(`"${kind}".*10\\.66\\.0\\.77`));
    expect(message).toContain('3c:37:12:00:00:77');
    expect(message).toContain('AVM');
    expect(message).toMatch(/http:\/\/127\.0\.0\.1:8080\/devices\/\d+/);
  }
  const page = await lan.exec(process.execPath, ['-e', FIRST_VISIT, await welcomeLink(up)]);
  expect(page.stdout).toContain('10.66.0.77');

  expect(await up.stop('SIGINT')).toBe(0);
  expect(up.lines.at(-1)).toBe('netureon has stopped.');
  expect(up.lines.join('\n')).not.toContain(TOKEN);
  // By environment: what stood in the arguments would find itself.
  const search = `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -F "$STATE"; done; true`;
  const left = await lan.exec('sh', ['-c', search], { env: { ...env, STATE: env['STATE_DIRECTORY'] } });
  expect(left.stdout).toBe('');
});

test('killed with -9, its services end, and the next up takes the database over', async () => {
  const lan = await lanForTest({ hosts: manyHosts(3) });
  const { env } = await home();
  const first = netureon(lan, env, 'up', '--listen', '127.0.0.1:8099');
  await first.line(/^Open /);
  expect(await first.stop('SIGKILL')).toBeNull();
  const listening = 'grep -c ":1FA3 .* 0A " /proc/net/tcp; true'; // 8099, proc_pid_net(5)
  await expect.poll(async () => (await lan.exec('sh', ['-c', listening])).stdout).toBe('0\n');
  const next = netureon(lan, env, 'up', '--listen', '127.0.0.1:8099');
  await next.line(/^Open /);
  expect(next.lines.join('\n')).toMatch(/3 of 253 answered .* 0 new, 0 returned/);
  expect(await next.stop()).toBe(0);
});

test('stopped while it starts for the first time, it says so and nothing else', async () => {
  const lan = await lanForTest({ hosts: [] });
  const { env } = await home();
  const up = netureon(lan, env, 'up');
  await up.line(/^netureon \d/);
  const closed = once(up.process, 'close'); // all that it said has been read
  up.process.kill('SIGINT');
  expect((await closed)[0]).toBe(0);
  expect(up.lines.slice(1)).toEqual(['netureon has stopped.']);
});

test('without a private network it still starts, and the page says what to do', async () => {
  const lan = await lanForTest({ cidr: '198.51.100.0/24', hosts: [] });
  const { env } = await home();
  const up = netureon(lan, env, 'up');
  await up.line(/^Open /);
  expect(up.lines.join('\n')).toContain('No network is being looked at (see above)');
  const page = await lan.exec(process.execPath, ['-e', FIRST_VISIT, await welcomeLink(up)]);
  expect(page.stdout).toMatch(/no (?:private )?network/i);
  expect(await up.stop()).toBe(0);
});

test('a port that is taken stops it with one clear line', async () => {
  const lan = await lanForTest();
  const { env } = await home();
  const holder = follow(
    lan.spawn(
      process.execPath,
      ['-e', `require('node:net').createServer().listen(8080, '127.0.0.1', () => console.log('ready'))`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );
  await holder.line(/ready/);
  const up = netureon(lan, env, 'up');
  expect((await once(up.process, 'exit'))[0]).toBe(2);
  expect(up.lines.join('\n')).toMatch(/127\.0\.0\.1:8080.*(?:in use|taken)/);
  await holder.stop();
});

test('wherever it shall listen, it is this machine alone until there is an administrator', async () => {
  const lan = await lanForTest();
  const { env } = await home();
  const up = netureon(lan, env, 'up', '--listen', '0.0.0.0:8080');
  const link = await welcomeLink(up);
  // Port 8080 with its address, proc_pid_net(5).
  const listening = `awk '$2 ~ /:1F90$/ && $4 == "0A" {print $2}' /proc/net/tcp`;
  expect((await lan.exec('sh', ['-c', listening])).stdout).toBe('0100007F:1F90\n');
  await lan.exec(process.execPath, ['-e', FIRST_VISIT, link]);
  await expect.poll(async () => (await lan.exec('sh', ['-c', listening])).stdout).toBe('00000000:1F90\n');
  expect(await up.stop()).toBe(0);
});
