/**
 * Which of a device's TCP ports accept a connection, and what speaks there: one connection for each port, a few at a
 * time. No SYN tricks: the device's own logs show an ordinary visitor.
 */
import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { formatIpv4 } from '../../lib/ipv4.ts';
import type { Connections } from './connections.ts';
import { isFragile, UNTOUCHED_PORTS } from './fragile.ts';
import { askFor, talk } from './talk.ts';
import type { PortFinding, ProfileTarget } from './types.ts';

export interface PortOptions {
  readonly ports: readonly number[];
  /** For the connection. Above a second, the system asks once more by itself. */
  readonly connectMs: number;
  /** For each thing waited for on an open connection. */
  readonly talkMs: number;
  /** Connections to one device at once; one for fragile devices. */
  readonly atOnce: number;
  /** Heed what fragile.ts says. On unless somebody switches it off. */
  readonly gentle: boolean;
  /** What the device is, as a person said or an earlier profile found. */
  readonly kind: string | null;
}

export const PORT_DEFAULTS = {
  connectMs: 1200,
  talkMs: 2500,
  atOnce: 6,
  gentle: true,
} as const satisfies Partial<PortOptions>;

export interface PortDependencies {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export interface PortOutcome {
  /** By port. A port that was not asked, or of which nothing was learnt, is not among them. */
  readonly ports: readonly PortFinding[];
  readonly problems: readonly string[];
}

/** Never rejects. After an abort: what was found until then. */
export async function portsOf(
  target: ProfileTarget,
  options: PortOptions,
  dependencies: PortDependencies,
): Promise<PortOutcome> {
  const { signal, release } = follow(dependencies.signal);
  const problems: string[] = [];
  const waiting = touchable(options, problems);
  const fragile = options.gentle && isFragile({ vendor: target.vendor, kind: options.kind });
  const found: PortFinding[] = [];
  const visit = async (): Promise<void> => {
    while (!signal.aborted) {
      const port = waiting.shift();
      if (port === undefined) return;
      const asked = await askPort(target, port, fragile, options, { ...dependencies, signal });
      // What was cut off half-way tells nothing of the device.
      if (signal.aborted) return void waiting.push(port);
      if (asked.finding !== null) found.push(asked.finding);
      if (asked.problem !== null) problems.push(`port ${port}: ${asked.problem}`);
    }
  };
  await Promise.all(Array.from({ length: fragile ? 1 : Math.max(1, options.atOnce) }, visit));
  release();
  if (waiting.length > 0) problems.push(`ports: cut short with ${waiting.length} still to ask`);
  return { ports: found.toSorted((a, b) => a.port - b.port), problems };
}

/** A signal of our own that aborts with the caller's: theirs gets one listener, however many connections wait at once. */
function follow(signal: AbortSignal | undefined): { signal: AbortSignal; release: () => void } {
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const abort = () => own.abort();
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return { signal: own.signal, release: () => signal?.removeEventListener('abort', abort) };
}

/** Each port once, without those that must be left alone. */
function touchable({ ports, gentle }: PortOptions, problems: string[]): number[] {
  return [...new Set(ports)].filter(port => {
    const reason = gentle ? UNTOUCHED_PORTS.get(port) : undefined;
    if (reason !== undefined) problems.push(`port ${port}: left alone: ${reason}`);
    return reason === undefined;
  });
}

interface Asked {
  readonly finding: PortFinding | null;
  readonly problem: string | null;
}

async function askPort(
  target: ProfileTarget,
  port: number,
  fragile: boolean,
  options: PortOptions,
  { connections, clock, signal }: PortDependencies,
): Promise<Asked> {
  const dialled = await connections.tcp(target.ip, port, options.connectMs, signal);
  if (dialled.state === 'failed') return { finding: null, problem: dialled.problem };
  if (dialled.state !== 'open')
    return { finding: { port, state: dialled.state, service: null, facts: {} }, problem: null };
  const { stream } = dialled;
  const { service, facts, problem } = await talk(stream, askFor(port, fragile), {
    host: formatIpv4(target.ip),
    port,
    ms: options.talkMs,
    connections,
    clock,
    signal,
  });
  await closed(stream);
  return { finding: { port, state: 'open', service, facts }, problem };
}

/** Really gone before the next one comes: some devices count. */
async function closed(stream: Duplex): Promise<void> {
  if (stream.closed) return;
  await new Promise(resolve => stream.once('close', resolve).destroy());
}
