/**
 * NetBIOS node status over UDP (RFC 1002 §4.2.17, §4.2.18): which names a machine has registered, and its unit
 * identifier. The message's frame is that of DNS (§4.2.1); names are first-level encoded (RFC 1001 §14.1).
 */
import type { Mac } from '../lib/mac.ts';
import { readMac, ZERO_MAC } from '../lib/mac.ts';
import { DNS_HEADER_LENGTH, MAX_DNS_LENGTH } from './dns.ts';
import { emitName, octetsAt, readName } from './dns-name.ts';
import { WireError } from './error.ts';
import { readUint16, writeUint16 } from './ethernet.ts';

/** RR_TYPE of node status. */
const NBSTAT = 0x0021;
const CLASS_IN = 1;
const RESPONSE = 0x8000;
/** Fifteen octets of name, the suffix, two of flags. */
const ENTRY_LENGTH = 18;
const NAME_LENGTH = 15;
const GROUP = 0x8000;
const CONFLICT = 0x0800;
const ACTIVE = 0x0400;

export const SUFFIX_WORKSTATION = 0x00;
export const SUFFIX_FILE_SERVER = 0x20;

export interface NetbiosName {
  /** At most 15 octets in the machine's OEM code page, one character of code 0 to 255 each, without the padding. */
  readonly name: string;
  /** The sixteenth octet: what the name is for. */
  readonly suffix: number;
  readonly group: boolean;
  /** Registered, and nobody else claims it. */
  readonly active: boolean;
}

export interface NodeStatus {
  readonly id: number;
  readonly names: readonly NetbiosName[];
  /** The MAC of the adapter as Windows tells it; null where the answer holds none (Samba sends zeros). */
  readonly unitId: Mac | null;
}

/** Two letters for each octet, one for each half, from A on (RFC 1001 §14.1). */
function encodeFirstLevel(octets: readonly number[]): string {
  return octets.map(octet => String.fromCharCode(0x41 + (octet >> 4), 0x41 + (octet & 15))).join('');
}

/** The name that stands for every name of a node: an asterisk and fifteen zeros. */
const WILDCARD = encodeFirstLevel([0x2a, ...Array<number>(NAME_LENGTH).fill(0)]);
export const NODE_STATUS_REQUEST_LENGTH = 50;

/** @throws WireError truncated, oversize, not-node-status, length, and those of its names (layer dns) */
export function parseNodeStatus(bytes: Uint8Array): NodeStatus {
  if (bytes.length < DNS_HEADER_LENGTH) throw new WireError('nbns', bytes.length, 'truncated');
  if (bytes.length > MAX_DNS_LENGTH) throw new WireError('nbns', MAX_DNS_LENGTH, 'oversize');
  const flags = readUint16(bytes, 2);
  // OPCODE and RCODE zero, and one answer; Windows and Samba repeat no question.
  if ((flags & RESPONSE) === 0 || (flags & 0x780f) !== 0) throw new WireError('nbns', 2, 'not-node-status');
  if (readUint16(bytes, 4) !== 0) throw new WireError('nbns', 4, 'not-node-status');
  if (readUint16(bytes, 6) !== 1) throw new WireError('nbns', 6, 'not-node-status');
  const { name, end } = readName(bytes, DNS_HEADER_LENGTH);
  // A scope may follow the name (RFC 1001 §14.2).
  if (name[0] !== WILDCARD) throw new WireError('nbns', DNS_HEADER_LENGTH, 'not-node-status');
  const start = end + 10;
  if (bytes.length < start) throw new WireError('nbns', bytes.length, 'truncated');
  if (readUint16(bytes, end) !== NBSTAT || readUint16(bytes, end + 2) !== CLASS_IN)
    throw new WireError('nbns', end, 'not-node-status');
  const length = readUint16(bytes, end + 8);
  if (bytes.length < start + length) throw new WireError('nbns', bytes.length, 'truncated');
  return { id: readUint16(bytes, 0), ...readEntries(bytes.subarray(0, start + length), start) };
}

/** NUM_NAMES entries and the statistics, of which only the first field is of use; some send none. */
function readEntries(bytes: Uint8Array, start: number): Pick<NodeStatus, 'names' | 'unitId'> {
  const count = bytes[start];
  if (count === undefined || start + 1 + count * ENTRY_LENGTH > bytes.length)
    throw new WireError('nbns', start, 'length');
  const statistics = start + 1 + count * ENTRY_LENGTH;
  const names = Array.from({ length: count }, (_, i) => readEntry(bytes, start + 1 + i * ENTRY_LENGTH));
  const unitId = statistics + 6 <= bytes.length ? readMac(bytes, statistics) : ZERO_MAC;
  return { names, unitId: unitId === ZERO_MAC ? null : unitId };
}

function readEntry(bytes: Uint8Array, offset: number): NetbiosName {
  const flags = readUint16(bytes, offset + NAME_LENGTH + 1);
  return {
    name: octetsAt(bytes, offset, NAME_LENGTH).replace(/[ \0]+$/, ''),
    suffix: bytes[offset + NAME_LENGTH] ?? 0,
    group: (flags & GROUP) !== 0,
    active: (flags & (ACTIVE | CONFLICT)) === ACTIVE,
  };
}

/** Writes a request for every name of the node that gets it, and returns its length. */
export function emitNodeStatusRequest(id: number, out: Uint8Array, offset = 0): number {
  writeUint16(out, offset, id);
  writeUint16(out, offset + 2, 0);
  writeUint16(out, offset + 4, 1);
  out.fill(0, offset + 6, offset + DNS_HEADER_LENGTH);
  const end = offset + DNS_HEADER_LENGTH + emitName([WILDCARD], out, offset + DNS_HEADER_LENGTH);
  writeUint16(out, end, NBSTAT);
  writeUint16(out, end + 2, CLASS_IN);
  return end + 4 - offset;
}

/** As nmblookup lists it: `FILES<20> active`, `WORKGROUP<00> group active`; octets outside ASCII as dots. */
export function formatNetbiosName({ name, suffix, group, active }: NetbiosName): string {
  const text = name.replace(/[^ -~]/g, '.');
  return `${text}<${suffix.toString(16).padStart(2, '0')}>${group ? ' group' : ''}${active ? ' active' : ''}`;
}
