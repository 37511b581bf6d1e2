/** `/help` */
import { Hono } from 'hono';
import { frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { Help } from '../views/help.tsx';

export function helpRoutes(options: SiteOptions): Hono {
  return new Hono().get('/help', async c => c.html(<Help frame={await frameOf(c, options)} />));
}
