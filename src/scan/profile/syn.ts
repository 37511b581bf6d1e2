/**
 * How a device answers a SYN: its time to live, window and options are its TCP stack's own, and few people change them.
 * An ordinary connection to a port that is open asks for it; a capture beside it hears the answer.
 */
import type { Clock } from '../../lib/clock.ts';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import type { SynCapture } from '../../link/syn-capture.ts';
import { WireError } from '../../wire/error.ts';
import { parseIpv4Packet } from '../../wire/ipv4.ts';
import { parseTcpSegment } from '../../wire/tcp.ts';
import type { Connections } from './connections.ts';
import type { ProfileTarget, SynTraits } from './types.ts';

export interface SynDependencies {
  readonly openSynCapture: (ip: ProfileTarget['ip'], port: number) => Promise<SynCapture>;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export interface SynOutcome {
  readonly syn: SynTraits | null;
  readonly problems: readonly string[];
}

/** @param port one that was open a moment ago */
export async function synOf(
  target: ProfileTarget,
  port: number,
  options: { readonly connectMs: number },
  dependencies: SynDependencies,
): Promise<SynOutcome> {
  let capture: SynCapture | undefined;
  try {
    capture = await dependencies.openSynCapture(target.ip, port);
    return await connectAndHear(capture, target, port, options.connectMs, dependencies);
  } catch (error) {
    if (!(error instanceof NetureonError || error instanceof WireError)) throw error;
    return { syn: null, problems: [`syn: ${messageOf(error)}`] };
  } finally {
    capture?.close();
  }
}

/** The capture has the packet before the connection is reported, but its turn may come a moment later. */
const PATIENCE_MS = 100;
const LOOK_EVERY_MS = 5;

async function connectAndHear(
  capture: SynCapture,
  { ip }: ProfileTarget,
  port: number,
  connectMs: number,
  { connections, clock, signal }: SynDependencies,
): Promise<SynOutcome> {
  const dialled = await connections.tcp(ip, port, connectMs, signal);
  if (dialled.state !== 'open') {
    const why = dialled.state === 'failed' ? dialled.problem : dialled.state;
    return { syn: null, problems: [`syn: port ${port} was open and is not now: ${why}`] };
  }
  dialled.stream.destroy();
  for (let waited = 0; waited <= PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const bytes = capture.receive();
    if (bytes !== null) return { syn: synTraits(bytes), problems: [] };
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return { syn: null, problems: [`syn: port ${port} accepted, and no SYN-ACK of it was heard`] };
}

/** @param bytes from the IPv4 header on @throws WireError */
export function synTraits(bytes: Uint8Array): SynTraits {
  const { ttl, payloadOffset, payloadEnd } = parseIpv4Packet(bytes);
  const { window, mss, windowScale, options } = parseTcpSegment(bytes.subarray(payloadOffset, payloadEnd));
  return { ttl, window, mss, windowScale, options: options.join(',') };
}
