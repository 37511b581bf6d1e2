/** `netureon alertd` from the command line: the configuration as the daemon's settings. */
import { systemClock } from '../../lib/clock.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { declareChannels, runAlertd, type AlertdSettings } from './run.ts';

/** @param declareOnly write the configured channels to the database and be done */
export async function alertdCommand(context: Context, version: string, declareOnly: boolean): Promise<void> {
  const { log, signal } = context;
  const deps = { log, signal, clock: systemClock, random: Math.random };
  await (declareOnly ? declareChannels : runAlertd)(settingsOf(context, version), deps);
}

function settingsOf({ config }: Context, version: string): AlertdSettings {
  const { emailUrl: url, emailFrom: from, emailTo: to, telegramToken: token, webPublicUrl } = config;
  return {
    databaseUrl: databaseUrl(config, 'netureon_alertd'),
    site: config.siteName,
    version,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    publicUrl: webPublicUrl ?? `http://${config.webListen}`,
    ...(url !== undefined && from !== undefined ? { email: { url, from, to } } : {}),
    ...(token === undefined
      ? {}
      : { telegram: { token, chatIds: config.telegramChatIds, apiRoot: config.telegramApiRoot } }),
  };
}
