/** One scan with all that is known of it. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import type { ScanDetail } from '../../store/site-scans.ts';
import { percentOf } from '../scan-charts.ts';
import { remedyFor } from '../scan-remedy.ts';
import { amount, took } from '../times.ts';
import { text } from '../visit.ts';
import { HelpLink } from './help-link.tsx';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';
import { changesOf, OUTCOMES } from './scans.tsx';
import { ScanTabs } from './scan-tabs.tsx';
import { Moment } from './time.tsx';

export const OneScan = ({ frame, scan }: { frame: Frame; scan: ScanDetail }) => {
  const words = text().scans;
  const { one } = words;
  return (
    <Page frame={frame} title={one.title(scan.id)} section="scans">
      <h1>
        {one.title(scan.id)} <HelpLink topic="scans" />
      </h1>
      <ScanTabs current="scans" />
      <p>
        <span class={`state ${scan.outcome}`}>
          <MarkIcon mark={OUTCOMES[scan.outcome]} /> {words.outcomes[scan.outcome]}
        </span>
        {' · '}
        {one.counts[scan.outcome]}
      </p>
      {scan.problem !== null && (
        <p class="concern warn">
          <MarkIcon mark="alert" />
          <span>
            {one.why}: {inert(scan.problem, 600)}
            <br />
            <span class="remedy">
              {one.remedy}: {remedyFor(scan.problem)}
            </span>
          </span>
        </p>
      )}
      <section class="panel" aria-labelledby="facts-title">
        <h2 id="facts-title">{one.facts}</h2>
        <dl class="evidence">
          {factsOf(scan, frame).map(([word, value]) => (
            <div>
              <dt>{word}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <p class="more-links">
        {scan.before !== null && <a href={`/scans/${scan.before}`}>{one.previous}</a>}
        {scan.after !== null && <a href={`/scans/${scan.after}`}>{one.next}</a>}
        {scan.networkId !== null && <a href={`/scans?network=${scan.networkId}`}>{one.all}</a>}
      </p>
    </Page>
  );
};

function factsOf(scan: ScanDetail, frame: Frame): (readonly [string, Child])[] {
  const words = text().scans;
  const { one } = words;
  const moment = (at: Date) => <Moment at={at} now={frame.now} seconds />;
  const share = scan.probed > 0 ? ` (${one.share(percentOf(Math.min(1, scan.answered / scan.probed)))})` : '';
  const facts: (readonly [string, Child])[] = [
    [one.finished, moment(scan.finishedAt)],
    [one.duration, took(scan.durationMs)],
    [
      words.network,
      scan.networkId === null ? (
        words.noNetwork
      ) : (
        <a href={`/networks/${scan.networkId}`}>
          {scan.networkName !== null && <bdi>{inert(scan.networkName, 200)} </bdi>}
          <span class="mono">{inert(scan.network ?? '', 120)}</span>
        </a>
      ),
    ],
    [one.by, scan.sensor === null ? words.filter.own : one.sensorBy(scan.sensor)],
    [one.method, words.methods[scan.method]],
    [one.asked, amount(scan.probed)],
    [one.answered, `${amount(scan.answered)}${share}`],
    [one.sent, `${amount(scan.frames)}, ${words.broadcasts(scan.broadcasts)}`],
    [one.found, changesOf(scan) || one.asBefore],
    [one.before, scan.completeBefore === null ? one.beforeNever : moment(scan.completeBefore)],
    [
      one.atThatTime,
      <a href={`/past?at=${encodeURIComponent(scan.finishedAt.toISOString())}`}>{one.thenLink}</a>,
    ],
  ];
  return scan.interface === null || scan.interface === ''
    ? facts
    : facts.toSpliced(4, 0, [one.through, <span class="mono">{inert(scan.interface, 64)}</span>]);
}
