/**
 * The cookie of a signed-in browser: 256 random bits that mean nothing by themselves. The database knows their SHA-256,
 * so whoever reads it there cannot come in with it. Pure.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

/** As long as a session lasts at most; see session_longest() in sql/. */
const MOST_S = 30 * 24 * 60 * 60;
const BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

export interface CookieKind {
  readonly name: string;
  readonly secure: boolean;
}

/**
 * Where people come by https the browser keeps it for https and this very host (RFC 6265bis, 4.1.3.2). Elsewhere its name
 * carries the port: browsers share cookies between the ports of a machine, and two netureons may run on one.
 * @param host as the request says it: `127.0.0.1:8080`
 */
export function cookieKind(host: string, publicUrl: string | undefined): CookieKind {
  if (publicUrl?.toLowerCase().startsWith('https://') === true)
    return { name: '__Host-netureon', secure: true };
  return { name: `netureon_${/:(\d{1,5})$/.exec(host)?.[1] ?? '80'}`, secure: false };
}

export function newToken(random: (bytes: number) => Uint8Array): string {
  return Buffer.from(random(BYTES)).toString('base64url');
}

export function tokenHash(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** Undefined: none that could be ours. */
export function readToken(c: Context, publicUrl: string | undefined): string | undefined {
  const token = getCookie(c, kindOf(c, publicUrl).name);
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

export function keepToken(c: Context, publicUrl: string | undefined, token: string): void {
  const { name, secure } = kindOf(c, publicUrl);
  setCookie(c, name, token, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge: MOST_S });
}

export function forgetToken(c: Context, publicUrl: string | undefined): void {
  const { name, secure } = kindOf(c, publicUrl);
  deleteCookie(c, name, { path: '/', httpOnly: true, sameSite: 'Lax', secure });
}

function kindOf(c: Context, publicUrl: string | undefined): CookieKind {
  return cookieKind(c.req.header('host') ?? '', publicUrl);
}
