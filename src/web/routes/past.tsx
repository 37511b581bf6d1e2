/** `/past`: the whole network as of any minute. */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { codeOf } from '../../lib/errors.ts';
import { keptSince } from '../../store/past.ts';
import { frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { gatherPast, type PastData } from '../past-page.ts';
import { readPast, type PastAsked } from '../schema/past.ts';
import { zone } from '../times.ts';
import { Past } from '../views/past.tsx';
import { text } from '../visit.ts';

export function pastRoutes(options: SiteOptions): Hono {
  const { db, site } = options;
  return new Hono().get('/past', async c => {
    const { now, first } = await keptSince(db, site);
    const known = { now, first, zone: zone() };
    let asked = readPast(c.req.query(), known.zone, now, first);
    let data: PastData;
    try {
      data = await gatherPast(db, site, asked, known);
    } catch (error) {
      if (asked.after === null || codeOf(error) !== 'usage') throw error;
      // A key of this list is not made by hand.
      asked = withoutPage(asked);
      data = await gatherPast(db, site, asked, known);
    }
    if (asked.network !== null && !data.networks.some(({ id }) => id === asked.network))
      throw new HTTPException(404, { message: text().past.noNetwork });
    const frame = await frameOf(c, options);
    return c.html(<Past frame={frame} data={data} />, Object.keys(asked.errors).length === 0 ? 200 : 400);
  });
}

function withoutPage(asked: PastAsked): PastAsked {
  return { ...asked, after: null, errors: { ...asked.errors, after: text().past.error.page } };
}
