/**
 * Wake-on-LAN: the magic packet, six octets 0xff and the MAC sixteen times (AMD publication 20213), as a UDP datagram to
 * the directed broadcast address of the network that the sleeper is on. Port 9 (discard) is what network cards are
 * commonly set to; port 7 (echo) is what some old ones know.
 */
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { NetureonError } from '../lib/errors.ts';
import { cidrEquals, parseCidr } from '../lib/ipv4.ts';
import { formatMac, parseMac } from '../lib/mac.ts';

const PORTS = [9, 7] as const;
const REPEATS = 16;

export interface WakeSender {
  /** Whether this machine has an address in exactly this network, so that its broadcasts reach it. @param cidr IPv4 */
  isOn(cidr: string): boolean;
  /** @throws NetureonError('io') when the kernel does not take it; 'usage' for what is no MAC */
  send(mac: string, broadcast: string): Promise<void>;
}

export function magicPacket(mac: string): Uint8Array {
  const parsed = parseMac(mac);
  if (parsed === undefined)
    throw new NetureonError('usage', `${mac} is no MAC address`, { remedy: 'give it as 3c:07:54:88:1a:2e' });
  const octets = formatMac(parsed)
    .split(':')
    .map(octet => Number.parseInt(octet, 16));
  return Uint8Array.from([
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    ...Array.from({ length: REPEATS }, () => octets).flat(),
  ]);
}

export const wakeSender: WakeSender = {
  isOn: cidr => {
    const asked = parseCidr(cidr);
    return (
      asked !== undefined &&
      Object.values(networkInterfaces())
        .flat()
        .some(entry => {
          const own = entry?.family !== 'IPv4' || entry.cidr === null ? undefined : parseCidr(entry.cidr);
          return own !== undefined && cidrEquals(own, asked);
        })
    );
  },
  send: async (mac, broadcast) => {
    const packet = magicPacket(mac);
    const socket = createSocket('udp4');
    try {
      await bound(socket);
      socket.setBroadcast(true);
      for (const port of PORTS) await sent(socket, packet, port, broadcast);
    } catch (cause) {
      throw new NetureonError('io', `the packet to ${broadcast} was not sent`, {
        remedy: 'see whether the interface of that network is up',
        cause,
      });
    } finally {
      socket.close();
    }
  },
};

function bound(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, () => resolve());
  });
}

function sent(socket: Socket, packet: Uint8Array, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, port, address, error => (error === null ? resolve() : reject(error)));
  });
}
