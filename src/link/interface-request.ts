/** What ioctl(2) tells of an interface by its name (netdevice(7)); any socket will do. */
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

function interfaceRequest(libc: Libc, fd: number, request: number, name: string): number {
  const ifreq = new Uint8Array(IFREQ_SIZE);
  ifreq.set(new TextEncoder().encode(name).subarray(0, IFREQ_NAME_SIZE - 1));
  if (libc.ioctl(fd, request, ifreq) !== 0) return 0;
  return new DataView(ifreq.buffer).getUint16(IFREQ_NAME_SIZE, true);
}
