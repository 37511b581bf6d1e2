/** The troubles a sink is told to make: the next few times, or always. */
export class FaultPlan<F> {
  #queue: F[] = [];
  #always: F | undefined;

  /** The next `times` occasions go wrong in this way, after those planned before. */
  next(fault: F, times = 1): void {
    for (let i = 0; i < times; i++) this.#queue.push(fault);
  }

  /** Every occasion goes wrong in this way once the queue is used up. */
  always(fault: F): void {
    this.#always = fault;
  }

  /** All is well again. */
  clear(): void {
    this.#queue = [];
    this.#always = undefined;
  }

  /** The fault for this occasion, used up by the asking; undefined when it is not one that `fits`. */
  take(fits: (fault: F) => boolean = () => true): F | undefined {
    const [head] = this.#queue;
    if (head === undefined)
      return this.#always !== undefined && fits(this.#always) ? this.#always : undefined;
    if (!fits(head)) return undefined;
    this.#queue.shift();
    return head;
  }
}
