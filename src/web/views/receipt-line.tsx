/** Where an alert went, in one calm line. The whole story is behind its link. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import type { Alert, Delivery } from '../../store/site-alerts.ts';
import { text } from '../visit.ts';
import { MarkIcon, type Mark } from './marks.tsx';
import { Moment } from './time.tsx';

type Mood = 'good' | 'warn' | 'bad' | 'muted';

interface Part {
  readonly mood: Mood;
  readonly text: Child;
}

const MARKS: Readonly<Record<Mood, Mark>> = { good: 'known', warn: 'quiet', bad: 'alert', muted: 'ignored' };
/** The worst of the parts is the mark of the line. */
const WORST: readonly Mood[] = ['bad', 'warn', 'muted', 'good'];

export const ReceiptLine = ({ alert, now }: { alert: Alert; now: Date }) => {
  const parts = partsOf(alert.deliveries, now);
  const moods = new Set(parts.map(part => part.mood));
  // Where it arrived somewhere, what was not meant to be sent elsewhere is no trouble.
  if (moods.has('good')) moods.delete('muted');
  const mood = WORST.find(candidate => moods.has(candidate)) ?? 'muted';
  return (
    <p class={`receipts ${mood}`}>
      <MarkIcon mark={MARKS[mood]} />
      <span>
        {parts.map((part, index) => (
          <>
            {index > 0 && ' · '}
            <span class={part.mood}>{part.text}</span>
          </>
        ))}
      </span>
      <a href={`/alerts/${alert.id}`} aria-label={text().alerts.storyOf(inert(alert.summary, 100))}>
        {text().alerts.story}
      </a>
    </p>
  );
};

function partsOf(deliveries: readonly Delivery[], now: Date): Part[] {
  const of = (test: (delivery: Delivery) => boolean) => deliveries.filter(test);
  const parts: Part[] = [];
  const words = text().alerts.receipts;
  const sent = of(({ state }) => state === 'delivered');
  if (sent.length > 0) parts.push({ mood: 'good', text: <Sent sent={sent} now={now} /> });
  for (const failed of of(({ state }) => state === 'failed'))
    parts.push({
      mood: 'bad',
      text: words.failed(names([failed]), inert(failed.reason ?? failed.lastError ?? '', 160)),
    });
  for (const tried of of(({ state, attempts }) => state === 'queued' && attempts > 0))
    parts.push({ mood: 'warn', text: <Tried delivery={tried} now={now} /> });
  const fresh = of(({ state, attempts }) => state === 'queued' && attempts === 0);
  const held = fresh.filter(({ holdUntil }) => holdUntil !== null);
  for (const [, group] of grouped(held, ({ holdUntil }) => String(holdUntil?.getTime())))
    parts.push({ mood: 'muted', text: <Held held={group} now={now} /> });
  const waiting = fresh.filter(({ holdUntil }) => holdUntil === null);
  if (waiting.length > 0) parts.push({ mood: 'muted', text: words.waiting(names(waiting)) });
  for (const [reason, group] of grouped(
    of(({ state }) => state === 'suppressed'),
    ({ reason: why }) => inert(why ?? '', 160),
  ))
    parts.push({ mood: 'muted', text: words.suppressed(toChannels(group), reason) });
  return parts.length > 0 ? parts : [{ mood: 'muted', text: words.notSent }];
}

const Sent = ({ sent, now }: { sent: readonly Delivery[]; now: Date }) => {
  const times = sent.flatMap(({ finishedAt }) => finishedAt?.getTime() ?? []);
  return (
    <>
      {text().alerts.receipts.sent(names(sent))}{' '}
      {times.length > 0 && <Moment at={new Date(Math.max(...times))} now={now} />}
    </>
  );
};

const Tried = ({ delivery, now }: { delivery: Delivery; now: Date }) => (
  <>
    {text().alerts.receipts.tried(names([delivery]), delivery.attempts)}
    {delivery.nextAttemptAt !== null && (
      <>
        , {text().alerts.receipts.next} <Moment at={delivery.nextAttemptAt} now={now} />
      </>
    )}
    {delivery.lastError !== null && `: ${inert(delivery.lastError, 160)}`}
  </>
);

const Held = ({ held, now }: { held: readonly Delivery[]; now: Date }) => {
  const until = held[0]?.holdUntil;
  return (
    <>
      {text().alerts.receipts.held} {until != null && <Moment at={until} now={now} />},{' '}
      {text().alerts.receipts.thenTo(names(held))}
    </>
  );
};

function toChannels(group: readonly Delivery[]): string | null {
  return group.every(({ channel }) => channel !== null) ? names(group) : null;
}

/** `email, telegram:42 and ntfy` */
function names(deliveries: readonly Delivery[]): string {
  const all = [
    ...new Set(deliveries.map(({ channel }) => inert(channel ?? text().alerts.receipts.nobody, 60))),
  ];
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} ${text().alerts.receipts.and} ${last}`;
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
