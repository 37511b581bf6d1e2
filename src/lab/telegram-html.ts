/**
 * The HTML that Telegram's Bot API understands (https://core.telegram.org/bots/api#html-style), as strictly as its
 * documentation has it. Two things it says "must" be escaped, a bare `&` and a bare `>`, the real server lets pass and
 * shows as they are; here they are errors, because text that was not escaped is what these tests are to find.
 */
export interface TelegramEntity {
  readonly type: string;
  /** In UTF-16 units of the text, as the API counts. */
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
}

export interface TelegramText {
  readonly text: string;
  readonly entities: readonly TelegramEntity[];
}

export type TelegramHtml = TelegramText | { readonly error: string };

const ENTITY_TYPES: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  a: 'text_link',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
};

const NAMED_REFERENCES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly offset: number;
}

/** `error` is what follows "can't parse entities: " in the API's answer; offsets there are bytes of UTF-8. */
export function parseTelegramHtml(html: string): TelegramHtml {
  const open: OpenTag[] = [];
  const entities: TelegramEntity[] = [];
  let text = '';
  let at = 0;
  const fail = (what: string): TelegramHtml => ({
    error: `${what} at byte offset ${Buffer.byteLength(html.slice(0, at))}`,
  });
  while (at < html.length) {
    const character = html.charAt(at);
    if (character === '>') return fail('Unescaped ">"');
    if (character === '&') {
      const reference = readReference(html, at);
      if (reference === undefined) return fail('Unescaped "&" or unsupported character reference');
      text += reference.character;
      at = reference.end;
    } else if (character !== '<') {
      text += character;
      at++;
    } else if (html.charAt(at + 1) === '/') {
      const tag = /^<\/([a-z0-9-]*)\s*>/i.exec(html.slice(at));
      const opened = open.pop();
      if (opened === undefined) return fail('Unexpected end tag');
      if (tag === null) return fail('Unclosed end tag');
      const name = (tag[1] ?? '').toLowerCase();
      if (name !== '' && name !== opened.name)
        return fail(`Unmatched end tag, expected "</${opened.name}>", found "</${name}>"`);
      if (text.length > opened.offset) entities.push(entityOf(opened, text));
      at += tag[0].length;
    } else {
      const tag = readStartTag(html.slice(at));
      if ('error' in tag) return fail(tag.error);
      open.push({ name: tag.name, attributes: tag.attributes, offset: text.length });
      at += tag.length;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined)
    return { error: `Can't find end tag corresponding to start tag "${unclosed.name}"` };
  return { text, entities: entities.toSorted((a, b) => a.offset - b.offset) };
}

function entityOf(tag: OpenTag, text: string): TelegramEntity {
  const range = { offset: tag.offset, length: text.length - tag.offset };
  const url = tag.attributes.get('href');
  if (tag.name === 'a') return { type: 'text_link', ...range, url: url ?? text.slice(tag.offset) };
  const language = /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1];
  return {
    type: ENTITY_TYPES[tag.name] ?? tag.name,
    ...range,
    ...(language === undefined ? {} : { language }),
  };
}

type StartTag =
  | { readonly name: string; readonly attributes: ReadonlyMap<string, string>; readonly length: number }
  | { readonly error: string };

function readStartTag(html: string): StartTag {
  const name = (/^<([^\s>]*)/.exec(html)?.[1] ?? '').toLowerCase();
  if (html.length === name.length + 1) return { error: 'Unclosed start tag' };
  if (!Object.hasOwn(ENTITY_TYPES, name)) return { error: `Unsupported start tag "${name}"` };
  const attributes = new Map<string, string>();
  let at = name.length + 1;
  for (;;) {
    at += /^\s*/.exec(html.slice(at))?.[0].length ?? 0;
    if (html.charAt(at) === '>') break;
    if (at >= html.length) return { error: 'Unclosed start tag' };
    const attribute = /^([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([a-z0-9.-]+)))?/i.exec(html.slice(at));
    if (attribute === null) return { error: `Empty attribute name in the tag "${name}"` };
    // Only `expandable` stands without a value.
    const value = attribute[2] ?? attribute[3] ?? attribute[4];
    if (value === undefined && attribute[1] !== 'expandable')
      return { error: `Expected equal sign in declaration of an attribute of the tag "${name}"` };
    attributes.set((attribute[1] ?? '').toLowerCase(), decodeReferences(value ?? ''));
    at += attribute[0].length;
  }
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler')
    return { error: 'Tag "span" must have class "tg-spoiler"' };
  return { name, attributes, length: at + 1 };
}

/** The four named references and all numeric ones; nothing else is supported. */
function readReference(html: string, at: number): { character: string; end: number } | undefined {
  const match = /^&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-f]{1,6}));/i.exec(html.slice(at, at + 12));
  if (match === null) return undefined;
  const code = match[2] !== undefined ? Number(match[2]) : Number.parseInt(match[3] ?? '', 16);
  const character =
    NAMED_REFERENCES[match[1] ?? ''] ?? (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '');
  return character === '' ? undefined : { character, end: at + match[0].length };
}

function decodeReferences(value: string): string {
  return value.replace(/&[^;]{1,9};/g, reference => readReference(reference, 0)?.character ?? reference);
}
