/** One topic of an ntfy server, published as JSON (https://docs.ntfy.sh/publish/#publish-as-json): titles are UTF-8 there. */
import { ntfyJson } from '../../message/ntfy-json.ts';
import type { Fetch } from '../http-fetch.ts';
import type { Channel, Outcome } from './channel.ts';
import { ask, firstWords, hide, jsonObject, later, rejected, type Answer } from './http.ts';
import { inert } from '../../lib/text.ts';

export interface NtfyOptions {
  readonly name: string;
  readonly target: string;
  /** Of the server, without a slash at the end. */
  readonly url: string;
  readonly topic: string;
  readonly token?: string;
  readonly fetch: Fetch;
}

export function ntfyChannel(options: NtfyOptions): Channel {
  const { name, target, url, topic, token, fetch } = options;
  return {
    name,
    kind: 'ntfy',
    target,
    send: async (message, signal) => {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'netureon',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const body = JSON.stringify(ntfyJson(message, topic));
      const request = { fetch, url: `${url}/`, method: 'POST', headers, body, signal } as const;
      const asked = await ask(
        { ...request, who: 'the ntfy server', setting: '[ntfy] url' },
        message.composedAt,
      );
      return 'trouble' in asked ? asked.trouble : outcomeOf(asked.answer, options);
    },
    close: () => undefined,
  };
}

function outcomeOf(
  { status, text, brokeOff, retryAfterMs }: Answer,
  { topic, token = '' }: NtfyOptions,
): Outcome {
  const answer = jsonObject(text);
  if (status === 200) {
    const id = answer?.['id'];
    if (typeof id !== 'string' && brokeOff !== undefined)
      return later(`ntfy: the answer broke off: ${brokeOff}`);
    return typeof id === 'string'
      ? { kind: 'accepted', receipt: inert(`message ${id} in topic ${topic}`, 200) }
      : later('HTTP 200 from something that is not ntfy. Check [ntfy] url');
  }
  const error = answer?.['error'];
  const words = typeof error === 'string' ? inert(hide(error, [token]), 300) : firstWords(text, [token]);
  const said = `ntfy: HTTP ${status}${words === '' ? '' : `: ${words}`}`;
  if (status === 429 || status === 408 || status >= 500) return later(said, retryAfterMs);
  // Somebody mends these, and the message waits for that.
  if (status === 401) return later(`${said}. Correct token in [ntfy]`);
  if (status === 403)
    return later(
      `${said}. ${token === '' ? 'Set token in [ntfy]' : `Let the user of [ntfy] token write to ${topic}`}`,
    );
  if (typeof answer?.['code'] !== 'number')
    return later(`${said}, from something that is not ntfy. Check [ntfy] url`);
  return rejected(`${said}. Check the topic ${topic}, and that the server is current`);
}
