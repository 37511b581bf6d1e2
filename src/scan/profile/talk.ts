/** What speaks on a connection that is open: asked as its port is usually asked, recognised by what it answers. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Ask, Question } from './asks.ts';
import { ASKS } from './asks.ts';
import type { Connections } from './connections.ts';
import { facts } from './fact.ts';
import type { Facts } from './fact.ts';
import { GENTLE_HTTP_PORTS } from './fragile.ts';
import { isWholeGreeting, recogniseGreeting } from './greeting.ts';
import { hear } from './hear.ts';
import { askHttp } from './http.ts';

const MAX_GREETING = 4096;
/** A greeting comes in one piece; after that, a pause is its end. */
const QUIET_MS = 300;

export interface Talk {
  readonly service: string | null;
  readonly facts: Facts;
  readonly problem: string | null;
}

export interface TalkContext {
  readonly host: string;
  readonly port: number;
  /** For each thing that is waited for: a greeting, a handshake, a page. */
  readonly ms: number;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** How a port is asked; a fragile device hears nothing that it need not understand. */
export function askFor(port: number, fragile: boolean): Ask {
  const ask = ASKS.get(port) ?? 'listen';
  if (!fragile) return ask;
  return ask === 'http' && GENTLE_HTTP_PORTS.has(port) ? 'http' : 'listen';
}

/** Never rejects; leaves the stream open. */
export function talk(stream: Duplex, ask: Ask, context: TalkContext): Promise<Talk> {
  if (ask === 'listen') return listen(stream, context);
  if (ask === 'http') return http(stream, context);
  if (ask === 'tls-http' || ask === 'tls-listen') return secure(stream, ask, context);
  return question(stream, ask, context);
}

async function listen(stream: Duplex, { port, ms, clock, signal }: TalkContext): Promise<Talk> {
  const { bytes, end } = await hear(stream, clock, {
    maxBytes: MAX_GREETING,
    ms,
    quietMs: QUIET_MS,
    enough: isWholeGreeting,
    signal,
  });
  const problem = end === 'full' ? `more than ${MAX_GREETING} octets of greeting` : null;
  return { ...recogniseGreeting(bytes, port), problem };
}

async function http(stream: Duplex, { host, port, ms, clock, signal }: TalkContext): Promise<Talk> {
  const { service, facts, problem, bytes } = await askHttp(stream, host, clock, ms, signal);
  if (service !== null) return { service, facts, problem };
  // Something else lives there, and introduced itself all the same.
  const other = recogniseGreeting(bytes.subarray(0, MAX_GREETING), port);
  return { ...other, problem: other.service === null ? problem : null };
}

const INSIDE_TLS: ReadonlyMap<string, string> = new Map([
  ['http', 'https'],
  ['smtp', 'smtps'],
  ['imap', 'imaps'],
  ['pop3', 'pop3s'],
  ['ftp', 'ftps'],
]);

async function secure(stream: Duplex, ask: 'tls-http' | 'tls-listen', context: TalkContext): Promise<Talk> {
  const secured = await context.connections.tls(stream, context.ms, context.signal);
  if (secured.stream === null) return { service: null, facts: {}, problem: secured.problem };
  const inside = await (ask === 'tls-http' ? http : listen)(secured.stream, context);
  secured.stream.destroy();
  return {
    service: INSIDE_TLS.get(inside.service ?? '') ?? 'tls',
    facts: { ...inside.facts, ...secured.facts },
    problem: inside.problem,
  };
}

async function question(stream: Duplex, ask: Question, context: TalkContext): Promise<Talk> {
  stream.write(ask.says);
  const { bytes } = await hear(stream, context.clock, {
    maxBytes: MAX_GREETING,
    ms: context.ms,
    quietMs: QUIET_MS,
    enough: ask.isAnswer,
    signal: context.signal,
  });
  if (ask.isAnswer(bytes))
    return { service: ask.service, facts: facts(ask.facts?.(bytes) ?? {}), problem: null };
  return { ...recogniseGreeting(bytes, context.port), problem: null };
}
