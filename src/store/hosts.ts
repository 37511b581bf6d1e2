/**
 * A database on several servers, as libpq writes it (PostgreSQL documentation 34.1.1.3): `postgres://u@one:5432,two/db`,
 * or `postgres:///db?host=/run/one,/run/two`. One of them takes writes, and which one changes when a standby is
 * promoted; `pg` knows a single host only.
 */
import pg from 'pg';
import { messageOf, NetureonError } from '../lib/errors.ts';
import { maskUrl } from '../lib/log.ts';

/** One URL for each server, in the order given; the URL itself where it names one server or none. */
export function hostsOf(url: string): readonly string[] {
  const [, start = '', hosts = '', rest = ''] =
    /^(postgres(?:ql)?:\/\/(?:.*@)?)([^/?@]*)(.*)$/s.exec(url) ?? [];
  const [path = '', search = ''] = rest.split(/\?(.*)/s);
  const values = new URLSearchParams(search);
  const attributes = values.get('target_session_attrs');
  const listed = values.get('host')?.split(',') ?? [];
  if (!hosts.includes(',') && listed.length < 2 && attributes === null) return [url];
  values.delete('target_session_attrs');
  if (listed.length < 2) return hosts.split(',').map(host => `${start}${host}${path}${queryOf(values)}`);
  const ports = values.get('port')?.split(',') ?? [];
  return listed.map((host, index) => {
    const own = new URLSearchParams(values);
    own.set('host', host);
    const port = ports[index] ?? ports[0];
    if (port !== undefined) own.set('port', port);
    return `${start}${hosts}${path}${queryOf(own)}`;
  });
}

function queryOf(values: URLSearchParams): string {
  return values.size === 0 ? '' : `?${values.toString()}`;
}

/**
 * The first of several servers that takes writes; of one server, its URL without asking it.
 * @param config how to connect to one of them
 * @throws NetureonError('database') that says of each server why not
 */
export async function writableHost(url: string, config: (host: string) => pg.ClientConfig): Promise<string> {
  const hosts = hostsOf(url);
  const [only] = hosts;
  if (hosts.length === 1 && only !== undefined) return only;
  const reasons: string[] = [];
  for (const host of hosts) {
    const reason = await whyNot(config(host));
    if (reason === undefined) return host;
    reasons.push(`${maskUrl(host)}: ${reason}`);
  }
  throw new NetureonError('database', `no PostgreSQL server takes writes: ${reasons.join('; ')}`, {
    remedy: 'start one of them, or promote the standby',
  });
}

async function whyNot(config: pg.ClientConfig): Promise<string | undefined> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
    return rows[0]?.standby === false ? undefined : 'it is a standby';
  } catch (error) {
    return messageOf(error);
  } finally {
    void client.end().catch(() => undefined);
  }
}
