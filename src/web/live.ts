/**
 * One database listener for all open pages. A notification says only that something was written; one query per
 * notification tells "looked again, all as before" from a change, however many pages are open.
 */
import { messageOf } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

/** scan: somebody looked and all is as before. change: pages differ from what they show. */
export type LiveEvent = 'scan' | 'change';

export interface Changes {
  /** Begins to listen. `onConnected` also after every loss: what was told meanwhile is lost. */
  (handlers: { onNotify: (payload: string) => void; onConnected: () => void }): {
    close(): Promise<void>;
  };
}

export interface Live {
  /** Names what pages show now; differs after every change and after a restart. */
  version(): string;
  /** Returns what ends it. */
  subscribe(onEvent: (event: LiveEvent) => void): () => void;
  readonly subscribers: number;
  /** Aborted when the site stops: streams end themselves. */
  readonly closing: AbortSignal;
  close(): Promise<void>;
}

export interface LiveOptions {
  readonly changes: Changes;
  /** A text that differs when the pages do. */
  readonly readVersion: () => Promise<string>;
  /** The id that notifications carry; undefined while the site has no row. */
  readonly readSiteId: () => Promise<number | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

export function createLive({ changes, readVersion, readSiteId, clock, log }: LiveOptions): Live {
  const subscribers = new Set<(event: LiveEvent) => void>();
  const closing = new AbortController();
  // A restarted server has forgotten what its pages showed: its versions are never those of the one before.
  const epoch = clock.now().getTime().toString(36);
  let generation = 0;
  let siteId: number | undefined;
  let known: string | undefined;
  let looking = false;
  let again = false;

  const tell = (event: LiveEvent) => {
    if (event === 'change') generation += 1;
    for (const subscriber of subscribers) subscriber(event);
  };
  const look = async () => {
    if (looking) {
      again = true; // what arrives while we look may be newer than what we see
      return;
    }
    looking = true;
    try {
      do {
        again = false;
        const version = await readVersion();
        tell(version === known ? 'scan' : 'change');
        known = version;
      } while (again);
    } catch (error) {
      // The pages keep what they show; the listener's next connection makes them look again.
      log.warn('could not see what changed', { reason: messageOf(error) });
    } finally {
      looking = false;
    }
  };
  const concerns = async (payload: string) => {
    const site = siteOf(payload);
    siteId ??= await readSiteId();
    return site === undefined || siteId === undefined || site === siteId;
  };
  const listener = changes({
    onNotify: payload => {
      concerns(payload).then(
        yes => (yes ? look() : undefined),
        (error: unknown) => log.warn('could not see whose change it was', { reason: messageOf(error) }),
      );
    },
    onConnected: () => {
      known = undefined;
      void look();
    },
  });

  return {
    version: () => `${epoch}-${generation}`,
    subscribe: onEvent => {
      subscribers.add(onEvent);
      return () => subscribers.delete(onEvent);
    },
    get subscribers() {
      return subscribers.size;
    },
    closing: closing.signal,
    close: () => {
      closing.abort();
      return listener.close();
    },
  };
}

function siteOf(payload: string): number | undefined {
  try {
    const told: unknown = JSON.parse(payload);
    if (typeof told === 'object' && told !== null && 'site' in told && typeof told.site === 'number')
      return told.site;
  } catch {
    // not ours, or from a newer release: looking once too often is harmless
  }
  return undefined;
}
