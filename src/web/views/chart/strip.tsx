/**
 * Time as thin strips, one below the other on one axis: presence of a device, scans of a network. Hatched (`unseen`)
 * where nobody looked.
 */
import type { Child } from 'hono/jsx';
import { Axis, percent } from './axis.tsx';

export type StripKind = 'seen' | 'quiet' | 'unseen' | 'bad';

export interface StripSpan {
  readonly from: Date;
  readonly to: Date;
  readonly kind: StripKind;
  /** On hover: what, from when to when. */
  readonly title?: string;
}

export interface StripRow {
  /** Beside the strip; null where the page says it. */
  readonly label: Child;
  /** The strip in words, for who cannot see it: `99 % looked at`. */
  readonly words: string;
  readonly spans: readonly StripSpan[];
  /** At the right end, such as a share. */
  readonly value?: string;
}

interface StripProps {
  readonly rows: readonly StripRow[];
  readonly from: Date;
  readonly to: Date;
  /** Without it the axis is left out. */
  readonly axis?: boolean;
  /** In pixels. */
  readonly height?: number;
}

export const Strip = ({ rows, from, to, axis = true, height = 12 }: StripProps) => {
  const labelled = rows.some(({ label }) => label !== null);
  return (
    <div class={`strips${labelled ? ' labelled' : ''}`}>
      {rows.map(row => (
        <div class="strip">
          {labelled && <span class="strip-label">{row.label}</span>}
          <StripBar row={row} from={from} to={to} height={height} />
          {row.value !== undefined && <span class="strip-value">{row.value}</span>}
        </div>
      ))}
      {axis && (
        <div class="strip">
          {labelled && <span class="strip-label"></span>}
          <Axis from={from} to={to} />
          {rows.some(({ value }) => value !== undefined) && <span class="strip-value"></span>}
        </div>
      )}
    </div>
  );
};

const StripBar = ({ row, from, to, height }: { row: StripRow; from: Date; to: Date; height: number }) => {
  const whole = to.getTime() - from.getTime();
  const share = (at: Date) => Math.min(1, Math.max(0, (at.getTime() - from.getTime()) / whole));
  return (
    <svg class="strip-bar" width="100%" height={height} role="img" aria-label={row.words}>
      <rect class="track" width="100%" height={height} />
      {row.spans.map(span => (
        <rect
          class={span.kind}
          x={percent(share(span.from))}
          // What was short is still seen.
          width={percent(Math.max(0.0015, share(span.to) - share(span.from)))}
          height={height}
        >
          {span.title !== undefined && <title>{span.title}</title>}
        </rect>
      ))}
    </svg>
  );
};
