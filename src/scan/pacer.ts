/**
 * How many frames may leave now. The rate is kept by counting from the first frame, and time in which nothing was sent
 * is not saved up: after a pause the sender goes on at its pace instead of making up for it in one burst.
 *
 * Why the setting's default is 1,000 frames a second: on the wire that is 0.5 Mbit/s. On Wi-Fi every broadcast goes out at
 * the lowest basic rate: 0.15 ms of air at 6 Mbit/s, so that 85 % stays free; even at the 1 Mbit/s of old access points
 * (0.8 ms) some is left.
 */

/** What one slice of waiting may let through at once: an access point queues a few broadcasts without harm. */
const BURST_MS = 10;

export class Pacer {
  readonly #perMs: number;
  readonly #burst: number;
  #credit: number;
  #last: number;

  /** @param rate frames per second; Infinity for no pacing at all */
  constructor(rate: number, now: number) {
    this.#perMs = rate / 1000;
    this.#burst = Math.max(1, this.#perMs * BURST_MS);
    this.#credit = 1;
    this.#last = now;
  }

  /** Whole frames that may leave at `now`, in milliseconds of the clock the pacer was made with. */
  allowance(now: number): number {
    if (this.#perMs === Infinity) return Infinity;
    this.#credit = Math.min(this.#burst, this.#credit + (now - this.#last) * this.#perMs);
    this.#last = now;
    return Math.floor(this.#credit);
  }

  spend(frames: number): void {
    if (this.#perMs !== Infinity) this.#credit -= frames;
  }

  /** Milliseconds until the next frame may leave. */
  waitMs(): number {
    return this.#perMs === Infinity ? 0 : Math.max(0, (1 - this.#credit) / this.#perMs);
  }
}
