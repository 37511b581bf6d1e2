/** Messages per day as bars, drawn on the server; the same numbers as a table for who cannot see them. */
import { formatAt } from '../times.ts';
import { text } from '../visit.ts';

interface ChartProps {
  /** Oldest first, days without a message included. */
  readonly days: readonly { readonly day: string; readonly messages: number }[];
}

const BAR = 16;
const GAP = 4;
const HEIGHT = 56;

export const DayChart = ({ days }: ChartProps) => {
  const most = Math.max(1, ...days.map(({ messages }) => messages));
  const width = days.length * (BAR + GAP) - GAP;
  const first = days[0]?.day ?? '';
  const last = days.at(-1)?.day ?? '';
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={describe(days)}
      >
        {days.map(({ day, messages }, index) => {
          // A day with a message is never as low as one without.
          const height = messages === 0 ? 1 : Math.max(4, Math.round((messages / most) * HEIGHT));
          return (
            <rect
              class={messages === 0 ? 'none' : 'some'}
              x={index * (BAR + GAP)}
              y={HEIGHT - height}
              width={BAR}
              height={height}
            >
              <title>{`${dayWord(day)}: ${text().rules.chart.messages(messages)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{dayWord(first)}</span>
        <span>{text().rules.chart.most(Math.max(0, ...days.map(({ messages }) => messages)))}</span>
        <span>{dayWord(last)}</span>
      </figcaption>
    </figure>
  );
};

/** `12 Nov` of `2026-11-12` */
export function dayWord(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(at.getTime()) ? day : formatAt(at, 'date', 'UTC');
}

function describe(days: ChartProps['days']): string {
  const some = days.filter(({ messages }) => messages > 0);
  if (some.length === 0) return text().rules.chart.none(days.length);
  const most = some.reduce((a, b) => (b.messages > a.messages ? b : a));
  return text().rules.chart.some(some.length, days.length, dayWord(most.day), most.messages);
}
