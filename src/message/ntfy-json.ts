/**
 * A message as ntfy takes it (https://docs.ntfy.sh/publish/#publish-as-json). Its server keeps 4,096 bytes of text, and
 * reads twice that of JSON; what is longer is cut by whole lines here, where it can say how much is missing.
 */
import { count } from '../lib/text.ts';
import type { AlertSeverity } from '../store/outbox.ts';
import type { Composed } from './compose.ts';
import type { DeviceRow } from './device-row.ts';
import type { Digest, Section } from './digest.ts';

const MOST_BYTES = 4096;
const MOST_JSON_BYTES = 8192;
/** The application shows no more of them. */
const MOST_ACTIONS = 3;

/** 1 is silent, 3 the default, 5 rings until somebody looks. */
const PRIORITY: Readonly<Record<AlertSeverity, number>> = {
  info: 2,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};
/** Names that the application turns into emoji (https://docs.ntfy.sh/emojis/). */
const EMOJI: Readonly<Record<AlertSeverity, string>> = {
  info: 'information_source',
  low: 'information_source',
  medium: 'bell',
  high: 'warning',
  critical: 'rotating_light',
};

export function ntfyJson({ key, digest, custom }: Composed & { readonly key: string }, topic: string) {
  const links = digest.sections.flatMap(({ link }) => link ?? []);
  const actions = actionsOf(digest);
  const [first] = links;
  const document = (text: string) => ({
    topic,
    // A repeated try replaces the notification instead of adding one (ntfy 2.16; older ones do not read it).
    sequence_id: key,
    title: custom?.subject ?? digest.subject,
    message: text,
    priority: PRIORITY[digest.severity],
    tags: [EMOJI[digest.severity], ...new Set(digest.sections.map(({ kind }) => kind))].slice(0, 8),
    ...(first === undefined ? {} : { click: first }),
    ...(actions.length === 0 ? {} : { actions }),
  });
  const frame = bytes(JSON.stringify(document('')));
  const text = custom === undefined ? linesOf(digest) : custom.text.split('\n');
  return document(cut(text, MOST_JSON_BYTES - frame));
}

/** Buttons that open the site: the device, or the list it is about. */
function actionsOf(digest: Digest) {
  const urls = new Map<string, string>();
  for (const section of digest.sections) {
    const [only] = section.devices;
    const url = section.link ?? only?.url;
    if (url !== undefined && !urls.has(url)) urls.set(url, labelOf(url));
  }
  return [...urls].slice(0, MOST_ACTIONS).map(([url, label]) => ({ action: 'view', label, url }));
}

function labelOf(url: string): string {
  if (/\/devices\/\d+/.test(url)) return 'Show the device';
  if (url.endsWith('/devices')) return 'Show the devices';
  return url.endsWith('/scans') ? 'Show the scans' : 'Show the alerts';
}

function linesOf(digest: Digest): string[] {
  const { intro } = digest;
  return digest.sections.flatMap((section, index) => [
    ...(index > 0 ? [''] : intro === undefined ? [] : [intro]),
    // The title of the notification says the first one already, unless there are others.
    ...(digest.sections.length === 1 ? [] : [section.title]),
    ...section.facts.map(([label, value]) => `${label}: ${value}`),
    ...section.devices.map(device => rowLine(device)),
    ...(section.more > 0 ? [moreLine(section)] : []),
    section.advice,
  ]);
}

function moreLine({ more }: Section): string {
  return `… and ${count(more, 'more', 'more')}`;
}

function rowLine({ ip, mac, name, vendor }: DeviceRow): string {
  return `${ip}  ${name ?? vendor}  ${mac}`;
}

/** Whole lines as long as they fit, as UTF-8 and as JSON; a first line that does not is cut between characters. */
function cut(lines: readonly string[], mostJsonBytes: number): string {
  const fits = (text: string) =>
    bytes(text) <= MOST_BYTES && bytes(JSON.stringify(text)) - 2 <= mostJsonBytes;
  const whole = lines.join('\n');
  if (fits(whole)) return whole;
  const note = (left: number) => `… and ${count(left, 'more line')}`;
  let kept = 0;
  let text = '';
  for (const line of lines) {
    const longer = kept === 0 ? line : `${text}\n${line}`;
    if (!fits(`${longer}\n${note(lines.length)}`)) break;
    text = longer;
    kept += 1;
  }
  if (kept > 0) return `${text}\n${note(lines.length - kept)}`;
  const characters = Array.from(lines[0] ?? '');
  while (characters.length > 0 && !fits(`${characters.join('')}…`))
    characters.length -= Math.ceil(characters.length / 16);
  return `${characters.join('')}…`;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
