/** `/assets/:name`: under its hash for ever, without it with an ETag. */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { SiteOptions } from '../options.ts';
import { text } from '../visit.ts';

export function assetRoutes({ assets }: SiteOptions): Hono {
  return new Hono()
    .get('/assets/:name', c => {
      const asset = assets.get(c.req.param('name'));
      if (asset === undefined) throw new HTTPException(404, { message: text().told.problem.noFile });
      const etag = `"${asset.hash}"`;
      c.header('ETag', etag);
      c.header(
        'Cache-Control',
        c.req.query('v') === asset.hash ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
      // A compressed answer carries the same hash as a weak one.
      if ((c.req.header('if-none-match') ?? '').includes(etag)) return c.body(null, 304);
      return c.body(asset.body, 200, { 'Content-Type': asset.type });
    })
    .get('/favicon.ico', c => c.redirect(assets.url('icon.svg'), 302));
}
