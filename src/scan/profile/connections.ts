/** Connections to devices: the interface, and the one made of the system's own sockets. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { codeOf, messageOf } from '../../lib/errors.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';
import { formatIpv4 } from '../../lib/ipv4.ts';
import type { Facts } from './fact.ts';
import { tlsFacts } from './tls.ts';

export type Dialled =
  /** Whoever asked destroys it. */
  | { readonly state: 'open'; readonly stream: Duplex }
  | { readonly state: 'closed' | 'silent' }
  /** This machine's own trouble: nothing was learnt of the device. */
  | { readonly state: 'failed'; readonly problem: string };

export type Secured =
  { readonly stream: Duplex; readonly facts: Facts } | { readonly stream: null; readonly problem: string };

export interface Connections {
  /** Never rejects. An abort is `failed`. */
  tcp(ip: Ipv4, port: number, timeoutMs: number, signal?: AbortSignal): Promise<Dialled>;
  /** TLS over a connection that is open, without verifying anything. Never rejects. */
  tls(stream: Duplex, timeoutMs: number, signal?: AbortSignal): Promise<Secured>;
}

/** A router or firewall on the way says so, or nobody answers ARP: the device itself said nothing. */
const SILENT = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT']);
const CLOSED = new Set(['ECONNREFUSED', 'ECONNRESET']);

export function systemConnections(clock: Clock): Connections {
  return {
    tcp: (ip, port, timeoutMs, signal) =>
      firstOf<Dialled>(clock, timeoutMs, signal, finish => {
        const socket = connectTcp({ host: formatIpv4(ip), port, noDelay: true });
        socket.once('connect', () => finish({ state: 'open', stream: socket }));
        // Stays for the life of the socket: what breaks later is seen as its end.
        socket.on('error', error => finish(whyNot(error)));
        return {
          late: { state: 'silent' },
          cancelled: { state: 'failed', problem: 'cancelled' },
          settled: dialled => dialled.state === 'open' || socket.destroy(),
        };
      }),
    tls: (stream, timeoutMs, signal) =>
      firstOf<Secured>(clock, timeoutMs, signal, finish => {
        const socket = connectTls({
          socket: stream,
          rejectUnauthorized: false,
          // Devices of ten years ago are to be recognised as well, and nothing secret is sent to them.
          minVersion: 'TLSv1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        });
        const fail = (problem: string) => finish({ stream: null, problem: `TLS: ${problem}` });
        socket.once('secureConnect', () =>
          finish({ stream: socket, facts: tlsFacts(socket.getProtocol(), socket.getPeerX509Certificate()) }),
        );
        socket.on('error', error => fail(messageOf(error)));
        socket.once('close', () => fail('closed during the handshake'));
        return {
          late: { stream: null, problem: `TLS: no handshake in ${timeoutMs} ms` },
          cancelled: { stream: null, problem: 'cancelled' },
          settled: secured => secured.stream !== null || socket.destroy(),
        };
      }),
  };
}

function whyNot(error: Error): Dialled {
  const code = codeOf(error) ?? '';
  if (CLOSED.has(code)) return { state: 'closed' };
  if (SILENT.has(code)) return { state: 'silent' };
  return { state: 'failed', problem: messageOf(error) };
}

interface Otherwise<T> {
  readonly late: T;
  readonly cancelled: T;
  /** Called once, with the outcome. */
  readonly settled: (outcome: T) => void;
}

/** What `begin` finishes with, or the outcome for being late or cancelled, whichever is first. */
function firstOf<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  begin: (finish: (outcome: T) => void) => Otherwise<T>,
): Promise<T> {
  return new Promise(resolve => {
    const over = new AbortController();
    const finish = (outcome: T) => {
      if (over.signal.aborted) return;
      over.abort();
      signal?.removeEventListener('abort', onAbort);
      otherwise.settled(outcome);
      resolve(outcome);
    };
    const otherwise = begin(finish);
    const onAbort = () => finish(otherwise.cancelled);
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    void clock.sleep(ms, over.signal).then(() => finish(otherwise.late));
  });
}
