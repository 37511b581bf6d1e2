/**
 * `netureon demo`: the process tree of `up` against a simulated LAN. Only the scans run inside the LAN's namespace, where
 * there is no way out; PostgreSQL is reached by its unix socket, the site, alertd and the servers that take its messages
 * are on 127.0.0.1. Everything is kept in a temporary folder and removed at the end, however it ends.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coloursFor } from '../colours.ts';
import { systemClock } from '../../lib/clock.ts';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import { DEMO_BLIND, DEMO_HOSTS, DEMO_PAST, demoPlan } from '../../lab/population.ts';
import { isLoopback, parseListen } from '../../web/hosts.ts';
import { startCluster } from '../../store/embedded/cluster.ts';
import type { Cluster } from '../../store/embedded/cluster.ts';
import { inventPast } from '../../store/invented-past.ts';
import { nameUnnamed } from '../../store/initial-names.ts';
import { openSession } from '../../store/session.ts';
import type { Context } from '../context.ts';
import { DATABASE } from '../database.ts';
import type { Command } from '../up/child.ts';
import { prepare } from '../up/database.ts';
import { printer, say } from '../up/run.ts';
import { serviceCommand } from '../up/services.ts';
import { siteAnswers } from '../up/site-ready.ts';
import { runTree } from '../up/tree.ts';
import { demoConfig } from './demo-config.ts';
import { freeListen } from './free-listen.ts';
import { startJanitor } from './janitor.ts';
import { setStage, telegramToken } from './stage.ts';
import type { Stage } from './stage.ts';

/** Short enough to watch, long enough for a scan on a slow machine. */
const SCAN_INTERVAL_S = 5;
const SCAN_LIMIT_MS = 20_000;
const PROFILE_PAUSE_MS = 5_000;
const SITE = 'default';
/** Of made-up history, so that the pages have something to show. */
const PAST_HOURS = 30;

const colours = coloursFor(process.stdout);

interface Demo {
  readonly stage: Stage;
  readonly cluster: Cluster;
  readonly configFile: string;
  readonly siteUrl: string;
  readonly context: Context;
}

/** Returns when the signal has stopped everything. */
export async function runDemo(
  context: Context,
  version: string,
  options: { readonly listen?: string | undefined },
): Promise<void> {
  const { host } = parseListen(context.config.webListen); // the site would refuse it too, but only when everything else runs
  if (!isLoopback(host))
    throw new NetureonError('usage', 'the demo is for this machine alone: anybody may enter it', {
      remedy: 'choose another address with --listen 127.0.0.1:PORT',
    });
  const listen = await freeListen(context.config.webListen, options.listen !== undefined);
  const folder = await mkdtemp(join(tmpdir(), 'netureon-demo-'));
  const janitor = startJanitor([folder]);
  const open: (() => Promise<unknown>)[] = [() => janitor.release()];
  try {
    await chmod(folder, 0o755); // as root the server runs as another user, who must get in
    say(
      `${colours.bold('netureon')} ${version} demo: a simulated network of 24 devices; nothing leaves this machine`,
    );
    const secret = randomBytes(32).toString('base64url').slice(0, 35);
    const siteUrl = `http://${listen}`;
    const inboxPort = (Number(new URL(siteUrl).port) + 1) % 65_536; // 0: any free port
    const [staged, started] = await Promise.allSettled([
      setStage({ clock: systemClock, siteUrl, inboxPort, telegramSecret: secret }),
      startDatabase(folder),
    ]);
    if (started.status === 'fulfilled') open.push(() => started.value.stop());
    if (staged.status === 'fulfilled') open.push(() => staged.value.close());
    if (staged.status === 'rejected') throw staged.reason;
    if (started.status === 'rejected') throw started.reason;
    const stage = staged.value;
    const configFile = join(folder, 'demo.toml');
    const config = demoConfig(stage, {
      listen,
      scanIntervalS: SCAN_INTERVAL_S,
      token: telegramToken(secret),
    });
    await writeFile(configFile, config, { mode: 0o600 });
    await runProcesses({ stage, cluster: started.value, configFile, siteUrl, context });
  } finally {
    for (const close of open.toReversed()) await close();
  }
  say('The demo has ended; nothing of it is left.');
}

