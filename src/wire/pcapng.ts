/**
 * pcapng capture files (draft-ietf-opsawg-pcapng), what Wireshark and `tcpdump --ng` write: section header, interface
 * description, enhanced and simple packet blocks; every other block is stepped over.
 */
import type { CapturedFrame } from './captured-frame.ts';
import { LINKTYPE_ETHERNET, MAX_CAPTURED_LENGTH } from './captured-frame.ts';
import { WireError } from './error.ts';

/** The block type of a section header: the same in both byte orders. */
export const PCAPNG_MAGIC = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

// Of every block:
const BLOCK_LENGTH = 4;
const BODY = 8;
/** Type, length and the length again at the end. */
const MIN_BLOCK_LENGTH = 12;

const OPTION_END = 0;
const OPTION_TIME_RESOLUTION = 9;

interface Interface {
  readonly ethernet: boolean;
  readonly unitsPerMs: number;
}

export function* readPcapng(file: Uint8Array): Generator<CapturedFrame> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let littleEndian = false;
  let interfaces: Interface[] = [];
  for (let offset = 0; offset < file.length;) {
    if (file.length < offset + MIN_BLOCK_LENGTH) throw new WireError('pcap', file.length, 'truncated');
    if (view.getUint32(offset) === PCAPNG_MAGIC) {
      littleEndian = parseByteOrder(view, offset + BODY);
      interfaces = [];
    }
    const type = view.getUint32(offset, littleEndian);
    const length = view.getUint32(offset + BLOCK_LENGTH, littleEndian);
    if (length < MIN_BLOCK_LENGTH || length % 4 !== 0)
      throw new WireError('pcap', offset + BLOCK_LENGTH, 'length');
    if (file.length < offset + length) throw new WireError('pcap', file.length, 'truncated');
    const block: Block = { file, view, littleEndian, start: offset + BODY, end: offset + length - 4 };
    if (type === INTERFACE_DESCRIPTION) interfaces.push(parseInterface(block));
    else if (type === ENHANCED_PACKET) yield parseEnhancedPacket(block, interfaces);
    else if (type === SIMPLE_PACKET) yield parseSimplePacket(block, interfaces);
    offset += length;
  }
}

/** One block's body, without the trailing length. */
interface Block {
  readonly file: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly start: number;
  readonly end: number;
}

function parseByteOrder(view: DataView, offset: number): boolean {
  if (view.getUint32(offset, true) === BYTE_ORDER_MAGIC) return true;
  if (view.getUint32(offset, false) === BYTE_ORDER_MAGIC) return false;
  throw new WireError('pcap', offset, 'magic');
}

function need(block: Block, length: number): void {
  if (block.end - block.start < length) throw new WireError('pcap', block.end, 'length');
}

function parseInterface(block: Block): Interface {
  need(block, 8);
  const { view, littleEndian } = block;
  let unitsPerMs = 1e3;
  for (let at = block.start + 8; at + 4 <= block.end;) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    if (code === OPTION_END) break;
    if (at + 4 + length > block.end) throw new WireError('pcap', at + 2, 'length');
    if (code === OPTION_TIME_RESOLUTION && length === 1) {
      // if_tsresol: the top bit chooses between powers of ten and of two.
      const value = view.getUint8(at + 4);
      unitsPerMs = (value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value) / 1e3;
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { ethernet: view.getUint16(block.start, littleEndian) === LINKTYPE_ETHERNET, unitsPerMs };
}

function interfaceAt(interfaces: readonly Interface[], index: number, offset: number): Interface {
  const found = interfaces[index];
  if (found === undefined) throw new WireError('pcap', offset, 'length');
  if (!found.ethernet) throw new WireError('pcap', offset, 'link-type');
  return found;
}

function parseEnhancedPacket(block: Block, interfaces: readonly Interface[]): CapturedFrame {
  need(block, 20);
  const { view, littleEndian, start } = block;
  const source = interfaceAt(interfaces, view.getUint32(start, littleEndian), start);
  const units = view.getUint32(start + 4, littleEndian) * 2 ** 32 + view.getUint32(start + 8, littleEndian);
  const length = view.getUint32(start + 12, littleEndian);
  return {
    timeMs: units / source.unitsPerMs,
    bytes: packetBytes(block, start + 20, length),
    originalLength: view.getUint32(start + 16, littleEndian),
  };
}

/** Carries no time and no captured length: what of the original length fits in the block. */
function parseSimplePacket(block: Block, interfaces: readonly Interface[]): CapturedFrame {
  need(block, 4);
  interfaceAt(interfaces, 0, block.start);
  const originalLength = block.view.getUint32(block.start, block.littleEndian);
  const length = Math.min(originalLength, block.end - block.start - 4);
  return { timeMs: 0, bytes: packetBytes(block, block.start + 4, length), originalLength };
}

function packetBytes(block: Block, start: number, length: number): Uint8Array {
  if (length > MAX_CAPTURED_LENGTH) throw new WireError('pcap', start, 'oversize');
  if (start + length > block.end) throw new WireError('pcap', start, 'length');
  return block.file.subarray(start, start + length);
}
