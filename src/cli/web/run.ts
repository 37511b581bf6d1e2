/** `netureon web` behind its options: the site until it is told to stop. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { wakeSender } from '../../link/wake.ts';
import { sendHeartbeat } from '../../store/heartbeat.ts';
import { listen } from '../../store/listen.ts';
import { serviceStopped } from '../../store/services.ts';
import { readMigrations } from '../../store/migrate.ts';
import type { Pool } from '../../store/session.ts';
import { silenceWatch } from '../../store/silence.ts';
import { rollUpScans } from '../../store/scan-counts.ts';
import { refreshDeviceList } from '../../store/device-list.ts';
import { siteId, siteVersion } from '../../store/site-version.ts';
import { createApp } from '../../web/app.tsx';
import { openDbs } from '../../web/dbs.ts';
import { loadAssets } from '../../web/assets.ts';
import { allowedHosts, parseListen, type OwnNames } from '../../web/hosts.ts';
import { createLive, type Live } from '../../web/live.ts';
import { createPeople, type PeopleOptions } from '../../web/people.ts';
import { openDoors } from '../../web/doors.ts';
import { welcomeLine, whenManaged } from './first-visit.ts';
import type { SystemInfo } from '../../web/system-info.ts';
import { keepLog, type LogKeeper } from '../log-keeper.ts';
import { packageRoot } from '../paths.ts';

export interface WebSettings {
  readonly databaseUrl: string;
  readonly site: string;
  /** `127.0.0.1:8080` */
  readonly listen: string;
  readonly publicUrl?: string | undefined;
  readonly demoInboxUrl?: string | undefined;
  /** By which the site may be called besides. */
  readonly names?: OwnNames;
  /** Which proxies are believed, and whether one of them says who somebody is. */
  readonly people?: Pick<PeopleOptions, 'trustedProxies' | 'proxyLogin'>;
  readonly version: string;
  readonly metrics?: 'token' | 'loopback' | undefined;
  /** Where the site's files are; found beside the program unless given. */
  readonly assetFolders?: readonly string[] | undefined;
}

export interface WebDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** Stops it. */
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** What this process tells of itself on the page of the system, and where its warnings are gathered. */
  readonly system?: { readonly info: SystemInfo; readonly kept: LogKeeper } | undefined;
  /** Told once, when browsers can come. */
  readonly onReady?: ((url: string) => void) | undefined;
}

const HEARTBEAT_MS = 60_000;
/** Pages ask a handful of queries at once; a statement that takes this long is a lost connection. */
const POOL = { queryTimeoutMs: 10_000 };

