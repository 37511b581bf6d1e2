/** The site on a database of its own, without a server: requests as a browser at 127.0.0.1:8080 sends them. */
import type { Hono } from 'hono';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Pool } from '../../src/store/session.ts';
import { siteId, siteVersion } from '../../src/store/site-version.ts';
import { createApp } from '../../src/web/app.tsx';
import { loadAssets } from '../../src/web/assets.ts';
import { openDbs, type SiteDbs } from '../../src/web/dbs.ts';
import { allowedHosts } from '../../src/web/hosts.ts';
import { createLive, type Live } from '../../src/web/live.ts';
import type { SiteOptions } from '../../src/web/options.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

export const ASSET_FOLDERS = [
  'src/web/assets',
  'node_modules/htmx.org/dist',
  'node_modules/htmx.org/dist/ext',
];
export const HOST = '127.0.0.1:8080';

export interface TestSite {
  readonly database: TestDatabase;
  readonly dbs: SiteDbs;
  /** As an administrator. */
  readonly db: Pool;
  readonly live: Live;
  readonly app: Hono;
  readonly logged: string[];
  /** What the database would tell. */
  readonly notify: (payload: string) => void;
  readonly reconnect: () => void;
  readonly options: SiteOptions;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** As a form of our own page. */
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export async function testSite(more: Partial<SiteOptions> & { clock?: Clock } = {}): Promise<TestSite> {
  const database = await freshDatabase();
  const dbs = openDbs(database.urlAs('netureon_web'), { application: 'test web' });
  const db = dbs.as.admin;
  const logged: string[] = [];
  const log = createLog((line, level) => logged.push(`${level} ${line}`), 'debug');
  const clock = more.clock ?? systemClock;
  let handlers: { onNotify: (payload: string) => void; onConnected: () => void } | undefined;
  const live = createLive({
    changes: given => {
      handlers = given;
      return { close: async () => undefined };
    },
    readVersion: () => siteVersion(db, 'default'),
    readSiteId: () => siteId(db, 'default'),
    clock,
    log,
  });
  const options: SiteOptions = {
    db,
    dbs,
    site: 'default',
    live,
    assets: await loadAssets(ASSET_FOLDERS),
    clock,
    log,
    version: '0.1.0',
    hosts: allowedHosts({ host: '127.0.0.1', port: 8080 }),
    ...more,
  };
  const app = createApp(options);
  const request = (path: string, init: RequestInit & { headers: Record<string, string> }) =>
    Promise.resolve(app.request(`http://${HOST}${path}`, init));
  return {
    database,
    db,
    dbs,
    live,
    app,
    logged,
    options,
    notify: payload => handlers?.onNotify(payload),
    reconnect: () => handlers?.onConnected(),
    get: (path, headers = {}) => request(path, { headers: { host: HOST, ...headers } }),
    post: (path, fields, headers = {}) =>
      request(path, {
        method: 'POST',
        body: new URLSearchParams(fields).toString(),
        headers: {
          host: HOST,
          origin: `http://${HOST}`,
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      }),
    close: async () => {
      await live.close();
      await dbs.close();
      await database.drop();
    },
  };
}
