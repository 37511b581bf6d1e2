/** The discovery log: the proof of having looked, and how well. */
import { inert } from '../../lib/text.ts';
import type { Gap } from '../../store/network-states.ts';
import type { ManagedNetwork } from '../../store/site-networks.ts';
import type { Scan } from '../../store/site-scans.ts';
import type { Stretch } from '../scan-charts.ts';
import { SPANS } from '../schema/scans.ts';
import { amount, duration, took } from '../times.ts';
import { text } from '../visit.ts';
import { HelpLink } from './help-link.tsx';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon, type Mark } from './marks.tsx';
import { ScanCharts } from './scan-charts.tsx';
import { ScanFilters, scansAt, type ScanChoice, type ScanErrors } from './scan-filters.tsx';
import { ScanTabs } from './scan-tabs.tsx';
import { Tabs } from './tabs.tsx';
import { Moment } from './time.tsx';

export interface ScansData {
  readonly choice: ScanChoice;
  readonly errors: ScanErrors;
  readonly networks: readonly ManagedNetwork[];
  readonly stretches: readonly Stretch[];
  readonly gaps: readonly Gap[];
  /** There may be more gaps than these. */
  readonly areGapsCut: boolean;
  readonly scans: readonly Scan[];
  readonly next: number | null;
}

export const OUTCOMES: Readonly<Record<Scan['outcome'], Mark>> = {
  complete: 'here',
  partial: 'quiet',
  failed: 'alert',
};

export const Scans = ({ frame, data }: { frame: Frame; data: ScansData }) => {
  const words = text().scans;
  const { choice, errors } = data;
  return (
    <Page frame={frame} title={words.title} section="scans">
      <h1>
        {words.title} <HelpLink topic="scans" />
      </h1>
      <ScanTabs current="scans" />
      <p class="note">{words.note}</p>
      <section class="panel" aria-labelledby="charts-title">
        <div class="panel-head charts-head">
          <h2 id="charts-title">{words.charts}</h2>
          <Tabs
            label={words.span.label}
            tabs={SPANS.map(span => [scansAt({ ...choice, span }), words.span[span], span === choice.span])}
          />
        </div>
        {errors.span && <p class="field-error panel-error">{words.error.span}</p>}
        <ScanCharts stretches={data.stretches} span={choice.span} />
        {choice.span === 'year' && <p class="hint panel-error">{words.chart.utcNote}</p>}
      </section>
      <Gaps data={data} frame={frame} />
      <section class="panel wide" data-live="hold" id="scans" aria-labelledby="log-title">
        <h2 id="log-title">{words.list}</h2>
        <ScanFilters choice={choice} errors={errors} networks={data.networks} />
        {errors.before && <p class="field-error panel-error">{words.error.before}</p>}
        {data.scans.length === 0 ? (
          <p class="nothing">{data.next === null ? words.nothing : words.nothingHere}</p>
        ) : (
          <ScanTable scans={data.scans} frame={frame} />
        )}
        {data.next !== null && (
          <p class="more">
            <a class="button" href={scansAt(choice, data.next)}>
              {words.older}
            </a>
          </p>
        )}
      </section>
    </Page>
  );
};

const Gaps = ({ data: { gaps, areGapsCut, networks }, frame }: { data: ScansData; frame: Frame }) => {
  const words = text().scans.gaps;
  const isNever = networks.every(({ lastScanAt }) => lastScanAt === null);
  return (
    <section class="panel" aria-labelledby="gaps-title">
      <h2 id="gaps-title">{words.title}</h2>
      {gaps.length === 0 ? (
        <p class="nothing">{isNever ? words.none : words.nothing}</p>
      ) : (
        <>
          <p class="hint panel-error">
            {words.why} {areGapsCut && words.more(gaps.length)}
          </p>
          <GapTable gaps={gaps} frame={frame} />
        </>
      )}
    </section>
  );
};

export const GapTable = ({ gaps, frame }: { gaps: readonly Gap[]; frame: Frame }) => {
  const words = text().scans;
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{words.gaps.from}</th>
          <th scope="col">{words.gaps.to}</th>
          <th scope="col">{words.gaps.lasted}</th>
          <th scope="col">{words.network}</th>
        </tr>
      </thead>
      <tbody>
        {gaps.map(gap => (
          <tr>
            <td>
              <Moment at={gap.from} now={frame.now} />
            </td>
            <td>
              {gap.to === null ? (
                <span class="bad">{words.gaps.goesOn}</span>
              ) : (
                <Moment at={gap.to} now={frame.now} />
              )}
            </td>
            <td>{duration((gap.to ?? frame.now).getTime() - gap.from.getTime())}</td>
            <td class="mono">{inert(gap.network, 120)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const ScanTable = ({ scans, frame }: { scans: readonly Scan[]; frame: Frame }) => {
  const words = text().scans;
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{words.when}</th>
          <th scope="col" class="extra">
            {words.network}
          </th>
          <th scope="col">{words.outcome}</th>
          <th scope="col" class="number extra">
            {words.asked}
          </th>
          <th scope="col" class="number">
            {words.answered}
          </th>
          <th scope="col" class="number extra">
            {words.frames}
          </th>
          <th scope="col" class="number extra">
            {words.took}
          </th>
          <th scope="col">{words.changes}</th>
        </tr>
      </thead>
      <tbody>
        {scans.map(scan => (
          <tr class={scan.outcome}>
            <td>
              <a href={`/scans/${scan.id}`}>
                <span class="sr">{words.open(scan.id)}: </span>
                <Moment at={scan.finishedAt} now={frame.now} seconds />
              </a>{' '}
              <span class="mono narrow">{inert(scan.network ?? '', 120)}</span>
            </td>
            <td class="mono extra">{scan.network === null ? '–' : inert(scan.network, 120)}</td>
            <td>
              <span class={`state ${scan.outcome}`} title={words.methods[scan.method]}>
                <MarkIcon mark={OUTCOMES[scan.outcome]} /> {words.outcomes[scan.outcome]}
              </span>
            </td>
            <td class="number extra">{amount(scan.probed)}</td>
            <td class="number">{amount(scan.answered)}</td>
            <td class="number extra" title={words.broadcasts(scan.broadcasts)}>
              {amount(scan.frames)}
            </td>
            <td class="number extra">{took(scan.durationMs)}</td>
            <td>
              {scan.problem === null ? changesOf(scan) : <span class="bad">{inert(scan.problem, 300)}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export function changesOf(scan: Pick<Scan, 'new' | 'returned' | 'moved' | 'missing'>): string {
  const { found } = text().scans;
  return (['new', 'returned', 'moved', 'missing'] as const)
    .filter(key => scan[key] !== 0)
    .map(key => found[key](scan[key]))
    .join(', ');
}
