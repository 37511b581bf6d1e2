/**
 * A message without a word that a device or its maker chose: kinds, MAC and IP addresses and numbers alone. Whoever is in
 * the network may call a device whatever a mail server's filters refuse, and must not silence by it what is told of him.
 */
import { count } from '../lib/text.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import { composeDigest, type Digest, type RenderContext } from './digest.ts';
import { nameOfKind } from './titles.ts';

/** A message that was refused is better short. */
const LISTED = 100;

export interface PlainMessage {
  readonly digest: Digest;
  readonly custom: { readonly subject: string; readonly text: string };
  /** The same alerts without those words, for channels that machines read. */
  readonly alerts: readonly OutboxAlert[];
}

/** @param alerts never empty */
export function plainMessage(alerts: readonly OutboxAlert[], context: RenderContext): PlainMessage {
  const wordless = alerts.map(withoutWords);
  const digest = composeDigest(wordless, context);
  const [first] = wordless;
  const rest = alerts.length - 1;
  const where = context.publicUrl === undefined ? 'netureon’s web site' : `${context.publicUrl}/alerts`;
  const text = [
    `The full text of this message was refused on its way, perhaps for what a device calls itself. Without names it says:`,
    '',
    ...wordless.slice(0, LISTED).map(alert => lineOf(alert, context)),
    ...(wordless.length > LISTED ? [`and ${count(wordless.length - LISTED, 'more', 'more')}`] : []),
    '',
    `Read the full text at ${where}.`,
  ].join('\n');
  const subject = `netureon: ${first === undefined ? 'alerts' : nameOfKind(first.kind)}${rest > 0 ? `, and ${count(rest, 'more alert')}` : ''}`;
  return { digest, custom: { subject, text }, alerts: wordless };
}

function lineOf({ id, severity, kind, mac, ip, network, openedAt }: OutboxAlert, { when }: RenderContext) {
  const about = [mac, ip].filter(text => text !== null).join(' at ') || network;
  return `- ${severity}: ${nameOfKind(kind)}${about === null || about === '' ? '' : `, ${about}`}, ${when(openedAt)} (alert ${id})`;
}

function withoutWords(alert: OutboxAlert): OutboxAlert {
  const { kind, mac, ip, network, detail } = alert;
  const about = mac ?? ip;
  return {
    ...alert,
    summary: about === null ? nameOfKind(kind) : `${nameOfKind(kind)}: ${about}`,
    detail: Object.fromEntries(wordlessEntries(detail)),
    deviceName: mac,
    deviceKind: null,
    owner: null,
    vendor: null,
    network: network === null ? null : (CIDR.exec(network)?.[0] ?? null),
  };
}

const CIDR = /(?<![\w.:])[\da-f.:]+\/\d{1,3}(?!\w)/i;
/** MAC addresses, IP addresses and moments: at least one digit, and nothing that could be read as a word. */
const NO_WORD =
  /^(?:(?:[\da-f]{2}:){5}[\da-f]{2}|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+))$/i;

function wordlessEntries(value: object): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const kept = wordless(inner);
    return kept === undefined || !/^\w{1,40}$/.test(key) ? [] : [[key, kept] as [string, unknown]];
  });
}

/** Undefined: it is a word, or unknown. */
function wordless(value: unknown): unknown {
  if (typeof value === 'string') return NO_WORD.test(value) ? value : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(wordless).filter(one => one !== undefined);
  return typeof value === 'object' && value !== null ? Object.fromEntries(wordlessEntries(value)) : undefined;
}
