/** The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words. */
import { readUint16 } from './ethernet.ts';

/** Of `bytes[start..end)`; an odd last octet counts as if a zero followed. 0 when a correct checksum is among them. */
export function internetChecksum(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let sum = 0;
  for (let at = start; at < end; at += 2) sum += at + 1 < end ? readUint16(bytes, at) : (bytes[at] ?? 0) << 8;
  // No more than 32,767 words lie in a packet: two folds take every carry in.
  sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
