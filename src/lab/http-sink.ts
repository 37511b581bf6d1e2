/** What the stand-ins for HTTP services share: a server on loopback that keeps what it accepted, and makes trouble when told to. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { Clock } from '../lib/clock.ts';
import { FaultPlan } from './fault-plan.ts';
import { Mailbox } from './mailbox.ts';

export type HttpFault =
  /** This answer, and nothing is kept: a refusal, a redirect, something that is not JSON. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection breaks, and nothing was kept. */
  | { readonly kind: 'cut' }
  /** The message is kept, then the connection breaks before the answer: the sender cannot know. */
  | { readonly kind: 'cut-after-keeping' }
  /** Kept; the connection breaks within the answer. */
  | { readonly kind: 'cut-in-answer' }
  /** Kept and answered late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Kept; then an answer that never ends. */
  | { readonly kind: 'endless' };

export interface SinkRequest {
  readonly method: string;
  /** As it was sent, percent-encoded. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

export interface SinkAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface HttpSinkOptions {
  readonly clock: Clock;
  /** 0, any free port, by default. */
  readonly port?: number;
  /** PEM; with it the server speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface HttpSink<Message> {
  readonly port: number;
  /** Without a slash at the end. */
  readonly url: string;
  readonly messages: readonly Message[];
  /** What came again and was answered without being kept again: its key. */
  readonly repeated: readonly string[];
  readonly faults: FaultPlan<HttpFault>;
  /** See Mailbox.next. */
  nextMessage(matches?: (message: Message) => boolean, signal?: AbortSignal): Promise<Message>;
  watch(watcher: (message: Message) => void): () => void;
  close(): Promise<void>;
}

export interface SinkBox<Message> {
  keep(message: Message): void;
  /** It was here before. */
  repeat(key: string): void;
}

/**
 * @param handle judges a request, and keeps what it accepts
 * @param isMessage false: this request is not one that a planned trouble is meant for
 */
export async function startHttpSink<Message>(
  options: HttpSinkOptions,
  handle: (request: SinkRequest, box: SinkBox<Message>) => SinkAnswer,
  isMessage: (request: SinkRequest) => boolean = () => true,
): Promise<HttpSink<Message>> {
  const box = new Mailbox<Message>();
  const faults = new FaultPlan<HttpFault>();
  const repeated: string[] = [];
  const kept = {
    keep: (message: Message) => box.add(message),
    repeat: (key: string) => void repeated.push(key),
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  };
  const server =
    options.tls === undefined ? createServer(listener) : createSecureServer(options.tls, listener);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { method = '', url: path = '/', headers } = incoming;
    const request = { method, path, headers, body, receivedAt: options.clock.now() };
    const fault = isMessage(request) ? faults.take() : undefined;
    if (fault?.kind === 'cut') return void response.destroy();
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, fault.headers);
      return void response.end(fault.body);
    }
    if (fault?.kind === 'slow') await options.clock.sleep(fault.ms);
    const { status, json } = handle(request, kept);
    if (fault?.kind === 'cut-after-keeping') return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' });
    if (fault?.kind === 'endless') return flood(response);
    if (fault?.kind === 'cut-in-answer') return void response.write('{"half": ', () => response.destroy());
    response.end(JSON.stringify(json));
  }

  return {
    port,
    url: `http${options.tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    get messages() {
      return box.all;
    },
    repeated,
    faults,
    nextMessage: (matches, signal) => box.next(matches, signal),
    watch: watcher => box.watch(watcher),
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Until the other side has had enough. */
function flood(response: ServerResponse): void {
  const part = Buffer.alloc(16 * 1024, 'x');
  const more = () => {
    while (!response.destroyed && response.write(part));
  };
  response.on('drain', more);
  more();
}

/** The object that a body holds; undefined when it is no JSON object in UTF-8. */
export function objectIn(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined; // a sink answers that with a refusal of its protocol
  }
}
