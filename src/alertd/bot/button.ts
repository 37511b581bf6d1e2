/**
 * What a button under a message says when it is pressed: `callback_data`, at most 64 bytes of which the client shows
 * none. Signed with the site's key, so that nobody can have the bot do what no message offered.
 *
 * It is base64url (RFC 4648 section 5) of: action and state (2 octets, ASCII), alert (6), device (6, 0: none), what is taken
 * back (6, 0: nothing), minutes since 1970 (4), nonce (6, ASCII), and 15 octets of HMAC-SHA-256 over all that.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Beside each, its letter. */
const ACTIONS = {
  accept: 'k',
  ignore: 'i',
  block: 'b',
  undo: 'u',
  mute: 'm',
  unmute: 'x',
  acknowledge: 'a',
  unacknowledge: 'r',
} as const;
export type ButtonAction = keyof typeof ACTIONS;

const STATES: Readonly<Record<string, string>> = {
  new: 'n',
  known: 'k',
  ignored: 'i',
  blocked: 'b',
  archived: 'p',
};
const NO_STATE = '-';

export interface Button {
  readonly action: ButtonAction;
  readonly alertId: number;
  /** The device that the message was about, and the only one that it acts on; null: none. */
  readonly deviceId: number | null;
  /** The device's when the button was made; null: the alert is about none. */
  readonly state: string | null;
  /** The change or mute that is taken back. */
  readonly ref: number | null;
  /** To the minute. */
  readonly expiresAt: Date;
  /** Six characters that tell this message's buttons from another's. */
  readonly nonce: string;
}

export interface PressedButton extends Button {
  /** UUID: a button acts once. The same for every copy of one message. */
  readonly linkId: string;
}

const PAYLOAD_LENGTH = 30;
const TAG_LENGTH = 15;
/** Three octets are four characters, so that each button has one spelling. */
const BUTTON_LENGTH = ((PAYLOAD_LENGTH + TAG_LENGTH) * 4) / 3;

export function signButton(key: Uint8Array, button: Button): string {
  const payload = payloadOf(button);
  return Buffer.concat([payload, tagOf(key, payload)]).toString('base64url');
}

/** undefined: we did not make it. Whether it is too old is for the database to say. */
export function readButton(key: Uint8Array, data: string): PressedButton | undefined {
  if (data.length !== BUTTON_LENGTH || !/^[\w-]+$/.test(data)) return undefined;
  const bytes = Buffer.from(data, 'base64url');
  const payload = bytes.subarray(0, PAYLOAD_LENGTH);
  if (!timingSafeEqual(bytes.subarray(PAYLOAD_LENGTH), tagOf(key, payload))) return undefined;
  const [letter = '', stateLetter = ''] = payload.toString('latin1', 0, 2);
  const action = keyOf(ACTIONS, letter);
  const state = stateLetter === NO_STATE ? null : keyOf(STATES, stateLetter);
  if (action === undefined || state === undefined) return undefined;
  const button = {
    action,
    state,
    alertId: payload.readUIntBE(2, 6),
    deviceId: payload.readUIntBE(8, 6) || null,
    ref: payload.readUIntBE(14, 6) || null,
    expiresAt: new Date(payload.readUInt32BE(20) * 60_000),
    nonce: payload.toString('latin1', 24),
  };
  return { ...button, linkId: linkIdOf(key, button) };
}

/** The same for every try of one message. @param of its key, or what else it came from */
export function nonceOf(of: string): string {
  return createHash('sha256').update(of).digest('base64url').slice(0, 6);
}

/** The alert that a button is about, without looking at its signature: for whose row it stands in. */
export function alertOfButton(data: string): number | undefined {
  const bytes = Buffer.from(data, 'base64url');
  return bytes.length === PAYLOAD_LENGTH + TAG_LENGTH ? bytes.readUIntBE(2, 6) : undefined;
}

/** @throws RangeError on an id of 2^48 or more: the database counts from 1 */
function payloadOf({ action, state, alertId, deviceId, ref, expiresAt, nonce }: Button): Buffer {
  const payload = Buffer.alloc(PAYLOAD_LENGTH);
  payload.write(ACTIONS[action], 0, 'latin1');
  payload.write(state === null ? NO_STATE : (STATES[state] ?? NO_STATE), 1, 'latin1');
  payload.writeUIntBE(alertId, 2, 6);
  payload.writeUIntBE(deviceId ?? 0, 8, 6);
  payload.writeUIntBE(ref ?? 0, 14, 6);
  payload.writeUInt32BE(Math.floor(expiresAt.getTime() / 60_000), 20);
  payload.write(nonce, 24, 'latin1');
  return payload;
}

/** 120 bits of HMAC-SHA-256 (RFC 2104, section 5: not less than 80). */
function tagOf(key: Uint8Array, payload: Buffer): Buffer {
  return createHmac('sha256', key)
    .update('netureon button\n')
    .update(payload)
    .digest()
    .subarray(0, TAG_LENGTH);
}

/** Without the time: a repeated try of a message has buttons that end later, and they are the same buttons. */
function linkIdOf(key: Uint8Array, { action, alertId, ref, nonce }: Button): string {
  const digest = createHmac('sha256', key).update(
    `netureon button use\n${action}.${alertId}.${ref}.${nonce}`,
  );
  return digest
    .digest('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function keyOf<K extends string>(table: Readonly<Record<K, string>>, letter: string): K | undefined {
  for (const key in table) if (table[key] === letter) return key;
  return undefined;
}
