/** Where a request comes from, and which proxies are believed. Pure. */
import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';

/** Whether a peer is a proxy whose headers are believed. */
export type Trusts = (address: string | undefined) => boolean;

/** @param cidrs `10.0.0.0/8`, `::1/128` or single addresses, checked before */
export function trustsOf(cidrs: readonly string[]): Trusts {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', length] = cidr.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return address => {
    const plain = plainAddress(address);
    return plain !== undefined && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
}

/** The other end of the connection. */
export function peerOf(c: Context): string | undefined {
  const env: unknown = c.env;
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return undefined;
  const { incoming } = env as { incoming?: { socket?: { remoteAddress?: string } } };
  return plainAddress(incoming?.socket?.remoteAddress);
}

/**
 * Of a request through trusted proxies, the last address in X-Forwarded-For that is not one of theirs: what stands before
 * it, anybody may have written.
 */
export function clientAddress(c: Context, trusts: Trusts): string | null {
  const peer = peerOf(c);
  if (!trusts(peer)) return peer ?? null;
  const forwarded = (c.req.header('x-forwarded-for') ?? '').slice(-2000).split(',');
  let nearest = peer;
  for (const text of forwarded.toReversed()) {
    const address = plainAddress(text.trim());
    if (address === undefined) break;
    nearest = address;
    if (!trusts(address)) break;
  }
  return nearest ?? null;
}

/** Whose tries are counted together: of IPv6 whoever has one address has 2^64 of them. */
export function addressGroup(address: string | null): string | null {
  if (address === null || isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole =
    tail === undefined
      ? before
      : [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return `${whole
    .slice(0, 4)
    .map(part => part.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

function plainAddress(text: string | undefined): string | undefined {
  const plain = text?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return plain !== undefined && isIP(plain) !== 0 ? plain : undefined;
}
