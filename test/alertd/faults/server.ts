// A migrated PostgreSQL of a test's own, that may be killed, started again, and told a time of its own.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { findBinaries, reachableBinaries } from '../../../src/store/embedded/binaries.ts';
import {
  clusterSocket,
  clusterUrl,
  startCluster,
  type Cluster,
  type ClusterOptions,
} from '../../../src/store/embedded/cluster.ts';
import { serverUser } from '../../../src/store/embedded/server-user.ts';
import { migrate, readMigrations } from '../../../src/store/migrate.ts';
import { openSession } from '../../../src/store/session.ts';

const run = promisify(execFile);
export const DATABASE = 'netureon';

export interface OwnServer {
  readonly folder: string;
  readonly url: (role?: string, database?: string) => string;
  /** Of the postmaster. */
  pid(): Promise<number>;
  /** As a supervisor would. @throws NetureonError('database') when it does not come up */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** kill -9 for all of it, as when the power fails. */
  kill(): Promise<void>;
}

export interface OwnServerOptions {
  readonly settings?: readonly string[];
  /** Made by the caller, who also removes it after the server has stopped. Default: a temp folder, removed at the end. */
  readonly folder?: string;
}

/** Stopped at the end of the test. */
export async function startOwnServer({ settings = [], folder }: OwnServerOptions = {}): Promise<OwnServer> {
  const home = folder ?? (await tempFolder());
  const options: ClusterOptions = {
    folder: join(home, 'cluster'),
    runFolder: join(home, 'run'),
    uid: process.getuid?.(),
    env: process.env,
    settings,
  };
  let cluster: Cluster | undefined;
  const start = async () => {
    cluster = await startCluster(options);
  };
  const stop = async () => {
    const running = cluster;
    cluster = undefined;
    await running?.stop();
  };
  const pid = async () => {
    const [first = ''] = (await readFile(join(options.folder, 'data', 'postmaster.pid'), 'utf8')).split('\n');
    return Number(first);
  };
  onTestFinished(async () => {
    await stop().catch(() => undefined); // one that was killed and not started again has stopped already
    if (folder === undefined) await rm(home, { recursive: true, force: true });
  });
  await start();
  const url = (role?: string, database = DATABASE) => clusterUrl(clusterSocket(options), database, role);
  await cluster?.ensureDatabase(DATABASE);
  const owner = await openSession(url(), { application: 'test' });
  await migrate(owner, await readMigrations('sql/migrations'));
  await owner.close();
  return {
    folder: options.folder,
    url,
    pid,
    start,
    stop,
    kill: async () => {
      const postmaster = await pid();
      // Its children live on without it, for the clients that they have.
      const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(postmaster)]);
      for (const one of [postmaster, ...stdout.trim().split(/\s+/).map(Number)]) {
        try {
          process.kill(one, 'SIGKILL');
        } catch {
          // A child that ended by itself meanwhile.
        }
      }
      // pg_ctl would take a postmaster that is still dying for one that runs.
      while (await isThere(postmaster)) await setTimeout(10);
      cluster = undefined;
    },
  };
}

async function isThere(pid: number): Promise<boolean> {
  return access(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-test-'));
  await chmod(folder, 0o755); // as root the server runs as another user, who must get in
  return folder;
}

export interface ToldTime {
  /** What makes a program see this time instead of the machine's. Its monotonic clock stays as it is. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on so many seconds away from the machine's time. */
  set(seconds: number): Promise<void>;
}

/** @throws when Debian's package faketime is missing */
export async function toldTime(folder: string): Promise<ToldTime> {
  const library = await faketimeLibrary();
  const file = join(folder, 'time');
  const set = async (seconds: number) => {
    // In one write: it is read at every look at the clock.
    await writeFile(file, `${seconds < 0 ? '' : '+'}${seconds}`);
  };
  await set(0);
  await chmod(file, 0o644);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    set,
  };
}

async function faketimeLibrary(): Promise<string> {
  const { stdout } = await run('uname', ['-m']);
  const path = `/usr/lib/${stdout.trim()}-linux-gnu/faketime/libfaketimeMT.so.1`;
  await access(path).catch(() => {
    throw new Error(`clocks cannot be moved here: ${path} is missing; install Debian's package faketime`);
  });
  return path;
}

/** Starts a stopped server's binaries under `env`. Its stop() and kill() work as before. */
export async function startUnder(server: OwnServer, env: Readonly<Record<string, string>>): Promise<void> {
  const data = join(server.folder, 'data');
  const user = await serverUser(process.getuid?.());
  const found = await findBinaries();
  const binaries = user.uid === null ? found : await reachableBinaries(found, server.folder);
  // With the settings of its last start, which startCluster gave it.
  const [line = ''] = (await readFile(join(data, 'postmaster.opts'), 'utf8')).split('\n');
  const settings = [...line.matchAll(/"-c" "([^"]*)"/g)].flatMap(([, setting = '']) => ['-c', setting]);
  const { uid, gid } = await stat(data);
  const [program = '', ...args] = [
    ...user.prefix,
    join(binaries.root, 'bin', 'postgres'),
    '-D',
    data,
    ...settings,
  ];
  const child = spawn(program, args, {
    ...(user.uid === null ? {} : { uid, gid }),
    cwd: '/',
    env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('ready to accept connections')) resolve();
    });
  });
  await ready;
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGINT'); // fast shutdown
    await gone;
  });
}
