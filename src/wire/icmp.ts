/** Echo and echo reply of ICMP for IPv4 (RFC 792). */
import { internetChecksum } from './checksum.ts';
import { WireError } from './error.ts';
import { readUint16, writeUint16 } from './ethernet.ts';

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const IDENTIFIER = 4;
const SEQUENCE_NUMBER = 6;
const HEADER_LENGTH = 8;

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;

export interface IcmpEcho {
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** @throws WireError truncated, not-echo-reply, checksum */
export function parseEchoReply(bytes: Uint8Array): IcmpEcho {
  if (bytes.length < HEADER_LENGTH) throw new WireError('icmp', bytes.length, 'truncated');
  if (bytes[TYPE] !== ECHO_REPLY || bytes[CODE] !== 0) throw new WireError('icmp', TYPE, 'not-echo-reply');
  if (internetChecksum(bytes) !== 0) throw new WireError('icmp', CHECKSUM, 'checksum');
  return {
    identifier: readUint16(bytes, IDENTIFIER),
    sequence: readUint16(bytes, SEQUENCE_NUMBER),
    payload: bytes.subarray(HEADER_LENGTH),
  };
}

/** Writes the request and returns its length. */
export function emitEchoRequest(echo: IcmpEcho, out: Uint8Array, offset = 0): number {
  const end = offset + HEADER_LENGTH + echo.payload.length;
  out[offset + TYPE] = ECHO_REQUEST;
  out[offset + CODE] = 0;
  writeUint16(out, offset + CHECKSUM, 0);
  writeUint16(out, offset + IDENTIFIER, echo.identifier);
  writeUint16(out, offset + SEQUENCE_NUMBER, echo.sequence);
  out.set(echo.payload, offset + HEADER_LENGTH);
  writeUint16(out, offset + CHECKSUM, internetChecksum(out, offset, end));
  return end - offset;
}

/** `echo id 7 seq 1, 56 octets` */
export function formatEcho(echo: IcmpEcho): string {
  return `echo id ${echo.identifier} seq ${echo.sequence}, ${echo.payload.length} octets`;
}
