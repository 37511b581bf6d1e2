// The embedded server's folders. That it starts, stops and is taken over is tested by every run and by test/cli/up.
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clusterSocket, startCluster } from '../../src/store/embedded/cluster.ts';

test('a symbolic link in the place of the socket folder is refused, and what it points at keeps its owner', async () => {
  const base = await mkdtemp(join(tmpdir(), 'netureon-cluster-'));
  onTestFinished(() => rm(base, { recursive: true }));
  await chmod(base, 0o755);
  const folders = { folder: join(base, 'cluster'), runFolder: join(base, 'run') };
  const target = join(base, 'target');
  await mkdir(target, { mode: 0o700 });
  await mkdir(folders.runFolder);
  await symlink(target, clusterSocket(folders));
  await expect(startCluster({ ...folders, uid: process.getuid?.(), env: process.env })).rejects.toMatchObject(
    { code: 'permission' },
  );
  expect((await stat(target)).uid).toBe(process.getuid?.());
});

test('what cannot be looked into is nobody’s to set up anew: it stays, and the remedy is told', async () => {
  const base = await mkdtemp(join(tmpdir(), 'netureon-cluster-'));
  onTestFinished(() => rm(base, { recursive: true }));
  await chmod(base, 0o755);
  const folders = { folder: join(base, 'cluster'), runFolder: join(base, 'run') };
  await mkdir(folders.folder);
  // A file in its place (ENOTDIR) stands for the folder of another user (EACCES), into which root would see.
  await writeFile(join(folders.folder, 'data'), 'precious');
  await expect(startCluster({ ...folders, uid: process.getuid?.(), env: process.env })).rejects.toMatchObject(
    {
      code: 'permission',
      remedy: expect.stringContaining('STATE_DIRECTORY'),
    },
  );
  expect(await readFile(join(folders.folder, 'data'), 'utf8')).toBe('precious');
});
