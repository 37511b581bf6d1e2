/**
 * A conversation in messages with one port of one address: over UDP on a connected socket, so that the kernel lets nobody
 * else answer, or over TCP with each message behind its length in two octets (RFC 1035 §4.2.2).
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';

export interface MessageChannel {
  /** @throws what the kernel says: ECONNREFUSED when nobody listens there, EHOSTUNREACH, … */
  send(bytes: Uint8Array): Promise<void>;
  /** The next message in the order they came; null when the signal aborts first. @throws as `send` does */
  receive(signal: AbortSignal): Promise<Uint8Array | null>;
  close(): void;
}

export interface Remote {
  /** IPv4 or IPv6, in text form. */
  readonly address: string;
  readonly port: number;
  /** Our own address to speak from; the kernel's choice without it. */
  readonly source?: string | undefined;
}

/** Aborting the signal ends an attempt to connect. */
export type OpenChannel = (remote: Remote, signal: AbortSignal) => Promise<MessageChannel>;

/** Messages that nobody has asked for yet; more are dropped, as the kernel would. */
const MAX_WAITING = 64;
/** Octets of an unfinished message; none of ours is longer. */
const MAX_MESSAGE = 65_535;

export const openDatagrams: OpenChannel = async ({ address, port, source }) => {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const inbox = createInbox();
  socket.on('message', message => inbox.put(message));
  socket.on('error', error => inbox.fail(error));
  try {
    await settle(
      () => socket.bind({ ...(source === undefined ? {} : { address: source }), port: 0 }),
      socket,
      'listening',
    );
    await settle(() => socket.connect(port, address), socket, 'connect');
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    send: bytes =>
      new Promise((resolve, reject) => {
        socket.send(bytes, error => (error ? reject(error) : resolve()));
      }),
    receive: signal => inbox.take(signal),
    close: () => socket.close(),
  };
};

export const openStream: OpenChannel = async ({ address, port, source }, signal) => {
  const socket = connect({ host: address, port, ...(source === undefined ? {} : { localAddress: source }) });
  const inbox = createInbox();
  let rest = Buffer.alloc(0);
  socket.on('data', chunk => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      inbox.put(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
    if (rest.length > MAX_MESSAGE + 1) socket.destroy();
  });
  socket.on('error', error => inbox.fail(error));
  socket.on('close', () => inbox.end());
  const giveUp = () => socket.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  return {
    send: bytes =>
      new Promise((resolve, reject) => {
        const length = Uint8Array.of(bytes.length >> 8, bytes.length & 255);
        socket.write(Buffer.concat([length, bytes]), error => (error ? reject(error) : resolve()));
      }),
    receive: aborted => inbox.take(aborted),
    close: () => socket.destroy(),
  };
};

/** Runs `start` and waits for the event that says it worked. */
async function settle(
  start: () => void,
  emitter: ReturnType<typeof createSocket>,
  event: string,
): Promise<void> {
  const done = once(emitter, event); // rejects with the `error` that comes instead
  start();
  await done;
}

interface Inbox {
  put(message: Uint8Array): void;
  fail(error: Error): void;
  /** Nothing more will come. */
  end(): void;
  take(signal: AbortSignal): Promise<Uint8Array | null>;
}

function createInbox(): Inbox {
  const waiting: Uint8Array[] = [];
  let failure: Error | undefined;
  let ended = false;
  let wake = () => {};
  const news = (signal: AbortSignal) =>
    new Promise<void>(resolve => {
      wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
    });
  return {
    put: message => {
      if (waiting.length < MAX_WAITING) waiting.push(message);
      wake();
    },
    fail: error => {
      failure = error;
      wake();
    },
    end: () => {
      ended = true;
      wake();
    },
    take: async signal => {
      for (;;) {
        const message = waiting.shift();
        if (message !== undefined) return message;
        if (failure !== undefined) throw failure;
        if (ended || signal.aborted) return null;
        await news(signal);
      }
    },
  };
}
