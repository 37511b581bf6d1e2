/** What the presence of one device is drawn from: strips for the whole and for each address, a table, and the usual week. */
import { unlookedOf, visitsOf } from '../store/device-visits.ts';
import type { Device } from '../store/site-device.ts';
import type { SiteOptions } from './options.ts';
import { byAddress, islandsOf, shareOf, type Island, type Stretch } from './presence-islands.ts';
import type { ShownRange } from './schema/device-range.ts';
import { zone } from './times.ts';
import { weekHours } from './week-hours.ts';

export interface Lane {
  /** null: all addresses together. */
  readonly ip: string | null;
  /** As they are drawn. */
  readonly islands: readonly Island[];
  /** null: nobody looked. */
  readonly share: number | null;
}

export interface PresenceChart {
  readonly range: ShownRange;
  readonly lanes: readonly Lane[];
  /** Addresses of this time that have no lane of their own. */
  readonly moreLanes: number;
  /** Exact, the latest first, of most TABLE rows. */
  readonly table: readonly Island[];
  readonly blind: readonly Stretch[];
  /** Of the last four weeks; see week-hours.ts. */
  readonly week: readonly (readonly (number | null)[])[];
}

const DAY = 24 * 60 * 60 * 1000;
const USUAL = 28 * DAY;
/** A strip is some 1000 pixels wide: what lies closer together looks joined. */
const PIXELS = 600;
const LANE_PIXELS = 300;
const MOST_LANES = 6;
export const TABLE = 50;

export async function readPresenceChart(
  { db, site }: SiteOptions,
  { id: device, firstSeenAt }: Pick<Device, 'id' | 'firstSeenAt'>,
  range: ShownRange,
  now: Date,
): Promise<PresenceChart> {
  const usual = new Date(now.getTime() - USUAL);
  // One reading for both where the shown time lies within the usual weeks.
  const whole = range.from >= usual ? { ...range, from: usual, to: now } : range;
  const read = async ({ from, to }: { readonly from: Date; readonly to: Date }) => {
    const [visits, gaps] = await Promise.all([
      visitsOf(db, site, device, from, to),
      unlookedOf(db, site, device, from, to),
    ]);
    return { visits, blind: gaps.map(gap => ({ from: gap.from.getTime(), to: gap.to.getTime() })) };
  };
  const [shown, weeks] = await Promise.all([
    read(whole),
    whole === range ? read({ from: usual, to: now }) : undefined,
  ]);
  const { from, to } = stretchOf(range);
  const visits = clip(shown.visits, from, to);
  const blind = clip(shown.blind, from, to);
  const islands = islandsOf(visits);
  const addresses = [...byAddress(visits)];
  const lane = (ip: string | null, exact: readonly Island[], pixels: number): Lane => ({
    ip,
    // What is joined for the eye keeps its number of visits.
    islands: coarse(exact, (to - from) / pixels),
    // Before it was seen for the first time it was not away: nobody knew of it.
    share: shareOf(exact, blind, { from: Math.min(to, Math.max(from, firstSeenAt.getTime())), to }),
  });
  const { visits: ofWeeks, blind: blindWeeks } = weeks ?? shown;
  return {
    range,
    lanes: [
      lane(null, islands, PIXELS),
      ...addresses.slice(0, MOST_LANES).map(([ip, own]) => lane(ip, islandsOf(own), LANE_PIXELS)),
    ],
    moreLanes: Math.max(0, addresses.length - MOST_LANES),
    table: islands.toReversed().slice(0, TABLE),
    blind,
    week: weekHours(
      islandsOf(ofWeeks),
      blindWeeks,
      { from: Math.max(usual.getTime(), firstSeenAt.getTime()), to: now.getTime() },
      zone(),
    ),
  };
}

function stretchOf({ from, to }: ShownRange): Stretch {
  return { from: from.getTime(), to: to.getTime() };
}

function clip<S extends Stretch>(stretches: readonly S[], from: number, to: number): S[] {
  return stretches
    .filter(stretch => stretch.to >= from && stretch.from <= to)
    .map(stretch => ({ ...stretch, from: Math.max(stretch.from, from), to: Math.min(stretch.to, to) }));
}

function coarse(islands: readonly Island[], gapMs: number): Island[] {
  const joined: Island[] = [];
  for (const island of islands) {
    const last = joined.at(-1);
    if (last !== undefined && island.from - last.to <= gapMs)
      joined[joined.length - 1] = { from: last.from, to: island.to, visits: last.visits + island.visits };
    else joined.push(island);
  }
  return joined;
}
