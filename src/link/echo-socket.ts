/**
 * ICMP echo with one address: through a ping socket (icmp(7), "Linux unprivileged ICMP"), which needs no privilege where
 * net.ipv4.ping_group_range covers this process, or else through a raw socket (raw(7)), which needs CAP_NET_RAW.
 */
import { NetureonError } from '../lib/errors.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
import { WireError } from '../wire/error.ts';
import { emitEchoRequest, parseEchoReply } from '../wire/icmp.ts';
import { parseIpv4Packet, PROTOCOL_ICMP } from '../wire/ipv4.ts';
import { controlMessages } from './control-messages.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { MessageVector } from './message-vector.ts';
import {
  AF_INET,
  openSocket,
  setOption,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOCK_RAW,
  socketAddress,
  SOL_SOCKET,
} from './socket-options.ts';

const SOL_IP = 0;
const IP_TTL = 2;
const IP_RECVTTL = 12;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
/** The bit of each type that is not wanted: all but echo reply, which is type 0. */
const ALL_BUT_ECHO_REPLY = ~1;
const CLOCK_REALTIME = 0;

/** As ping(8): enough to see that what comes back is what was sent. */
const PAYLOAD = Uint8Array.from({ length: 56 }, (_, i) => i);
const REQUEST_LENGTH = 8 + PAYLOAD.length;
const RECEIVE_SLOT = 512;
const CONTROL_SLOT = 128;

/** Nothing there yet, or what an unreachable address leaves on a connected socket. */
const NOTHING = new Set([
  'EAGAIN',
  'EWOULDBLOCK',
  'EINTR',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
]);

export interface EchoReply {
  readonly sequence: number;
  /** As it arrived. */
  readonly ttl: number;
  readonly rttMs: number;
}

export interface EchoSocket {
  readonly kind: 'ping' | 'raw';
  /** False when the system had no room, or no route, for it just now. @throws NetureonError io */
  send(sequence: number): boolean;
  /** The next reply that has arrived to a request of ours, or null. Does not wait. @throws NetureonError io */
  receive(): EchoReply | null;
  /** Idempotent. */
  close(): void;
}

export interface EchoOptions {
  readonly ip: Ipv4;
  /** 0 to 65,535; a ping socket puts its own in its place. */
  readonly identifier: number;
  /** The program that lacks the capability when it is missing: named in the remedy. */
  readonly nodePath: string;
}

