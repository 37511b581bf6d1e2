/** A PostgreSQL server for one bench, in a temporary folder, gone when the bench ends. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../src/store/embedded/cluster.ts';

/** @param settings `name=value`, besides its own defaults */
export async function withCluster(
  work: (cluster: Cluster, folder: string) => Promise<void>,
  settings: readonly string[] = [],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-bench-'));
  await chmod(folder, 0o755); // as root the server runs as another user, who must get in
  const cluster = await startCluster({
    folder: join(folder, 'cluster'),
    runFolder: join(folder, 'run'),
    uid: process.getuid?.(),
    env: process.env,
    settings,
  });
  try {
    await work(cluster, folder);
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
