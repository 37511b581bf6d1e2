// One `up` per state folder, whatever is found on its socket.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claim } from '../../src/cli/up/only-one.ts';

const SUBJECT = '/var/lib/netureon';
const NAME = `up-${createHash('sha256').update(SUBJECT).digest('hex').slice(0, 8)}.sock`;

async function runFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-one-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Somebody else on the socket. */
async function occupied(onConnect: (socket: Socket) => void): Promise<string> {
  const folder = await runFolder();
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => undefined));
    onConnect(socket);
  });
  await new Promise<void>(resolve => server.listen(join(folder, NAME), resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return folder;
}

test('the second is told who is first, and may begin when that one has ended', async () => {
  const folder = await runFolder();
  const first = await claim(folder, SUBJECT);
  await expect(claim(folder, SUBJECT)).rejects.toMatchObject({
    code: 'busy',
    message: `netureon up already runs (process ${process.pid}) with ${SUBJECT}`,
  });
  (await claim(folder, '/another')).release();
  first.release();
  (await claim(folder, SUBJECT)).release();
});

test('what a killed one left behind is no hindrance', async () => {
  const folder = await runFolder();
  await writeFile(join(folder, NAME), '');
  (await claim(folder, SUBJECT)).release();
});

test.each<[string, (socket: Socket) => void]>([
  ['stays silent', () => undefined],
  ['speaks to the terminal', socket => void socket.end('\u001b]0;owned\u0007')],
  [
    'never ends',
    socket => {
      const more = () => void (socket.destroyed || socket.write('1'.repeat(65_536), more));
      more();
    },
  ],
])('an owner that %s is an owner all the same', async (_, onConnect) => {
  const folder = await occupied(onConnect);
  await expect(claim(folder, SUBJECT, 50)).rejects.toMatchObject({
    code: 'busy',
    message: `netureon up already runs with ${SUBJECT}`,
  });
});

test('a folder that cannot be made is said, with what to do', async () => {
  const folder = await runFolder();
  await writeFile(join(folder, 'file'), '');
  for (const path of [join(folder, 'file'), join(folder, 'file', 'run')])
    await expect(claim(path, SUBJECT)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(path),
      remedy: expect.stringContaining('RUNTIME_DIRECTORY'),
    });
});

test('a folder that nobody can write to is a matter of permission', async () => {
  await expect(claim('/proc/self/fdinfo', SUBJECT)).rejects.toMatchObject({ code: 'permission' });
});
