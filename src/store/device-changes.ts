/** What people do to one device or alert: each call is one SQL function that checks, changes, records and notifies. */
import { isSqlError, type Db } from './session.ts';

export type Decision = 'accept' | 'ignore' | 'block';

/** merge: `otherId` became part of the device. apart: the two are not one. forget: a rule was taken back. */
export type ChangeKind = Decision | 'rename' | 'merge' | 'apart' | 'forget' | 'archive' | 'watch';

/**
 * changed: `change` can be undone. unchanged: it already was so. missing: no such device, change or alert.
 * stale: somebody else changed it meanwhile. refused: it makes no sense, and `why` is a sentence for the person.
 */
export type Outcome =
  | { readonly kind: 'changed'; readonly change: number }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused'; readonly why: string };

export interface DeviceTexts {
  /** Empty: none. */
  readonly name: string;
  readonly owner: string;
  readonly notes: string;
}

export interface DeviceChange {
  readonly id: number;
  readonly deviceId: number;
  readonly at: Date;
  /** Who did it; `rule`: a rule that a person had accepted. */
  readonly actor: string;
  readonly what: ChangeKind;
  /** The other device of a change that is about two. */
  readonly otherId: number | null;
  /** The MACs that a merge brought; null: it was none. */
  readonly macs: readonly string[] | null;
  readonly before: DeviceFacts;
  readonly after: DeviceFacts;
  readonly undoneAt: Date | null;
  readonly undoneBy: string | null;
}

export interface DeviceFacts {
  readonly state: string;
  readonly name: string | null;
  readonly owner: string | null;
  readonly notes: string;
  /** Changes made before there was a watch do not tell. */
  readonly importance?: 'normal' | 'watched';
  /** An interval as PostgreSQL writes it; null: as learned. */
  readonly down_after?: string | null;
  readonly on_return?: 'stay' | 'new' | 'blocked' | null;
}

/** What happens when a device that was put away is seen again: nothing, or it is asked about like a new one. */
export type OnReturn = 'stay' | 'new';

/** Puts a device away. One that is blocked stays blocked, whatever `onReturn` says, and is an alert when it is back. */
export function archiveDevice(
  db: Db,
  site: string,
  device: number,
  onReturn: OnReturn,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select archive_device($1, $2, $3, $4) as change', [site, device, onReturn, actor]);
}

/** @param downAfterMs how long it may be silent, 30 s to 30 days; null: as learned from its past */
export function watchDevice(
  db: Db,
  site: string,
  device: number,
  watched: boolean,
  downAfterMs: number | null,
  actor: string,
): Promise<Outcome> {
  return changing(db, `select watch_device($1, $2, $3, $4 * interval '1 millisecond', $5) as change`, [
    site,
    device,
    watched,
    downAfterMs,
    actor,
  ]);
}

export function decideDevice(
  db: Db,
  site: string,
  device: number,
  decision: Decision,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select decide_device($1, $2, $3, $4) as change', [site, device, decision, actor]);
}

/** @param revision the device's revision when the person began to type; null skips the check */
export function renameDevice(
  db: Db,
  site: string,
  device: number,
  texts: DeviceTexts,
  revision: number | null,
  actor: string,
): Promise<Outcome> {
  const { name, owner, notes } = texts;
  return changing(db, 'select rename_device($1, $2, $3, $4, $5, $6, $7) as change', [
    site,
    device,
    name,
    owner,
    notes,
    revision,
    actor,
  ]);
}

/** `changed` gives back the number of the change that was undone. */
export function undoChange(db: Db, site: string, change: number, actor: string): Promise<Outcome> {
  return changing(db, 'select $2::bigint as change from undo_change($1, $2, $3)', [site, change, actor]);
}

/** `changed` gives back the number of the alert, also when it already was as asked. */
export function acknowledgeAlert(
  db: Db,
  site: string,
  alert: number,
  acknowledged: boolean,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select $2::bigint as change from acknowledge_alert($1, $2, $3, $4)', [
    site,
    alert,
    acknowledged,
    actor,
  ]);
}

/** Calls a function whose one row has the number of the `change`, null for "already so". */
export async function changing(db: Db, sql: string, values: readonly unknown[]): Promise<Outcome> {
  try {
    const [row] = await db.query<{ change: number | null }>(sql, values);
    return row?.change == null ? { kind: 'unchanged' } : { kind: 'changed', change: row.change };
  } catch (error) {
    // The SQLSTATEs that these functions raise on purpose; see sql/migrations.
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE409') return { kind: 'stale' };
    if (isSqlError(error) && error.code === 'NE422') return { kind: 'refused', why: error.message };
    throw error;
  }
}

const CHANGE = `c.id, c.device_id as "deviceId", c.at, c.actor, c.what, c.other_id as "otherId", c.detail -> 'macs' as macs, c.before, c.after, c.undone_at as "undoneAt", c.undone_by as "undoneBy"`;

export async function readChange(db: Db, site: string, change: number): Promise<DeviceChange | undefined> {
  const [row] = await db.query<DeviceChange>(
    `select ${CHANGE} from device_changes as c join sites as s on s.id = c.site_id where s.name = $1 and c.id = $2`,
    [site, change],
  );
  return row;
}

/** The latest changes of one device, newest first. @param before only older than this change */
export function changesOf(
  db: Db,
  site: string,
  device: number,
  limit: number,
  before: number | null = null,
): Promise<DeviceChange[]> {
  return db.query<DeviceChange>(
    // Each half along its own index; an "or" of both reads all changes of both.
    `with site as (select id from sites where name = $1)
     select ${CHANGE} from (
       (select * from device_changes as o
        where o.site_id = (select id from site) and o.device_id = $2 and ($4::bigint is null or o.id < $4)
        order by o.id desc limit $3)
       union all
       (select * from device_changes as o
        where o.site_id = (select id from site) and o.other_id = $2 and o.device_id <> $2
          and ($4::bigint is null or o.id < $4)
        order by o.id desc limit $3)
     ) as c order by c.id desc limit $3`,
    [site, device, limit, before],
  );
}

/** More than these are not listed on a page. */
const MOST_MERGES = 50;

/** What the device is made of: the merges into it that stand, the latest first. */
export function mergesOf(db: Db, site: string, device: number): Promise<DeviceChange[]> {
  return db.query<DeviceChange>(
    `select ${CHANGE} from device_changes as c join sites as s on s.id = c.site_id
     where s.name = $1 and c.device_id = $2 and c.what = 'merge' and c.undone_at is null
     order by c.id desc limit $3`,
    [site, device, MOST_MERGES],
  );
}
