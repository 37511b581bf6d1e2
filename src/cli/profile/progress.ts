/** How many devices were asked, on a terminal's last line, while the run lasts. How many there will be nobody knows. */
import { count } from '../../lib/text.ts';

export interface Counter {
  show(done: number): void;
  /** Takes it off the screen. */
  clear(): void;
}

const ERASE_LINE = '\r\u001b[K';

export function createCounter(stream: {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}): Counter {
  if (stream.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  return {
    show: done => stream.write(`${ERASE_LINE}Asking: ${count(done, 'device')} so far`),
    clear: () => stream.write(ERASE_LINE),
  };
}
