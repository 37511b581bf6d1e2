/** What the sockets of this folder have in common: structures for setsockopt(2), bind(2) and connect(2), laid out by hand. */
import type { Ipv4 } from '../lib/ipv4.ts';
import type { Libc } from './libc.ts';

export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_TIMESTAMPNS = 35;
const SO_ATTACH_FILTER = 26;

/** struct sock_filter: code, jump if true, jump if false, operand. */
export type BpfInstruction = readonly [code: number, onTrue: number, onFalse: number, operand: number];

/** A socket that does not block and does not outlive an exec; below 0 when refused. */
export function openSocket(libc: Libc, domain: number, type: number, protocol: number): number {
  return libc.socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

export function setOption(libc: Libc, fd: number, level: number, name: number, value: number): boolean {
  return libc.setsockopt(fd, level, name, new Uint8Array(Int32Array.of(value).buffer), 4) === 0;
}

/** Attaches a classic BPF program (Linux Documentation/networking/filter.rst). */
export function attachFilter(libc: Libc, fd: number, instructions: readonly BpfInstruction[]): boolean {
  const code = new Uint8Array(instructions.length * 8);
  const view = new DataView(code.buffer);
  instructions.forEach(([operation, onTrue, onFalse, operand], i) => {
    view.setUint16(i * 8, operation, true);
    view.setUint8(i * 8 + 2, onTrue);
    view.setUint8(i * 8 + 3, onFalse);
    view.setUint32(i * 8 + 4, operand, true);
  });
  const program = new DataView(new ArrayBuffer(16)); // struct sock_fprog
  program.setUint16(0, instructions.length, true);
  program.setBigUint64(8, libc.address(code), true);
  return libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(program.buffer), 16) === 0;
}

/** struct sockaddr_in without a port. */
export function socketAddress(ip: Ipv4): Uint8Array {
  const address = new DataView(new ArrayBuffer(16));
  address.setUint16(0, AF_INET, true);
  address.setUint32(4, ip, false);
  return new Uint8Array(address.buffer);
}

export const AF_INET = 2;
