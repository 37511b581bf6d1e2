/**
 * A stand-in for an ntfy server (https://docs.ntfy.sh/publish/), at least as strict as the real one: JSON publishing at /,
 * access tokens, its limits and its words for errors.
 */
import {
  objectIn,
  startHttpSink,
  type HttpSink,
  type HttpSinkOptions,
  type SinkAnswer,
} from './http-sink.ts';

export interface NtfyMessage {
  readonly id: string;
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly click: string | undefined;
  readonly actions: readonly { readonly label: string; readonly url: string }[];
  /** A later message with the same one replaces this. */
  readonly sequenceId: string | undefined;
}

export interface NtfySinkOptions extends HttpSinkOptions {
  /** Without it anybody may write. */
  readonly token?: string;
  /** Topics that the token's user may not write to. */
  readonly forbidden?: readonly string[];
}

const NAME = /^[-\w]{1,64}$/;
const FIELDS: ReadonlySet<string> = new Set(
  'topic sequence_id title message priority tags click actions attach filename markdown icon email delay call'.split(
    ' ',
  ),
);
const MESSAGE_LIMIT = 4096;
/** A title travels through a header in the real one. */
const TITLE_LIMIT = 1024;

export function startNtfySink(options: NtfySinkOptions): Promise<HttpSink<NtfyMessage>> {
  let last = 0;
  return startHttpSink<NtfyMessage>(options, ({ method, path, headers, body, receivedAt }, box) => {
    if (path !== '/' || (method !== 'POST' && method !== 'PUT')) return refusal(40401, 'page not found');
    if (body.length > MESSAGE_LIMIT * 2) return refusal(41303, 'JSON body too large');
    const given = objectIn(body);
    if (given === undefined) return refusal(40024, 'invalid request: request body must be valid JSON');
    const message = messageIn(given, `m${String(++last).padStart(11, '0')}`);
    if ('status' in message) return message;
    if (options.token !== undefined && headers.authorization !== `Bearer ${options.token}`)
      return headers.authorization === undefined
        ? refusal(40301, 'forbidden')
        : refusal(40101, 'unauthorized');
    if (options.forbidden?.includes(message.topic) === true) return refusal(40301, 'forbidden');
    box.keep(message);
    const { id, topic, title, priority, tags } = message;
    const time = Math.floor(receivedAt.getTime() / 1000);
    const answer = { id, time, expires: time + 43_200, event: 'message', topic, title, priority, tags };
    return { status: 200, json: { ...answer, message: message.message } };
  });
}

function messageIn(given: Readonly<Record<string, unknown>>, id: string): NtfyMessage | SinkAnswer {
  const { topic, title = '', message = '', priority = 3, tags = [], click, actions = [] } = given;
  const sequenceId = given['sequence_id'];
  const badJson = refusal(40024, 'invalid request: request body must be valid JSON');
  if (Object.keys(given).some(key => !FIELDS.has(key))) return badJson;
  if (typeof topic !== 'string' || !NAME.test(topic)) return refusal(40009, 'invalid request: topic invalid');
  if (typeof title !== 'string' || typeof message !== 'string') return badJson;
  if (Buffer.byteLength(message) > MESSAGE_LIMIT)
    return refusal(41301, 'attachment too large, or bandwidth limit reached');
  if (Buffer.byteLength(title) > TITLE_LIMIT || /[\r\n]/.test(title)) return badJson;
  if (typeof priority !== 'number' || ![1, 2, 3, 4, 5].includes(priority))
    return refusal(40007, 'invalid priority parameter');
  if (!Array.isArray(tags) || !tags.every(tag => typeof tag === 'string' && tag !== '' && !tag.includes(',')))
    return badJson;
  if (click !== undefined && (typeof click !== 'string' || !URL.canParse(click))) return badJson;
  if (sequenceId !== undefined && (typeof sequenceId !== 'string' || !NAME.test(sequenceId)))
    return refusal(40049, 'invalid request: sequence ID invalid');
  const buttons = actionsIn(actions);
  if (buttons === undefined) return refusal(40018, 'invalid request: actions invalid');
  return { id, topic, title, message, priority, tags: tags.map(String), click, actions: buttons, sequenceId };
}

function actionsIn(actions: unknown): NtfyMessage['actions'] | undefined {
  if (!Array.isArray(actions) || actions.length > 3) return undefined;
  const buttons = actions.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) return undefined;
    const { action, label, url } = Object.fromEntries(Object.entries(one)) as Record<string, unknown>;
    if (action !== 'view' || typeof label !== 'string' || label === '') return undefined;
    return typeof url === 'string' && URL.canParse(url) ? { label, url } : undefined;
  });
  return buttons.every(button => button !== undefined) ? buttons : undefined;
}

/** @param code the first three digits are the HTTP status */
function refusal(code: number, error: string): SinkAnswer {
  const http = Math.floor(code / 100);
  return { status: http, json: { code, http, error, link: 'https://ntfy.sh/docs/publish/' } };
}
