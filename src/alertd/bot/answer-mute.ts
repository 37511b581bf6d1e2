/** /mute LENGTH [DEVICE or KIND], and /unmute [NUMBER or all]. */
import { parseDuration } from '../../lib/duration.ts';
import { inert } from '../../lib/text.ts';
import { code, line, listing, plain, type Line } from '../../message/telegram-lines.ts';
import { knownTime } from '../../store/as-of.ts';
import { ALERT_KINDS, type AlertKind } from '../../store/alert-kinds.ts';
import { listMutes, mute, unmute, type Mute } from '../../store/mutes.ts';
import { usageOf, type Asked } from './commands.ts';
import { findDevice, titleOf } from './find-device.ts';

/** A command that comes again after a crash is the same one. */
const SAME_MS = 2 * 60_000;

interface Target {
  readonly deviceId: number | null;
  readonly kind: AlertKind | null;
  readonly what: string;
}

export async function answerMute(asked: Asked): Promise<string> {
  const { db, site, actor, when } = asked;
  const read = lengthOf(asked.words);
  if (read === undefined) return listing([line('For how long? E.g. ', code(usageOf('mute')))], []);
  const target = await targetOf(asked, read.rest);
  if ('reply' in target) return target.reply;
  const { deviceId, kind, what } = target;
  const [{ now }, running] = await Promise.all([knownTime(db, site), listMutes(db, site)]);
  const until = new Date(now.getTime() + read.seconds * 1000);
  const same = running.some(
    one =>
      one.deviceId === deviceId &&
      one.kind === kind &&
      one.networkId === null &&
      one.channelId === null &&
      one.actor === actor &&
      Math.abs(one.until.getTime() - until.getTime()) < SAME_MS,
  );
  if (!same) {
    const outcome = await mute(db, site, { deviceId, kind, until, actor, note: 'by a command in Telegram' });
    if (outcome.kind === 'refused') return listing([plain(`That cannot be: ${outcome.why}.`)], []);
  }
  return listing([plain(`Muted until ${when(until)}: ${what}. /unmute ends it.`)], []);
}

export async function answerUnmute({ db, site, actor, words, when }: Asked): Promise<string> {
  const running = await listMutes(db, site);
  if (running.length === 0) return listing([plain('Nothing is muted.')], []);
  const number = /^#?(\d{1,15})$/.exec(words)?.[1];
  const chosen =
    words.toLowerCase() === 'all' || (words === '' && running.length === 1)
      ? running
      : running.filter(({ id }) => String(id) === number);
  if (chosen.length === 0)
    return listing(
      [plain('Which one? /unmute with its number, or /unmute all')],
      running.map(one => muteLine(one, when)),
    );
  for (const { id } of chosen) await unmute(db, site, id, actor);
  return listing(
    [plain('No longer muted:')],
    chosen.map(one => muteLine(one, when)),
  );
}

/** The length of time at the beginning, in as many words as make one. */
function lengthOf(words: string): { readonly seconds: number; readonly rest: string } | undefined {
  const parts = words.split(' ');
  for (let taken = Math.min(parts.length, 6); taken > 0; taken--) {
    const seconds = parseDuration(parts.slice(0, taken).join(' '));
    if (seconds !== undefined && seconds > 0) return { seconds, rest: parts.slice(taken).join(' ') };
  }
  return undefined;
}

async function targetOf(asked: Asked, text: string): Promise<Target | { readonly reply: string }> {
  if (text === '') return { deviceId: null, kind: null, what: 'everything but critical alerts' };
  const word = text.toLowerCase().replace(/[\s-]+/g, '_');
  const kind = ALERT_KINDS.find(one => one === word);
  if (kind !== undefined) return { deviceId: null, kind, what: `alerts of the kind ${kind}` };
  const found = await findDevice(asked, text);
  if ('reply' in found) return found;
  return { deviceId: found.device.id, kind: null, what: `what is about ${titleOf(found.device)}` };
}

function muteLine(
  { id, device, kind, network, channel, until, actor }: Mute,
  when: (at: Date) => string,
): Line {
  const what = [device, kind, network, channel].filter(one => one !== null).map(one => inert(one, 60));
  return plain(
    `${id}: ${what.length === 0 ? 'everything' : what.join(', ')}, until ${when(until)}, by ${inert(actor, 80)}`,
  );
}
