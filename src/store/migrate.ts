/**
 * Schema migrations: numbered SQL files, each run once, in order, in a transaction of its own that also records it.
 * A session lock makes concurrent runners wait for each other; a checksum notices a file edited after its release;
 * a database newer than the files is refused. Written by hand because the kept libraries treat a held lock as an
 * error, keep no checksum and do not notice a newer database; what they would save is the loop below.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, NetureonError } from '../lib/errors.ts';
import type { Db, Session } from './session.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
}

export interface MigrationStatus {
  readonly version: number;
  readonly name: string;
  /** null: not yet applied */
  readonly appliedAt: Date | null;
}

interface AppliedRow {
  version: number;
  name: string;
  checksum: string;
  applied_at: Date;
}

/** Any constant does, as long as every release uses the same one. */
const LOCK_KEY = 7_310_584_023;

export async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const match = /^(\d{6})_([a-z0-9_]+)\.sql$/.exec(file);
      if (Number(match?.[1]) !== index + 1)
        throw new NetureonError(
          'internal',
          `migration ${file} is out of sequence: expected number ${index + 1}`,
        );
      const sql = await readFile(join(folder, file), 'utf8');
      return {
        version: index + 1,
        name: match?.[2] ?? '',
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    }),
  );
}

/** What is applied and what is not. Reads only: works on an empty database and takes no lock. */
export async function migrationStatus(db: Db, migrations: readonly Migration[]): Promise<MigrationStatus[]> {
  const applied = await readApplied(db);
  verify(applied, migrations);
  const at = new Map(applied.map(row => [row.version, row.applied_at]));
  return migrations.map(({ version, name }) => ({ version, name, appliedAt: at.get(version) ?? null }));
}

/** Applies what is missing and returns it. `session` must be a connection of its own: the lock belongs to it. */
export async function migrate(
  session: Session,
  migrations: readonly Migration[],
  onApply: (migration: Migration) => void = () => undefined,
): Promise<Migration[]> {
  await session.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    await session.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, checksum text not null,
      applied_at timestamptz not null default now())`);
    const applied = await readApplied(session);
    verify(applied, migrations);
    const pending = migrations.slice(applied.length);
    for (const migration of pending) {
      onApply(migration);
      await apply(session, migration);
    }
    return pending;
  } finally {
    await session.query('select pg_advisory_unlock($1)', [LOCK_KEY]);
  }
}

async function apply(session: Session, migration: Migration): Promise<void> {
  await session.query('begin');
  try {
    await session.query(migration.sql);
    await session.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await session.query('commit');
  } catch (error) {
    await session.query('rollback');
    throw new NetureonError(
      'database',
      `migration ${migration.version} (${migration.name}) failed and was rolled back: ${messageOf(error)}`,
      {
        cause: error,
        remedy: 'the database is as it was before this migration; mend the cause and run it again',
      },
    );
  }
}

async function readApplied(db: Db): Promise<AppliedRow[]> {
  const [table] = await db.query<{ exists: boolean }>(
    `select to_regclass('schema_migrations') is not null as exists`,
  );
  if (!table?.exists) return [];
  return db.query<AppliedRow>(
    'select version, name, checksum, applied_at from schema_migrations order by version',
  );
}

function verify(applied: readonly AppliedRow[], migrations: readonly Migration[]): void {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.version > migrations.length)
    throw new NetureonError(
      'database',
      `the database is newer (schema ${newest.version}) than this netureon (schema ${migrations.length})`,
      { remedy: 'install the netureon release that made it, or restore a backup from before its upgrade' },
    );
  for (const [index, row] of applied.entries()) {
    const file = migrations[index];
    if (row.version !== index + 1 || file?.checksum !== row.checksum)
      throw new NetureonError(
        'database',
        `migration ${row.version} (${row.name}) differs from the file that was applied on ${row.applied_at.toISOString()}`,
        { remedy: 'reinstall netureon: released migrations never change' },
      );
  }
}
