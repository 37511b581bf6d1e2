/** From a request to its visit: who asks, in which language and zone, and as which database role. */
import type { Context, MiddlewareHandler } from 'hono';
import { actingDb } from './dbs.ts';
import { localeOf, siteZoneReader } from './locale.ts';
import type { SiteOptions } from './options.ts';
import { duringVisit, type Visit, type Visitor } from './visit.ts';

export function visiting(options: SiteOptions): MiddlewareHandler {
  const siteZone = siteZoneReader(options.dbs.as.viewer, options.site, options.clock);
  return async (c, next) => duringVisit(visitOf(c, options, await siteZone()), next);
}

/** Who holds a signed link may decide about its alert and device, and its routes do nothing else. */
const BY_LINK: Visitor = { userId: null, name: 'Somebody', role: 'operator' };

function visitOf(c: Context, { dbs }: SiteOptions, siteZone: string): Visit {
  const byLink = c.req.path.startsWith('/l/');
  const visitor: Visitor = byLink ? BY_LINK : { userId: null, name: 'this site', role: 'admin' };
  const pool = dbs.as[visitor.role];
  const isLooking = c.req.method === 'GET' || c.req.method === 'HEAD';
  return {
    visitor,
    db: isLooking ? pool : actingDb(pool, visitor.name, byLink ? 'link' : 'site'),
    ...localeOf(c, siteZone),
  };
}
