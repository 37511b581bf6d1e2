/** What the stand-in's methods do: messages that are kept and edited, buttons that are pressed, updates that wait. */
import type { Clock } from '../lib/clock.ts';
import type { Mailbox } from './mailbox.ts';
import type { TelegramEntity } from './telegram-html.ts';
import { checkKeyboard, markupOf, refused, type TelegramKeyboard } from './telegram-keyboard.ts';
import { refusals, TelegramRefusal } from './telegram-refusal.ts';
import { checkText } from './telegram-text.ts';
import { checkCommands, UpdateQueue } from './telegram-updates.ts';

export type Parameters = ReadonlyMap<string, unknown>;

export interface TelegramMessage {
  readonly messageId: number;
  readonly chatId: number;
  readonly receivedAt: Date;
  /** As it is shown, without markup. */
  readonly text: string;
  readonly entities: readonly TelegramEntity[];
  /** As it was sent. */
  readonly source: string;
  /** Set when this replaced the text or the buttons of a message sent before. */
  readonly edited: boolean;
  /** Its buttons, row by row. */
  readonly keyboard: TelegramKeyboard;
}

export interface TelegramUser {
  readonly id: number;
  readonly firstName: string;
  readonly lastName?: string;
}

/** What the bot answered to a pressed button. */
export interface Toast {
  readonly queryId: string;
  readonly text: string;
  readonly alert: boolean;
}

/** At most so many messages to one chat within a minute; the real one allows a group 20. */
export interface FloodLimit {
  readonly perMinute: number;
}

export interface BotOptions {
  readonly clock: Clock;
  readonly token: string;
  readonly chatIds: readonly number[];
  readonly flood?: FloodLimit;
}

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message';
const QUERY_LIVES_MS = 15 * 60_000;

export class Bot {
  readonly updates = new UpdateQueue();
  readonly username = 'netureon_lab_bot';
  readonly #options: BotOptions;
  readonly #box: Mailbox<TelegramMessage>;
  readonly #toasts: Mailbox<Toast>;
  readonly #chats: Set<number>;
  /** Pressed, and until when an answer is taken. */
  readonly #queries = new Map<string, number>();
  readonly #sent = new Map<number, number[]>();
  #lastMessageId = 0;
  #lastQuery = 0;
  #commands: readonly { command: string; description: string }[] = [];

  constructor(options: BotOptions, box: Mailbox<TelegramMessage>, toasts: Mailbox<Toast>) {
    this.#options = options;
    this.#box = box;
    this.#toasts = toasts;
    this.#chats = new Set(options.chatIds);
  }

  get commands(): readonly { command: string; description: string }[] {
    return this.#commands;
  }

  /** `/bot<token>/<method>`: a token of the wrong shape is not found, one of the right shape but unknown not authorized. */
  authorize(url: string): { name: string; query: URLSearchParams } | TelegramRefusal {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const [, token, name] = /^\/bot(\d+:[\w-]{35})\/(\w+)$/.exec(decodeURIComponent(pathname)) ?? [];
    if (token === undefined || name === undefined) return new TelegramRefusal(404, 'Not Found');
    if (token !== this.#options.token) return new TelegramRefusal(401, 'Unauthorized');
    return { name: name.toLowerCase(), query: searchParams };
  }

  /** @param gone aborts when the asker has hung up */
  call(name: string, parameters: Parameters | TelegramRefusal, gone: AbortSignal): unknown {
    if (parameters instanceof TelegramRefusal) return parameters;
    if (name === 'getme') return { ...this.#self(), can_join_groups: true, supports_inline_queries: false };
    if (name === 'getupdates') return this.updates.take(parameters, gone);
    if (name === 'sendmessage') return this.#send(parameters);
    if (name === 'editmessagetext') return this.#editText(parameters);
    if (name === 'editmessagereplymarkup') return this.#editMarkup(parameters);
    if (name === 'answercallbackquery') return this.#answer(parameters);
    if (name === 'setmycommands') {
      const commands = checkCommands(parameters.get('commands'));
      if (commands instanceof TelegramRefusal) return commands;
      this.#commands = commands;
      return true;
    }
    return new TelegramRefusal(404, 'Not Found: method not found');
  }

  /** Somebody writes to the bot; who has can be answered. @returns the update's number */
  say(chatId: number, text: string, from: TelegramUser, at: Date): number {
    this.#chats.add(chatId);
    const command = /^\/\w+(?:@\w+)?/.exec(text)?.[0];
    return this.updates.add('message', {
      message_id: ++this.#lastMessageId,
      from: userOf(from),
      chat: chatOf(chatId),
      date: Math.floor(at.getTime() / 1000),
      text,
      ...(command === undefined
        ? {}
        : { entities: [{ type: 'bot_command', offset: 0, length: command.length }] }),
    });
  }

  /** Somebody presses a button; `data` need not be that of any. @returns the number that the answer names */
  press(message: Pick<TelegramMessage, 'chatId' | 'messageId'>, data: string, from: TelegramUser): string {
    const queryId = String(++this.#lastQuery);
    this.#queries.set(queryId, this.#options.clock.monotonic() + QUERY_LIVES_MS);
    const known = this.#latest(message.chatId, message.messageId);
    const { messageId, chatId } = message;
    this.updates.add('callback_query', {
      id: queryId,
      from: userOf(from),
      chat_instance: String(chatId),
      data,
      // One that the server cannot show any more has date 0.
      message:
        known === undefined ? { message_id: messageId, chat: chatOf(chatId), date: 0 } : this.#told(known),
    });
    return queryId;
  }

  #send(parameters: Parameters): unknown {
    const chatId = this.#chatId(parameters);
    if (chatId instanceof TelegramRefusal) return chatId;
    const text = checkText(parameters.get('text'), parameters.get('parse_mode'), parameters.get('entities'));
    if (text instanceof TelegramRefusal) return text;
    const keyboard = checkKeyboard(parameters.get('reply_markup'));
    if (keyboard instanceof TelegramRefusal) return keyboard;
    const wait = this.#floodWait(chatId);
    if (wait > 0) return refusals.tooManyRequests(wait);
    return this.#keep({ ...text, keyboard, chatId, messageId: ++this.#lastMessageId, edited: false });
  }

  #editText(parameters: Parameters): unknown {
    const before = this.#edited(parameters);
    if (before instanceof TelegramRefusal) return before;
    const text = checkText(parameters.get('text'), parameters.get('parse_mode'), parameters.get('entities'));
    if (text instanceof TelegramRefusal) return text;
    return this.#replace(before, { ...before, ...text }, parameters);
  }

  #editMarkup(parameters: Parameters): unknown {
    const before = this.#edited(parameters);
    return before instanceof TelegramRefusal ? before : this.#replace(before, before, parameters);
  }

