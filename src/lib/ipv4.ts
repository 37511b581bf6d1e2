/**
 * IPv4 addresses and networks as unsigned 32-bit numbers; text only at the edges. Strict: four decimal octets
 * without leading zeros (RFC 6943 §3.1.1 explains what lenient parsers have cost).
 */
export type Ipv4 = number & { readonly __brand: 'Ipv4' };

/** A network in CIDR notation (RFC 4632): `base` has no host bits set. */
export interface Cidr {
  readonly base: Ipv4;
  /** 0..32 */
  readonly prefix: number;
}

export function parseIpv4(text: string): Ipv4 | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value as Ipv4;
}

export function formatIpv4(ip: Ipv4): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

/** `192.168.1.0/24`, or one address as /32. Host bits are cleared: people write `192.168.1.1/24` and mean the network. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefixText, ...rest] = text.trim().split('/');
  const ip = parseIpv4(address);
  if (ip === undefined || rest.length > 0) return undefined;
  if (prefixText === undefined) return { base: ip, prefix: 32 };
  if (!/^\d{1,2}$/.test(prefixText) || Number(prefixText) > 32) return undefined;
  return cidrOf(ip, Number(prefixText));
}

export function cidrOf(ip: Ipv4, prefix: number): Cidr {
  return { base: (ip - (ip % cidrSizeOf(prefix))) as Ipv4, prefix };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIpv4(cidr.base)}/${cidr.prefix}`;
}

/** How many addresses the network spans, network and broadcast address included. */
export function cidrSize(cidr: Cidr): number {
  return cidrSizeOf(cidr.prefix);
}

function cidrSizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}

export function cidrContains(cidr: Cidr, ip: Ipv4): boolean {
  return ip >= cidr.base && ip < cidr.base + cidrSize(cidr);
}

export function cidrEquals(a: Cidr, b: Cidr): boolean {
  return a.base === b.base && a.prefix === b.prefix;
}

export function cidrWithin(inner: Cidr, outer: Cidr): boolean {
  return inner.prefix >= outer.prefix && cidrContains(outer, inner.base);
}

/** First and last address a host may have: all but network and broadcast, except in /31 (RFC 3021) and /32. */
export function hostRange(cidr: Cidr): { first: Ipv4; last: Ipv4 } {
  const end = cidr.base + cidrSize(cidr) - 1;
  if (cidr.prefix >= 31) return { first: cidr.base, last: end as Ipv4 };
  return { first: (cidr.base + 1) as Ipv4, last: (end - 1) as Ipv4 };
}

const PRIVATE_NETWORKS = [
  '10.0.0.0/8', // RFC 1918
  '172.16.0.0/12', // RFC 1918
  '192.168.0.0/16', // RFC 1918
  '169.254.0.0/16', // RFC 3927, link-local
  '100.64.0.0/10', // RFC 6598, shared address space
].map(text => {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`bad constant ${text}`);
  return cidr;
});

/** Whether the whole network lies in address space that never leaves a private network. */
export function isPrivate(cidr: Cidr): boolean {
  return PRIVATE_NETWORKS.some(outer => cidrWithin(cidr, outer));
}
