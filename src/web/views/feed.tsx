/** What happened lately, one line each, newest first. */
import { inert } from '../../lib/text.ts';
import type { SiteEvent } from '../../store/site-events.ts';
import { fullLabelOf, labelOf } from '../words.ts';
import { MarkIcon, type Mark } from './marks.tsx';
import { Clock, sameDay } from './time.tsx';

export const Feed = ({ events, now }: { events: readonly SiteEvent[]; now: Date }) => {
  const today = events.filter(event => sameDay(event.at, now));
  const before = events.filter(event => !sameDay(event.at, now));
  return (
    <section class="panel" data-live aria-labelledby="feed-title" id="feed">
      <h2 id="feed-title">Today</h2>
      {today.length > 0 ? <Lines events={today} /> : <p class="nothing">Nothing has changed yet today.</p>}
      {before.length > 0 && (
        <>
          <h3>Yesterday</h3>
          <Lines events={before} />
        </>
      )}
    </section>
  );
};

const Lines = ({ events }: { events: readonly SiteEvent[] }) => (
  <ol class="feed">
    {events.map(event => (
      <li>
        <Clock at={event.at} />
        <MarkIcon mark={markOf(event)} />
        <span>
          <Sentence event={event} />
        </span>
      </li>
    ))}
  </ol>
);

/** What is not here is an alert. */
const MARKS: Readonly<Partial<Record<SiteEvent['kind'], Mark>>> = {
  new: 'new',
  returned: 'here',
  moved: 'here',
  added: 'here',
  left: 'gone',
  accept: 'known',
  ignore: 'ignored',
  block: 'blocked',
  rename: 'known',
  merge: 'known',
  archive: 'archived',
  watch: 'known',
  baseline: 'here',
  device_back: 'here',
};

function markOf(event: SiteEvent): Mark {
  return MARKS[event.kind] ?? 'alert';
}

const Sentence = ({ event }: { event: SiteEvent }) => {
  if (event.deviceId === null || event.kind === 'blocked_device_seen')
    return <bdi>{inert(event.summary ?? event.kind, 200)}</bdi>;
  const who = (
    <a href={`/devices/${event.deviceId}`}>
      <bdi>{event.kind === 'moved' || event.kind === 'added' ? labelOf(event) : fullLabelOf(event)}</bdi>
    </a>
  );
  switch (event.kind) {
    case 'new':
      return <>new: {who}</>;
    case 'returned':
      return <>{who} came back</>;
    case 'moved':
      return (
        <>
          {who} moved to <span class="mono">{event.ip}</span>
        </>
      );
    case 'added':
      return (
        <>
          {who} also answers at <span class="mono">{event.ip}</span>
        </>
      );
    case 'left':
      return <>{who} left</>;
    case 'accept':
      return <>{who} accepted</>;
    case 'ignore':
      return <>{who} ignored</>;
    case 'block':
      return <>{who} blocked</>;
    case 'rename':
      return <>{who} was edited</>;
    case 'merge':
      return <>{who} was merged with another</>;
    case 'archive':
      return <>{who} was put away</>;
    case 'watch':
      return <>{who}: the watch was changed</>;
    default:
      return <bdi>{inert(event.summary ?? event.kind, 200)}</bdi>;
  }
};
