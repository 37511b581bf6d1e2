/** Calls of Telegram's Bot API (https://core.telegram.org/bots/api), for messages and for the bot. */
// Its build for browsers: the one for Node brings an HTTP client of its own, 10 MiB more for what fetch does.
import { Api, type Transformer } from 'grammy/web';
import { codeOf, messageOf } from '../lib/errors.ts';
import { inert } from '../lib/text.ts';
import type { Fetch, HttpAnswer } from './http-fetch.ts';

/** The answer repeats the message: 4,096 characters and an entity for each address. */
const LONGEST_ANSWER = 1024 * 1024;
/** Asked again after this, however long a server wants to be left alone; the outbox waits no longer either. */
const LONGEST_WAIT_S = 3600;

export interface TelegramAccess {
  readonly token: string;
  /** Another server than https://api.telegram.org. */
  readonly apiRoot?: string;
  readonly fetch: Fetch;
}

/** Its calls are given up when `signal` aborts. @param longestAnswer octets */
export function telegramApi(
  access: TelegramAccess,
  signal: AbortSignal,
  longestAnswer = LONGEST_ANSWER,
): Api {
  const api = new Api(access.token);
  api.config.use(overFetch(access, signal, longestAnswer));
  return api;
}

/** Calls over the fetch that was handed in; grammY knows the types and the errors. */
function overFetch(access: TelegramAccess, signal: AbortSignal, longestAnswer: number): Transformer {
  const root = (access.apiRoot ?? 'https://api.telegram.org').replace(/\/+$/, '');
  return async (_previous, method, payload) => {
    const response = await access.fetch(`${root}/bot${access.token}/${method}`, {
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
    return JSON.parse(await boundedText(response, longestAnswer));
  };
}

async function boundedText({ body }: HttpAnswer, longest: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > longest) throw new Error('an answer that does not end, from something that is not Telegram');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** The URL holds the token, so of what may name the URL only the code is told. */
export function whyUnreachable(error: unknown, token: string): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const said = codeOf(cause) ?? codeOf(error) ?? messageOf(cause);
  return inert(said.replaceAll(token, '‹secret›').replace(/https?:\S+/g, 'the server'), 200);
}

/** Milliseconds. Typed as a number of seconds; what comes over the wire may be anything. */
export function retryAfterMs(seconds: unknown): number {
  const asked = typeof seconds === 'number' && seconds >= 0 ? seconds : 60;
  return Math.min(asked, LONGEST_WAIT_S) * 1000;
}
