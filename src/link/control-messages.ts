/** The control messages (cmsg(3)) that recvmmsg(2) leaves beside a message. */

export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  /** Where its data begins. */
  readonly at: number;
}

/** struct cmsghdr on 64-bit Linux: a length of eight octets that counts the header, level, type. */
const HEADER = 16;

/** Of `view[start..end)`; stops at the first that makes no sense. */
export function controlMessages(view: DataView, start: number, end: number): ControlMessage[] {
  const messages: ControlMessage[] = [];
  for (let at = start; at + HEADER <= end;) {
    const length = view.getUint32(at, true);
    if (length < HEADER || at + length > end) break;
    messages.push({
      level: view.getInt32(at + 8, true),
      type: view.getInt32(at + 12, true),
      at: at + HEADER,
    });
    at += (length + 7) & ~7;
  }
  return messages;
}
