/** What a sink has received: kept for who looks later, and handed one by one to who waits. */
export class Mailbox<T> {
  readonly #all: T[] = [];
  /** Not yet handed to anyone who waited. */
  #unread: T[] = [];
  #waiting: Waiting<T>[] = [];
  readonly #watchers = new Set<(message: T) => void>();

  /** Everything received, oldest first. */
  get all(): readonly T[] {
    return this.#all;
  }

  /** Called with each message as it arrives. Returns the way to stop. */
  watch(watcher: (message: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * The oldest message that matches and that no earlier `next` was given, whether it is here or still to come.
   * Each message is given once. Rejects with the signal's reason when that aborts.
   */
  next(matches: (message: T) => boolean = () => true, signal?: AbortSignal): Promise<T> {
    const here = this.#unread.find(matches);
    if (here !== undefined) {
      this.#unread = this.#unread.filter(message => message !== here);
      return Promise.resolve(here);
    }
    return new Promise((resolve, reject) => {
      const waiting = { matches, resolve };
      this.#waiting.push(waiting);
      signal?.addEventListener(
        'abort',
        () => {
          this.#waiting = this.#waiting.filter(other => other !== waiting);
          reject(signal.reason instanceof Error ? signal.reason : new Error('no such message'));
        },
        { once: true },
      );
    });
  }

  add(message: T): void {
    this.#all.push(message);
    const taker = this.#waiting.find(({ matches }) => matches(message));
    if (taker === undefined) this.#unread.push(message);
    this.#waiting = this.#waiting.filter(other => other !== taker);
    taker?.resolve(message);
    for (const watcher of this.#watchers) watcher(message);
  }
}

interface Waiting<T> {
  readonly matches: (message: T) => boolean;
  readonly resolve: (message: T) => void;
}
