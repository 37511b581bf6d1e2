/** The map. Each network is a drawing whose parts are links, and the same as a list. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import { DRAWN_ONE_BY_ONE, type MapDevice, type MapGroup, type MapNetwork } from '../../store/map.ts';
import { NONE } from '../../store/device-query.ts';
import { isRecent } from '../judgement.ts';
import { layoutOf, NODE, WIDTH, type Point } from '../map-layout.ts';
import { amount } from '../times.ts';
import { text } from '../visit.ts';
import { labelOf } from '../words.ts';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon, MarkShape, type Mark } from './marks.tsx';
import { SectionTabs } from './section-tabs.tsx';

interface MapProps {
  frame: Frame;
  networks: readonly MapNetwork[];
  gone: number;
}

export const NetworkMap = ({ frame, networks, gone }: MapProps) => {
  const { map } = text();
  return (
    <Page frame={frame} title={map.title} section="devices">
      <div id="map">
        <h1>{map.title}</h1>
        <SectionTabs of="devices" current="map" />
        <p class="note">
          {map.intro} {gone > 0 && <a href="/devices?presence=gone">{map.gone(gone)}</a>}
        </p>
        {networks.length === 0 && <p class="nothing">{map.none}</p>}
        {networks.map(network => (
          <NetworkPart network={network} now={frame.now} />
        ))}
      </div>
    </Page>
  );
};

/** One thing on the drawing and in the list. */
interface Item {
  readonly href: string;
  readonly label: string;
  /** Below the label. */
  readonly detail: string;
  readonly mark: Mark | null;
  /** The mark in words. */
  readonly said: string;
}

const NetworkPart = ({ network, now }: { network: MapNetwork; now: Date }) => {
  const { map } = text();
  const gateway = network.devices.find(({ mac }) => mac === network.gatewayMac);
  const items = [
    ...network.devices.filter(device => device !== gateway).map(deviceItem),
    ...network.groups.map(group => groupItem(group, network)),
  ];
  const title =
    network.name === null ? inert(network.cidr, 100) : `${inert(network.name, 60)} ${network.cidr}`;
  const isLooked = network.lastScanAt !== null && isRecent(network.lastScanAt, now);
  return (
    <section
      class="panel wide map-network"
      data-live="hold"
      id={`network-${network.id}`}
      aria-labelledby={`map-${network.id}`}
    >
      <h2 id={`map-${network.id}`}>
        {title}{' '}
        <span class="muted">
          {map.here(amount(network.here))}
          {network.quiet > 0 && `, ${map.quiet(amount(network.quiet))}`}
        </span>
      </h2>
      {!isLooked && <p class="note">{network.lastScanAt === null ? map.never : map.notLooked}</p>}
      {network.groups.length > 0 && <p class="note">{map.grouped(DRAWN_ONE_BY_ONE)}</p>}
      <Drawing network={network} gateway={gateway} items={items} title={title} />
      <details class="map-list">
        <summary>{map.list}</summary>
        <List network={network} gateway={gateway} items={items} />
      </details>
    </section>
  );
};

function deviceItem(device: MapDevice): Item {
  const { words } = text();
  const mark = device.state === 'new' || device.state === 'blocked' ? device.state : device.presence;
  const said = device.state === 'known' ? [] : [words.state[device.state]];
  return {
    href: `/devices/${device.id}`,
    label: labelOf(device),
    detail: device.ip,
    mark,
    said: [words.presence[device.presence], ...said].join(', '),
  };
}

function groupItem({ word, by, isRest, devices }: MapGroup, network: MapNetwork): Item {
  const { map } = text();
  const query = new URLSearchParams({ network: String(network.id) });
  query.append('presence', 'here');
  query.append('presence', 'quiet');
  if (word !== null) query.set(by, word);
  else if (!isRest) query.set('vendor', NONE);
  // A group by vendor is of those whose kind is not known.
  if (by === 'vendor' && !isRest) query.set('kind', NONE);
  return {
    href: `/devices?${query.toString()}`,
    label: isRest ? map.others : word === null ? map.unknown : inert(word, 60),
    detail: map.network(devices),
    mark: null,
    said: '',
  };
}

interface DrawingProps {
  network: MapNetwork;
  gateway: MapDevice | undefined;
  items: readonly Item[];
}

