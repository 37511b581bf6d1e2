/**
 * IPv6 addresses (RFC 4291) as 128-bit integers; text only at the edges, in the one form of RFC 5952. No zones: which
 * link an address belongs to is said beside it.
 */
export type Ipv6 = bigint & { readonly __brand: 'Ipv6' };

export const UNSPECIFIED_IPV6 = 0n as Ipv6;
/** ff02::1, every node of the link (RFC 4291 §2.7.1). */
export const ALL_NODES = 0xff02_0000_0000_0000_0000_0000_0000_0001n as Ipv6;
/** ff02::16, where listener reports go (RFC 3810 §5.2.14). */
export const MLD2_ROUTERS = 0xff02_0000_0000_0000_0000_0000_0000_0016n as Ipv6;
/** The one network that every link has (RFC 4291 §2.5.6). */
export const LINK_LOCAL_NETWORK = 'fe80::/64';

const SOLICITED_NODE = 0xff02_0000_0000_0000_0000_0001_ff00_0000n;
const MAPPED_PREFIX = 0xffffn; // ::ffff:0:0/96, over 32 bits

/** The three text forms of RFC 4291 §2.2; anything else, a zone or a prefix included, is undefined. */
export function parseIpv6(text: string): Ipv6 | undefined {
  const [left = '', right, ...rest] = text.split('::');
  if (rest.length > 0) return undefined;
  const head = groupsOf(left, right === undefined);
  const tail = right === undefined ? [] : groupsOf(right, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) as Ipv6;
}

/** The 16-bit groups of one side of `::`; the last may be an IPv4 address, which is two. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const octets = last && i === parts.length - 1 ? ipv4Octets(part) : undefined;
    if (octets !== undefined) groups.push(octets[0] * 256 + octets[1], octets[2] * 256 + octets[3]);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function ipv4Octets(text: string): [number, number, number, number] | undefined {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1).map(Number);
  return Math.max(a, b, c, d) > 255 ? undefined : [a, b, c, d];
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
export function formatIpv6(ip: Ipv6): string {
  if (ip >> 32n === MAPPED_PREFIX) {
    const octets = [24n, 16n, 8n, 0n].map(shift => Number((ip >> shift) & 255n));
    return `::ffff:${octets.join('.')}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number((ip >> BigInt(112 - 16 * i)) & 0xffffn));
  const [start, length] = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map(group => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let [start, longest, run] = [0, 0, 0];
  groups.forEach((group, i) => {
    run = group === 0 ? run + 1 : 0;
    if (run > longest) [start, longest] = [i - run + 1, run];
  });
  return [start, longest];
}

/** Reads 16 octets at `offset`, network order. The caller has checked the bounds. */
export function readIpv6(bytes: Uint8Array, offset: number): Ipv6 {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 16);
  return ((view.getBigUint64(0) << 64n) | view.getBigUint64(8)) as Ipv6;
}

/** Writes 16 octets at `offset`, network order. The caller has checked the bounds. */
export function writeIpv6(bytes: Uint8Array, offset: number, ip: Ipv6): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 16);
  view.setBigUint64(0, ip >> 64n);
  view.setBigUint64(8, ip & 0xffff_ffff_ffff_ffffn);
}

/** ff00::/8 (RFC 4291 §2.7). */
export function isMulticast(ip: Ipv6): boolean {
  return ip >> 120n === 0xffn;
}

/** fe80::/10 (RFC 4291 §2.5.6): valid on one link only, and never forwarded. */
export function isLinkLocal(ip: Ipv6): boolean {
  return ip >> 118n === 0x3fan;
}

/** fe80::/64, the part of fe80::/10 that hosts really use: the other bits must be zero. */
export function isUsualLinkLocal(ip: Ipv6): boolean {
  return ip >> 64n === 0xfe80_0000_0000_0000n;
}

/** Whether a station may send from it: not ::, not ::1, not multicast, not an IPv4 address in disguise. */
export function isUnicast(ip: Ipv6): boolean {
  return ip >> 32n !== MAPPED_PREFIX && ip >> 32n !== 0n && !isMulticast(ip);
}

/** The /64 an address lies in, as its upper half. */
export function prefixOf(ip: Ipv6): bigint {
  return ip >> 64n;
}

/** Where the neighbour with this address listens for solicitations (RFC 4291 §2.7.1). */
export function solicitedNodeOf(ip: Ipv6): Ipv6 {
  return (SOLICITED_NODE | (ip & 0xff_ffffn)) as Ipv6;
}
