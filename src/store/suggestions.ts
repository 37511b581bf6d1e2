/** "Are these two the same device?": what speaks for it, and what people answered; see sql/migrations/000023. */
import { changing, type Outcome } from './device-changes.ts';
import type { Db } from './session.ts';
import type { DeviceState } from './site-devices.ts';

/** Names are a stranger's text, not yet made inert. */
export type MergeReason =
  | {
      readonly reason: 'same_name';
      readonly name: string;
      readonly sources: readonly string[];
      /** How many devices give this name. */
      readonly devices: number;
    }
  | { readonly reason: 'never_together'; readonly visits: number }
  | {
      readonly reason: 'follows';
      readonly random_mac: boolean;
      /** Which of the two came when the other had gone. */
      readonly device: number;
      readonly gap_seconds: number;
    }
  | { readonly reason: 'adjacent_macs' }
  | { readonly reason: 'same_vendor'; readonly vendor: string };

export interface SuggestedDevice {
  readonly id: number;
  readonly name: string | null;
  /** What it calls itself. */
  readonly called: string | null;
  readonly state: DeviceState;
  readonly mac: string;
  readonly vendor: string | null;
  readonly isRandomMac: boolean;
  /** Where it is or was last; null: nobody knows. */
  readonly ip: string | null;
}

export interface MergeSuggestion {
  readonly id: number;
  /** The one to keep. */
  readonly into: SuggestedDevice;
  readonly from: SuggestedDevice;
  /** In the order in which they are told. */
  readonly reasons: readonly MergeReason[];
  readonly score: number;
}

/** Looks for pairs; how many are new. To be called after profiles were recorded, not in the tick. */
export async function suggestMerges(db: Db, site: string): Promise<number> {
  const [row] = await db.query<{ made: number }>('select suggest_merges($1) as made', [site]);
  return row?.made ?? 0;
}

/** The same, unless somebody looked within the last day: who came and went speaks, too, and makes no new profile. */
export async function suggestMergesDaily(db: Db, site: string): Promise<number> {
  const [row] = await db.query<{ made: number }>(
    `select suggest_merges(name) as made from sites
     where name = $1 and (suggested_at between clock_now() - interval '1 day' and clock_now()) is not true`,
    [site],
  );
  return row?.made ?? 0;
}

const SIDE = (side: 'a' | 'b') => `jsonb_build_object(
    'id', ${side}.id, 'name', ${side}.name, 'called', ${side}.called, 'state', ${side}.state, 'mac', ${side}m.mac, 'vendor', ${side}m.vendor,
    'isRandomMac', ${side}m.is_local, 'ip', host(${side}c.ip))`;
const JOIN = (side: 'a' | 'b') => `
  join devices as ${side} on ${side}.site_id = m.site_id and ${side}.id = m.device_${side} and ${side}.state <> 'archived'
  left join lateral (select ip, mac from connections as c where c.site_id = m.site_id and c.device_id = m.device_${side}
                     order by c.started_at desc limit 1) as ${side}c on true
  join lateral (select mac, vendor, is_local from device_macs as d
                where d.site_id = m.site_id and d.device_id = m.device_${side}
                order by d.mac is distinct from ${side}c.mac, d.mac limit 1) as ${side}m on true`;

/** What waits for an answer, best first. @param device only pairs with this one; null for all */
export function openSuggestions(
  db: Db,
  site: string,
  device: number | null,
  limit: number,
): Promise<MergeSuggestion[]> {
  return db.query<MergeSuggestion>(
    `select m.id, ${SIDE('a')} as "into", ${SIDE('b')} as "from", m.reasons, m.score
     from merge_suggestions as m join sites as s on s.id = m.site_id ${JOIN('a')} ${JOIN('b')}
     where s.name = $1 and m.state = 'open' and ($2::bigint is null or $2 in (m.device_a, m.device_b))
     order by m.score desc, m.id limit $3`,
    [site, device, limit],
  );
}

/** They are one. @param always and whoever gives that name with a random MAC in future is it, too */
export function acceptSuggestion(
  db: Db,
  site: string,
  suggestion: number,
  always: boolean,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select accept_suggestion($1, $2, $3, $4) as change', [
    site,
    suggestion,
    always,
    actor,
  ]);
}

/** They are two, and not suggested again. */
export function dismissSuggestion(db: Db, site: string, suggestion: number, actor: string): Promise<Outcome> {
  return changing(db, 'select dismiss_suggestion($1, $2, $3) as change', [site, suggestion, actor]);
}

export interface IdentityRule {
  readonly id: number;
  readonly source: string;
  /** Lower case, without its domain. */
  readonly name: string;
  readonly madeAt: Date;
  readonly actor: string;
  /** How often it recognised the device. */
  readonly applied: number;
}

/** By which names a device with a new random MAC is recognised. */
export function rulesOf(db: Db, site: string, device: number): Promise<IdentityRule[]> {
  return db.query<IdentityRule>(
    `select r.id, r.source, r.name, r.made_at as "madeAt", r.actor, r.applied
     from identity_rules as r join sites as s on s.id = r.site_id
     where s.name = $1 and r.device_id in (select device_family(s.id, $2)) order by r.name, r.source`,
    [site, device],
  );
}

/** What the rule did stays. */
export function forgetRule(db: Db, site: string, rule: number, actor: string): Promise<Outcome> {
  return changing(db, 'select forget_rule($1, $2, $3) as change', [site, rule, actor]);
}
