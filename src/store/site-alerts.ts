/** Alerts with the receipts of their deliveries. */
import type { AlertKind } from './alert-kinds.ts';
import type { Db } from './session.ts';

export interface Alert {
  readonly id: number;
  readonly kind: AlertKind;
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical';
  readonly summary: string;
  readonly deviceId: number | null;
  readonly deviceName: string | null;
  readonly deviceState: string | null;
  readonly mac: string | null;
  readonly ip: string | null;
  readonly network: string | null;
  readonly count: number;
  readonly openedAt: Date;
  readonly lastAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly resolvedAt: Date | null;
  /** Why it needed no answer: `recognised as Anna's phone`. */
  readonly resolvedBecause: string | null;
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
  readonly finishedAt: Date | null;
  readonly nextAttemptAt: Date | null;
  /** Not sent before: the device's name may tell that it is a known one. */
  readonly holdUntil: Date | null;
  readonly receipt: string | null;
  readonly lastError: string | null;
}

export interface AlertQuery {
  readonly status: 'open' | 'acknowledged' | 'all';
  readonly kind?: AlertKind | undefined;
  /** This severity and worse. */
  readonly severity?: Alert['severity'] | undefined;
  /** Only of this network. */
  readonly network?: number | undefined;
  /** Only this device's. */
  readonly device?: number;
  /** Leave out what asks nothing of anybody: information, and new devices where they wait to be decided about. */
  readonly onlyUrgent?: boolean;
  /** Only older than this alert. */
  readonly before: number | null;
  readonly limit: number;
}

/** JSON carries times as text. */
type RawDelivery = Omit<Delivery, 'finishedAt' | 'nextAttemptAt' | 'holdUntil'> & {
  finishedAt: string | null;
  holdUntil: string | null;
  nextAttemptAt: string | null;
};

/** From the least to the worst; sql/migrations has the same list as a check. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;

/** Newest first. `open` means neither resolved nor acknowledged. */
export async function listAlerts(
  db: Db,
  site: string,
  query: AlertQuery,
): Promise<{ rows: Alert[]; next: number | null }> {
  const rows = await db.query<Omit<Alert, 'deliveries'> & { deliveries: RawDelivery[] }>(
    `select a.id, a.kind, a.severity, a.summary, a.device_id as "deviceId", d.name as "deviceName",
            d.state as "deviceState", a.mac::text as mac, host(a.ip) as ip, network_words(n) as network, a.count,
            a.opened_at as "openedAt", a.last_at as "lastAt", a.acknowledged_at as "acknowledgedAt",
            a.resolved_at as "resolvedAt", a.detail ->> 'resolved_because' as "resolvedBecause",
            case when a.kind = 'gateway_changed' and a.network_id is not null and a.detail ? 'new_macs'
              then jsonb_build_object('network', a.network_id, 'macs', a.detail -> 'new_macs') end as gateway,
            coalesce((
              select json_agg(json_build_object(
                'id', v.id, 'state', v.state, 'channel', c.name, 'channelKind', c.kind, 'target', c.target,
                'reason', v.reason, 'attempts', v.attempts, 'finishedAt', v.finished_at,
                'nextAttemptAt', case v.state when 'queued' then v.next_attempt_at end,
                'holdUntil', case when v.state = 'queued' and v.attempts = 0 and v.message_key is null
                               and v.hold_until > now() then v.hold_until end,
                'receipt', v.receipt, 'lastError', v.last_error) order by v.id)
              from deliveries as v left join channels as c on c.site_id = v.site_id and c.id = v.channel_id
              where v.site_id = a.site_id and v.alert_id = a.id), '[]') as deliveries
     from alerts as a
     join sites as s on s.id = a.site_id
     left join devices as d on d.site_id = a.site_id and d.id = a.device_id
     left join networks as n on n.site_id = a.site_id and n.id = a.network_id
     where s.name = $1 and ($2::bigint is null or a.id < $2) and ($3::bigint is null or a.device_id = $3)
       and ($4 = 'all' or a.resolved_at is null and a.acknowledged_at is null
            and (not $6 or a.severity <> 'info' and a.kind <> 'new_device')
            or $4 = 'acknowledged' and a.acknowledged_at is not null)
       and ($7::text is null or a.kind = $7) and ($8::text[] is null or a.severity = any ($8))
       and ($9::integer is null or a.network_id = $9)
     order by a.id desc limit $5`,
    [
      site,
      query.before,
      query.device ?? null,
      query.status,
      query.limit + 1,
      query.onlyUrgent ?? false,
      query.kind ?? null,
      query.severity === undefined ? null : SEVERITIES.slice(SEVERITIES.indexOf(query.severity)),
      query.network ?? null,
    ],
  );
  const shown = rows.slice(0, query.limit).map(row => ({ ...row, deliveries: row.deliveries.map(delivery) }));
  return { rows: shown, next: rows.length > query.limit ? (shown.at(-1)?.id ?? null) : null };
}

function delivery(raw: RawDelivery): Delivery {
  return {
    ...raw,
    finishedAt: raw.finishedAt === null ? null : new Date(raw.finishedAt),
    holdUntil: raw.holdUntil === null ? null : new Date(raw.holdUntil),
    nextAttemptAt: raw.nextAttemptAt === null ? null : new Date(raw.nextAttemptAt),
  };
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
