/**
 * HTTP for channels: as much of fetch as they use, over node:http and node:https. Node's own fetch brings a client of
 * 10 MiB; an alert daemon that sends a message now and then needs none. No redirect is ever followed, no connection kept:
 * one that the server closed meanwhile would cost a try.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** manual: a redirect is an answer. error: it is a failure. */
  readonly redirect: 'manual' | 'error';
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Whoever does not read it to its end cancels it. */
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/** Rejects with the system's error (its code tells), or with an AbortError once `signal` aborts. Node's fetch is one. */
export type Fetch = (url: string, init: HttpInit) => Promise<HttpAnswer>;

const agents = { http: new HttpAgent(), https: new HttpsAgent() };

export const httpFetch: Fetch = (url, { method, headers, body, redirect, signal }) =>
  new Promise((resolve, reject) => {
    const target = new URL(url);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, signal };
    const answered = (response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      if (redirect === 'error' && status >= 300 && status < 400) {
        response.destroy();
        reject(new Error(`HTTP status ${status}: a redirect, which is not followed`));
      } else resolve(answerOf(status, response));
    };
    const request =
      target.protocol === 'https:'
        ? httpsRequest(target, { ...options, agent: agents.https }, answered)
        : httpRequest(target, { ...options, agent: agents.http }, answered);
    request.on('error', reject);
    request.end(body);
  });

function answerOf(status: number, response: IncomingMessage): HttpAnswer {
  // A connection that breaks fails whoever reads; without a listener it would end the process when nobody does.
  response.on('error', () => undefined);
  return {
    status,
    headers: {
      get: name => {
        const value = response.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : (value ?? null);
      },
    },
    body: {
      [Symbol.asyncIterator]: () => response[Symbol.asyncIterator](),
      cancel: () => {
        response.destroy();
        return Promise.resolve();
      },
    },
  };
}