  #replace(before: TelegramMessage, after: TelegramMessage, parameters: Parameters): unknown {
    const keyboard = checkKeyboard(parameters.get('reply_markup'));
    if (keyboard instanceof TelegramRefusal) return keyboard;
    const shown = (one: TelegramMessage) => JSON.stringify([one.text, one.entities, one.keyboard]);
    if (shown(before) === shown({ ...after, keyboard })) return refused(NOT_MODIFIED);
    return this.#keep({ ...after, keyboard, edited: true });
  }

  #edited(parameters: Parameters): TelegramMessage | TelegramRefusal {
    const chatId = this.#chatId(parameters);
    if (chatId instanceof TelegramRefusal) return chatId;
    return this.#latest(chatId, Number(parameters.get('message_id'))) ?? refused('message to edit not found');
  }

  #answer(parameters: Parameters): unknown {
    const queryId = parameters.get('callback_query_id');
    const until = typeof queryId === 'string' ? this.#queries.get(queryId) : undefined;
    if (typeof queryId !== 'string' || until === undefined || until < this.#options.clock.monotonic())
      return refused('query is too old and response timeout expired or query ID is invalid');
    const text = parameters.get('text') ?? '';
    if (typeof text !== 'string' || text.length > 200) return refused('MESSAGE_TOO_LONG');
    this.#queries.delete(queryId);
    const alert = parameters.get('show_alert');
    this.#toasts.add({ queryId, text, alert: alert === true || alert === 'true' });
    return true;
  }

  #floodWait(chatId: number): number {
    const { flood, clock } = this.#options;
    if (flood === undefined) return 0;
    const now = clock.monotonic();
    const recent = (this.#sent.get(chatId) ?? []).filter(at => now - at < 60_000);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= flood.perMinute)
      return Math.max(1, Math.ceil((oldest + 60_000 - now) / 1000));
    this.#sent.set(chatId, [...recent, now]);
    return 0;
  }

  #chatId(parameters: Parameters): number | TelegramRefusal {
    const given = parameters.get('chat_id');
    if (given === undefined || given === '') return refused('chat_id is empty');
    return (
      [...this.#chats].find(known => known === given || String(known) === given) ?? refused('chat not found')
    );
  }

  #latest(chatId: number, messageId: number): TelegramMessage | undefined {
    return this.#box.all.findLast(one => one.messageId === messageId && one.chatId === chatId);
  }

  #keep(message: Omit<TelegramMessage, 'receivedAt'>): unknown {
    const kept = { ...message, receivedAt: this.#options.clock.now() };
    this.#box.add(kept);
    return this.#told(kept);
  }

  #told(message: TelegramMessage): unknown {
    return {
      message_id: message.messageId,
      from: this.#self(),
      chat: chatOf(message.chatId),
      date: Math.floor(message.receivedAt.getTime() / 1000),
      text: message.text,
      ...(message.entities.length > 0 ? { entities: message.entities } : {}),
      ...markupOf(message.keyboard),
    };
  }

  #self(): Readonly<Record<string, unknown>> {
    const id = Number(this.#options.token.split(':')[0]);
    return { id, is_bot: true, first_name: 'netureon', username: this.username };
  }
}

function userOf({ id, firstName, lastName }: TelegramUser): unknown {
  return {
    id,
    is_bot: false,
    first_name: firstName,
    ...(lastName === undefined ? {} : { last_name: lastName }),
  };
}

function chatOf(id: number): unknown {
  const type = id < 0 ? 'supergroup' : 'private';
  return { id, type, ...(type === 'private' ? { first_name: 'Lab' } : { title: 'Lab' }) };
}
