/**
 * The machine's network interfaces that have an IPv4 address, and others by name. Addresses come from Node, the rest from ioctl
 * (netdevice(7)): /sys/class/net shows the network namespace it was mounted in, which need not be ours.
 */
import { networkInterfaces } from 'node:os';
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import { parseCidr, parseIpv4 } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import { parseMac, ZERO_MAC } from '../lib/mac.ts';
import {
  ARPHRD_ETHER,
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_NOARP,
  IFF_POINTOPOINT,
  IFF_UP,
  interfaceFlags,
  interfaceHardwareType,
  interfaceMac,
} from './interface-request.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';

export interface LinkInterface {
  readonly name: string;
  readonly index: number;
  /** 0 where the interface has none. */
  readonly mac: Mac;
  /** In the kernel's order: the first is the one it sends from by default. */
  readonly addresses: readonly LinkAddress[];
  readonly up: boolean;
  readonly loopback: boolean;
  readonly pointToPoint: boolean;
  /** Speaks ARP over Ethernet: broadcast-capable, not NOARP, hardware type 1 (Wi-Fi included). */
  readonly arp: boolean;
}

export interface LinkAddress {
  readonly ip: Ipv4;
  /** The network that the kernel believes to be on this link. */
  readonly network: Cidr;
}

const AF_INET = 2;
const SOCK_DGRAM = 2;

/** @param named to be listed even without an address, if there are interfaces of these names: a trunk often has none */
export async function listInterfaces(named: readonly string[] = []): Promise<LinkInterface[]> {
  const libc = await loadLibc();
  const found = new Map<string, { mac: Mac; addresses: LinkAddress[] }>();
  for (const [label, entries] of Object.entries(networkInterfaces())) {
    // An address may carry a label of its own, `eth0:1`; the interface is what stands before the colon.
    const name = label.replace(/:.*$/, '');
    for (const entry of entries ?? []) {
      const ip = entry.family === 'IPv4' ? parseIpv4(entry.address) : undefined;
      const network = entry.cidr === null ? undefined : parseCidr(entry.cidr);
      if (ip === undefined || network === undefined) continue;
      const known = found.get(name) ?? { mac: parseMac(entry.mac) ?? ZERO_MAC, addresses: [] };
      known.addresses.push({ ip, network });
      found.set(name, known);
    }
  }
  const fd = libc.socket(AF_INET, SOCK_DGRAM, 0);
  try {
    for (const name of named) {
      if (!found.has(name) && libc.ifNameToIndex(name) !== 0)
        found.set(name, { mac: interfaceMac(libc, fd, name), addresses: [] });
    }
    return [...found]
      .map(([name, known]) => describe(libc, fd, name, known))
      .toSorted((a, b) => a.index - b.index);
  } finally {
    if (fd >= 0) libc.close(fd);
  }
}

function describe(
  libc: Libc,
  fd: number,
  name: string,
  known: { mac: Mac; addresses: readonly LinkAddress[] },
): LinkInterface {
  const flags = interfaceFlags(libc, fd, name);
  const hardwareType = interfaceHardwareType(libc, fd, name);
  const has = (flag: number) => (flags & flag) !== 0;
  return {
    name,
    index: libc.ifNameToIndex(name),
    ...known,
    up: has(IFF_UP),
    loopback: has(IFF_LOOPBACK),
    pointToPoint: has(IFF_POINTOPOINT),
    arp: has(IFF_BROADCAST) && !has(IFF_NOARP) && hardwareType === ARPHRD_ETHER && known.mac !== ZERO_MAC,
  };
}
