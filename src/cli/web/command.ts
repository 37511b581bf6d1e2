/** `netureon web` from the command line: the configuration as the site's settings. */
import { hostname } from 'node:os';
import { systemClock } from '../../lib/clock.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { supervisorFrom } from '../supervisor.ts';
import { runWeb } from './run.ts';

export async function webCommand(
  { config, log, kept, settings, signal }: Context,
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
      names: { machine: machineNames(hostname()), configured: config.webHosts },
      people: {
        trustedProxies: config.webTrustedProxies,
        ...(config.webAuthHeader === undefined
          ? {}
          : {
              proxyLogin: {
                header: config.webAuthHeader,
                roleHeader: config.webAuthRoleHeader,
                defaultRole: config.webAuthRole,
              },
            }),
      },
      metrics: config.webMetrics,
      ...(config.webPublicUrl === undefined ? {} : { publicUrl: config.webPublicUrl }),
      ...(demoInboxUrl === undefined ? {} : { demoInboxUrl }),
    },
    {
      log,
      signal,
      clock: systemClock,
      random: Math.random,
      system: {
        kept,
        info: {
          node: process.versions.node,
          startedAt: systemClock.now(),
          settings,
          recent: () => kept.recent(),
        },
      },
      onReady: url => {
        supervisor.ready();
        // It answers requests and nothing else: a process that gets to its timers does.
        supervisor.watch({ hanging: () => [], status: () => `serving ${url}` });
      },
    },
  );
}

/** As the system says it, and without its domain. One that is no name for an address is left out. */
function machineNames(name: string): string[] {
  const names = [name, name.split('.', 1)[0] ?? ''].filter(one =>
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(one),
  );
  return [...new Set(names)];
}
