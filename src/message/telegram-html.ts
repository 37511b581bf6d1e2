/**
 * A digest in the HTML that Telegram's Bot API takes, within one message (telegram-lines.ts): what does not fit becomes
 * "and N more".
 */
import { count } from '../lib/text.ts';
import type { Composed } from './compose.ts';
import type { DeviceRow } from './device-row.ts';
import type { Digest, Section } from './digest.ts';
import {
  bold,
  code,
  cutText,
  joined,
  line,
  MORE_LENGTH,
  plain,
  ownText,
  size,
  TELEGRAM_LIMIT,
  told,
  type Line,
} from './telegram-lines.ts';

/** The numbers that alerts have in the text, by the alert's id. */
export type AlertNumbers = ReadonlyMap<number, number>;

const NONE: AlertNumbers = new Map();

/** What is sent. @param numbers of what one can act upon: a person's own text has none */
export function telegramText(
  { digest, custom }: Pick<Composed, 'digest' | 'custom'>,
  numbers = NONE,
): string {
  // Telegram takes no empty message.
  if (custom === undefined || `${custom.subject}${custom.text}`.trim() === '')
    return telegramHtml(digest, numbers);
  const head = told(cutText(custom.subject.replace(/\s+/g, ' ').trim(), TELEGRAM_LIMIT / 4), bold);
  const body = ownText(cutText(custom.text, TELEGRAM_LIMIT - head.length - 2));
  return joined(head.length === 0 ? [body] : [head, plain(''), body]);
}

export function telegramHtml(digest: Digest, numbers = NONE): string {
  const sections = digest.sections.map(section => ({ section, ...frameOf(section, numbers) }));
  const lines: Line[] = [];
  let left = TELEGRAM_LIMIT;
  const add = (one: Line) => {
    lines.push(one);
    left -= one.length + 1; // its line break
  };
  if (digest.intro !== undefined) {
    add(plain(digest.intro));
    add(plain(''));
  }
  for (const [index, { section, head, rows, tail }] of sections.entries()) {
    const frame = size(head) + size(tail);
    // Room for "… and N more" here, and for saying that further sections were left out.
    if (frame + 2 * MORE_LENGTH > left) {
      add(plain(`… and ${count(sections.length - index, 'more alert')}`));
      break;
    }
    head.forEach(add);
    let shown = 0;
    for (const row of rows) {
      if (left - row.length - 1 < size(tail) + 2 * MORE_LENGTH) break;
      add(row);
      shown += 1;
    }
    const more = section.more + rows.length - shown;
    if (more > 0) add(plain(`… and ${count(more, 'more', 'more')}`));
    tail.forEach(add);
  }
  return joined(lines);
}

/**
 * Numbers for the alerts that `wanted` has, in the order of the text; undefined where the text does not show each of
 * them at a place of its own, so that a number would say nothing.
 */
export function numbersFor(digest: Digest, wanted: ReadonlySet<number>): AlertNumbers | undefined {
  const numbers = new Map<number, number>();
  for (const section of digest.sections)
    for (const id of placesOf(section)) if (wanted.has(id)) numbers.set(id, numbers.size + 1);
  if (numbers.size !== wanted.size) return undefined;
  const whole = sumOf(
    digest.sections.map(
      section =>
        size(frameOf(section, numbers).head) +
        size(frameOf(section, numbers).tail) +
        size(frameOf(section, numbers).rows),
    ),
  );
  return whole + 2 * MORE_LENGTH <= TELEGRAM_LIMIT ? numbers : undefined;
}

function placesOf({ alertIds, devices }: Section): readonly number[] {
  return alertIds.length === 1 ? alertIds : devices.map(({ alertId }) => alertId);
}

function frameOf(section: Section, numbers: AlertNumbers): { head: Line[]; rows: Line[]; tail: Line[] } {
  const link = section.link === undefined ? [] : [plain(section.link)];
  const [only] = section.alertIds;
  const number = section.alertIds.length === 1 && only !== undefined ? numbers.get(only) : undefined;
  return {
    head: [
      told(number === undefined ? section.title : `${number}. ${section.title}`, bold),
      ...section.facts.map(([label, value]) =>
        line(`${label}: `, label.endsWith('address') ? code(value) : told(value)),
      ),
    ],
    rows: section.devices.map(row =>
      rowLine(row, section.alertIds.length === 1 ? undefined : numbers.get(row.alertId)),
    ),
    tail: [plain(section.advice), ...link, plain('')],
  };
}

function rowLine({ ip, mac, name, vendor }: DeviceRow, number: number | undefined): Line {
  const parts = line(code(ip), ' ', told(name ?? vendor), ' ', code(mac));
  return number === undefined ? parts : line(`${number}. `, parts);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
