/** Values side by side as bars; hatched where there is none. The same numbers as a table below, folded away. */
import { percent } from './axis.tsx';

export interface Bar {
  /** Of the table, and on hover: `14:00`, `12 Nov`. */
  readonly label: string;
  /** null: nobody looked, or nothing was measured. */
  readonly value: number | null;
  /** As people read it: `0.8 s`; the number itself otherwise. */
  readonly words?: string;
  /** Drawn in the colour of trouble, such as scans that failed. */
  readonly kind?: 'bad' | 'warn';
}

interface BarsProps {
  readonly bars: readonly Bar[];
  /** What the chart shows, in words, for who cannot see it: `Scans took 0.8 s on average, at most 2 s`. */
  readonly words: string;
  /** Heads of the table. */
  readonly heads: readonly [label: string, value: string];
  /** What opens the table: `As a table`. */
  readonly tableWord: string;
  /** Instead of a value that is null: `not looked`. */
  readonly noneWord: string;
  /** In pixels. */
  readonly height?: number;
  /** The top of the scale; the largest value otherwise. */
  readonly most?: number;
}

export const Bars = ({ bars, words, heads, tableWord, noneWord, height = 64, most }: BarsProps) => {
  const top = most ?? Math.max(0, ...bars.map(({ value }) => value ?? 0));
  return (
    <figure class="bars">
      <svg width="100%" height={height} role="img" aria-label={words}>
        {bars.map((bar, index) => {
          const share = bar.value === null || top === 0 ? 0 : Math.min(1, bar.value / top);
          // Something is never as low as nothing.
          const tall =
            bar.value === null ? height : bar.value === 0 ? 1 : Math.max(3, Math.round(share * height));
          return (
            <rect
              class={bar.value === null ? 'unseen' : (bar.kind ?? (bar.value === 0 ? 'none' : 'some'))}
              x={percent((index + 0.08) / bars.length)}
              width={percent(0.84 / bars.length)}
              y={height - tall}
              height={tall}
            >
              <title>{`${bar.label}: ${wordsOf(bar, noneWord)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{bars[0]?.label}</span>
        <span>{bars.at(-1)?.label}</span>
      </figcaption>
      <details class="as-table">
        <summary>{tableWord}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{heads[0]}</th>
              <th scope="col" class="number">
                {heads[1]}
              </th>
            </tr>
          </thead>
          <tbody>
            {bars.map(bar => (
              <tr>
                <th scope="row">{bar.label}</th>
                <td class="number">{wordsOf(bar, noneWord)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
};

function wordsOf({ value, words }: Bar, noneWord: string): string {
  return value === null ? noneWord : (words ?? String(value));
}
