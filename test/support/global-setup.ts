// One PostgreSQL server for the whole run, with a migrated template database that every test file clones.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import ouiEntries from 'oui-data' with { type: 'json' };
import { startCluster } from '../../src/store/embedded/cluster.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { loadOui } from '../../src/store/oui.ts';
import { openPool, openSession } from '../../src/store/session.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
  }
}

const TEMPLATE = 'netureon_template';

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-test-'));
  await chmod(folder, 0o755); // as root the server runs as another user, who must get in
  const cluster = await startCluster({
    folder: join(folder, 'cluster'),
    runFolder: join(folder, 'run'),
    uid: process.getuid?.(),
    env: process.env,
    // Durability is tested where it matters, with servers of its own; here it only costs time.
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'],
  });
  const stop = async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await cluster.ensureDatabase(TEMPLATE);
    await prepare(cluster.url(TEMPLATE));
  } catch (error) {
    await stop(); // vitest calls the teardown only of a setup that succeeded
    throw error;
  }
  provide('databaseUrl', cluster.url(TEMPLATE));
  return stop;
}

async function prepare(url: string): Promise<void> {
  const session = await openSession(url, { application: 'test' });
  await migrate(session, await readMigrations('sql/migrations'));
  await session.close();
  const pool = openPool(url, { application: 'test', max: 1 });
  await loadOui(pool, 'oui-data', async () => ({ source: 'oui-data', entries: ouiEntries }));
  await pool.close();
}
