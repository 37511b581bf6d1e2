/**
 * The channels of a site, and what people do to them. Those of the configuration come and go with it; others are made
 * here by people, who say only whom they reach: credentials stay in the configuration.
 *
 * A channel sends when it is `enabled` (an alert daemon can serve it), nobody has switched it off (`offAt`) and it is
 * not removed. A removed one keeps its row, for the history of what went through it.
 */
import type { ChannelKind } from './channel-kinds.ts';
import { checkChannelName, checkRecipients, type Settings } from './channel-input.ts';
import { isSqlError, type Db } from './session.ts';

export interface SiteChannel {
  readonly id: number;
  /** `email`, `telegram:42`, `webhook`, `ntfy:topic`, `matrix:room`, or as a person called it. */
  readonly name: string;
  readonly kind: ChannelKind;
  /** Where it goes, for people to read; no credentials. */
  readonly target: string;
  readonly origin: 'config' | 'person';
  /** Some alert daemon can send through it. */
  readonly enabled: boolean;
  /** A person switched it off. */
  readonly offAt: Date | null;
  readonly offBy: string | null;
  /** Why the alert daemon cannot use it, in its words. */
  readonly problem: string | null;
  /** The last message that its server accepted. */
  readonly acceptedAt: Date | null;
  /** Since when nothing gets through. */
  readonly failingSince: Date | null;
  readonly lastError: string | null;
  /** How many deliveries are queued for it. */
  readonly waiting: number;
}

export interface ChannelInput {
  readonly name: string;
  readonly kind: ChannelKind;
  /** Of mail `{to: [..]}`, Telegram `{chatId}`, ntfy `{topic}`, Matrix `{room}`, webhook `{url}`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** `reason` is a sentence for the person. */
export type ChannelOutcome =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: string };

/** By name, those of the configuration first; removed ones are left out. */
export function listChannels(db: Db, site: string): Promise<SiteChannel[]> {
  return db.query<SiteChannel>(
    `select c.id, c.name, c.kind, c.target, c.origin, c.enabled, c.off_at as "offAt", c.off_by as "offBy", c.problem,
            c.accepted_at as "acceptedAt", c.failing_since as "failingSince", c.last_error as "lastError",
            (select count(*)::integer from deliveries as d where d.channel_id = c.id and d.state = 'queued') as waiting
     from channels as c join sites as s on s.id = c.site_id
     where s.name = $1 and c.removed_at is null
     order by c.origin, c.name`,
    [site],
  );
}

/** With whom it reaches, which may open it to anybody (a webhook's URL). Not for the site's viewers. */
export interface OpenChannel extends SiteChannel {
  readonly settings: Settings;
}

export async function listOpenChannels(db: Db, site: string): Promise<OpenChannel[]> {
  const [channels, rows] = await Promise.all([
    listChannels(db, site),
    db.query<{ id: number; settings: Settings }>(
      'select c.id, c.settings from channels as c join sites as s on s.id = c.site_id where s.name = $1',
      [site],
    ),
  ]);
  const settings = new Map(rows.map(row => [row.id, row.settings]));
  return channels.map(channel => ({ ...channel, settings: settings.get(channel.id) ?? {} }));
}

/** One try of a message. `lost`: the daemon that tried never said what came of it. */
export interface ChannelTry {
  readonly at: Date;
  readonly messageKey: string;
  /** From 1. */
  readonly attempt: number;
  readonly ms: number | null;
  readonly outcome: 'accepted' | 'retry' | 'rejected' | 'lost';
  /** The receipt, or the reason. */
  readonly said: string;
}

/** The latest tries through one channel, newest first. */
export function latestTries(db: Db, site: string, id: number, limit: number): Promise<ChannelTry[]> {
  return db.query<ChannelTry>(
    `select t.at, t.message_key as "messageKey", t.attempt, t.ms, t.outcome, t.said
     from message_tries as t join sites as s on s.id = t.site_id
     where s.name = $1 and t.channel_id = $2 order by t.id desc limit $3`,
    [site, id, limit],
  );
}

export async function addChannel(
  db: Db,
  site: string,
  { name, kind, settings }: ChannelInput,
  actor: string,
): Promise<ChannelOutcome> {
  const wrongName = checkChannelName(name);
  if (wrongName !== undefined) return { kind: 'refused', reason: wrongName };
  const checked = checkRecipients(kind, settings);
  if ('problem' in checked) return { kind: 'refused', reason: checked.problem };
  const values = [site, name, kind, checked.target, JSON.stringify(checked.settings), actor];
  return changing(db, 'select add_channel($1, $2, $3, $4, $5, $6) as id', values);
}

/** What still waits for it is not sent. Only a person's channel; one of the configuration is `refused`. */
export function removeChannel(db: Db, site: string, id: number, actor: string): Promise<ChannelOutcome> {
  return changing(db, 'select remove_channel($1, $2, $3) as id', [site, id, actor]);
}

/** What waits when it is switched off is not sent; on again within a day, what is still open is sent after all. */
export function switchChannel(
  db: Db,
  site: string,
  id: number,
  on: boolean,
  actor: string,
): Promise<ChannelOutcome> {
  return changing(db, 'select switch_channel($1, $2, $3, $4) as id', [site, id, on, actor]);
}

/** Queues one message that says it is a test, past all rules. @returns `done` with the id of its alert, which has the receipt */
export function queueTest(db: Db, site: string, id: number, actor: string): Promise<ChannelOutcome> {
  return changing(db, 'select queue_test($1, $2, $3) as id', [site, id, actor]);
}

async function changing(db: Db, sql: string, values: readonly unknown[]): Promise<ChannelOutcome> {
  try {
    const [row] = await db.query<{ id: number }>(sql, values);
    return row === undefined ? { kind: 'missing' } : { kind: 'done', id: row.id };
  } catch (error) {
    // The SQLSTATEs that these functions raise on purpose; see sql/migrations/000038.
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE422') return { kind: 'refused', reason: error.message };
    throw error;
  }
}
