/** The rules of a site: who is told of what, and how calmly. For each channel the first from the top that matches decides. */
import type { AlertKind } from './alert-kinds.ts';
import type { AlertSeverity } from './outbox.ts';
import { isSqlError, type Db } from './session.ts';

/** What a person says about a rule. Null: whatever it is. Lists match any of their entries. */
export interface RuleInput {
  readonly name: string;
  readonly enabled: boolean;
  readonly kinds: readonly AlertKind[] | null;
  /** As the alert was raised. */
  readonly minSeverity: AlertSeverity;
  readonly networks: readonly number[] | null;
  readonly devices: readonly number[] | null;
  readonly owners: readonly string[] | null;
  readonly deviceKinds: readonly string[] | null;
  /** new, known, ignored, blocked, archived. */
  readonly states: readonly string[] | null;
  /** Parts of vendor names, whatever their case. */
  readonly vendors: readonly string[] | null;
  readonly randomMac: boolean | null;
  readonly watched: boolean | null;
  /** ISO 8601: 1 is Monday. Of hours over midnight: the day on which they begin. */
  readonly days: readonly number[] | null;
  /** `22:00`, in the rule's zone. After `toTime`: over midnight. */
  readonly fromTime: string | null;
  readonly toTime: string | null;
  /** IANA name; null: the site's. */
  readonly timeZone: string | null;
  /** silence: nothing goes through these channels, and the alert says why. */
  readonly action: 'send' | 'silence';
  /** Null: every channel there is. */
  readonly channels: readonly number[] | null;
  readonly setSeverity: AlertSeverity | null;
  /** At most one for each device and kind in so many seconds. */
  readonly cooldownS: number | null;
  /** Waits so many seconds for others to travel with, and for the cause to end by itself. */
  readonly groupS: number | null;
  /** Held until these hours end, in the rule's zone; critical passes. */
  readonly quietFrom: string | null;
  readonly quietTo: string | null;
  /** Neither acknowledged nor over so many seconds after it was due: to this channel as well. */
  readonly escalateAfterS: number | null;
  readonly escalateTo: number | null;
  readonly expiresAt: Date | null;
}

export interface Rule extends RuleInput {
  readonly id: number;
  /** Smaller is higher. */
  readonly position: number;
  /** default: netureon made it, and nobody changed it since. */
  readonly origin: 'default' | 'person';
  /** Until then it is as if it were switched off. */
  readonly snoozedUntil: Date | null;
  readonly madeBy: string | null;
  readonly madeAt: Date;
  /** Counts changes, so that a stale edit can be refused. */
  readonly revision: number;
}

/** stale: somebody else changed it meanwhile. refused: it makes no sense, and `reason` is a sentence for the person. */
export type RuleOutcome =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface RuleChange {
  /** Null: a new one, which goes to the top. */
  readonly id: number | null;
  /** The rule's revision when the person began to type; null skips the check. */
  readonly revision: number | null;
  readonly input: RuleInput;
  readonly actor: string;
}

const RULE = `r.id, r.position, r.name, r.enabled, r.kinds, r.min_severity as "minSeverity", r.networks, to_jsonb(r.devices) as devices,
  r.owners, r.device_kinds as "deviceKinds", r.states, r.vendors, r.random_mac as "randomMac", r.watched, r.days,
  to_char(r.from_time, 'HH24:MI') as "fromTime", to_char(r.to_time, 'HH24:MI') as "toTime", r.time_zone as "timeZone",
  r.action, r.channels, r.set_severity as "setSeverity", extract(epoch from r.cooldown)::integer as "cooldownS",
  extract(epoch from r.group_for)::integer as "groupS", to_char(r.quiet_from, 'HH24:MI') as "quietFrom",
  to_char(r.quiet_to, 'HH24:MI') as "quietTo", extract(epoch from r.escalate_after)::integer as "escalateAfterS",
  r.escalate_to as "escalateTo", r.expires_at as "expiresAt", r.snoozed_until as "snoozedUntil", r.origin,
  r.made_by as "madeBy", r.made_at as "madeAt", r.revision`;

