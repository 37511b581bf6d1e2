/** The first screen: is everything all right, who is that, where is my printer, what happened last night. */
import type { NetworkCoverage, PresenceHour } from '../../store/coverage.ts';
import type { Alert } from '../../store/site-alerts.ts';
import type { DevicePage, DeviceRow } from '../../store/site-devices.ts';
import type { SiteEvent } from '../../store/site-events.ts';
import type { SiteStatus } from '../../store/site-status.ts';
import type { MergeSuggestion } from '../../store/suggestions.ts';
import { amount } from '../times.ts';
import { text } from '../visit.ts';
import { labelOf } from '../words.ts';
import { AlertItem } from './alert-item.tsx';
import { DeviceLine, DeviceTable, Vendor, type Timeline } from './device-row.tsx';
import { Feed } from './feed.tsx';
import { CoverageStrip, coveredPercent } from './coverage.tsx';
import { FirstLook } from './first-look.tsx';
import { DecideButtons } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';
import { PresenceHours } from './presence-hours.tsx';
import { Status } from './status.tsx';
import { Suggestions } from './suggestions.tsx';
import { Ago } from './time.tsx';

export interface OverviewData {
  readonly status: SiteStatus;
  readonly undecided: DevicePage;
  readonly suggestions: readonly MergeSuggestion[];
  readonly events: readonly SiteEvent[];
  readonly devices: DevicePage;
  readonly alerts: readonly Alert[];
  readonly timeline: Timeline;
  readonly coverage: readonly NetworkCoverage[];
  readonly hours: readonly PresenceHour[];
}

export const Overview = ({ frame, data }: { frame: Frame; data: OverviewData }) => {
  const { status } = data;
  if (status.networks.every(network => network.lastScanAt === null) && data.devices.total === 0)
    return (
      <Page frame={frame} title={text().overview.title} section="overview">
        <FirstLook status={status} demo={frame.options.demoInboxUrl !== undefined} />
      </Page>
    );
  return (
    <Page frame={frame} title={text().overview.title} section="overview">
      <Status status={status} now={frame.now} />
      <div class="columns">
        <Undecided page={data.undecided} suggestions={data.suggestions} frame={frame} />
        <Feed events={data.events} now={frame.now} />
      </div>
      <Presence data={data} frame={frame} />
      <PresenceHours hours={data.hours} now={frame.now} />
      {data.alerts.length > 0 && <OpenAlerts alerts={data.alerts} frame={frame} />}
    </Page>
  );
};

interface UndecidedProps {
  page: DevicePage;
  suggestions: readonly MergeSuggestion[];
  frame: Frame;
}

const Undecided = ({ page, suggestions, frame }: UndecidedProps) => (
  <section class="panel" data-live aria-labelledby="decide-title" id="decide">
    <h2 id="decide-title">{text().overview.decide.title}</h2>
    {page.rows.length === 0 ? (
      <p class="nothing">{text().overview.decide.none}</p>
    ) : (
      <>
        <p class="note">{text().overview.decide.note}</p>
        <ul class="undecided">
          {page.rows.map(device => (
            <Candidate device={device} frame={frame} />
          ))}
        </ul>
      </>
    )}
    {page.total > 0 && (
      <p class="more">
        <a href="/review">
          {page.total > page.rows.length
            ? text().overview.decide.all(page.total)
            : text().overview.decide.oneByOne}
        </a>
      </p>
    )}
    {suggestions.length > 0 && <Suggestions suggestions={suggestions} back={frame.path} />}
  </section>
);

const Candidate = ({ device, frame }: { device: DeviceRow; frame: Frame }) => {
  const label = labelOf(device);
  return (
    <li id={`decide-${device.id}`}>
      <MarkIcon mark="new" />
      <div class="who">
        <a href={`/devices/${device.id}`}>
          <bdi>{label}</bdi>
        </a>
        <p class="facts">
          <span class="mono">{device.ip}</span>
          <span class="mono">{device.mac}</span>
          {device.name !== null && <Vendor vendor={device.vendor} isRandomMac={device.isRandomMac} />}
          <span>
            {text().overview.decide.firstSeen} <Ago at={device.firstSeenAt} now={frame.now} />
            {device.presence === 'gone' && `, ${text().overview.decide.goneAgain}`}
          </span>
        </p>
      </div>
      <DecideButtons id={device.id} label={label} state={device.state} back={frame.path} />
    </li>
  );
};

const Presence = ({ data, frame }: { data: OverviewData; frame: Frame }) => {
  const { status, devices, timeline } = data;
  const { overview: words } = text();
  return (
    <section class="panel wide" data-live aria-labelledby="presence-title" id="presence">
      <h2 id="presence-title" class="tally">
        <Count mark="here" n={status.here} />
        <Count mark="quiet" n={status.quiet} />
        <Count mark="gone" n={status.gone} />
        <span class="coverage">
          {words.coverage.day} <b>{coveredPercent(timeline)} %</b>
        </span>
      </h2>
      <CoverageStrip networks={data.coverage} timeline={timeline} />
      <DeviceTable label={words.here.devices}>
        <tbody role="rowgroup">
          {devices.rows.map(device => (
            <DeviceLine device={device} timeline={timeline} now={frame.now} back={frame.path} />
          ))}
        </tbody>
      </DeviceTable>
      {devices.next !== null && (
        <p class="more">
          <a href="/devices">{words.here.all(devices.total)}</a>
        </p>
      )}
    </section>
  );
};

const Count = ({ mark, n }: { mark: 'here' | 'quiet' | 'gone'; n: number }) => (
  <a href={`/devices?presence=${mark}`} class={`state ${mark}`}>
    <MarkIcon mark={mark} /> {text().words.presence[mark]} <b>{amount(n)}</b>
  </a>
);

const OpenAlerts = ({ alerts, frame }: { alerts: readonly Alert[]; frame: Frame }) => (
  <section class="panel wide" data-live aria-labelledby="alerts-title" id="open-alerts">
    <h2 id="alerts-title">{text().overview.alerts.title}</h2>
    <ul class="alert-list">
      {alerts.map(alert => (
        <AlertItem alert={alert} now={frame.now} back={frame.path} />
      ))}
    </ul>
    <p class="more">
      <a href="/alerts">{text().overview.alerts.all}</a>
    </p>
  </section>
);
