/** Everything that a page of the list shows, read at once; counts are kept while the list stays as it is. */
import { facetsOf, type DeviceFacets } from '../store/device-facets.ts';
import { readDevices, refreshDeviceList, type DevicePage } from '../store/device-list.ts';
import type { DeviceQuery } from '../store/device-query.ts';
import { listViews } from '../store/saved-views.ts';
import { blindSpots, presenceOf, type Span } from '../store/site-presence.ts';
import { columnsOf, type Column } from './device-columns.ts';
import { PAGE_ROWS } from './device-address.ts';
import { createKept } from './kept.ts';
import type { SiteOptions } from './options.ts';
import { parseDeviceQuery } from './schema/device-query.ts';
import type { Timeline } from './views/device-row.tsx';
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

/** What two visitors see alike is read and drawn once; long enough for a crowd, too short for anybody to notice. */
const SHARED_FOR = 5 * SECOND;

interface Lines {
  readonly page: Pick<DevicePage, 'rows' | 'next'>;
  readonly timeline: Timeline;
}

export function createDeviceLists({ db, dbs, site, clock }: SiteOptions): DeviceLists {
  const counted = createKept<DeviceFacets>(200);
  const blind = createKept<Span[]>(2);
  const rows = createKept<Lines>(30);

  const readLines = async (
    siteId: number | null,
    query: DeviceQuery,
    columns: readonly Column[],
    now: Date,
  ): Promise<Lines> => {
    const from = new Date(now.getTime() - DAY);
    const isDrawn = columns.includes('line');
    const when = String(Math.floor(now.getTime() / BLIND_FOR));
    const [page, unseen] = await Promise.all([
      readDevices(db, siteId, query),
      isDrawn ? blind.get(when, () => blindSpots(db, site, from, now)) : [],
    ]);
    const ids = page.rows.map(({ id }) => id);
    const spans = isDrawn ? await presenceOf(db, site, ids, from, now) : new Map<number, Span[]>();
    return { page, timeline: { spans, blind: unseen, from, to: now } };
  };

  return {
    read: async search => {
      const { query, bad } = parseDeviceQuery(search, PAGE_ROWS);
      const { columns, isBad } = columnsOf(search);
      const now = clock.now();
      const { siteId, version } = await refreshDeviceList(db, site);
      // How many there are is the same on every page and in any order.
      const asked = { ...query, sort: null, reverse: null, limit: null, after: null };
      const key = JSON.stringify([siteId, version, Math.floor(now.getTime() / COUNTED_FOR), asked]);
      const counts = counted.get(key, () => facetsOf(db, site, query));
      const shared = JSON.stringify([
        siteId,
        version,
        Math.floor(now.getTime() / SHARED_FOR),
        query,
        columns,
      ]);
      const lines = rows.get(shared, () => readLines(siteId, query, columns, now));
      const [{ page, timeline }, facets, views] = await Promise.all([
        lines,
        counts,
        listViews(dbs.own, site, currentVisit()?.visitor?.userId ?? null),
      ]);
      return {
        query,
        columns,
        page: { ...page, total: facets.total },
        facets,
        timeline,
        views,
        shared,
        bad: isBad ? [...bad, 'cols'] : bad,
      };
    },
  };
}
