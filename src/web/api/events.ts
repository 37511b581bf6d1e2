/** `/api/v1/events`: a stream of hints (Server-Sent Events). They say that something changed, not what: read it again. */
import { z, type OpenAPIHono } from '@hono/zod-openapi';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { createBounds } from '../bounds.ts';
import type { SiteOptions } from '../options.ts';
import { problemResponses } from './document.ts';
import { addressOf, admitted, answering, notThatWay } from './mount.ts';
import { ApiProblem } from './problem.ts';

const PATH = '/events';
/** Programs that listen at once; each costs a socket and no connection to the database. */
const MOST_STREAMS = 100;
/** Of them for one user, with whatever tokens. */
const MOST_OF_ONE = 50;
/** Finds out who has gone, and whose token was revoked: each time the token is asked about again. */
const KEEPALIVE_MS = 20_000;
/** Who has not taken a few bytes by then does not read. */
const PATIENCE_MS = 10_000;
/** Bursts become one hint. */
const REST_MS = 300;

export function eventRoutes(options: SiteOptions): Hono {
  const { live, clock, log } = options;
  let streams = 0;
  const bounds = createBounds(MOST_OF_ONE);
  return new Hono()
    .get(addressOf(PATH), c =>
      answering(c, options, async () => {
        const visitor = await admitted(c, 'viewer', options);
        // Nobody would read it, and nobody would end it.
        if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
        const leave = bounds.take([`user ${visitor?.userId ?? 'nobody'}`]);
        if (leave === undefined)
          throw new ApiProblem(503, `This user’s programs listen ${MOST_OF_ONE} times already.`, {
            headers: { 'Retry-After': '30' },
          });
        if (live.closing.aborted || streams >= MOST_STREAMS) {
          leave();
          throw new ApiProblem(503, 'Too many programs listen already.', {
            headers: { 'Retry-After': '30' },
          });
        }
        const seen = c.req.header('last-event-id');
        streams += 1;
        return streamSSE(c, async stream => {
          const gone = new AbortController();
          stream.onAbort(() => gone.abort());
          const over = AbortSignal.any([gone.signal, live.closing]);
          let waiting: 'scan' | 'change' | undefined =
            seen === undefined || seen === live.version() ? undefined : 'change';
          let wake: (() => void) | undefined;
          const unsubscribe = live.subscribe(event => {
            if (waiting !== 'change') waiting = event;
            wake?.();
          });
          const send = async (text: string) => {
            const done = new AbortController();
            const late = clock
              .sleep(PATIENCE_MS, AbortSignal.any([done.signal, over]))
              .then(() => over.aborted);
            const taken = await Promise.race([stream.write(text).then(() => true), late]);
            done.abort();
            return taken;
          };
          const mayStill = () =>
            admitted(c, 'viewer', options).then(
              () => true,
              () => false,
            );
          try {
            let reads = await send(`retry: 2000\nid: ${live.version()}\n\n`);
            while (reads && !over.aborted) {
              if (waiting === undefined) {
                const woken = new AbortController();
                wake = () => woken.abort();
                await clock.sleep(KEEPALIVE_MS, AbortSignal.any([woken.signal, over]));
              }
              if (over.aborted || !(await mayStill())) break;
              const event = waiting;
              waiting = undefined;
              reads = await send(
                event === undefined
                  ? ':\n\n'
                  : `event: ${event}\nid: ${live.version()}\ndata: ${JSON.stringify({ what: event })}\n\n`,
              );
              await clock.sleep(REST_MS, over);
            }
            if (!reads && !over.aborted) {
              log.info('dropped a program that does not read its events');
              stream.abort();
            }
          } finally {
            streams -= 1;
            leave();
            unsubscribe();
          }
        });
      }),
    )
    .all(addressOf(PATH), c => notThatWay(c, ['GET', 'HEAD']));
}

export function documentEvents(registry: OpenAPIHono['openAPIRegistry']): void {
  registry.registerPath({
    method: 'get',
    path: PATH,
    operationId: 'listen',
    tags: ['Site'],
    summary: 'A stream of hints that something changed',
    description:
      'Server-Sent Events: `scan` (somebody looked, and all is as before) and `change` (read again what you show). Who comes back with Last-Event-ID is told at once when something changed meanwhile. Scope: read.',
    responses: {
      200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
      ...problemResponses([401, 403, 503]),
    },
  });
}
