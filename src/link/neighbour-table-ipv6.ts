/** The kernel's IPv6 neighbour table, asked for by netlink (rtnetlink(7)): needs no privilege. */
import type { Ipv6Neighbour } from './neighbour-message.ts';
import { neighbourRequest, parseNeighbourChunk } from './neighbour-message.ts';
import { withNetlink } from './netlink-socket.ts';

/** Of some 300 neighbours each: far beyond what a kernel keeps (net.ipv6.neigh.default.gc_thresh3). */
const MAX_CHUNKS = 1000;
/** A table that changes while it is read is read again, but not for ever. */
const MAX_READINGS = 3;

/** Resolved Ethernet neighbours of all interfaces. @throws NetureonError io when the kernel does not tell */
export function readIpv6Neighbours(): Promise<Ipv6Neighbour[]> {
  return withNetlink("read the kernel's IPv6 neighbours", (socket, fail) => {
    const readOnce = (sequence: number) => {
      socket.send(neighbourRequest(sequence));
      const neighbours: Ipv6Neighbour[] = [];
      let interrupted = false;
      for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
        const chunk = parseNeighbourChunk(socket.receive(), sequence);
        neighbours.push(...chunk.neighbours);
        interrupted ||= chunk.interrupted;
        if (chunk.errno !== 0) throw fail(`errno ${chunk.errno}`);
        if (chunk.done) return { neighbours, interrupted };
      }
      throw fail('no end of it');
    };
    let neighbours: Ipv6Neighbour[] = [];
    for (let sequence = 1; sequence <= MAX_READINGS; sequence++) {
      const reading = readOnce(sequence);
      neighbours = reading.neighbours;
      if (!reading.interrupted) break;
    }
    return neighbours;
  });
}
