/** The Address Resolution Protocol for IPv4 over Ethernet (RFC 826; announcements and probes: RFC 5227). */
import type { Ipv4 } from '../lib/ipv4.ts';
import { formatIpv4 } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import { formatMac, readMac, writeMac } from '../lib/mac.ts';
import { WireError } from './error.ts';
import type { EthernetHeader } from './ethernet.ts';
import {
  emitEthernet,
  ETHERNET_HEADER_LENGTH,
  ethernetHeaderLength,
  ETHERTYPE_ARP,
  parseEthernet,
  readUint16,
  writeUint16,
} from './ethernet.ts';

// RFC 826 names: ar$hrd, ar$pro, ar$hln, ar$pln, ar$op, ar$sha, ar$spa, ar$tha, ar$tpa.
const HARDWARE_TYPE = 0;
const PROTOCOL_TYPE = 2;
const HARDWARE_LENGTH = 4;
const PROTOCOL_LENGTH = 5;
const OPERATION = 6;
const SENDER_HARDWARE_ADDRESS = 8;
const SENDER_PROTOCOL_ADDRESS = 14;
const TARGET_HARDWARE_ADDRESS = 18;
const TARGET_PROTOCOL_ADDRESS = 24;
const ARP_LENGTH = 28;
/** An untagged frame as `emitArpFrame` writes it. Drivers pad it to the 60 octets of the medium. */
export const ARP_FRAME_LENGTH = ETHERNET_HEADER_LENGTH + ARP_LENGTH;

const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

export interface ArpPacket {
  readonly operation: typeof ARP_REQUEST | typeof ARP_REPLY;
  readonly senderMac: Mac;
  readonly senderIp: Ipv4;
  readonly targetMac: Mac;
  readonly targetIp: Ipv4;
}

export interface ArpFrame {
  readonly ethernet: EthernetHeader;
  readonly arp: ArpPacket;
  /** Octets after the packet: the medium's padding, or whatever the sender left there. */
  readonly padding: number;
}

function readIpv4(bytes: Uint8Array, offset: number): Ipv4 {
  return (readUint16(bytes, offset) * 0x10000 + readUint16(bytes, offset + 2)) as Ipv4;
}

function writeIpv4(bytes: Uint8Array, offset: number, ip: Ipv4): void {
  writeUint16(bytes, offset, ip >>> 16);
  writeUint16(bytes, offset + 2, ip & 0xffff);
}

/** @throws WireError with the first check that fails, in the order of RFC 826 "Packet Reception" */
function parseArp(bytes: Uint8Array, offset = 0): ArpPacket {
  const refuse = (at: number, reason: WireError['reason']) => new WireError('arp', offset + at, reason);
  if (bytes.length < offset + ARP_LENGTH) throw new WireError('arp', bytes.length, 'truncated');
  if (readUint16(bytes, offset + HARDWARE_TYPE) !== HARDWARE_ETHERNET)
    throw refuse(HARDWARE_TYPE, 'hardware-type');
  if (bytes[offset + HARDWARE_LENGTH] !== 6) throw refuse(HARDWARE_LENGTH, 'hardware-length');
  if (readUint16(bytes, offset + PROTOCOL_TYPE) !== PROTOCOL_IPV4)
    throw refuse(PROTOCOL_TYPE, 'protocol-type');
  if (bytes[offset + PROTOCOL_LENGTH] !== 4) throw refuse(PROTOCOL_LENGTH, 'protocol-length');
  const operation = readUint16(bytes, offset + OPERATION);
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) throw refuse(OPERATION, 'operation');
  return {
    operation,
    senderMac: readMac(bytes, offset + SENDER_HARDWARE_ADDRESS),
    senderIp: readIpv4(bytes, offset + SENDER_PROTOCOL_ADDRESS),
    targetMac: readMac(bytes, offset + TARGET_HARDWARE_ADDRESS),
    targetIp: readIpv4(bytes, offset + TARGET_PROTOCOL_ADDRESS),
  };
}

/** A whole frame. @throws WireError */
export function parseArpFrame(bytes: Uint8Array): ArpFrame {
  const ethernet = parseEthernet(bytes);
  if (ethernet.etherType !== ETHERTYPE_ARP)
    throw new WireError('ethernet', ethernet.payloadOffset - 2, 'not-arp');
  const arp = parseArp(bytes, ethernet.payloadOffset);
  return { ethernet, arp, padding: bytes.length - ethernet.payloadOffset - ARP_LENGTH };
}

/** Writes the packet and returns its length. */
export function emitArp(packet: ArpPacket, out: Uint8Array, offset = 0): number {
  writeUint16(out, offset + HARDWARE_TYPE, HARDWARE_ETHERNET);
  writeUint16(out, offset + PROTOCOL_TYPE, PROTOCOL_IPV4);
  out[offset + HARDWARE_LENGTH] = 6;
  out[offset + PROTOCOL_LENGTH] = 4;
  writeUint16(out, offset + OPERATION, packet.operation);
  writeMac(out, offset + SENDER_HARDWARE_ADDRESS, packet.senderMac);
  writeIpv4(out, offset + SENDER_PROTOCOL_ADDRESS, packet.senderIp);
  writeMac(out, offset + TARGET_HARDWARE_ADDRESS, packet.targetMac);
  writeIpv4(out, offset + TARGET_PROTOCOL_ADDRESS, packet.targetIp);
  return ARP_LENGTH;
}

/** Octets of a frame as `emitArpFrame` writes it, with one tag or, where `vlan` is null, with none. */
export function arpFrameLength(vlan: number | null): number {
  return ethernetHeaderLength(vlan) + ARP_LENGTH;
}

/**
 * Writes an unpadded frame from `packet.senderMac` to `destination` and returns its length.
 * @param vlan 1..4094 for an 802.1Q tag, null for none
 */
export function emitArpFrame(
  destination: Mac,
  packet: ArpPacket,
  out: Uint8Array,
  offset = 0,
  vlan: number | null = null,
): number {
  const header = { destination, source: packet.senderMac, etherType: ETHERTYPE_ARP };
  const length = emitEthernet(header, out, offset, vlan);
  return length + emitArp(packet, out, offset + length);
}

/** Turns a frame that `emitArpFrame` wrote into one for another target: what a sweep changes from frame to frame. */
export function retargetArpFrame(
  destination: Mac,
  targetIp: Ipv4,
  out: Uint8Array,
  offset = 0,
  vlan: number | null = null,
): void {
  writeMac(out, offset, destination);
  writeIpv4(out, offset + ethernetHeaderLength(vlan) + TARGET_PROTOCOL_ADDRESS, targetIp);
}

/** As tcpdump words it: `Request who-has 10.0.0.2 tell 10.0.0.1`, `Reply 10.0.0.2 is-at 02:00:00:00:00:02`. */
export function formatArp(packet: ArpPacket): string {
  if (packet.operation === ARP_REPLY)
    return `Reply ${formatIpv4(packet.senderIp)} is-at ${formatMac(packet.senderMac)}`;
  return `Request who-has ${formatIpv4(packet.targetIp)} tell ${formatIpv4(packet.senderIp)}`;
}
