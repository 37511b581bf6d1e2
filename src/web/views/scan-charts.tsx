/** How well was looked, over a day, a week, a month or a year. */
import { percentOf, totalOf, type Stretch } from '../scan-charts.ts';
import type { SpanName } from '../schema/scans.ts';
import { amount, formatAt, took } from '../times.ts';
import { text } from '../visit.ts';
import type { ScanCount } from '../../store/scan-counts.ts';
import { Bars, type Bar } from './chart/bars.tsx';

interface ChartProps {
  readonly title: string;
  readonly sentence: string;
  readonly bars: readonly Bar[];
  readonly most?: number;
}

interface ChartsProps {
  stretches: readonly Stretch[];
  span: SpanName;
}

export const ScanCharts = ({ stretches, span }: ChartsProps) => {
  const words = text().scans.chart;
  const total = totalOf(stretches);
  if (total.scans === 0) return <p class="nothing">{words.none}</p>;
  const barsOf = (value: (count: ScanCount) => number, say: (value: number) => string): Bar[] =>
    stretches.map(({ at, count }) => {
      const own = count === null ? null : value(count);
      return { label: labelOf(at, span), value: own, ...(own === null ? {} : { words: say(own) }) };
    });
  const round = (n: number) => amount(n < 10 ? Math.round(n * 10) / 10 : Math.round(n));
  const seconds = (ms: number) => took(Math.round(ms));
  const charts: readonly ChartProps[] = [
    {
      title: words.coverage,
      sentence: words.coverageWords(percentOf(total.coverage ?? 0)),
      most: 1,
      bars: stretches.map(({ at, count, coverage }) => ({
        label: labelOf(at, span),
        // What nobody looked at for the whole stretch is hatched, not empty.
        value: count === null || !(count.lookedMs > 0) ? null : coverage,
        ...(coverage === null ? {} : { words: percentOf(coverage) }),
      })),
    },
    {
      title: words.duration,
      sentence: words.durationWords(seconds(total.durationMs), seconds(total.longestMs)),
      bars: barsOf(count => count.durationMs / count.scans, seconds),
    },
    {
      title: words.answered,
      sentence: words.answeredWords(round(total.answered)),
      bars: barsOf(count => count.answered / count.scans, round),
    },
    {
      title: words.frames,
      sentence: words.framesWords(round(total.frames)),
      bars: barsOf(count => count.frames / count.scans, round),
    },
    {
      title: words.problems,
      sentence: words.problemsWords(total.incomplete, total.scans),
      bars: barsOf(
        count => count.partial + count.failed,
        n => amount(n),
      ).map((bar): Bar => ((bar.value ?? 0) > 0 ? { ...bar, kind: 'bad' } : bar)),
    },
  ];
  return (
    <div class="scan-charts">
      {charts.map(({ title, sentence, bars, most }) => (
        <section>
          <h3>{title}</h3>
          <p class="chart-words">{sentence}</p>
          <Bars
            bars={bars}
            words={`${title}: ${sentence}`}
            heads={[words.when, title]}
            tableWord={words.asTable}
            noneWord={words.notLooked}
            height={56}
            {...(most === undefined ? {} : { most })}
          />
        </section>
      ))}
    </div>
  );
};

function labelOf(at: Date, span: SpanName): string {
  if (span === 'day') return formatAt(at, 'clock');
  if (span === 'year') return formatAt(at, 'date', 'UTC');
  return `${formatAt(at, span === 'week' ? 'weekday' : 'date')}, ${formatAt(at, 'clock')}`;
}
