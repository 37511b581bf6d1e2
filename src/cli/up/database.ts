/** The database of a tree: the configured server, or the embedded one; migrated, and with the vendors loaded. */
import { join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { maskUrl } from '../../lib/log.ts';
import { startCluster } from '../../store/embedded/cluster.ts';
import { migrate, readMigrations } from '../../store/migrate.ts';
import { loadOui } from '../../store/oui.ts';
import { actingAs, openPool, openSession, type Db } from '../../store/session.ts';
import { DATABASE, ROLES, type Role } from '../database.ts';
import { packagedRegistry } from '../oui/package.ts';
import { packageRoot } from '../paths.ts';

export interface TreeDatabase {
  /** For the terminal: where it is, without credentials. */
  readonly description: string;
  /** null: as the owner. */
  readonly urlAs: (role: Role | null) => string;
  stop(): Promise<void>;
}

export async function openTreeDatabase(
  config: Config,
  folders: { folder: string; runFolder: string },
): Promise<TreeDatabase> {
  if (config.databaseUrl !== undefined) {
    const url = config.databaseUrl;
    const may = await prepare(url);
    return {
      description: `PostgreSQL at ${maskUrl(url)}`,
      // Acting as the service's role is least privilege; a login that may not become it works as itself.
      urlAs: role => (role !== null && may.has(role) ? actingAs(url, role) : url),
      stop: () => Promise.resolve(),
    };
  }
  const cluster = await startCluster({ ...folders, uid: process.getuid?.(), env: process.env });
  try {
    await cluster.ensureDatabase(DATABASE);
    await prepare(cluster.url(DATABASE));
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return {
    description: `embedded PostgreSQL in ${folders.folder}`,
    urlAs: role => cluster.url(DATABASE, role ?? undefined),
    stop: () => cluster.stop(),
  };
}

/** Migrates and loads the vendors. Returns the roles that this login may take on. */
export async function prepare(url: string, onApply?: (name: string) => void): Promise<ReadonlySet<Role>> {
  const session = await openSession(url, { application: 'netureon migrate' });
  try {
    const migrations = await readMigrations(join(packageRoot(), 'sql', 'migrations'));
    await migrate(session, migrations, migration => onApply?.(`${migration.version} ${migration.name}`));
    await loadVendors(url);
    return await rolesOf(session);
  } finally {
    await session.close();
  }
}

/** The registry of the installed oui-data package; cheap when it is the edition that is loaded already. */
async function loadVendors(url: string): Promise<number> {
  const { source, read } = packagedRegistry();
  const pool = openPool(url, { application: 'netureon migrate', max: 1 });
  try {
    return await loadOui(pool, source, read);
  } finally {
    await pool.close();
  }
}

async function rolesOf(db: Db): Promise<Set<Role>> {
  const rows = await db.query<{ role: Role }>(
    `select rolname::text as role from pg_roles
     where rolname = any ($1) and pg_has_role(current_user, oid, 'member')`,
    [ROLES],
  );
  return new Set(rows.map(({ role }) => role));
}
