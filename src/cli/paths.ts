/** Where things are on this machine: the package's own files, the configuration, the state and the run-time folder. */
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
 */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  if (env['STATE_DIRECTORY']) return env['STATE_DIRECTORY'];
  if (process.platform === 'win32') return join(env['ProgramData'] ?? 'C:\\ProgramData', 'Netureon');
  // Root of a user namespace is an ordinary user outside it, and may not write there.
  if (process.getuid?.() === 0 && isWritable('/var/lib')) return '/var/lib/netureon';
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'netureon');
}

/** Sockets and locks: short, private to the user, gone after a reboot. */
export function runFolder(env: NodeJS.ProcessEnv): string {
  if (env['RUNTIME_DIRECTORY']) return env['RUNTIME_DIRECTORY'];
  if (process.platform === 'win32') return stateFolder(env);
  if (process.getuid?.() === 0 && isWritable('/run')) return '/run/netureon';
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime && isWritable(runtime)) return join(runtime, 'netureon');
  return join(tmpdir(), `netureon-${process.getuid?.() ?? 'user'}`);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
