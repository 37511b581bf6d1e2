/** Whether the site will be able to listen, found out before anything else is started. */
import { createServer } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';

/** The services of a predecessor that was killed need a moment to notice. */
const PATIENCE_MS = 3_000;

/** @throws NetureonError('usage') when somebody else listens there, or the address is not this machine's */
export async function requireFreePort(listen: string, clock: Clock): Promise<void> {
  const { hostname, port } = new URL(`http://${listen}`);
  const deadline = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const problem = await tryToListen(hostname.replace(/^\[|\]$/g, ''), Number(port || 80));
    if (problem === undefined) return;
    if (codeOf(problem) === 'EADDRINUSE' && clock.monotonic() < deadline) {
      await clock.sleep(100);
      continue;
    }
    const reason = codeOf(problem) === 'EADDRINUSE' ? 'the address is in use' : messageOf(problem);
    throw new NetureonError('usage', `the site cannot listen on ${listen}: ${reason}`, {
      cause: problem,
      remedy: 'stop what listens there, or choose another address with --listen or [web] listen',
    });
  }
}

function tryToListen(host: string, port: number): Promise<Error | undefined> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
