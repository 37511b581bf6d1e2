import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runFolder, stateFolder } from '../../src/cli/paths.ts';

// Root has /run: where the tests run as root, the user in question is another.
const real = process.getuid?.() ?? 0;
const uid = real === 0 ? 1000 : real;

let tmp: string;
let folder: string;
beforeEach(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'netureon-paths-'));
  folder = join(tmp, `netureon-${uid}`);
  vi.stubEnv('TMPDIR', tmp);
  vi.spyOn(process, 'getuid').mockReturnValue(uid);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(tmp, { recursive: true, force: true });
});

describe('the run-time folder of a user without XDG_RUNTIME_DIR', () => {
  test('is one of his own in the temporary folder, made or not', async () => {
    expect(runFolder({})).toBe(folder);
    await mkdir(folder, { mode: 0o755 });
    await chown(folder, uid, process.getgid?.() ?? 0);
    expect(runFolder({})).toBe(folder);
  });

  test.each<[string, () => Promise<void>]>([
    [
      'others can write to',
      async () => {
        await mkdir(folder);
        await chown(folder, uid, process.getgid?.() ?? 0);
        await chmod(folder, 0o777);
      },
    ],
    [
      'leads elsewhere',
      async () => {
        await mkdir(join(tmp, 'elsewhere'));
        await symlink(join(tmp, 'elsewhere'), folder);
      },
    ],
    ['is a file', () => writeFile(folder, '')],
  ])('is refused when it %s', async (_what, make) => {
    await make();
    expect(() => runFolder({})).toThrow(
      expect.objectContaining({ code: 'permission', remedy: expect.stringContaining('XDG_RUNTIME_DIR') }),
    );
  });

  test('is refused when somebody else has made it', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    await mkdir(join(tmp, `netureon-${uid + 1}`));
    expect(() => runFolder({})).toThrow(/is not a folder that only this user can write to/);
  });
});

describe.each([
  ['STATE_DIRECTORY', stateFolder],
  ['RUNTIME_DIRECTORY', runFolder],
] as const)('%s', (name, folderOf) => {
  test('is taken as it is, made or not', () => {
    expect(folderOf({ [name]: tmp })).toBe(tmp);
    expect(folderOf({ [name]: folder })).toBe(folder);
  });

  test('is refused when it is relative or a file', async () => {
    await writeFile(folder, '');
    for (const path of ['state', folder])
      expect(() => folderOf({ [name]: path })).toThrow(
        expect.objectContaining({ code: 'usage', message: expect.stringContaining(path) }),
      );
  });
});
