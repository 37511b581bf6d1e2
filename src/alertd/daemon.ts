/**
 * alertd: carries what waits in the outbox to people: claim → render → deliver → mark. Imports store and lib; never
 * scan or web. At least once: a message is marked after its server accepted it, so a crash in between repeats it, with
 * the same Message-ID. The rows are the truth and a notification only a hint: the outbox is drained on start, on every
 * (re)connection of the listener, on every notification and on a slow poll.
 *
 * This file: one loop per channel, the heartbeat, and stopping.
 */
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Outbox } from '../store/outbox.ts';
import type { Channel } from './channels/channel.ts';
import { DatabaseHealth } from './database-health.ts';
import type { Compose } from '../message/compose.ts';
import type { Tuning } from './tuning.ts';
import { Wake } from './wake.ts';
import { serveChannel } from './worker.ts';

export interface DaemonOptions {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly compose: Compose;
  readonly tuning: Tuning;
  /** For the heartbeat. */
  readonly version: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  /** Done at every slow poll: what only somebody who runs all the time can notice. */
  readonly watch?: () => Promise<unknown>;
  /** Finishes what is in flight, then `done` resolves. */
  readonly signal: AbortSignal;
}

export interface Daemon {
  /** There may be something new. */
  readonly wake: () => void;
  /** The database can be reached (again), and there may be something new. */
  readonly connected: () => void;
  readonly done: Promise<void>;
}

/** Makes the outbox know the channels, then begins. Rejects when the database cannot be reached for that. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { outbox, channels, tuning, log, clock, random, signal } = options;
  await outbox.syncChannels(channels.map(({ name, kind, target }) => ({ name, kind, target })));
  const health = new DatabaseHealth({ backoff: tuning.database, clock, random, log });
  const giveUp = new AbortController();
  const finished = new AbortController();
  signal.addEventListener(
    'abort',
    () => void clock.sleep(tuning.stopMs, finished.signal).then(() => giveUp.abort()),
    { once: true },
  );
  const workers = channels.map(channel => ({ channel, wake: new Wake() }));
  const work = workers.map(({ channel, wake }) =>
    serveChannel({ ...options, channel, wake, health, stopping: signal, giveUp: giveUp.signal }),
  );
  const wake = () => workers.forEach(worker => worker.wake.notify());
  const finish = async () => {
    await Promise.all([...work, beat(options, health), keepWatch(options, health)]);
    finished.abort();
    channels.forEach(channel => channel.close());
  };
  return {
    wake,
    connected: () => {
      health.back();
      wake();
    },
    done: finish(),
  };
}

async function beat(options: DaemonOptions, health: DatabaseHealth): Promise<void> {
  const { outbox, version, tuning, clock, signal } = options;
  const startedAt = clock.now();
  while (!signal.aborted) {
    await health.untilDone(() => outbox.heartbeat(version, startedAt), signal);
    await clock.sleep(tuning.heartbeatMs, signal);
  }
}

async function keepWatch(
  { watch, tuning, clock, signal }: DaemonOptions,
  health: DatabaseHealth,
): Promise<void> {
  if (watch === undefined) return;
  while (!signal.aborted) {
    await health.untilDone(watch, signal);
    await clock.sleep(tuning.pollMs, signal);
  }
}
