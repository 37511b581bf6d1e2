/** Hours and days below a chart, at round times of the viewer's zone. */
import { momentIn } from '../../../lib/time-zone.ts';
import { currentVisit } from '../../visit.ts';

export interface Tick {
  readonly at: Date;
  /** From 0 (left end) to 1. */
  readonly share: number;
  readonly word: string;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
/** Steps in hours of the wall clock; the first with at most so many ticks is taken. */
const STEPS = [1, 2, 3, 6, 12, 24, 48, 168, 336, 720, 1440, 2160] as const;
const MOST = 9;

/** @param zone IANA name */
function ticksOf(from: Date, to: Date, zone: string, language: string): Tick[] {
  const whole = to.getTime() - from.getTime();
  if (whole <= 0) return [];
  const step = STEPS.find(hours => whole / (hours * HOUR) <= MOST) ?? 8760;
  const format = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    timeZone: zone,
    ...(step < 24 ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' }),
  });
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  const ticks: Tick[] = [];
  // By the wall clock: a day of 23 or 25 hours has its noon at 12:00 too.
  const first = Math.floor(Date.parse(day.format(from)) / DAY);
  const last = Math.ceil(Date.parse(day.format(to)) / DAY);
  for (let n = first; n <= last; n++) {
    if (step > 24 && n % (step / 24) !== 0) continue;
    const date = new Date(n * DAY).toISOString().slice(0, 10);
    for (let hour = 0; hour < 24; hour += Math.min(step, 24)) {
      const at = momentIn(zone, `${date} ${String(hour).padStart(2, '0')}:00`);
      const share = at === undefined ? -1 : (at.getTime() - from.getTime()) / whole;
      if (at !== undefined && share >= 0 && share <= 1) ticks.push({ at, share, word: format.format(at) });
    }
  }
  return ticks;
}

/** Labels that do not stretch with the chart. Silent: whoever cannot see the chart has its table. */
export const Axis = ({ from, to }: { from: Date; to: Date }) => {
  const visit = currentVisit();
  return (
    <svg class="axis-line" width="100%" height="16" aria-hidden="true" focusable="false">
      {ticksOf(from, to, visit?.zone ?? 'UTC', visit?.language ?? 'en').map(({ share, word }) => (
        <g>
          <line x1={percent(share)} x2={percent(share)} y1="0" y2="4" />
          <text
            x={percent(share)}
            y="14"
            text-anchor={share < 0.04 ? 'start' : share > 0.96 ? 'end' : 'middle'}
          >
            {word}
          </text>
        </g>
      ))}
    </svg>
  );
};

/** `12.5%`; svg takes it as a coordinate, so that nothing is stretched. */
export function percent(share: number): string {
  return `${Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100}%`;
}
