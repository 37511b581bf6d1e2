/** PostgreSQL refuses to run as root. This decides as whom, and through which command, it runs. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { messageOf, NetureonError } from '../../lib/errors.ts';

const run = promisify(execFile);

export interface ServerUser {
  /** null: the caller's own user. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** Put before the command. */
  readonly prefix: readonly string[];
}

const SYSTEM_USER = 'netureon';

export async function serverUser(uid: number | undefined): Promise<ServerUser> {
  if (uid !== 0) return { uid: null, gid: null, prefix: [] };
  if (await rootIsOnlyMapped()) {
    // Root of a user namespace with a single uid: there is nobody to become, but a nested namespace can show the
    // same user under an ordinary number (user_namespaces(7)). 65534 is `nobody`, which every passwd knows.
    return {
      uid: null,
      gid: null,
      prefix: ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'],
    };
  }
  return (await lookUp(SYSTEM_USER)) ?? (await lookUp('postgres')) ?? (await create());
}

async function rootIsOnlyMapped(): Promise<boolean> {
  const map = await readFile('/proc/self/uid_map', 'utf8').catch(() => '0 0 4294967295');
  const ranges = map
    .trim()
    .split('\n')
    .map(line => Number(line.trim().split(/\s+/)[2]));
  return ranges.length === 1 && ranges[0] === 1;
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const fields = passwd
    .split('\n')
    .map(line => line.split(':'))
    .find(([user]) => user === name);
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]), prefix: [] };
}

async function create(): Promise<ServerUser> {
  try {
    await run('useradd', ['--system', '--no-create-home', '--home-dir', '/var/lib/netureon', SYSTEM_USER]);
  } catch (error) {
    throw new NetureonError(
      'permission',
      `PostgreSQL cannot run as root, and no user could be made for it: ${messageOf(error)}`,
      {
        cause: error,
        remedy: `run netureon as an ordinary user, or create a system user named ${SYSTEM_USER}`,
      },
    );
  }
  const user = await lookUp(SYSTEM_USER);
  if (user === undefined) throw new NetureonError('internal', `useradd made no user ${SYSTEM_USER}`);
  return user;
}
