/** What a device ever had, as tables: addresses, names, ports, intervals. Everything that it said is inert here. */
import { inert } from '../../lib/text.ts';
import type { HeldAddress } from '../../store/device-lists.ts';
import type { Connection } from '../../store/site-device.ts';
import type { DeviceName, DevicePort } from '../../store/site-profile.ts';
import { amount, duration } from '../times.ts';
import { text } from '../visit.ts';
import { Moment } from './time.tsx';

export const AddressTable = ({ rows, now }: { rows: readonly HeldAddress[]; now: Date }) => {
  const words = text().device.history;
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{words.address}</th>
          <th scope="col" class="extra">
            {words.heardBy}
          </th>
          <th scope="col" class="extra">
            {words.network}
          </th>
          <th scope="col">{words.first}</th>
          <th scope="col">{words.last}</th>
          <th scope="col" class="number">
            {words.times}
          </th>
          <th scope="col" class="extra number">
            {words.inAll}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ ip, network, firstAt, lastAt, isOpen, times, heldMs }) => (
          <tr>
            <td class="mono">{ip}</td>
            <td class="extra">{ip.includes(':') ? words.heard.nd : words.heard.arp}</td>
            <td class="mono extra">{inert(network, 120)}</td>
            <td>
              <Moment at={firstAt} now={now} />
            </td>
            <td>{isOpen ? words.now : <Moment at={lastAt} now={now} />}</td>
            <td class="number">{amount(times)}</td>
            <td class="extra number">{duration(heldMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export const NameTable = ({ rows, now }: { rows: readonly DeviceName[]; now: Date }) => {
  const words = text().device.profile;
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{words.name}</th>
          <th scope="col">{words.toldBy}</th>
          <th scope="col" class="extra">
            {words.first}
          </th>
          <th scope="col">{words.last}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, source, firstSeenAt, lastSeenAt }) => (
          <tr>
            <td class="told">
              <bdi>{inert(name, 253)}</bdi>
            </td>
            <td>{words.sources[source] ?? inert(source, 40)}</td>
            <td class="extra">
              <Moment at={firstSeenAt} now={now} />
            </td>
            <td>
              <Moment at={lastSeenAt} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export const PortTable = ({ rows, now }: { rows: readonly DevicePort[]; now: Date }) => {
  const words = text().device.profile;
  const addresses = new Set(rows.map(({ ip }) => ip)).size;
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{words.port}</th>
          {addresses > 1 && (
            <th scope="col" class="extra">
              {words.address}
            </th>
          )}
          <th scope="col">{words.service}</th>
          <th scope="col">{words.says}</th>
          <th scope="col" class="extra">
            {words.openSince}
          </th>
          <th scope="col">{words.last}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ ip, port, service, facts, firstSeenAt, lastSeenAt, closedAt }) => (
          <tr class={closedAt === null ? undefined : 'muted'}>
            <td class="mono">{port}</td>
            {addresses > 1 && <td class="mono extra">{ip}</td>}
            <td>{service === null ? '–' : inert(service, 40)}</td>
            <td class="told">
              <bdi>{factsOf(facts)}</bdi>
            </td>
            <td class="extra">
              <Moment at={firstSeenAt} now={now} />
            </td>
            <td>
              {closedAt === null ? (
                <Moment at={lastSeenAt} now={now} />
              ) : (
                <>
                  {words.shut} <Moment at={closedAt} now={now} />
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/** The facts that people recognise, in this order; a certificate's as `certificate for NAME until DATE`. */
function factsOf(facts: DevicePort['facts']): string {
  const told = (key: string) => (typeof facts[key] === 'string' ? inert(facts[key], 120) : '');
  const certificate =
    told('subject') === ''
      ? ''
      : text().device.profile.certificate(told('subject'), told('not_after').slice(0, 10));
  return (
    [told('title'), told('server'), told('banner'), certificate].filter(part => part !== '').join(' · ') ||
    '–'
  );
}

export const IntervalTable = ({ rows, now }: { rows: readonly Connection[]; now: Date }) => {
  const words = text().device.history;
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{words.from}</th>
          <th scope="col">{words.to}</th>
          <th scope="col">{words.for}</th>
          <th scope="col">{words.address}</th>
          <th scope="col" class="extra">
            {text().device.head.mac}
          </th>
          <th scope="col" class="extra">
            {words.network}
          </th>
          <th scope="col" class="extra">
            {words.began}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(connection => (
          <tr>
            <td>
              <Moment at={connection.startedAt} now={now} />
            </td>
            <td>
              {connection.endedAt !== null ? (
                <Moment at={connection.endedAt} now={now} />
              ) : connection.misses > 0 ? (
                text().words.presence.quiet
              ) : (
                words.now
              )}
            </td>
            <td>{duration((connection.endedAt ?? now).getTime() - connection.startedAt.getTime())}</td>
            <td class="mono">{connection.ip}</td>
            <td class="mono extra">{connection.mac}</td>
            <td class="mono extra">{inert(connection.network, 120)}</td>
            <td class="extra">{words.opened[connection.openedAs]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
