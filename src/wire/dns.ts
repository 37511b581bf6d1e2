/**
 * DNS messages (RFC 1035 §4), which multicast DNS (RFC 6762 §18) and LLMNR (RFC 4795 §2.1) share. Octets after the last
 * record are ignored; a message whose counts promise more than it holds is refused.
 */
import { formatIpv4 } from '../lib/ipv4.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
import { emitName, formatName, octetsAt, readName } from './dns-name.ts';
import type { DnsName } from './dns-name.ts';
import { WireError } from './error.ts';
import { readUint16, writeUint16 } from './ethernet.ts';

const ID = 0;
const FLAGS = 2;
const COUNTS = 4;
export const DNS_HEADER_LENGTH = 12;
/** RFC 6762 §17: no multicast DNS message is longer, headers of IP and UDP included; the others stay far below. */
export const MAX_DNS_LENGTH = 9000;

export const TYPE_A = 1;
export const TYPE_PTR = 12;
export const TYPE_TXT = 16;
const TYPE_AAAA = 28;
export const TYPE_SRV = 33;
const CLASS_IN = 1;

const RESPONSE = 0x8000;
/** RFC 1035 AA; LLMNR calls the same bit C, a conflict. */
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
/** Of a class: a question that wants a unicast answer (RFC 6762 §5.4), a record that replaces others (§10.2). */
const TOP_BIT = 0x8000;

export interface DnsQuestion {
  readonly name: DnsName;
  readonly type: number;
  readonly class: number;
  readonly unicast: boolean;
}

export interface DnsRecord {
  readonly name: DnsName;
  readonly type: number;
  readonly class: number;
  readonly cacheFlush: boolean;
  /** Seconds. */
  readonly ttl: number;
  readonly data: DnsData;
}

export type DnsData =
  | { readonly kind: 'a'; readonly ip: Ipv4 }
  /** 16 octets. */
  | { readonly kind: 'aaaa'; readonly octets: string }
  | { readonly kind: 'ptr'; readonly name: DnsName }
  | {
      readonly kind: 'srv';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: DnsName;
    }
  /** Strings of octets, each at most 255. */
  | { readonly kind: 'txt'; readonly strings: readonly string[] }
  | { readonly kind: 'other'; readonly octets: string };

