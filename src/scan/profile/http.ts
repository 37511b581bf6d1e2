/** One GET of the root page, HTTP/1.1 (RFC 9112): status, a few headers, the title. Redirects are noted, not followed. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { decodeText, decodeWindows1252, facts } from './fact.ts';
import type { Recognised } from './greeting.ts';
import { hear } from './hear.ts';
import { metaCharset, titleOf } from './html.ts';

const MAX_HEAD = 16 * 1024;
const MAX_BODY = 64 * 1024;

function httpRequest(host: string): string {
  return (
    `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: netureon\r\nAccept: text/html, */*\r\n` +
    'Accept-Encoding: identity\r\nConnection: close\r\n\r\n'
  );
}

export interface HttpAnswer extends Recognised {
  /** What was wrong with it, if anything was. */
  readonly problem: string | null;
  /** Everything that came, for whoever else may recognise it when it is not HTTP. */
  readonly bytes: Uint8Array;
}

export async function askHttp(
  stream: Duplex,
  host: string,
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  stream.write(httpRequest(host));
  const { bytes, end } = await hear(stream, clock, {
    maxBytes: MAX_HEAD + MAX_BODY,
    ms,
    enough: completeness(),
    signal,
  });
  const response = parseHttp(bytes);
  if (response === null) {
    const problem = bytes.length === 0 ? null : `no HTTP in ${bytes.length} octets (${end})`;
    return { service: null, facts: {}, problem, bytes };
  }
  return {
    service: 'http',
    facts: factsOf(response),
    problem: response.headComplete ? null : `no end of the header in ${bytes.length} octets (${end})`,
    bytes,
  };
}

export interface HttpResponse {
  readonly status: number;
  /** Lower case; the first of each name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly headComplete: boolean;
  /** Chunks joined, at most 64 KiB. */
  readonly body: Uint8Array;
}

/** null when the bytes do not begin like a response. Whatever they hold, it does not throw. */
export function parseHttp(bytes: Uint8Array): HttpResponse | null {
  const split = endOfHead(bytes);
  const head = latin1(bytes.subarray(0, Math.min(split?.head ?? MAX_HEAD, MAX_HEAD)));
  const status = /^(?:HTTP\/\d(?:\.\d)?|ICY) (\d{3})(?:[ \r\n]|$)/.exec(head)?.[1];
  if (status === undefined) return null;
  const headers = new Map<string, string>();
  for (const line of head.split('\n').slice(1, 200)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    // Header text is ASCII by the standard and UTF-8 by habit.
    if (colon > 0 && !headers.has(name))
      headers.set(name, decodeText(Uint8Array.from(line.slice(colon + 1).trim(), c => c.charCodeAt(0))));
  }
  const raw = split === null ? bytes.subarray(bytes.length) : bytes.subarray(split.body);
  const isChunked = /\bchunked\b/i.test(headers.get('transfer-encoding') ?? '');
  const body = (isChunked ? joinChunks(raw) : raw).subarray(0, MAX_BODY);
  return { status: Number(status), headers, headComplete: split !== null, body };
}

function factsOf({ status, headers, body }: HttpResponse) {
  const isText = (headers.get('content-encoding') ?? 'identity') === 'identity';
  return facts({
    status: String(status),
    server: headers.get('server'),
    title: isText ? titleOf(decodePage(body, headers.get('content-type') ?? '')) : null,
    location: headers.get('location'),
    realm: /\brealm="([^"]{1,200})"/i.exec(headers.get('www-authenticate') ?? '')?.[1],
  });
}

/** By the header's charset, or else the page's own, or else by what its bytes look like. */
export function decodePage(body: Uint8Array, contentType: string): string {
  const charset =
    /\bcharset\s{0,5}=\s{0,5}["']?([\w:.-]{1,40})/i.exec(contentType)?.[1] ??
    metaCharset(latin1(body.subarray(0, 1024)));
  if (charset === null) return decodeText(body);
  try {
    const decoder = new TextDecoder(charset);
    return decoder.encoding === 'windows-1252' ? decodeWindows1252(body) : decoder.decode(body);
  } catch {
    return decodeText(body); // an encoding nobody knows
  }
}

/** Both forms of line ends are met. */
function endOfHead(bytes: Uint8Array, from = 0): { head: number; body: number } | null {
  for (let at = bytes.indexOf(0x0a, from); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return { head: at, body: at + 2 };
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return { head: at, body: at + 3 };
  }
  return null;
}

/** As far as the chunks are whole and well formed (RFC 9112 §7.1), and the beginning of one that was cut. */
export function joinChunks(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.min(bytes.length, MAX_BODY));
  let length = 0;
  for (let at = 0; at < bytes.length && length < out.length;) {
    const lineEnd = bytes.indexOf(0x0a, at);
    if (lineEnd === -1 || lineEnd - at > 100) break;
    const size = /^([\da-f]{1,8})[ \t]*(?:;.*)?\r?$/i.exec(latin1(bytes.subarray(at, lineEnd)))?.[1];
    const octets = Number.parseInt(size ?? '0', 16);
    if (octets === 0) break;
    const part = bytes.subarray(lineEnd + 1, lineEnd + 1 + Math.min(octets, out.length - length));
    out.set(part, length);
    length += part.length;
    at = lineEnd + 1 + octets;
    // A line end closes the chunk.
    if (bytes[at] === 0x0d) at++;
    if (bytes[at] === 0x0a) at++;
  }
  return out.subarray(0, length);
}

/** Whether the response is all there, or its title is; looks at each octet once, however small the parts it comes in. */
function completeness(): (bytes: Uint8Array) => boolean {
  let looked = 0;
  let bodyAt = -1;
  let expected = Infinity;
  return bytes => {
    if (bodyAt === -1) {
      const split = endOfHead(bytes, Math.max(0, looked - 3));
      if (split === null) {
        looked = bytes.length;
        return bytes.length >= MAX_HEAD;
      }
      bodyAt = split.body;
      const length = /^content-length:[ \t]*(\d{1,9})/im.exec(latin1(bytes.subarray(0, bodyAt)))?.[1];
      expected = bodyAt + Math.min(MAX_BODY, length === undefined ? Infinity : Number(length));
    }
    const tail = latin1(bytes.subarray(Math.max(bodyAt, looked - 8)));
    looked = bytes.length;
    return bytes.length >= expected || /<\/title/i.test(tail) || tail.endsWith('\n0\r\n\r\n');
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
