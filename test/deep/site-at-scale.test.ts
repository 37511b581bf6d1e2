// Every page of the site on a database that has grown: no statement reads a growing table row by row. Pages are those
// that the app itself has, so that a new one cannot be forgotten.
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { startCluster, type Cluster } from '../../src/store/embedded/cluster.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openPool, openSession, type Pool } from '../../src/store/session.ts';
import { siteId, siteVersion } from '../../src/store/site-version.ts';
import { createApp } from '../../src/web/app.tsx';
import { loadAssets } from '../../src/web/assets.ts';
import { openDbs } from '../../src/web/dbs.ts';
import { createLive } from '../../src/web/live.ts';
import { createPeople } from '../../src/web/people.ts';
import { cookieKind } from '../../src/web/session-cookie.ts';
import { seedBig, SMALLER, type BigSite } from '../support/seed-big.ts';
import { signedIn } from '../support/signed-in.ts';
import { watchStatements, type Watched } from '../support/watched-statements.ts';

const HOST = '127.0.0.1:8080';
/** What grows with time or with the number of devices; the log's weeks are by their beginning. */
const GROWING =
  /^(?:connections|alerts|deliveries|alert_events|message_tries|discovery_log.*|device_changes|device_names|audit_log)$/;
/** Fewer rows than this are at hand however they are read: the newest week of a log may be an hour old. */
const AT_HAND = 1_000;

let folder: string;
let cluster: Cluster;
let owner: Pool;
let watched: Watched;
let app: Hono;
let big: BigSite;
let cookie: string;
let close: () => Promise<void>;
const logged: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netureon-scale-'));
  await chmod(folder, 0o755); // as root the server runs as another user, who must get in
  cluster = await startCluster({
    folder: join(folder, 'cluster'),
    runFolder: join(folder, 'run'),
    uid: process.getuid?.(),
    env: process.env,
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  });
  await cluster.ensureDatabase('grown');
  const session = await openSession(cluster.url('grown'), { application: 'test' });
  await migrate(session, await readMigrations('sql/migrations'));
  await session.close();
  owner = openPool(cluster.url('grown'), { application: 'test', max: 2 });
  big = await seedBig(owner, { ...SMALLER, devices: 10_000, now: new Date() });
  const dbs = openDbs(cluster.url('grown', 'netureon_web'), { application: 'test web' });
  watched = watchStatements(dbs);
  const log = createLog(line => logged.push(line));
  const live = createLive({
    changes: () => ({ close: async () => undefined }),
    readVersion: () => siteVersion(watched.dbs.as.viewer, 'default'),
    readSiteId: () => siteId(watched.dbs.as.viewer, 'default'),
    clock: systemClock,
    log,
  });
  app = createApp({
    dbs: watched.dbs,
    site: 'default',
    live,
    assets: await loadAssets([
      'src/web/assets',
      'node_modules/htmx.org/dist',
      'node_modules/htmx.org/dist/ext',
    ]),
    clock: systemClock,
    log,
    version: '0.1.0',
    hosts: [HOST],
    people: createPeople({ own: watched.dbs.own, site: 'default', random: randomBytes }),
  });
  cookie = `${cookieKind(HOST, undefined).name}=${await signedIn(owner, 'admin')}`;
  await owner.query('analyze');
  close = async () => {
    await live.close();
    await dbs.close();
  };
}, 300_000);
afterAll(async () => {
  await close?.();
  await owner?.close();
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Answered without end, by a signature, or from memory. */
const OTHERS = /^\/(?:events|api\/v1\/events|assets\/|favicon|l\/|\*)/;

/** The same page in the ways people look at it. */
function examplesOf(path: string): string[] {
  const day = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10);
  const ids: Record<string, string> = {
    '/devices': String(big.firstDevice + 60),
    '/alerts': String(big.lastAlert),
    '/api/v1/devices': String(big.firstDevice + 60),
    '/api/v1/alerts': String(big.lastAlert - 500),
    '/networks': String(big.networks[0]),
    '/api/v1/networks': String(big.networks[0]),
  };
  const found = path.replaceAll(
    /^(.*?)\/:\w+(?:\{[^}]*\})?/g,
    (_, before: string) => `${before}/${ids[before] ?? '1'}`,
  );
  const more: Record<string, string[]> = {
    '/devices': ['?q=laptop+12', '?q=3c:07:54', '?sort=seen', '?presence=gone', '?state=new', '?sort=name'],
    '/alerts': [
      '?show=all',
      '?show=acknowledged',
      '?show=resolved',
      '?show=all&kind=scan_failing&severity=high',
      '?show=all&q=device+17',
      '?show=all&q=nothing+like+it',
      '?show=all&sent=failed',
      '?show=all&channel=1&sent=suppressed',
      '?show=all&by=Anna',
      `?show=all&from=${day(200)}&to=${day(190)}`,
      `?show=all&before=${big.firstAlert + 5000}`,
      '?show=all&network=2',
      '?show=all&severity=critical',
      `?show=all&device=${big.firstDevice + 7}`,
    ],
    '/past': [`?at=${new Date(Date.now() - 100 * 86_400_000).toISOString()}`],
    '/api/v1/alerts': ['?status=all', '?status=all&kind=flip_flop'],
    '/api/v1/devices': ['?q=phone'],
  };
  return [found, ...(more[path] ?? []).map(query => found + query)];
}

test('no page reads a growing table row by row', async () => {
  const pages = [
    ...new Set(
      app.routes.filter(route => route.method === 'GET' && !OTHERS.test(route.path)).map(route => route.path),
    ),
  ];
  expect(pages.length).toBeGreaterThan(10);
  const broken: string[] = [];
  for (const path of pages.flatMap(examplesOf)) {
    watched.take();
    const response = await app.request(`http://${HOST}${path}`, { headers: { host: HOST, cookie } });
    await response.text();
    if (response.status >= 500) broken.push(`${path}: ${response.status} ${logged.at(-1)?.slice(0, 400)}`);
    for (const { table, rows, statement } of watched.take())
      if (GROWING.test(table) && rows > AT_HAND)
        broken.push(`${path}: ${rows} rows of ${table} by: ${statement.slice(0, 160)}`);
  }
  expect(broken).toEqual([]);
});

test('nor does what is asked after every scan', async () => {
  watched.take();
  await siteVersion(watched.dbs.as.viewer, 'default');
  expect(watched.take().filter(({ table, rows }) => GROWING.test(table) && rows > AT_HAND)).toEqual([]);
});
