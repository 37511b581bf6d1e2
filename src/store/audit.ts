/** The audit log: who changed what, how it came in, before and after. Triggers write it; see sql/migrations/000045. */
import type { Db } from './session.ts';

export const AUDIT_VIAS = ['site', 'api', 'link', 'telegram', 'command line'] as const;
export type AuditVia = (typeof AUDIT_VIAS)[number];

/** The tables whose rows people change. */
export const AUDITED_TABLES = [
  'devices',
  'alerts',
  'networks',
  'sites',
  'rules',
  'mutes',
  'channels',
  'templates',
  'identity_rules',
  'merge_suggestions',
  'sensors',
  'users',
  'api_tokens',
  'imports',
] as const;
export type AuditedTable = (typeof AUDITED_TABLES)[number];

export interface AuditEntry {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly via: AuditVia;
  readonly what: 'added' | 'changed' | 'removed';
  readonly table: string;
  readonly rowId: string;
  /** The device that the row is or is about, and what people call it. */
  readonly deviceId: number | null;
  readonly device: string | null;
  /** Of a change the columns that differ; otherwise all that say something. Of secrets "(secret)". */
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export interface AuditQuery {
  /** Only older than this entry. */
  readonly before: number | null;
  readonly limit: number;
  readonly actor?: string | undefined;
  readonly via?: AuditVia | undefined;
  readonly table?: string | undefined;
  /** With `table`: of this row only. */
  readonly row?: string | undefined;
  readonly device?: number | undefined;
  /** Not before, and before. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Newest first. */
export async function listAudit(
  db: Db,
  site: string,
  query: AuditQuery,
): Promise<{ rows: AuditEntry[]; next: number | null }> {
  const values: unknown[] = [site];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = ['a.site_id = (select id from sites where name = $1)'];
  const add = (value: unknown, condition: (bound: string) => string) => {
    if (value !== undefined && value !== null) where.push(condition(bind(value)));
  };
  add(query.before, bound => `a.id < ${bound}`);
  add(query.actor, bound => `a.actor = ${bound}`);
  add(query.via, bound => `a.via = ${bound}`);
  add(query.table, bound => `a.table_name = ${bound}`);
  add(query.row, bound => `a.row_id = ${bound}`);
  add(query.device, bound => `a.device_id = ${bound}`);
  add(query.from, bound => `a.at >= ${bound}`);
  add(query.to, bound => `a.at < ${bound}`);
  const rows = await db.query<AuditEntry>(
    `select a.id, a.at, a.actor, a.via, a.what, a.table_name as "table", a.row_id as "rowId",
            a.device_id as "deviceId", coalesce(d.name, d.called) as device, a.before, a.after
     from audit_log as a
     left join devices as d on d.site_id = a.site_id and d.id = a.device_id
     where ${where.join(' and ')} order by a.id desc limit ${bind(query.limit + 1)}`,
    values,
  );
  const shown = rows.slice(0, query.limit);
  return { rows: shown, next: rows.length > query.limit ? (shown.at(-1)?.id ?? null) : null };
}

/** Everybody who ever changed anything, for a choice; bounded. */
export async function auditActors(db: Db, site: string): Promise<string[]> {
  // From name to name by the index: as many steps as there are people, however long the log is.
  const rows = await db.query<{ actor: string }>(
    `with recursive site as (select id from sites where name = $1),
     people as (
       (select min(actor) as actor, 1 as n from audit_log where site_id = (select id from site))
       union all
       select (select min(a.actor) from audit_log as a where a.site_id = (select id from site) and a.actor > p.actor), n + 1
       from people as p where p.actor is not null and n < 200
     )
     select actor from people where actor is not null order by actor`,
    [site],
  );
  return rows.map(({ actor }) => actor);
}
