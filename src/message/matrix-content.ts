/**
 * A message as the content of m.room.message (Matrix client-server API §11.2.1): plain text, and the same in the HTML
 * that clients are asked to show. An event takes 65,536 bytes in all (§5.6), so both are kept well below.
 */
import { count } from '../lib/text.ts';
import type { Composed } from './compose.ts';
import type { DeviceRow } from './device-row.ts';
import type { Digest, Section } from './digest.ts';
import { escapeHtml as e, isLinkable } from './escape.ts';

/** Of each of the two, in UTF-8; JSON's quoting may double neither of them beyond the event's size. */
const MOST_BYTES = 14_000;

/** m.text: what is m.notice makes no sound with the usual push rules (§13.13.1.4). */
export function matrixContent({ digest, custom }: Composed) {
  const { plain, html } = custom === undefined ? digestText(digest) : customText(custom);
  return { msgtype: 'm.text', body: plain, format: 'org.matrix.custom.html', formatted_body: html };
}

interface Line {
  readonly plain: string;
  readonly html: string;
}

interface Block {
  readonly lines: readonly Line[];
  /** Around the lines, in HTML. */
  readonly tag: 'p' | 'ul';
}

function customText({ subject, text }: { readonly subject: string; readonly text: string }): Line {
  const lines = text.split('\n').map(line => ({ plain: line, html: e(line) }));
  return within([
    { tag: 'p', lines: [bold(subject)] },
    { tag: 'p', lines },
  ]);
}

function digestText(digest: Digest): Line {
  const { intro } = digest;
  return within([
    ...(intro === undefined ? [] : [{ tag: 'p', lines: [text(intro)] } as const]),
    ...digest.sections.flatMap(sectionBlocks),
    { tag: 'p', lines: [{ plain: digest.footer, html: `<em>${e(digest.footer)}</em>` }] },
  ]);
}

function sectionBlocks(section: Section): Block[] {
  const { title, facts, devices, more, advice, link } = section;
  const rows = [
    ...facts.map(([label, value]) => factLine(label, value)),
    ...devices.map(rowLine),
    ...(more > 0 ? [text(`… and ${count(more, 'more', 'more')}`)] : []),
  ];
  return [
    { tag: 'p', lines: [bold(title)] },
    ...(rows.length === 0 ? [] : [{ tag: 'ul', lines: rows } as const]),
    { tag: 'p', lines: [text(advice), ...(link === undefined ? [] : [linkLine(link)])] },
  ];
}

function factLine(label: string, value: string): Line {
  const shown = label.endsWith('address') ? `<code>${e(value)}</code>` : told(value);
  return { plain: `${label}: ${value}`, html: `${e(label)}: ${shown}` };
}

function rowLine({ ip, mac, name, vendor, url }: DeviceRow): Line {
  const who = name ?? vendor;
  const shown = url === undefined ? told(who) : `<a href="${e(url)}">${e(who)}</a>`;
  return { plain: `${ip}  ${who}  ${mac}`, html: `<code>${e(ip)}</code> ${shown} <code>${e(mac)}</code>` };
}

function bold(line: string): Line {
  return { plain: line, html: `<strong>${told(line)}</strong>` };
}

/** Clients make links of what looks like one, but not within code. */
function told(line: string): string {
  return isLinkable(line) ? `<code>${e(line)}</code>` : e(line);
}

function text(line: string): Line {
  return { plain: line, html: e(line) };
}

function linkLine(url: string): Line {
  return { plain: url, html: `<a href="${e(url)}">${e(url)}</a>` };
}

/** Whole lines as long as both fit, and how many were left out. */
function within(blocks: readonly Block[]): Line {
  const note = 'A part of this message was left out; the site has it.';
  const kept: Block[] = [];
  let left = MOST_BYTES - note.length - 10;
  let cut = false;
  for (const { tag, lines } of blocks) {
    const some: Line[] = [];
    for (const line of lines) {
      // `<li>`, `</li>` and what surrounds a block.
      const size = Math.max(bytes(line.html) + 20, bytes(line.plain) + 2);
      if (size > left) {
        cut = true;
        break;
      }
      left -= size;
      some.push(line);
    }
    if (some.length > 0) kept.push({ tag, lines: some });
    if (cut) break;
  }
  if (cut) kept.push({ tag: 'p', lines: [text(note)] });
  return {
    plain: kept.map(({ lines }) => lines.map(({ plain }) => plain).join('\n')).join('\n\n'),
    html: kept.map(blockHtml).join(''),
  };
}

function blockHtml({ tag, lines }: Block): string {
  const inner =
    tag === 'ul'
      ? lines.map(({ html }) => `<li>${html}</li>`).join('')
      : lines.map(({ html }) => html).join('<br>');
  return `<${tag}>${inner}</${tag}>`;
}

function bytes(part: string): number {
  return new TextEncoder().encode(part).length;
}
