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
const NEWLINE = 10;

/** @returns text form of the MAC → first line of the registration; without those that have none */
export async function lookUpVendors(macs: readonly Mac[]): Promise<Map<string, string>> {
  if (macs.length === 0) return new Map();
  const registry = await readFile(createRequire(import.meta.url).resolve('oui-data'));
  const vendors = new Map<string, string>();
  for (const mac of new Set(macs)) {
    const vendor = vendorOf(registry, mac);
    if (vendor !== undefined) vendors.set(formatMac(mac), vendor);
  }
  return vendors;
}

function vendorOf(registry: Buffer, mac: Mac): string | undefined {
  const digits = mac.toString(16).toUpperCase().padStart(12, '0');
  for (const length of PREFIX_DIGITS) {
    const vendor = find(registry, digits.slice(0, length));
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
    const line = registry.toString('utf8', start, end);
    const order = compare(keyOf(line), key);
    if (order === 0) return valueOf(line);
    if (order < 0) low = end + 1;
    else high = start - 1;
  }
  return undefined;
}

/** '' for the opening brace, so that it sorts before all; undefined for the closing one, after all. */
function keyOf(line: string): string | undefined {
  if (line.startsWith('{')) return '';
  return /^\s*"([0-9A-F]+)"/.exec(line)?.[1];
}

function compare(a: string | undefined, b: string): number {
  if (a === undefined) return 1;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

function valueOf(line: string): string | undefined {
  const entry: unknown = JSON.parse(`{${line.trim().replace(/,$/, '')}}`);
  const [value] = typeof entry === 'object' && entry !== null ? Object.values(entry) : [];
  return typeof value === 'string' ? value : undefined;
}
