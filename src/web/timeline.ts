/** The bars of the devices on one page. */
import type { Db } from '../store/session.ts';
import { blindSpots, presenceOf } from '../store/site-presence.ts';
import type { Timeline } from './views/device-row.tsx';

const DAY = 24 * 60 * 60 * 1000;

/** Presence of the last day. When nobody looked is asked at once, while the caller still reads which devices to show. */
export function readTimeline(
  db: Db,
  site: string,
  devices: Promise<{ readonly rows: readonly { readonly id: number }[] }>,
  to: Date,
): Promise<Timeline> {
  const from = new Date(to.getTime() - DAY);
  const spans = devices.then(({ rows }) =>
    presenceOf(
      db,
      site,
      rows.map(({ id }) => id),
      from,
      to,
    ),
  );
  return Promise.all([spans, blindSpots(db, site, from, to)]).then(([spans, blind]) => ({
    spans,
    blind,
    from,
    to,
  }));
}
