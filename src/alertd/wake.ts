/** A hint that there may be work, remembered until someone waits for it. */
export class Wake {
  #pending = false;
  #resolve: (() => void) | undefined;

  notify(): void {
    this.#pending = true;
    this.#resolve?.();
  }

  /** Resolves after `ms`, at the next hint (or at once if one came since the last wait), or when `signal` aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#pending && !signal.aborted) {
      await new Promise<void>(resolve => {
        const over = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', over);
          resolve();
        };
        const timer = setTimeout(over, ms);
        signal.addEventListener('abort', over);
        this.#resolve = over;
      });
    }
    this.#resolve = undefined;
    this.#pending = false;
  }
}
