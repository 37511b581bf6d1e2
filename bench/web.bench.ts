// The device list with 10,000 devices: the time until the server has answered and the bytes that travel, page by page
// and search by search. The peer is the query alone, through pg on the same connections: what is left is the site's own.
import { randomBytes } from 'node:crypto';
import ouiEntries from 'oui-data' with { type: 'json' };
import { systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/lib/log.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { loadOui } from '../src/store/oui.ts';
import { openPool, openSession } from '../src/store/session.ts';
import { listDevices, type DeviceQuery, type DeviceSort } from '../src/store/site-devices.ts';
import { createApp } from '../src/web/app.tsx';
import { loadAssets } from '../src/web/assets.ts';
import { openDbs, type SiteDbs } from '../src/web/dbs.ts';
import { allowedHosts } from '../src/web/hosts.ts';
import { createLive } from '../src/web/live.ts';
import { createPeople } from '../src/web/people.ts';
import { cookieKind } from '../src/web/session-cookie.ts';
import { startServer } from '../src/web/server.ts';
import { seedMany } from '../test/support/seed.ts';
import { signedIn } from '../test/support/signed-in.ts';
import { withCluster } from './cluster.ts';

export const name = 'web: the device list with 10,000 devices';

const DEVICES = 10_000;
const REPEAT = 100;
const PAGE = 50;

interface Case {
  word: string;
  path: string;
  query: Partial<DeviceQuery>;
}

const CASES: readonly Case[] = [
  { word: 'first page', path: '/devices', query: {} },
  { word: 'by last seen', path: '/devices?sort=seen', query: { sort: 'seen' satisfies DeviceSort } },
  { word: 'search a name', path: '/devices?q=phone+12', query: { text: 'phone 12' } },
  { word: 'search a MAC', path: '/devices?q=3c:07', query: { text: '3c:07' } },
  { word: 'gone only', path: '/devices?presence=gone', query: { presence: 'gone' } },
];

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  await withCluster(async cluster => {
    await cluster.ensureDatabase('bench_web');
    const url = cluster.url('bench_web');
    const token = await fill(url);
    const dbs = openDbs(url, { application: 'bench web' });
    try {
      await measure(dbs, token, log);
    } finally {
      await dbs.close();
    }
  });
}

/** @returns the token of somebody who is signed in */
async function fill(url: string): Promise<string> {
  const session = await openSession(url, { application: 'bench' });
  await migrate(session, await readMigrations('sql/migrations'));
  await session.close();
  const pool = openPool(url, { application: 'bench', max: 1 });
  await loadOui(pool, 'oui-data', async () => ({ source: 'oui-data', entries: ouiEntries }));
  await seedMany(pool, new Date(), DEVICES);
  const token = await signedIn(pool, 'viewer');
  await pool.close();
  return token;
}

async function measure(dbs: SiteDbs, token: string, log: (line: string) => void): Promise<void> {
  const quiet = createLog(() => undefined);
  const live = createLive({
    changes: () => ({ close: async () => undefined }),
    readVersion: async () => '',
    readSiteId: async () => undefined,
    clock: systemClock,
    log: quiet,
  });
  const assets = await loadAssets([
    'src/web/assets',
    'node_modules/htmx.org/dist',
    'node_modules/htmx.org/dist/ext',
  ]);
  const people = createPeople({ own: dbs.own, site: 'default', random: randomBytes });
  const options = {
    dbs,
    site: 'default',
    live,
    people,
    assets,
    clock: systemClock,
    log: quiet,
    version: 'bench',
  };
  const server = await startServer(
    port => createApp({ ...options, hosts: allowedHosts({ host: '127.0.0.1', port }) }),
    { host: '127.0.0.1', port: 0 },
  );
  const origin = `http://127.0.0.1:${server.port}`;
  const cookie = `${cookieKind(new URL(origin).host, undefined).name}=${token}`;
  log('list | page p50 | page p95 | compressed | query alone p50 | p95 | ratio of p50');
  for (const { word, path, query } of CASES) {
    const pages: number[] = [];
    const queries: number[] = [];
    const bytes = await compressedSize(origin + path, cookie);
    for (let i = -5; i < REPEAT; i++) {
      const page = await time(async () =>
        (await fetch(origin + path, { headers: { cookie } })).arrayBuffer(),
      );
      const alone = await time(() => listDevices(dbs.as.viewer, 'default', { ...ALL, ...query }));
      if (i < 0) continue; // plans and code warm up
      pages.push(page);
      queries.push(alone);
    }
    const [p50, q50] = [quantile(pages, 0.5), quantile(queries, 0.5)];
    const cells = [word, ms(p50), ms(quantile(pages, 0.95)), `${(bytes / 1024).toFixed(1)} KB`, ms(q50)];
    log([...cells, ms(quantile(queries, 0.95)), `${(p50 / q50).toFixed(2)} ×`].join(' | '));
  }
  await live.close();
  await server.close();
}

const ALL: DeviceQuery = {
  text: '',
  state: null,
  presence: null,
  network: null,
  sort: 'address',
  limit: PAGE,
  after: null,
};

/** fetch unpacks what it gets: the length is asked of a raw answer. */
async function compressedSize(url: string, cookie: string): Promise<number> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { 'accept-encoding': 'gzip', cookie } }, answer => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => resolve(bytes));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
