/** One entry of the kernel's IPv4 neighbour table with its age, which /proc/net/arp does not tell (rtnetlink(7)). */
import type { Ipv4 } from '../lib/ipv4.ts';
import { formatIpv4 } from '../lib/ipv4.ts';
import type { Ipv4Neighbour } from './neighbour-message.ts';
import { ipv4NeighbourRequest, parseIpv4Answer } from './neighbour-message.ts';
import { withNetlink } from './netlink-socket.ts';

const ENOENT = 2;
const SEQUENCE = 1;

/**
 * Whom this machine's own traffic to an address goes to; null where the kernel knows nobody there. Sends nothing.
 * @throws NetureonError io when the kernel does not tell, internal where the C library cannot be called
 */
export function readIpv4Neighbour(ip: Ipv4, interfaceIndex: number): Promise<Ipv4Neighbour | null> {
  return withNetlink(`read the kernel's neighbour ${formatIpv4(ip)}`, (socket, fail) => {
    socket.send(ipv4NeighbourRequest(SEQUENCE, ip, interfaceIndex));
    const answer = parseIpv4Answer(socket.receive(), SEQUENCE);
    if (answer === null) throw fail('no answer');
    if (answer.errno !== 0 && answer.errno !== ENOENT) throw fail(`errno ${answer.errno}`);
    return answer.neighbour;
  });
}
