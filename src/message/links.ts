/**
 * Links in messages that act without a login: whoever holds one may decide about one alert, once, for a week. What it
 * says is signed, so that nobody can make one, or turn one into another; a link read right is still only a claim that
 * the database settles (used already? see 000036).
 *
 * A token is base64url (RFC 4648 §5) of: version (1 octet, 1), id (16), alert (8, big-endian), expiry in seconds since
 * 1970 (6), channel (UTF-8), HMAC-SHA-256 (RFC 2104) of all that (32).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const LINK_ACTIONS = ['accept', 'ignore', 'block', 'mute', 'acknowledge'] as const;
export type LinkAction = (typeof LINK_ACTIONS)[number];

export function isLinkAction(text: unknown): text is LinkAction {
  return LINK_ACTIONS.some(action => action === text);
}

export interface SignedLink {
  /** UUID; the database remembers it once it has acted. */
  readonly id: string;
  readonly alertId: number;
  /** The name of the channel that it was sent through. */
  readonly channel: string;
  /** Whole seconds. */
  readonly expiresAt: Date;
}

export type ReadLink =
  | { readonly kind: 'link'; readonly link: SignedLink }
  | { readonly kind: 'expired'; readonly link: SignedLink }
  /** Not ours, changed on the way, or another site's. */
  | { readonly kind: 'forged' };

/** How long a link acts after its message. */
const LINK_DAYS = 7;

const DAY_MS = 24 * 3600 * 1000;
const VERSION = 1;
const MAC_LENGTH = 32;
const FIXED_LENGTH = 1 + 16 + 8 + 6;
/** A channel's name is far shorter; nothing longer is even decoded. */
const LONGEST_TOKEN = 1024;
/** Keeps a signature of this kind from ever being one of another. */
const LINK_DOMAIN = 'netureon link\0';
const ID_DOMAIN = 'netureon link id\0';

export function signLink(key: Uint8Array, link: SignedLink): string {
  const body = Buffer.alloc(FIXED_LENGTH);
  body.writeUInt8(VERSION, 0);
  body.write(link.id.replaceAll('-', ''), 1, 'hex');
  body.writeBigUInt64BE(BigInt(link.alertId), 17);
  body.writeUIntBE(Math.floor(link.expiresAt.getTime() / 1000), 25, 6);
  const signed = Buffer.concat([body, Buffer.from(link.channel)]);
  return Buffer.concat([signed, macOf(key, LINK_DOMAIN, signed)]).toString('base64url');
}

export function readLink(key: Uint8Array, token: string, now: Date): ReadLink {
  if (token.length > LONGEST_TOKEN || !/^[\w-]+$/.test(token)) return { kind: 'forged' };
  const bytes = Buffer.from(token, 'base64url');
  // One token has one spelling: the last character's unused bits are not another.
  if (bytes.length < FIXED_LENGTH + MAC_LENGTH || bytes.toString('base64url') !== token)
    return { kind: 'forged' };
  const signed = bytes.subarray(0, -MAC_LENGTH);
  if (!timingSafeEqual(macOf(key, LINK_DOMAIN, signed), bytes.subarray(-MAC_LENGTH)))
    return { kind: 'forged' };
  if (signed[0] !== VERSION) return { kind: 'forged' };
  const link: SignedLink = {
    id: uuidOf(signed.subarray(1, 17)),
    alertId: Number(signed.readBigUInt64BE(17)),
    expiresAt: new Date(signed.readUIntBE(25, 6) * 1000),
    channel: signed.subarray(FIXED_LENGTH).toString(),
  };
  return { kind: link.expiresAt > now ? 'link' : 'expired', link };
}

/**
 * The one link of an alert in a channel. It follows from what it is about, so that a message that is tried again
 * carries the same links, and acting through one uses up all of them. It ends a week after the day, counted from the alert,
 * in which it is made.
 */
export function linkOf(
  key: Uint8Array,
  alert: { readonly id: number; readonly openedAt: Date },
  channel: string,
  now: Date,
): SignedLink {
  const days = Math.max(0, Math.floor((now.getTime() - alert.openedAt.getTime()) / DAY_MS));
  const expires = alert.openedAt.getTime() + (days + LINK_DAYS) * DAY_MS;
  return {
    id: uuidOf(macOf(key, ID_DOMAIN, Buffer.from(`${alert.id}\0${channel}`)).subarray(0, 16)),
    alertId: alert.id,
    channel,
    expiresAt: new Date(Math.floor(expires / 1000) * 1000),
  };
}

/** Makes the addresses of the links in one site's messages. */
export interface LinkSigner {
  /** Without what it does: `…?do=accept` is for the caller to add. */
  urlOf(alert: { readonly id: number; readonly openedAt: Date }, channel: string): string;
}

/** @param publicUrl where people reach the site, without a slash at the end */
export function linkSigner(key: Uint8Array, publicUrl: string, now: () => Date): LinkSigner {
  return {
    urlOf: (alert, channel) => `${publicUrl}/l/${signLink(key, linkOf(key, alert, channel, now()))}`,
  };
}

function macOf(key: Uint8Array, domain: string, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(domain).update(bytes).digest();
}

/** As it is written everywhere (RFC 9562 §4), whatever its version. */
function uuidOf(bytes: Buffer): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
