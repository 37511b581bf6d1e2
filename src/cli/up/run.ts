/** `netureon up`: database, scan, alertd and web as one process tree, until Ctrl-C. */
import { coloursFor } from '../colours.ts';
import { systemClock } from '../../lib/clock.ts';
import { inert } from '../../lib/text.ts';
import { isLoopback, parseListen } from '../../web/hosts.ts';
import { welcomeAddress } from '../web/first-visit.ts';
import type { Context } from '../context.ts';
import { embeddedFolders } from '../database.ts';
import { runFolder, stateFolder } from '../paths.ts';
import { claim } from './only-one.ts';
import { openTreeDatabase, type TreeDatabase } from './database.ts';
import { firstScanAdvice, serviceCommand } from './services.ts';
import { runTree } from './tree.ts';
import { requireFreePort } from './port-free.ts';
import { siteAnswers } from './site-ready.ts';

/** A scan without a timeout of its own knows how long it needs; this ends one that hangs. */
const SCAN_LIMIT_S = 3600;

/** Who is new is asked this soon, and who is due again is not kept waiting by it. */
const PROFILE_PAUSE_MS = 30_000;

/** See monitor_look in sql/: a pause of more than two minutes is no watching. */
const MONITOR_PAUSE_MS = 60_000;

const colours = coloursFor(process.stdout);

export async function runUp(context: Context, version: string): Promise<void> {
  const { config, signal } = context;
  const state = stateFolder(process.env);
  const only = await claim(runFolder(process.env), state);
  try {
    parseListen(config.webListen); // the site would refuse it too, but only when everything else runs
    await requireFreePort(config.webListen, systemClock);
    say(`${colours.bold('netureon')} ${version}`);
    const database = await openTreeDatabase(config, embeddedFolders());
    try {
      // Ctrl-C during the first start, which takes a few seconds.
      if (!signal.aborted) await serve(database, context);
    } finally {
      await database.stop();
    }
    say('netureon has stopped.');
  } finally {
    only.release();
  }
}

async function serve(database: TreeDatabase, context: Context): Promise<void> {
  const { config, signal } = context;
  say(`  database  ${database.description}`);
  say(`  messages  ${channelsOf(context)}`);
  const services = {
    env: process.env,
    configFile: context.configFile,
    databaseUrl: database.urlAs,
    // The only setting that a flag of `up` can change.
    overrides: { NETUREON_WEB_LISTEN: config.webListen },
  };
  const listen = parseListen(config.webListen);
  // It is served to this machine wherever else it listens, at first there alone.
  const url = `http://${isLoopback(listen.host) ? config.webListen : `127.0.0.1:${listen.port}`}`;
  let welcome: string | undefined;
  let isReady = false;
  const print = printer();
  await runTree(
    {
      declare: serviceCommand('alertd', 'netureon_alertd', ['--declare'], services),
      alertd: serviceCommand('alertd', 'netureon_alertd', [], services),
      web: serviceCommand('web', 'netureon_web', [], services),
      scan: serviceCommand('scan', 'netureon_scan', ['--quiet'], services),
      daily: serviceCommand('prune', null, [], services),
      ...(config.profileEnabled
        ? {
            profile: {
              command: serviceCommand('profile', 'netureon_profile', ['--quiet'], services),
              pauseMs: PROFILE_PAUSE_MS,
            },
          }
        : {}),
      monitor: {
        command: serviceCommand('monitor', 'netureon_alertd', ['--quiet'], services),
        pauseMs: MONITOR_PAUSE_MS,
      },
      scanIntervalMs: config.scanInterval * 1000,
      scanLimitMs: (config.scanTimeout ?? SCAN_LIMIT_S) * 1000 + 10_000,
      webReady: aborted => siteAnswers(url, systemClock, aborted),
      onReady: exit => {
        const advice = firstScanAdvice(exit.code);
        if (advice !== null) say(advice);
        isReady = true;
        if (welcome !== undefined) sayWelcome(welcome);
        else say(`\nOpen ${colours.bold(config.webPublicUrl ?? url)} · stop with Ctrl-C\n`);
      },
      onLine: (who, line) => {
        const address = who === 'web' ? welcomeAddress(line) : undefined;
        if (address === undefined) return print(who, line);
        welcome = address;
        // A new code after wrong ones; the first is told when everything runs.
        if (isReady) sayWelcome(address);
      },
    },
    { clock: systemClock, random: Math.random, signal },
  );
}

function sayWelcome(address: string): void {
  say(`\nOpen ${colours.bold(address)} to create the administrator · stop with Ctrl-C\n`);
}

function channelsOf({ config }: Context): string {
  const channels = [
    ...(config.emailUrl === undefined ? [] : [`mail to ${config.emailTo.join(', ')}`]),
    ...(config.telegramToken === undefined ? [] : [`Telegram to ${config.telegramChatIds.join(', ')}`]),
  ];
  return channels.join('; ') || 'none: set [email] or [telegram] in the configuration to be told';
}

/** Lines of the children under a time and a name; what a scan repeats every half minute is said once. */
export function printer(): (who: string, line: string) => void {
  const last = new Map<string, string>();
  return (who, line) => {
    if (who === 'scan' || who === 'profile' || who === 'monitor') {
      const news = line.replace(/ in [\d.]+ s/, ''); // how long it took is none
      if (news === last.get(who)) return;
      last.set(who, news);
    }
    const time = new Date().toTimeString().slice(0, 8);
    say(`${colours.dim(time)} ${who.padEnd(7)} ${inert(line, 2000)}`);
  };
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
