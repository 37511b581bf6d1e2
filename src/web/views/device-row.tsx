/** A device as one row of a table; on a narrow screen the same cells stack. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import type { DeviceRow } from '../../store/site-devices.ts';
import type { Span } from '../../store/site-presence.ts';
import { USUAL_COLUMNS, type Column } from '../device-columns.ts';
import { isRecent } from '../judgement.ts';
import { may } from '../access.ts';
import { text } from '../visit.ts';
import { kindWord, labelOf, shortVendor } from '../words.ts';
import { DecideButtons } from './forms.tsx';
import { FoundElsewhere, Marked } from './found.tsx';
import { MarkIcon, PresenceMark, StateTag } from './marks.tsx';
import { PresenceBar } from './presence-bar.tsx';
import { Ago } from './time.tsx';

export interface Timeline {
  readonly spans: ReadonlyMap<number, readonly Span[]>;
  readonly blind: readonly Span[];
  readonly from: Date;
  readonly to: Date;
}

/** @param head instead of plain words: links that sort */
export const DeviceTable = ({
  children,
  label,
  columns = USUAL_COLUMNS,
  head,
}: {
  children?: unknown;
  label: string;
  columns?: readonly Column[];
  head?: Child;
}) => (
  <table class="devices" role="table" aria-label={label}>
    <thead role="rowgroup">
      {head ?? (
        <tr role="row">
          <th scope="col" role="columnheader" class="name">
            {text().devices.columns.name}
          </th>
          {columns.map(column => (
            <th scope="col" role="columnheader" class={column}>
              {column === 'line' ? <Axis /> : text().devices.columns[column]}
            </th>
          ))}
        </tr>
      )}
    </thead>
    {children}
  </table>
);

export const Axis = () => (
  <span class="axis">
    <span>{text().devices.ago24}</span>
    <span>{text().devices.presence}</span>
    <span>{text().devices.now}</span>
  </span>
);

interface RowProps {
  device: DeviceRow;
  timeline: Timeline;
  now: Date;
  back: string;
  /** Offer the buttons for new devices. */
  deciding?: boolean;
  columns?: readonly Column[];
  /** Words that were searched for, as soughtWords gives them. */
  words?: readonly string[];
  /** A box to choose it by, for the form with this id. */
  pick?: { readonly form: string; readonly checked: boolean };
}

const NO_WORDS: readonly string[] = [];

export const DeviceLine = (props: RowProps) => {
  const { device, back, deciding = false, columns = USUAL_COLUMNS, words = NO_WORDS, pick } = props;
  const label = labelOf(device);
  const isNew = deciding && device.state === 'new' && may('operator');
  return (
    <tr
      role="row"
      id={`device-${device.id}`}
      class={device.state === 'known' ? device.presence : `${device.presence} ${device.state}`}
    >
      {pick !== undefined && (
        <td role="cell" class="pick">
          <label class="check">
            <input
              type="checkbox"
              name="id"
              value={device.id}
              form={pick.form}
              checked={pick.checked}
              aria-label={text().devices.choose(label)}
            />
          </label>
        </td>
      )}
      <th scope="row" role="rowheader" class="name">
        <a href={`/devices/${device.id}`}>
          <bdi>
            <Marked shown={label} words={words} />
          </bdi>
        </a>{' '}
        <StateTag state={device.state} />
        {device.alerts > 0 && device.state !== 'new' && (
          <span class="tag alert" title={text().devices.hasAlert}>
            <MarkIcon mark="alert" /> {text().devices.alert}
          </span>
        )}
        {words.length > 0 && <FoundElsewhere device={device} words={words} columns={columns} />}
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
      {columns.map(column => CELLS[column](props))}
    </tr>
  );
};

const CELLS: Readonly<Record<Column, (props: RowProps) => Child>> = {
  presence: ({ device }) => (
    <td role="cell" class="presence">
      <PresenceMark presence={device.presence} misses={device.misses} />
    </td>
  ),
  address: ({ device, words = NO_WORDS }) => (
    <td role="cell" class="address mono" title={device.mac ?? undefined}>
      {device.ip === null ? '–' : <Marked shown={device.ip} words={words} />}
    </td>
  ),
  mac: ({ device }) => (
    <td role="cell" class="mac mono">
      {device.mac ?? '–'}
    </td>
  ),
  vendor: ({ device, words = NO_WORDS }) => (
    <td role="cell" class="vendor">
      <Vendor vendor={device.vendor} isRandomMac={device.isRandomMac} words={words} />
    </td>
  ),
  network: ({ device }) => (
    <td role="cell" class="network">
      {device.network === null ? '–' : <bdi>{inert(device.network, 60)}</bdi>}
    </td>
  ),
  owner: ({ device, words = NO_WORDS }) => <Said said={device.owner} words={words} class="owner" />,
  kind: ({ device, words = NO_WORDS }) => (
    <Said said={device.kind === null ? null : kindWord(device.kind)} words={words} class="kind" />
  ),
  first: ({ device, now }) => (
    <td role="cell" class="first">
      <Ago at={device.firstSeenAt} now={now} />
    </td>
  ),
  seen: ({ device, now }) => (
    <td role="cell" class="seen last">
      <LastSeen device={device} now={now} />
    </td>
  ),
  alerts: ({ device }) => (
    <td role="cell" class="alerts">
      {device.alerts > 0 ? text().devices.n(device.alerts) : '–'}
    </td>
  ),
  line: ({ device, timeline }) => (
    <td role="cell" class="line">
      <PresenceBar
        spans={timeline.spans.get(device.id) ?? []}
        blind={timeline.blind}
        from={timeline.from}
        to={timeline.to}
      />
    </td>
  ),
};

const Said = ({ said, words, ...rest }: { said: string | null; words: readonly string[]; class: string }) => (
  <td role="cell" class={rest.class}>
    {said === null ? (
      '–'
    ) : (
      <bdi>
        <Marked shown={inert(said, 60)} words={words} />
      </bdi>
    )}
  </td>
);

export const Vendor = ({
  vendor,
  isRandomMac,
  words = NO_WORDS,
}: {
  vendor: string | null;
  isRandomMac: boolean;
  words?: readonly string[];
}) =>
  vendor !== null ? (
    <span title={inert(vendor)}>
      <Marked shown={shortVendor(vendor)} words={words} />
    </span>
  ) : (
    <span class="muted">{isRandomMac ? text().devices.random : text().devices.unknown}</span>
  );

const LastSeen = ({ device, now }: { device: DeviceRow; now: Date }) => {
  const at = device.presence === 'here' ? device.scannedAt : device.lastSeenAt;
  // Found by a first scan that did not complete: there is no older look to speak of.
  if (device.presence === 'here' && (at === null || isRecent(at, now)))
    return <span class="muted">{text().devices.now}</span>;
  return at === null ? <span class="muted">{text().devices.never}</span> : <Ago at={at} now={now} />;
};
