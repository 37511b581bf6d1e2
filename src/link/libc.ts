/**
 * The system calls that Node does not offer, through koffi: no compiler, no native code of our own. Loading costs 7 ms,
 * so it happens at the first call and not on import. 64-bit Linux; structures are laid out by hand where they are used.
 */
import { NetureonError } from '../lib/errors.ts';

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  close(fd: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array): number;
  sendmmsg(fd: number, messages: Uint8Array, count: number, flags: number): number;
  /** On another thread; the result is -1 for any failure, and the errno is that thread's. */
  sendmmsgInBackground(fd: number, messages: Uint8Array, count: number, flags: number): Promise<number>;
  recvmmsg(fd: number, messages: Uint8Array, count: number, flags: number, timeout: null): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  ifNameToIndex(name: string): number;
  clockGettime(clock: number, timespec: BigInt64Array): number;
  /** Where the bytes lie. They stay there as long as the array lives: V8 moves no buffer of its own. */
  address(bytes: Uint8Array): bigint;
  /** The name of the last failed call's errno: `EPERM`. */
  errno(): string;
}

let loaded: Promise<Libc> | undefined;

/** @throws NetureonError internal where koffi has no binary for this machine */
export function loadLibc(): Promise<Libc> {
  loaded ??= bindLibc();
  return loaded;
}

async function bindLibc(): Promise<Libc> {
  try {
    const { default: koffi } = await import('koffi');
    const process = koffi.load(null);
    const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
    const sendmmsg = process.func('int sendmmsg(int fd, void *messages, uint count, int flags)');
    return {
      socket: process.func('int socket(int domain, int type, int protocol)'),
      close: process.func('int close(int fd)'),
      bind: process.func('int bind(int fd, const void *address, uint32 length)'),
      connect: process.func('int connect(int fd, const void *address, uint32 length)'),
      setsockopt: process.func(
        'int setsockopt(int fd, int level, int name, const void *value, uint32 length)',
      ),
      getsockopt: process.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
      sendmmsg,
      sendmmsgInBackground: (...call) =>
        new Promise((resolve, reject) => {
          sendmmsg.async(...call, (error: Error | null, sent: number) =>
            error ? reject(error) : resolve(sent),
          );
        }),
      recvmmsg: process.func('int recvmmsg(int fd, void *messages, uint count, int flags, void *timeout)'),
      ioctl: process.func('int ioctl(int fd, ulong request, void *argument)'),
      ifNameToIndex: process.func('uint if_nametoindex(const char *name)'),
      clockGettime: process.func('int clock_gettime(int clock, void *timespec)'),
      address: bytes => koffi.address(bytes),
      errno: () => names.get(koffi.errno()) ?? `errno ${koffi.errno()}`,
    };
  } catch (cause) {
    throw new NetureonError('internal', 'cannot call the C library on this machine', {
      remedy:
        'Use 64-bit Linux on x86 or ARM and install with optional dependencies, or scan with --method kernel.',
      cause,
    });
  }
}
