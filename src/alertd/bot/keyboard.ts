/** Which buttons stand under a message: a row for each alert that asks for something, as things stand with it. */
import type { InlineKeyboardButton } from 'grammy/types';
import type { AlertKind } from '../../store/alert-kinds.ts';
import { signButton, type Button, type ButtonAction } from './button.ts';

/** How things stand with an alert, as far as buttons go. */
export interface Standing {
  readonly alertId: number;
  readonly kind: AlertKind;
  readonly deviceId: number | null;
  readonly state: string | null;
  /** Its cause has not ended, and nobody has answered it. */
  readonly open: boolean;
  readonly acknowledged: boolean;
  /** The decision that can be taken back. */
  readonly change: number | null;
  /** The mute that can be ended. */
  readonly mute: number | null;
}

export interface Signing {
  readonly key: Uint8Array;
  readonly expiresAt: Date;
  readonly nonce: string;
}

/** Buttons are good for so long; the database takes no older ones. */
export const BUTTON_LIFE_MS = 7 * 24 * 3600 * 1000;

const LABELS: Readonly<Record<ButtonAction, string>> = {
  accept: 'Known',
  ignore: 'Ignore',
  block: 'Block',
  undo: '↩ Undo',
  mute: 'Mute 1 h',
  unmute: 'Unmute',
  acknowledge: 'Acknowledge',
  unacknowledge: '↩ Undo',
};

/** Going and coming is no reason to block anybody. */
const HARMLESS: ReadonlySet<AlertKind> = new Set(['device_down', 'device_back']);

/** @param number of the alert in the text; undefined: there is one only. May be empty. */
export function rowOf(
  standing: Standing,
  number: number | undefined,
  signing: Signing,
): InlineKeyboardButton[] {
  const { alertId, state } = standing;
  return actionsFor(standing).map(([action, ref]) => {
    const button: Button = {
      action,
      alertId,
      state,
      ref,
      expiresAt: signing.expiresAt,
      nonce: signing.nonce,
    };
    const label = LABELS[action];
    return {
      text: number === undefined ? label : `${number} ${label}`,
      callback_data: signButton(signing.key, button),
    };
  });
}

type Offer = readonly [action: ButtonAction, ref: number | null];

function actionsFor(standing: Standing): Offer[] {
  if (standing.change !== null) return [['undo', standing.change]];
  return [...decisions(standing), ...acknowledging(standing), muting(standing)];
}

function decisions({ deviceId, state, kind }: Standing): Offer[] {
  if (deviceId === null) return [];
  if (state === 'new') return offers('accept', 'ignore', 'block');
  if (state === 'blocked') return offers('accept', 'ignore');
  return HARMLESS.has(kind) ? [] : offers('block');
}

/** Who decides has answered; what asks for no decision is acknowledged. */
function acknowledging({ state, open, acknowledged }: Standing): Offer[] {
  if (acknowledged) return offers('unacknowledge');
  return open && state !== 'new' ? offers('acknowledge') : [];
}

function muting({ mute }: Standing): Offer {
  return mute === null ? ['mute', null] : ['unmute', mute];
}

function offers(...actions: ButtonAction[]): Offer[] {
  return actions.map(action => [action, null]);
}
