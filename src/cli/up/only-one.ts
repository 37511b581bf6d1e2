/** One `netureon up` per state folder: whoever listens on the socket is the one. */
import { mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';

export interface Claim {
  release(): void;
}

/** A living owner answers at once; one that is suspended takes the connection and stays silent. */
const PATIENCE_MS = 2_000;

/**
 * @param subject what must run only once, for example the state folder
 * @throws NetureonError('busy') with the pid of the one that runs
 */
export async function claim(runFolder: string, subject: string, patienceMs = PATIENCE_MS): Promise<Claim> {
  const name = `up-${createHash('sha256').update(subject).digest('hex').slice(0, 8)}.sock`;
  const path = join(runFolder, name);
  const server = await own(path, subject, patienceMs).catch((error: unknown) => {
    throw error instanceof NetureonError ? error : unusable(runFolder, error);
  });
  return {
    release: () => {
      server.close();
      rmSync(path, { force: true });
    },
  };
}

async function own(path: string, subject: string, patienceMs: number): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  return (await listenOn(path)) ?? (await takeOver(path, subject, patienceMs));
}

/** The system's own reason: that folder is not for us (EACCES, EROFS), or is none (ENOTDIR, EEXIST). */
function unusable(runFolder: string, cause: unknown): NetureonError {
  const denied = ['EACCES', 'EPERM', 'EROFS'].includes(codeOf(cause) ?? '');
  return new NetureonError(
    denied ? 'permission' : 'usage',
    `${runFolder} cannot hold the sockets of netureon: ${messageOf(cause)}`,
    {
      cause,
      remedy: 'set RUNTIME_DIRECTORY to a folder that this user can write to',
    },
  );
}

async function takeOver(path: string, subject: string, patienceMs: number): Promise<Server> {
  const owner = await askOwner(path, patienceMs);
  if (owner === undefined) {
    rmSync(path, { force: true }); // left behind by one that was killed
    const server = await listenOn(path);
    if (server !== undefined) return server;
  }
  throw new NetureonError(
    'busy',
    `netureon up already runs${owner ? ` (process ${owner})` : ''} with ${subject}`,
    {
      remedy:
        'use that one, or stop it first; another STATE_DIRECTORY in the environment is another installation',
    },
  );
}

/** undefined: somebody has that path. */
function listenOn(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.end(String(process.pid)));
    server.once('error', error => (codeOf(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** The pid of a living owner, '' when it does not tell; undefined when nobody answers there. */
function askOwner(path: string, patienceMs: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = createConnection(path);
    let answer = '';
    const settle = (owner: string | undefined) => {
      clearTimeout(patience);
      socket.destroy();
      resolve(owner);
    };
    // Only a number is shown: whatever else listens there must not speak to the terminal.
    const told = () => settle(/^\d{1,10}$/.test(answer) ? answer : '');
    const patience = setTimeout(told, patienceMs);
    socket.setEncoding('utf8');
    socket.on('data', text => {
      answer += text;
      if (answer.length > 10) told();
    });
    socket.on('end', told);
    socket.on('error', () => settle(undefined));
  });
}
