/** The buttons under a message, and the numbers in its text that tell which row is whose. */
import type { InlineKeyboardButton } from 'grammy/types';
import { numbersFor, type AlertNumbers } from '../../message/telegram-html.ts';
import type { AlertKind } from '../../store/alert-kinds.ts';
import type { OutboxAlert } from '../../store/outbox.ts';
import type { Message } from '../channels/channel.ts';
import { nonceOf } from './button.ts';
import { BUTTON_LIFE_MS, rowOf } from './keyboard.ts';

export interface MessageButtons {
  readonly numbers: AlertNumbers;
  /** Row by row; none: there is nothing to do, or too much for buttons. */
  readonly rows: readonly (readonly InlineKeyboardButton[])[];
}

/** More rows than this are longer than the message. */
const MOST_ROWS = 6;
/** These tell, and ask nothing. */
const NOTHING_TO_DO: ReadonlySet<AlertKind> = new Set(['baseline', 'test', 'device_back']);

const NONE: MessageButtons = { numbers: new Map(), rows: [] };

export function messageButtons(message: Message, key: Uint8Array): MessageButtons {
  const alerts = message.alerts.filter(
    ({ kind, resolvedAt }) => !NOTHING_TO_DO.has(kind) && resolvedAt === null,
  );
  if (alerts.length === 0 || alerts.length > MOST_ROWS) return NONE;
  const signing = {
    key,
    expiresAt: new Date(message.composedAt.getTime() + BUTTON_LIFE_MS),
    nonce: nonceOf(message.key),
  };
  // One thing in the message needs no number. A person's own text has none, so buttons there have to speak for themselves.
  if (message.alerts.length === 1)
    return { numbers: NONE.numbers, rows: alerts.map(alert => row(alert, undefined, signing)) };
  if (message.custom !== undefined) return NONE;
  const numbers = numbersFor(message.digest, new Set(alerts.map(({ id }) => id)));
  if (numbers === undefined) return NONE;
  const byNumber = alerts.toSorted((a, b) => (numbers.get(a.id) ?? 0) - (numbers.get(b.id) ?? 0));
  return { numbers, rows: byNumber.map(alert => row(alert, numbers.get(alert.id), signing)) };
}

function row(alert: OutboxAlert, number: number | undefined, signing: Parameters<typeof rowOf>[2]) {
  const { id: alertId, kind, deviceId, deviceState: state, acknowledgedAt } = alert;
  return rowOf(
    {
      alertId,
      kind,
      deviceId,
      state,
      open: true,
      acknowledged: acknowledgedAt !== null,
      change: null,
      mute: null,
    },
    number,
    signing,
  );
}
