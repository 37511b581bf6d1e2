/** The default gateways of this machine as /proc/net/route shows them (proc(5)): readable without any privilege. */
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { Ipv4 } from '../lib/ipv4.ts';

export interface Gateway {
  readonly interfaceName: string;
  readonly ip: Ipv4;
  /** The lower, the sooner it is used. */
  readonly metric: number;
}

/** RTF_UP and RTF_GATEWAY of route(8): in use, and by way of another station. */
const UP = 0x1;
const VIA_GATEWAY = 0x2;

/** The fields of a line of /proc/net/route that are read. */
const FIELDS =
  /^(\S+)\s+([0-9A-F]{8})\s+([0-9A-F]{8})\s+([0-9A-F]{1,8})\s+\d+\s+\d+\s+(\d+)\s+([0-9A-F]{8})\s/i;

/** @throws the system's error where there is no such file: not Linux, or /proc is not mounted */
export async function readGateways(path = '/proc/net/route'): Promise<Gateway[]> {
  return parseGateways(await readFile(path, 'latin1'), endianness() === 'LE');
}

/**
 * IPv4 default routes by way of a gateway, the one that is used first; a line that does not read as one is passed
 * over. A default route without a gateway (a tunnel, a telephone line) has none to tell.
 * @param littleEndian the kernel prints the octets of an address as one number of this machine
 */
export function parseGateways(text: string, littleEndian = true): Gateway[] {
  const gateways: Gateway[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, interfaceName, destination, gateway = '', flags = '', metric, mask] = FIELDS.exec(line) ?? [];
    if (interfaceName === undefined || destination !== '00000000' || mask !== '00000000') continue;
    const wanted = UP | VIA_GATEWAY;
    if ((Number.parseInt(flags, 16) & wanted) !== wanted) continue;
    const octets = gateway.match(/../g) ?? [];
    const ip = Number.parseInt((littleEndian ? octets.reverse() : octets).join(''), 16);
    if (ip === 0) continue;
    gateways.push({ interfaceName, ip: ip as Ipv4, metric: Number(metric) });
  }
  return gateways.sort((a, b) => a.metric - b.metric);
}

/** The gateway that an interface's traffic to elsewhere goes through; undefined: it has none. */
export function gatewayOf(interfaceName: string, gateways: readonly Gateway[]): Ipv4 | undefined {
  return gateways.find(one => one.interfaceName === interfaceName)?.ip;
}
