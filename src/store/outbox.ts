/**
 * The outbox as one site's alert daemon sees it: typed calls around the functions of sql/migrations/000010. A claim
 * is one message for one channel, held by a lease; all times are the database's.
 */
import type { AlertKind } from './alert-kinds.ts';
import type { ChannelKind } from './channel-kinds.ts';
import { sendHeartbeat } from './heartbeat.ts';
import type { Db } from './session.ts';

export type AlertSeverity = 'info' | 'low' | 'medium' | 'high' | 'critical';

/** What a channel needs to know of an alert. Names, vendors and details are a stranger's text, not yet made inert. */
export interface OutboxAlert {
  readonly id: number;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly summary: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly deviceId: number | null;
  readonly deviceName: string | null;
  /** Lower case with colons. */
  readonly mac: string | null;
  readonly vendor: string | null;
  readonly randomMac: boolean;
  readonly ip: string | null;
  /** CIDR notation. */
  readonly network: string | null;
  readonly openedAt: Date;
  /** How often it has happened since it was opened. */
  readonly count: number;
}

export interface Claim {
  readonly channel: string;
  /** UUID of the message; the same for every try. */
  readonly messageKey: string;
  readonly leaseToken: string;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** Oldest first; never empty. */
  readonly alerts: readonly OutboxAlert[];
}

interface ConfiguredChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** Where it goes, for people to read; no credentials. */
  readonly target: string;
}

/** What a message is after marking; `lost`: another daemon has taken it over, nothing was written. */
export type Marked = 'delivered' | 'queued' | 'failed' | 'lost';

export interface Outbox {
  /** Makes the site's channels exactly these. */
  syncChannels(channels: readonly ConfiguredChannel[]): Promise<void>;
  claim(channel: string, leaseMs: number, limit: number): Promise<Claim | undefined>;
  delivered(claim: Claim, receipt: string): Promise<Marked>;
  /** Gives up by itself after a day: then `failed`. */
  retry(claim: Claim, error: string, delayMs: number): Promise<Marked>;
  failed(claim: Claim, reason: string): Promise<Marked>;
  /** Milliseconds until something can be claimed; undefined when nothing waits. */
  nextDueMs(channel: string): Promise<number | undefined>;
  /** "I am alive", shown by the web site. */
  heartbeat(version: string, startedAt: Date): Promise<void>;
}

interface ClaimRow {
  message_key: string;
  lease_token: string;
  attempts: number;
  alert_id: number;
  kind: AlertKind;
  severity: AlertSeverity;
  summary: string;
  detail: Record<string, unknown>;
  device_id: number | null;
  device_name: string | null;
  mac: string | null;
  vendor: string | null;
  random_mac: boolean;
  ip: string | null;
  network: string | null;
  opened_at: Date;
  count: number;
}

export function outboxOf(db: Db, site: string): Outbox {
  const mark = async (call: string, claim: Claim, values: readonly unknown[]): Promise<Marked> => {
    const [row] = await db.query<{ state: Marked | null }>(`select ${call} as state`, [
      site,
      claim.channel,
      claim.messageKey,
      claim.leaseToken,
      ...values,
    ]);
    return row?.state ?? 'lost';
  };
  return {
    syncChannels: async channels => {
      await db.query('select sync_channels($1, $2, $3, $4)', [
        site,
        channels.map(({ name }) => name),
        channels.map(({ kind }) => kind),
        channels.map(({ target }) => target),
      ]);
    },
    claim: async (channel, leaseMs, limit) => {
      const rows = await db.query<ClaimRow>(
        `select * from claim_deliveries($1, $2, $3 * interval '1 millisecond', $4)`,
        [site, channel, leaseMs, limit],
      );
      const [first] = rows;
      return first === undefined
        ? undefined
        : {
            channel,
            messageKey: first.message_key,
            leaseToken: first.lease_token,
            attempt: first.attempts,
            alerts: rows.map(alertOf),
          };
    },
    delivered: (claim, receipt) => mark('mark_delivered($1, $2, $3, $4, $5)', claim, [receipt]),
    retry: (claim, error, delayMs) =>
      mark(`mark_retry($1, $2, $3, $4, $5, $6 * interval '1 millisecond')`, claim, [error, delayMs]),
    failed: (claim, reason) => mark('mark_failed($1, $2, $3, $4, $5)', claim, [reason]),
    nextDueMs: async channel => {
      const [row] = await db.query<{ ms: number | null }>('select next_due($1, $2) as ms', [site, channel]);
      return row?.ms ?? undefined;
    },
    heartbeat: (version, startedAt) => sendHeartbeat(db, site, 'alertd', version, startedAt),
  };
}

function alertOf(row: ClaimRow): OutboxAlert {
  return {
    id: row.alert_id,
    kind: row.kind,
    severity: row.severity,
    summary: row.summary,
    detail: row.detail,
    deviceId: row.device_id,
    deviceName: row.device_name,
    mac: row.mac,
    vendor: row.vendor,
    randomMac: row.random_mac,
    ip: row.ip,
    network: row.network,
    openedAt: row.opened_at,
    count: row.count,
  };
}
