/**
 * A digest in the HTML that Telegram's Bot API takes (https://core.telegram.org/bots/api#html-style): at most 4,096
 * UTF-16 units after its entities are parsed (sendMessage), cut by whole lines.
 */
import { count } from '../lib/text.ts';
import type { DeviceRow } from './device-row.ts';
import type { Digest, Section } from './digest.ts';
import { escapeHtml as e } from './escape.ts';

const LIMIT = 4096;

/** One line, as it is sent and as it counts. */
interface Line {
  readonly html: string;
  readonly length: number;
}

export function telegramHtml(digest: Digest): string {
  const sections = digest.sections.map(section => ({ section, ...frameOf(section) }));
  const lines: Line[] = [];
  let left = LIMIT;
  const add = (line: Line) => {
    lines.push(line);
    left -= line.length + 1; // its line break
  };
  for (const [index, { section, head, rows, tail }] of sections.entries()) {
    const frame = size(head) + size(tail);
    // Room for "… and N more" here, and for saying that further sections were left out.
    if (frame + 2 * MORE > left) {
      add(plain(`… and ${count(sections.length - index, 'more alert')}`));
      break;
    }
    head.forEach(add);
    let shown = 0;
    for (const row of rows) {
      if (left - row.length - 1 < size(tail) + 2 * MORE) break;
      add(row);
      shown += 1;
    }
    const more = section.more + rows.length - shown;
    if (more > 0) add(plain(`… and ${count(more, 'more', 'more')}`));
    tail.forEach(add);
  }
  return lines
    .map(({ html }) => html)
    .join('\n')
    .trimEnd();
}

const MORE = 40;

function frameOf(section: Section): { head: Line[]; rows: Line[]; tail: Line[] } {
  const advice = plain(section.advice);
  const link = section.link === undefined ? [] : [plain(section.link)];
  return {
    head: [
      { html: `<b>${e(section.title)}</b>`, length: section.title.length },
      ...section.facts.map(([label, value]) => ({
        html: `${e(label)}: ${label.endsWith('address') ? `<code>${e(value)}</code>` : e(value)}`,
        length: label.length + 2 + value.length,
      })),
    ],
    rows: section.devices.map(rowLine),
    tail: [advice, ...link, plain('')],
  };
}

function rowLine({ ip, mac, name, vendor }: DeviceRow): Line {
  const who = name ?? vendor;
  return {
    html: `<code>${e(ip)}</code> ${e(who)} <code>${e(mac)}</code>`,
    length: ip.length + who.length + mac.length + 2,
  };
}

function plain(text: string): Line {
  return { html: e(text), length: text.length };
}

function size(lines: readonly Line[]): number {
  return lines.reduce((sum, { length }) => sum + length + 1, 0);
}
