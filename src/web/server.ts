/** The site on a port. */
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { codeOf, messageOf, NetureonError } from '../lib/errors.ts';
import type { ListenAddress } from './hosts.ts';

export interface RunningSite {
  /** As the system gave it, when port 0 was asked for. */
  readonly port: number;
  /** Nobody new gets in; the address is free at once. */
  stopListening(): void;
  /** Answers what it has begun, then closes. Streams must have been told to end before. */
  close(): Promise<void>;
}

/** How long answers under way may take when the site stops. */
const GRACE_MS = 3_000;

/** @param app is handed the port, which its host check has to know */
export async function startServer(app: (port: number) => Hono, listen: ListenAddress): Promise<RunningSite> {
  let fetch: Hono['fetch'] | undefined;
  const server = serve({
    fetch: (request, env) => fetch?.(request, env) ?? new Response('starting', { status: 503 }),
    hostname: listen.host,
    port: listen.port,
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', error => reject(cannotListen(listen, error)));
    server.once('listening', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : listen.port);
    });
  });
  fetch = app(port).fetch;
  let closed: Promise<void> | undefined;
  const stopListening = () =>
    (closed ??= new Promise(resolve => {
      server.close(() => resolve());
    }));
  return {
    port,
    stopListening: () => void stopListening(),
    close: async () => {
      const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), GRACE_MS);
      const ended = stopListening();
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      await ended;
      clearTimeout(cut);
    },
  };
}

function cannotListen({ host, port }: ListenAddress, cause: unknown): NetureonError {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const remedy =
    codeOf(cause) === 'EADDRINUSE'
      ? `something else listens there: stop it, or choose another port, such as --listen 127.0.0.1:${port === 8080 ? 8081 : 8080}`
      : codeOf(cause) === 'EACCES'
        ? 'ports below 1024 need a privilege: choose one above, such as 127.0.0.1:8080'
        : 'check [web] listen';
  return new NetureonError('io', `cannot listen on ${where}: ${messageOf(cause)}`, { remedy, cause });
}
