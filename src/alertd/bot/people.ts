/** Who says something, and where. All of it is a stranger's text until it has passed here. */
import type { Chat, User } from 'grammy/types';
import { inert } from '../../lib/text.ts';

/** For the record of what was done: `Anna (Telegram)`. */
export function actorOf({ first_name: first, last_name: last, id }: User): string {
  const name = inert(`${first} ${last ?? ''}`, 80);
  return `${name === '' ? `user ${id}` : name} (Telegram)`;
}

/** @param configured numbers of chats and @names */
export function isConfigured(chat: Chat, configured: readonly string[]): boolean {
  const name =
    'username' in chat && chat.username !== undefined ? `@${chat.username.toLowerCase()}` : undefined;
  return configured.some(
    one => one === String(chat.id) || (name !== undefined && one.toLowerCase() === name),
  );
}

/** Remembers so many, and forgets none: who is number 1,001 hears nothing. */
const MOST_STRANGERS = 1000;

/** Each stranger is answered once, and named once in the log. */
export class Strangers {
  readonly #seen = new Set<number>();

  isFirst(chat: number): boolean {
    if (this.#seen.has(chat) || this.#seen.size >= MOST_STRANGERS) return false;
    this.#seen.add(chat);
    return true;
  }
}

const PER_MINUTE = 20;

/** So many commands in a minute for each chat; the first beyond is told so, the others are not heard. */
export class Pace {
  readonly #chats = new Map<number, { readonly since: number; count: number }>();

  /** @param now milliseconds that never run backwards */
  judge(chat: number, now: number): 'go' | 'tell' | 'ignore' {
    const current = this.#chats.get(chat);
    const window =
      current === undefined || now - current.since >= 60_000 ? { since: now, count: 0 } : current;
    window.count += 1;
    this.#chats.set(chat, window);
    if (window.count <= PER_MINUTE) return 'go';
    return window.count === PER_MINUTE + 1 ? 'tell' : 'ignore';
  }
}
