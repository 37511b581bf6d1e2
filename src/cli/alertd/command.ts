/** `netureon alertd` from the command line: the configuration as the daemon's settings. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../lib/clock.ts';
import { configuredChannels, credentialsOf } from '../channel/configured.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { supervisorFrom } from '../supervisor.ts';
import { declareChannels } from './declare.ts';
import { drainOnce } from './once.ts';
import type { AlertdSettings } from './settings.ts';
import { timeZoneOr } from './time-zone.ts';
import { spareMemory } from './sparing.ts';

export interface AlertdOptions {
  /** Write the configured channels to the database and be done. */
  readonly declare: boolean;
  /** Send what is due and be done. */
  readonly once: boolean;
}

/** @returns the exit code: 1 if it was to send what is due, and something did not get through */
export async function alertdCommand(
  context: Context,
  version: string,
  { declare, once }: AlertdOptions,
): Promise<number> {
  const { log, signal } = context;
  const settings = alertdSettings(context, version);
  const deps = { log, signal, clock: systemClock, random: Math.random, uuid: randomUUID };
  if (declare) await declareChannels(settings, deps);
  else if (once) {
    const { sent, failed } = await drainOnce(settings, deps);
    log.info('sent what was due', { sent, failed });
    return failed > 0 ? 1 : 0;
  } else {
    spareMemory(); // before the rest of the code is compiled
    const { runAlertd } = await import('./run.ts');
    const supervisor = await supervisorFrom(process.env, process.pid, log);
    await runAlertd(settings, { ...deps, kept: context.kept, supervisor });
  }
  return 0;
}

export function alertdSettings({ config }: Pick<Context, 'config'>, version: string): AlertdSettings {
  return {
    databaseUrl: databaseUrl(config, 'netureon_alertd'),
    site: config.siteName,
    version,
    timeZone: timeZoneOr(config.siteTimeZone),
    isTimeZoneConfigured: config.siteTimeZone !== undefined,
    channels: configuredChannels(config),
    credentials: credentialsOf(config),
    // What the site listens on is this machine: a link to that helps nobody who reads a mail.
    ...(config.webPublicUrl === undefined ? {} : { publicUrl: config.webPublicUrl }),
    ...(config.telegramCommands ? { bot: {} } : {}),
    ...(config.alertsPingUrl === undefined ? {} : { pingUrl: config.alertsPingUrl }),
  };
}
