/**
 * Vendors by MAC without a database, out of the IEEE registry as the package oui-data brings it. Parsing its five
 * megabytes of JSON costs 70 ms and 30 MB, more than the whole scan; but the file has one entry a line, shorter prefixes
 * first and sorted, so a binary search over its bytes finds a vendor in microseconds.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Mac } from '../../lib/mac.ts';
import { formatMac } from '../../lib/mac.ts';

/** MA-S, MA-M and MA-L assignments in hex digits, the most specific first. */
const PREFIX_DIGITS = [9, 7, 6];
const [NEWLINE, QUOTE, SPACE, TAB, OPENING_BRACE] = [10, 34, 32, 9, 123];

/** @returns text form of the MAC → first line of the registration; without those that have none */
export async function lookUpVendors(macs: readonly Mac[]): Promise<Map<string, string>> {
  if (macs.length === 0) return new Map();
  const registry = await readFile(createRequire(import.meta.url).resolve('oui-data'));
  const vendors = new Map<string, string>();
  // Many devices of a network share a maker.
  const found = new Map<string, string | undefined>();
  const lookUp = (prefix: string) => {
    if (!found.has(prefix)) found.set(prefix, find(registry, prefix));
    return found.get(prefix);
  };
  for (const mac of new Set(macs)) {
    const vendor = vendorOf(lookUp, mac);
    if (vendor !== undefined) vendors.set(formatMac(mac), vendor);
  }
  return vendors;
}

function vendorOf(lookUp: (prefix: string) => string | undefined, mac: Mac): string | undefined {
  const digits = mac.toString(16).toUpperCase().padStart(12, '0');
  for (const length of PREFIX_DIGITS) {
    const vendor = lookUp(digits.slice(0, length));
    if (vendor !== undefined) return vendor.split('\n', 1)[0]?.trim();
  }
  return undefined;
}

/** The entry of `key`, by halving the range of bytes its line must lie in. */
function find(registry: Buffer, key: string): string | undefined {
  let low = 0;
  let high = registry.length;
  while (low < high) {
    const start = registry.lastIndexOf(NEWLINE, Math.floor((low + high) / 2)) + 1;
    const newline = registry.indexOf(NEWLINE, start);
    const end = newline < 0 ? registry.length : newline;
    const order = compare(registry, start, key);
    if (order === 0) return valueOf(registry.toString('utf8', start, end));
    if (order < 0) low = end + 1;
    else high = start - 1;
  }
  return undefined;
}

/** Negative when the line at `start` comes before that of `key`. Bytes are compared: a string for each would take longest. */
function compare(registry: Buffer, start: number, key: string): number {
  let at = start;
  while (registry[at] === SPACE || registry[at] === TAB) at++;
  // The braces: one comes before all entries, the other after.
  if (registry[at] !== QUOTE) return registry[at] === OPENING_BRACE ? -1 : 1;
  at++;
  let length = 0;
  while (length <= key.length && registry[at + length] !== QUOTE) length++;
  if (length !== key.length) return length - key.length;
  for (let i = 0; i < length; i++) {
    const difference = (registry[at + i] ?? 0) - key.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return 0;
}

function valueOf(line: string): string | undefined {
  const entry: unknown = JSON.parse(`{${line.trim().replace(/,$/, '')}}`);
  const [value] = typeof entry === 'object' && entry !== null ? Object.values(entry) : [];
  return typeof value === 'string' ? value : undefined;
}
