/** The kernel's IPv6 neighbour table, asked for by netlink (rtnetlink(7)): needs no privilege. */
import { NetureonError } from '../lib/errors.ts';
import type { Libc } from './libc.ts';
import { loadLibc } from './libc.ts';
import { MessageVector } from './message-vector.ts';
import type { Ipv6Neighbour } from './neighbour-message.ts';
import { neighbourRequest, parseNeighbourChunk } from './neighbour-message.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
/** The kernel fills at most this much per datagram (NLMSG_GOODSIZE, and 32 KiB where the reader offers it). */
const CHUNK = 32_768;
/** Of some 300 neighbours each: far beyond what a kernel keeps (net.ipv6.neigh.default.gc_thresh3). */
const MAX_CHUNKS = 1000;
/** A table that changes while it is read is read again, but not for ever. */
const MAX_READINGS = 3;

/** Resolved Ethernet neighbours of all interfaces. @throws NetureonError io when the kernel does not tell */
export async function readIpv6Neighbours(): Promise<Ipv6Neighbour[]> {
  const libc = await loadLibc();
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw failure(libc.errno());
  try {
    let neighbours: Ipv6Neighbour[] = [];
    for (let sequence = 1; sequence <= MAX_READINGS; sequence++) {
      const reading = readOnce(libc, fd, sequence);
      neighbours = reading.neighbours;
      if (!reading.interrupted) break;
    }
    return neighbours;
  } finally {
    libc.close(fd);
  }
}

/** The kernel answers within the system call: what it has to say is there when the request has been sent. */
function readOnce(libc: Libc, fd: number, sequence: number) {
  const request = neighbourRequest(sequence);
  const outgoing = new MessageVector(libc, 1);
  outgoing.pointAt(request, request.length);
  if (libc.sendmmsg(fd, outgoing.headers, 1, 0) !== 1) throw failure(libc.errno());
  const incoming = new MessageVector(libc, 1, CHUNK);
  const neighbours: Ipv6Neighbour[] = [];
  let interrupted = false;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    if (libc.recvmmsg(fd, incoming.headers, 1, 0, null) !== 1) throw failure(libc.errno());
    const chunk = parseNeighbourChunk(incoming.slots.subarray(0, incoming.receivedLength(0)), sequence);
    neighbours.push(...chunk.neighbours);
    interrupted ||= chunk.interrupted;
    if (chunk.errno !== 0) throw failure(`errno ${chunk.errno}`);
    if (chunk.done) return { neighbours, interrupted };
  }
  throw failure('no end of it');
}

function failure(errno: string): NetureonError {
  return new NetureonError('io', `cannot read the kernel's IPv6 neighbours: ${errno}`);
}
