/**
 * One worker for each channel that this daemon is to serve. Which those are is in the database: people add, remove and
 * switch them while the daemon runs. Who does not change is not disturbed.
 */
import type { Log } from '../lib/log.ts';
import type { Outbox, ServedChannel } from '../store/outbox.ts';
import { isUnusable, type Unusable } from './channels/registry.ts';
import type { Channel } from './channels/channel.ts';
import type { DatabaseHealth } from './database-health.ts';
import type { Beat, Pulse } from './pulse.ts';
import { Wake } from './wake.ts';
import { serveChannel, type DeliveryOptions } from './worker.ts';

export interface CrewOptions extends Omit<DeliveryOptions, 'channel' | 'beat'> {
  readonly make: (row: ServedChannel) => Promise<Channel | Unusable>;
  readonly outbox: Outbox;
  readonly health: DatabaseHealth;
  readonly pulse: Pulse;
  readonly log: Log;
  /** Everybody finishes what is in flight. */
  readonly stopping: AbortSignal;
}

interface Member {
  /** The row it was made from: another one is another channel. */
  readonly made: string;
  readonly wake: Wake;
  readonly problem?: string;
  /** Resolves when what is in flight is finished. */
  leave(): Promise<void>;
}

export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Map<string, Member>();

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** Names of the channels that are served. */
  get names(): string[] {
    return [...this.#members].filter(([, { problem }]) => problem === undefined).map(([name]) => name);
  }

  /** There may be something to send. */
  wake(): void {
    for (const { wake } of this.#members.values()) wake.notify();
  }

  /** Reads the channels anew; who came begins, who left finishes. Not to be called again before it has resolved. */
  async muster(beat: Beat): Promise<void> {
    const { outbox, health, stopping, log } = this.#options;
    const rows = await health.untilDone(() => outbox.channels(), stopping, beat);
    if (rows === undefined) return;
    const wanted = new Map(rows.map(row => [row.name, row]));
    let changed = false;
    for (const [name, member] of this.#members) {
      const row = wanted.get(name);
      if (row !== undefined && fingerprint(row) === member.made) continue;
      changed = true;
      this.#members.delete(name);
      // A message that is on its way is waited for, and its successor waits too: two must not speak to one server.
      beat.within(this.#options.tuning.sendTimeoutMs);
      await member.leave();
      if (row === undefined) log.info('channel no longer served', { channel: name });
    }
    for (const row of wanted.values()) {
      if (this.#members.has(row.name)) continue;
      changed = true;
      this.#members.set(row.name, await this.#join(row));
    }
    if (!changed) return;
    const problems = Object.fromEntries(
      [...this.#members].flatMap(([name, { problem }]) => (problem === undefined ? [] : [[name, problem]])),
    );
    await health.untilDone(() => outbox.reportProblems(problems), stopping, beat);
  }

  /** Resolves when everybody has finished. */
  async disband(): Promise<void> {
    await Promise.all([...this.#members.values()].map(member => member.leave()));
  }

  async #join(row: ServedChannel): Promise<Member> {
    const { make, pulse, log, stopping } = this.#options;
    const channel = await make(row);
    const wake = new Wake();
    const made = fingerprint(row);
    if (isUnusable(channel)) {
      log.warn('this channel cannot be used', { channel: row.name, problem: channel.problem });
      return { made, wake, problem: channel.problem, leave: () => Promise.resolve() };
    }
    const leaving = new AbortController();
    const done = serveChannel({
      ...this.#options,
      channel,
      wake,
      beat: pulse.loop(`channel ${row.name}`),
      stopping: AbortSignal.any([stopping, leaving.signal]),
    }).finally(() => channel.close());
    return {
      made,
      wake,
      leave: () => {
        leaving.abort();
        return done;
      },
    };
  }
}

function fingerprint({ kind, target, settings }: ServedChannel): string {
  return JSON.stringify([kind, target, settings]);
}
