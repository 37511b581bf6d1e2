/**
 * One request over the fetch that was handed in, for channels that speak HTTP: redirects are not followed, answers are
 * read up to a bound, and every trouble becomes words that name no secret.
 */
import { codeOf, messageOf } from '../../lib/errors.ts';
import { passwordsOf } from '../../lib/log.ts';
import { inert } from '../../lib/text.ts';
import type { Fetch, HttpAnswer } from '../http-fetch.ts';
import type { Outcome } from './channel.ts';

/** No server has more to say about one message. What comes after it is not waited for. */
const LONGEST_ANSWER = 64 * 1024;
/** Asked again after this, however long a server wants to be left alone; the outbox waits no longer either. */
const LONGEST_WAIT_MS = 3600_000;

export interface HttpRequest {
  readonly fetch: Fetch;
  /** May hold a user and a password: they become Basic authentication (RFC 7617). */
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** For reasons: `the webhook`, `the ntfy server`. */
  readonly who: string;
  /** Where its address is set, for remedies: `[ntfy] url`. */
  readonly setting: string;
}

export interface Answer {
  readonly status: number;
  /** As far as it was read. */
  readonly text: string;
  /** Why there is no more of it; undefined: it is whole, or as much as anybody reads. The status holds all the same. */
  readonly brokeOff: string | undefined;
  /** How long the server wants to be left alone (RFC 9110 §10.2.3). */
  readonly retryAfterMs: number | undefined;
}

/** @param now for a Retry-After that is a date, if the server does not say what time it is there */
export async function ask(
  request: HttpRequest,
  now: Date,
): Promise<{ readonly answer: Answer } | { readonly trouble: Outcome }> {
  const { fetch, method, headers, body, signal, who, setting } = request;
  try {
    const { url, authorization } = withoutUser(request.url);
    const response = await fetch(url, {
      method,
      headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal,
    });
    const { status } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      return { trouble: redirected(request, response) };
    }
    const retryAfterMs = waitOf(response.headers, now);
    const { text, error } = await boundedText(response);
    const brokeOff =
      error === undefined ? undefined : signal.aborted ? 'it took too long' : whyOf(error, url);
    return { answer: { status, text, brokeOff, retryAfterMs } };
  } catch (error) {
    if (signal.aborted) return { trouble: later(`${who} took too long`) };
    return { trouble: later(`cannot reach ${who}: ${whyOf(error, request.url)}. Check ${setting}`) };
  }
}

/** fetch refuses a URL with a user in it. */
function withoutUser(text: string): { url: string; authorization: string | undefined } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { url: text, authorization: undefined };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = '';
  url.password = '';
  return { url: url.href, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Somebody mends the address, and the message waits for that. The new one may be anything, so only its host is told. */
function redirected({ url, who, setting }: HttpRequest, response: HttpAnswer): Outcome {
  const location = response.headers.get('location') ?? '';
  const to = URL.canParse(location, url) ? ` to ${inert(new URL(location, url).origin, 100)}` : '';
  return later(
    `${who} answers HTTP ${response.status}, a redirect${to}, which is not followed. Put the address it leads to into ${setting}`,
  );
}

/** What came until the bound; the connection is let go then. `error`: it broke before. */
async function boundedText({ body }: HttpAnswer): Promise<{ text: string; error?: unknown }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const text = () => Buffer.concat(parts).subarray(0, LONGEST_ANSWER).toString();
  try {
    for await (const part of body ?? []) {
      parts.push(part);
      length += part.length;
      if (length > LONGEST_ANSWER) break;
    }
  } catch (error) {
    return { text: text(), error };
  }
  return { text: text() };
}

/** Seconds or a date, which is meant by the server's own clock. */
function waitOf(headers: HttpAnswer['headers'], now: Date): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return boundedWait(Number(text) * 1000);
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const there = Date.parse(headers.get('date') ?? '');
  return boundedWait(until - (Number.isNaN(there) ? now.getTime() : there));
}

export function boundedWait(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

/** OpenSSL's verification results and Node's own (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an authority that this machine does not know, or an intermediate one is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate comes from an authority that this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** The causes for which Node and fetch have no sentence. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name in DNS',
  EAI_AGAIN: 'DNS does not answer',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it took too long',
  UND_ERR_BODY_TIMEOUT: 'it took too long',
};

/** OpenSSL's words for an answer that is no TLS record; as a code, or only in the text of EPROTO. */
const NO_TLS =
  /ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)|wrong version number|packet length too long/;

/** The URL may hold a secret, so nothing that looks like one is told. */
function whyOf(error: unknown, url: string): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const first = cause instanceof AggregateError ? (cause.errors as unknown[])[0] : cause;
  const code = codeOf(first) ?? codeOf(cause) ?? '';
  const known = CERTIFICATES[code] ?? CAUSES[code];
  if (known !== undefined) return `${known} (${code})`;
  // https://fetch.spec.whatwg.org/#port-blocking
  if (code === '' && messageOf(first) === 'bad port') return 'HTTP is not spoken at that port by any client';
  // What is not HTTP at the other end, plain or inside TLS.
  if (code.startsWith('HPE_')) return `it does not speak HTTP (${code})`;
  if (NO_TLS.test(`${code} ${messageOf(first)}`))
    return 'it does not speak TLS; http:// instead of https://?';
  if (code === 'EPROTO') return 'it and this machine agree on no way to encrypt (EPROTO)';
  const said = hide(messageOf(first), passwordsOf(url)).replace(/https?:\S+/g, 'the server');
  return inert(code === '' ? said : `${said} (${code})`, 200);
}

/** What a server says may repeat what it was given. */
export function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '‹secret›')), text);
}

/** The first words of an answer, for a receipt. Markup says nothing there. */
export function firstWords(text: string, secrets: readonly string[]): string {
  const plain = /^\s*<(?:!doctype|html|\?xml)/i.test(text) ? (/<title>([^<]*)/i.exec(text)?.[1] ?? '') : text;
  return inert(hide(plain.slice(0, 4000), secrets).replace(/\s+/g, ' '), 120);
}

/** The object in an answer that should be JSON; undefined: it is none. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined; // not JSON: whoever asked says what that means
  }
}

export function later(reason: string, afterMs?: number): Outcome {
  return { kind: 'retry', scope: 'channel', reason, ...(afterMs === undefined ? {} : { afterMs }) };
}

export function rejected(reason: string): Outcome & { kind: 'rejected' } {
  return { kind: 'rejected', reason };
}
