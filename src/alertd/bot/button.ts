/**
 * What a button under a message says when it is pressed: `callback_data`, at most 64 bytes of which the client shows
 * none. Signed with the site's key, so that nobody can have the bot do what no message offered.
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

export function signButton(key: Uint8Array, button: Button): string {
  const payload = payloadOf(button);
  return `${payload}.${tagOf(key, payload).toString('base64url')}`;
}

/** undefined: we did not make it. Whether it is too old is for the database to say. */
export function readButton(key: Uint8Array, data: string): PressedButton | undefined {
  const match =
    /^([a-z])([a-z-])\.([0-9a-z]{1,11})\.([0-9a-z]{0,11})\.([0-9a-z]{1,8})\.([\w-]{6})\.([\w-]{22})$/.exec(
      data,
    );
  if (match === null) return undefined;
  const [, letter = '', stateLetter = '', alert = '', ref = '', minutes = '', nonce = '', tag = ''] = match;
  const given = Buffer.from(tag, 'base64url');
  const wanted = tagOf(key, data.slice(0, -tag.length - 1));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const action = keyOf(ACTIONS, letter);
  const state = stateLetter === NO_STATE ? null : keyOf(STATES, stateLetter);
  if (action === undefined || state === undefined) return undefined;
  const button = {
    action,
    state,
    alertId: Number.parseInt(alert, 36),
    ref: ref === '' ? null : Number.parseInt(ref, 36),
    expiresAt: new Date(Number.parseInt(minutes, 36) * 60_000),
    nonce,
  };
  return { ...button, linkId: linkIdOf(key, button) };
}

/** The same for every try of one message. @param of its key, or what else it came from */
export function nonceOf(of: string): string {
  return createHash('sha256').update(of).digest('base64url').slice(0, 6);
}

/** The alert that a button is about, without looking at its signature: for whose row it stands in. */
export function alertOfButton(data: string): number | undefined {
  const alert = /^[a-z][a-z-]\.([0-9a-z]{1,11})\./.exec(data)?.[1];
  return alert === undefined ? undefined : Number.parseInt(alert, 36);
}

function payloadOf({ action, state, alertId, ref, expiresAt, nonce }: Button): string {
  const minutes = Math.floor(expiresAt.getTime() / 60_000);
  return [
    `${ACTIONS[action]}${state === null ? NO_STATE : (STATES[state] ?? NO_STATE)}`,
    alertId.toString(36),
    ref === null ? '' : ref.toString(36),
    minutes.toString(36),
    nonce,
  ].join('.');
}

/** 128 bits of HMAC-SHA-256 (RFC 2104, section 5: half of the output). */
function tagOf(key: Uint8Array, payload: string): Buffer {
  return createHmac('sha256', key).update(`netureon button\n${payload}`).digest().subarray(0, 16);
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
