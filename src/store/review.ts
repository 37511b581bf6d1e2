/** Deciding about a new device, with a name for it in the same step; see sql/migrations/000048. */
import { changing, type Decision, type Outcome } from './device-changes.ts';
import { isSqlError, type Db } from './session.ts';

export type Reviewed =
  | { readonly kind: 'changed'; readonly changes: readonly number[] }
  | { readonly kind: 'missing' }
  /** Somebody has decided about it already. */
  | { readonly kind: 'stale' };

/** The name and the decision, or neither. @param name empty: it keeps the one it has */
export async function reviewDevice(
  db: Db,
  site: string,
  device: number,
  decision: Decision,
  name: string,
  actor: string,
): Promise<Reviewed> {
  try {
    const [row] = await db.query<{ changes: number[] }>(
      'select to_jsonb(review_device($1, $2, $3, $4, $5)) as changes',
      [site, device, decision, name, actor],
    );
    return { kind: 'changed', changes: row?.changes ?? [] };
  } catch (error) {
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE409') return { kind: 'stale' };
    throw error;
  }
}

/** All of them or none. @param changes in the order in which they were made */
export function undoChanges(
  db: Db,
  site: string,
  changes: readonly number[],
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select 1 as change from undo_changes($1, $2::bigint[], $3)', [site, changes, actor]);
}
