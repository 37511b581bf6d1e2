/**
 * sd_notify(3): telling systemd how a service fares, one datagram each on a unix socket. Node has none, so through libc;
 * the socket is opened anew each time, for it happens a few times a minute.
 */
import { writeSync } from 'node:fs';
import { NetureonError } from '../lib/errors.ts';
import { loadLibc } from './libc.ts';

const AF_UNIX = 1;
/** SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC: a manager that does not read must not hold us up. */
const SOCK_DGRAM = 2 | 0o4000 | 0o2000000;
/** sun_path of struct sockaddr_un, unix(7). */
const LONGEST_PATH = 108;

/** @param state lines such as `READY=1`. @throws NetureonError io, or the system's error, when nobody takes it */
export type Notify = (state: string) => void;

/**
 * @param socket what NOTIFY_SOCKET says: a path, or an abstract name behind an `@`
 * @throws NetureonError usage for what is neither, internal where koffi has no binary for this machine
 */
export async function openNotify(socket: string): Promise<Notify> {
  const address = unixAddress(socket);
  const libc = await loadLibc();
  return state => {
    const fd = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0) throw failed('open a socket', libc.errno());
    try {
      if (libc.connect(fd, address, address.length) < 0) throw failed('reach it', libc.errno());
      writeSync(fd, state);
    } finally {
      libc.close(fd);
    }
  };
}

/** struct sockaddr_un: an abstract name begins with a zero and ends with the address, a path ends with a zero. */
function unixAddress(socket: string): Uint8Array {
  const abstract = socket.startsWith('@');
  if (!abstract && !socket.startsWith('/'))
    throw new NetureonError('usage', `NOTIFY_SOCKET names no unix socket: ${socket}`);
  const path = Buffer.from(abstract ? `\0${socket.slice(1)}` : `${socket}\0`);
  if (path.length > LONGEST_PATH) throw new NetureonError('usage', 'NOTIFY_SOCKET is too long for a socket');
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX); // little-endian wherever we run: x86-64 and ARM64
  return Buffer.concat([family, path]);
}

function failed(what: string, errno: string): NetureonError {
  return new NetureonError('io', `cannot tell the service manager: could not ${what}: ${errno}`);
}
