/**
 * What tries to sign in are counted by. A browser that has signed in before holds a device cookie (OWASP, "Slow Down
 * Online Guessing Attacks with Device Cookies"): its tries count for itself alone, so nobody elsewhere can use up the
 * owner's. Everybody else's count for the name and for the address. Pure.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Budget } from '../store/sign-in.ts';
import { userKey } from '../store/users.ts';

const DEVICE = 'netureon device cookie\0';
const MINUTE = 60;

/** @param key the site's own, from the database */
export function deviceCookie(key: Uint8Array, userId: number, nonce: string): string {
  const proof = createHmac('sha256', key).update(`${DEVICE}${userId}\0${nonce}`).digest('base64url');
  return `${nonce}.${proof}`;
}

export function isDeviceOf(key: Uint8Array, userId: number, cookie: string | undefined): boolean {
  const nonce = cookie?.split('.', 1)[0] ?? '';
  const right = Buffer.from(deviceCookie(key, userId, nonce));
  const given = Buffer.from(cookie ?? '');
  return nonce !== '' && given.length === right.length && timingSafeEqual(given, right);
}

export interface Trier {
  readonly name: string;
  readonly address: string | null;
  /** A cookie that is known to be this user's; else undefined. */
  readonly device: string | undefined;
}

export function passwordBudgets({ name, address, device }: Trier): Budget[] {
  if (device !== undefined) return [{ bucket: hash(`device ${device}`), free: 5, most: MINUTE }];
  return [
    { bucket: hash(`name ${userKey(name)}`), free: 5, most: MINUTE },
    ...(address === null ? [] : [{ bucket: hash(`address ${address}`), free: 20, most: 15 * MINUTE }]),
  ];
}

/** Codes have six digits: guessing them is for who knows the password, and slow. */
export function codeBudgets(userId: number, device: string | undefined): Budget[] {
  return [
    device === undefined
      ? { bucket: hash(`code ${userId}`), free: 5, most: 15 * MINUTE }
      : { bucket: hash(`code ${userId} device ${device}`), free: 5, most: 5 * MINUTE },
  ];
}

/**
 * What is forgotten when somebody has come in. Not the address: who has an account of their own could else guess at
 * others' for ever from there.
 */
export function ownBuckets(trier: Trier, userId: number): Uint8Array[] {
  return [...passwordBudgets({ ...trier, address: null }), ...codeBudgets(userId, trier.device)].map(
    ({ bucket }) => bucket,
  );
}

function hash(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
