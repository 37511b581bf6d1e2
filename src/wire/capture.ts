/**
 * Capture files of either format. Ethernet only. A file cut short, as by a full disk or a killed capture, yields its
 * whole packets before the error.
 */
import type { CapturedFrame } from './captured-frame.ts';
import { WireError } from './error.ts';
import { readPcap } from './pcap.ts';
import { PCAPNG_MAGIC, readPcapng } from './pcapng.ts';

/** @throws WireError magic, version, link-type, truncated, oversize, length; at once or while iterating */
export function readCapture(file: Uint8Array): Iterable<CapturedFrame> {
  if (file.length < 4) throw new WireError('pcap', file.length, 'truncated');
  const magic = new DataView(file.buffer, file.byteOffset, 4).getUint32(0);
  return magic === PCAPNG_MAGIC ? readPcapng(file) : readPcap(file);
}
