/** What happened lately, one line each, newest first. */
import { inert } from '../../lib/text.ts';
import type { SiteEvent } from '../../store/site-events.ts';
import { text } from '../visit.ts';
import { fullLabelOf, labelOf } from '../words.ts';
import { MarkIcon, type Mark } from './marks.tsx';
import { Clock, sameDay } from './time.tsx';

export const Feed = ({ events, now }: { events: readonly SiteEvent[]; now: Date }) => {
  const { feed } = text().overview;
  const today = events.filter(event => sameDay(event.at, now));
  const before = events.filter(event => !sameDay(event.at, now));
  return (
    <section class="panel" data-live aria-labelledby="feed-title" id="feed">
      <h2 id="feed-title">{feed.today}</h2>
      {today.length > 0 ? <Lines events={today} /> : <p class="nothing">{feed.none}</p>}
      {before.length > 0 && (
        <>
          <h3>{feed.yesterday}</h3>
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
  const sentence = sentenceOf(event.kind);
  if (sentence === undefined) return <bdi>{inert(event.summary ?? event.kind, 200)}</bdi>;
  const [before = '', after = ''] = sentence.split('{}');
  return (
    <>
      {before}
      {who}
      {after}
      {(event.kind === 'moved' || event.kind === 'added') && (
        <>
          {' '}
          <span class="mono">{event.ip}</span>
        </>
      )}
    </>
  );
};

/** With the place of the device in it; undefined: an alert says it in its own words. */
function sentenceOf(kind: SiteEvent['kind']): string | undefined {
  const { feed } = text().overview;
  switch (kind) {
    case 'new':
    case 'returned':
    case 'moved':
    case 'added':
    case 'left':
    case 'accept':
    case 'ignore':
    case 'block':
    case 'rename':
    case 'merge':
    case 'archive':
    case 'watch':
      return feed[kind];
    default:
      return undefined;
  }
}
