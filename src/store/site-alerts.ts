/** Alerts with the receipts of their deliveries, and what people do about many at once. */
import type { AlertKind } from './alert-kinds.ts';
import type { AlertQuery, Severity } from './alert-query.ts';
import { findAlerts } from './alert-search.ts';

import type { Db } from './session.ts';

export { ALERT_STATES, SENT_STATES, SEVERITIES } from './alert-query.ts';
export type { AlertQuery, AlertStatus, SentState, Severity } from './alert-query.ts';

/** open: nobody has said anything. reopened: it had ended within the day before, or a person took an answer back. */
export type AlertState = 'open' | 'reopened' | 'acknowledged' | 'resolved';

export interface Alert {
  readonly id: number;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** As it was raised, where a rule has changed it. */
  readonly severityWas: Severity | null;
  readonly state: AlertState;
  /** Open, and it asks something of somebody: neither information nor only that a new device is new. */
  readonly urgent: boolean;
  readonly summary: string;
  readonly deviceId: number | null;
  readonly deviceName: string | null;
  readonly deviceState: string | null;
  readonly mac: string | null;
  readonly ip: string | null;
  readonly networkId: number | null;
  readonly network: string | null;
  readonly count: number;
  readonly openedAt: Date;
  readonly lastAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly resolvedAt: Date | null;
  /** Why it needed no answer: `recognised as Anna's phone`. */
  readonly resolvedBecause: string | null;
  /** The alert of the same cause that had ended within the day before. */
  readonly reopens: number | null;
  /** Of gateway_changed: who claims to be the gateway of which network. */
  readonly gateway: { readonly network: number; readonly macs: readonly string[] } | null;
  readonly deliveries: readonly Delivery[];
}

export interface Delivery {
  readonly id: number;
  readonly state: 'queued' | 'delivered' | 'failed' | 'suppressed';
  /** Null: no channel at all. */
  readonly channel: string | null;
  readonly channelKind: string | null;
  readonly target: string | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly nextAttemptAt: Date | null;
  /** Not sent before: it waits for others, for the end of quiet hours, or for the device's name. */
  readonly holdUntil: Date | null;
  readonly receipt: string | null;
  readonly lastError: string | null;
  /** Which rule decided, as it was called then. */
  readonly rule: string | null;
  /** Held for quiet hours. */
  readonly quiet: boolean;
  /** Sent because nobody acknowledged. */
  readonly escalation: boolean;
}

/** JSON carries times as text. */
type RawDelivery = Omit<Delivery, 'createdAt' | 'finishedAt' | 'nextAttemptAt' | 'holdUntil'> & {
  createdAt: string;
  finishedAt: string | null;
  holdUntil: string | null;
  nextAttemptAt: string | null;
};

/** A page of alerts, and how many there are from its first on. */
export interface AlertPage {
  readonly rows: readonly Alert[];
  /** The last of these: what is older than it comes next; null: nothing. */
  readonly next: number | null;
  /** Up to COUNTED. */
  readonly count: number;
  /** There are more than that, or nobody has looked so far back. */
  readonly isMore: boolean;
  /** The search ended at this moment without having filled the page: what is older was not looked at. */
  readonly walkedTo: Date | null;
}

/** Nobody needs to know whether it is a thousand or a million. */
const COUNTED = 1_000;

/** Newest first. */
export async function searchAlerts(db: Db, site: string, query: AlertQuery): Promise<AlertPage> {
  const found = await findAlerts(db, site, { ...query, limit: Math.max(COUNTED, query.limit) + 1 });
  const shown = found.ids.slice(0, query.limit);
  const rows = await readAlerts(db, site, shown);
  const isFull = found.ids.length > query.limit;
  const walked = found.walkedTo === null || isFull ? undefined : await openedAt(db, site, found.walkedTo);
  return {
    rows,
    next: isFull ? (shown.at(-1) ?? null) : found.walkedTo,
    count: Math.min(found.ids.length, COUNTED),
    isMore: found.ids.length > COUNTED || found.walkedTo !== null,
    walkedTo: walked ?? null,
  };
}

/** Newest first. */
export async function listAlerts(
  db: Db,
  site: string,
  query: AlertQuery,
): Promise<{ rows: Alert[]; next: number | null }> {
  const { ids, walkedTo } = await findAlerts(db, site, { ...query, limit: query.limit + 1 });
  const shown = ids.slice(0, query.limit);
  const rows = await readAlerts(db, site, shown);
  return { rows, next: ids.length > query.limit ? (shown.at(-1) ?? null) : walkedTo };
}

async function openedAt(db: Db, site: string, id: number): Promise<Date | undefined> {
  const [row] = await db.query<{ at: Date }>(
    'select a.opened_at as at from alerts as a join sites as s on s.id = a.site_id where s.name = $1 and a.id = $2',
    [site, id],
  );
  return row?.at;
}

