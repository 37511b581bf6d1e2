import { parseTelegramHtml } from './telegram-html.ts';
import type { TelegramText } from './telegram-html.ts';
import { TelegramRefusal } from './telegram-refusal.ts';

/** "1-4096 characters after entities parsing". Counted in UTF-16 units, the stricter of the two readings. */
const MAX_TEXT_LENGTH = 4096;

/** The text of sendMessage and editMessageText as it would be shown, or the reason why it cannot be. */
export function checkText(
  source: unknown,
  parseMode: unknown,
): (TelegramText & { readonly source: string }) | TelegramRefusal {
  if (typeof source !== 'string' || source === '')
    return new TelegramRefusal(400, 'Bad Request: message text is empty');
  const parsed = parse(source, parseMode);
  if (parsed instanceof TelegramRefusal) return parsed;
  if ('error' in parsed)
    return new TelegramRefusal(400, `Bad Request: can't parse entities: ${parsed.error}`);
  if (parsed.text.trim() === '') return new TelegramRefusal(400, 'Bad Request: text must be non-empty');
  if (parsed.text.length > MAX_TEXT_LENGTH)
    return new TelegramRefusal(400, 'Bad Request: message is too long');
  return { ...parsed, source };
}

function parse(source: string, parseMode: unknown) {
  if (parseMode === undefined || parseMode === '') return { text: source, entities: [] };
  if (typeof parseMode === 'string' && parseMode.toLowerCase() === 'html') return parseTelegramHtml(source);
  // The real API knows MarkdownV2 too. Nothing here sends it, and half a parser would let mistakes pass.
  return new TelegramRefusal(400, 'Bad Request: unsupported parse_mode');
}
