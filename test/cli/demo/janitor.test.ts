import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { startJanitor } from '../../../src/cli/demo/janitor.ts';
import { bundle } from '../../support/bundle.ts';
import { PATIENT } from '../../support/patience.ts';

/** A folder as the demo has it, with a process that ends on INT in PostgreSQL's place. */
async function demoFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-janitor-'));
  const server = spawn('sleep', ['600']);
  const ended = once(server, 'exit');
  await mkdir(join(folder, 'postgresql', 'data'), { recursive: true });
  await writeFile(join(folder, 'postgresql', 'data', 'postmaster.pid'), `${server.pid}\nmore\n`);
  return { folder, ended };
}

it('stops the server and removes the folder when told', async () => {
  const { folder, ended } = await demoFolder();
  const janitor = startJanitor([folder]);
  expect(existsSync(folder)).toBe(true);
  await janitor.release();
  expect(await ended).toEqual([null, 'SIGINT']);
  expect(existsSync(folder)).toBe(false);
});

it('does so too when the demo is killed', async () => {
  const { folder, ended } = await demoFolder();
  const program = await bundle('test/cli/demo/janitor-owner.ts');
  const owner = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(owner.stdout, 'data');
  owner.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGINT']);
  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), PATIENT);
});
