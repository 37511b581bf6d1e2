/**
 * One look at netureon itself, by a process that lives for a moment and so cannot hang: who has fallen silent gets an
 * alert, and where that is the alert daemon, what waits is sent from here. When the database is away, nothing can be
 * raised there: the channels of the configuration are told directly.
 */
import type { ChannelRow, Credentials } from '../../alertd/channels/registry.ts';
import type { Fetch } from '../../alertd/http-fetch.ts';
import type { Clock } from '../../lib/clock.ts';
import { NetureonError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { monitorLook, type FailingChannel, type Look, type Service } from '../../store/services.ts';
import { isSqlError, openSession } from '../../store/session.ts';
import type { Drained } from '../alertd/once.ts';
import { forgetOutage, tellOutage, type Told } from './outage.ts';

export interface MonitorSettings {
  readonly databaseUrl: string;
  readonly site: string;
  readonly version: string;
  readonly channels: readonly ChannelRow[];
  readonly credentials: Credentials;
  readonly timeZone: string;
  /** The file that remembers of one run for the next that people were told of an outage. */
  readonly memory: string;
}

export interface MonitorDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly uuid: () => string;
  readonly fetch: Fetch;
  /** Sends what waits, once. */
  readonly drain: () => Promise<Drained>;
}

export interface Finding {
  readonly healthy: boolean;
  /** In the order scan, alertd, web, monitor; empty while the database is away. */
  readonly services: readonly Service[];
  /** Channels through which nothing has got for ten minutes. */
  readonly failing: readonly FailingChannel[];
  /** How many alerts were raised. */
  readonly raised: number;
  /** What was sent in place of a silent alertd; null: that was not needed. */
  readonly delivered: Drained | null;
  /** Why the database cannot be reached, and who was told; null: it answers. */
  readonly database: { readonly problem: string; readonly told: Told } | null;
}

/** A server that is started anew is back within this. */
const TRIES = 3;
const BETWEEN_MS = 5_000;
const TIMEOUT_MS = 10_000;
/** The monitor's own reports are what it remembers by; nobody waits for them. */
const WATCHED = new Set<Service['name']>(['scan', 'alertd', 'web']);

export async function runMonitor(settings: MonitorSettings, deps: MonitorDeps): Promise<Finding> {
  const looked = await lookPatiently(settings, deps);
  if (looked instanceof NetureonError) {
    const told = await tellOutage(looked.message, settings, deps);
    return {
      healthy: false,
      services: [],
      failing: [],
      raised: 0,
      delivered: null,
      database: { problem: looked.message, told },
    };
  }
  forgetOutage(settings.memory);
  const { services, failing, raised, alertdMissed } = looked;
  return {
    healthy:
      failing.length === 0 && !services.some(({ name, state }) => WATCHED.has(name) && state === 'silent'),
    services,
    failing,
    raised,
    delivered: alertdMissed ? await deps.drain() : null,
    database: null,
  };
}

/** @returns the error when the database was of no use in all tries; anything else that is wrong is thrown */
async function lookPatiently(
  { databaseUrl, site, version }: MonitorSettings,
  { clock, signal }: MonitorDeps,
): Promise<Look | NetureonError> {
  for (let n = 1; ; n++) {
    try {
      const session = await openSession(databaseUrl, {
        application: 'netureon monitor',
        connectTimeoutMs: TIMEOUT_MS,
        queryTimeoutMs: TIMEOUT_MS,
      });
      try {
        return await monitorLook(session, site, version);
      } finally {
        await session.close().catch(() => undefined); // a connection that broke has said so already
      }
    } catch (error) {
      const outage = outageIn(error);
      if (outage === undefined) throw error;
      if (n === TRIES || signal.aborted) return outage;
      await clock.sleep(BETWEEN_MS, signal);
    }
  }
}

/** Away, or there but of no use: no room on its disk, stopping or starting (SQLSTATE classes 53 and 57P). */
function outageIn(error: unknown): NetureonError | undefined {
  if (error instanceof NetureonError) return error.code === 'database' ? error : undefined;
  if (!isSqlError(error) || !/^(?:53|57P)/.test(error.code)) return undefined;
  return new NetureonError('database', `PostgreSQL refuses: ${error.message}`, { cause: error });
}
