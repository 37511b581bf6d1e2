/**
 * The site on a database of its own, without a server: requests as a browser at 127.0.0.1:8080 sends them, signed in as
 * an administrator unless `as` says another role.
 */
import { randomBytes } from 'node:crypto';
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
import { createPeople } from '../../src/web/people.ts';
import { cookieKind } from '../../src/web/session-cookie.ts';
import type { Role } from '../../src/web/visit.ts';
import type { SiteOptions } from '../../src/web/options.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { signedIn } from '../support/signed-in.ts';

export const ASSET_FOLDERS = [
  'src/web/assets',
  'node_modules/htmx.org/dist',
  'node_modules/htmx.org/dist/ext',
];
export const HOST = '127.0.0.1:8080';

/** A browser, with or without somebody who is signed in. */
export interface TestBrowser {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** As a form of our own page. */
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export interface TestSite extends TestBrowser {
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
  /** Null: nobody is signed in. */
  as(role: Role | null): TestBrowser;
  /** What a browser that is signed in so holds in its cookie. */
  token(role: Role): Promise<string>;
  close(): Promise<void>;
}

export async function testSite(
  more: Partial<Omit<SiteOptions, 'db'>> & { clock?: Clock; db?: Pool } = {},
): Promise<TestSite> {
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
    site: 'default',
    live,
    assets: await loadAssets(ASSET_FOLDERS),
    clock,
    log,
    version: '0.1.0',
    hosts: allowedHosts({ host: '127.0.0.1', port: 8080 }),
    people: createPeople({ own: dbs.own, site: 'default', random: randomBytes }),
    ...more,
    // A database that fails is one for whoever asks.
    dbs: more.db === undefined ? dbs : { ...dbs, as: { viewer: more.db, operator: more.db, admin: more.db } },
  };
  const tokens = new Map<Role, Promise<string>>();
  const token = (role: Role) => {
    const known = tokens.get(role) ?? signedIn(database.pool, role);
    tokens.set(role, known);
    return known;
  };
  await token('admin');
  const app = createApp(options);
  const request = (path: string, init: RequestInit & { headers: Record<string, string> }) =>
    Promise.resolve(app.request(`http://${HOST}${path}`, init));
  const browserOf = (role: Role | null): TestBrowser => {
    const cookies = async (headers: Record<string, string>) => {
      const { name } = cookieKind(HOST, options.publicUrl);
      const own = role === null ? [] : [`${name}=${await token(role)}`];
      const all = [...own, ...(headers['cookie'] === undefined ? [] : [headers['cookie']])].join('; ');
      return { host: HOST, ...headers, ...(all === '' ? {} : { cookie: all }) };
    };
    return {
      get: async (path, headers = {}) => request(path, { headers: await cookies(headers) }),
      post: async (path, fields, headers = {}) =>
        request(path, {
          method: 'POST',
          body: new URLSearchParams(fields).toString(),
          headers: {
            origin: `http://${HOST}`,
            'content-type': 'application/x-www-form-urlencoded',
            ...(await cookies(headers)),
          },
        }),
    };
  };
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
    ...browserOf('admin'),
    as: browserOf,
    token,
    close: async () => {
      await live.close();
      await dbs.close();
      await database.drop();
    },
  };
}
