/**
 * Hears how one address answers a SYN: a packet socket (packet(7)) that takes IPv4 from every interface and, by a filter
 * in the kernel, only the SYN-ACKs of that address and port. It sends nothing. Needs CAP_NET_RAW.
 */
import { NetureonError } from '../lib/errors.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { MessageVector } from './message-vector.ts';
import { attachFilter, openSocket, SOCK_DGRAM } from './socket-options.ts';
import { synAckFilter } from './syn-filter.ts';

const AF_PACKET = 17;
const ETH_P_IP = 0x0800;
const SOCKADDR_LL_LENGTH = 20;
/** The longest IPv4 header and the longest TCP header. */
const RECEIVE_SLOT = 120;

const NOTHING = new Set(['EAGAIN', 'EWOULDBLOCK', 'EINTR', 'ENETDOWN']);

export interface SynCapture {
  /** The next packet that has arrived, from its IPv4 header on, or null. Does not wait. @throws NetureonError io */
  receive(): Uint8Array | null;
  /** Idempotent. */
  close(): void;
}

export interface SynCaptureOptions {
  readonly ip: Ipv4;
  readonly port: number;
  /** The program that lacks the capability when it is missing: named in the remedy. */
  readonly nodePath: string;
}

/** @throws NetureonError permission, io; internal where the C library cannot be called */
export async function openSynCapture(options: SynCaptureOptions): Promise<SynCapture> {
  const libc = await loadLibc();
  // Protocol 0 hears nothing: the filter is in place before the first packet can arrive.
  const fd = openSocket(libc, AF_PACKET, SOCK_DGRAM, 0);
  if (fd < 0) throw refused(libc.errno(), options);
  const address = new DataView(new ArrayBuffer(SOCKADDR_LL_LENGTH));
  address.setUint16(0, AF_PACKET, true);
  address.setUint16(2, ETH_P_IP, false);
  const ready =
    attachFilter(libc, fd, synAckFilter(options.ip, options.port)) &&
    libc.bind(fd, new Uint8Array(address.buffer), SOCKADDR_LL_LENGTH) === 0;
  if (ready) return new PacketSynCapture(libc, fd);
  const error = refused(libc.errno(), options);
  libc.close(fd);
  throw error;
}

function refused(errno: string, { nodePath }: SynCaptureOptions): NetureonError {
  if (errno === 'EPERM' || errno === 'EACCES')
    return new NetureonError('permission', 'hearing SYN-ACKs needs the capability CAP_NET_RAW', {
      remedy: `Grant it once: sudo setcap cap_net_raw+ep ${nodePath}`,
    });
  return new NetureonError('io', `cannot open a packet socket: ${errno}`);
}

class PacketSynCapture implements SynCapture {
  readonly #libc: Libc;
  readonly #incoming: MessageVector;
  #fd: number;

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#incoming = new MessageVector(libc, 1, RECEIVE_SLOT);
  }

  receive(): Uint8Array | null {
    if (this.#libc.recvmmsg(this.#fd, this.#incoming.headers, 1, 0, null) === 1)
      return this.#incoming.slots.slice(0, this.#incoming.receivedLength(0));
    const errno = this.#libc.errno();
    if (NOTHING.has(errno)) return null;
    throw new NetureonError('io', `cannot receive SYN-ACKs: ${errno}`);
  }

  close(): void {
    if (this.#fd >= 0) this.#libc.close(this.#fd);
    this.#fd = -1;
  }
}
