/** Ethernet II frames (IEEE 802.3-2018 §3.2.6) without preamble and FCS, with up to two VLAN tags (802.1Q, 802.1ad). */
import type { Mac } from '../lib/mac.ts';
import { formatMac, readMac, writeMac } from '../lib/mac.ts';
import { WireError } from './error.ts';

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;
/** Destination, source and type of an untagged frame. */
export const ETHERNET_HEADER_LENGTH = 14;
const TAG_LENGTH = 4;
const MAX_TAGS = 2;

/** 1,500 octets of payload, the header and two tags. Nothing longer carries ARP, whatever jumbo frames the LAN allows. */
export const MAX_FRAME_LENGTH = ETHERNET_HEADER_LENGTH + MAX_TAGS * TAG_LENGTH + 1500;

export const ETHERTYPE_ARP = 0x0806;
const TAG_8021Q = 0x8100;
/** 802.1Q customer tag, 802.1ad service tag, and the value that came before 802.1ad and is still met. */
const TAG_TYPES: ReadonlySet<number> = new Set([TAG_8021Q, 0x88a8, 0x9100]);

export interface EthernetHeader {
  readonly destination: Mac;
  readonly source: Mac;
  /** VLAN identifiers (0..4095), outermost first; 0 is a tag that carries a priority only. */
  readonly vlans: readonly number[];
  /** Below 0x0600 it is the length of an 802.3 frame, not a type. */
  readonly etherType: number;
  readonly payloadOffset: number;
}

const NO_VLANS: readonly number[] = [];

export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value & 255;
}

/** @throws WireError truncated, oversize, too-many-tags */
export function parseEthernet(bytes: Uint8Array): EthernetHeader {
  if (bytes.length < ETHERNET_HEADER_LENGTH) throw new WireError('ethernet', bytes.length, 'truncated');
  if (bytes.length > MAX_FRAME_LENGTH) throw new WireError('ethernet', MAX_FRAME_LENGTH, 'oversize');
  let offset = TYPE;
  let etherType = readUint16(bytes, offset);
  let vlans = NO_VLANS;
  while (TAG_TYPES.has(etherType)) {
    if (vlans.length === MAX_TAGS) throw new WireError('ethernet', offset, 'too-many-tags');
    if (bytes.length < offset + TAG_LENGTH + 2) throw new WireError('ethernet', bytes.length, 'truncated');
    vlans = [...vlans, readUint16(bytes, offset + 2) & 0x0fff];
    offset += TAG_LENGTH;
    etherType = readUint16(bytes, offset);
  }
  return {
    destination: readMac(bytes, DESTINATION),
    source: readMac(bytes, SOURCE),
    vlans,
    etherType,
    payloadOffset: offset + 2,
  };
}

/** Octets of a header with one tag, or with none where `vlan` is null. */
export function ethernetHeaderLength(vlan: number | null): number {
  return ETHERNET_HEADER_LENGTH + (vlan === null ? 0 : TAG_LENGTH);
}

/**
 * Writes a header and returns its length.
 * @param vlan 1..4094 for an 802.1Q tag (priority 0, not drop eligible), null for none
 */
export function emitEthernet(
  header: Pick<EthernetHeader, 'destination' | 'source' | 'etherType'>,
  out: Uint8Array,
  offset = 0,
  vlan: number | null = null,
): number {
  writeMac(out, offset + DESTINATION, header.destination);
  writeMac(out, offset + SOURCE, header.source);
  const length = ethernetHeaderLength(vlan);
  if (vlan !== null) {
    writeUint16(out, offset + TYPE, TAG_8021Q);
    writeUint16(out, offset + TYPE + 2, vlan);
  }
  writeUint16(out, offset + length - 2, header.etherType);
  return length;
}

/**
 * The VLANs a frame belongs to, outermost first; none for an untagged one. A tag with identifier 0 carries a priority
 * and no VLAN (IEEE 802.1Q-2018 §6.9.1).
 * @param stripped of a tag that the system took off, null when there was none
 */
export function vlansOf(header: Pick<EthernetHeader, 'vlans'>, stripped: number | null): readonly number[] {
  if (stripped === null && header.vlans.length === 0) return NO_VLANS;
  return [...(stripped === null ? [] : [stripped]), ...header.vlans].filter(id => id !== 0);
}

/** `02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff vlan 7 type 0x0806` */
export function formatEthernet(header: EthernetHeader): string {
  const tags = header.vlans.map(id => ` vlan ${id}`).join('');
  const type = header.etherType.toString(16).padStart(4, '0');
  return `${formatMac(header.source)} > ${formatMac(header.destination)}${tags} type 0x${type}`;
}
