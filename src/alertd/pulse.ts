/**
 * Whether the daemon's loops still turn. Each says by when it will be heard of again; one that is not heard of by then
 * hangs. For a watchdog: a process that only answers timers is not alive.
 */
import type { Clock } from '../lib/clock.ts';

/** A busy machine, or one that woke from sleep, is no reason to restart anybody. */
const PATIENCE_MS = 15_000;

/** One loop's side. */
export interface Beat {
  /** Heard of again within so long. */
  within(ms: number): void;
  /** The loop has ended. */
  end(): void;
}

export class Pulse {
  readonly #clock: Clock;
  readonly #due = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param name unique among those that run; for the log */
  loop(name: string): Beat {
    return {
      within: ms => void this.#due.set(name, this.#clock.monotonic() + ms + PATIENCE_MS),
      end: () => void this.#due.delete(name),
    };
  }

  /** The loops that hang, by name. */
  hanging(): string[] {
    const now = this.#clock.monotonic();
    return [...this.#due].filter(([, due]) => due < now).map(([name]) => name);
  }
}
