/** A message for machines: what a webhook gets. Fields are only ever added under one `version`; docs/ALERTS.md has them. */
import { inert } from '../lib/text.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { Composed } from './compose.ts';
import { mailText } from './mail-text.ts';

export interface WebhookMessage extends Composed {
  readonly key: string;
  readonly plain?: boolean;
  readonly composedAt: Date;
  readonly alerts: readonly OutboxAlert[];
}

/** More are counted in `alerts_left_out`: the rows are in the database. */
const LISTED = 500;
/** What a receiver is promised, in UTF-8; and what still goes where that was too much. */
const MOST_BYTES = 512 * 1024;
const MOST_PLAIN_BYTES = 60 * 1024;
/** Of one alert's detail, and of all text together; lists such as a first look's devices are on the site. */
const DETAIL_LENGTH = 2000;
const TEXT_LENGTH = 100_000;

export function webhookJson(message: WebhookMessage, { site, channel }: { site: string; channel: string }) {
  const { key, plain = false, composedAt, digest, custom, alerts } = message;
  const text = custom?.text ?? mailText(digest);
  const document = {
    version: 1,
    id: key,
    sent_at: composedAt.toISOString(),
    site,
    channel,
    test: alerts.every(({ kind }) => kind === 'test'),
    severity: digest.severity,
    subject: custom?.subject ?? digest.subject,
    text: cut(text, plain ? TEXT_LENGTH / 10 : TEXT_LENGTH),
    link: digest.sections[0]?.link ?? null,
    alerts: [] as ReturnType<typeof alertJson>[],
    alerts_left_out: alerts.length,
  };
  // The number of those left out grows no longer than it is now.
  let left = (plain ? MOST_PLAIN_BYTES : MOST_BYTES) - bytes(document);
  for (const alert of alerts.slice(0, LISTED)) {
    const one = alertJson(alert);
    left -= bytes(one) + 1; // its comma
    if (left < 0) break;
    document.alerts.push(one);
  }
  return { ...document, alerts_left_out: alerts.length - document.alerts.length };
}

function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '');
}

function bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

function alertJson(alert: OutboxAlert) {
  const { id, kind, severity, summary, openedAt, resolvedAt, acknowledgedAt, count, network } = alert;
  return {
    id,
    kind,
    severity,
    summary: inert(summary, 500),
    opened_at: openedAt.toISOString(),
    resolved_at: resolvedAt?.toISOString() ?? null,
    acknowledged_at: acknowledgedAt?.toISOString() ?? null,
    count,
    reopens: alert.reopens,
    escalation: alert.escalation,
    network: plain(network),
    device: alert.deviceId === null && alert.mac === null ? null : deviceJson(alert),
    detail: detailOf(alert),
  };
}

function deviceJson(alert: OutboxAlert) {
  return {
    id: alert.deviceId,
    name: plain(alert.deviceName),
    state: alert.deviceState,
    kind: plain(alert.deviceKind),
    owner: plain(alert.owner),
    vendor: plain(alert.vendor),
    mac: alert.mac,
    random_mac: alert.randomMac,
    ip: alert.ip,
  };
}

function plain(text: string | null): string | null {
  return text === null ? null : inert(text, 200);
}

function detailOf({ detail }: OutboxAlert): unknown {
  const harmless = inertly(detail);
  return JSON.stringify(harmless).length > DETAIL_LENGTH ? {} : harmless;
}

/** The same value with every text in it made inert. JSON quotes the rest. */
function inertly(value: unknown): unknown {
  if (typeof value === 'string') return inert(value, DETAIL_LENGTH);
  if (Array.isArray(value)) return value.map(inertly);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [inert(key, 100), inertly(inner)]));
}
