/** Reads from a stranger: so many octets, so much time, and no more. */
import type { Readable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';

export interface HearOptions {
  readonly maxBytes: number;
  readonly ms: number;
  /** Done when nothing more came for so long after something had come. */
  readonly quietMs?: number;
  /** Done when this says so of everything that came so far. */
  readonly enough?: (bytes: Uint8Array) => boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Heard {
  readonly bytes: Uint8Array;
  /** Why it ended: `full` means that there was more than allowed. */
  readonly end: 'enough' | 'quiet' | 'closed' | 'time' | 'full';
}

/** Never rejects: a connection that breaks has said what it has said. The stream is paused afterwards, not closed. */
export function hear(stream: Readable, clock: Clock, options: HearOptions): Promise<Heard> {
  const { maxBytes, ms, quietMs, enough, signal } = options;
  const buffer = new Uint8Array(maxBytes);
  let length = 0;
  return new Promise(resolve => {
    const over = new AbortController();
    let pause = new AbortController();
    const finish = (end: Heard['end']) => {
      if (over.signal.aborted) return;
      over.abort();
      pause.abort();
      stream.off('data', onData).off('end', onClosed).off('close', onClosed).off('error', onClosed);
      signal?.removeEventListener('abort', onClosed);
      stream.pause();
      resolve({ bytes: buffer.subarray(0, length), end });
    };
    const onClosed = () => finish('closed');
    const onData = (chunk: Uint8Array) => {
      const part = chunk.subarray(0, maxBytes - length);
      buffer.set(part, length);
      length += part.length;
      if (enough?.(buffer.subarray(0, length)) === true) return finish('enough');
      if (length === maxBytes) return finish('full');
      if (quietMs === undefined) return;
      pause.abort();
      const mine = (pause = new AbortController());
      void clock.sleep(quietMs, mine.signal).then(() => {
        if (!mine.signal.aborted) finish('quiet');
      });
    };
    // A stream that is over already emits nothing any more.
    if (stream.destroyed || stream.readableEnded || signal?.aborted === true) return finish('closed');
    stream.on('data', onData).on('end', onClosed).on('close', onClosed).on('error', onClosed);
    signal?.addEventListener('abort', onClosed, { once: true });
    void clock.sleep(ms, over.signal).then(() => finish('time'));
  });
}
