/**
 * Those who have been asked for the n-th time and are being waited for. Who came first is due first, because all in one
 * line wait equally long and keep their order from line to line: a plain queue, no heap.
 */
import type { Asking } from './schedule.ts';

/** When each item was asked, in the clock's milliseconds. */
export interface AskingTimes {
  readonly first: Float64Array;
  readonly latest: Float64Array;
}

export class WaitingLine {
  /** The last asking: who is due here is given up. */
  readonly last: boolean;
  readonly #items: Int32Array;
  readonly #times: AskingTimes;
  readonly #patienceMs: number;
  readonly #sinceFirstMs: number;
  #head = 0;
  #tail = 0;

  /** @param capacity how many can enter over a whole sweep: each does so once */
  constructor(capacity: number, times: AskingTimes, asking: Asking, last: boolean) {
    this.#items = new Int32Array(capacity);
    this.#times = times;
    this.#patienceMs = asking.patienceMs;
    this.#sinceFirstMs = asking.sinceFirstMs;
    this.last = last;
  }

  push(item: number): void {
    this.#items[this.#tail++] = item;
  }

  /** The item that has waited longest, after those with a place in `finished` have left; -1 when there is none. */
  head(finished: Uint8Array): number {
    for (; this.#head < this.#tail; this.#head++) {
      const item = this.#items[this.#head] ?? -1;
      if (finished[item] === 0) return item;
    }
    return -1;
  }

  /** When the patience for `item` ends. */
  due(item: number): number {
    const { first, latest } = this.#times;
    return Math.max((latest[item] ?? 0) + this.#patienceMs, (first[item] ?? 0) + this.#sinceFirstMs);
  }

  shift(): void {
    this.#head++;
  }
}
