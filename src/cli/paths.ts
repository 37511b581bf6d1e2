/** Where things are on this machine: the package's own files, the configuration, the state and the run-time folder. */
import { accessSync, constants, existsSync, lstatSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NetureonError } from '../lib/errors.ts';

/** The package's root: it holds package.json and sql/, in a checkout and when installed. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'sql', 'migrations'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('netureon is installed incompletely: sql/migrations is missing');
    folder = parent;
  }
  return folder;
}

export function defaultConfigFile(env: NodeJS.ProcessEnv): string {
  return process.platform === 'win32'
    ? join(env['ProgramData'] ?? 'C:\\ProgramData', 'Netureon', 'netureon.toml')
    : '/etc/netureon/netureon.toml';
}

/**
 * What must survive a restart: what systemd gives (systemd.exec(5) StateDirectory), /var/lib/netureon for root, the XDG
 * state folder for everybody else.
 * @throws NetureonError usage when STATE_DIRECTORY cannot be such a folder
 */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  if (env['STATE_DIRECTORY']) return requireFolder('STATE_DIRECTORY', env['STATE_DIRECTORY']);
  if (process.platform === 'win32') return join(env['ProgramData'] ?? 'C:\\ProgramData', 'Netureon');
  // Root of a user namespace is an ordinary user outside it, and may not write there.
  if (process.getuid?.() === 0 && isWritable('/var/lib')) return '/var/lib/netureon';
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'netureon');
}

/**
 * Sockets and locks: short, private to the user, gone after a reboot.
 * @throws NetureonError permission when somebody else has made the folder in /tmp: who owns it could put a database of
 * his own in the place of ours
 */
export function runFolder(env: NodeJS.ProcessEnv): string {
  if (env['RUNTIME_DIRECTORY']) return requireFolder('RUNTIME_DIRECTORY', env['RUNTIME_DIRECTORY']);
  if (process.platform === 'win32') return stateFolder(env);
  if (process.getuid?.() === 0 && isWritable('/run')) return '/run/netureon';
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime && isWritable(runtime)) return join(runtime, 'netureon');
  const folder = join(tmpdir(), `netureon-${process.getuid?.() ?? 'user'}`);
  if (!isOurs(folder))
    throw new NetureonError('permission', `${folder} is not a folder that only this user can write to`, {
      remedy: 'have it removed, or set XDG_RUNTIME_DIR to a folder of your own',
    });
  return folder;
}

/** The services and PostgreSQL work elsewhere than the shell: only an absolute path is the same to all of them. */
function requireFolder(name: string, path: string): string {
  const remedy = `set ${name} to the absolute path of a folder; it is made if it is not there`;
  if (!isAbsolute(path))
    throw new NetureonError('usage', `${name} is not an absolute path: ${path}`, { remedy });
  if (isFile(path)) throw new NetureonError('usage', `${name} is not a folder: ${path}`, { remedy });
  return path;
}

/** What cannot be looked at is left to whoever makes the folder, and says why it could not. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return false;
  }
}

/** A folder that belongs to this user, or nothing yet: /tmp lets nobody else put something there afterwards. */
function isOurs(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return (
    stats === undefined ||
    (stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0)
  );
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
