/** Everything that a page of the list shows, read at once; counts are kept while the list stays as it is. */
import { facetsOf, type DeviceFacets } from '../store/device-facets.ts';
import { countDevices, readDevices, refreshDeviceList } from '../store/device-list.ts';
import { listViews } from '../store/saved-views.ts';
import { blindSpots, presenceOf, type Span } from '../store/site-presence.ts';
import { columnsOf } from './device-columns.ts';
import { PAGE_ROWS } from './device-address.ts';
import { createKept } from './kept.ts';
import type { SiteOptions } from './options.ts';
import { parseDeviceQuery } from './schema/device-query.ts';
import type { DevicesData } from './views/devices.tsx';
import { currentVisit } from './visit.ts';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
/** "Within 24 h" moves on by itself, if slowly. */
const COUNTED_FOR = 60 * SECOND;
/** A scan comes every 30 s; whether it did shows as five minutes without one. */
const BLIND_FOR = 15 * SECOND;

export interface DeviceLists {
  /** @param search the address behind the question mark */
  read(search: URLSearchParams): Promise<DevicesData>;
}

export function createDeviceLists({ db, site, clock }: SiteOptions): DeviceLists {
  const counted = createKept<{ total: number; facets: DeviceFacets }>(200);
  const blind = createKept<Span[]>(2);

  return {
    read: async search => {
      const { query, bad } = parseDeviceQuery(search, PAGE_ROWS);
      const { columns, isBad } = columnsOf(search);
      const now = clock.now();
      const from = new Date(now.getTime() - DAY);
      const { siteId, version } = await refreshDeviceList(db, site);
      // How many there are is the same on every page and in any order.
      const asked = { ...query, sort: null, reverse: null, limit: null, after: null };
      const key = JSON.stringify([siteId, version, Math.floor(now.getTime() / COUNTED_FOR), asked]);
      const counts = counted.get(key, async () => {
        const [total, facets] = await Promise.all([
          countDevices(db, siteId, query),
          facetsOf(db, site, query),
        ]);
        return { total, facets };
      });
      const rows = readDevices(db, siteId, query);
      const spans = columns.includes('line')
        ? rows.then(page =>
            presenceOf(
              db,
              site,
              page.rows.map(({ id }) => id),
              from,
              now,
            ),
          )
        : Promise.resolve(new Map<number, Span[]>());
      const unseen = columns.includes('line')
        ? blind.get(String(Math.floor(now.getTime() / BLIND_FOR)), () => blindSpots(db, site, from, now))
        : Promise.resolve([]);
      const [page, { total, facets }, ofDevices, ofNobody, views] = await Promise.all([
        rows,
        counts,
        spans,
        unseen,
        listViews(db, site, currentVisit()?.visitor?.userId ?? null),
      ]);
      return {
        query,
        columns,
        page: { ...page, total },
        facets,
        timeline: { spans: ofDevices, blind: ofNobody, from, to: now },
        views,
        bad: isBad ? [...bad, 'cols'] : bad,
      };
    },
  };
}
