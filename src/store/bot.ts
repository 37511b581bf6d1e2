/** What the bot may do: typed calls around sql/migrations/000037. */
import { acting } from './acting.ts';
import type { AlertKind } from './alert-kinds.ts';
import type { Db } from './session.ts';

/** `mine`: this daemon asks for updates. Otherwise another does, for `site`. */
export type BotLease =
  { readonly mine: true; readonly holder: string } | { readonly mine: false; readonly site: string };

/** @param holder of the call before; null at first */
export async function claimBot(
  db: Db,
  site: string,
  bot: number,
  holder: string | null,
  leaseMs: number,
): Promise<BotLease> {
  const [row] = await db.query<{ holder: string | null; site: string }>(
    `select * from claim_bot($1, $2, $3, $4 * interval '1 millisecond')`,
    [site, bot, holder, leaseMs],
  );
  if (row?.holder == null) return { mine: false, site: row?.site ?? site };
  return { mine: true, holder: row.holder };
}

export async function releaseBot(db: Db, bot: number, holder: string): Promise<void> {
  await db.query('select release_bot($1, $2)', [bot, holder]);
}

/** Whom the bot obeys: numbers of chats and @names. */
export async function botChats(db: Db, site: string): Promise<string[]> {
  const rows = await db.query<{ chat: string }>('select bot_chats($1) as chat', [site]);
  return rows.map(({ chat }) => chat);
}

export interface Press {
  /** UUID */
  readonly linkId: string;
  readonly expiresAt: Date;
  readonly alertId: number;
  readonly action: string;
  readonly state: string | null;
  readonly ref: number | null;
}

/**
 * done: it acted. used: it had, for `usedBy`. decided: somebody decided about the device meanwhile, and is not
 * overruled. missing: the alert or device is not there. stale: it cannot be taken back any more.
 */
export interface Pressed {
  readonly outcome: 'done' | 'used' | 'decided' | 'expired' | 'missing' | 'stale';
  readonly usedBy: string | null;
  readonly usedAt: Date | null;
  /** How things stand now; null: there is no such alert. */
  readonly standing: PressedStanding | null;
}

export interface PressedStanding {
  readonly alertId: number;
  readonly kind: AlertKind;
  /** The device's, else the alert's. A stranger's text. */
  readonly title: string;
  readonly deviceId: number | null;
  readonly state: string | null;
  readonly open: boolean;
  readonly acknowledged: boolean;
  /** The latest decision, if it was made after the alert and stands. */
  readonly change: number | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly mute: number | null;
  readonly mutedBy: string | null;
  readonly mutedUntil: Date | null;
}

interface PressRow extends Omit<PressedStanding, 'alertId' | 'kind'> {
  outcome: Pressed['outcome'];
  used_by: string | null;
  used_at: Date | null;
  kind: AlertKind | null;
}

/** Acts and uses the button up, both or neither. */
export async function pressButton(db: Db, site: string, press: Press, actor: string): Promise<Pressed> {
  const [row] = await db.query<PressRow>(
    `select outcome, used_by, used_at, kind, title, device_id as "deviceId", state, open, acknowledged, change,
            decided_by as "decidedBy", decided_at as "decidedAt", mute, muted_by as "mutedBy", muted_until as "mutedUntil"
     from ${acting('$8', 'telegram')} cross join lateral press_button($1, $2, $3, $4, $5, $6, $7, g.actor)`,
    [site, press.linkId, press.expiresAt, press.alertId, press.action, press.state, press.ref, actor],
  );
  if (row === undefined) throw new Error('press_button() gave no row');
  const { outcome, used_by: usedBy, used_at: usedAt, kind, ...rest } = row;
  return {
    outcome,
    usedBy,
    usedAt,
    standing: kind === null ? null : { alertId: press.alertId, kind, ...rest },
  };
}
