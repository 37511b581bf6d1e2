import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runWeb } from '../../../src/cli/web/run.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLog } from '../../../src/lib/log.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { seedHome } from '../../support/seed.ts';
import { PATIENT } from '../../support/patience.ts';

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
  const page = await (await fetch(url)).text();
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

  const events = (await fetch(`${url}events`)).body!.getReader();
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

it('refuses to be reached from elsewhere, before it opens anything', async () => {
  await expect(
    runWeb(
      { databaseUrl: database.url, site: 'default', listen: '0.0.0.0:8080', version: '0' },
      { log: createLog(() => undefined), clock: systemClock, signal: AbortSignal.abort(), random: () => 0 },
    ),
  ).rejects.toMatchObject({ code: 'usage', remedy: expect.stringContaining('127.0.0.1:8080') });
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
