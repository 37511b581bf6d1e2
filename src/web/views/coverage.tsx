/** When somebody looked at each network in the last day, as strips; hatched where nobody did. */
import { inert } from '../../lib/text.ts';
import { blindOf, type NetworkCoverage } from '../../store/coverage.ts';
import { text } from '../visit.ts';
import { formatAt } from '../times.ts';
import { Strip, type StripRow } from './chart/strip.tsx';
import type { Timeline } from './device-row.tsx';

type Spans = Pick<Timeline, 'blind' | 'from' | 'to'>;

/** The share of the time in which somebody looked, in whole percent; 100 only when nothing was left out. */
export function coveredPercent({ blind, from, to }: Spans): number {
  const missed = blind.reduce((sum, span) => sum + span.to.getTime() - span.from.getTime(), 0);
  return Math.floor(100 * (1 - missed / (to.getTime() - from.getTime())));
}

/** More than these say no more at a glance; the page of the networks has them all. */
const MOST = 6;

export const CoverageStrip = ({
  networks,
  timeline: { from, to },
}: {
  networks: readonly NetworkCoverage[];
  timeline: Timeline;
}) => (
  <div class="coverage-strip">
    <Strip
      from={from}
      to={to}
      rows={networks.slice(0, MOST).map(network => rowOf(network, from, to, networks.length > 1))}
    />
  </div>
);

function rowOf(network: NetworkCoverage, from: Date, to: Date, isLabelled: boolean): StripRow {
  const { coverage } = text().overview;
  const blind = blindOf([network], from, to);
  const percent = coveredPercent({ blind, from, to });
  const name = network.name === null ? network.cidr : inert(network.name, 40);
  return {
    label: isLabelled ? <span title={inert(network.cidr, 100)}>{name}</span> : null,
    words: `${inert(network.cidr, 100)}: ${coverage.of(percent)}`,
    ...(isLabelled ? { value: `${percent} %` } : {}),
    spans: [
      { from, to, kind: 'seen', title: coverage.looked },
      ...blind.map(span => ({
        ...span,
        kind: 'unseen' as const,
        title: `${coverage.none}, ${formatAt(span.from, 'clock')} – ${formatAt(span.to, 'clock')}`,
      })),
    ],
  };
}
