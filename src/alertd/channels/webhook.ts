/**
 * A webhook: each message is posted as JSON to one address (docs/ALERTS.md has its schema and how to verify it). The
 * receiver tells a repetition by `Idempotency-Key`, and that it is from netureon by `X-Netureon-Signature`.
 */
import { createHash, createHmac } from 'node:crypto';
import { passwordsOf } from '../../lib/log.ts';
import { webhookJson } from '../../message/webhook-json.ts';
import type { Fetch } from '../http-fetch.ts';
import type { Channel, Outcome } from './channel.ts';
import { ask, firstWords, later, rejected, type Answer } from './http.ts';

export interface WebhookOptions {
  readonly name: string;
  readonly target: string;
  readonly url: string;
  readonly secret: string;
  readonly site: string;
  readonly fetch: Fetch;
}

/** The message is fine and may come again: too slow, too early, too many (RFC 9110 §15.5.9, RFC 8470, RFC 6585 §4). */
const AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

/** A malformed, too long or unwanted body (RFC 9110 §15.5.1, §15.5.14, §15.5.21), or a filter before the receiver. */
const ABOUT_CONTENT: ReadonlySet<number> = new Set([400, 413, 422]);

export function webhookChannel(options: WebhookOptions): Channel {
  const { name, target, url, secret, site, fetch } = options;
  const { pathname, search } = new URL(url);
  const secrets = [secret, ...passwordsOf(url), `${pathname}${search}`].filter(text => text.length > 5);
  return {
    name,
    kind: 'webhook',
    target,
    send: async (message, signal) => {
      const key = message.plain === true ? plainKey(message.key) : message.key;
      const body = JSON.stringify(webhookJson({ ...message, key }, { site, channel: name }));
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'netureon',
        'idempotency-key': key,
        'x-netureon-signature': signatureOf(body, secret, message.composedAt),
      };
      const request = { fetch, url, method: 'POST', headers, body, signal } as const;
      const asked = await ask({ ...request, who: 'the webhook', setting: 'its address' }, message.composedAt);
      return 'trouble' in asked ? asked.trouble : outcomeOf(asked.answer, secrets);
    },
    close: () => undefined,
  };
}

/** `t=UNIX,v1=HEX`: HMAC-SHA-256 over the time, a dot and the body, so that an old message cannot be played again. */
export function signatureOf(body: string, secret: string, at: Date): string {
  const t = Math.floor(at.getTime() / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

/** The plain text's, which is no repetition of the message that was refused: always the same UUID (RFC 9562 §5.8). */
function plainKey(key: string): string {
  const hex = createHash('sha256').update(`${key} plain`).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-a$4-$5');
}

function outcomeOf({ status, text, retryAfterMs }: Answer, secrets: readonly string[]): Outcome {
  const words = firstWords(text, secrets);
  const said = words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
  if (status >= 200 && status < 300) return { kind: 'accepted', receipt: said };
  if (AGAIN.has(status) || status >= 500) return later(`the webhook answers ${said}`, retryAfterMs);
  const refused = rejected(`the webhook answers ${said}. ${remedyFor(status)}`);
  return ABOUT_CONTENT.has(status) ? { ...refused, about: 'content' } : refused;
}

function remedyFor(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return 'It does not accept the signature or the address: compare [webhook] secret with the receiver’s';
    case 404:
      return 'Nothing is there: correct the address';
    case 405:
      return 'It takes no POST: correct the address';
    case 410:
      return 'Its receiver is gone for good: remove this channel, or give it a new address';
    case 413:
      return 'The receiver must accept bodies of 512 KiB';
    default:
      return 'Look at the receiver’s log for what it dislikes';
  }
}
