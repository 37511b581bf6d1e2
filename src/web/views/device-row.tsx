/** A device as one row of a table; on a narrow screen the same cells stack. */
import { inert } from '../../lib/text.ts';
import type { DeviceRow } from '../../store/site-devices.ts';
import type { Span } from '../../store/site-presence.ts';
import { isRecent } from '../judgement.ts';
import { labelOf, shortVendor } from '../words.ts';
import { DecideButtons } from './forms.tsx';
import { MarkIcon, PresenceMark, StateTag } from './marks.tsx';
import { PresenceBar } from './presence-bar.tsx';
import { Ago } from './time.tsx';

export interface Timeline {
  readonly spans: ReadonlyMap<number, readonly Span[]>;
  readonly blind: readonly Span[];
  readonly from: Date;
  readonly to: Date;
}

export const DeviceTable = ({ children, label }: { children?: unknown; label: string }) => (
  <table class="devices" role="table" aria-label={label}>
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">State</th>
        <th scope="col">Address</th>
        <th scope="col">Vendor</th>
        <th scope="col">Seen</th>
        <th scope="col">
          <span class="axis">
            <span>24 h ago</span>
            <span>presence</span>
            <span>now</span>
          </span>
        </th>
      </tr>
    </thead>
    {children}
  </table>
);

interface RowProps {
  device: DeviceRow;
  timeline: Timeline;
  now: Date;
  back: string;
  /** Offer the buttons for new devices. */
  deciding?: boolean;
}

export const DeviceLine = ({ device, timeline, now, back, deciding = false }: RowProps) => {
  const label = labelOf(device);
  const isNew = deciding && device.state === 'new';
  return (
    <tr
      role="row"
      id={`device-${device.id}`}
      class={device.state === 'known' ? device.presence : `${device.presence} ${device.state}`}
    >
      <th scope="row" role="rowheader" class="name">
        <a href={`/devices/${device.id}`}>
          <bdi>{label}</bdi>
        </a>{' '}
        <StateTag state={device.state} />
        {device.alerts > 0 && device.state !== 'new' && (
          <span class="tag alert" title="has an open alert">
            <MarkIcon mark="alert" /> alert
          </span>
        )}
        {isNew && (
          <DecideButtons
            id={device.id}
            label={label}
            state={device.state}
            back={back}
            target={`#device-${device.id}`}
          />
        )}
      </th>
      <td role="cell" class="presence">
        <PresenceMark presence={device.presence} misses={device.misses} />
      </td>
      <td role="cell" class="address mono" title={device.mac ?? undefined}>
        {device.ip ?? '–'}
      </td>
      <td role="cell" class="vendor">
        <Vendor vendor={device.vendor} isRandomMac={device.isRandomMac} />
      </td>
      <td role="cell" class="last">
        <LastSeen device={device} now={now} />
      </td>
      <td role="cell" class="line">
        <PresenceBar
          spans={timeline.spans.get(device.id) ?? []}
          blind={timeline.blind}
          from={timeline.from}
          to={timeline.to}
        />
      </td>
    </tr>
  );
};

export const Vendor = ({ vendor, isRandomMac }: { vendor: string | null; isRandomMac: boolean }) =>
  vendor !== null ? (
    <span title={inert(vendor)}>{shortVendor(vendor)}</span>
  ) : (
    <span class="muted">{isRandomMac ? 'random MAC' : 'unknown'}</span>
  );

const LastSeen = ({ device, now }: { device: DeviceRow; now: Date }) => {
  const at = device.presence === 'here' ? device.scannedAt : device.lastSeenAt;
  // Found by a first scan that did not complete: there is no older look to speak of.
  if (device.presence === 'here' && (at === null || isRecent(at, now))) return <span class="muted">now</span>;
  return at === null ? <span class="muted">never</span> : <Ago at={at} now={now} />;
};
