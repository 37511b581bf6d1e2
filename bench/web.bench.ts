// Every page of the site after a year of 10,000 devices: a million connections, a million alerts. The site is a process of
// its own on one core, asked from another. The peer of the lists is their query alone, through pg in this process.
// DEVICES, ALERTS and REPEAT in the environment make it shorter.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { build } from 'esbuild';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { openPool, openSession, type Pool } from '../src/store/session.ts';
import { searchAlerts, type AlertQuery } from '../src/store/site-alerts.ts';
import { cookieKind, newToken, tokenHash } from '../src/web/session-cookie.ts';
import { BIG, seedBig, type BigSite } from '../test/support/seed-big.ts';
import { withCluster } from './cluster.ts';

export const name = 'web: every page after a year of 10,000 devices';

type Log = (line: string) => void;

export async function run({ log }: { log: Log }): Promise<void> {
  const { DEVICES, ALERTS, REPEAT } = process.env;
  await withCluster(async cluster => {
    await cluster.ensureDatabase('bench_web');
    const url = cluster.url('bench_web');
    const session = await openSession(url, { application: 'bench' });
    await migrate(session, await readMigrations('sql/migrations'));
    await session.close();
    const pool = openPool(url, { application: 'bench', max: 2 });
    const alerts = Number(ALERTS ?? BIG.alerts);
    const size = { ...BIG, devices: Number(DEVICES ?? BIG.devices), alerts, intervals: alerts };
    const begun = performance.now();
    const big = await seedBig(pool, { ...size, openAlerts: alerts / 100, now: new Date() });
    log(`seeded in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    const site = await startSite(cluster.url('bench_web', 'netureon_web'));
    try {
      const cookie = await signIn(pool, site.port);
      await measure(site, cookie, big, Number(REPEAT ?? 40), log);
      await beside(pool, Number(REPEAT ?? 40), log);
    } finally {
      site.child.kill();
      await pool.close();
    }
  }, SEEDED);
}

/** Pages only read; what fills the database need not outlive a power cut. */
const SEEDED = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=4GB'];

interface Site {
  readonly child: ChildProcess;
  readonly port: number;
}

/** On the first core, where taskset is; the load comes from the others. */
async function startSite(databaseUrl: string): Promise<Site> {
  const outfile = `node_modules/.cache/netureon-bench-${process.pid}/web-main.mjs`;
  await build({
    entryPoints: ['test/support/web-main.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    logLevel: 'error',
  });
  const child = spawn('taskset', ['-c', '0', process.execPath, outfile], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, ROOT: process.cwd() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`the site ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const found = /ready \S+?:(\d+)/.exec(text);
      if (found !== null) resolve(Number(found[1]));
    });
  });
  return { child, port };
}

async function signIn(owner: Pool, port: number): Promise<string> {
  const token = newToken(randomBytes);
  await owner.query(
    `insert into users (site_id, name, key, role, created_by) values (site_of('default'), 'Ada', 'ada', 'admin', 'bench')`,
  );
  await owner.query(
    `select open_session('default', (select id from users where name = 'Ada'), $1, 'bench', '127.0.0.1')`,
    [tokenHash(token)],
  );
  return `${cookieKind(`127.0.0.1:${port}`, undefined).name}=${token}`;
}

function pagesOf({ firstDevice, lastAlert }: BigSite): string[] {
  const devices = ['', '?q=phone+12', '?q=3c:07:54', '?sort=seen', '?presence=gone', '?state=new'];
  const alerts = [
    '',
    '?show=all',
    '?show=all&kind=scan_failing',
    '?show=all&severity=critical',
    '?show=all&sent=failed',
    '?show=all&q=device+4711',
    '?show=all&by=Anna',
    `?show=all&before=${Math.ceil(lastAlert * 0.3)}`,
  ];
  return [
    '/',
    ...devices.map(query => `/devices${query}`),
    `/devices/${firstDevice + 60}`,
    '/review',
    '/past',
    '/map',
    ...alerts.map(query => `/alerts${query}`),
    `/alerts/${lastAlert}`,
    '/rules',
    '/channels',
    '/templates',
    '/scans',
    '/networks',
    '/sensors',
    '/system',
    '/users',
    '/keys',
    '/audit',
    '/help',
    '/account',
  ];
}

async function measure(site: Site, cookie: string, big: BigSite, repeat: number, log: Log): Promise<void> {
  const ask = (path: string) => fetchOnce(site.port, path, cookie);
  log('page | status | p50 | p95 | p99 | compressed');
  for (const path of pagesOf(big)) {
    const times: number[] = [];
    let last = await ask(path);
    for (let n = -2; n < repeat && (n < 5 || sum(times) < 6_000); n++) {
      const start = performance.now();
      last = await ask(path);
      if (n >= 0) times.push(performance.now() - start);
    }
    const cells = [0.5, 0.95, 0.99].map(share => ms(quantile(times, share)));
    log([path, String(last.status), ...cells, `${(last.bytes / 1024).toFixed(1)} KB`].join(' | '));
  }
  const begun = performance.now();
  let asked = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (performance.now() - begun < 5_000) {
        await ask('/devices');
        asked += 1;
      }
    }),
  );
  log(
    `the device list: ${(asked / ((performance.now() - begun) / 1000)).toFixed(0)} requests/s, the site on one core`,
  );
  const status = await readFile(`/proc/${site.child.pid}/status`, 'utf8');
  const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  log(`memory of the site at its peak: ${(Number(peak) / 1024).toFixed(0)} MiB`);
}

/** The queries of the Alerts page alone, here. */
async function beside(pool: Pool, repeat: number, log: Log): Promise<void> {
  const queries: Record<string, Partial<AlertQuery>> = {
    '/alerts': { status: 'open' },
    '/alerts?show=all&kind=scan_failing': { kind: 'scan_failing' },
    '/alerts?show=all&q=device+4711': { text: 'device 4711' },
  };
  log('query alone | p50 | p95');
  for (const [path, query] of Object.entries(queries)) {
    const times: number[] = [];
    for (let n = 0; n < repeat; n++) {
      const start = performance.now();
      await searchAlerts(pool, 'default', { status: 'all', before: null, limit: 30, ...query });
      times.push(performance.now() - start);
    }
    log([path, ms(quantile(times, 0.5)), ms(quantile(times, 0.95))].join(' | '));
  }
}

function fetchOnce(port: number, path: string, cookie: string): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip', cookie };
    const asked = request({ host: '127.0.0.1', port, path, headers }, answer => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, bytes }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
