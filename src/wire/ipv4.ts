/** The header of an IPv4 packet (RFC 791 §3.1). Read only: this machine's kernel writes its own. */
import type { Ipv4 } from '../lib/ipv4.ts';
import { formatIpv4 } from '../lib/ipv4.ts';
import { internetChecksum } from './checksum.ts';
import { WireError } from './error.ts';
import { readUint16 } from './ethernet.ts';

const VERSION_AND_LENGTH = 0;
const TOTAL_LENGTH = 2;
const FLAGS_AND_FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;
const MIN_HEADER_LENGTH = 20;

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;

export interface Ipv4Packet {
  readonly ttl: number;
  readonly protocol: number;
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly dontFragment: boolean;
  /** In octets. Above 0 the payload begins in the middle of something. */
  readonly fragmentOffset: number;
  /** `bytes[payloadOffset..payloadEnd)`; what follows is the medium's padding. */
  readonly payloadOffset: number;
  readonly payloadEnd: number;
}

/** @throws WireError truncated, version, length, checksum */
export function parseIpv4Packet(bytes: Uint8Array): Ipv4Packet {
  if (bytes.length < MIN_HEADER_LENGTH) throw new WireError('ipv4', bytes.length, 'truncated');
  const first = bytes[VERSION_AND_LENGTH] ?? 0;
  if (first >>> 4 !== 4) throw new WireError('ipv4', VERSION_AND_LENGTH, 'version');
  const headerLength = (first & 15) * 4;
  if (headerLength < MIN_HEADER_LENGTH) throw new WireError('ipv4', VERSION_AND_LENGTH, 'length');
  const totalLength = readUint16(bytes, TOTAL_LENGTH);
  if (totalLength < headerLength) throw new WireError('ipv4', TOTAL_LENGTH, 'length');
  if (bytes.length < totalLength) throw new WireError('ipv4', bytes.length, 'truncated');
  if (internetChecksum(bytes, 0, headerLength) !== 0) throw new WireError('ipv4', CHECKSUM, 'checksum');
  const fragment = readUint16(bytes, FLAGS_AND_FRAGMENT);
  return {
    ttl: bytes[TIME_TO_LIVE] ?? 0,
    protocol: bytes[PROTOCOL] ?? 0,
    source: readAddress(bytes, SOURCE),
    destination: readAddress(bytes, DESTINATION),
    dontFragment: (fragment & 0x4000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    payloadOffset: headerLength,
    payloadEnd: totalLength,
  };
}

function readAddress(bytes: Uint8Array, offset: number): Ipv4 {
  return (readUint16(bytes, offset) * 0x10000 + readUint16(bytes, offset + 2)) as Ipv4;
}

/** `10.0.0.2 > 10.0.0.1 protocol 6 ttl 64` */
export function formatIpv4Packet(packet: Ipv4Packet): string {
  const { source, destination, protocol, ttl } = packet;
  return `${formatIpv4(source)} > ${formatIpv4(destination)} protocol ${protocol} ttl ${ttl}`;
}
