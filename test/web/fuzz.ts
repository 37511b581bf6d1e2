/** Every route with what nobody would type: paths, queries, forms and headers made by a seeded generator. */
import fc from 'fast-check';
import { cookieKind } from '../../src/web/session-cookie.ts';
import { HOST, type TestSite } from './support.ts';

/** What has broken sites before: by its use in SQL, HTML, headers, paths, templates, spreadsheets, numbers and text. */
export const ODD: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1',
  '2',
  '1.5',
  '1e999',
  'NaN',
  '9007199254740993',
  '99999999999999999999',
  '2147483648',
  "' or 1=1 --",
  "'; drop table devices; --",
  "\\'; select pg_sleep(9); --",
  '%',
  '_%_',
  '%00',
  '\u0000',
  'a\u0000b',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '{{ 7 | times: 7 }}{% include "x" %}',
  '${7*7}',
  '=cmd|calc!A0',
  '\r\nSet-Cookie: a=b',
  '../../../../etc/passwd',
  '..%2f..%2fpackage.json',
  '//elsewhere.example/',
  '/\\elsewhere.example',
  'https://elsewhere.example/',
  '\u202egnp.exe',
  '\ud800',
  '💥'.repeat(300),
  'x'.repeat(10_000),
  '[]',
  '{"$ne":1}',
  '__proto__',
  'constructor',
  '2026-13-45T99:99',
  '2026-11-20T03:00',
  '-271821-04-20',
  '275760-09-13T00:00:00Z',
  '0001-01-01 00:00 BC',
  '10.0.0.0/33',
  '192.168.1.1',
  'ff:ff:ff:ff:ff:ff',
  '::ffff:1.2.3.4%eth0',
  'Europe/Berlin',
  'yes',
  'new_device',
  'accept',
  'hour',
];

/** Names of fields and parameters in use, so that the odd values arrive where they are read. */
export const NAMES: readonly string[] = [
  'q', 'sort', 'state', 'presence', 'network', 'after', 'before', 'back', 'toast', 'show', 'kind', 'severity', 'at', 'to',
  'from', 'span', 'channel', 'limit', 'cursor', 'format', 'columns', 'view', 'vendor', 'owner', 'name', 'notes', 'revision',
  'decision', 'for', 'what', 'alert', 'alerts', 'devices', 'owners', 'vendors', 'days', 'hours', 'timeZone', 'quiet', 'group',
  'cooldown', 'expires', 'escalateAfter', 'escalateTo', 'channels', 'step', 'tried', 'subject', 'body', 'example', 'as',
  'addDevice', 'minSeverity', 'action', 'setSeverity', 'direction', 'on', 'mac', 'minutes', 'watched', 'return', 'answer',
  'into', 'language', 'theme', 'zone', 'done', 'proof', 'do', 'role', 'password', 'code', 'scope', 'cidr', 'text', 'ids', 'id',
  'page', 'next', 'table', 'actor', 'since', 'undo',
]; // prettier-ignore

const odd = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 60 }).map(String) },
);
const pairs = fc.array(fc.tuple(fc.constantFrom(...NAMES), odd), { maxLength: 6 });

export interface Shot {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

export interface Route {
  readonly method: string;
  readonly path: string;
}

/** What is not pressed: it would end the visit that the others need. */
const NOT_FIRED = /^\/(?:sign-out|sign-in|welcome|account\/|users|events|api\/v1\/events)/;

export function routesOf(site: Pick<TestSite, 'app'>): Route[] {
  const found = new Map<string, Route>();
  for (const { method, path } of site.app.routes)
    if (method !== 'ALL' && !path.includes('*') && !NOT_FIRED.test(path))
      found.set(`${method} ${path}`, { method, path });
  return [...found.values()];
}

export function shots(routes: readonly Route[]): fc.Arbitrary<Shot> {
  return fc
    .tuple(fc.constantFrom(...routes), fc.array(odd, { minLength: 4, maxLength: 4 }), pairs, pairs)
    .map(([{ method, path }, values, query, form]) => {
      let next = 0;
      const filled = path.replaceAll(/:[A-Za-z]+(?:\{[^}]*\})?/g, () => encode(values[next++ % 4] ?? '1'));
      const asked = params(query);
      return {
        method,
        path: asked === '' ? filled : `${filled}?${asked}`,
        body: method === 'GET' || method === 'HEAD' ? undefined : params(form),
      };
    });
}

const encode = (text: string) => encodeURIComponent(text.toWellFormed()) || '0';

function params(given: readonly (readonly [string, string])[]): string {
  const query = new URLSearchParams();
  for (const [name, value] of given) query.append(name, value);
  return query.toString();
}

/** What an answer to anything must never be: a fault of ours, a stack, words of the database, or unguarded. */
export async function faultOf(site: TestSite, shot: Shot): Promise<string | undefined> {
  const { name } = cookieKind(HOST, undefined);
  const isApi = shot.path.startsWith('/api/');
  const response = await site.app.request(`http://${HOST}${shot.path}`, {
    method: shot.method,
    ...(shot.body === undefined ? {} : { body: shot.body }),
    headers: {
      host: HOST,
      origin: `http://${HOST}`,
      cookie: `${name}=${await site.token('admin')}`,
      ...(shot.body === undefined
        ? {}
        : { 'content-type': isApi ? 'application/json' : 'application/x-www-form-urlencoded' }),
    },
  });
  if ((response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    await response.body?.cancel();
    return undefined;
  }
  const text = await response.text();
  if (response.status >= 500 && response.status !== 503) return `answers ${response.status}`;
  const stack =
    /\n\s+at \S+ \(|node_modules|syntax error at|invalid input syntax|violates .* constraint/.exec(text);
  if (stack !== null) return `shows ${JSON.stringify(stack[0])}`;
  if (response.headers.get('content-security-policy') === null) return 'has no content security policy';
  const location = response.headers.get('location');
  if (location !== null && !/^\/(?![/\\])/.test(location)) return `leads to ${location}`;
  if (response.headers.getSetCookie().some(cookie => cookie.startsWith('a=b'))) return 'lets a header in';
  return undefined;
}
