/** What can be asked of alerts. */
import type { AlertKind } from './alert-kinds.ts';

/** From the least to the worst; sql/migrations has the same list as a check. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** open: neither resolved nor acknowledged. resolved: over, acknowledged or not. */
export const ALERT_STATES = ['open', 'acknowledged', 'resolved', 'all'] as const;
export type AlertStatus = (typeof ALERT_STATES)[number];

/** What became of a message about an alert. */
export const SENT_STATES = ['delivered', 'failed', 'queued', 'suppressed'] as const;
export type SentState = (typeof SENT_STATES)[number];

export interface AlertQuery {
  readonly status: AlertStatus;
  /** Only this one. */
  readonly id?: number | undefined;
  readonly kind?: AlertKind | undefined;
  /** At least so severe. */
  readonly severity?: Severity | undefined;
  /** Only this device's. */
  readonly device?: number | undefined;
  /** Only of this network. */
  readonly network?: number | undefined;
  /** Something about it was to be sent through this channel. */
  readonly channel?: number | undefined;
  /** What became of a message about it (through `channel`, if that is given). */
  readonly sent?: SentState | undefined;
  /** Acknowledged by this person. */
  readonly by?: string | undefined;
  /** Part of its sentence, its address or its MAC. */
  readonly text?: string | undefined;
  /** Raised then or later, and before. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Only what last happened then or later. */
  readonly since?: Date | undefined;
  /** Leave out what asks nothing of anybody: information, and new devices where they wait to be decided about. */
  readonly onlyUrgent?: boolean | undefined;
  /** Only older than this alert. */
  readonly before: number | null;
  readonly limit: number;
}
