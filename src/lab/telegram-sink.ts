/**
 * A stand-in for Telegram's Bot API (https://core.telegram.org/bots/api) on loopback, at least as strict as the real one:
 * what passes here passes there. Messages with buttons (HTML, entities, or neither), their edits, pressed buttons and
 * their answers, and long polling; people are played by `say` and `press`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Clock } from '../lib/clock.ts';
import { FaultPlan } from './fault-plan.ts';
import { Mailbox } from './mailbox.ts';
import {
  Bot,
  type FloodLimit,
  type Parameters,
  type TelegramMessage,
  type TelegramUser,
  type Toast,
} from './telegram-bot.ts';
import { answerOf, TelegramRefusal } from './telegram-refusal.ts';

export type { TelegramMessage, TelegramUser, Toast };

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
  /** No limit by default. */
  readonly flood?: FloodLimit;
}

/** Methods that have troubles of their own, in lower case. */
export type FaultyMethod =
  | 'getme'
  | 'getupdates'
  | 'setmycommands'
  | 'editmessagetext'
  | 'editmessagereplymarkup'
  | 'answercallbackquery';

const ANNA: TelegramUser = { id: 7, firstName: 'Anna' };

export interface TelegramSink {
  readonly port: number;
  /** What a client takes for https://api.telegram.org. */
  readonly apiRoot: string;
  /** Every message, and again each time that it was edited. */
  readonly messages: readonly TelegramMessage[];
  /** Of sendMessage and editMessageText. */
  readonly faults: FaultPlan<TelegramFault>;
  faultsOf(method: FaultyMethod): FaultPlan<TelegramFault>;
  /** See Mailbox.next. */
  nextMessage(
    matches?: (message: TelegramMessage) => boolean,
    signal?: AbortSignal,
  ): Promise<TelegramMessage>;
  watch(watcher: (message: TelegramMessage) => void): () => void;
  /** Somebody (Anna, unless said otherwise) writes to the bot. @returns the update's number */
  say(chatId: number, text: string, from?: TelegramUser, at?: Date): number;
  /** Somebody presses the button with this label (or, where there is none, sends this data). Resolves with the answer. */
  press(message: TelegramMessage, label: string, from?: TelegramUser): Promise<Toast>;
  /** The message as it is shown now. */
  shown(message: Pick<TelegramMessage, 'chatId' | 'messageId'>): TelegramMessage;
  /** Resolves when somebody polls and everything said before was confirmed. */
  idle(): Promise<void>;
  /** Breaks every connection there is, a poll that hangs as well. */
  hangUp(): void;
  /** As set by setMyCommands. */
  readonly commands: readonly { readonly command: string; readonly description: string }[];
  /** How often each method was called, names in lower case. */
  readonly calls: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function startTelegramSink(options: TelegramSinkOptions): Promise<TelegramSink> {
  const box = new Mailbox<TelegramMessage>();
  const toasts = new Mailbox<Toast>();
  const faults = new FaultPlan<TelegramFault>();
  const plans = new Map<string, FaultPlan<TelegramFault>>();
  const calls = new Map<string, number>();
  const bot = new Bot(options, box, toasts);
  const faultOf = (method: string) => {
    calls.set(method, (calls.get(method) ?? 0) + 1);
    const own = plans.get(method)?.take();
    return own ?? (method === 'sendmessage' || method === 'editmessagetext' ? faults.take() : undefined);
  };
  const server = createServer((request, response) => {
    serve(bot, faultOf, options.clock, request, response).catch((error: unknown) =>
      response.destroy(asError(error)),
    );
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const shown = ({ chatId, messageId }: Pick<TelegramMessage, 'chatId' | 'messageId'>) => {
    const latest = box.all.findLast(one => one.chatId === chatId && one.messageId === messageId);
    if (latest === undefined) throw new Error(`there is no message ${messageId} in chat ${chatId}`);
    return latest;
  };
  return {
    port,
    apiRoot: `http://127.0.0.1:${port}`,
    get messages() {
      return box.all;
    },
    faults,
    faultsOf: method => {
      const plan = plans.get(method) ?? new FaultPlan<TelegramFault>();
      plans.set(method, plan);
      return plan;
    },
    nextMessage: (matches, signal) => box.next(matches, signal),
    watch: watcher => box.watch(watcher),
    say: (chatId, text, from = ANNA, at = options.clock.now()) => bot.say(chatId, text, from, at),
    press: (message, label, from = ANNA) => {
      const here = box.all.some(one => one.messageId === message.messageId && one.chatId === message.chatId);
      const button = here
        ? shown(message)
            .keyboard.flat()
            .find(({ text }) => text === label)
        : undefined;
      const queryId = bot.press(message, button?.data ?? label, from);
      return toasts.next(toast => toast.queryId === queryId);
    },
    shown,
    idle: () => bot.updates.idle(),
    hangUp: () => server.closeAllConnections(),
    get commands() {
      return bot.commands;
    },
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function serve(
  bot: Bot,
  faultOf: (method: string) => TelegramFault | undefined,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const method = bot.authorize(request.url ?? '/');
  const fault = method instanceof TelegramRefusal ? undefined : faultOf(method.name);
  if (fault?.kind === 'cut') return void response.destroy();
  if (fault?.kind === 'slow') await clock.sleep(fault.ms);
  if (fault?.kind === 'bad-gateway') {
    response.writeHead(502, { 'content-type': 'text/html' });
    return void response.end('<html><body><h1>502 Bad Gateway</h1></body></html>');
  }
  let result: unknown;
  if (method instanceof TelegramRefusal) result = method;
  else if (fault?.kind === 'refuse') result = fault.refusal;
  else result = await bot.call(method.name, await readParameters(request, body, method.query), gone.signal);
  if (fault?.kind === 'cut-after-keeping') return void response.destroy();
  const { status, headers, json } = answerOf(result);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(json));
}

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

function asRecord(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TypeError('not an object');
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
