/** The time machine: who was here at a minute, and what is not known of it. */
import { inert } from '../../lib/text.ts';
import type { PastNetwork } from '../../store/past.ts';
import type { PastData } from '../past-page.ts';
import { amount, formatAt } from '../times.ts';
import { text } from '../visit.ts';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';
import { PastDevices } from './past-devices.tsx';
import { PastDifferences } from './past-diff.tsx';
import { PastWhen } from './past-when.tsx';
import { SectionTabs } from './section-tabs.tsx';
import { Moment } from './time.tsx';

export const Past = ({ frame, data }: { frame: Frame; data: PastData }) => (
  <Page frame={frame} title={text().past.title} section="devices">
    <div id="past" data-past={data.isNow ? 'now' : 'then'}>
      <h1>{`${text().past.title}: ${formatAt(data.at, 'dateYear')}, ${formatAt(data.at, 'clock')}`}</h1>
      <SectionTabs of="devices" current="past" />
      <Sentence data={data} />
      <PastWhen data={data} />
      {data.first !== null && (
        <>
          <div class="columns">
            <Networks data={data} />
            <Alerts data={data} />
          </div>
          {data.diff !== null && <PastDifferences data={data} diff={data.diff} />}
          <PastDevices data={data} />
        </>
      )}
    </div>
  </Page>
);

const Sentence = ({ data }: { data: PastData }) => {
  const { past } = text();
  const { here, quiet, gone, not_looked: unknown } = data.page.counts;
  if (data.first === null) return <p class="past-line">{past.never}</p>;
  if (data.at < data.first)
    return (
      <p class="past-line unlooked-line">
        <b>{past.beforeFirst}</b> {past.beforeFirstHint} <Moment at={data.first} now={data.now} />.
      </p>
    );
  const asked = data.networks.filter(({ retiredAt }) => retiredAt === null);
  if (asked.every(({ lookedFrom }) => lookedFrom === null))
    return (
      <p class="past-line unlooked-line">
        <b>{past.notLookedAll}</b> {past.notLookedAllHint}
      </p>
    );
  return (
    <p class="past-line">
      {past.sentence(text().words.devices(here), quiet, gone)}
      {data.page.counts.new > 0 && ` ${past.newThen(data.page.counts.new)}.`}
      {data.page.counts.blocked > 0 && ` ${past.blockedThen(data.page.counts.blocked)}.`}
      {unknown > 0 && <span class="unlooked-line"> {past.unknown(amount(unknown))}</span>}
    </p>
  );
};

const Networks = ({ data }: { data: PastData }) => {
  const { past } = text();
  return (
    <section class="panel" aria-labelledby="past-networks">
      <h2 id="past-networks">{past.networks}</h2>
      <ul class="past-networks">
        {data.networks.map(network => (
          <li class={network.lookedFrom === null ? 'unlooked' : 'looked'}>
            <span>
              <span class="mono">{inert(network.cidr, 100)}</span>
              {network.name !== null && <bdi> {inert(network.name, 60)}</bdi>}
            </span>
            <NetworkWords network={network} now={data.now} />
          </li>
        ))}
      </ul>
    </section>
  );
};

const NetworkWords = ({ network, now }: { network: PastNetwork; now: Date }) => {
  const { past } = text();
  if (network.lookedFrom !== null)
    return (
      <span class="state here">
        <MarkIcon mark="here" /> {past.looked}
      </span>
    );
  return (
    <span class="unlooked-words">
      <b>{network.retiredAt === null ? past.notLooked : past.retired}</b>
      {network.before === null ? (
        `, ${past.noLook}`
      ) : (
        <>
          , {past.lastLook} <Moment at={network.before} now={now} />
        </>
      )}
      {network.after !== null && (
        <>
          , {past.nextLook} <Moment at={network.after} now={now} />
        </>
      )}
    </span>
  );
};

const Alerts = ({ data }: { data: PastData }) => {
  const { past } = text();
  const { rows, total } = data.alerts;
  return (
    <section class="panel" aria-labelledby="past-alerts">
      <h2 id="past-alerts">{past.alerts}</h2>
      {rows.length === 0 ? (
        <p class="nothing">{past.noAlerts}</p>
      ) : (
        <ul class="past-alerts">
          {rows.map(alert => (
            <li>
              <span class={`tag ${alert.severity}`}>
                <MarkIcon mark="alert" /> {text().words.severity[alert.severity]}
              </span>{' '}
              <a href={`/alerts/${alert.id}`}>
                <bdi>{inert(alert.summary, 160)}</bdi>
              </a>{' '}
              <span class="muted">
                {past.since} <Moment at={alert.openedAt} now={data.now} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {total > rows.length && <p class="more muted">{past.moreAlerts(total - rows.length)}</p>}
    </section>
  );
};
