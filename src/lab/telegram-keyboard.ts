/** Inline keyboards as the Bot API takes them (https://core.telegram.org/bots/api#inlinekeyboardmarkup). */
import { TelegramRefusal } from './telegram-refusal.ts';

export interface TelegramButton {
  readonly text: string;
  /** 1-64 bytes. */
  readonly data?: string;
  readonly url?: string;
}

export type TelegramKeyboard = readonly (readonly TelegramButton[])[];

/** What the real server keeps: more are refused. */
const MOST_BUTTONS = 100;
const MOST_IN_ROW = 8;
const DATA_BYTES = 64;

/** @param markup the `reply_markup` of a request: an object, or its JSON; without it there are no buttons */
export function checkKeyboard(markup: unknown): TelegramKeyboard | TelegramRefusal {
  if (markup === undefined || markup === '') return [];
  const parsed = typeof markup === 'string' ? parseJson(markup) : markup;
  const rows = fieldOf(parsed, 'inline_keyboard');
  if (!Array.isArray(rows)) return refused("object expected as reply markup, with a field 'inline_keyboard'");
  const keyboard: TelegramButton[][] = [];
  for (const row of rows) {
    if (!Array.isArray(row))
      return refused("can't parse inline keyboard: expected an Array of Array of buttons");
    const buttons: TelegramButton[] = [];
    for (const given of row) {
      const button = checkButton(given);
      if (button instanceof TelegramRefusal) return button;
      buttons.push(button);
    }
    if (buttons.length > MOST_IN_ROW) return refused('reply markup is too long');
    keyboard.push(buttons);
  }
  if (keyboard.flat().length > MOST_BUTTONS) return refused('reply markup is too long');
  // The real one drops empty rows.
  return keyboard.filter(row => row.length > 0);
}

function checkButton(button: unknown): TelegramButton | TelegramRefusal {
  const text = fieldOf(button, 'text');
  if (typeof text !== 'string' || text.trim() === '')
    return refused('can\'t parse inline keyboard button: field "text" must be of type String and not empty');
  const data = fieldOf(button, 'callback_data');
  const url = fieldOf(button, 'url');
  if ((data === undefined) === (url === undefined))
    return refused("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
  if (url !== undefined) {
    if (typeof url !== 'string' || !/^(?:https?|tg):\/\/\S+$/.test(url)) return refused('BUTTON_URL_INVALID');
    return { text, url };
  }
  if (typeof data !== 'string' || data === '' || Buffer.byteLength(data) > DATA_BYTES)
    return refused('BUTTON_DATA_INVALID');
  return { text, data };
}

/** As it is told in messages. */
export function markupOf(keyboard: TelegramKeyboard): Readonly<Record<string, unknown>> {
  if (keyboard.length === 0) return {};
  const rows = keyboard.map(row =>
    row.map(({ text, data, url }) => (data === undefined ? { text, url } : { text, callback_data: data })),
  );
  return { reply_markup: { inline_keyboard: rows } };
}

export function refused(what: string): TelegramRefusal {
  return new TelegramRefusal(400, `Bad Request: ${what}`);
}

export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(key)
    : undefined;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told by whoever expected something else
  }
}
