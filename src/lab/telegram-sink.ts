/**
 * A stand-in for Telegram's Bot API (https://core.telegram.org/bots/api) on loopback, at least as strict as the real one:
 * what passes here passes there. getMe, sendMessage, editMessageText and getUpdates; HTML or no parse mode.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Clock } from '../lib/clock.ts';
import { FaultPlan } from './fault-plan.ts';
import { Mailbox } from './mailbox.ts';
import { checkText } from './telegram-text.ts';
import { answerOf, TelegramRefusal } from './telegram-refusal.ts';
import type { TelegramEntity } from './telegram-html.ts';

export type TelegramFault =
  /** A refusal before anything is kept: see `refusals` for the usual ones. */
  | { readonly kind: 'refuse'; readonly refusal: TelegramRefusal }
  /** The connection breaks, and nothing was kept. */
  | { readonly kind: 'cut' }
  /** The message is kept, then the connection breaks before the answer: the sender cannot know. */
  | { readonly kind: 'cut-after-keeping' }
  /** A proxy's error page instead of the API's JSON. */
  | { readonly kind: 'bad-gateway' }
  /** Answers late. */
  | { readonly kind: 'slow'; readonly ms: number };

export interface TelegramSinkOptions {
  readonly clock: Clock;
  /** `123456789:AA…`, 35 characters after the colon, as BotFather gives it. */
  readonly token: string;
  /** The chats that have spoken to this bot; any other is not found. */
  readonly chatIds: readonly number[];
  /** 0, any free port, by default. */
  readonly port?: number;
}

export interface TelegramMessage {
  readonly messageId: number;
  readonly chatId: number;
  readonly receivedAt: Date;
  /** As it is shown, without markup. */
  readonly text: string;
  readonly entities: readonly TelegramEntity[];
  /** As it was sent. */
  readonly source: string;
  /** Set when this replaced the text of a message sent before. */
  readonly edited: boolean;
}

export interface TelegramSink {
  readonly port: number;
  /** What a client takes for https://api.telegram.org. */
  readonly apiRoot: string;
  readonly messages: readonly TelegramMessage[];
  readonly faults: FaultPlan<TelegramFault>;
  /** See Mailbox.next. */
  nextMessage(
    matches?: (message: TelegramMessage) => boolean,
    signal?: AbortSignal,
  ): Promise<TelegramMessage>;
  watch(watcher: (message: TelegramMessage) => void): () => void;
  close(): Promise<void>;
}