async function readAlerts(db: Db, site: string, ids: readonly number[]): Promise<Alert[]> {
  if (ids.length === 0) return [];
  const rows = await db.query<Omit<Alert, 'deliveries'> & { deliveries: RawDelivery[] }>(
    `select a.id, a.kind, a.severity, a.severity_was as "severityWas", alert_state(a) as state, is_urgent(a) as urgent,
            a.summary, a.device_id as "deviceId", d.name as "deviceName",
            d.state as "deviceState", a.mac::text as mac, host(a.ip) as ip, a.network_id as "networkId",
            network_words(n) as network, a.count,
            a.opened_at as "openedAt", a.last_at as "lastAt", a.acknowledged_at as "acknowledgedAt",
            a.acknowledged_by as "acknowledgedBy",
            a.resolved_at as "resolvedAt", a.detail ->> 'resolved_because' as "resolvedBecause", a.reopens,
            case when a.kind = 'gateway_changed' and a.network_id is not null and a.detail ? 'new_macs'
              then jsonb_build_object('network', a.network_id, 'macs', a.detail -> 'new_macs') end as gateway,
            coalesce((
              select json_agg(json_build_object(
                'id', v.id, 'state', v.state, 'channel', c.name, 'channelKind', c.kind, 'target', c.target,
                'reason', v.reason, 'attempts', v.attempts, 'createdAt', v.created_at, 'finishedAt', v.finished_at,
                'nextAttemptAt', case v.state when 'queued' then v.next_attempt_at end,
                'holdUntil', case when v.state = 'queued' and v.attempts = 0 and v.message_key is null
                               and v.hold_until > now() then v.hold_until end,
                'receipt', v.receipt, 'lastError', v.last_error,
                'rule', v.rule_name, 'quiet', v.quiet, 'escalation', v.escalation) order by v.id)
              from deliveries as v left join channels as c on c.site_id = v.site_id and c.id = v.channel_id
              where v.site_id = a.site_id and v.alert_id = a.id), '[]') as deliveries
     from alerts as a
     join sites as s on s.id = a.site_id
     left join devices as d on d.site_id = a.site_id and d.id = a.device_id
     left join networks as n on n.site_id = a.site_id and n.id = a.network_id
     where s.name = $1 and a.id = any ($2::bigint[]) order by a.id desc`,
    [site, ids],
  );
  return rows.map(row => ({ ...row, deliveries: row.deliveries.map(delivery) }));
}

/** Undefined: there is none with this number. */
export async function getAlert(db: Db, site: string, id: number): Promise<Alert | undefined> {
  return (await listAlerts(db, site, { status: 'all', id, before: null, limit: 1 })).rows[0];
}

function delivery(raw: RawDelivery): Delivery {
  return {
    ...raw,
    createdAt: new Date(raw.createdAt),
    finishedAt: raw.finishedAt === null ? null : new Date(raw.finishedAt),
    holdUntil: raw.holdUntil === null ? null : new Date(raw.holdUntil),
    nextAttemptAt: raw.nextAttemptAt === null ? null : new Date(raw.nextAttemptAt),
  };
}

/** How many there are in each state. "N alerts open" is `urgent`: everywhere that number and these words. */
export interface AlertCounts {
  /** Open, and somebody should do something. */
  readonly urgent: number;
  /** Open besides: information, and new devices that wait for a decision in the device list. */
  readonly other: number;
  /** Acknowledged, and not over. */
  readonly acknowledged: number;
}

export async function countAlerts(db: Db, site: string): Promise<AlertCounts> {
  const [row] = await db.query<AlertCounts>(
    `select count(*) filter (where is_urgent(a)) as urgent,
            count(*) filter (where a.acknowledged_at is null and not is_urgent(a)) as other,
            count(*) filter (where a.acknowledged_at is not null) as acknowledged
     from alerts as a join sites as s on s.id = a.site_id where s.name = $1 and a.resolved_at is null`,
    [site],
  );
  return row ?? { urgent: 0, other: 0, acknowledged: 0 };
}

/**
 * Acknowledges every open alert at once; undoAcknowledgeAll takes it back.
 * @param which of this kind only; opened before that only (so that nobody acknowledges what he has not seen)
 * @returns how many
 */
export async function acknowledgeAll(
  db: Db,
  site: string,
  which: { readonly kind?: AlertKind | undefined; readonly before?: Date | undefined },
  actor: string,
): Promise<number> {
  const [row] = await db.query<{ n: number }>('select acknowledge_all($1, $2, $3, $4) as n', [
    site,
    which.kind ?? null,
    which.before ?? null,
    actor,
  ]);
  return row?.n ?? 0;
}

/** Opens again what this person's latest acknowledgeAll of the last hour acknowledged. @returns how many */
export async function undoAcknowledgeAll(db: Db, site: string, actor: string): Promise<number> {
  const [row] = await db.query<{ n: number }>('select undo_acknowledge_all($1, $2) as n', [site, actor]);
  return row?.n ?? 0;
}
export interface GatewayChoice {
  readonly network: number;
  /** undone: one was accepted, and the one from before is the gateway again. */
  readonly state: 'open' | 'accepted' | 'undone';
  /** Who may be said to be the gateway now: those that claim to be it; after one was accepted, the one from before. */
  readonly macs: readonly string[];
}

/** What a gateway_changed asks, or what its answer can be changed to; undefined: it is none, or over otherwise. */
export async function gatewayOfAlert(
  db: Db,
  site: string,
  alert: number,
): Promise<GatewayChoice | undefined> {
  const [row] = await db.query<GatewayChoice>(
    `select g.network, g.state, case g.state when 'open' then g.claimed when 'accepted' then jsonb_build_array(g.before) else '[]' end as macs
     from (
       select a.network_id as network, a.detail -> 'new_macs' as claimed, a.detail -> 'old_mac' as before,
              case when a.resolved_at is null then 'open'
                   when a.detail -> 'new_macs' ? n.gateway_mac::text and a.detail ->> 'old_mac' is not null then 'accepted'
                   when a.detail ->> 'old_mac' = n.gateway_mac::text then 'undone' end as state
       from alerts as a
       join sites as s on s.id = a.site_id
       join networks as n on n.site_id = a.site_id and n.id = a.network_id
       where s.name = $1 and a.id = $2 and a.kind = 'gateway_changed' and a.detail ? 'new_macs'
     ) as g
     where g.state is not null`,
    [site, alert],
  );
  return row;
}
