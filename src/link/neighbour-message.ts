/**
 * Netlink messages about neighbours (rtnetlink(7), linux/neighbour.h): struct ndmsg, then attributes. Bytes to values; who
 * asks the kernel is in neighbour-table-ipv6.ts and neighbour-entry.ts.
 */
import type { Ipv4 } from '../lib/ipv4.ts';
import type { Ipv6 } from '../lib/ipv6.ts';
import { readIpv6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import { readMac } from '../lib/mac.ts';
import {
  answersTo,
  ATTRIBUTE_HEADER,
  attributesOf,
  errnoOf,
  HEADER_LENGTH,
  NLMSG_DONE,
  NLMSG_ERROR,
  viewOf,
  writeRequestHeader,
} from './netlink-message.ts';

// struct ndmsg: family, padding, interface, state, flags, type.
const INTERFACE = HEADER_LENGTH + 4;
const STATE = HEADER_LENGTH + 8;
const NEIGHBOUR_LENGTH = HEADER_LENGTH + 12;
const ATTRIBUTE_DESTINATION = 1; // NDA_DST
const ATTRIBUTE_LINK_LAYER = 2; // NDA_LLADDR
const ATTRIBUTE_CACHE = 3; // NDA_CACHEINFO
/** struct nda_cacheinfo: how long ago confirmed, used, updated, and the number of references. */
const CACHE_LENGTH = 16;
const CACHE_UPDATED = 8;
/** Its ages are in clock_t: hundredths of a second for programs, whatever the kernel counts in itself (time(7)). */
const MS_PER_TICK = 10;

const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;
const AF_INET = 2;
const AF_INET6 = 10;

/** NUD_… states (rtnetlink(7)). */
const REACHABLE = 0x02;
const STALE = 0x04;
const DELAY = 0x08;
const PROBE = 0x10;
/** There is a MAC to ask, whether or not anybody is behind it any more. What a person fixed (permanent) is none. */
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

/** Whom the kernel takes for the holder of an IPv4 address. */
export interface Ipv4Neighbour {
  readonly mac: Mac;
  /**
   * Since it was told of this MAC, or traffic confirmed it. Doubts begin anew too: the passage from reachable to stale
   * (half a minute or so after the last confirmation) counts as an update.
   */
  readonly ageMs: number;
}

export interface Ipv4Answer {
  /** Null where the kernel knows nobody there, or is still asking, or a person has fixed the entry. */
  readonly neighbour: Ipv4Neighbour | null;
  /** errno of a request that the kernel refused, else 0. */
  readonly errno: number;
}

/** The request for the whole IPv6 neighbour table. */
export function neighbourRequest(sequence: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(NEIGHBOUR_LENGTH));
  writeRequestHeader(view, RTM_GETNEIGH, NLM_F_DUMP, sequence);
  view.setUint8(HEADER_LENGTH, AF_INET6);
  return new Uint8Array(view.buffer);
}

/** The request for the entry of one IPv4 address on one interface; kernels before 5.0 refuse it. */
export function ipv4NeighbourRequest(sequence: number, ip: Ipv4, interfaceIndex: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(NEIGHBOUR_LENGTH + ATTRIBUTE_HEADER + 4));
  writeRequestHeader(view, RTM_GETNEIGH, 0, sequence);
  view.setUint8(HEADER_LENGTH, AF_INET);
  view.setInt32(INTERFACE, interfaceIndex, true);
  view.setUint16(NEIGHBOUR_LENGTH, ATTRIBUTE_HEADER + 4, true);
  view.setUint16(NEIGHBOUR_LENGTH + 2, ATTRIBUTE_DESTINATION, true);
  view.setUint32(NEIGHBOUR_LENGTH + ATTRIBUTE_HEADER, ip); // in network order
  return new Uint8Array(view.buffer);
}

/** What one datagram of the answer holds. */
export function parseNeighbourChunk(bytes: Uint8Array, sequence: number): NeighbourChunk {
  const neighbours: Ipv6Neighbour[] = [];
  let [done, interrupted, errno] = [false, false, 0];
  for (const message of answersTo(sequence, bytes)) {
    if ((message.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
    if (message.type === NLMSG_DONE || message.type === NLMSG_ERROR) {
      done = true;
      errno = errnoOf(message);
    } else if (message.type === RTM_NEWNEIGH) {
      const neighbour = parseIpv6Neighbour(message.bytes);
      if (neighbour !== null) neighbours.push(neighbour);
    }
  }
  return { neighbours, done, interrupted, errno };
}

/** The answer to the request for one entry. @returns null when the datagram holds none */
export function parseIpv4Answer(bytes: Uint8Array, sequence: number): Ipv4Answer | null {
  for (const message of answersTo(sequence, bytes)) {
    if (message.type === NLMSG_ERROR) return { neighbour: null, errno: errnoOf(message) };
    if (message.type === RTM_NEWNEIGH) return { neighbour: parseIpv4Neighbour(message.bytes), errno: 0 };
  }
  return null;
}

/** A resolved neighbour with an Ethernet address, or null. */
function parseIpv6Neighbour(message: Uint8Array): Ipv6Neighbour | null {
  if (!isResolved(message, AF_INET6)) return null;
  const view = viewOf(message);
  let ip: Ipv6 | undefined;
  let mac: Mac | undefined;
  for (const { type, at, length } of attributesOf(message, NEIGHBOUR_LENGTH)) {
    if (type === ATTRIBUTE_DESTINATION && length === 16) ip = readIpv6(message, at);
    if (type === ATTRIBUTE_LINK_LAYER && length === 6) mac = readMac(message, at);
  }
  if (ip === undefined || mac === undefined) return null;
  const reachable = (view.getUint16(STATE, true) & REACHABLE) !== 0;
  return { ip, mac, interfaceIndex: view.getInt32(INTERFACE, true), reachable };
}

/** As above, with its age. */
function parseIpv4Neighbour(message: Uint8Array): Ipv4Neighbour | null {
  if (!isResolved(message, AF_INET)) return null;
  const view = viewOf(message);
  let mac: Mac | undefined;
  let ticks: number | undefined;
  for (const { type, at, length } of attributesOf(message, NEIGHBOUR_LENGTH)) {
    if (type === ATTRIBUTE_LINK_LAYER && length === 6) mac = readMac(message, at);
    if (type === ATTRIBUTE_CACHE && length >= CACHE_LENGTH)
      ticks = Math.min(view.getUint32(at, true), view.getUint32(at + CACHE_UPDATED, true));
  }
  return mac === undefined || ticks === undefined ? null : { mac, ageMs: ticks * MS_PER_TICK };
}

function isResolved(message: Uint8Array, family: number): boolean {
  if (message.length < NEIGHBOUR_LENGTH || message[HEADER_LENGTH] !== family) return false;
  return (viewOf(message).getUint16(STATE, true) & RESOLVED) !== 0;
}
