/** Imports: what a file says of many devices, applied as one and taken back as one. See sql/migrations/000046. */
import { changing, type Outcome } from './device-changes.ts';
import type { Db, PatientDb } from './session.ts';

/** Ten thousand devices take a few seconds, and longer on a machine that does other things. */
const PATIENCE_MS = 120_000;

/** A device as an import compares with it. */
export interface ImportTarget {
  readonly id: number;
  /** The one that it has become part of is what a MAC names. */
  readonly revision: number;
  readonly state: string;
  readonly name: string | null;
  readonly called: string | null;
  readonly owner: string | null;
  readonly notes: string;
  readonly kind: string | null;
  readonly watched: boolean;
}

/** A line that changes something: fields that are left out stay. Without `device` one is made, with `mac`. */
export interface ImportLine {
  readonly device?: number;
  readonly revision?: number;
  readonly mac?: string;
  readonly name?: string;
  readonly owner?: string;
  readonly notes?: string;
  readonly state?: string;
  readonly kind?: string;
  readonly watched?: boolean;
}

export interface ImportDone {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly lines: number;
  readonly made: number;
  readonly undoneAt: Date | null;
  readonly undoneBy: string | null;
}

/** The devices that are named by MAC or number, whoever has the MAC now. */
export async function importTargets(
  db: Db,
  site: string,
  macs: readonly string[],
  ids: readonly number[],
): Promise<{ byMac: ReadonlyMap<string, ImportTarget>; byId: ReadonlyMap<number, ImportTarget> }> {
  const rows = await db.query<ImportTarget & { macs: string[] }>(
    `with site as (select id from sites where name = $1),
     named as (
       select m.device_id as id, m.mac from device_macs as m where m.site_id = (select id from site) and m.mac = any ($2::macaddr[])
       union all
       select d.id, null from devices as d where d.site_id = (select id from site) and d.id = any ($3::bigint[])
     ),
     found as (select id, array_agg(mac::text) filter (where mac is not null) as macs from named group by id)
     select d.id, d.revision, d.state, d.name, d.called, d.owner, d.notes, d.kind, d.importance = 'watched' as watched,
            coalesce(f.macs, '{}') as macs
     from found as f join devices as d on d.site_id = (select id from site) and d.id = f.id
     where d.merged_into is null`,
    [site, macs, ids],
  );
  return {
    byMac: new Map(rows.flatMap(row => row.macs.map(mac => [mac, row] as const))),
    byId: new Map(rows.map(row => [row.id, row])),
  };
}

/** All lines or none. `changed` gives the number of the import; stale: a device was changed since it was compared. */
export function applyImport(
  db: PatientDb,
  site: string,
  lines: readonly ImportLine[],
  actor: string,
): Promise<Outcome> {
  return changing(patient(db), 'select import_devices($1, $2, $3) as change', [
    site,
    JSON.stringify(lines),
    actor,
  ]);
}

/** stale: it is undone already, or something newer changed one of its devices; then nothing is taken back. */
export function undoImport(db: PatientDb, site: string, id: number, actor: string): Promise<Outcome> {
  return changing(patient(db), 'select $2::bigint as change from undo_import($1, $2, $3)', [site, id, actor]);
}

/** The newest first. */
export function listImports(db: Db, site: string, limit: number): Promise<ImportDone[]> {
  return db.query<ImportDone>(
    `select i.id, i.at, i.actor, i.lines, cardinality(i.made) as made, i.undone_at as "undoneAt", i.undone_by as "undoneBy"
     from imports as i join sites as s on s.id = i.site_id where s.name = $1 order by i.id desc limit $2`,
    [site, limit],
  );
}

function patient(db: PatientDb): Db {
  return { query: (sql, values) => db.queryWithin(PATIENCE_MS, sql, values) };
}
