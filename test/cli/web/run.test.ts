import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runWeb } from '../../../src/cli/web/run.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLog } from '../../../src/lib/log.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { seedHome } from '../../support/seed.ts';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { cookieKind } from '../../../src/web/session-cookie.ts';
import { PATIENT } from '../../support/patience.ts';
import { signedIn } from '../../support/signed-in.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

it('serves, says that it is alive, hears of changes, and stops when told to, open streams included', async () => {
  await seedHome(database.pool, new Date());
  await database.pool.query('delete from heartbeats');
  const lines: string[] = [];
  const stop = new AbortController();
  let url = '';
  const running = runWeb(
    {
      databaseUrl: database.urlAs('netureon_web'),
      site: 'default',
      listen: '127.0.0.1:0',
      version: '0.1.0-test',
    },
    {
      log: createLog(line => lines.push(line)),
      clock: systemClock,
      signal: stop.signal,
      random: () => 0.5,
      onReady: given => (url = given),
    },
  );
  await vi.waitFor(() => expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/), PATIENT);
  const { name } = cookieKind(new URL(url).host, undefined);
  const headers = { cookie: `${name}=${await signedIn(database.pool, 'viewer')}` };
  // Nobody manages it yet: every page leads to the first visit, and the log says how.
  const first = await fetch(url, { redirect: 'manual' });
  expect(first.headers.get('location')).toBe('/welcome');
  await vi.waitFor(() => expect(lines.join('\n')).toContain(`administrator at ${url}welcome?code=`), PATIENT);
  const page = await (await fetch(url, { headers })).text();
  expect(page).toContain('22 devices here');
  for (const file of ['site.js', 'htmx.js', 'site.css', 'icon.svg'])
    expect((await fetch(`${url}assets/${file}`)).status).toBe(200);
  await vi.waitFor(
    async () =>
      expect(await database.pool.query('select service, version from heartbeats')).toEqual([
        { service: 'web', version: '0.1.0-test' },
      ]),
    PATIENT,
  );

  const events = (await fetch(`${url}events`, { headers })).body!.getReader();
  const decoder = new TextDecoder();
  let heard = decoder.decode((await events.read()).value);
  await database.pool.query(`select decide_device('default', 29, 'accept', 'test')`);
  while (!heard.includes('netureon:change')) heard += decoder.decode((await events.read()).value);

  stop.abort();
  while (!(await events.read()).done);
  await running;
  await expect(fetch(url)).rejects.toThrow();
  expect(lines.join('\n')).toContain(`the site is up url=${url}`);
});

it('is reached from elsewhere once somebody manages it, and not before, without a restart', async () => {
  const managed = await freshDatabase();
  const lines: string[] = [];
  const stop = new AbortController();
  const { port } = await freePort();
  let url = '';
  const running = runWeb(
    {
      databaseUrl: managed.urlAs('netureon_web'),
      site: 'default',
      listen: `0.0.0.0:${port}`,
      version: '0.1.0-test',
    },
    {
      log: createLog(line => lines.push(line)),
      clock: systemClock,
      signal: stop.signal,
      random: () => 0.5,
      onReady: given => (url = given),
    },
  );
  await vi.waitFor(() => expect(url).toBe(`http://127.0.0.1:${port}/`), PATIENT);
  // Another address of this machine, where only a listener for all addresses answers.
  const elsewhere = `http://127.0.0.77:${port}/welcome`;
  await expect(fetch(elsewhere)).rejects.toThrow();
  const code = await vi.waitFor(() => {
    const found = /welcome\?code=([A-Z0-9-]{14})/.exec(lines.join('\n'))?.[1];
    expect(found).toBeDefined();
    return found ?? '';
  }, PATIENT);
  const typed = (password: string, given: string) =>
    fetch(`${url}welcome`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: url.slice(0, -1) },
      body: new URLSearchParams({ code: given, name: 'Ada', password, repeat: password }),
    });
  expect((await typed('seven green bicycles', 'AAAA-AAAA-AAAA')).status).toBe(422);
  expect((await typed('password1234', code)).status).toBe(422);
  // Two at the same moment make one administrator.
  const both = await Promise.all([
    typed('seven green bicycles', code.toLowerCase()),
    typed('seven green bicycles', code),
  ]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 422]);
  expect(await managed.pool.query('select name, role from users')).toEqual([{ name: 'Ada', role: 'admin' }]);
  await vi.waitFor(async () => expect((await fetch(elsewhere)).status).toBe(200), PATIENT);
  expect(lines.join('\n')).toContain(`the site is served to others too listen=0.0.0.0:${port}`);
  expect((await typed('seven green bicycles', code)).status).toBe(422);
  stop.abort();
  await running;
  await managed.drop();
});

it('says at the start that a database was never migrated', async () => {
  const empty = await freshDatabase(false);
  const lines: string[] = [];
  await expect(
    runWeb(
      { databaseUrl: empty.url, site: 'default', listen: '127.0.0.1:0', version: '0' },
      {
        log: createLog(line => lines.push(line)),
        clock: systemClock,
        signal: new AbortController().signal,
        random: () => 0,
      },
    ),
  ).rejects.toMatchObject({
    code: 'database',
    message: 'this database has no netureon schema yet',
    remedy: 'run `netureon migrate`',
  });
  expect(lines.join('\n')).not.toContain('the site is up');
  await empty.drop();
});

async function freePort(): Promise<{ port: number }> {
  const server = createServer();
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return { port: typeof address === 'object' && address !== null ? address.port : 0 };
}
