/** `/map`: networks, gateways, scanners and devices as a drawing, and as a list. */
import { Hono } from 'hono';
import { readMap } from '../../store/map.ts';
import { frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { NetworkMap } from '../views/map.tsx';

export function mapRoutes(options: SiteOptions): Hono {
  const { db, site } = options;
  return new Hono().get('/map', async c => {
    const map = await readMap(db, site);
    return c.html(<NetworkMap frame={await frameOf(c, options)} {...map} />);
  });
}
