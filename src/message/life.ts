/** Where an alert is in its life, in words: over, again, held for the night, told because nobody acknowledged it. */
import type { AlertKind } from '../store/alert-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import { count, inert } from '../lib/text.ts';
import type { RenderContext } from './digest.ts';

/** These last, and end. The others are news of a moment, and nothing is said of their being resolved. */
const LASTS: ReadonlySet<AlertKind> = new Set([
  'gateway_changed',
  'blocked_device_seen',
  'ip_conflict',
  'arp_flood',
  'network_outage',
  'scan_failing',
  'sensor_silent',
  'service_silent',
  'channel_failing',
  'device_down',
  'flip_flop',
  'proxy_arp',
]);

export function isOver({ kind, resolvedAt }: OutboxAlert): boolean {
  return resolvedAt !== null && LASTS.has(kind);
}

/** When the device was seen; one that is gone, last. */
export function seenAt({ kind, detail, openedAt }: OutboxAlert): Date {
  const since = kind === 'device_down' ? detail['since'] : undefined;
  const at = typeof since === 'string' ? new Date(since) : openedAt;
  return Number.isNaN(at.getTime()) ? openedAt : at;
}

/**
 * The title of a single alert with what has become of it: `Printer was gone 02:00-03:00`, `Printer is gone again`.
 *
 * @param title as it was when it was raised
 */
export function titleInLife(title: string, alert: OutboxAlert, { when }: RenderContext): string {
  const { resolvedAt, reopens } = alert;
  const again = reopens !== null;
  if (resolvedAt === null || !isOver(alert)) {
    if (!again) return title;
    return /\bis (?:gone|here)\b/.test(title)
      ? title.replace(/\bis (gone|here)\b/, 'is $1 again')
      : `Again: ${lowerOurs(title)}`;
  }
  const span = when.span(seenAt(alert), resolvedAt);
  const was = / is (gone|here)\b/.exec(title);
  if (was !== null) {
    const before = title.slice(0, was.index);
    const rest = alert.kind === 'device_down' ? '' : title.slice(was.index + was[0].length);
    return `${before} was ${was[1]}${rest}${again ? ' again' : ''} ${span}`;
  }
  return `Over${again ? ', again' : ''}: ${lowerOurs(title)} (${span})`;
}

/**
 * What is said before anything else, and how the subject begins; undefined: nothing.
 *
 * @param named those that the subject names: it says of others only how many there are
 */
export function introOf(
  alerts: readonly OutboxAlert[],
  named: readonly OutboxAlert[],
  { when }: RenderContext,
): { readonly text: string; readonly subject: string } | undefined {
  const waiting = alerts.filter(({ escalation }) => escalation);
  const [first] = waiting.toSorted((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
  if (first !== undefined) {
    const who = waiting.length === alerts.length ? '' : ` (${count(waiting.length, 'alert')} of these)`;
    const subject = named.some(({ escalation }) => escalation) ? 'not acknowledged: ' : '';
    return { text: `Not acknowledged since ${when(first.openedAt)}${who}.`, subject };
  }
  const which = (held: number) =>
    held === alerts.length ? count(held, 'alert') : `${held} of these ${alerts.length} alerts`;
  const muted = alerts.filter(({ afterMute }) => afterMute).length;
  if (muted > 0) return { text: `While it was muted: ${which(muted)}.`, subject: 'while it was muted: ' };
  const held = alerts.filter(({ quiet }) => quiet).length;
  if (held === 0) return undefined;
  return { text: `While it was quiet: ${which(held)}.`, subject: 'while it was quiet: ' };
}

const OURS = /^(?:New|Blocked|Device|Back:|Nobody|First|Two|The|All|Over|Again|This|A|An)(?<=:|\b)/;

/** Lower case for a sentence of ours that goes on after a colon; a device's name keeps its own. */
export function lowerOurs(title: string): string {
  return OURS.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

const COMPANY =
  /[\s,.]+(?:co|inc|incorporated|ltd|limited|gmbh|corporation|corp|company|llc|ag|kg|plc|international|technologies|technology|telecommunications|electronics|industries|industry|systems)\b\.?/gi;

/** `GUANGDONG OPPO MOBILE TELECOMMUNICATIONS CORP.,LTD` as a subject can hold it. Short ones stay as they are. */
export function shortTitle(title: string): string {
  if (title.length <= 32) return title;
  const short = title.replace(COMPANY, '').trim();
  return cutAtWord(short === '' ? title : short, 32);
}

/** At most `max` UTF-16 units, cut between words where there are any, ending in `…`. */
export function cutAtWord(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = inert(text, max).replace(/…$/, '');
  const space = head.lastIndexOf(' ');
  return `${(space > max / 2 ? head.slice(0, space) : head).replace(/[\s,;:.(-]+$/, '')}…`;
}