async function startDatabase(folder: string): Promise<Cluster> {
  const folders = { folder: join(folder, 'postgresql'), runFolder: join(folder, 'run') };
  const cluster = await startCluster({ ...folders, uid: process.getuid?.(), env: process.env });
  try {
    await cluster.ensureDatabase(DATABASE);
    await prepare(cluster.url(DATABASE));
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function runProcesses(demo: Demo): Promise<void> {
  const { stage, cluster, configFile, siteUrl, context } = demo;
  const services = {
    env: withoutSettings(process.env),
    configFile,
    databaseUrl: (role: string | null) => cluster.url(DATABASE, role ?? undefined),
  };
  const ended = new AbortController();
  let play = Promise.resolve();
  try {
    await runTree(
      {
        declare: serviceCommand('alertd', 'netureon_alertd', ['--declare'], services),
        alertd: serviceCommand('alertd', 'netureon_alertd', [], services),
        web: serviceCommand('web', 'netureon_web', ['--demo-inbox-url', stage.inboxUrl], services),
        scan: insideLan(serviceCommand('scan', 'netureon_scan', ['--quiet'], services), stage),
        profile: {
          command: insideLan(serviceCommand('profile', 'netureon_profile', ['--quiet'], services), stage),
          pauseMs: PROFILE_PAUSE_MS,
        },
        scanIntervalMs: SCAN_INTERVAL_S * 1000,
        scanLimitMs: SCAN_LIMIT_MS,
        webReady: signal => siteAnswers(siteUrl, systemClock, signal),
        onReady: () => {
          tellPlan(siteUrl, stage.inboxUrl);
          play = playStage(demo, ended.signal);
        },
        onLine: printer(),
      },
      { clock: systemClock, random: Math.random, signal: context.signal },
    );
  } finally {
    ended.abort();
    await play;
  }
}

/** The demo's processes obey the demo's configuration alone. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = /^(?:NETUREON_(?!DEBUG$)|DATABASE_URL$|CREDENTIALS_DIRECTORY$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !settings.test(name)));
}

function insideLan({ file, args, env }: Command, stage: Stage): Command {
  const [entered, ...rest] = stage.lan.scanner.enter(file, args);
  return { file: entered, args: rest, env };
}

function tellPlan(siteUrl: string, inboxUrl: string): void {
  say(
    `\nOpen ${colours.bold(siteUrl)} · the messages it sends are at ${colours.bold(inboxUrl)} · stop with Ctrl-C\n`,
  );
  say(`The ${PAST_HOURS} hours before now are made up. What will happen:`);
  for (const { atMs, what } of demoPlan()) say(`  in ${String(atMs / 1000).padStart(3)} s  ${what}`);
  say('');
}

/** Gives the devices their names, then lets things happen. A demo in which nothing happens any more says so. */
async function playStage({ stage, cluster, context }: Demo, signal: AbortSignal): Promise<void> {
  const show = printer();
  try {
    const db = await openSession(cluster.url(DATABASE), { application: 'netureon demo' });
    try {
      await nameUnnamed(db, SITE, DEMO_HOSTS);
      await inventPast(db, SITE, {
        hours: PAST_HOURS,
        blind: DEMO_BLIND,
        visits: DEMO_HOSTS.flatMap(({ mac, name }) => {
          const spans = DEMO_PAST[name];
          return spans === undefined ? [] : [{ mac, spans }];
        }),
      });
    } finally {
      await db.close();
    }
    await stage.play(signal, what => show('demo', what));
  } catch (error) {
    context.log.error('the simulated network stands still', { reason: messageOf(error) });
  }
}