const Drawing = ({ network, gateway, items, title }: DrawingProps & { title: string }) => {
  const { map } = text();
  const layout = layoutOf(items.length);
  return (
    <div class="map-frame" tabindex={0} role="region" aria-label={map.drawing(title)}>
      <svg
        class="map-drawing"
        viewBox={`-2 0 ${WIDTH + 4} ${layout.height}`}
        width={WIDTH}
        height={layout.height}
      >
        <path class="map-lines" d={layout.lines} />
        <Place at={layout.scanner} kind="scanner" label={map.scanner} detail={lookerOf(network)} />
        {gateway !== undefined ? (
          <Node
            item={{ ...deviceItem(gateway), detail: `${map.gateway} ${gateway.ip}` }}
            at={layout.gateway}
            kind="gateway"
          />
        ) : network.gatewayIp !== null ? (
          <Place
            at={layout.gateway}
            kind="gateway"
            label={`${map.gateway} ${network.gatewayIp}`}
            detail={map.gatewaySilent}
          />
        ) : (
          <Place at={layout.gateway} kind="unknown" label={map.noGateway} detail="" />
        )}
        {items.map((item, n) => (
          <Node
            item={item}
            at={layout.nodes[n] ?? { x: 0, y: 0 }}
            kind={item.mark === null ? 'group' : 'device'}
          />
        ))}
      </svg>
      {items.length === 0 && network.lastScanAt !== null && <p class="nothing">{map.empty}</p>}
    </div>
  );
};

function lookerOf(network: MapNetwork): string {
  const { map } = text();
  return network.sensor === null ? map.ownScanner(network.interface) : map.sensor(network.sensor);
}

/** As many characters as a box has room for; the whole is in its title and in the list. */
const FITS = 17;
const FITS_MARKED = 15;

function cut(label: string, most: number): string {
  const characters = Array.from(label);
  return characters.length <= most ? label : `${characters.slice(0, most - 1).join('')}…`;
}

const Node = ({ item, at, kind }: { item: Item; at: Point; kind: string }) => {
  const indent = item.mark === null ? 10 : 26;
  return (
    <a class={`map-node ${kind}`} href={item.href}>
      <title>{[item.label, item.detail, item.said].filter(part => part !== '').join(', ')}</title>
      <Box at={at} />
      {item.mark !== null && (
        <svg class={`mark ${item.mark}`} x={at.x + 8} y={at.y + 9} width="12" height="12" viewBox="0 0 12 12">
          <MarkShape mark={item.mark} />
        </svg>
      )}
      <text x={at.x + indent} y={at.y + 19}>
        {cut(item.label, item.mark === null ? FITS : FITS_MARKED)}
      </text>
      <text class="map-detail" x={at.x + indent} y={at.y + 36}>
        {cut(item.detail, FITS)}
      </text>
    </a>
  );
};

interface PlaceProps {
  at: Point;
  kind: string;
  label: string;
  detail: string;
}

/** What leads nowhere. */
const Place = ({ at, kind, label, detail }: PlaceProps): Child => (
  <g class={`map-node ${kind}`}>
    <title>{detail === '' ? label : `${label}, ${inert(detail, 80)}`}</title>
    <Box at={at} />
    <text x={at.x + 10} y={at.y + 19}>
      {cut(label, FITS)}
    </text>
    <text class="map-detail" x={at.x + 10} y={at.y + 36}>
      {cut(inert(detail, 80), FITS)}
    </text>
  </g>
);

const Box = ({ at }: { at: Point }) => (
  <rect x={at.x} y={at.y} width={NODE.width} height={NODE.height} rx="6" />
);

const List = ({ network, gateway, items }: DrawingProps) => {
  const { map } = text();
  return (
    <ul>
      <li>
        {map.scanner}: {inert(lookerOf(network), 80)}
      </li>
      <li>
        {map.gateway}:{' '}
        {gateway !== undefined ? (
          <a href={`/devices/${gateway.id}`}>
            <bdi>{labelOf(gateway)}</bdi> <span class="mono">{gateway.ip}</span>
          </a>
        ) : (
          (network.gatewayIp ?? map.noGateway)
        )}{' '}
        {network.gatewayIp !== null && <span class="muted">{map.gatewayWhy}</span>}
      </li>
      {items.map(item => (
        <li>
          {item.mark !== null && <MarkIcon mark={item.mark} />}{' '}
          <a href={item.href}>
            <bdi>{item.label}</bdi>
          </a>{' '}
          <span class="mono">{item.detail}</span> {item.said}
        </li>
      ))}
    </ul>
  );
};
