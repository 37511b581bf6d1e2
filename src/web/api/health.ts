/**
 * `/healthz`: the process lives. `/readyz`: it can serve, for the database answers and has the schema that this release
 * was made for. `/metrics`: counts for Prometheus, to a token with the scope metrics or, by choice, to this machine.
 */
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context } from 'hono';
import { messageOf } from '../../lib/errors.ts';
import { readMetrics } from '../../store/metrics.ts';
import { schemaVersion } from '../../store/schema-version.ts';
import { visitorOfToken } from '../api-token.ts';
import { metricsText } from './metrics-text.ts';
import type { SiteOptions } from '../options.ts';

/** Prometheus text format. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const PLAIN = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
/** A probe is answered, whatever the database does. */
const READY_MS = 3_000;

export function healthRoutes(options: SiteOptions): Hono {
  const { dbs, site, clock, log, version, live, metrics, schema } = options;
  const startedAt = clock.now();
  let wasReady = true;

  const isReady = async (): Promise<boolean> => {
    const done = new AbortController();
    const late = clock.sleep(READY_MS, done.signal).then(() => {
      if (!done.signal.aborted) throw new Error('the database does not answer');
      return undefined;
    });
    try {
      const found = await Promise.race([schemaVersion(dbs.own), late]);
      const fits = found !== undefined && (schema === undefined || found === schema);
      if (!fits && wasReady) log.warn('the schema is not the one of this release', { found, wanted: schema });
      return fits;
    } catch (error) {
      if (wasReady) log.warn('not ready', { reason: messageOf(error) });
      return false;
    } finally {
      done.abort();
    }
  };

  const mayRead = async (c: Context): Promise<boolean> => {
    const found = await visitorOfToken(dbs.own, site, c.req.header('authorization'));
    if (found.kind === 'visitor') return found.visitor.scopes.includes('metrics');
    return found.kind === 'none' && metrics === 'loopback' && isOwnMachine(c);
  };

  return new Hono()
    .get('/healthz', c => c.body('ok\n', 200, PLAIN))
    .get('/readyz', async c => {
      wasReady = await isReady();
      return wasReady ? c.body('ready\n', 200, PLAIN) : c.body('not ready\n', 503, PLAIN);
    })
    .get('/metrics', async c => {
      if (!(await mayRead(c)))
        return c.body('Send a token with the scope metrics.\n', 401, {
          ...PLAIN,
          'WWW-Authenticate': 'Bearer realm="netureon", scope="metrics"',
        });
      const found = await readMetrics(dbs.as.viewer, site);
      const own = { version, startedAt, pages: live.subscribers, memory: process.memoryUsage().rss };
      return c.body(metricsText(found, own), 200, { 'Content-Type': TYPE, 'Cache-Control': 'no-store' });
    });
}

/** From here, and not through a proxy that speaks for somebody else. */
function isOwnMachine(c: Context): boolean {
  if (['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(name => c.req.header(name) !== undefined))
    return false;
  const address = addressOf(c);
  return address === '::1' || /^(?:::ffff:)?127\./.test(address ?? '');
}

/** Undefined where there is no socket, as in a test. */
function addressOf(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined;
  }
}
