/** The networks: who looks at them, how well, and who is there. */
import { inert } from '../../lib/text.ts';
import type { NetworkCoverage } from '../../store/coverage.ts';
import { blindOf } from '../../store/coverage.ts';
import type { NetworkState } from '../../store/network-states.ts';
import { percentOf } from '../scan-charts.ts';
import { amount } from '../times.ts';
import { text } from '../visit.ts';
import { Strip } from './chart/strip.tsx';
import { HelpLink } from './help-link.tsx';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';
import { ScanTabs } from './scan-tabs.tsx';
import { Moment } from './time.tsx';

export interface NetworksData {
  readonly networks: readonly NetworkState[];
  /** Of the last 24 hours. */
  readonly coverage: readonly NetworkCoverage[];
}

export const DAY_MS = 24 * 60 * 60 * 1000;

export const Networks = ({ frame, data }: { frame: Frame; data: NetworksData }) => {
  const words = text().networks;
  const active = data.networks.filter(({ retiredAt }) => retiredAt === null);
  const retired = data.networks.filter(({ retiredAt }) => retiredAt !== null);
  return (
    <Page frame={frame} title={words.title} section="scans">
      <h1>
        {words.title} <HelpLink topic="networks" />
      </h1>
      <ScanTabs current="networks" />
      <p class="note">{words.note}</p>
      <section class="panel wide" data-live="hold" id="networks" aria-label={words.title}>
        {active.length === 0 ? (
          <p class="nothing">
            {words.none} {words.noneHint}
          </p>
        ) : (
          <NetworkTable networks={active} coverage={data.coverage} frame={frame} />
        )}
      </section>
      {retired.length > 0 && (
        <section class="panel wide" aria-labelledby="retired-title">
          <h2 id="retired-title">{words.retiredTitle}</h2>
          <NetworkTable networks={retired} coverage={data.coverage} frame={frame} />
        </section>
      )}
    </Page>
  );
};

interface TableProps {
  networks: readonly NetworkState[];
  coverage: readonly NetworkCoverage[];
  frame: Frame;
}

const NetworkTable = ({ networks, coverage, frame }: TableProps) => {
  const words = text().networks;
  return (
    <table class="log networks">
      <thead>
        <tr>
          <th scope="col">{words.network}</th>
          <th scope="col" class="extra">
            {words.by}
          </th>
          <th scope="col" class="extra">
            {words.last}
          </th>
          <th scope="col" class="extra">
            {words.coverage}
          </th>
          <th scope="col">{words.devices}</th>
        </tr>
      </thead>
      <tbody>
        {networks.map(network => (
          <tr>
            <td>
              <NetworkLink network={network} />
              {network.failures > 0 && network.retiredAt === null && (
                <span class="bad block">{words.failing(network.failures)}</span>
              )}
            </td>
            <td class="extra">{sensorWords(network)}</td>
            <td class="extra">
              {network.lastScanAt === null ? (
                words.never
              ) : (
                <Moment at={network.lastScanAt} now={frame.now} seconds />
              )}
            </td>
            <td class="extra coverage-cell">
              {network.retiredAt === null ? (
                <CoverageStrip
                  network={network}
                  coverage={coverage.find(({ id }) => id === network.id)}
                  now={frame.now}
                />
              ) : (
                <Moment at={network.retiredAt} now={frame.now} />
              )}
            </td>
            <td>
              <Presence network={network} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const NetworkLink = ({ network }: { network: Pick<NetworkState, 'id' | 'name' | 'words'> }) => (
  <a href={`/networks/${network.id}`}>
    {network.name !== null && <bdi>{inert(network.name, 200)} </bdi>}
    <span class="mono">{inert(network.words, 120)}</span>
  </a>
);

export function sensorWords({ sensor }: Pick<NetworkState, 'sensor'>): string {
  return sensor === null ? text().networks.own : text().networks.sensor(sensor);
}

/** How much of the time it should have been looked at. */
function coverageShare({ lookedMs, wantedMs }: Pick<NetworkState, 'lookedMs' | 'wantedMs'>): number {
  return wantedMs <= 0 ? 1 : Math.min(1, lookedMs / wantedMs);
}

interface StripProps {
  network: NetworkState;
  coverage: NetworkCoverage | undefined;
  now: Date;
  axis?: boolean;
}

export const CoverageStrip = ({ network, coverage, now, axis = false }: StripProps) => {
  const from = new Date(now.getTime() - DAY_MS);
  const looked = coverage?.looked ?? [];
  const percent = percentOf(coverageShare(network));
  return (
    <Strip
      from={from}
      to={now}
      axis={axis}
      rows={[
        {
          label: null,
          words: text().networks.coverageWords(inert(network.words, 120), percent),
          value: percent,
          spans: [
            ...looked.map(span => ({ ...span, kind: 'seen' as const })),
            ...blindOf([{ looked }], from, now).map(span => ({ ...span, kind: 'unseen' as const })),
          ],
        },
      ]}
    />
  );
};

export const Presence = ({ network }: { network: NetworkState }) => {
  const words = text().networks;
  return (
    <span class="presence-counts">
      {(['here', 'quiet', 'gone'] as const)
        .filter(key => key === 'here' || network[key] > 0)
        .map(key => (
          <span class="state">
            <MarkIcon mark={network[key] === 0 ? 'gone' : key} /> {amount(network[key])} {words[key]}
          </span>
        ))}
    </span>
  );
};
