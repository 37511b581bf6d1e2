/** A conversation with the kernel's routing side (netlink(7), NETLINK_ROUTE): needs no privilege. */
import { NetureonError } from '../lib/errors.ts';
import { loadLibc } from './libc.ts';
import { MessageVector } from './message-vector.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
/** The kernel fills at most this much per datagram (NLMSG_GOODSIZE, and 32 KiB where the reader offers it). */
const CHUNK = 32_768;

export interface NetlinkSocket {
  send(request: Uint8Array): void;
  /**
   * The next datagram, valid until the next call. The kernel answers within the system call: what it has to say is
   * there when the request has been sent.
   */
  receive(): Uint8Array;
}

/**
 * Runs `talk` with a socket that is closed afterwards.
 * @param purpose completes the sentence that says what went wrong: `read the kernel's IPv6 neighbours`
 * @throws NetureonError io when the kernel does not tell
 */
export async function withNetlink<T>(
  purpose: string,
  talk: (socket: NetlinkSocket, fail: (reason: string) => NetureonError) => T,
): Promise<T> {
  const libc = await loadLibc();
  const fail = (reason: string) => new NetureonError('io', `cannot ${purpose}: ${reason}`);
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw fail(libc.errno());
  const incoming = new MessageVector(libc, 1, CHUNK);
  const socket: NetlinkSocket = {
    send: request => {
      const outgoing = new MessageVector(libc, 1);
      outgoing.pointAt(request, request.length);
      if (libc.sendmmsg(fd, outgoing.headers, 1, 0) !== 1) throw fail(libc.errno());
    },
    receive: () => {
      if (libc.recvmmsg(fd, incoming.headers, 1, 0, null) !== 1) throw fail(libc.errno());
      return incoming.slots.subarray(0, incoming.receivedLength(0));
    },
  };
  try {
    return talk(socket, fail);
  } finally {
    libc.close(fd);
  }
}
