/** Who may talk to the site: browsers that reached it by a name of its own, from pages of its own. */
import { isIP } from 'node:net';
import { NetureonError } from '../lib/errors.ts';

export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** `127.0.0.1:8080`, `[::]:8080`, `netureon.lan:8080`. @throws NetureonError('usage') */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text.trim());
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (match === null || port > 65_535 || (match[1] !== undefined && isIP(host) !== 6))
    throw new NetureonError('usage', `cannot listen on "${text}": not an address with a port`, {
      remedy: 'set [web] listen to an address such as 127.0.0.1:8080',
    });
  return { host, port };
}

export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** As it stands in an address: `[::1]:8080`. */
export function hostText({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Any address as such, with this port: `*:8080`. No page of another origin can have one of ours as its name. */
const anyAddress = (port: number) => `*:${port}`;

/** Further names that people call it by. */
export interface OwnNames {
  /** Of the machine: `router`, `router.lan`. */
  readonly machine?: readonly string[];
  /** From the configuration, with a port where it is another one: `netureon.lan`, `netureon.lan:8443`. */
  readonly configured?: readonly string[];
}

/** What a Host header may say: loopback, any address as such, the machine's names, those configured, the public address. */
export function allowedHosts(listen: ListenAddress, publicUrl?: string, names: OwnNames = {}): string[] {
  const { machine = [], configured = [] } = names;
  const withPort = (name: string) => (listen.port === 80 ? [name, `${name}:80`] : [`${name}:${listen.port}`]);
  const own = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const hosts = [
    ...[...new Set([...LOOPBACK_NAMES, own, ...machine])].flatMap(withPort),
    anyAddress(listen.port),
    // A proxy in front may speak on a port of its own, which browsers leave out when it is the usual one.
    ...configured.flatMap(name => (/:\d+$/.test(name) ? [name] : [name, ...withPort(name)])),
  ];
  if (publicUrl !== undefined) hosts.push(new URL(publicUrl).host);
  return hosts;
}

/** @param hosts as allowedHosts gives them */
export function hostChecker(hosts: readonly string[]): (host: string) => boolean {
  const allowed = new Set(hosts.map(host => host.toLowerCase()));
  return host => {
    const given = host.toLowerCase();
    if (allowed.has(given) && !given.startsWith('*')) return true;
    const [, six, four, port = '80'] = /^(?:\[([0-9a-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(given) ?? [];
    return isIP(six ?? four ?? '') !== 0 && allowed.has(`*:${port}`);
  };
}

/** What an Origin header may say: http on our hosts, https too where a proxy may speak it, and the public address. */
export function originChecker(hosts: readonly string[], publicUrl?: string): (origin: string) => boolean {
  const isHost = hostChecker(hosts);
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  return origin => {
    if (own !== undefined && origin === own.origin) return true;
    if (!URL.canParse(origin)) return false;
    const { protocol, host } = new URL(origin);
    // Whoever can change what travels unencrypted must not speak for the encrypted site.
    if (protocol === 'http:') return (own?.protocol !== 'https:' || host !== own.host) && isHost(host);
    return protocol === 'https:' && host !== own?.host && isHost(host);
  };
}
