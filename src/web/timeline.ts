/** The bars of the devices on one page. */
import type { Db } from '../store/session.ts';
import { blindSpots, presenceOf } from '../store/site-presence.ts';
import type { Timeline } from './views/device-row.tsx';

export async function readTimeline(
  db: Db,
  site: string,
  devices: readonly { readonly id: number }[],
  from: Date,
  to: Date,
): Promise<Timeline> {
  const ids = devices.map(({ id }) => id);
  const [spans, blind] = await Promise.all([
    presenceOf(db, site, ids, from, to),
    blindSpots(db, site, from, to),
  ]);
  return { spans, blind, from, to };
}
