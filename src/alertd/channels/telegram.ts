/** One Telegram chat, through the Bot API's sendMessage (https://core.telegram.org/bots/api#sendmessage). */
// Its build for browsers: the one for Node brings an HTTP client of its own, 10 MiB more for what fetch does.
import { Api, GrammyError, type Transformer } from 'grammy/web';
import { codeOf, messageOf } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { telegramHtml } from '../../message/telegram-html.ts';
import type { Channel, Outcome } from './channel.ts';

/** The answer repeats the message: 4,096 characters and an entity for each address. */
const LONGEST_ANSWER = 1024 * 1024;
/** Asked again after this, however long a server wants to be left alone; the outbox waits no longer either. */
const LONGEST_WAIT_S = 3600;

export interface TelegramOptions {
  readonly token: string;
  readonly chatId: string;
  /** Another server than https://api.telegram.org. */
  readonly apiRoot?: string;
  readonly fetch: typeof fetch;
}

export function telegramChannel(options: TelegramOptions): Channel {
  const { token, chatId } = options;
  return {
    name: `telegram:${chatId}`,
    kind: 'telegram',
    target: `chat ${chatId}`,
    send: async ({ digest }, signal) => {
      const api = new Api(token);
      api.config.use(overFetch(options, signal));
      try {
        const sent = await api.sendMessage(chatId, telegramHtml(digest), {
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
        });
        return { kind: 'accepted', receipt: inert(`message ${sent.message_id} in chat ${chatId}`, 200) };
      } catch (error) {
        if (error instanceof GrammyError) return refusalOf(error, chatId, token);
        return later(
          signal.aborted ? 'Telegram took too long' : `cannot reach Telegram: ${whyOf(error, token)}`,
        );
      }
    },
    close: () => undefined,
  };
}

/** Calls over the fetch that was handed in, given up when `signal` aborts; grammY knows the types and the errors. */
function overFetch(options: TelegramOptions, signal: AbortSignal): Transformer {
  const root = (options.apiRoot ?? 'https://api.telegram.org').replace(/\/+$/, '');
  return async (_previous, method, payload) => {
    const response = await options.fetch(`${root}/bot${options.token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      redirect: 'error',
      signal,
    });
    if (!(response.headers.get('content-type') ?? '').startsWith('application/json')) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status} from something that is not Telegram`);
    }
    return JSON.parse(await boundedText(response));
  };
}

async function boundedText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > LONGEST_ANSWER)
      throw new Error('an answer that does not end, from something that is not Telegram');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** The URL holds the token, so of what may name the URL only the code is told. */
function whyOf(error: unknown, token: string): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const said = codeOf(cause) ?? codeOf(error) ?? messageOf(cause);
  return inert(said.replaceAll(token, '‹secret›').replace(/https?:\S+/g, 'the server'), 200);
}

function refusalOf(
  { error_code: code, description, parameters }: GrammyError,
  chatId: string,
  token: string,
): Outcome {
  // A server may repeat what it was given, and this is shown on pages.
  const said = inert(`${code} ${description}`.replaceAll(token, '‹secret›'), 300);
  if (code === 429) return { ...later(`Telegram: ${said}`), afterMs: waitOf(parameters.retry_after) };
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
  return rejected(said);
}

/** Typed as a number of seconds; what comes over the wire may be anything. */
function waitOf(seconds: unknown): number {
  const asked = typeof seconds === 'number' && seconds >= 0 ? seconds : 60;
  return Math.min(asked, LONGEST_WAIT_S) * 1000;
}

function later(reason: string): Outcome & { kind: 'retry' } {
  return { kind: 'retry', scope: 'channel', reason };
}

function rejected(reason: string): Outcome {
  return { kind: 'rejected', reason: `Telegram: ${reason}` };
}
