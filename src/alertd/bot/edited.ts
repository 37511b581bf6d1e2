/** A message after something was done about it: its text with a line that says so, and its buttons as things stand now. */
import type { InlineKeyboardButton, Message, MessageEntity } from 'grammy/types';
import { TELEGRAM_LIMIT } from '../../message/telegram-lines.ts';
import { alertOfButton } from './button.ts';

export type Keyboard = readonly (readonly InlineKeyboardButton[])[];

/** What of a message can be edited. */
export interface Editable {
  readonly text: string;
  readonly entities: readonly MessageEntity[];
  readonly keyboard: Keyboard;
}

/** Lines about what was done begin with one of these, and nothing else that we write does. */
const MARKS = ['✓ ', '↩ ', 'ℹ '];
/** The latest so many are kept. */
const MOST_NOTES = 8;

export function editableOf(message: Message): Editable {
  return {
    text: message.text ?? '',
    entities: message.entities ?? [],
    keyboard: message.reply_markup?.inline_keyboard ?? [],
  };
}

/** @param note begins with a mark; once, however often it is added */
export function withNote({ text, entities, keyboard }: Editable, note: string): Editable {
  const lines = text.split('\n');
  let end = lines.length;
  while (end > 0 && MARKS.some(mark => lines[end - 1]?.startsWith(mark))) end -= 1;
  const body = lines.slice(0, end).join('\n').trimEnd();
  const before = lines.slice(end);
  const notes = (before.includes(note) ? before : [...before, note]).slice(-MOST_NOTES).join('\n');
  const kept = fitting(body, TELEGRAM_LIMIT - notes.length - 2);
  return { text: `${kept}\n\n${notes}`, entities: within(entities, kept.length), keyboard };
}

/** The row of that alert becomes `row`; an empty one goes away. */
export function withRow(
  { text, entities, keyboard }: Editable,
  alertId: number,
  row: readonly InlineKeyboardButton[],
): Editable {
  const rows = keyboard.map(old => (old.some(button => alertOf(button) === alertId) ? row : old));
  return { text, entities, keyboard: rows.filter(one => one.length > 0) };
}

/** The number that this alert has in the text, as its buttons say it. */
export function numberOf(keyboard: Keyboard, alertId: number): number | undefined {
  const button = keyboard.flat().find(one => alertOf(one) === alertId);
  const number = /^(\d{1,2}) /.exec(button?.text ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

function alertOf(button: InlineKeyboardButton): number | undefined {
  return 'callback_data' in button ? alertOfButton(button.callback_data) : undefined;
}

/** By whole lines, so that no word and no pair of surrogates is cut. */
function fitting(body: string, most: number): string {
  if (body.length <= most) return body;
  const cut = body.slice(0, most - 1);
  const lastLine = cut.lastIndexOf('\n');
  return `${lastLine > 0 ? cut.slice(0, lastLine) : cut.replace(/[\ud800-\udbff]$/, '')}…`;
}

function within(entities: readonly MessageEntity[], length: number): MessageEntity[] {
  return entities.flatMap(entity => {
    const left = Math.min(entity.length, length - entity.offset);
    return left > 0 ? [{ ...entity, length: left }] : [];
  });
}
