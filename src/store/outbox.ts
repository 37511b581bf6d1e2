/**
 * The outbox as one site's alert daemon sees it: typed calls around the functions of sql/migrations/000035. A claim
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
  /** new, known, ignored, blocked or archived, as it is now. */
  readonly deviceState: string | null;
  /** As a person said, else as its profile tells: `printer`. */
  readonly deviceKind: string | null;
  readonly owner: string | null;
  /** Lower case with colons. */
  readonly mac: string | null;
  readonly vendor: string | null;
  readonly randomMac: boolean;
  readonly ip: string | null;
  readonly networkId: number | null;
  /** In words: its CIDR, its name. */
  readonly network: string | null;
  readonly openedAt: Date;
  /** Over by now. */
  readonly resolvedAt: Date | null;
  readonly acknowledgedAt: Date | null;
  /** How often it has happened since it was opened. */
  readonly count: number;
  /** The alert of the same cause that had ended shortly before. */
  readonly reopens: number | null;
  /** Told here because nobody acknowledged it. */
  readonly escalation: boolean;
  /** Was held for quiet hours. */
  readonly quiet: boolean;
  /** Was withheld by a mute that has ended. */
  readonly afterMute: boolean;
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

export interface ConfiguredChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** Where it goes, for people to read; no credentials. */
  readonly target: string;
  /** Whom it reaches, for the channel's maker: `{"chatId": "42"}`. No credentials either. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface ServedChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly target: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Who made it: this daemon's configuration, or a person. */
  readonly origin: 'config' | 'person';
}

/** What a message is after marking; `lost`: another daemon has taken it over, nothing was written. */
export type Marked = 'delivered' | 'queued' | 'failed' | 'lost';

export interface Outbox {
  /**
   * Tells the database what this daemon's configuration has. Configured channels that no living daemon has are
   * switched off; those that people added are left alone.
   * @param guest sends what is due and goes: takes nothing away, and hurries nothing
   */
  syncChannels(channels: readonly ConfiguredChannel[], guest?: boolean): Promise<void>;
  /** The channels that this daemon is to serve, in the order they were made: its own, and all that people added. */
  channels(): Promise<ServedChannel[]>;
  /** Those of them that it cannot use, by name: why, for people to read. */
  reportProblems(problems: Readonly<Record<string, string>>): Promise<void>;
  claim(channel: string, leaseMs: number, limit: number): Promise<Claim | undefined>;
  /** @param tookMs how long the try took */
  delivered(claim: Claim, receipt: string, tookMs?: number): Promise<Marked>;
  /** Gives up by itself after a day: then `failed`. */
  retry(claim: Claim, error: string, delayMs: number, tookMs?: number): Promise<Marked>;
  failed(claim: Claim, reason: string, tookMs?: number): Promise<Marked>;
  /** Refused for its words; the caller keeps it, for one more try in other words within `leaseMs`. */
  refused(claim: Claim, reason: string, leaseMs: number, tookMs?: number): Promise<Marked>;
  /** Milliseconds until something can be claimed; undefined when nothing waits. */
  nextDueMs(channel: string): Promise<number | undefined>;
  /** "I am alive", shown by the web site and seen by other daemons. */
  heartbeat(version: string, startedAt: Date): Promise<void>;
  /** What somebody outside should know: scans that stopped, a channel failing for so long; undefined when all is well. */
  trouble(failingMs: number): Promise<string | undefined>;
  /** A clean goodbye: others need not wonder. */
  stopped(): Promise<void>;
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
  device_state: string | null;
  device_kind: string | null;
  owner: string | null;
  mac: string | null;
  vendor: string | null;
  random_mac: boolean;
  ip: string | null;
  network_id: number | null;
  network: string | null;
  opened_at: Date;
  resolved_at: Date | null;
  acknowledged_at: Date | null;
  count: number;
  reopens: number | null;
  escalation: boolean;
  quiet: boolean;
  after_mute: boolean;
}

/** Whoever has no process worth remembering: always the same one. */
const UNNAMED = '00000000-0000-4000-8000-000000000000';

/** @param instance UUID of this process: what it declares counts as long as it lives */
export function outboxOf(db: Db, site: string, instance = UNNAMED): Outbox {
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
    syncChannels: async (channels, guest = false) => {
      const rows = channels.map(({ name, kind, target, settings }) => ({ name, kind, target, settings }));
      await db.query('select sync_channels($1, $2, $3, $4)', [site, instance, JSON.stringify(rows), guest]);
    },
    channels: () => db.query<ServedChannel>('select * from served_channels($1, $2)', [site, instance]),
    reportProblems: async problems => {
      await db.query('select report_problems($1, $2, $3)', [site, instance, JSON.stringify(problems)]);
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
    delivered: (claim, receipt, tookMs) =>
      mark('mark_delivered($1, $2, $3, $4, $5, $6)', claim, [receipt, tookMs]),
    retry: (claim, error, delayMs, tookMs) =>
      mark(`mark_retry($1, $2, $3, $4, $5, $6 * interval '1 millisecond', $7)`, claim, [
        error,
        delayMs,
        tookMs,
      ]),
    failed: (claim, reason, tookMs) => mark('mark_failed($1, $2, $3, $4, $5, $6)', claim, [reason, tookMs]),
    refused: (claim, reason, leaseMs, tookMs) =>
      mark(`mark_refused($1, $2, $3, $4, $5, $6 * interval '1 millisecond', $7)`, claim, [
        reason,
        leaseMs,
        tookMs,
      ]),
    nextDueMs: async channel => {
      const [row] = await db.query<{ ms: number | null }>('select next_due($1, $2) as ms', [site, channel]);
      return row?.ms ?? undefined;
    },
    heartbeat: async (version, startedAt) => {
      await sendHeartbeat(db, site, 'alertd', version, startedAt);
      await db.query('select alertd_alive($1, $2)', [site, instance]);
    },
    trouble: async failingMs => {
      const [row] = await db.query<{ trouble: string | null }>(
        `select alerting_trouble($1, $2 * interval '1 millisecond') as trouble`,
        [site, failingMs],
      );
      return row?.trouble ?? undefined;
    },
    stopped: async () => {
      await db.query('select alertd_stopped($1, $2)', [site, instance]);
    },
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
    deviceState: row.device_state,
    deviceKind: row.device_kind,
    owner: row.owner,
    mac: row.mac,
    vendor: row.vendor,
    randomMac: row.random_mac,
    ip: row.ip,
    networkId: row.network_id,
    network: row.network,
    openedAt: row.opened_at,
    resolvedAt: row.resolved_at,
    acknowledgedAt: row.acknowledged_at,
    count: row.count,
    reopens: row.reopens,
    escalation: row.escalation,
    quiet: row.quiet,
    afterMute: row.after_mute,
  };
}
