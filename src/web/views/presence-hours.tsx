/** How many devices were here in each hour of the last seven days; each day leads to the time machine. */
import type { PresenceHour } from '../../store/coverage.ts';
import { amount, formatAt, zone } from '../times.ts';
import { localDay, localMinute } from '../past-time.ts';
import { text } from '../visit.ts';
import { HeatMap, type HeatCell } from './chart/heat-map.tsx';

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
const HOUR_MS = 60 * 60 * 1000;
const DAYS = 7;

export const PresenceHours = ({ hours, now }: { hours: readonly PresenceHour[]; now: Date }) => {
  const { heat } = text().overview;
  const byDay = new Map<string, Map<number, PresenceHour>>();
  for (const hour of hours) {
    const local = localMinute(hour.hour, zone());
    const day = byDay.get(local.slice(0, 10)) ?? new Map<number, PresenceHour>();
    byDay.set(local.slice(0, 10), day);
    const at = Number(local.slice(11, 13));
    // The hour that clocks show twice is one cell: of both the fuller one.
    const twin = day.get(at);
    day.set(at, twin === undefined || hour.devices > twin.devices ? hour : twin);
  }
  const days = [...byDay].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(-DAYS);
  return (
    <section class="panel wide" id="hours" aria-labelledby="hours-title">
      <h2 id="hours-title">{heat.title}</h2>
      <div class="heat-frame">
        <HeatMap
          caption={heat.caption}
          corner={heat.corner}
          noneWord={heat.none}
          columns={HOURS}
          rows={days.map(([day, cells]) => ({
            label: <DayLink day={day} cells={cells} now={now} />,
            cells: HOURS.map((_, hour) => cellOf(cells.get(hour), now)),
          }))}
        />
      </div>
    </section>
  );
};

/** To noon of that day, or to its last hour that has come. */
const DayLink = ({
  day,
  cells,
  now,
}: {
  day: string;
  cells: ReadonlyMap<number, PresenceHour>;
  now: Date;
}) => {
  const hours = [...cells.values()].map(({ hour }) => hour.getTime());
  const at = new Date(Math.min(now.getTime(), Math.max(...hours, 0)));
  const isToday = day === localDay(now, zone());
  return <a href={isToday ? '/past' : `/past?at=${day}T12:00`}>{formatAt(at, 'weekday')}</a>;
};

function cellOf(hour: PresenceHour | undefined, now: Date): HeatCell | null | undefined {
  if (hour === undefined) return undefined;
  if (hour.lookedMs === 0) return null;
  const { heat } = text().overview;
  const words = heat.cell(formatAt(hour.hour, 'weekday'), formatAt(hour.hour, 'clock'), hour.devices);
  // An hour that goes on has not been looked at whole, and that is no fault.
  const due = Math.min(HOUR_MS, now.getTime() - hour.hour.getTime());
  const isPartly = hour.lookedMs < due - 10 * 60_000;
  return {
    value: hour.devices,
    title: isPartly ? `${words}, ${heat.partly(Math.round(hour.lookedMs / 60_000))}` : words,
    ...(hour.devices < 1000 ? {} : { short: `${amount(hour.devices / 1000, 1)}k` }),
  };
}
