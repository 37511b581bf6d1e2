/** Many alerts acknowledged at once, as one step that can be taken back. */
import type { AlertKind } from './alert-kinds.ts';
import type { Severity } from './alert-query.ts';
import type { Db } from './session.ts';

/** What was done as one. Undefined: nothing was open any more. */
export interface Batch {
  /** A UUID. */
  readonly batch: string;
  readonly alerts: number;
}

export async function acknowledgeThese(
  db: Db,
  site: string,
  ids: readonly number[],
  actor: string,
): Promise<Batch | undefined> {
  const [row] = await db.query<Batch & { batch: string | null }>(
    'select batch, alerts from acknowledge_alerts($1, $2, $3)',
    [site, ids, actor],
  );
  return row?.batch === null ? undefined : row;
}

export interface Matching {
  readonly kind?: AlertKind | undefined;
  /** At least so severe. */
  readonly severity?: Severity | undefined;
  readonly network?: number | undefined;
  readonly device?: number | undefined;
  /** No newer one than this: nobody acknowledges what he has not seen. */
  readonly upto: number;
}

export async function acknowledgeMatching(
  db: Db,
  site: string,
  { kind, severity, network, device, upto }: Matching,
  actor: string,
): Promise<Batch | undefined> {
  const [row] = await db.query<Batch & { batch: string | null }>(
    'select batch, alerts from acknowledge_matching($1, $2, $3, $4, $5, $6, $7)',
    [site, kind ?? null, severity ?? null, network ?? null, device ?? null, upto, actor],
  );
  return row?.batch === null ? undefined : row;
}

/** Opens them again. @returns how many; undefined: there was no such step */
export async function undoBatch(
  db: Db,
  site: string,
  batch: string,
  actor: string,
): Promise<number | undefined> {
  if ((await sizeOfBatch(db, site, batch)) === 0) return undefined;
  const [row] = await db.query<{ n: number }>('select undo_acknowledged($1, $2, $3) as n', [
    site,
    batch,
    actor,
  ]);
  return row?.n;
}

/** How many alerts were acknowledged as one; 0: there was no such step. */
export async function sizeOfBatch(db: Db, site: string, batch: string): Promise<number> {
  const [row] = await db.query<{ n: number }>('select acknowledged_in($1, $2) as n', [site, batch]);
  return row?.n ?? 0;
}
