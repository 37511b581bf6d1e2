/**
 * A PostgreSQL server of our own, from the binaries in node_modules: made with initdb, run by pg_ctl in a session of
 * its own (Ctrl-C on the terminal must not stop it before the services), reachable only through a unix socket in a
 * folder that only its user may enter. That folder is the authentication: whoever can enter it owns the files too.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, lchown, lstat, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';
import { openSession } from '../session.ts';
import { findBinaries, reachableBinaries } from './binaries.ts';
import { serverUser, type ServerUser } from './server-user.ts';

export interface ClusterOptions {
  /** Holds everything of this cluster; made if missing. */
  readonly folder: string;
  /** A folder for run-time files, made if missing. Short: a socket's path has at most 107 bytes (unix(7)). */
  readonly runFolder: string;
  readonly uid: number | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Extra `name=value` settings. */
  readonly settings?: readonly string[];
}

export interface Cluster {
  /** A connection URL for one of its databases. `role` is who to connect as; the owner by default. */
  url(database: string, role?: string): string;
  /** Creates the database unless it is there. */
  ensureDatabase(name: string): Promise<void>;
  /** Waits until the server has stopped; connected clients are cut off after their transaction. */
  stop(): Promise<void>;
}

const OWNER = 'netureon';

/** The folder of the server's unix socket; it exists while the cluster's user may connect. */
export function clusterSocket(options: Pick<ClusterOptions, 'folder' | 'runFolder'>): string {
  // Two clusters of one user must not share a socket folder; the hash keeps the path short.
  const hash = createHash('sha256').update(options.folder).digest('hex').slice(0, 8);
  return join(options.runFolder, `pg-${hash}`);
}

export function clusterUrl(socket: string, database: string, role = OWNER): string {
  return `postgres:///${database}?host=${encodeURIComponent(socket)}&user=${role}`;
}

/** Starts the server, or takes over one that a killed predecessor left running on the same folder. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const user = await serverUser(options.uid);
  await makeFolder(options.folder);
  await makeFolder(options.runFolder); // the server's user has to pass through it
  const found = await findBinaries();
  const binaries = user.uid === null ? found : await reachableBinaries(found, options.folder);
  const data = join(options.folder, 'data');
  const sockets = clusterSocket(options);
  const command = commandRunner(join(binaries.root, 'bin'), user, options.env);

  await ownFolder(options.folder, user, false);
  await ownFolder(sockets, user, true);
  if (!(await isInitialised(data))) await initialise(command, data, user);
  await refuseOtherMajor(data, binaries.version);

  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${sockets}`,
    'unix_socket_permissions=0700',
  ];
  const flags = [...settings, ...(options.settings ?? [])].map(setting => `-c "${setting}"`).join(' ');
  const log = join(options.folder, 'postgresql.log');
  if (
    !(await command('pg_ctl', ['status', '-D', data]).then(
      () => true,
      () => false,
    ))
  ) {
    await command('pg_ctl', ['start', '-w', '-t', '60', '-D', data, '-l', log, '-o', flags]).catch(
      async error => {
        throw new NetureonError(
          'database',
          `the embedded PostgreSQL did not start: ${await lastLine(log, error)}`,
          {
            cause: error,
            remedy: `look into ${log}`,
          },
        );
      },
    );
  }
  const url = (database: string, role?: string) => clusterUrl(sockets, database, role);
  return {
    url,
    ensureDatabase: name => ensureDatabase(url('postgres'), name),
    stop: async () => {
      await command('pg_ctl', ['stop', '-w', '-t', '60', '-m', 'fast', '-D', data]);
    },
  };
}

type Command = (program: string, args: readonly string[]) => Promise<void>;

function commandRunner(bin: string, user: ServerUser, env: NodeJS.ProcessEnv): Command {
  const identity = user.uid === null || user.gid === null ? {} : { uid: user.uid, gid: user.gid };
  return (program, args) => {
    const [file = '', ...rest] = [...user.prefix, join(bin, program), ...args];
    // cwd: the caller's own may be out of the server user's reach. LC_ALL: messages as plain English.
    const child = spawn(file, rest, {
      ...identity,
      cwd: '/',
      env: { PATH: env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Out of Ctrl-C's reach: half a start would leave half a cluster, or a server that nobody stops.
      detached: true,
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', text => (errors += text));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`${program} ended with ${signal ?? code}: ${errors.trim()}`));
      });
    });
  };
}

async function initialise(command: Command, data: string, user: ServerUser): Promise<void> {
  // A folder that initdb could not finish has no PG_VERSION and would be refused; it holds nothing of value.
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  await ownFolder(data, user, true);
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const auth = ['-U', OWNER, '--auth-local=trust', '--auth-host=reject'];
  await command('initdb', ['-D', data, ...auth, ...locale]).catch(error => {
    const reason = /\binitdb: error: (.*)$/m.exec(messageOf(error))?.[1] ?? messageOf(error);
    throw new NetureonError('database', `the embedded PostgreSQL could not be set up: ${reason}`, {
      cause: error,
      remedy: `make sure that ${data} can be written and entered, and that its disk has 100 MB free`,
    });
  });
}

async function refuseOtherMajor(data: string, version: string): Promise<void> {
  const major = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  if (version.split('.')[0] !== major)
    throw new NetureonError(
      'database',
      `${data} belongs to PostgreSQL ${major}; this netureon brings ${version}`,
      {
        remedy: 'make a backup with the netureon release that used it and restore it with this one',
      },
    );
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 }).catch((error: unknown) => {
    throw new NetureonError('permission', `${folder} cannot be made: ${messageOf(error)}`, {
      cause: error,
      remedy: 'set STATE_DIRECTORY and RUNTIME_DIRECTORY to folders that this user can write to',
    });
  });
}

/** Makes the folder, gives it to the server's user; `secret`: nobody else may enter, and it must not be a trap. */
async function ownFolder(folder: string, user: ServerUser, secret: boolean): Promise<void> {
  await mkdir(folder, { recursive: true, mode: secret ? 0o700 : 0o755 });
  // lchown: in a folder of the server's user, root must not be led to give away what a symbolic link points at.
  if (user.uid !== null && user.gid !== null) await lchown(folder, user.uid, user.gid);
  const stats = await lstat(folder);
  const owner = user.uid ?? process.getuid?.();
  if (secret && (!stats.isDirectory() || stats.uid !== owner || (stats.mode & 0o077) !== 0))
    throw new NetureonError('permission', `${folder} must be a folder that only its user may enter`, {
      remedy: `remove ${folder} and start again`,
    });
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const session = await openSession(url, { application: 'netureon' });
  try {
    const found = await session.query('select from pg_database where datname = $1', [name]);
    if (found.length === 0) await session.query(`create database "${name.replaceAll('"', '""')}"`);
  } finally {
    await session.close();
  }
}

async function lastLine(log: string, error: unknown): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  return lines.findLast(line => /FATAL|PANIC/.test(line)) ?? messageOf(error);
}

/** Only a folder that is not there counts as new: what cannot be looked into may be somebody's data. */
async function isInitialised(data: string): Promise<boolean> {
  try {
    await access(join(data, 'PG_VERSION'));
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new NetureonError('permission', `${data} cannot be looked into: ${messageOf(error)}`, {
      cause: error,
      remedy: 'it may be another user’s: set STATE_DIRECTORY and RUNTIME_DIRECTORY to folders of your own',
    });
  }
}
