/**
 * Lines of Telegram's HTML (https://core.telegram.org/bots/api#html-style) that never exceed a message: at most 4,096
 * UTF-16 units after its entities are parsed, cut by whole lines, so never inside a tag or an entity.
 */
import { count } from '../lib/text.ts';
import { escapeHtml, isLinkable } from './escape.ts';

export const TELEGRAM_LIMIT = 4096;
/** Room for "… and 1,234 more", and its line break. */
export const MORE_LENGTH = 40;

/** One line, as it is sent and as it counts. */
export interface Line {
  readonly html: string;
  readonly length: number;
}

export function plain(text: string): Line {
  return { html: escapeHtml(text), length: text.length };
}

export function bold(text: string): Line {
  return { html: `<b>${escapeHtml(text)}</b>`, length: text.length };
}

export function code(text: string): Line {
  return { html: `<code>${escapeHtml(text)}</code>`, length: text.length };
}

/** What a device may have chosen: nobody is to press it (https://core.telegram.org/api/entities). */
export function told(text: string, shown: (text: string) => Line = plain): Line {
  return isLinkable(text) ? code(text) : shown(text);
}

/** A person's own text: their whole addresses can be pressed, and nothing else, for names may stand in it. */
export function ownText(text: string): Line {
  const words = text.split(/(\s+)/).filter(word => word !== '');
  return line(...words.map(word => (/^https?:\/\//.test(word) ? plain(word) : told(word))));
}

/** Its parts, side by side. */
export function line(...parts: readonly (Line | string)[]): Line {
  const lines = parts.map(part => (typeof part === 'string' ? plain(part) : part));
  return {
    html: lines.map(({ html }) => html).join(''),
    length: lines.reduce((sum, { length }) => sum + length, 0),
  };
}

export function size(lines: readonly Line[]): number {
  return lines.reduce((sum, { length }) => sum + length + 1, 0);
}

export function joined(lines: readonly Line[]): string {
  return lines
    .map(({ html }) => html)
    .join('\n')
    .trimEnd();
}

/** `head`, as many `rows` as fit, how many more there are, and `tail`. @param total how many there are in all */
export function listing(
  head: readonly Line[],
  rows: readonly Line[],
  tail: readonly Line[] = [],
  total: number = rows.length,
): string {
  const shown: Line[] = [];
  let left = TELEGRAM_LIMIT - size(head) - size(tail) - MORE_LENGTH;
  for (const row of rows) {
    left -= row.length + 1;
    if (left < 0) break;
    shown.push(row);
  }
  const more = total - shown.length;
  const rest = more > 0 ? [plain(`… and ${count(more, 'more', 'more')}`)] : [];
  return joined([...head, ...shown, ...rest, ...tail]);
}

/** Text without any markup, cut by lines where that is possible. @param left UTF-16 units */
export function cutText(text: string, left: number): string {
  if (text.length <= left) return text;
  const cut = text.slice(0, left - 1).replace(/[\ud800-\udbff]$/, '');
  const lastLine = cut.lastIndexOf('\n');
  return `${lastLine > cut.length / 2 ? cut.slice(0, lastLine + 1) : cut}…`;
}
