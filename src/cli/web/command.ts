/** `netureon web` from the command line: the configuration as the site's settings. */
import { systemClock } from '../../lib/clock.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { supervisorFrom } from '../supervisor.ts';
import { runWeb } from './run.ts';

export async function webCommand(
  { config, log, signal }: Context,
  version: string,
  demoInboxUrl?: string,
): Promise<void> {
  const supervisor = await supervisorFrom(process.env, process.pid, log);
  signal.addEventListener('abort', () => supervisor.stopping(), { once: true });
  await runWeb(
    {
      databaseUrl: databaseUrl(config, 'netureon_web'),
      site: config.siteName,
      listen: config.webListen,
      version,
      ...(config.webPublicUrl === undefined ? {} : { publicUrl: config.webPublicUrl }),
      ...(demoInboxUrl === undefined ? {} : { demoInboxUrl }),
    },
    {
      log,
      signal,
      clock: systemClock,
      random: Math.random,
      onReady: url => {
        supervisor.ready();
        // It answers requests and nothing else: a process that gets to its timers does.
        supervisor.watch({ hanging: () => [], status: () => `serving ${url}` });
      },
    },
  );
}
