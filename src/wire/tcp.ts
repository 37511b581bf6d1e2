/**
 * The header of a TCP segment (RFC 9293 §3.1) with its options (RFC 7323, RFC 2018). Read only. The checksum is not
 * looked at: in captures of this machine's own links the network card has yet to fill it in.
 */
import { WireError } from './error.ts';
import { readUint16 } from './ethernet.ts';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE_NUMBER = 4;
const ACKNOWLEDGMENT_NUMBER = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const MIN_HEADER_LENGTH = 20;

export const TCP_SYN = 0x02;
export const TCP_ACK = 0x10;

const END_OF_LIST = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const WINDOW_SCALE = 3;
/** Kind → name and the only length it may have, null for any. */
const OPTIONS: ReadonlyMap<number, readonly [name: string, length: number | null]> = new Map([
  [MAXIMUM_SEGMENT_SIZE, ['mss', 4]],
  [WINDOW_SCALE, ['ws', 3]],
  [4, ['sack', 2]],
  [5, ['sack-blocks', null]],
  [8, ['ts', 10]],
  [34, ['fast-open', null]],
]);

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequenceNumber: number;
  readonly acknowledgmentNumber: number;
  /** TCP_… bits. */
  readonly flags: number;
  /** As it stands in the header, not scaled. */
  readonly window: number;
  readonly mss: number | null;
  readonly windowScale: number | null;
  /** In their order: `mss`, `sack`, `ts`, `nop`, `ws`, `eol`; `?N` for a kind that is not known here. */
  readonly options: readonly string[];
  readonly payloadOffset: number;
}

/** @throws WireError truncated, length */
export function parseTcpSegment(bytes: Uint8Array): TcpSegment {
  if (bytes.length < MIN_HEADER_LENGTH) throw new WireError('tcp', bytes.length, 'truncated');
  const headerLength = ((bytes[DATA_OFFSET] ?? 0) >>> 4) * 4;
  if (headerLength < MIN_HEADER_LENGTH) throw new WireError('tcp', DATA_OFFSET, 'length');
  if (bytes.length < headerLength) throw new WireError('tcp', bytes.length, 'truncated');
  return {
    sourcePort: readUint16(bytes, SOURCE_PORT),
    destinationPort: readUint16(bytes, DESTINATION_PORT),
    sequenceNumber: readUint32(bytes, SEQUENCE_NUMBER),
    acknowledgmentNumber: readUint32(bytes, ACKNOWLEDGMENT_NUMBER),
    flags: bytes[FLAGS] ?? 0,
    window: readUint16(bytes, WINDOW),
    ...parseOptions(bytes, headerLength),
    payloadOffset: headerLength,
  };
}

function parseOptions(bytes: Uint8Array, end: number): Pick<TcpSegment, 'mss' | 'windowScale' | 'options'> {
  let mss = null;
  let windowScale = null;
  const options: string[] = [];
  for (let at = MIN_HEADER_LENGTH; at < end;) {
    const kind = bytes[at] ?? 0;
    if (kind === END_OF_LIST) {
      options.push('eol');
      break;
    }
    if (kind === NO_OPERATION) {
      options.push('nop');
      at++;
      continue;
    }
    const length = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
    const [name, only] = OPTIONS.get(kind) ?? [`?${kind}`, null];
    if (length < 2 || at + length > end || (only !== null && length !== only))
      throw new WireError('tcp', at, 'length');
    if (kind === MAXIMUM_SEGMENT_SIZE) mss = readUint16(bytes, at + 2);
    if (kind === WINDOW_SCALE) windowScale = bytes[at + 2] ?? 0;
    options.push(name);
    at += length;
  }
  return { mss, windowScale, options };
}

function readUint32(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset) * 0x10000 + readUint16(bytes, offset + 2);
}

/** `22 > 54321 flags 0x12 win 65160 <mss,sack,ts,nop,ws>` */
export function formatTcpSegment(segment: TcpSegment): string {
  const { sourcePort, destinationPort, flags, window, options } = segment;
  const bits = flags.toString(16).padStart(2, '0');
  return `${sourcePort} > ${destinationPort} flags 0x${bits} win ${window} <${options.join(',')}>`;
}
