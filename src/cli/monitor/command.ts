/** `netureon monitor` from the command line. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { httpFetch } from '../../alertd/http-fetch.ts';
import { systemClock } from '../../lib/clock.ts';
import { EXIT_CODES } from '../../lib/errors.ts';
import { alertdSettings } from '../alertd/command.ts';
import { drainOnce } from '../alertd/once.ts';
import { redactSecrets } from '../alertd/settings.ts';
import type { Context } from '../context.ts';
import { flushLog } from '../log-keeper.ts';
import { stateFolder } from '../paths.ts';
import { runMonitor } from './run.ts';
import { findingText } from './text.ts';

/** @returns 0: all is well, 1: something is silent, 69: the database cannot be reached */
export async function monitorCommand(
  context: Context,
  version: string,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): Promise<number> {
  const { log, signal } = context;
  const settings = alertdSettings(context, version);
  redactSecrets(log, settings.credentials);
  const deps = { log, signal, clock: systemClock, random: Math.random, uuid: randomUUID, fetch: httpFetch };
  const finding = await runMonitor(
    { ...settings, memory: join(stateFolder(process.env), `monitor-${settings.site}.json`) },
    { ...deps, drain: () => drainOnce(settings, deps) },
  );
  if (finding.database === null) await flushLog(context, settings.databaseUrl, settings.site, 'monitor');
  if (json) process.stdout.write(`${JSON.stringify(finding)}\n`);
  else if (!quiet || !finding.healthy) process.stdout.write(findingText(finding, systemClock.now()));
  if (finding.database !== null) return EXIT_CODES.database;
  return finding.healthy ? 0 : 1;
}
