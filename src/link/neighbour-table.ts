/** The kernel's IPv4 neighbour table as /proc/net/arp shows it (proc(5)): readable without any privilege. */
import { readFile } from 'node:fs/promises';
import type { Ipv4 } from '../lib/ipv4.ts';
import { parseIpv4 } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import { parseMac } from '../lib/mac.ts';

export interface Neighbour {
  readonly ip: Ipv4;
  readonly mac: Mac;
  readonly interfaceName: string;
}

const HARDWARE_ETHERNET = 0x1;
/** ATF_COM: the address is resolved. Without it the kernel is still asking, or has given up. */
const COMPLETE = 0x2;

export async function readNeighbourTable(path = '/proc/net/arp'): Promise<Neighbour[]> {
  return parseNeighbourTable(await readFile(path, 'latin1'));
}

/** Resolved Ethernet neighbours; a line that does not read as one is passed over. */
export function parseNeighbourTable(text: string): Neighbour[] {
  const neighbours: Neighbour[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [address = '', type, flags, hardware = '', , interfaceName] = line.trim().split(/\s+/);
    const ip = parseIpv4(address);
    const mac = parseMac(hardware);
    if (ip === undefined || mac === undefined || interfaceName === undefined) continue;
    if (Number(type) !== HARDWARE_ETHERNET || (Number(flags) & COMPLETE) === 0) continue;
    neighbours.push({ ip, mac, interfaceName });
  }
  return neighbours;
}