export interface DnsMessage {
  readonly id: number;
  readonly response: boolean;
  /** 0 for a query and its answer. */
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  /** 0 no error, 3 no such name, 5 refused (RFC 1035 §4.1.1). */
  readonly rcode: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** @throws WireError truncated, oversize, label, name-length, pointer, length */
export function parseDns(bytes: Uint8Array): DnsMessage {
  if (bytes.length < DNS_HEADER_LENGTH) throw new WireError('dns', bytes.length, 'truncated');
  if (bytes.length > MAX_DNS_LENGTH) throw new WireError('dns', MAX_DNS_LENGTH, 'oversize');
  const flags = readUint16(bytes, FLAGS);
  const reader = { bytes, at: DNS_HEADER_LENGTH };
  const section = <T>(index: number, read: (from: Reader) => T): T[] => {
    const items: T[] = [];
    // Each takes octets, or ends in `truncated`: the count alone commits us to nothing.
    for (let left = readUint16(bytes, COUNTS + 2 * index); left > 0; left--) items.push(read(reader));
    return items;
  };
  return {
    id: readUint16(bytes, ID),
    response: (flags & RESPONSE) !== 0,
    opcode: (flags >>> 11) & 15,
    authoritative: (flags & AUTHORITATIVE) !== 0,
    truncated: (flags & TRUNCATED) !== 0,
    recursionDesired: (flags & RECURSION_DESIRED) !== 0,
    rcode: flags & 15,
    questions: section(0, readQuestion),
    answers: section(1, readRecord),
    authorities: section(2, readRecord),
    additionals: section(3, readRecord),
  };
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function readQuestion(reader: Reader): DnsQuestion {
  const { name, end } = readName(reader.bytes, reader.at);
  requireOctets(reader, end, 4);
  const qclass = readUint16(reader.bytes, end + 2);
  reader.at = end + 4;
  return {
    name,
    type: readUint16(reader.bytes, end),
    class: qclass & ~TOP_BIT,
    unicast: (qclass & TOP_BIT) !== 0,
  };
}

function readRecord(reader: Reader): DnsRecord {
  const { bytes } = reader;
  const { name, end } = readName(bytes, reader.at);
  requireOctets(reader, end, 10);
  const type = readUint16(bytes, end);
  const rclass = readUint16(bytes, end + 2);
  const start = end + 10;
  const length = readUint16(bytes, end + 8);
  requireOctets(reader, start, length);
  reader.at = start + length;
  return {
    name,
    type,
    class: rclass & ~TOP_BIT,
    cacheFlush: (rclass & TOP_BIT) !== 0,
    ttl: readUint16(bytes, end + 4) * 0x10000 + readUint16(bytes, end + 6),
    // Other classes give other meanings to the same types (RFC 1035 §3.4).
    data:
      (rclass & ~TOP_BIT) === CLASS_IN
        ? readData(type, bytes, start, length)
        : { kind: 'other', octets: octetsAt(bytes, start, length) },
  };
}

function readData(type: number, bytes: Uint8Array, start: number, length: number): DnsData {
  switch (type) {
    case TYPE_A:
      if (length !== 4) throw new WireError('dns', start, 'length');
      return {
        kind: 'a',
        ip: (readUint16(bytes, start) * 0x10000 + readUint16(bytes, start + 2)) as Ipv4,
      };
    case TYPE_AAAA:
      if (length !== 16) throw new WireError('dns', start, 'length');
      return { kind: 'aaaa', octets: octetsAt(bytes, start, length) };
    case TYPE_PTR:
      return { kind: 'ptr', name: wholeName(bytes, start, length) };
    case TYPE_SRV:
      if (length < 7) throw new WireError('dns', start, 'length');
      return {
        kind: 'srv',
        priority: readUint16(bytes, start),
        weight: readUint16(bytes, start + 2),
        port: readUint16(bytes, start + 4),
        target: wholeName(bytes, start + 6, length - 6),
      };
    case TYPE_TXT:
      return { kind: 'txt', strings: readStrings(bytes, start, length) };
    default:
      return { kind: 'other', octets: octetsAt(bytes, start, length) };
  }
}

/** A name that fills its record's data to the last octet. */
function wholeName(bytes: Uint8Array, start: number, length: number): DnsName {
  const { name, end } = readName(bytes, start);
  if (end !== start + length) throw new WireError('dns', start, 'length');
  return name;
}

/** RFC 1035 §3.3.14. No string at all is one empty string (RFC 6763 §6.1). */
function readStrings(bytes: Uint8Array, start: number, length: number): string[] {
  const strings: string[] = [];
  for (let at = start; at < start + length;) {
    const size = bytes[at] ?? 0;
    if (at + 1 + size > start + length) throw new WireError('dns', at, 'length');
    strings.push(octetsAt(bytes, at + 1, size));
    at += 1 + size;
  }
  return strings;
}

function requireOctets({ bytes }: Reader, at: number, count: number): void {
  if (at + count > bytes.length) throw new WireError('dns', bytes.length, 'truncated');
}

export interface DnsQuery {
  readonly id: number;
  readonly name: DnsName;
  readonly type: number;
  /** For a name server that is to ask others; false for mDNS and LLMNR. */
  readonly recursionDesired?: boolean;
  /** mDNS: answer to the sender alone. */
  readonly unicast?: boolean;
}

/** Writes a message with one question and returns its length. @throws WireError label, name-length */
export function emitDnsQuery(query: DnsQuery, out: Uint8Array, offset = 0): number {
  writeUint16(out, offset + ID, query.id);
  writeUint16(out, offset + FLAGS, query.recursionDesired === true ? RECURSION_DESIRED : 0);
  writeUint16(out, offset + COUNTS, 1);
  out.fill(0, offset + COUNTS + 2, offset + DNS_HEADER_LENGTH);
  const end = offset + DNS_HEADER_LENGTH + emitName(query.name, out, offset + DNS_HEADER_LENGTH);
  writeUint16(out, end, query.type);
  writeUint16(out, end + 2, CLASS_IN | (query.unicast === true ? TOP_BIT : 0));
  return end + 4 - offset;
}

/** `7.0.66.10.in-addr.arpa` (RFC 1035 §3.5). */
export function reverseName(ip: Ipv4): DnsName {
  return [...formatIpv4(ip).split('.').toReversed(), 'in-addr', 'arpa'];
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [TYPE_A, 'A'],
  [TYPE_PTR, 'PTR'],
  [TYPE_TXT, 'TXT'],
  [TYPE_AAAA, 'AAAA'],
  [TYPE_SRV, 'SRV'],
]);

/** `PTR? 7.0.66.10.in-addr.arpa.`; a response as `PTR? … 1/0/0`, or with its error as `rcode 5`. */
export function formatDns(message: DnsMessage): string {
  const asked = message.questions.map(({ type, name }) => `${typeName(type)}? ${formatName(name)}`);
  if (!message.response) return asked.join(', ');
  const counts = [message.answers, message.authorities, message.additionals].map(list => list.length);
  const outcome = message.rcode === 0 ? counts.join('/') : `rcode ${message.rcode}`;
  return [...asked, outcome].join(' ');
}

function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}
