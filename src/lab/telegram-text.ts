import { fieldOf, parseJson } from './telegram-keyboard.ts';
import { parseTelegramHtml } from './telegram-html.ts';
import type { TelegramEntity, TelegramText } from './telegram-html.ts';
import { TelegramRefusal } from './telegram-refusal.ts';

/** "1-4096 characters after entities parsing". Counted in UTF-16 units, the stricter of the two readings. */
const MAX_TEXT_LENGTH = 4096;

const ENTITY_TYPES: ReadonlySet<unknown> = new Set([
  'bold',
  'italic',
  'underline',
  'strikethrough',
  'spoiler',
  'blockquote',
  'expandable_blockquote',
  'code',
  'pre',
  'text_link',
  // Found in the text by the server itself; given back by bots they are ignored.
  'url',
  'email',
  'phone_number',
  'mention',
  'hashtag',
  'cashtag',
  'bot_command',
]);

/** The text of sendMessage and editMessageText as it would be shown, or the reason why it cannot be. */
export function checkText(
  source: unknown,
  parseMode: unknown,
  entities?: unknown,
): (TelegramText & { readonly source: string }) | TelegramRefusal {
  if (typeof source !== 'string' || source === '')
    return new TelegramRefusal(400, 'Bad Request: message text is empty');
  const parsed = parse(source, parseMode, entities);
  if (parsed instanceof TelegramRefusal) return parsed;
  if ('error' in parsed)
    return new TelegramRefusal(400, `Bad Request: can't parse entities: ${parsed.error}`);
  if (parsed.text.trim() === '') return new TelegramRefusal(400, 'Bad Request: text must be non-empty');
  if (parsed.text.length > MAX_TEXT_LENGTH)
    return new TelegramRefusal(400, 'Bad Request: message is too long');
  return { ...parsed, source };
}

function parse(source: string, parseMode: unknown, entities: unknown) {
  if (parseMode === undefined || parseMode === '') return withEntities(source, entities);
  if (typeof parseMode === 'string' && parseMode.toLowerCase() === 'html') return parseTelegramHtml(source);
  // The real API knows MarkdownV2 too. Nothing here sends it, and half a parser would let mistakes pass.
  return new TelegramRefusal(400, 'Bad Request: unsupported parse_mode');
}

/** The real server mends ranges that are out of the text; here they are errors, because they are mistakes. */
function withEntities(text: string, given: unknown): TelegramText | { readonly error: string } {
  if (given === undefined || given === '') return { text, entities: [] };
  const list = typeof given === 'string' ? parseJson(given) : given;
  if (!Array.isArray(list)) return { error: 'expected an Array of MessageEntity' };
  const entities: TelegramEntity[] = [];
  for (const one of list) {
    const [type, offset, length, url] = ['type', 'offset', 'length', 'url'].map(key => fieldOf(one, key));
    if (typeof type !== 'string' || !ENTITY_TYPES.has(type)) return { error: `unknown type ${String(type)}` };
    if (!isIndex(offset) || !isIndex(length) || length === 0 || offset + length > text.length)
      return { error: `entity ${type} is out of the text` };
    if (type === 'text_link' && typeof url !== 'string') return { error: 'a text_link without url' };
    entities.push({ type, offset, length, ...(typeof url === 'string' ? { url } : {}) });
  }
  return { text, entities: entities.toSorted((a, b) => a.offset - b.offset) };
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
