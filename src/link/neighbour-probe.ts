/**
 * Lets the kernel do the asking: a datagram to an address makes it resolve the address, and the neighbour table shows
 * who answered. Slower and less telling than frames of our own, but it needs no privilege.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { codeOf, messageOf, NetureonError } from '../lib/errors.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
import { formatIpv4 } from '../lib/ipv4.ts';
import type { Neighbour } from './neighbour-table.ts';
import { readNeighbourTable } from './neighbour-table.ts';

export interface NeighbourProbe {
  /** Sends an empty datagram. False when the kernel has no room for it just now. @throws NetureonError io */
  poke(ip: Ipv4): Promise<boolean>;
  table(): Promise<Neighbour[]>;
  /** Whether the interface is up, has a carrier and still the address that is sent from. */
  hasLink(): boolean;
  close(): void;
}

/** The discard service (RFC 863): what listens there, if anything does, throws away what it gets. */
const DISCARD_PORT = 9;

/** The neighbour table is full, or the socket's buffer: gone in a moment. */
const BUSY = new Set(['ENOBUFS', 'EAGAIN']);

/** @param source the address to send from, which decides the interface where several could */
export async function openNeighbourProbe(source: Ipv4): Promise<NeighbourProbe> {
  const socket = createSocket('udp4');
  socket.bind({ address: formatIpv4(source) });
  try {
    await once(socket, 'listening');
  } catch (cause) {
    socket.close();
    throw new NetureonError('io', `cannot send from ${formatIpv4(source)}: ${messageOf(cause)}`, { cause });
  }
  return {
    poke: ip => poke(socket, ip),
    table: () => readNeighbourTable(),
    hasLink: () => isOurs(source),
    close: () => socket.close(),
  };
}

/** Node lists only interfaces that are up and running. */
function isOurs(source: Ipv4): boolean {
  const address = formatIpv4(source);
  return Object.values(networkInterfaces()).some(entries =>
    entries?.some(entry => entry.address === address),
  );
}

async function poke(socket: Socket, ip: Ipv4): Promise<boolean> {
  const address = formatIpv4(ip);
  const error = await new Promise<Error | null>(resolve => {
    socket.send(new Uint8Array(0), DISCARD_PORT, address, resolve);
  });
  if (error === null) return true;
  if (BUSY.has(codeOf(error) ?? '')) return false;
  throw new NetureonError('io', `cannot send to ${address}: ${messageOf(error)}`, { cause: error });
}
