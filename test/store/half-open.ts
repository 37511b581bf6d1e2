/** A TCP proxy in front of a PostgreSQL on a unix socket, which can swallow everything without closing anything. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  /** The database's URL through this proxy. */
  readonly url: string;
  /** From now on the connections that are open lead nowhere; new ones work, or not, as `accept` says. */
  swallow(options: { accept: boolean }): void;
  /** Ends the open connections in order (FIN), as a server that stops. */
  cut(): void;
  /** Ends them with a reset (RST), as a firewall, or a machine that was rebooted. */
  reset(): void;
  /** New connections work again. */
  mend(): void;
  close(): Promise<void>;
}

/** @param url with the socket's folder as its `host` parameter */
export async function startProxy(url: string, port = 0): Promise<Proxy> {
  const target = new URL(url);
  const socketPath = `${target.searchParams.get('host')}/.s.PGSQL.5432`;
  const open = new Set<{ client: Socket; swallowed: boolean }>();
  let accepting = true;
  const server = createServer(client => {
    const connection = { client, swallowed: !accepting };
    open.add(connection);
    client.on('error', () => undefined);
    if (connection.swallowed) {
      client.resume();
      return;
    }
    const upstream = connect(socketPath);
    upstream.on('error', () => client.destroy());
    upstream.on('data', bytes => connection.swallowed || client.write(bytes));
    client.on('data', bytes => connection.swallowed || upstream.write(bytes));
    // A peer behind a dead line learns nothing of the other's end.
    upstream.on('close', () => connection.swallowed || client.destroy());
    client.on('close', () => upstream.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  const through = new URL(`postgres://127.0.0.1:${address.port}${target.pathname}`);
  through.username = target.searchParams.get('user') ?? '';
  return {
    url: through.href,
    swallow: ({ accept }) => {
      accepting = accept;
      for (const connection of open) connection.swallowed = true;
    },
    cut: () => {
      for (const { client } of open) client.end();
    },
    reset: () => {
      for (const { client } of open) client.resetAndDestroy();
    },
    mend: () => {
      accepting = true;
    },
    close: async () => {
      for (const { client } of open) client.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
