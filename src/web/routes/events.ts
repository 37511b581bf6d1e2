/** `/events`: a stream of hints (Server-Sent Events). A client that does not read is dropped, never buffered for. */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { streamSSE } from 'hono/streaming';
import type { LiveEvent } from '../live.ts';
import type { SiteOptions } from '../options.ts';

/** Open pages at once; each costs a socket. */
const MOST_STREAMS = 200;
/** A comment now and then keeps proxies from closing the stream, and finds out who has gone. */
const KEEPALIVE_MS = 20_000;
/** A hint is a few bytes: who has not taken it by then does not read. */
const PATIENCE_MS = 10_000;
/** Bursts become one hint. */
const REST_MS = 300;

export function eventRoutes({ live, clock, log }: SiteOptions): Hono {
  return new Hono().get('/events', c => {
    if (live.closing.aborted || live.subscribers >= MOST_STREAMS)
      throw new HTTPException(503, { message: 'Too many pages are open. This one shows what it showed.' });
    const seen = c.req.header('last-event-id') ?? c.req.query('since');
    return streamSSE(c, async stream => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      const over = AbortSignal.any([gone.signal, live.closing]);
      // At most one hint waits: a change says everything that a scan would.
      let waiting: LiveEvent | undefined =
        seen === undefined || seen === live.version() ? undefined : 'change';
      let wake: (() => void) | undefined;
      const unsubscribe = live.subscribe(event => {
        if (waiting !== 'change') waiting = event;
        wake?.();
      });
      /** False when the client did not take it in time. */
      const send = async (text: string) => {
        const done = new AbortController();
        const late = clock.sleep(PATIENCE_MS, AbortSignal.any([done.signal, over])).then(() => false);
        const taken = await Promise.race([stream.write(text).then(() => true), late]);
        done.abort();
        return taken;
      };
      try {
        let reads = await send(`retry: 1000\nid: ${live.version()}\n\n`);
        while (reads && !over.aborted) {
          if (waiting === undefined) {
            const woken = new AbortController();
            wake = () => woken.abort();
            await clock.sleep(KEEPALIVE_MS, AbortSignal.any([woken.signal, over]));
          }
          const event = waiting;
          waiting = undefined;
          reads = await send(
            event === undefined
              ? ':\n\n'
              : `event: netureon:${event}\nid: ${live.version()}\ndata: ${event}\n\n`,
          );
          await clock.sleep(REST_MS, over);
        }
        if (!reads && !over.aborted) {
          log.info('dropped a page that does not read its events');
          stream.abort();
        }
      } finally {
        unsubscribe();
      }
    });
  });
}
