/** A button was pressed: act, answer with a toast, and show in the message what was done. */
import type { CallbackQuery, Message } from 'grammy/types';
import { GrammyError } from 'grammy/web';
import type { Log } from '../../lib/log.ts';
import { inert } from '../../lib/text.ts';
import type { WhenFormat } from '../../message/when.ts';
import { pressButton, type Pressed } from '../../store/bot.ts';
import type { Db } from '../../store/session.ts';
import { nonceOf, readButton, type ButtonAction, type PressedButton } from './button.ts';
import { editableOf, numberOf, withNote, withRow, type Editable } from './edited.ts';
import { BUTTON_LIFE_MS, rowOf } from './keyboard.ts';
import { patiently, type Patience } from './patient.ts';
import { actorOf } from './people.ts';

export interface PressOptions extends Patience {
  readonly db: Db;
  readonly site: string;
  readonly key: () => Promise<Uint8Array>;
  readonly when: WhenFormat;
  readonly log: Log;
}

/** A toast has at most 200 characters. */
const TOAST = 190;

/** What has become of it, in the past tense. */
const DONE: Readonly<Record<ButtonAction, string>> = {
  accept: 'known',
  ignore: 'ignored',
  block: 'blocked',
  undo: 'undone',
  mute: 'muted for 1 h',
  unmute: 'no longer muted',
  acknowledge: 'acknowledged',
  unacknowledge: 'no longer acknowledged',
};
const TAKES_BACK: ReadonlySet<ButtonAction> = new Set(['undo', 'unmute', 'unacknowledge']);
const STATES: Readonly<Record<string, string>> = {
  ignored: 'ignored',
  blocked: 'blocked',
  archived: 'put away',
};

/** The messages that were edited here last: a press that was made before its message's last edit knows only how it was. */
const REMEMBERED = 100;

export class Presses {
  readonly #options: PressOptions;
  readonly #shown = new Map<string, Editable>();

  constructor(options: PressOptions) {
    this.#options = options;
  }

  /** From a chat that is configured. Rejects when nothing was done, and it has to come again. */
  async handle(query: CallbackQuery): Promise<void> {
    const { db, site, key, log, clock } = this.#options;
    const actor = actorOf(query.from);
    const siteKey = await key();
    const button = readButton(siteKey, query.data ?? '');
    if (button === undefined) {
      log.warn('a button that is not ours was pressed in Telegram', { by: actor });
      return this.#toast(query, 'This button is not one of netureon’s.');
    }
    const pressed = await pressButton(db, site, button, actor);
    log.info('button pressed in Telegram', {
      action: button.action,
      alert: button.alertId,
      by: actor,
      outcome: pressed.outcome,
    });
    await this.#toast(query, this.#told(button, pressed));
    const signing = {
      key: siteKey,
      expiresAt: new Date(clock.now().getTime() + BUTTON_LIFE_MS),
      // Buttons that come back after an undo are others than those that acted.
      nonce: nonceOf(`${button.linkId} ${query.id}`),
    };
    const { message } = query;
    if (message === undefined || message.date === 0) return;
    const at = `${message.chat.id} ${message.message_id}`;
    const before = this.#shown.get(at) ?? editableOf(message);
    const number = numberOf(before.keyboard, button.alertId);
    const { standing } = pressed;
    const row = standing === null || pressed.outcome === 'expired' ? [] : rowOf(standing, number, signing);
    const note = this.#note(button, pressed, number);
    const noted = note === undefined ? before : withNote(before, note);
    await this.#edit(message, at, withRow(noted, button.alertId, row));
  }

  /** What the person reads who pressed. */
  #told(button: PressedButton, { outcome, usedBy, usedAt, standing }: Pressed): string {
    const who = inert(standing?.title ?? '', 80);
    if (outcome === 'done') return `${who}: ${this.#done(button.action, standing)}.`;
    if (outcome === 'used')
      return `Already done by ${inert(usedBy ?? 'somebody', 80)}${usedAt === null ? '' : `, ${this.#options.when(usedAt)}`}.`;
    if (outcome === 'decided') return `Nothing changed: ${who} is ${this.#decision(standing)}.`;
    if (outcome === 'expired') return 'This button is older than a week. Use netureon’s pages.';
    if (outcome === 'missing') return 'That alert is no longer kept.';
    return 'Nothing changed: something newer has happened to it meanwhile.';
  }

  /** What stays in the message; undefined: nothing new. */
  #note(
    { action }: PressedButton,
    { outcome, usedBy, usedAt, standing }: Pressed,
    number: number | undefined,
  ): string | undefined {
    const which = number === undefined ? '' : `${number}: `;
    if (outcome === 'decided') return `ℹ ${which}${this.#decision(standing)}`;
    // The same for a press that comes again after a crash: it is written once.
    if (usedBy === null || usedAt === null) return undefined;
    const mark = TAKES_BACK.has(action) ? '↩' : '✓';
    return `${mark} ${which}${DONE[action]} by ${inert(usedBy, 80)}, ${this.#options.when(usedAt)}`;
  }

  #done(action: ButtonAction, standing: Pressed['standing']): string {
    const until = action === 'mute' ? standing?.mutedUntil : undefined;
    return until == null ? DONE[action] : `muted until ${this.#options.when(until)}`;
  }

  /** How it came to be what it is. */
  #decision(standing: Pressed['standing']): string {
    const state = standing?.state ?? 'known';
    const word = STATES[state] ?? state;
    return standing?.decidedBy == null || standing.decidedAt === null
      ? `${word} already`
      : `${word} already, by ${inert(standing.decidedBy, 80)}, ${this.#options.when(standing.decidedAt)}`;
  }

  async #toast(query: CallbackQuery, text: string): Promise<void> {
    await this.#kindly('answer', () =>
      patiently(this.#options, api => api.answerCallbackQuery(query.id, { text: inert(text, TOAST) })),
    );
  }

  async #edit(
    { chat, message_id: id }: Pick<Message, 'chat' | 'message_id'>,
    at: string,
    after: Editable,
  ): Promise<void> {
    this.#shown.delete(at);
    this.#shown.set(at, after);
    for (const oldest of this.#shown.keys()) {
      if (this.#shown.size <= REMEMBERED) break;
      this.#shown.delete(oldest);
    }
    if (after.text === '') return;
    await this.#kindly('edit', () =>
      patiently(this.#options, api =>
        api.editMessageText(chat.id, id, after.text, {
          entities: [...after.entities],
          link_preview_options: { is_disabled: true },
          reply_markup: { inline_keyboard: after.keyboard.map(row => [...row]) },
        }),
      ),
    );
  }

  /** It was acted already: that Telegram does not want to show it any more is worth a line and nothing else. */
  async #kindly(what: string, show: () => Promise<unknown>): Promise<void> {
    try {
      await show();
    } catch (error) {
      if (!(error instanceof GrammyError)) throw error;
      if (/message is not modified|query is too old/.test(error.description)) return;
      this.#options.log.warn('Telegram did not show what a button did', {
        what,
        reason: inert(`${error.error_code} ${error.description}`, 200),
      });
    }
  }
}
