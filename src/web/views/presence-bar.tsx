/** Presence as a thin bar over time; hatched where nobody looked. */
import type { Span } from '../../store/site-presence.ts';
import { text } from '../visit.ts';

interface BarProps {
  spans: readonly Span[];
  blind: readonly Span[];
  from: Date;
  to: Date;
  /** Near the width it will have in pixels, so that the hatching is not stretched. */
  width?: number;
}

const HEIGHT = 10;

/** The pattern that bars refer to; once per page. */
export const BarDefs = () => (
  <svg class="defs" width="0" height="0" aria-hidden="true" focusable="false">
    <defs>
      <pattern id="unseen" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="unseen-ground" width="4" height="4" />
        <rect class="unseen-line" width="1.2" height="4" />
      </pattern>
    </defs>
  </svg>
);

export const PresenceBar = ({ spans, blind, from, to, width = 420 }: BarProps) => (
  <svg
    class="bar"
    viewBox={`0 0 ${width} ${HEIGHT}`}
    height={HEIGHT}
    preserveAspectRatio="none"
    role="img"
    aria-label={describe(spans, from, to)}
  >
    <rect class="track" width={width} height={HEIGHT} />
    <path class="seen" d={boxes(spans, from, to, width)} />
    {blind.length > 0 && <path class="unseen" d={boxes(blind, from, to, width)} />}
  </svg>
);

function boxes(spans: readonly Span[], from: Date, to: Date, whole: number): string {
  return spans
    .map(span => {
      const left = position(span.from, from, to, whole);
      // A short visit is still seen: at least a pixel or so.
      const width = Math.max(1, position(span.to, from, to, whole) - left);
      return `M${left} 0h${round(width)}v${HEIGHT}h${-round(width)}z`;
    })
    .join('');
}

function position(at: Date, from: Date, to: Date, whole: number): number {
  const share = (at.getTime() - from.getTime()) / (to.getTime() - from.getTime());
  return round(Math.min(1, Math.max(0, share)) * whole);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function describe(spans: readonly Span[], from: Date, to: Date): string {
  const whole = to.getTime() - from.getTime();
  const seen = spans.reduce((sum, span) => sum + span.to.getTime() - span.from.getTime(), 0);
  const percent = Math.round((100 * Math.min(seen, whole)) / whole);
  const hours = Math.round(whole / 3_600_000);
  const { shareOfDays, shareOfHours } = text().devices;
  return hours > 48 ? shareOfDays(percent, Math.round(hours / 24)) : shareOfHours(percent, hours);
}
