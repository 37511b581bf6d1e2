/**
 * What all netlink messages have in common (netlink(7), rtnetlink(7)): struct nlmsghdr, a structure of the message's own,
 * then struct rtattr each. Bytes to values; in the machine's byte order, which is little endian wherever we run.
 */

// struct nlmsghdr: length with itself, type, flags, sequence, port.
const MESSAGE_TYPE = 4;
const MESSAGE_FLAGS = 6;
const MESSAGE_SEQUENCE = 8;
export const HEADER_LENGTH = 16;
/** struct rtattr: length with itself, type, data; each padded to four octets. */
export const ATTRIBUTE_HEADER = 4;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  /** With its header. */
  readonly bytes: Uint8Array;
}

/** Writes struct nlmsghdr for a request that fills the view. */
export function writeRequestHeader(view: DataView, type: number, flags: number, sequence: number): void {
  view.setUint32(0, view.byteLength, true);
  view.setUint16(MESSAGE_TYPE, type, true);
  view.setUint16(MESSAGE_FLAGS, NLM_F_REQUEST | flags, true);
  view.setUint32(MESSAGE_SEQUENCE, sequence, true);
}

/** Of one datagram. A message cut short ends it; answers to other requests are passed over. */
export function* answersTo(sequence: number, bytes: Uint8Array): Generator<NetlinkMessage> {
  const view = viewOf(bytes);
  for (let at = 0; at + HEADER_LENGTH <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < HEADER_LENGTH || at + length > bytes.length) return;
    if (view.getUint32(at + MESSAGE_SEQUENCE, true) === sequence)
      yield {
        type: view.getUint16(at + MESSAGE_TYPE, true),
        flags: view.getUint16(at + MESSAGE_FLAGS, true),
        bytes: bytes.subarray(at, at + length),
      };
    at += (length + 3) & ~3;
  }
}

/** Of NLMSG_ERROR and NLMSG_DONE: either carries a negative errno, or nothing but zeros. */
export function errnoOf({ bytes }: NetlinkMessage): number {
  return bytes.length < HEADER_LENGTH + 4 ? 0 : 0 - viewOf(bytes).getInt32(HEADER_LENGTH, true);
}

/** The attributes' types, and where in the message their data lie. One cut short ends them. @param start of the first */
export function* attributesOf(
  message: Uint8Array,
  start: number,
): Generator<{ readonly type: number; readonly at: number; readonly length: number }> {
  const view = viewOf(message);
  for (let at = start; at + ATTRIBUTE_HEADER <= message.length;) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > message.length) return;
    const type = view.getUint16(at + 2, true);
    yield { type, at: at + ATTRIBUTE_HEADER, length: length - ATTRIBUTE_HEADER };
    at += (length + 3) & ~3;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
