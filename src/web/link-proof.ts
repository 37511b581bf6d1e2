/**
 * The forms behind a link in a message. The page tells no referrer, so that browsers send "Origin: null" with its forms,
 * and where they send no Sec-Fetch-Site either, nothing tells ours from a stranger's. So each of these forms proves that it
 * was read here: who cannot read the page cannot make it. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isLinkAction, type LinkAction } from '../message/links.ts';
import { checkId } from './forms.ts';

/** Keeps a signature of this kind from ever being one of another. */
const DOMAIN = 'netureon link form\0';

/** @param what the form does */
export function proofOf(key: Uint8Array, token: string, what: string): string {
  return createHmac('sha256', key).update(`${DOMAIN}${token}\0${what}`).digest('base64url');
}

export function isProof(
  key: Uint8Array,
  token: string,
  what: string,
  given: string | null | undefined,
): boolean {
  const right = Buffer.from(proofOf(key, token, what));
  const told = Buffer.from(given ?? '');
  return told.length === right.length && timingSafeEqual(right, told);
}

/** What a link did, with what takes it back: a change of a device, a mute, an alert; null: nothing does. */
export interface Done {
  readonly what: LinkAction;
  readonly id: number | null;
}

/** As it stands in the address after the act: `block.12.PROOF`. */
export function doneText(key: Uint8Array, token: string, { what, id }: Done): string {
  const told = `${what}.${id ?? '-'}`;
  return `${told}.${proofOf(key, token, `done ${told}`)}`;
}

/** Undefined: this did not happen, or by another link. */
export function readDone(key: Uint8Array, token: string, text: string | null | undefined): Done | undefined {
  const [what, id, proof] = text?.split('.', 3) ?? [];
  if (!isLinkAction(what) || !isProof(key, token, `done ${what}.${id ?? ''}`, proof)) return undefined;
  return { what, id: checkId(id) ?? null };
}
