/**
 * What waits for a bot (https://core.telegram.org/bots/api#getting-updates): numbered, kept until a getUpdates with a
 * higher offset confirms it, and given to one asker: a second getUpdates ends the first with 409.
 */
import { fieldOf, parseJson, refused } from './telegram-keyboard.ts';
import { TelegramRefusal } from './telegram-refusal.ts';

export interface TelegramUpdate {
  readonly update_id: number;
  readonly [kind: string]: unknown;
}

const KINDS = ['message', 'edited_message', 'channel_post', 'callback_query', 'my_chat_member'];
const LONGEST_S = 50;

export class UpdateQueue {
  #waiting: TelegramUpdate[] = [];
  #lastId = 0;
  #allowed: readonly string[] = KINDS;
  /** The getUpdates that hangs at the moment. */
  #poll: ((conflict: boolean) => void) | undefined;
  readonly #pollWatchers = new Set<() => void>();

  /** Not confirmed yet. */
  get pending(): readonly TelegramUpdate[] {
    return this.#waiting;
  }

  add(kind: string, payload: unknown): number {
    this.#lastId += 1;
    if (this.#allowed.includes(kind)) this.#waiting.push({ update_id: this.#lastId, [kind]: payload });
    this.#poll?.(false);
    return this.#lastId;
  }

  /** Resolves when somebody waits for updates, and everything before has been confirmed. */
  idle(): Promise<void> {
    if (this.#poll !== undefined && this.#waiting.length === 0) return Promise.resolve();
    return new Promise(resolve => {
      const look = () => {
        if (this.#waiting.length > 0) return;
        this.#pollWatchers.delete(look);
        resolve();
      };
      this.#pollWatchers.add(look);
    });
  }

  /** @param gone aborts when the asker has hung up */
  async take(parameters: ReadonlyMap<string, unknown>, gone: AbortSignal): Promise<unknown> {
    const offset = integer(parameters.get('offset'), 0);
    const limit = integer(parameters.get('limit'), 100);
    const timeout = integer(parameters.get('timeout'), 0);
    const allowed = listOf(parameters.get('allowed_updates'));
    if (
      offset === undefined ||
      limit === undefined ||
      timeout === undefined ||
      limit < 1 ||
      limit > 100 ||
      timeout < 0
    )
      return refused('invalid offset, limit or timeout specified');
    if (allowed === undefined) return refused('expected an Array of String as allowed_updates');
    if (allowed.length > 0) this.#allowed = allowed;
    this.#poll?.(true);
    this.#confirm(offset);
    if (this.#waiting.length === 0 && timeout > 0) {
      const conflict = await this.#hang(Math.min(timeout, LONGEST_S) * 1000, gone);
      if (conflict)
        return new TelegramRefusal(
          409,
          'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
        );
    }
    return this.#waiting.slice(0, limit);
  }

  #confirm(offset: number): void {
    if (offset < 0) this.#waiting = this.#waiting.slice(offset);
    else this.#waiting = this.#waiting.filter(update => update.update_id >= offset);
  }

  /** Resolves to true when another getUpdates took the place. */
  async #hang(ms: number, gone: AbortSignal): Promise<boolean> {
    return new Promise(resolve => {
      const end = (conflict: boolean) => {
        clearTimeout(timer);
        gone.removeEventListener('abort', hangUp);
        if (this.#poll === end) this.#poll = undefined;
        resolve(conflict);
      };
      const hangUp = () => end(false);
      const timer = setTimeout(hangUp, ms);
      gone.addEventListener('abort', hangUp);
      this.#poll = end;
      for (const look of this.#pollWatchers) look();
    });
  }
}

function integer(value: unknown, fallback: number): number | undefined {
  if (value === undefined || value === '') return fallback;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** Of strings, as an array or its JSON; empty when it was not given. */
function listOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === '') return [];
  const list = typeof value === 'string' ? parseJson(value) : value;
  return Array.isArray(list) && list.every(one => typeof one === 'string') ? list : undefined;
}

/** setMyCommands. @returns the commands, or why they cannot be */
export function checkCommands(
  value: unknown,
): readonly { command: string; description: string }[] | TelegramRefusal {
  const list = typeof value === 'string' ? parseJson(value) : value;
  if (!Array.isArray(list) || list.length > 100) return refused('expected an Array of up to 100 commands');
  const commands = list.map(one => ({
    command: String(fieldOf(one, 'command')),
    description: String(fieldOf(one, 'description')),
  }));
  if (commands.some(({ command }) => !/^[a-z0-9_]{1,32}$/.test(command)))
    return refused('BOT_COMMAND_INVALID');
  if (commands.some(({ description }) => description.length < 1 || description.length > 256))
    return refused('BOT_COMMAND_DESCRIPTION_INVALID');
  return commands;
}
