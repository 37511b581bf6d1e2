/** Who may talk to the site: browsers that reached it by a name of its own, from pages of its own. */
import { NetureonError } from '../lib/errors.ts';

export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`. Anything but loopback is refused until there are logins. */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text.trim());
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new NetureonError('usage', `cannot listen on "${text}": not an address with a port`, {
      remedy: 'set [web] listen to an address such as 127.0.0.1:8080',
    });
  if (!isLoopback(host))
    throw new NetureonError('usage', `refusing to listen on ${text}: the site has no logins yet`, {
      remedy: 'set [web] listen to 127.0.0.1:8080, and reach it from elsewhere through an SSH tunnel',
    });
  return { host, port };
}

function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost' || host === '::1') return true;
  const octets = host.split('.');
  return (
    octets.length === 4 &&
    octets[0] === '127' &&
    octets.every(octet => /^\d{1,3}$/.test(octet) && Number(octet) <= 255)
  );
}

/** What a Host header may say: the loopback names with the port, and the public address. */
export function allowedHosts(listen: ListenAddress, publicUrl?: string): string[] {
  const own = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const hosts = [...new Set([...LOOPBACK_NAMES, own])].flatMap(name =>
    listen.port === 80 ? [name, `${name}:80`] : [`${name}:${listen.port}`],
  );
  if (publicUrl !== undefined) hosts.push(new URL(publicUrl).host);
  return hosts;
}

/** What an Origin header may say. */
export function allowedOrigins(hosts: readonly string[], publicUrl?: string): Set<string> {
  const origins = new Set(hosts.map(host => `http://${host}`));
  if (publicUrl !== undefined) origins.add(new URL(publicUrl).origin);
  return origins;
}
