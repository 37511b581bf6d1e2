/**
 * The Internet Protocol, version 6 (RFC 8200), as far as neighbour discovery needs it: the header, and a hop-by-hop
 * options header behind it (for the router alert, RFC 2711). Other extension headers are refused: neighbour discovery
 * must not be fragmented (RFC 6980) and needs none of them.
 */
import type { Ipv6 } from '../lib/ipv6.ts';
import { isMulticast, readIpv6, writeIpv6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import { WireError } from './error.ts';
import { readUint16, writeUint16 } from './ethernet.ts';

const VERSION = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;
const IPV6_HEADER_LENGTH = 40;

const NEXT_HOP_BY_HOP = 0;
/** Hop-by-hop options: next header, length in units of eight octets beyond the first eight, then options. */
const OPTIONS_LENGTH = 1;
const OPTIONS = 2;
const OPTION_PAD1 = 0;
const OPTION_ROUTER_ALERT = 5;
/** A router alert for multicast listener discovery (value 0) and two octets of padding. */
const ROUTER_ALERT = [OPTION_ROUTER_ALERT, 2, 0, 0, 1, 0] as const;
const ROUTER_ALERT_LENGTH = 8;

export const ETHERTYPE_IPV6 = 0x86dd;
const NEXT_ICMPV6 = 58;

export interface Ipv6Header {
  readonly source: Ipv6;
  readonly destination: Ipv6;
  readonly hopLimit: number;
  /** Behind the options, if there are any. */
  readonly nextHeader: number;
  readonly routerAlert: boolean;
  readonly payloadOffset: number;
  /** Without the options. */
  readonly payloadLength: number;
}

/** @throws WireError truncated, version, length, option, next-header */
export function parseIpv6Header(bytes: Uint8Array, offset = 0): Ipv6Header {
  const refuse = (at: number, reason: WireError['reason']) => new WireError('ipv6', offset + at, reason);
  if (bytes.length < offset + IPV6_HEADER_LENGTH) throw new WireError('ipv6', bytes.length, 'truncated');
  if ((bytes[offset + VERSION] ?? 0) >> 4 !== 6) throw refuse(VERSION, 'version');
  const length = readUint16(bytes, offset + PAYLOAD_LENGTH);
  // Zero is a jumbogram (RFC 2675), which no Ethernet frame holds.
  if (length === 0) throw refuse(PAYLOAD_LENGTH, 'length');
  const end = offset + IPV6_HEADER_LENGTH + length;
  if (bytes.length < end) throw new WireError('ipv6', bytes.length, 'truncated');
  let nextHeader = bytes[offset + NEXT_HEADER] ?? 0;
  let payloadOffset = offset + IPV6_HEADER_LENGTH;
  let routerAlert = false;
  if (nextHeader === NEXT_HOP_BY_HOP) {
    const options = parseHopByHop(bytes, payloadOffset, end);
    ({ nextHeader, routerAlert } = options);
    payloadOffset = options.end;
  }
  if (nextHeader !== NEXT_ICMPV6) throw refuse(NEXT_HEADER, 'next-header');
  return {
    source: readIpv6(bytes, offset + SOURCE),
    destination: readIpv6(bytes, offset + DESTINATION),
    hopLimit: bytes[offset + HOP_LIMIT] ?? 0,
    nextHeader,
    routerAlert,
    payloadOffset,
    payloadLength: end - payloadOffset,
  };
}

function parseHopByHop(bytes: Uint8Array, offset: number, end: number) {
  const optionsEnd = offset + 8 + 8 * (bytes[offset + OPTIONS_LENGTH] ?? 0);
  if (end < offset + 8 || optionsEnd > end) throw new WireError('ipv6', offset + OPTIONS_LENGTH, 'length');
  let routerAlert = false;
  for (let at = offset + OPTIONS; at < optionsEnd;) {
    if (bytes[at] === OPTION_PAD1) {
      at++;
      continue;
    }
    const length = at + 1 < optionsEnd ? (bytes[at + 1] ?? 0) : Infinity;
    if (at + 2 + length > optionsEnd) throw new WireError('ipv6', at, 'option');
    if (bytes[at] === OPTION_ROUTER_ALERT && length === 2) routerAlert = true;
    at += 2 + length;
  }
  return { nextHeader: bytes[offset] ?? 0, routerAlert, end: optionsEnd };
}

export type Ipv6Emission = Pick<Ipv6Header, 'source' | 'destination' | 'hopLimit' | 'routerAlert'> & {
  /** Of what follows the header and its options, which is ICMPv6. */
  readonly payloadLength: number;
};

/** Header and options. */
export function ipv6HeaderLength({ routerAlert }: Pick<Ipv6Header, 'routerAlert'>): number {
  return IPV6_HEADER_LENGTH + (routerAlert ? ROUTER_ALERT_LENGTH : 0);
}

/** Writes header and options, and returns their length. */
export function emitIpv6Header(header: Ipv6Emission, out: Uint8Array, offset = 0): number {
  const { routerAlert } = header;
  out.fill(0, offset, offset + PAYLOAD_LENGTH);
  out[offset + VERSION] = 6 << 4;
  writeUint16(out, offset + PAYLOAD_LENGTH, header.payloadLength + (routerAlert ? ROUTER_ALERT_LENGTH : 0));
  out[offset + NEXT_HEADER] = routerAlert ? NEXT_HOP_BY_HOP : NEXT_ICMPV6;
  out[offset + HOP_LIMIT] = header.hopLimit;
  writeIpv6(out, offset + SOURCE, header.source);
  writeIpv6(out, offset + DESTINATION, header.destination);
  if (routerAlert) out.set([NEXT_ICMPV6, 0, ...ROUTER_ALERT], offset + IPV6_HEADER_LENGTH);
  return ipv6HeaderLength(header);
}

/** The Ethernet address of a multicast group: 33:33 and the last 32 bits (RFC 2464 §7). */
export function multicastMac(group: Ipv6): Mac {
  if (!isMulticast(group)) throw new RangeError('not a multicast address');
  return (0x3333_0000_0000 + Number(group & 0xffff_ffffn)) as Mac;
}

/** The checksum over pseudo-header and payload (RFC 8200 §8.1): 0 where the payload holds the right one already. */
export function checksum(
  { source, destination }: Pick<Ipv6Header, 'source' | 'destination'>,
  payload: Uint8Array,
): number {
  let sum = sumOf(source) + sumOf(destination) + payload.length + NEXT_ICMPV6;
  for (let at = 0; at + 1 < payload.length; at += 2) sum += readUint16(payload, at);
  if (payload.length % 2 === 1) sum += (payload[payload.length - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function sumOf(ip: Ipv6): number {
  let sum = 0;
  for (let rest: bigint = ip; rest > 0n; rest >>= 16n) sum += Number(rest & 0xffffn);
  return sum;
}
