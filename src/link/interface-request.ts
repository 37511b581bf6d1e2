/** What ioctl(2) tells of an interface by its name (netdevice(7)); any socket will do. */
import type { Mac } from '../lib/mac.ts';
import { readMac, ZERO_MAC } from '../lib/mac.ts';
import type { Libc } from './libc.ts';

export const IFF_UP = 0x1;
export const IFF_BROADCAST = 0x2;
export const IFF_LOOPBACK = 0x8;
export const IFF_POINTOPOINT = 0x10;
/** Has a carrier. */
export const IFF_RUNNING = 0x40;
export const IFF_NOARP = 0x80;
/** Wi-Fi included. */
export const ARPHRD_ETHER = 1;

const SIOCGIFFLAGS = 0x8913;
const SIOCGIFHWADDR = 0x8927;
const IFREQ_SIZE = 40;
const IFREQ_NAME_SIZE = 16;

/** IFF_… bits; 0 when there is no such interface. */
export function interfaceFlags(libc: Libc, fd: number, name: string): number {
  return interfaceRequest(libc, fd, SIOCGIFFLAGS, name);
}

/** ARPHRD_…; 0 when there is no such interface. */
export function interfaceHardwareType(libc: Libc, fd: number, name: string): number {
  return interfaceRequest(libc, fd, SIOCGIFHWADDR, name);
}

/** 0 when there is no such interface, or it has none. */
export function interfaceMac(libc: Libc, fd: number, name: string): Mac {
  const answer = ask(libc, fd, SIOCGIFHWADDR, name);
  // struct sockaddr: the family, here ARPHRD_…, then the address.
  return answer === null ? ZERO_MAC : readMac(answer, IFREQ_NAME_SIZE + 2);
}

function interfaceRequest(libc: Libc, fd: number, request: number, name: string): number {
  const answer = ask(libc, fd, request, name);
  return answer === null ? 0 : new DataView(answer.buffer).getUint16(IFREQ_NAME_SIZE, true);
}

/** A struct ifreq as the system filled it; null when there is no such interface. */
function ask(libc: Libc, fd: number, request: number, name: string): Uint8Array | null {
  const ifreq = new Uint8Array(IFREQ_SIZE);
  ifreq.set(new TextEncoder().encode(name).subarray(0, IFREQ_NAME_SIZE - 1));
  return libc.ioctl(fd, request, ifreq) === 0 ? ifreq : null;
}
