/** Capped exponential backoff with full jitter: random within [0, min(cap, base·2^attempt)], never below `floor`. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Never sooner than this; keeps a burst of failures from turning into a busy loop. */
  readonly floorMs: number;
}

/**
 * The wait before try number `attempt` + 1, in milliseconds.
 * @param attempt how often it has failed so far, from 1
 * @param random a number in [0, 1), as Math.random gives
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(backoff.floorMs, Math.round(ceiling * random));
}