export async function runWeb(
  settings: WebSettings,
  { log, clock, signal, random, onReady, system }: WebDeps,
): Promise<void> {
  const { databaseUrl, site, publicUrl, demoInboxUrl, version } = settings;
  const address = parseListen(settings.listen);
  const assets = await loadAssets(settings.assetFolders ?? assetFolders());
  const dbs = openDbs(databaseUrl, { application: 'netureon_web', ...POOL });
  const db = dbs.own;
  let localUrl = '';
  const people = createPeople({
    own: db,
    site,
    random: randomBytes,
    onWelcomeCode: code => log.warn(welcomeLine(localUrl, code)),
    ...settings.people,
  });
  const live = createLive({
    changes: handlers =>
      listen(databaseUrl, {
        channels: ['netureon_changes'],
        application: 'netureon_web listen',
        onNotify: (_channel, payload) => handlers.onNotify(payload),
        onConnected: handlers.onConnected,
        log,
        clock,
        random,
      }),
    readVersion: async () => {
      // Before pages are told to look again: five hundred of them find the list of devices done.
      await refreshDeviceList(dbs.as.viewer, site);
      return siteVersion(dbs.as.viewer, site);
    },
    readSiteId: () => siteId(db, site),
    clock,
    log,
  });
  try {
    await checkSchema(db, settings, clock);
    const schema = await newestMigration();
    const doors = await openDoors(
      port =>
        createApp({
          dbs,
          site,
          live,
          assets,
          clock,
          log,
          version,
          wake: wakeSender,
          metrics: settings.metrics,
          schema,
          hosts: allowedHosts({ ...address, port }, publicUrl, settings.names),
          system: system?.info,
          people,
          publicUrl,
          demoInboxUrl,
        }),
      address,
      { clock, log, signal },
    );
    localUrl = doors.localUrl;
    const isDemo = demoInboxUrl !== undefined;
    const managed = whenManaged(people, { clock, log, signal, isDemo }).then(() =>
      signal.aborted ? undefined : doors.open(),
    );
    const url = publicUrl ?? localUrl;
    log.info('the site is up', { url });
    onReady?.(url);
    const keeping = system && keepLog(system.kept, db, { site, service: 'web' }, { clock, signal, log });
    await beat(db, settings, { log, clock, signal });
    await keeping;
    // A database that is away learns from its silence that the site has gone; nobody can say it there.
    await serviceStopped(db, site, 'web').catch((error: unknown) =>
      log.warn('the database was not told that the site stops', { reason: messageOf(error) }),
    );
    await managed;
    await stop(live, doors);
  } finally {
    await live.close();
    await dbs.close();
  }
}

/** Rejects on a database that was never migrated: each page would fail, and waiting helps nobody. */
async function checkSchema(db: Pool, { site, version }: WebSettings, clock: Clock): Promise<void> {
  try {
    await sendHeartbeat(db, site, 'web', version, clock.now());
  } catch (cause) {
    // undefined_function, undefined_table. Whatever else it is may pass: the pages and the next report tell it.
    if (!/^(?:42883|42P01)$/.test(codeOf(cause) ?? '')) return;
    throw new NetureonError('database', 'this database has no netureon schema yet', {
      remedy: 'run `netureon migrate`',
      cause,
    });
  }
}

/** The schema that this release was made for. */
async function newestMigration(): Promise<number | undefined> {
  return (await readMigrations(join(packageRoot(), 'sql', 'migrations'))).at(-1)?.version;
}

async function stop(live: Live, doors: { close(): Promise<void> }): Promise<void> {
  await live.close(); // open pages are told first, or their streams would hold the server
  await doors.close();
}

/** "I am alive", once a minute until told to stop; and a look at who reports no more. */
async function beat(
  db: Pool,
  settings: WebSettings,
  deps: Pick<WebDeps, 'log' | 'clock' | 'signal'>,
): Promise<void> {
  const startedAt = deps.clock.now();
  const checkSilence = silenceWatch(db, deps.clock);
  let failing = false;
  while (!deps.signal.aborted) {
    try {
      await sendHeartbeat(db, settings.site, 'web', settings.version, startedAt);
      // Also where no alert daemon runs: the pages show it then.
      await checkSilence();
      // Charts of months are drawn from counts; each hour is counted once.
      await rollUpScans(db, settings.site, deps.signal);
      failing = false;
    } catch (error) {
      // Each outage is told once; the pages say it too.
      if (!failing) deps.log.warn('cannot say that the site is alive', { reason: messageOf(error) });
      failing = true;
    }
    await deps.clock.sleep(HEARTBEAT_MS, deps.signal);
  }
}

/** `dist/assets` beside the bundle, or the sources and htmx's own folder in a checkout. */
function assetFolders(): string[] {
  const built = fileURLToPath(new URL('./assets', import.meta.url));
  const besideChunks = fileURLToPath(new URL('../assets', import.meta.url));
  for (const folder of [built, besideChunks]) if (existsSync(`${folder}/htmx.min.js`)) return [folder];
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  return [
    `${root}/src/web/assets`,
    `${root}/node_modules/htmx.org/dist`,
    `${root}/node_modules/htmx.org/dist/ext`,
  ];
}
