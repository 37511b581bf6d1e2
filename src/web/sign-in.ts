/** From a name, a password and perhaps a code to somebody who is signed in. Whatever is wrong, the answer is the same. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { linkKey } from '../store/links.ts';
import {
  forgetTries,
  ownAccount,
  renewPasswordHash,
  signInUser,
  takeRecoveryCode,
  takeTotpStep,
  trySignIn,
} from '../store/sign-in.ts';
import { closeWebSession, openWebSession } from '../store/web-sessions.ts';
import { addressGroup, clientAddress } from './client-address.ts';
import type { SiteOptions } from './options.ts';
import { cookieKind, keepToken, newToken, readToken, tokenHash } from './session-cookie.ts';
import {
  codeBudgets,
  deviceCookie,
  isDeviceOf,
  ownBuckets,
  passwordBudgets,
  type Trier,
} from './sign-in-tries.ts';
import { recoveryHash, stepOf } from './totp.ts';

export type SignIn =
  | { readonly kind: 'in' }
  /** The password was right; `pending` says so for five minutes. */
  | { readonly kind: 'code'; readonly pending: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'late' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'busy' };

export async function signInByPassword(
  c: Context,
  options: SiteOptions,
  typed: { readonly name: string; readonly password: string },
): Promise<SignIn> {
  const { dbs, site, people, clock } = options;
  const { own } = dbs;
  const [user, key] = await Promise.all([signInUser(own, site, typed.name), linkKey(own, site)]);
  const trier = trierOf(c, options, key, user?.userId ?? 0, typed.name);
  const seconds = await trySignIn(own, site, passwordBudgets(trier));
  if (seconds > 0) return { kind: 'wait', seconds };
  const verdict = await people.hasher.verify(typed.password, user?.password ?? null);
  if (verdict.is === 'busy') return { kind: 'busy' };
  if (verdict.is === 'wrong' || user === undefined || user.password === null) return { kind: 'wrong' };
  if (verdict.isStale) {
    const hash = await people.hasher.hash(typed.password);
    if (hash !== undefined) await renewPasswordHash(own, site, user.userId, user.password, hash);
  }
  if (user.totpSecret !== null)
    return { kind: 'code', pending: pendingOf(key, user.userId, user.password, clock.now()) };
  await forgetTries(own, site, ownBuckets(trier, user.userId));
  await enter(c, options, user.userId);
  return { kind: 'in' };
}

export async function signInByCode(
  c: Context,
  options: SiteOptions,
  { pending, code }: { readonly pending: string; readonly code: string },
): Promise<SignIn> {
  const { dbs, site, clock } = options;
  const { own } = dbs;
  const key = await linkKey(own, site);
  const userId = Number(/^(\d{1,15})\./.exec(pending)?.[1] ?? 0);
  const user = await ownAccount(own, site, userId);
  if (user === undefined || user.password === null || user.totpAt === null || user.totpSecret === null)
    return { kind: 'late' };
  if (!isPending(key, pending, userId, user.password, clock.now())) return { kind: 'late' };
  const trier = trierOf(c, options, key, userId, user.name);
  const seconds = await trySignIn(own, site, codeBudgets(userId, trier.device));
  if (seconds > 0) return { kind: 'wait', seconds };
  if (!(await isCode(options, userId, user.totpSecret, code))) return { kind: 'wrong' };
  await forgetTries(own, site, ownBuckets(trier, userId));
  await enter(c, options, userId);
  return { kind: 'in' };
}

/** A code of now that was not taken before, or a recovery code, which is used up by it. */
export async function isCode(
  { dbs, site, clock }: SiteOptions,
  userId: number,
  secret: string,
  code: string,
): Promise<boolean> {
  const step = stepOf(secret, code, clock.now());
  if (step !== undefined) return takeTotpStep(dbs.own, site, userId, step);
  const hash = recoveryHash(code);
  return hash !== undefined && takeRecoveryCode(dbs.own, site, userId, hash);
}

/** A new token at each sign-in: whoever has put one into this browser before knows nothing (session fixation). */
export async function enter(c: Context, options: SiteOptions, userId: number): Promise<void> {
  const { dbs, site, publicUrl, people } = options;
  const before = readToken(c, publicUrl);
  if (before !== undefined) await closeWebSession(dbs.own, site, tokenHash(before));
  const token = newToken(people.random);
  await openWebSession(dbs.own, site, {
    userId,
    tokenHash: tokenHash(token),
    agent: c.req.header('user-agent') ?? '',
    address: clientAddress(c, people.trusts),
  });
  keepToken(c, publicUrl, token);
  const key = await linkKey(dbs.own, site);
  const { name, secure } = cookieKind(c.req.header('host') ?? '', publicUrl);
  setCookie(c, `${name}_known`, deviceCookie(key, userId, newToken(people.random)), {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure,
    maxAge: 365 * 24 * 60 * 60,
  });
}

function trierOf(
  c: Context,
  { people, publicUrl }: SiteOptions,
  key: Uint8Array,
  userId: number,
  name: string,
): Trier {
  const cookie = getCookie(c, `${cookieKind(c.req.header('host') ?? '', publicUrl).name}_known`);
  return {
    name,
    address: addressGroup(clientAddress(c, people.trusts)),
    device: isDeviceOf(key, userId, cookie) ? cookie : undefined,
  };
}

const PENDING_MS = 5 * 60 * 1000;
const PENDING = 'netureon pending sign-in\0';

/** Bound to the password, so that a new one ends it. */
function pendingOf(key: Uint8Array, userId: number, phc: string, now: Date): string {
  const until = now.getTime() + PENDING_MS;
  return `${userId}.${until}.${signature(key, userId, until, phc)}`;
}

function isPending(key: Uint8Array, pending: string, userId: number, phc: string, now: Date): boolean {
  const [, until = '', given = ''] = pending.split('.', 3);
  const right = Buffer.from(signature(key, userId, Number(until), phc));
  const told = Buffer.from(given);
  return Number(until) > now.getTime() && told.length === right.length && timingSafeEqual(told, right);
}

function signature(key: Uint8Array, userId: number, until: number, phc: string): string {
  return createHmac('sha256', key).update(`${PENDING}${userId}\0${until}\0${phc}`).digest('base64url');
}
