import { once } from 'node:events';
import { createServer } from 'node:net';
import { codeOf, NetureonError } from '../../lib/errors.ts';

/**
 * Where the demo's site can listen: as wished, or on any free port of the same address if that one is taken, by a
 * netureon that really runs for example. A `named` address that is taken is an error instead.
 */
export async function freeListen(wished: string, named: boolean): Promise<string> {
  const { hostname, port } = new URL(`http://${wished}`);
  const free = await tryListen(hostname.replace(/^\[|\]$/g, ''), Number(port || 80));
  if (free !== undefined) return wished;
  if (named)
    throw new NetureonError('usage', `something else listens on ${wished} already`, {
      remedy: 'choose another with --listen 127.0.0.1:PORT',
    });
  return `${hostname}:${await tryListen(hostname.replace(/^\[|\]$/g, ''), 0)}`;
}

/** @returns the port, closed again; undefined when it is taken */
async function tryListen(host: string, port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return undefined;
    throw new NetureonError('usage', `cannot listen on ${host}:${port}`, { cause: error });
  } finally {
    server.close();
  }
}
