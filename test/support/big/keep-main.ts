/** Keeps a server with the big database running, for EXPLAIN by hand. */
import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ouiEntries from 'oui-data' with { type: 'json' };
import { startCluster } from '../../../src/store/embedded/cluster.ts';
import { migrate, readMigrations } from '../../../src/store/migrate.ts';
import { loadOui } from '../../../src/store/oui.ts';
import { openPool, openSession } from '../../../src/store/session.ts';
import { BIG, seedBig } from '../seed-big.ts';

const NAME = 'big';

/** Resolves after SIGINT or SIGTERM, when the server has stopped. */
export async function keep(given: string | undefined, log: (line: string) => void): Promise<void> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'netureon-big-')));
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755); // as root the server runs as another user, who must get in
  const cluster = await startCluster({
    folder: join(folder, 'cluster'),
    runFolder: join(folder, 'run'),
    uid: process.getuid?.(),
    env: process.env,
    settings: [
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      'max_connections=200',
      'max_wal_size=4GB',
    ],
  });
  const ended = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  // Node ends when nothing is left to do, and a signal's handler is nothing to do.
  const waiting = setInterval(() => undefined, 60_000);
  try {
    await cluster.ensureDatabase(NAME);
    await fill(cluster.url(NAME), log);
    log(`it stands at ${cluster.url(NAME)}`);
    await ended;
  } finally {
    clearInterval(waiting);
    await cluster.stop();
  }
}

async function fill(url: string, log: (line: string) => void): Promise<void> {
  const session = await openSession(url, { application: 'bench' });
  await migrate(session, await readMigrations('sql/migrations'));
  await session.close();
  const pool = openPool(url, { application: 'bench', max: 1 });
  try {
    const [found] = await pool.query<{ n: number }>('select count(*)::integer as n from networks');
    if ((found?.n ?? 0) > 0) return;
    await loadOui(pool, 'oui-data', async () => ({ source: 'oui-data', entries: ouiEntries }));
    const start = performance.now();
    await seedBig(pool, { ...BIG, now: new Date() });
    log(`seeded in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  } finally {
    await pool.close();
  }
}
