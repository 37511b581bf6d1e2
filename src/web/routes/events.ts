/**
 * `/events`: a stream of hints (Server-Sent Events). All open pages share one subscription's worth of work: a hint is
 * encoded once, at most one waits for a page, and one clock serves them all. A page that does not read is dropped, never
 * buffered for. Streams end now and then: the browser comes back at once, and who may look is asked again.
 */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { createBounds } from '../bounds.ts';
import type { LiveEvent } from '../live.ts';
import type { SiteOptions } from '../options.ts';
import { currentVisit, text } from '../visit.ts';

/** Open pages at once; each costs a socket and some kilobytes. */
const MOST_STREAMS = 1_000;
/** Of them for one user: one who opens more leaves the others theirs. */
const MOST_OF_ONE = 600;
/** The common clock. What follows is counted in its ticks. */
const TICK_MS = 1_000;
/** A comment now and then keeps proxies from closing the stream, and finds out who has gone. */
const KEEPALIVE = 20;
/** A hint is a few bytes: who has not taken it by then does not read. */
const PATIENCE = 10;
/** So long a stream lasts; the next one is asked who it is for. */
const LIFE = 90;
/** Bursts become one hint. */
const REST_MS = 300;
/** Pages fetch themselves anew spread over so long for each page that is open: many are no stampede. */
const SPREAD_MS = 8;

interface Client {
  readonly out: ReadableStreamDefaultController<Uint8Array>;
  /** At most one hint waits: a change says everything that a scan would. */
  waiting: LiveEvent | undefined;
  /** Ticks since it was opened, since it was sent anything, and since it has left a hint lying. */
  age: number;
  idle: number;
  late: number;
  readonly close: () => void;
}

export function eventRoutes(options: Pick<SiteOptions, 'live' | 'clock' | 'log'>): Hono {
  const { live } = options;
  const streams = createStreams(options);
  const bounds = createBounds(MOST_OF_ONE);
  return new Hono().get('/events', c => {
    // Nobody would read it, and nobody would end it.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
    const leave = bounds.take([`user ${currentVisit()?.visitor?.userId ?? 'nobody'}`]);
    if (leave === undefined) throw new HTTPException(503, { message: text().told.problem.tooManyPages });
    if (live.closing.aborted || live.subscribers >= MOST_STREAMS) {
      leave();
      throw new HTTPException(503, { message: text().told.problem.tooManyPages });
    }
    const body = streams.open(c.req.header('last-event-id') ?? c.req.query('since'), leave);
    return new Response(body, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no', // nginx would keep them together
      },
    });
  });
}

function createStreams({ live, clock, log }: Pick<SiteOptions, 'live' | 'clock' | 'log'>) {
  const clients = new Set<Client>();
  const encoder = new TextEncoder();
  const COMMENT = encoder.encode(':\n\n');
  let opened = 0;
  let isTicking = false;
  let isResting = false;
  let encoded: { key: string; bytes: Uint8Array } | undefined;

  const bytesOf = (event: LiveEvent) => {
    const spread = live.subscribers * SPREAD_MS;
    const key = `${event} ${live.version()} ${spread}`;
    if (encoded?.key !== key)
      encoded = {
        key,
        bytes: encoder.encode(
          `event: netureon:${event}\nid: ${live.version()}\ndata: {"spread":${spread}}\n\n`,
        ),
      };
    return encoded.bytes;
  };
  /** As much as it takes now; the rest when it reads. */
  const deliver = (client: Client) => {
    if (client.waiting === undefined || (client.out.desiredSize ?? 0) <= 0) return;
    const bytes = bytesOf(client.waiting);
    // Before: whoever waits for it reads at once, and asks for more.
    client.waiting = undefined;
    client.idle = client.late = 0;
    client.out.enqueue(bytes);
  };
  const deliverAll = async () => {
    if (isResting) return;
    isResting = true;
    for (const client of clients) deliver(client);
    await clock.sleep(REST_MS, live.closing);
    isResting = false;
    if ([...clients].some(client => client.waiting !== undefined && client.late === 0)) void deliverAll();
  };
  const tick = (client: Client) => {
    client.age += 1;
    client.idle += 1;
    if ((client.out.desiredSize ?? 0) <= 0) client.late += 1;
    if (client.late > PATIENCE) {
      log.info('dropped a page that does not read its events');
      client.close();
      client.out.error(new Error('this page does not read its events'));
    } else if (client.age >= LIFE) {
      client.close();
      client.out.close();
    } else if (client.idle >= KEEPALIVE && client.late === 0) {
      client.idle = 0;
      client.out.enqueue(COMMENT);
    }
  };
  const tickAll = async () => {
    if (isTicking) return;
    isTicking = true;
    while (clients.size > 0 && !live.closing.aborted) {
      await clock.sleep(TICK_MS, live.closing);
      for (const client of clients) tick(client);
    }
    isTicking = false;
  };
  live.closing.addEventListener('abort', () => {
    for (const client of clients) {
      client.close();
      client.out.close();
    }
  });

  return {
    /** @param seen the version that the page shows; undefined: it does not say @param leave called when it ends */
    open: (seen: string | undefined, leave: () => void): ReadableStream<Uint8Array> => {
      let client: Client | undefined;
      return new ReadableStream<Uint8Array>(
        {
          start: out => {
            const unsubscribe = live.subscribe(event => {
              if (client === undefined || client.waiting === 'change') return;
              client.waiting = event;
              void deliverAll();
            });
            opened += 1;
            const made: Client = {
              out,
              waiting: seen === undefined || seen === live.version() ? undefined : 'change',
              // Those that were opened together neither end nor come back together.
              age: opened % (LIFE / 3),
              idle: opened % KEEPALIVE,
              late: 0,
              close: () => {
                unsubscribe();
                clients.delete(made);
                leave();
              },
            };
            client = made;
            clients.add(made);
            out.enqueue(encoder.encode(`retry: ${1000 + (opened % 20) * 100}\nid: ${live.version()}\n\n`));
            void tickAll();
          },
          pull: () => {
            if (client === undefined) return;
            client.late = 0;
            deliver(client);
          },
          cancel: () => client?.close(),
        },
        { highWaterMark: 1 },
      );
    },
  };
}
