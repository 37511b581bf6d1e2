/** One Telegram chat, through the Bot API's sendMessage (https://core.telegram.org/bots/api#sendmessage). */
import { Api, GrammyError, HttpError } from 'grammy';
import { codeOf, messageOf } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { telegramHtml } from '../render/telegram-html.ts';
import type { Channel, Outcome } from './channel.ts';

export interface TelegramOptions {
  readonly token: string;
  readonly chatId: string;
  /** Another server than https://api.telegram.org. */
  readonly apiRoot?: string;
}

const TIMEOUT_S = 30;

export function telegramChannel({ token, chatId, apiRoot }: TelegramOptions): Channel {
  const api = new Api(token, {
    timeoutSeconds: TIMEOUT_S,
    ...(apiRoot === undefined ? {} : { apiRoot: apiRoot.replace(/\/+$/, '') }),
  });
  return {
    name: `telegram:${chatId}`,
    kind: 'telegram',
    target: `chat ${chatId}`,
    send: async ({ digest }, signal) => {
      try {
        const sent = await unlessAborted(
          signal,
          api.sendMessage(chatId, telegramHtml(digest), {
            parse_mode: 'HTML',
            link_preview_options: { is_disabled: true },
          }),
        );
        if (sent === undefined) return later('Telegram took too long');
        return { kind: 'accepted', receipt: `message ${sent.message_id} in chat ${chatId}` };
      } catch (error) {
        return troubleOf(error, token, chatId);
      }
    },
    close: () => undefined,
  };
}

function troubleOf(error: unknown, token: string, chatId: string): Outcome {
  if (error instanceof GrammyError) return refusalOf(error, chatId);
  // The error inside names the URL, and the URL holds the token: only its code is told.
  const inner: unknown = error instanceof HttpError ? error.error : error;
  const why =
    codeOf(inner) ??
    messageOf(inner)
      .replaceAll(token, '‹secret›')
      .replace(/https?:\S+/g, 'the server');
  return later(`cannot reach Telegram: ${inert(why, 200)}`);
}

function refusalOf({ error_code: code, description, parameters }: GrammyError, chatId: string): Outcome {
  const said = inert(`${code} ${description}`, 300);
  if (code === 429) return { ...later(`Telegram: ${said}`), afterMs: (parameters.retry_after ?? 60) * 1000 };
  // An unknown or malformed token: the operator mends it, and the message waits for that.
  if (code === 401 || code === 404) return later(`Telegram: ${said}. Correct token in [telegram]`);
  if (code >= 500) return later(`Telegram: ${said}`);
  if (parameters.migrate_to_chat_id !== undefined)
    return rejected(
      `${said}. Put ${parameters.migrate_to_chat_id} in place of ${chatId} into [telegram] chat_ids`,
    );
  if (code === 403) return rejected(`${said}. Unblock the bot in chat ${chatId}, or add it there again`);
  if (code === 400 && /chat not found/i.test(description))
    return rejected(`${said}. Say /start to the bot from chat ${chatId}, or correct [telegram] chat_ids`);
  return rejected(said);
}

function later(reason: string): Outcome & { kind: 'retry' } {
  return { kind: 'retry', scope: 'channel', reason };
}

function rejected(reason: string): Outcome {
  return { kind: 'rejected', reason: `Telegram: ${reason}` };
}

/** grammY takes only the signals of a polyfill; its own timeout ends a request that is given up on here. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const aborted = new Promise<undefined>(resolve => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { signal: over.signal });
  });
  work.catch(() => undefined); // told below, unless nobody waits for it any more
  try {
    return await Promise.race([work, aborted]);
  } finally {
    over.abort();
  }
}
