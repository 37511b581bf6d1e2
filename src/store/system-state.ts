/** The system itself: which PostgreSQL, how large everything is, what housekeeping did, whether clocks agree. */
import type { Db } from './session.ts';

export interface DatabaseState {
  /** `15.14` */
  readonly version: string;
  readonly name: string;
  readonly bytes: number;
  /** When the server's clock was read. */
  readonly now: Date;
  readonly timeZone: string | null;
  /** Null: nobody chose it; it is that of the configuration or of alertd's machine. */
  readonly timeZoneBy: string | null;
}

export async function readDatabaseState(db: Db, site: string): Promise<DatabaseState | undefined> {
  const [row] = await db.query<DatabaseState>(
    `select current_setting('server_version') as version, current_database()::text as name,
            pg_database_size(current_database()) as bytes, clock_timestamp() as now,
            s.time_zone as "timeZone", s.time_zone_by as "timeZoneBy"
     from sites as s where s.name = $1`,
    [site],
  );
  return row;
}

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly at: Date;
}

/** Newest first. */
export function listMigrations(db: Db): Promise<AppliedMigration[]> {
  return db.query<AppliedMigration>(
    'select version, name, applied_at as at from schema_migrations order by version desc',
  );
}

export interface TableSize {
  readonly name: string;
  /** With indexes, of all partitions. */
  readonly bytes: number;
  /** As PostgreSQL last estimated; null: it never did. */
  readonly rows: number | null;
}

/** Largest first. */
export function listTableSizes(db: Db): Promise<TableSize[]> {
  return db.query<TableSize>(
    `select coalesce(r.relname, c.relname)::text as name, sum(pg_total_relation_size(c.oid))::float8 as bytes,
            case when bool_and(c.reltuples < 0) then null else sum(greatest(c.reltuples, 0))::float8 end as rows
     from pg_class as c
     left join lateral (select p.relname from pg_class as p where c.relispartition and p.oid = pg_partition_root(c.oid)) as r on true
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'm')
     group by 1 order by 2 desc, 1`,
  );
}

/** What is kept for a time: how much there is, and since when. */
export interface Growing {
  readonly name: 'discovery_log' | 'connections' | 'alerts';
  readonly oldest: Date | null;
}

/** By number, which is by time: the first row of each, from its key. */
export async function listGrowing(db: Db): Promise<Growing[]> {
  return db.query<Growing>(
    `select 'discovery_log' as name, min(o.at) as oldest
     from sites as s cross join lateral (
       select finished_at as at from discovery_log where site_id = s.id order by id limit 1) as o
     union all
     select 'connections', min(o.at)
     from sites as s cross join lateral (
       select ended_at as at from connections where site_id = s.id and ended_at is not null order by ended_at limit 1) as o
     union all
     select 'alerts', min(o.at)
     from sites as s cross join lateral (
       select opened_at as at from alerts where site_id = s.id order by id limit 1) as o`,
  );
}

export interface Maintenance {
  readonly at: Date;
  readonly tookMs: number;
  readonly logDays: number;
  readonly historyDays: number;
  /** How many of what were deleted. */
  readonly deleted: Readonly<Record<string, number>>;
  readonly databaseBytes: number;
}

/** Newest first. */
export function listMaintenance(db: Db, limit: number): Promise<Maintenance[]> {
  return db.query<Maintenance>(
    `select at, took_ms as "tookMs", log_days as "logDays", history_days as "historyDays", deleted,
            database_bytes as "databaseBytes"
     from maintenance_runs order by id desc limit $1`,
    [limit],
  );
}

/** @throws an error with the code NE422 where PostgreSQL knows no such zone */
export async function chooseTimeZone(db: Db, site: string, zone: string, actor: string): Promise<void> {
  await db.query('select choose_time_zone($1, $2, $3)', [site, zone, actor]);
}
