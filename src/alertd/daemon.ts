/**
 * alertd: carries what waits in the outbox to people: claim → compose → deliver → mark. Imports message, store and lib;
 * never scan or web. At least once: a message is marked after its server accepted it, so a crash in between repeats it,
 * with the same Message-ID. The rows are the truth and a notification only a hint: the outbox is drained on start, on
 * every (re)connection of the listener, on every notification and on a slow poll.
 *
 * This file: the channels' workers, the heartbeat, and stopping.
 */
import type { Backoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Compose } from '../message/compose.ts';
import type { ConfiguredChannel, Outbox, ServedChannel } from '../store/outbox.ts';
import type { Channel } from './channels/channel.ts';
import type { Unusable } from './channels/registry.ts';
import { Crew } from './crew.ts';
import { DatabaseHealth } from './database-health.ts';
import { Pulse } from './pulse.ts';
import type { Tuning } from './tuning.ts';
import { Wake } from './wake.ts';

/** What is to be said on this channel of notifications when the channels themselves changed. */
const CHANNELS_CHANGED = 'channels';
/** A database that is away when we stop is not waited for to say goodbye. */
const GOODBYE: Backoff = { baseMs: 100, capMs: 500, floorMs: 50 };
const GOODBYE_MS = 2_000;

export interface DaemonOptions {
  readonly outbox: Outbox;
  /** What the configuration names. People's own come from the database. */
  readonly configured: readonly ConfiguredChannel[];
  readonly make: (row: ServedChannel) => Promise<Channel | Unusable>;
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
  /** There may be something new. @param payload of the notification */
  readonly wake: (payload: string) => void;
  /** The database can be reached (again), and there may be something new. */
  readonly connected: () => void;
  /** Whether its loops turn. */
  readonly pulse: Pulse;
  /** Names of the channels that are served at this moment. */
  readonly channels: () => string[];
  /** How it fares, in a line for people. */
  readonly status: () => string;
  readonly done: Promise<void>;
}

/** Makes the outbox know the channels, then begins. Rejects when the database cannot be reached for that. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { outbox, tuning, log, clock, random, signal } = options;
  await outbox.syncChannels(options.configured);
  const health = new DatabaseHealth({ backoff: tuning.database, clock, random, log });
  const giveUp = new AbortController();
  const finished = new AbortController();
  signal.addEventListener(
    'abort',
    () => void clock.sleep(tuning.stopMs, finished.signal).then(() => giveUp.abort()),
    { once: true },
  );
  const pulse = new Pulse(clock);
  const crew = new Crew({ ...options, health, pulse, stopping: signal, giveUp: giveUp.signal });
  const changed = new Wake();
  const musterBeat = pulse.loop('channels');
  await crew.muster(musterBeat);

  const keepCrew = async () => {
    while (!signal.aborted) {
      musterBeat.within(tuning.pollMs);
      await changed.wait(tuning.pollMs, signal);
      if (!signal.aborted) await crew.muster(musterBeat);
    }
    musterBeat.end();
    await crew.disband();
  };
  const finish = async () => {
    await Promise.all([keepCrew(), beat(options, health, pulse), keepWatch(options, health, pulse)]);
    finished.abort();
    await sayGoodbye(options);
  };
  return {
    wake: payload => (payload === CHANNELS_CHANGED ? changed.notify() : crew.wake()),
    connected: () => {
      health.back();
      changed.notify();
      crew.wake();
    },
    pulse,
    channels: () => crew.names,
    status: () =>
      health.away
        ? 'the database does not answer; trying on'
        : `sending through ${crew.names.join(', ') || 'nothing: no channel is set up'}`,
    done: finish(),
  };
}

async function beat(options: DaemonOptions, health: DatabaseHealth, pulse: Pulse): Promise<void> {
  const { outbox, version, tuning, clock, signal } = options;
  const startedAt = clock.now();
  const loop = pulse.loop('heartbeat');
  while (!signal.aborted) {
    await health.untilDone(() => outbox.heartbeat(version, startedAt), signal, loop);
    loop.within(tuning.heartbeatMs);
    await clock.sleep(tuning.heartbeatMs, signal);
  }
  loop.end();
}

async function keepWatch(
  { watch, tuning, clock, signal }: DaemonOptions,
  health: DatabaseHealth,
  pulse: Pulse,
): Promise<void> {
  if (watch === undefined) return;
  const loop = pulse.loop('watch');
  while (!signal.aborted) {
    await health.untilDone(watch, signal, loop);
    loop.within(tuning.pollMs);
    await clock.sleep(tuning.pollMs, signal);
  }
  loop.end();
}

/** Nobody need wonder where we are. */
async function sayGoodbye({ outbox, clock, random, log }: DaemonOptions): Promise<void> {
  const late = new AbortController();
  const said = new AbortController();
  void clock.sleep(GOODBYE_MS, said.signal).then(() => late.abort());
  await new DatabaseHealth({ backoff: GOODBYE, clock, random, log }).untilDone(
    () => outbox.stopped(),
    late.signal,
  );
  said.abort();
}
