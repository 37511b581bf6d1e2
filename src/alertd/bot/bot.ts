/**
 * bot: what people do in the chats that get messages: they press buttons and write commands. Updates come by long polling
 * (https://core.telegram.org/bots/api#getupdates): nothing has to reach this machine. An update is confirmed with the
 * getUpdates that follows, so only after it was acted upon; after a crash in between it comes again, and changes nothing,
 * for the database knows which buttons have acted.
 *
 * This file: the loop. Of several daemons that share a database one polls, held by a lease; should another program
 * poll with the same token, Telegram tells (409) and this one says so and tries now and then.
 */
import { GrammyError } from 'grammy/web';
import type { Update } from 'grammy/types';
import { backoffMs, type Backoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { inert } from '../../lib/text.ts';
import { claimBot, releaseBot } from '../../store/bot.ts';
import type { Db } from '../../store/session.ts';
import { isSqlError } from '../../store/sql-error.ts';
import { retryAfterMs, telegramApi, whyUnreachable, type TelegramAccess } from '../telegram-api.ts';
import { COMMANDS } from './commands.ts';

export interface BotTuning {
  /** How long Telegram may let a getUpdates hang, in seconds; it takes up to 50. */
  readonly pollS: number;
  /** An answer that is later than that by so much will not come. */
  readonly marginMs: number;
  /** Longer than a poll and what it brings. */
  readonly leaseMs: number;
  /** While another daemon polls, or another program does. */
  readonly standbyMs: number;
  /** After a token that Telegram does not know. */
  readonly refusedMs: number;
  /** Between the tries when Telegram or the database cannot be reached. */
  readonly retry: Backoff;
}

export const defaultBotTuning: BotTuning = {
  pollS: 50,
  marginMs: 15_000,
  leaseMs: 120_000,
  standbyMs: 15_000,
  refusedMs: 5 * 60_000,
  retry: { baseMs: 1_000, capMs: 60_000, floorMs: 500 },
};

export interface BotOptions {
  readonly access: TelegramAccess;
  readonly db: Db;
  readonly site: string;
  /** What to do with an update. Rejects when it has to come again. */
  readonly handle: (update: Update, self: Self) => Promise<void>;
  readonly tuning: BotTuning;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Who the bot is. */
export interface Self {
  /** Without the @. */
  readonly username: string;
}

/** So many at a time: a storm is worked off in pieces, each of which fits into the longest answer that is read. */
const BATCH = 20;
const LONGEST_ANSWER = 4 * 1024 * 1024;
/** An update that goes wrong so often, and not for want of a database, is left out. */
const MOST_TRIES = 3;
/** A server that does not let the poll hang is not asked more often than this. */
const SHORTEST_ROUND_MS = 1_000;
/** Telling Telegram, at the end, what was done. */
const FAREWELL_MS = 2_000;

/** Never rejects; resolves when `signal` has aborted and what was begun is done. */
export async function runBot(options: BotOptions): Promise<void> {
  const polling = new Polling(options);
  await polling.run();
}

class Polling {
  readonly #options: BotOptions;
  readonly #id: number;
  #holder: string | null = null;
  #self: Self | undefined;
  /** The first update that is not yet done. */
  #offset = 0;
  #tries = { update: 0, times: 0 };
  #failures = 0;
  /** Each trouble is told when it begins, not at every try. */
  #told: string | undefined;

  constructor(options: BotOptions) {
    this.#options = options;
    this.#id = Number(options.access.token.split(':')[0]);
  }

  async run(): Promise<void> {
    const { signal, clock, tuning, random } = this.#options;
    while (!signal.aborted) {
      let pauseMs: number;
      try {
        pauseMs = await this.#round();
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        this.#failures += 1;
        pauseMs = this.#trouble(error) ?? backoffMs(tuning.retry, this.#failures, random());
      }
      if (pauseMs > 0) await clock.sleep(pauseMs, signal);
    }
    await this.#farewell();
  }

  /** One poll and what it brings. @returns how long to wait before the next */
  async #round(): Promise<number> {
    const { db, site, tuning, clock, log } = this.#options;
    const lease = await claimBot(db, site, this.#id, this.#holder, tuning.leaseMs);
    if (!lease.mine) {
      this.#holder = null;
      this.#tell(lease.site === site ? 'standby' : 'shared', () =>
        lease.site === site
          ? log.info('another alertd answers the Telegram bot, this one stands by')
          : log.warn('the Telegram bot belongs to another site, its buttons and commands do not work here', {
              site: lease.site,
              remedy: 'give each site a bot of its own, or set [telegram] commands = false here',
            }),
      );
      return tuning.standbyMs;
    }
    this.#holder = lease.holder;
    this.#self ??= await this.#introduce();
    const begun = clock.monotonic();
    const updates = await this.#api(tuning.pollS * 1000 + tuning.marginMs, LONGEST_ANSWER, api =>
      api.getUpdates({
        offset: this.#offset,
        limit: BATCH,
        timeout: tuning.pollS,
        allowed_updates: ['message', 'callback_query'],
      }),
    );
    this.#back();
    for (const update of updates) await this.#handle(update, this.#self);
    return updates.length > 0 ? 0 : Math.max(0, SHORTEST_ROUND_MS - (clock.monotonic() - begun));
  }

  /** Who we are, and the commands in the client's menu. */
  async #introduce(): Promise<Self> {
    const { tuning } = this.#options;
    const me = await this.#api(tuning.marginMs, undefined, api => api.getMe());
    await this.#api(tuning.marginMs, undefined, api => api.setMyCommands(COMMANDS));
    return { username: me.username };
  }

  async #handle(update: Update, self: Self): Promise<void> {
    const { handle, log, signal } = this.#options;
    if (signal.aborted) return;
    try {
      await handle(update, self);
    } catch (error) {
      // Without the database nothing can be done, and the update waits. Anything else would hold up all that follow.
      if (error instanceof NetureonError && error.code === 'database') throw error;
      const { update: same, times } = this.#tries;
      this.#tries = { update: update.update_id, times: same === update.update_id ? times + 1 : 1 };
      if (this.#tries.times < MOST_TRIES) throw error;
      log.error('left out what somebody said to the Telegram bot', { reason: this.#reason(error) });
    }
    this.#offset = update.update_id + 1;
  }

  /** A call that is given up when the daemon stops, or after `ms`. */
  async #api<T>(
    ms: number,
    longestAnswer: number | undefined,
    call: (api: ReturnType<typeof telegramApi>) => Promise<T>,
    stopping: AbortSignal = this.#options.signal,
  ): Promise<T> {
    const { access, clock } = this.#options;
    const late = new AbortController();
    const done = new AbortController();
    void clock.sleep(ms, done.signal).then(() => late.abort());
    try {
      return await call(telegramApi(access, AbortSignal.any([stopping, late.signal]), longestAnswer));
    } finally {
      done.abort();
    }
  }

  /** @returns how long to wait, where the trouble says so */
  #trouble(error: unknown): number | undefined {
    const { log, tuning } = this.#options;
    if (error instanceof GrammyError) {
      const said = inert(`${error.error_code} ${error.description}`, 300);
      if (error.error_code === 429) return retryAfterMs(error.parameters.retry_after);
      if (error.error_code === 401 || error.error_code === 404) {
        this.#tell('token', () =>
          log.error('Telegram does not know the bot: buttons and commands do not work', {
            reason: said,
            remedy: 'correct token in [telegram]',
          }),
        );
        return tuning.refusedMs;
      }
      if (error.error_code === 409) {
        this.#tell('conflict', () =>
          log.warn('another program asks for what people say to the Telegram bot', {
            reason: said,
            remedy: 'stop it (or remove its webhook), or set [telegram] commands = false here',
          }),
        );
        return tuning.standbyMs;
      }
    }
    // A poll that hangs is cut off by routers now and then: only what lasts is worth a word.
    if (this.#failures === 3)
      this.#tell('unreachable', () =>
        log.warn('buttons and commands of the Telegram bot wait', { reason: this.#reason(error) }),
      );
    return undefined;
  }

  #reason(error: unknown): string {
    return error instanceof NetureonError || isSqlError(error)
      ? messageOf(error)
      : whyUnreachable(error, this.#options.access.token);
  }

  #tell(trouble: string, say: () => void): void {
    if (this.#told !== trouble) say();
    this.#told = trouble;
  }

  #back(): void {
    if (this.#told !== undefined) this.#options.log.info('the Telegram bot answers');
    this.#told = undefined;
  }

  /** Whoever comes next need not do again what was done, and may begin at once. */
  async #farewell(): Promise<void> {
    const { db, clock } = this.#options;
    if (this.#holder === null) return;
    const holder = this.#holder;
    const over = new AbortController();
    const confirm = async () => {
      if (this.#offset > 0)
        await this.#api(
          FAREWELL_MS,
          LONGEST_ANSWER,
          api => api.getUpdates({ offset: this.#offset, limit: 1, timeout: 0 }),
          over.signal,
        );
    };
    const said = await Promise.allSettled([
      confirm(),
      Promise.race([releaseBot(db, this.#id, holder), clock.sleep(FAREWELL_MS, over.signal)]),
    ]);
    over.abort();
    // Neither is needed: updates that come again do nothing, and a lease runs out.
    for (const one of said)
      if (one.status === 'rejected')
        this.#options.log.debug('the Telegram bot left without a word', { reason: this.#reason(one.reason) });
  }
}
