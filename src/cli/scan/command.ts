/** `netureon scan` from the command line: options to settings, a session with the database unless --no-store. */
import { isColourful } from '../colours.ts';
import { systemClock } from '../../lib/clock.ts';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';
import type { Session } from '../../store/session.ts';
import { readGateways } from '../../link/gateway.ts';
import { readIpv4Neighbour } from '../../link/neighbour-entry.ts';
import type { Context } from '../context.ts';
import type { Options } from '../command-line.ts';
import { scanRequest } from './request.ts';
import { runScan, type ScanSettings } from './run.ts';
import { scanStore } from './store.ts';

export interface ScanOptions {
  readonly json: boolean;
  /** One line instead of the table. */
  readonly quiet: boolean;
  readonly store: boolean;
  /** A capture file to take the replies from. */
  readonly read: string | undefined;
}

/** No statement of a tick takes this long; a connection that does not answer is half-open. */
const QUERY_TIMEOUT_MS = 20_000;

/** @param typed the options of the command line that say what to scan; checked before */
export async function scanCommand(context: Context, typed: Options, options: ScanOptions): Promise<number> {
  const { config, log, signal } = context;
  const settings: ScanSettings = {
    ...scanRequest(config, typed).request,
    fullSweepEvery: config.scanFullSweepEvery,
    ipv6: config.scanIpv6,
    method: config.scanMethod,
    rate: config.scanRate === 'max' ? Number.POSITIVE_INFINITY : config.scanRate,
    timeoutMs: config.scanTimeout === undefined ? undefined : config.scanTimeout * 1000,
    json: options.json,
    quiet: options.quiet,
    read: options.read,
  };
  const session = options.store && options.read === undefined ? await openScanSession(context) : undefined;
  const store =
    session && scanStore(session, { site: config.siteName, vendors: !settings.quiet || settings.json });
  try {
    return await runScan(settings, {
      stdout: process.stdout,
      stderr: process.stderr,
      colour: isColourful(process.stdout),
      log,
      signal,
      clock: systemClock,
      nodePath: process.execPath,
      gateways: () =>
        readGateways().catch((error: unknown) => {
          log.warn(`the default gateway is not known: ${messageOf(error)}`);
          return [];
        }),
      neighbour: readIpv4Neighbour,
      store,
    });
  } catch (error) {
    // What kept the scan from taking place belongs in the log that people read; a database error cannot be put there.
    if (store && keptFromLooking(error) && !signal.aborted)
      await store
        .fail(messageOf(error))
        .catch((second: unknown) => log.warn(`not logged: ${messageOf(second)}`));
    throw error;
  } finally {
    // Nothing was warned about: nothing is asked of the database.
    if (session !== undefined)
      await context.kept
        .flush(session, config.siteName, 'scan')
        .catch((error: unknown) => log.debug(`not logged: ${messageOf(error)}`));
    await session?.close();
  }
}

/** A fault of the machine or of ours, and none of the request or the database. */
function keptFromLooking(error: unknown): boolean {
  if (error instanceof NetureonError) return !['database', 'busy', 'usage'].includes(error.code);
  return codeOf(error) === undefined; // SQL errors carry their SQLSTATE
}

/** Loaded here, because a scan without a database has no use for the client. */
async function openScanSession({ config }: Context): Promise<Session> {
  const [{ openSession }, { databaseUrl }] = await Promise.all([
    import('../../store/session.ts'),
    import('../database.ts'),
  ]);
  return openSession(databaseUrl(config, 'netureon_scan'), {
    application: 'netureon scan',
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  });
}
