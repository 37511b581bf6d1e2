/**
 * LISTEN that survives: pg-listen on a connection of its own, asked every few seconds whether it still answers, and
 * rebuilt whenever it does not. A notification is only a hint and what was sent while nobody listened is lost, so
 * `onConnected` fires on the first and on every later LISTEN, for the caller to look at the tables.
 */
import pgListen from 'pg-listen';
import { backoffMs, type Backoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { clientConfig, writableUrl } from './session.ts';

export interface ListenOptions {
  readonly channels: readonly string[];
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** `payload` is '' when there is none. */
  readonly onNotify: (channel: string, payload: string) => void;
  /** Everything that happens from now on will be told; what happened before may not have been. */
  readonly onConnected: () => void;
  readonly log: Log;
  readonly clock: Clock;
  /** In [0, 1), for the jitter. */
  readonly random: () => number;
}

export interface Listener {
  /** Resolves when the connection is closed and nothing more will be told. */
  close(): Promise<void>;
}

/** A half-open connection is noticed after at most the sum of these two. */
const CHECK_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 4_000;
/** A connection that broke sooner was no success: the wait before the next one goes on growing. */
const STABLE_AFTER_MS = 10_000;
const GOODBYE_MS = 500;
const RECONNECT: Backoff = { baseMs: 250, capMs: 5_000, floorMs: 100 };

// A CommonJS package: Node and esbuild hand over its exports object, whose `default` is the function.
const createSubscriber = 'default' in pgListen && isFactory(pgListen.default) ? pgListen.default : pgListen;

function isFactory(value: unknown): value is typeof pgListen {
  return typeof value === 'function';
}

/** Returns at once; connecting goes on in the background until `close`. */
export function listen(url: string, options: ListenOptions): Listener {
  const closing = new AbortController();
  const done = keepListening(url, options, closing.signal);
  return {
    close: () => {
      closing.abort();
      return done;
    },
  };
}

async function keepListening(url: string, options: ListenOptions, closing: AbortSignal): Promise<void> {
  const { log, clock, random } = options;
  let failures = 0;
  while (!closing.aborted) {
    const since = clock.monotonic();
    const reason = await listenOnce(url, options, closing, () => {
      if (failures > 0) log.info('listening to the database again');
    });
    if (reason === undefined) return;
    if (clock.monotonic() - since >= STABLE_AFTER_MS) failures = 0;
    failures += 1;
    // Each outage is told once, not at every try.
    if (failures === 1) log.warn('lost the connection that listens to the database', { reason });
    await clock.sleep(backoffMs(RECONNECT, failures, random()), closing);
  }
}

/** One connection's life. Returns why it ended; undefined when we ended it. */
async function listenOnce(
  url: string,
  options: ListenOptions,
  closing: AbortSignal,
  onConnected: () => void,
): Promise<string | undefined> {
  const { channels, application, onNotify } = options;
  const connection = {
    application,
    connectTimeoutMs: ANSWER_WITHIN_MS,
    // Without it pg-listen's check waits for ever on a half-open connection.
    queryTimeoutMs: ANSWER_WITHIN_MS,
  };
  const found = await writableUrl(url, connection).then(
    host => ({ host }),
    (error: unknown) => ({ reason: messageOf(error) }),
  );
  if (closing.aborted) return undefined;
  if ('reason' in found) return found.reason;
  const subscriber = createSubscriber(clientConfig(found.host, connection), {
    paranoidChecking: CHECK_EVERY_MS,
    // Its own reconnecting cannot be stopped by close(): it reports the loss, and the loop above makes a new one.
    retryLimit: 1,
    // The payload as it is: parsing is the caller's, and must not take the connection down.
    parse: payload => payload,
  });
  const over = new AbortController();
  const ended = new Promise<string | undefined>(resolve => {
    subscriber.events.on('error', error => resolve(messageOf(error)));
    closing.addEventListener('abort', () => resolve(undefined), { signal: over.signal });
  });
  subscriber.events.on('notification', ({ channel, payload }) => {
    if (!closing.aborted) onNotify(channel, typeof payload === 'string' ? payload : '');
  });
  const subscribe = async () => {
    await subscriber.connect();
    await Promise.all(channels.map(async channel => subscriber.listenTo(channel)));
  };
  try {
    const failure = await Promise.race([
      subscribe().then(
        () => null,
        (error: unknown) => messageOf(error),
      ),
      ended,
    ]);
    if (failure !== null) return closing.aborted ? undefined : failure;
    onConnected();
    options.onConnected();
    return await ended;
  } finally {
    over.abort();
    // A connection that no longer answers cannot say goodbye either: it is not waited for.
    const closed = subscriber.close().catch(() => undefined);
    const said = new AbortController();
    void closed.then(() => said.abort());
    if (closing.aborted) await options.clock.sleep(GOODBYE_MS, said.signal);
  }
}
