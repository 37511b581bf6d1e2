/** What to do with an update: only configured chats are obeyed. Everybody else is told so once, and nothing more. */
import type { Message, Update } from 'grammy/types';
import { GrammyError } from 'grammy/web';
import { durationText } from '../../lib/duration.ts';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { inert } from '../../lib/text.ts';
import { listing, plain } from '../../message/telegram-lines.ts';
import { botChats } from '../../store/bot.ts';
import { isSqlError } from '../../store/sql-error.ts';
import type { Self } from './bot.ts';
import { help, readCommand, type Asked } from './commands.ts';
import { patiently, type Patience } from './patient.ts';
import { actorOf, isConfigured, Pace, Strangers } from './people.ts';
import type { Presses } from './press.ts';

export interface UpdatesOptions extends Patience, Pick<Asked, 'db' | 'site' | 'when' | 'publicUrl'> {
  readonly presses: Presses;
  readonly log: Log;
}

/** A command that changes something is not done for who wrote it so long ago: it waited while nobody listened. */
const OLD_S = 10 * 60;
const REFUSAL = 'Sorry, this bot only answers the people it was set up for.';

export class Updates {
  readonly #options: UpdatesOptions;
  readonly #strangers = new Strangers();
  readonly #pace = new Pace();

  constructor(options: UpdatesOptions) {
    this.#options = options;
  }

  /** Rejects when it could not be done, and has to come again. */
  async handle({ callback_query: query, message }: Update, self: Self): Promise<void> {
    const chat = query?.message?.chat ?? message?.chat;
    if (chat === undefined) return;
    const { db, site, presses, log } = this.#options;
    if (isConfigured(chat, await botChats(db, site))) {
      if (query !== undefined) return presses.handle(query);
      return message === undefined ? undefined : this.#command(message, self);
    }
    const first = this.#strangers.isFirst(chat.id);
    if (first)
      log.warn('somebody in a chat that is not configured writes to the Telegram bot', {
        chat: chat.id,
        remedy: 'if it is yours, put it into chat_ids in [telegram]',
      });
    if (query !== undefined)
      return this.#kindly(() =>
        patiently(this.#options, api => api.answerCallbackQuery(query.id, { text: REFUSAL })),
      );
    // In a group only who speaks to the bot is answered; it may hear the others too.
    if (first && (chat.type === 'private' || readCommand(message?.text ?? '', self.username) !== undefined))
      await this.#reply(chat.id, listing([plain(REFUSAL)], []));
  }

  async #command(message: Message, self: Self): Promise<void> {
    const { chat, from, text = '', date } = message;
    const command = readCommand(text, self.username);
    // In groups others speak to one another; and a command may be for another bot.
    if (command === undefined && (chat.type !== 'private' || text.trimStart().startsWith('/'))) return;
    const pace = this.#pace.judge(chat.id, this.#options.clock.monotonic());
    if (pace === 'ignore') return;
    if (pace === 'tell')
      return this.#reply(chat.id, listing([plain('That is a lot at once. I listen again in a minute.')], []));
    if (command === undefined || from === undefined) return this.#reply(chat.id, help());
    // Groups have other bots, whose commands look the same.
    if (command.known === undefined)
      return chat.type === 'private' ? this.#reply(chat.id, help()) : undefined;
    const age = Math.round(this.#options.clock.now().getTime() / 1000 - date);
    if (command.known.acts && age > OLD_S)
      return this.#reply(
        chat.id,
        listing(
          [
            plain(
              `You wrote /${command.name} ${durationText(age)} ago, and nobody listened then. Write it again if it still holds.`,
            ),
          ],
          [],
        ),
      );
    this.#options.log.info('command in Telegram', {
      command: command.name,
      chat: chat.id,
      by: actorOf(from),
    });
    await this.#reply(chat.id, await this.#answer(command, actorOf(from)));
  }

  async #answer(command: NonNullable<ReturnType<typeof readCommand>>, actor: string): Promise<string> {
    const { words, known, name } = command;
    try {
      return (await known?.answer({ ...this.#options, words, actor })) ?? help();
    } catch (error) {
      // The server's own errors come again with the same words; a lost connection does not.
      if (!isSqlError(error) && !(error instanceof NetureonError && error.code !== 'database')) throw error;
      this.#options.log.error('a command in Telegram went wrong', {
        command: name,
        reason: messageOf(error),
      });
      return listing([plain('That went wrong. The log of netureon’s alert daemon says why.')], []);
    }
  }

  #reply(chat: number, html: string): Promise<void> {
    return this.#kindly(() =>
      patiently(this.#options, api =>
        api.sendMessage(chat, html, { parse_mode: 'HTML', link_preview_options: { is_disabled: true } }),
      ),
    );
  }

  /** What Telegram refuses is not asked again: the bot was blocked, say. */
  async #kindly(say: () => Promise<unknown>): Promise<void> {
    try {
      await say();
    } catch (error) {
      if (!(error instanceof GrammyError)) throw error;
      this.#options.log.warn('Telegram did not take an answer', {
        reason: inert(`${error.error_code} ${error.description}`, 200),
      });
    }
  }
}
