/**
 * Hosts that webhooks may go to: `example.org`, at the ports that a browser would use (80 and 443), or
 * `example.org:8123`, at that one. Names and addresses are compared as the URL standard writes them
 * (https://url.spec.whatwg.org/#host-parsing): lower case, IDNA, 127.1 as 127.0.0.1.
 */

const USUAL_PORTS: ReadonlySet<string> = new Set(['80', '443']);

/** @returns the host as the URL standard writes it, with its port where one was given; undefined: it is none */
export function parseWebHost(text: string): string | undefined {
  const [, host, port] = /^((?:\[[0-9a-f:.]+\]|[^\s/?#@:[\]\\]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host === undefined || Number(port ?? 443) > 65_535 || Number(port ?? 443) === 0) return undefined;
  if (!URL.canParse(`https://${host}`)) return undefined;
  const { hostname } = new URL(`https://${host}`);
  return port === undefined ? hostname : `${hostname}:${Number(port)}`;
}

/** Host and port, the latter always. @param url one that can be parsed */
export function webHostOf(url: string): string {
  const { hostname } = new URL(url);
  return `${hostname}:${portOf(url)}`;
}

/** @param url one that can be parsed @param hosts of parseWebHost or webHostOf */
export function isAtHost(url: string, hosts: readonly string[]): boolean {
  const { hostname } = new URL(url);
  return hosts.includes(webHostOf(url)) || (USUAL_PORTS.has(portOf(url)) && hosts.includes(hostname));
}

function portOf(url: string): string {
  const { protocol, port } = new URL(url);
  return port !== '' ? port : protocol === 'https:' ? '443' : '80';
}

/** Where webhooks that people add may go. @param url the configured webhook's: its host is one */
export function permittedHosts(url: string | undefined, hosts: readonly string[]): readonly string[] {
  return url === undefined ? hosts : [webHostOf(url), ...hosts];
}
