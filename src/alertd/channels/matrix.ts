/**
 * One Matrix room, through the client-server API (https://spec.matrix.org/v1.11/client-server-api/). The transaction id
 * is the message's key, so a repeated try is the same event and not a second one.
 */
import { inert } from '../../lib/text.ts';
import { matrixContent } from '../../message/matrix-content.ts';
import type { Fetch } from '../http-fetch.ts';
import type { Channel, Outcome } from './channel.ts';
import { ask, boundedWait, firstWords, hide, jsonObject, later, rejected, type Answer } from './http.ts';

export interface MatrixOptions {
  readonly name: string;
  readonly target: string;
  /** Of the homeserver, without a slash at the end. */
  readonly url: string;
  readonly token: string;
  /** `!id:server` or `#alias:server`. */
  readonly room: string;
  readonly fetch: Fetch;
}

export function matrixChannel(options: MatrixOptions): Channel {
  const { name, target, url, token, room, fetch } = options;
  /** An alias can be pointed elsewhere, so it is asked for anew after anything went wrong. */
  let roomId = room.startsWith('!') ? room : undefined;
  const call = (method: 'GET' | 'PUT', path: string, content: unknown, signal: AbortSignal, now: Date) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'user-agent': 'netureon',
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const body = content === undefined ? {} : { body: JSON.stringify(content) };
    const request = { fetch, url: `${url}/_matrix/client/v3/${path}`, method, headers, signal, ...body };
    return ask({ ...request, who: 'the Matrix server', setting: '[matrix] url' }, now);
  };
  return {
    name,
    kind: 'matrix',
    target,
    send: async (message, signal) => {
      const { key, plain = false, composedAt } = message;
      if (roomId === undefined) {
        const path = `directory/room/${encodeURIComponent(room)}`;
        const asked = await call('GET', path, undefined, signal, composedAt);
        if ('trouble' in asked) return asked.trouble;
        const found = jsonObject(asked.answer.text)?.['room_id'];
        if (asked.answer.status !== 200) return refusalOf(asked.answer, options);
        if (typeof found !== 'string') return notMatrix(asked.answer);
        roomId = found;
      }
      const path = `rooms/${encodeURIComponent(roomId)}/send/m.room.message/${encodeURIComponent(plain ? `${key}-plain` : key)}`;
      const asked = await call('PUT', path, matrixContent(message), signal, composedAt);
      const outcome = 'trouble' in asked ? asked.trouble : outcomeOf(asked.answer, options);
      if (outcome.kind !== 'accepted' && !room.startsWith('!')) roomId = undefined;
      return outcome;
    },
    close: () => undefined,
  };
}

function outcomeOf(answer: Answer, options: MatrixOptions): Outcome {
  if (answer.status !== 200) return refusalOf(answer, options);
  const event = jsonObject(answer.text)?.['event_id'];
  return typeof event === 'string'
    ? { kind: 'accepted', receipt: inert(`event ${event} in room ${options.room}`, 300) }
    : notMatrix(answer);
}

function refusalOf(given: Answer, { room, token }: MatrixOptions): Outcome {
  const { status, text, retryAfterMs } = given;
  const answer = jsonObject(text);
  const code = answer?.['errcode'];
  if (typeof code !== 'string')
    return status >= 500 || status === 429
      ? later(`Matrix: HTTP ${status}: ${firstWords(text, [token])}`, retryAfterMs)
      : notMatrix(given);
  const error = answer?.['error'];
  const said = `Matrix: ${inert(hide(`${code}${typeof error === 'string' ? ` ${error}` : ''}`, [token]), 300)}`;
  if (code === 'M_LIMIT_EXCEEDED' || status === 429)
    return later(said, retryAfterMs ?? waitOf(answer?.['retry_after_ms']));
  if (status >= 500) return later(said, retryAfterMs);
  // Somebody mends the token or the address, and the message waits for that.
  if (code === 'M_UNKNOWN_TOKEN' || code === 'M_MISSING_TOKEN' || status === 401)
    return later(`${said}. Log in anew as the account that sends, and correct token in [matrix]`);
  if (code === 'M_UNRECOGNIZED') return later(`${said}. Check [matrix] url`);
  // Servers that look for spam in messages say the same of one (Synapse, check_event_for_spam).
  if (code === 'M_FORBIDDEN')
    return {
      ...rejected(
        `${said}. Invite the account that sends to ${room}, accept as that account, and let it write there`,
      ),
      about: 'content',
    };
  if (code === 'M_NOT_FOUND' || code === 'M_INVALID_PARAM')
    return rejected(`${said}. Check the room ${room}: its id and aliases are in its settings under Advanced`);
  return { ...rejected(said), about: 'content' };
}

function notMatrix({ status, brokeOff }: Answer): Outcome {
  if (brokeOff !== undefined) return later(`Matrix: the answer broke off: ${brokeOff}`);
  return later(`HTTP ${status} from something that is not a Matrix homeserver. Check [matrix] url`);
}

/** Older than Retry-After, and still what most servers say. A number of milliseconds, or anything. */
function waitOf(ms: unknown): number | undefined {
  return typeof ms === 'number' ? boundedWait(ms) : undefined;
}
