/**
 * Netlink messages about neighbours (netlink(7), rtnetlink(7)): struct nlmsghdr, struct ndmsg, then struct rtattr each.
 * Bytes to values; who asks the kernel is in neighbour-table-ipv6.ts. In the machine's byte order, which is little
 * endian wherever we run.
 */
import type { Ipv6 } from '../lib/ipv6.ts';
import { readIpv6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import { readMac } from '../lib/mac.ts';

// struct nlmsghdr: length with itself, type, flags, sequence, port.
const MESSAGE_TYPE = 4;
const MESSAGE_FLAGS = 6;
const MESSAGE_SEQUENCE = 8;
const HEADER_LENGTH = 16;
// struct ndmsg: family, padding, interface, state, flags, type.
const INTERFACE = HEADER_LENGTH + 4;
const STATE = HEADER_LENGTH + 8;
const NEIGHBOUR_LENGTH = HEADER_LENGTH + 12;
// struct rtattr: length with itself, type, data; each padded to four octets.
const ATTRIBUTE_HEADER = 4;
const ATTRIBUTE_DESTINATION = 1; // NDA_DST
const ATTRIBUTE_LINK_LAYER = 2; // NDA_LLADDR

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;
const AF_INET6 = 10;

/** NUD_… states (rtnetlink(7)). */
const REACHABLE = 0x02;
const STALE = 0x04;
const DELAY = 0x08;
const PROBE = 0x10;
/** There is a MAC to ask, whether or not anybody is behind it any more. */
const RESOLVED = REACHABLE | STALE | DELAY | PROBE;

export interface Ipv6Neighbour {
  readonly ip: Ipv6;
  readonly mac: Mac;
  readonly interfaceIndex: number;
  /** Confirmed within the last half minute or so (RFC 4861 §7.3.2). Otherwise it was there once. */
  readonly reachable: boolean;
}

export interface NeighbourChunk {
  readonly neighbours: readonly Ipv6Neighbour[];
  /** No more chunks follow. */
  readonly done: boolean;
  /** The table changed meanwhile: some may be missing. */
  readonly interrupted: boolean;
  /** errno of a request that the kernel refused, else 0. */
  readonly errno: number;
}

/** The request for the whole IPv6 neighbour table. */
export function neighbourRequest(sequence: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(NEIGHBOUR_LENGTH));
  view.setUint32(0, NEIGHBOUR_LENGTH, true);
  view.setUint16(MESSAGE_TYPE, RTM_GETNEIGH, true);
  view.setUint16(MESSAGE_FLAGS, NLM_F_REQUEST | NLM_F_DUMP, true);
  view.setUint32(MESSAGE_SEQUENCE, sequence, true);
  view.setUint8(HEADER_LENGTH, AF_INET6);
  return new Uint8Array(view.buffer);
}

/** What one datagram of the answer holds. A message cut short ends it; answers to other requests are passed over. */
export function parseNeighbourChunk(bytes: Uint8Array, sequence: number): NeighbourChunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const neighbours: Ipv6Neighbour[] = [];
  let [done, interrupted, errno] = [false, false, 0];
  for (let at = 0; at + HEADER_LENGTH <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < HEADER_LENGTH || at + length > bytes.length) break;
    if (view.getUint32(at + MESSAGE_SEQUENCE, true) === sequence) {
      const type = view.getUint16(at + MESSAGE_TYPE, true);
      if ((view.getUint16(at + MESSAGE_FLAGS, true) & NLM_F_DUMP_INTR) !== 0) interrupted = true;
      if (type === NLMSG_DONE || type === NLMSG_ERROR) {
        done = true;
        // Either carries a negative errno, or nothing but zeros.
        if (length >= HEADER_LENGTH + 4) errno = 0 - view.getInt32(at + HEADER_LENGTH, true);
      } else if (type === RTM_NEWNEIGH) {
        const neighbour = parseNeighbour(bytes.subarray(at, at + length));
        if (neighbour !== null) neighbours.push(neighbour);
      }
    }
    at += (length + 3) & ~3;
  }
  return { neighbours, done, interrupted, errno };
}

/** A resolved neighbour with an Ethernet address, or null. */
function parseNeighbour(message: Uint8Array): Ipv6Neighbour | null {
  if (message.length < NEIGHBOUR_LENGTH || message[HEADER_LENGTH] !== AF_INET6) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const state = view.getUint16(STATE, true);
  let ip: Ipv6 | undefined;
  let mac: Mac | undefined;
  for (let at = NEIGHBOUR_LENGTH; at + ATTRIBUTE_HEADER <= message.length;) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > message.length) break;
    const type = view.getUint16(at + 2, true);
    const data = at + ATTRIBUTE_HEADER;
    if (type === ATTRIBUTE_DESTINATION && length === ATTRIBUTE_HEADER + 16) ip = readIpv6(message, data);
    if (type === ATTRIBUTE_LINK_LAYER && length === ATTRIBUTE_HEADER + 6) mac = readMac(message, data);
    at += (length + 3) & ~3;
  }
  if (ip === undefined || mac === undefined || (state & RESOLVED) === 0) return null;
  return { ip, mac, interfaceIndex: view.getInt32(INTERFACE, true), reachable: (state & REACHABLE) !== 0 };
}
