/** When a device is usually here: its presence by weekday and hour of the viewer's clock. Pure. */
import { without, type Island, type Stretch } from './presence-islands.ts';

/** Zones differ from UTC by whole quarters of an hour. */
const STEP = 15 * 60 * 1000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const HOURS = 24;

/** [Monday to Sunday][hour]: the share of the looked time that it was here, 0 to 1; null: nobody looked then. */
export function weekHours(
  islands: readonly Island[],
  blind: readonly Stretch[],
  { from, to }: Stretch,
  zone: string,
): (number | null)[][] {
  const sums = WEEKDAYS.map(() => Array.from({ length: HOURS }, () => ({ here: 0, looked: 0 })));
  const cellAt = wallClock(zone);
  const add = (what: 'here' | 'looked', stretches: readonly Stretch[]) => {
    for (const stretch of stretches) {
      let at = Math.max(stretch.from, from);
      const end = Math.min(stretch.to, to);
      while (at < end) {
        const until = Math.min(end, (Math.floor(at / STEP) + 1) * STEP);
        const [day, hour] = cellAt(Math.floor(at / STEP));
        const sum = sums[day]?.[hour];
        if (sum !== undefined) sum[what] += until - at;
        at = until;
      }
    }
  };
  add('looked', without([{ from, to }], blind));
  add('here', without(islands, blind));
  return sums.map(day => day.map(({ here, looked }) => (looked === 0 ? null : Math.min(1, here / looked))));
}

/** What a clock of the zone shows in a quarter of an hour, asked once for each hour. */
function wallClock(zone: string): (quarter: number) => readonly [day: number, hour: number] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  const known = new Map<number, readonly [number, number]>();
  return quarter => {
    let cell = known.get(quarter);
    if (cell === undefined) {
      const shown = format.format(quarter * STEP);
      const day = WEEKDAYS.findIndex(weekday => shown.startsWith(weekday));
      cell = [day, Number(/\d+/.exec(shown)?.[0] ?? 0)];
      known.set(quarter, cell);
    }
    return cell;
  };
}
