/** `netureon alertd` from the command line: the configuration as the daemon's settings. */
import { systemClock } from '../../lib/clock.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { runAlertd } from './run.ts';

export async function alertdCommand({ config, log, signal }: Context, version: string): Promise<void> {
  const { emailUrl: url, emailFrom: from, emailTo: to, telegramToken: token, webPublicUrl } = config;
  await runAlertd(
    {
      databaseUrl: databaseUrl(config, 'netureon_alertd'),
      site: config.siteName,
      version,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      publicUrl: webPublicUrl ?? `http://${config.webListen}`,
      ...(url !== undefined && from !== undefined ? { email: { url, from, to } } : {}),
      ...(token === undefined
        ? {}
        : { telegram: { token, chatIds: config.telegramChatIds, apiRoot: config.telegramApiRoot } }),
    },
    { log, signal, clock: systemClock, random: Math.random },
  );
}