export async function startTelegramSink(options: TelegramSinkOptions): Promise<TelegramSink> {
  const box = new Mailbox<TelegramMessage>();
  const faults = new FaultPlan<TelegramFault>();
  const bot = new Bot(options, box);
  const server = createServer((request, response) => {
    serve(bot, faults, options.clock, request, response).catch((error: unknown) =>
      response.destroy(asError(error)),
    );
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    apiRoot: `http://127.0.0.1:${port}`,
    get messages() {
      return box.all;
    },
    faults,
    nextMessage: (matches, signal) => box.next(matches, signal),
    watch: watcher => box.watch(watcher),
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function serve(
  bot: Bot,
  faults: FaultPlan<TelegramFault>,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const method = bot.authorize(request.url ?? '/');
  // Troubles are for messages: a client's getMe at its start must not use them up.
  const fault = method instanceof TelegramRefusal || method.name === 'getme' ? undefined : faults.take();
  if (fault?.kind === 'cut') return void response.destroy();
  if (fault?.kind === 'slow') await clock.sleep(fault.ms);
  if (fault?.kind === 'bad-gateway') {
    response.writeHead(502, { 'content-type': 'text/html' });
    return void response.end('<html><body><h1>502 Bad Gateway</h1></body></html>');
  }
  let result: unknown;
  if (method instanceof TelegramRefusal) result = method;
  else if (fault?.kind === 'refuse') result = fault.refusal;
  else result = bot.call(method.name, await readParameters(request, body, method.query));
  if (fault?.kind === 'cut-after-keeping') return void response.destroy();
  const { status, headers, json } = answerOf(result);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(json));
}

type Parameters = ReadonlyMap<string, unknown>;

/** Query, form and JSON, as the API's "Making requests" allows them. */
async function readParameters(
  request: IncomingMessage,
  body: Buffer,
  query: URLSearchParams,
): Promise<Parameters | TelegramRefusal> {
  const type = request.headers['content-type'] ?? '';
  const parameters = new Map<string, unknown>(query);
  if (body.length === 0) return parameters;
  try {
    const entries = type.startsWith('application/json')
      ? Object.entries(asRecord(JSON.parse(body.toString())))
      : (await new Response(body, { headers: { 'content-type': type } }).formData()).entries();
    for (const [key, value] of entries) parameters.set(key, value);
    return parameters;
  } catch {
    return new TelegramRefusal(400, "Bad Request: can't parse the request's parameters");
  }
}

class Bot {
  readonly #options: TelegramSinkOptions;
  readonly #box: Mailbox<TelegramMessage>;
  readonly #self: Readonly<Record<string, unknown>>;
  #lastMessageId = 0;

  constructor(options: TelegramSinkOptions, box: Mailbox<TelegramMessage>) {
    this.#options = options;
    this.#box = box;
    const id = Number(options.token.split(':')[0]);
    this.#self = { id, is_bot: true, first_name: 'netureon', username: 'netureon_lab_bot' };
  }

  /** `/bot<token>/<method>`: a token of the wrong shape is not found, one of the right shape but unknown not authorized. */
  authorize(url: string): { name: string; query: URLSearchParams } | TelegramRefusal {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const [, token, name] = /^\/bot(\d+:[\w-]{35})\/(\w+)$/.exec(decodeURIComponent(pathname)) ?? [];
    if (token === undefined || name === undefined) return new TelegramRefusal(404, 'Not Found');
    if (token !== this.#options.token) return new TelegramRefusal(401, 'Unauthorized');
    return { name: name.toLowerCase(), query: searchParams };
  }

  call(name: string, parameters: Parameters | TelegramRefusal): unknown {
    if (parameters instanceof TelegramRefusal) return parameters;
    if (name === 'getme') return { ...this.#self, can_join_groups: true, supports_inline_queries: false };
    if (name === 'getupdates') return [];
    if (name === 'sendmessage') return this.#send(parameters);
    if (name === 'editmessagetext') return this.#edit(parameters);
    return new TelegramRefusal(404, 'Not Found: method not found');
  }

  #send(parameters: Parameters): unknown {
    const chatId = this.#chatId(parameters);
    if (chatId instanceof TelegramRefusal) return chatId;
    const text = checkText(parameters.get('text'), parameters.get('parse_mode'));
    if (text instanceof TelegramRefusal) return text;
    return this.#keep({ ...text, chatId, messageId: ++this.#lastMessageId, edited: false });
  }

  #edit(parameters: Parameters): unknown {
    const chatId = this.#chatId(parameters);
    if (chatId instanceof TelegramRefusal) return chatId;
    const messageId = Number(parameters.get('message_id'));
    const before = this.#box.all.findLast(one => one.messageId === messageId && one.chatId === chatId);
    if (before === undefined) return new TelegramRefusal(400, 'Bad Request: message to edit not found');
    const text = checkText(parameters.get('text'), parameters.get('parse_mode'));
    if (text instanceof TelegramRefusal) return text;
    if (text.text === before.text && JSON.stringify(text.entities) === JSON.stringify(before.entities))
      return new TelegramRefusal(
        400,
        'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
      );
    return this.#keep({ ...text, chatId, messageId, edited: true });
  }

  #chatId(parameters: Parameters): number | TelegramRefusal {
    const given = parameters.get('chat_id');
    if (given === undefined || given === '') return new TelegramRefusal(400, 'Bad Request: chat_id is empty');
    const chatId = this.#options.chatIds.find(known => known === given || String(known) === given);
    return chatId ?? new TelegramRefusal(400, 'Bad Request: chat not found');
  }

  #keep(message: Omit<TelegramMessage, 'receivedAt'>): unknown {
    const receivedAt = this.#options.clock.now();
    this.#box.add({ ...message, receivedAt });
    const type = message.chatId < 0 ? 'supergroup' : 'private';
    return {
      message_id: message.messageId,
      from: this.#self,
      chat: { id: message.chatId, type, ...(type === 'private' ? { first_name: 'Lab' } : { title: 'Lab' }) },
      date: Math.floor(receivedAt.getTime() / 1000),
      text: message.text,
      ...(message.entities.length > 0 ? { entities: message.entities } : {}),
    };
  }
}

function asRecord(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TypeError('not an object');
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