/** From the top, expired and switched off ones as well. */
export function listRules(db: Db, site: string): Promise<Rule[]> {
  return db.query<Rule>(
    `select ${RULE} from rules as r join sites as s on s.id = r.site_id where s.name = $1 order by r.position, r.id`,
    [site],
  );
}

export async function getRule(db: Db, site: string, id: number): Promise<Rule | undefined> {
  const [row] = await db.query<Rule>(
    `select ${RULE} from rules as r join sites as s on s.id = r.site_id where s.name = $1 and r.id = $2`,
    [site, id],
  );
  return row;
}

export function saveRule(db: Db, site: string, change: RuleChange): Promise<RuleOutcome> {
  const { id, revision, input, actor } = change;
  return ruleOutcome(db, 'select save_rule($1, $2, $3, $4, $5) as id', [
    site,
    id,
    revision,
    JSON.stringify(input),
    actor,
  ]);
}

/** At the top or the bottom it stays where it is. */
export function moveRule(
  db: Db,
  site: string,
  id: number,
  direction: 'up' | 'down',
  actor: string,
): Promise<RuleOutcome> {
  return ruleOutcome(db, 'select move_rule($1, $2, $3, $4) as id', [site, id, direction, actor]);
}

/** It is kept: `restoreRule` with the same number brings it back as it was, where it was. */
export function removeRule(db: Db, site: string, id: number, actor: string): Promise<RuleOutcome> {
  return ruleOutcome(db, 'select remove_rule($1, $2, $3) as id', [site, id, actor]);
}

/** missing: no rule of this number was removed. refused: its name is another rule's now. */
export function restoreRule(db: Db, site: string, id: number, actor: string): Promise<RuleOutcome> {
  return ruleOutcome(db, 'select restore_rule($1, $2, $3) as id', [site, id, actor]);
}

export function switchRule(
  db: Db,
  site: string,
  id: number,
  on: boolean,
  actor: string,
): Promise<RuleOutcome> {
  return ruleOutcome(db, 'select switch_rule($1, $2, $3, $4) as id', [site, id, on, actor]);
}

/** @param until null: works again from now on */
export function snoozeRule(
  db: Db,
  site: string,
  id: number,
  until: Date | null,
  actor: string,
): Promise<RuleOutcome> {
  return ruleOutcome(db, 'select snooze_rule($1, $2, $3, $4) as id', [site, id, until, actor]);
}

/** Where the site's people sleep: rules without a zone of their own go by it. @param zone IANA name */
export async function setTimeZone(db: Db, site: string, zone: string): Promise<void> {
  await db.query('select set_time_zone($1, $2)', [site, zone]);
}

/**
 * The same when alertd starts. @param isConfigured the configuration says so; else what a person chose stays
 * @returns the zone that the site has now
 */
export async function declareTimeZone(
  db: Db,
  site: string,
  zone: string,
  isConfigured: boolean,
): Promise<string> {
  await db.query('select declare_time_zone($1, $2, $3)', [site, zone, isConfigured]);
  return (await timeZoneOf(db, site)) ?? zone;
}

/** Null: nobody said yet, and rules go by UTC. */
export async function timeZoneOf(db: Db, site: string): Promise<string | null> {
  const [row] = await db.query<{ zone: string | null }>(
    'select time_zone as zone from sites where name = $1',
    [site],
  );
  return row?.zone ?? null;
}

async function ruleOutcome(db: Db, sql: string, values: readonly unknown[]): Promise<RuleOutcome> {
  try {
    const [row] = await db.query<{ id: number }>(sql, values);
    return row === undefined ? { kind: 'missing' } : { kind: 'done', id: row.id };
  } catch (error) {
    // The SQLSTATEs that these functions raise on purpose; see sql/migrations.
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE409') return { kind: 'stale' };
    if (isSqlError(error) && error.code === 'NE422') return { kind: 'refused', reason: error.message };
    throw error;
  }
}
