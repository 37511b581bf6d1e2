import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { PATIENT } from '../../support/patience.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Messages {
  readonly mails: readonly { readonly subject: string; readonly text: string }[];
  readonly telegram: readonly { readonly text: string }[];
}

/** One that no other test is given meanwhile: below those that the system chooses from (ip_local_port_range). */
async function freePort(): Promise<string> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return `127.0.0.1:${port}`;
  }
}

/** `netureon demo` as people start it, with a folder of its own for everything temporary. */
async function startDemo() {
  if (!existsSync(join(root, 'dist', 'main.js')))
    throw new Error('nothing is built: run `npm run build` first');
  const temporary = await mkdtemp(join(tmpdir(), 'nd-'));
  await chmod(temporary, 0o755); // as root PostgreSQL runs as another user, who must get in
  onTestFinished(() => rm(temporary, { recursive: true, force: true }));
  const listen = await freePort();
  const demo = spawn(process.execPath, [join(root, 'bin/netureon.js'), 'demo', '--listen', listen], {
    // The settings of a netureon that really runs here: the demo must not send to these people.
    env: {
      ...process.env,
      TMPDIR: temporary,
      NETUREON_EMAIL_URL: 'smtp://127.0.0.1:9',
      NETUREON_EMAIL_FROM: 'real@example.org',
      NETUREON_EMAIL_TO: 'real@example.org',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void demo.kill('SIGKILL'));
  let output = '';
  for (const stream of [demo.stdout, demo.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(demo, 'exit');
  const said = async (text: string) => {
    const waiting = vi.waitUntil(() => output.includes(text), { timeout: 150_000, interval: 50 });
    await Promise.race([waiting, ended]).catch(() => undefined); // what it said instead is the better message
    waiting.catch(() => undefined);
    expect(output).toContain(text);
  };
  return { demo, temporary, site: `http://${listen}/`, said, ended, output: () => output };
}

it('shows the simulated network and the messages about it, and leaves nothing behind', async () => {
  const { demo, temporary, site, said, ended, output } = await startDemo();
  await said('Open http');
  expect(output()).toMatch(/24 of \d+ answered/);
  const inbox = /messages it sends are at (http:\S+)/.exec(output())?.[1] ?? '';

  // Whoever comes is let in by one button.
  expect(await (await fetch(site)).text()).toContain('Enter the demo');
  const entered = await fetch(`${site}welcome/demo`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: site.slice(0, -1) },
    body: new URLSearchParams(),
  });
  const headers = {
    cookie: entered.headers
      .getSetCookie()
      .map(one => one.split(';', 1)[0])
      .join('; '),
  };
  const page = await (await fetch(site, { headers })).text();
  expect(page).toContain('24 devices here');
  expect(page).toContain(`href="${inbox}"`);
  await vi.waitFor(
    async () => expect(await (await fetch(`${site}devices`, { headers })).text()).toContain('fritz.box'),
    PATIENT,
  );

  await vi.waitFor(async () => {
    const messages: Messages = JSON.parse(await (await fetch(new URL('messages', inbox))).text());
    // Whoever is slow to look finds those about what the play does later behind it.
    expect(messages.mails[0]?.subject).toContain('24 devices');
    expect(messages.mails[0]?.text).toContain(site.slice(0, -1));
    expect(messages.telegram[0]?.text).toContain('24 devices');
  }, PATIENT);

  demo.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(output()).toContain('The demo has ended; nothing of it is left.');
  expect(await readdir(temporary)).toEqual([]);
  await expect(fetch(site)).rejects.toThrow();
}, 300_000);

it('leaves nothing behind when it is killed', async () => {
  const { demo, temporary, site, said, ended } = await startDemo();
  await said('Open http');
  demo.kill('SIGKILL');
  await ended;
  await vi.waitFor(async () => expect(await readdir(temporary)).toEqual([]), PATIENT);
  await vi.waitFor(async () => expect(await fetch(site).catch(() => 'refused')).toBe('refused'), PATIENT);
}, 300_000);
