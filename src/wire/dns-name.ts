/**
 * Domain names on the wire (RFC 1035 §3.1, §4.1.4). A label is a string of octets, one character of code 0 to 255 each:
 * names need not be text, and what they mean as text is not this folder's business (see lib/name.ts).
 */
import { WireError } from './error.ts';

/** Labels from the leftmost on, without the root. */
export type DnsName = readonly string[];

const MAX_LABEL = 63;
/** Length octets and the root's included (RFC 1035 §2.3.4). */
export const MAX_NAME = 255;
const HEADER_LENGTH = 12;
/** A name has at most 127 labels; one that takes more jumps than that only wastes time. */
const MAX_POINTERS = 127;

export interface ReadName {
  readonly name: DnsName;
  /** The offset after the name as it stands at its place: after its root, or after its first pointer. */
  readonly end: number;
}

/**
 * @param bytes the whole message, which pointers refer to
 * @throws WireError truncated, label, name-length, pointer
 */
export function readName(bytes: Uint8Array, offset: number): ReadName {
  const labels: string[] = [];
  let at = offset;
  let end: number | undefined;
  let length = 1;
  // Each jump must lead before the place where its part of the name began, so that none can be taken twice.
  let partStart = offset;
  for (let pointers = 0; ;) {
    const octet = octetAt(bytes, at);
    if (octet >= 0xc0) {
      const target = ((octet & 0x3f) << 8) | octetAt(bytes, at + 1);
      if (target >= partStart || target < HEADER_LENGTH || ++pointers > MAX_POINTERS)
        throw new WireError('dns', at, 'pointer');
      end ??= at + 2;
      at = partStart = target;
      continue;
    }
    // 01 and 10 in the top bits: extended and binary labels, both given up (RFC 6891 §5, RFC 6895 §3.4).
    if (octet > MAX_LABEL) throw new WireError('dns', at, 'label');
    if (octet === 0) return { name: labels, end: end ?? at + 1 };
    length += octet + 1;
    if (length > MAX_NAME) throw new WireError('dns', at, 'name-length');
    if (at + 1 + octet > bytes.length) throw new WireError('dns', bytes.length, 'truncated');
    labels.push(octetsAt(bytes, at + 1, octet));
    at += 1 + octet;
  }
}

function octetAt(bytes: Uint8Array, offset: number): number {
  const octet = bytes[offset];
  if (octet === undefined) throw new WireError('dns', bytes.length, 'truncated');
  return octet;
}

/** The octets as characters of the same code. The caller has checked the bounds. */
export function octetsAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

/**
 * Writes the name without compression and returns its length.
 * @throws WireError label, name-length for a name that cannot be written
 */
export function emitName(name: DnsName, out: Uint8Array, offset: number): number {
  let at = offset;
  for (const label of name) {
    if (label.length === 0 || label.length > MAX_LABEL) throw new WireError('dns', at, 'label');
    if (at + 1 + label.length - offset > MAX_NAME - 1) throw new WireError('dns', at, 'name-length');
    out[at++] = label.length;
    for (let i = 0; i < label.length; i++) out[at++] = label.charCodeAt(i);
  }
  out[at++] = 0;
  return at - offset;
}

/** Octet by octet, but for the case of ASCII letters (RFC 4343 §3). */
export function sameName(a: DnsName, b: DnsName): boolean {
  return a.length === b.length && a.every((label, i) => foldCase(label) === foldCase(b[i] ?? ''));
}

function foldCase(label: string): string {
  return label.replace(/[A-Z]/g, letter => letter.toLowerCase());
}

/** As zone files write it (RFC 1035 §5.1): `B\195\188ro\.2.local.`, the root as `.`. */
export function formatName(name: DnsName): string {
  const text = name.map(label =>
    label
      .replace(/[.\\]/g, '\\$&')
      .replace(/[^!-~]/g, octet => `\\${String(octet.charCodeAt(0)).padStart(3, '0')}`),
  );
  return `${text.join('.')}.`;
}
