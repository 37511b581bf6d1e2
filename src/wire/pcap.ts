/** Classic pcap capture files (draft-ietf-opsawg-pcap), both byte orders, microseconds and nanoseconds. */
import type { CapturedFrame } from './captured-frame.ts';
import { LINKTYPE_ETHERNET, MAX_CAPTURED_LENGTH } from './captured-frame.ts';
import { WireError } from './error.ts';

const VERSION_MAJOR = 4;
const LINK_TYPE = 20;
const FILE_HEADER_LENGTH = 24;
// Of each packet record:
const SECONDS = 0;
const FRACTION = 4;
const CAPTURED_LENGTH = 8;
const ORIGINAL_LENGTH = 12;
const RECORD_HEADER_LENGTH = 16;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
export function* readPcap(file: Uint8Array): Generator<CapturedFrame> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { littleEndian, unitsPerMs } = parseMagic(view.getUint32(0));
  if (file.length < FILE_HEADER_LENGTH) throw new WireError('pcap', file.length, 'truncated');
  if (view.getUint16(VERSION_MAJOR, littleEndian) !== 2)
    throw new WireError('pcap', VERSION_MAJOR, 'version');
  // The upper four bits say whether an FCS follows each frame; the middle ones are reserved.
  if ((view.getUint32(LINK_TYPE, littleEndian) & 0xffff) !== LINKTYPE_ETHERNET)
    throw new WireError('pcap', LINK_TYPE, 'link-type');

  let offset = FILE_HEADER_LENGTH;
  while (offset < file.length) {
    if (file.length < offset + RECORD_HEADER_LENGTH) throw new WireError('pcap', file.length, 'truncated');
    const length = view.getUint32(offset + CAPTURED_LENGTH, littleEndian);
    if (length > MAX_CAPTURED_LENGTH) throw new WireError('pcap', offset + CAPTURED_LENGTH, 'oversize');
    const start = offset + RECORD_HEADER_LENGTH;
    if (file.length < start + length) throw new WireError('pcap', file.length, 'truncated');
    const seconds = view.getUint32(offset + SECONDS, littleEndian);
    const fraction = view.getUint32(offset + FRACTION, littleEndian);
    yield {
      timeMs: seconds * 1000 + fraction / unitsPerMs,
      bytes: file.subarray(start, start + length),
      originalLength: view.getUint32(offset + ORIGINAL_LENGTH, littleEndian),
    };
    offset = start + length;
  }
}

function parseMagic(bigEndian: number): { littleEndian: boolean; unitsPerMs: number } {
  const swapped = swap32(bigEndian);
  for (const [magic, unitsPerMs] of [
    [MAGIC_MICROSECONDS, 1e3],
    [MAGIC_NANOSECONDS, 1e6],
  ] as const) {
    if (bigEndian === magic) return { littleEndian: false, unitsPerMs };
    if (swapped === magic) return { littleEndian: true, unitsPerMs };
  }
  throw new WireError('pcap', 0, 'magic');
}

function swap32(value: number): number {
  return (
    ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff0000) | ((value & 0xff) << 24)) >>> 0
  );
}
