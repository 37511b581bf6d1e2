/**
 * Those who have been asked for the n-th time and are being waited for. All in one line wait equally long, so that who
 * came first is due first: a plain queue, no heap.
 */
export class WaitingLine {
  readonly patienceMs: number;
  /** The last asking: who is due here is given up. */
  readonly last: boolean;
  readonly #items: Int32Array;
  readonly #askedAt: Float64Array;
  #head = 0;
  #tail = 0;

  /** @param capacity how many can enter over a whole sweep: each does so once */
  constructor(capacity: number, askedAt: Float64Array, patienceMs: number, last: boolean) {
    this.#items = new Int32Array(capacity);
    this.#askedAt = askedAt;
    this.patienceMs = patienceMs;
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
    return (this.#askedAt[item] ?? 0) + this.patienceMs;
  }

  shift(): void {
    this.#head++;
  }
}
