/** Goes on trying while the database is away, and says so once. */
import { backoffMs, type Backoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Beat } from './pulse.ts';
import { Wake } from './wake.ts';

/** Connecting and one query are given up sooner (cli/alertd/run). */
const ONE_TRY_MS = 30_000;

export class DatabaseHealth {
  readonly #options: { backoff: Backoff; clock: Clock; random: () => number; log: Log };
  readonly #waiting = new Set<Wake>();
  #awaySince: number | undefined;

  constructor(options: { backoff: Backoff; clock: Clock; random: () => number; log: Log }) {
    this.#options = options;
  }

  get away(): boolean {
    return this.#awaySince !== undefined;
  }

  /** The database answers again: whoever waits for it need not wait longer. */
  back(): void {
    for (const wake of this.#waiting) wake.notify();
  }

  /**
   * What `work` resolves to, however often it takes; undefined when `signal` aborts first.
   * @param beat of the loop that waits for it, which is alive while it tries
   */
  async untilDone<T>(work: () => Promise<T>, signal: AbortSignal, beat?: Beat): Promise<T | undefined> {
    const { backoff, clock, random, log } = this.#options;
    for (let failures = 1; ; failures++) {
      beat?.within(ONE_TRY_MS);
      try {
        const result = await work();
        if (this.#awaySince !== undefined) {
          log.info('the database is back', {
            seconds: Math.round((clock.monotonic() - this.#awaySince) / 1000),
          });
          this.#awaySince = undefined;
        }
        return result;
      } catch (error) {
        if (this.#awaySince === undefined) {
          this.#awaySince = clock.monotonic();
          log.warn('the database does not answer, trying on', { reason: messageOf(error) });
        }
        if (signal.aborted) return undefined;
        const wake = new Wake();
        this.#waiting.add(wake);
        const pauseMs = backoffMs(backoff, failures, random());
        beat?.within(pauseMs);
        await wake.wait(pauseMs, signal);
        this.#waiting.delete(wake);
        if (signal.aborted) return undefined;
      }
    }
  }
}
