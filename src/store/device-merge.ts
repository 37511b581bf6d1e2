/** Two devices become one, by a person's hand or by a rule that a person accepted; see sql/migrations/000022 and 000024. */
import { changing, type Outcome } from './device-changes.ts';
import type { Db } from './session.ts';

export interface MergeSide {
  readonly device: number;
  /** The device's revision when the person looked at it; null skips the check. */
  readonly revision: number | null;
}

/** `from` becomes part of `into`: its MACs and all they ever did. What people said about `into` stands. */
export function mergeDevices(
  db: Db,
  site: string,
  into: MergeSide,
  from: MergeSide,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select merge_devices($1, $2, $3, $4, $5, $6) as change', [
    site,
    into.device,
    from.device,
    into.revision,
    from.revision,
    actor,
  ]);
}

/** The device itself, or the one that it has become part of; undefined when there is none. */
export async function rootOf(db: Db, site: string, device: number): Promise<number | undefined> {
  const [row] = await db.query<{ id: number | null }>(
    'select device_root(s.id, $2) as id from sites as s where s.name = $1',
    [site, device],
  );
  return row?.id ?? undefined;
}

export interface RulesApplied {
  /** New devices that a rule made part of a known one. */
  readonly recognised: number;
  /** Stations that say they are a device which is here itself, or has come home since: an alert each. */
  readonly doubted: number;
  /** Messages that need not wait for a name any longer. */
  readonly released: number;
}

/** To be called after profiles were recorded, and every minute or so. */
export async function applyIdentityRules(db: Db, site: string): Promise<RulesApplied> {
  const [row] = await db.query<RulesApplied>(
    'select recognised, doubted, released from apply_identity_rules($1)',
    [site],
  );
  return row ?? { recognised: 0, doubted: 0, released: 0 };
}
