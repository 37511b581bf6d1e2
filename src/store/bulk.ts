/** One decision about many devices, taken back as one. See sql/migrations/000048. */
import { changing, type Outcome } from './device-changes.ts';
import type { Db } from './session.ts';

export const BULK_ACTS = [
  'accept',
  'ignore',
  'block',
  'archive',
  'watch',
  'unwatch',
  'owner',
  'kind',
  'note',
] as const;
export type BulkAct = (typeof BULK_ACTS)[number];

/** Those that come with a text, and how long it may be. An empty owner or kind takes it away; a note is added below. */
export const BULK_TEXTS = { owner: 200, kind: 60, note: 2000 } as const;

/** Why a device was not changed. merged: it is part of another. long: its notes have no room. */
export type Skipped = 'missing' | 'merged' | 'archived' | 'long';

export interface BulkChange {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly what: BulkAct;
  readonly value: string | null;
  readonly changed: number;
  /** Were so already. */
  readonly unchanged: number;
  readonly skipped: Readonly<Partial<Record<Skipped, readonly number[]>>>;
  readonly undoneAt: Date | null;
  /** Of an undone one: devices that somebody had changed since, and that stayed as they were. */
  readonly kept: readonly number[];
}

/** All or, where it makes no sense, not: one transaction. `changed` gives the number of the whole. */
export function changeDevices(
  db: Db,
  site: string,
  devices: readonly number[],
  act: { readonly what: BulkAct; readonly value?: string },
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select bulk_change($1, $2::bigint[], $3, $4, $5) as change', [
    site,
    devices,
    act.what,
    act.value ?? null,
    actor,
  ]);
}

export function undoBulk(db: Db, site: string, bulk: number, actor: string): Promise<Outcome> {
  return changing(db, 'select $2::bigint as change from undo_bulk($1, $2, $3)', [site, bulk, actor]);
}

export async function readBulk(db: Db, site: string, bulk: number): Promise<BulkChange | undefined> {
  const [row] = await db.query<BulkChange>(
    `select b.id, b.at, b.actor, b.what, b.value, b.changed, b.unchanged, b.skipped, b.undone_at as "undoneAt",
            to_jsonb(b.kept) as kept
     from bulk_changes as b join sites as s on s.id = b.site_id where s.name = $1 and b.id = $2`,
    [site, bulk],
  );
  return row;
}
