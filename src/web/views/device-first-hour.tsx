/** The first hour of a device: what it did, what was said about it, and who else was there. */
import { inert } from '../../lib/text.ts';
import type { Bystander, FirstEvent } from '../../store/first-hour.ts';
import type { Device } from '../../store/site-device.ts';
import { text } from '../visit.ts';
import { fullLabelOf } from '../words.ts';
import { Moment } from './time.tsx';

interface FirstHourProps {
  device: Device;
  events: readonly FirstEvent[];
  bystanders: readonly Bystander[];
  now: Date;
}

export const FirstHour = ({ device, events, bystanders, now }: FirstHourProps) => {
  const words = text().device.history;
  const total = bystanders[0]?.total ?? 0;
  const minute = `${device.firstSeenAt.toISOString().slice(0, 16)}Z`;
  return (
    <>
      <p class="hint">
        {words.firstIntro} <Moment at={device.firstSeenAt} now={now} />
      </p>
      {events.length === 0 ? (
        <p class="nothing">{words.firstNothing}</p>
      ) : (
        <ol class="feed">
          {events.map(event => (
            <li>
              <Moment at={event.at} now={now} seconds />
              <span class="told">
                <Sentence event={event} />
              </span>
            </li>
          ))}
        </ol>
      )}
      <h3>{words.was}</h3>
      {total === 0 ? (
        <p class="nothing">{words.wasNobody}</p>
      ) : (
        <>
          <p class="hint">{words.wasTotal(total)}</p>
          <ul class="plain">
            {bystanders.map(other => (
              <li>
                <a href={`/devices/${other.id}`}>
                  <bdi>{fullLabelOf({ ...other, called: null, isRandomMac: false })}</bdi>
                </a>
                <span class="mono muted">{other.mac}</span>
              </li>
            ))}
          </ul>
          {total > bystanders.length && <p class="hint">{words.wasMore(total - bystanders.length)}</p>}
        </>
      )}
      <p class="foot">
        <a href={`/past?at=${encodeURIComponent(minute)}`}>{words.asOf}</a>
      </p>
    </>
  );
};

const Sentence = ({ event }: { event: FirstEvent }) => {
  const { firstWhat: words, what } = text().device.history;
  const said = inert(event.text, 253);
  const detail = inert(event.detail ?? '', 120);
  switch (event.what) {
    case 'address':
      return <>{words.address(said, detail)}</>;
    case 'name':
      return <bdi>{words.name(said, text().device.profile.sources[event.detail ?? ''] ?? detail)}</bdi>;
    case 'port':
      return <>{words.port(said, detail)}</>;
    case 'alert':
      return (
        <>
          {words.alert}:{' '}
          <a href={`/alerts/${detail}`}>
            <bdi>{said}</bdi>
          </a>
        </>
      );
    default:
      return <bdi>{words.change(what[event.text] ?? said, detail)}</bdi>;
  }
};
