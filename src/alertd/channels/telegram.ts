/** One Telegram chat, through the Bot API's sendMessage (https://core.telegram.org/bots/api#sendmessage). */
import { GrammyError } from 'grammy/web';
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { telegramText } from '../../message/telegram-html.ts';
import { messageButtons, type MessageButtons } from '../bot/message-buttons.ts';
import { isSqlError } from '../../store/sql-error.ts';
import { retryAfterMs, telegramApi, whyUnreachable, type TelegramAccess } from '../telegram-api.ts';
import type { Channel, Message, Outcome } from './channel.ts';

export interface TelegramOptions extends TelegramAccess {
  readonly chatId: string;
  /** Signs the buttons; without it there are none: nobody would answer them. */
  readonly buttonKey?: () => Promise<Uint8Array>;
}

export function telegramChannel(options: TelegramOptions): Channel {
  const { token, chatId } = options;
  return {
    name: `telegram:${chatId}`,
    kind: 'telegram',
    target: `chat ${chatId}`,
    send: async (message, signal) => {
      try {
        const { numbers, rows } = await buttonsOf(message, options.buttonKey);
        const sent = await telegramApi(options, signal).sendMessage(chatId, telegramText(message, numbers), {
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
          ...(rows.length === 0 ? {} : { reply_markup: { inline_keyboard: rows.map(row => [...row]) } }),
        });
        return { kind: 'accepted', receipt: inert(`message ${sent.message_id} in chat ${chatId}`, 200) };
      } catch (error) {
        if (error instanceof GrammyError) return refusalOf(error, chatId, token);
        if (error instanceof NetureonError || isSqlError(error))
          return later(`cannot sign the buttons: ${inert(error.message, 200)}`);
        return later(
          signal.aborted
            ? 'Telegram took too long'
            : `cannot reach Telegram: ${whyUnreachable(error, token)}`,
        );
      }
    },
    close: () => undefined,
  };
}

async function buttonsOf(message: Message, key: TelegramOptions['buttonKey']): Promise<MessageButtons> {
  return key === undefined ? { numbers: new Map(), rows: [] } : messageButtons(message, await key());
}

function refusalOf(
  { error_code: code, description, parameters }: GrammyError,
  chatId: string,
  token: string,
): Outcome {
  // A server may repeat what it was given, and this is shown on pages.
  const said = inert(`${code} ${description}`.replaceAll(token, '‹secret›'), 300);
  if (code === 429) return { ...later(`Telegram: ${said}`), afterMs: retryAfterMs(parameters.retry_after) };
  // An unknown or malformed token: the operator mends it, and the message waits for that.
  if (code === 401 || code === 404) return later(`Telegram: ${said}. Correct token in [telegram]`);
  if (!(code < 500)) return later(`Telegram: ${said}`); // its own trouble, or an answer without a code
  if (parameters.migrate_to_chat_id !== undefined)
    return rejected(
      `${said}. Put ${inert(String(parameters.migrate_to_chat_id), 40)} in place of ${chatId} into [telegram] chat_ids`,
    );
  if (code === 403) return rejected(`${said}. Unblock the bot in chat ${chatId}, or add it there again`);
  if (code === 400 && /chat not found/i.test(description))
    return rejected(`${said}. Say /start to the bot from chat ${chatId}, or correct [telegram] chat_ids`);
  return { ...rejected(said), about: 'content' };
}

function later(reason: string): Outcome & { kind: 'retry' } {
  return { kind: 'retry', scope: 'channel', reason };
}

function rejected(reason: string): Outcome & { kind: 'rejected' } {
  return { kind: 'rejected', reason: `Telegram: ${reason}` };
}
