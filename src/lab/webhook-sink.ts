/** A receiver of netureon's webhook as docs/ALERTS.md tells people to write one: it verifies before it reads. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  objectIn,
  startHttpSink,
  type HttpSink,
  type HttpSinkOptions,
  type SinkAnswer,
  type SinkRequest,
} from './http-sink.ts';

export interface WebhookMessage {
  /** The Idempotency-Key. */
  readonly key: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly receivedAt: Date;
  readonly json: Readonly<Record<string, unknown>>;
  /** As it was sent. */
  readonly source: string;
}

export interface WebhookSinkOptions extends HttpSinkOptions {
  readonly secret: string;
  /** Signed longer ago, or further ahead, is refused. */
  readonly toleranceS?: number;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function startWebhookSink(options: WebhookSinkOptions): Promise<HttpSink<WebhookMessage>> {
  const known = new Set<string>();
  return startHttpSink<WebhookMessage>(options, (request, box) => {
    const refused = refusalOf(request, options);
    if (refused !== undefined) return refused;
    const key = String(request.headers['idempotency-key'] ?? '');
    const json = objectIn(request.body);
    if (!UUID.test(key) || json?.['id'] !== key) return refusal(400, 'the key is not the message’s');
    if (known.has(key)) {
      box.repeat(key);
      return { status: 200, json: { ok: true, repeated: true } };
    }
    known.add(key);
    const { path, headers, receivedAt, body } = request;
    box.keep({ key, path, authorization: headers.authorization, receivedAt, json, source: body.toString() });
    return { status: 200, json: { ok: true } };
  });
}

function refusalOf(
  request: SinkRequest,
  { secret, toleranceS = 300 }: WebhookSinkOptions,
): SinkAnswer | undefined {
  const { method, headers, body, receivedAt } = request;
  if (method !== 'POST') return refusal(405, 'only POST');
  if (headers['content-type'] !== 'application/json; charset=utf-8') return refusal(415, 'not JSON');
  const [, t = '', v1 = ''] =
    /^t=(\d{10}),v1=([0-9a-f]{64})$/.exec(String(headers['x-netureon-signature'] ?? '')) ?? [];
  if (t === '') return refusal(401, 'no signature');
  if (Math.abs(receivedAt.getTime() / 1000 - Number(t)) > toleranceS)
    return refusal(401, 'signed at another time');
  const expected = createHmac('sha256', secret).update(`${t}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(v1, 'hex')) ? undefined : refusal(401, 'another signature');
}

function refusal(status: number, error: string): SinkAnswer {
  return { status, json: { error } };
}
