/** A message for machines: what a webhook gets. Fields are only ever added under one `version`; docs/ALERTS.md has them. */
import { inert } from '../lib/text.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { Composed } from './compose.ts';
import { mailText } from './mail-text.ts';

export interface WebhookMessage extends Composed {
  readonly key: string;
  readonly composedAt: Date;
  readonly alerts: readonly OutboxAlert[];
}

/** More are counted in `alerts_left_out`: a receiver takes half a megabyte, and the rows are in the database. */
const LISTED = 500;
/** Of one alert's detail, and of all text together; lists such as a first look's devices are on the site. */
const DETAIL_LENGTH = 2000;
const TEXT_LENGTH = 100_000;

export function webhookJson(message: WebhookMessage, { site, channel }: { site: string; channel: string }) {
  const { key, composedAt, digest, custom, alerts } = message;
  const text = custom?.text ?? mailText(digest);
  return {
    version: 1,
    id: key,
    sent_at: composedAt.toISOString(),
    site,
    channel,
    test: alerts.every(({ kind }) => kind === 'test'),
    severity: digest.severity,
    subject: custom?.subject ?? digest.subject,
    text: text.slice(0, TEXT_LENGTH),
    link: digest.sections[0]?.link ?? null,
    alerts: alerts.slice(0, LISTED).map(alertJson),
    alerts_left_out: Math.max(0, alerts.length - LISTED),
  };
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