/** @throws NetureonError permission, io; internal where the C library cannot be called */
export async function openEchoSocket(options: EchoOptions): Promise<EchoSocket> {
  const libc = await loadLibc();
  const { fd, kind } = openEither(libc, options);
  try {
    const must = (done: boolean, what: string) => {
      if (!done) throw new NetureonError('io', `cannot ${what} of an echo socket: ${libc.errno()}`);
    };
    if (kind === 'raw') must(setOption(libc, fd, SOL_RAW, ICMP_FILTER, ALL_BUT_ECHO_REPLY), 'set the filter');
    must(setOption(libc, fd, SOL_IP, IP_RECVTTL, 1), 'ask for the time to live');
    must(setOption(libc, fd, SOL_SOCKET, SO_TIMESTAMPNS, 1), 'ask for the arrival times');
    must(libc.connect(fd, socketAddress(options.ip), 16) === 0, 'set the address');
    return new ConnectedEchoSocket(libc, fd, kind, options.identifier);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

function openEither(libc: Libc, { nodePath }: EchoOptions): { fd: number; kind: EchoSocket['kind'] } {
  const ping = openSocket(libc, AF_INET, SOCK_DGRAM, PROTOCOL_ICMP);
  if (ping >= 0) return { fd: ping, kind: 'ping' };
  const raw = openSocket(libc, AF_INET, SOCK_RAW, PROTOCOL_ICMP);
  if (raw >= 0) return { fd: raw, kind: 'raw' };
  throw new NetureonError('permission', `this machine does not let its users ping: ${libc.errno()}`, {
    remedy:
      'Allow it: sysctl net.ipv4.ping_group_range="0 2147483647", or grant the capability: ' +
      `sudo setcap cap_net_raw+ep ${nodePath}`,
  });
}

class ConnectedEchoSocket implements EchoSocket {
  readonly kind: EchoSocket['kind'];
  readonly #libc: Libc;
  readonly #identifier: number;
  readonly #request = new Uint8Array(REQUEST_LENGTH);
  readonly #outgoing: MessageVector;
  readonly #incoming: MessageVector;
  readonly #sentMs = new Map<number, number>();
  #fd: number;

  constructor(libc: Libc, fd: number, kind: EchoSocket['kind'], identifier: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.kind = kind;
    this.#identifier = identifier;
    this.#outgoing = new MessageVector(libc, 1);
    this.#outgoing.pointAt(this.#request, REQUEST_LENGTH);
    this.#incoming = new MessageVector(libc, 1, RECEIVE_SLOT, CONTROL_SLOT);
  }

  send(sequence: number): boolean {
    emitEchoRequest({ identifier: this.#identifier, sequence, payload: PAYLOAD }, this.#request);
    this.#sentMs.set(sequence, this.#nowMs());
    if (this.#libc.sendmmsg(this.#fd, this.#outgoing.headers, 1, 0) === 1) return true;
    return this.#nothing('send', new Set([...NOTHING, 'ENOBUFS']));
  }

  receive(): EchoReply | null {
    for (;;) {
      const count = this.#libc.recvmmsg(this.#fd, this.#incoming.headers, 1, 0, null);
      if (count < 1) {
        this.#nothing('receive', NOTHING);
        return null;
      }
      const reply = this.#read();
      if (reply !== null) return reply;
    }
  }

  /** What was received, if it answers a request of ours. */
  #read(): EchoReply | null {
    const { ttl, arrivedMs } = this.#control();
    const bytes = this.#incoming.slots.subarray(0, this.#incoming.receivedLength(0));
    const echo = parseMessage(bytes, this.kind);
    if (echo === null || (this.kind === 'raw' && echo.identifier !== this.#identifier)) return null;
    const sentMs = this.#sentMs.get(echo.sequence);
    if (sentMs === undefined || ttl === null || echo.payload.length !== PAYLOAD.length) return null;
    if (!PAYLOAD.every((octet, i) => echo.payload[i] === octet)) return null;
    // Each is counted once.
    this.#sentMs.delete(echo.sequence);
    return { sequence: echo.sequence, ttl, rttMs: Math.max(0, (arrivedMs ?? this.#nowMs()) - sentMs) };
  }

  #control(): { ttl: number | null; arrivedMs: number | null } {
    const view = new DataView(this.#incoming.control.buffer);
    let ttl = null;
    let arrivedMs = null;
    for (const { level, type, at } of controlMessages(view, 0, this.#incoming.takeControlLength(0))) {
      if (level === SOL_IP && type === IP_TTL) ttl = view.getInt32(at, true);
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS)
        arrivedMs = Number(view.getBigInt64(at, true)) * 1e3 + Number(view.getBigInt64(at + 8, true)) / 1e6;
    }
    return { ttl, arrivedMs };
  }

  #nowMs(): number {
    const now = new BigInt64Array(2);
    this.#libc.clockGettime(CLOCK_REALTIME, now);
    return Number(now[0]) * 1e3 + Number(now[1]) / 1e6;
  }

  #nothing(what: string, expected: ReadonlySet<string>): false {
    const errno = this.#libc.errno();
    if (expected.has(errno)) return false;
    throw new NetureonError('io', `cannot ${what} an echo: ${errno}`);
  }

  close(): void {
    if (this.#fd >= 0) this.#libc.close(this.#fd);
    this.#fd = -1;
  }
}

/** A raw socket hands the IP header over as well. null for what is malformed or something else. */
function parseMessage(bytes: Uint8Array, kind: EchoSocket['kind']) {
  try {
    if (kind === 'ping') return parseEchoReply(bytes);
    const { payloadOffset, payloadEnd } = parseIpv4Packet(bytes);
    return parseEchoReply(bytes.subarray(payloadOffset, payloadEnd));
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
