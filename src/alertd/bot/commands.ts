/** What people can write to the bot, and who answers. A command is read kindly: any case, any spaces, with the bot's name or not. */
import type { Clock } from '../../lib/clock.ts';
import { inert } from '../../lib/text.ts';
import { bold, code, line, listing, plain } from '../../message/telegram-lines.ts';
import type { WhenFormat } from '../../message/when.ts';
import type { Db } from '../../store/session.ts';

export interface Asked {
  readonly db: Db;
  readonly site: string;
  /** What stands after the command: one inert line. */
  readonly words: string;
  /** `Anna (Telegram)` */
  readonly actor: string;
  readonly when: WhenFormat;
  /** Of the site, without a slash at the end. */
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
}

/** Answers in Telegram's HTML, within one message. */
type Answer = (asked: Asked) => Promise<string>;

interface CommandEntry {
  readonly description: string;
  readonly usage: string;
  /** Changes something: never done for who wrote long ago, while nobody listened. */
  readonly acts?: true;
  readonly answer: Answer;
}

const TABLE: Readonly<Record<string, CommandEntry>> = {
  devices: {
    description: 'Who is here',
    usage: '/devices or /devices printer',
    answer: async asked => (await import('./answer-devices.ts')).answerDevices(asked),
  },
  who: {
    description: 'Who has an address, now or at a time',
    usage: '/who 192.168.1.40, or a MAC or a name; /who 192.168.1.40 yesterday 03:12',
    answer: async asked => (await import('./answer-who.ts')).answerWho(asked),
  },
  status: {
    description: 'How the networks, alerts, services and channels are',
    usage: '/status',
    answer: async asked => (await import('./answer-status.ts')).answerStatus(asked),
  },
  alerts: {
    description: 'Open alerts',
    usage: '/alerts',
    answer: async asked => (await import('./answer-alerts.ts')).answerAlerts(asked),
  },
  mute: {
    description: 'Send nothing for a while',
    usage: '/mute 1h, or of one device or kind: /mute 2h printer, /mute 1d device_down',
    acts: true,
    answer: async asked => (await import('./answer-mute.ts')).answerMute(asked),
  },
  unmute: {
    description: 'End a mute',
    usage: '/unmute',
    acts: true,
    answer: async asked => (await import('./answer-mute.ts')).answerUnmute(asked),
  },
  help: { description: 'What this bot understands', usage: '/help', answer: () => Promise.resolve(help()) },
  start: { description: 'What this bot does', usage: '/start', answer: () => Promise.resolve(help()) },
};

/** For the client's menu. */
export const COMMANDS: readonly { readonly command: string; readonly description: string }[] = Object.entries(
  TABLE,
)
  .filter(([command]) => command !== 'start')
  .map(([command, { description }]) => ({ command, description }));

export interface Command {
  /** In lower case. */
  readonly name: string;
  /** `acts`: see CommandEntry. undefined: there is no such command. */
  readonly known: { readonly acts: boolean; readonly answer: Answer } | undefined;
  readonly words: string;
}

/** More than this is no command. */
const LONGEST_WORDS = 200;

/** undefined: it is no command, or one for another bot. @param username of this bot */
export function readCommand(text: string, username: string): Command | undefined {
  const match = /^\s*\/([a-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+([^]*))?$/i.exec(text);
  if (match === null) return undefined;
  const [, name = '', bot, words = ''] = match;
  if (bot !== undefined && bot.toLowerCase() !== username.toLowerCase()) return undefined;
  const entry = Object.hasOwn(TABLE, name.toLowerCase()) ? TABLE[name.toLowerCase()] : undefined;
  return {
    name: name.toLowerCase(),
    known: entry === undefined ? undefined : { acts: entry.acts === true, answer: entry.answer },
    words: inert(words.replace(/\s+/g, ' '), LONGEST_WORDS),
  };
}

export function help(): string {
  return listing(
    [
      line(
        bold('netureon'),
        ' tells this chat what changes on your network. Buttons under its messages act.',
      ),
      plain(''),
    ],
    Object.entries(TABLE)
      .filter(([command]) => command !== 'start')
      .map(([command, { description, usage }]) =>
        line(`/${command}  ${description}. `, ...(usage === `/${command}` ? [] : ['E.g. ', code(usage)])),
      ),
  );
}

/** How a command is written, for one that was not understood. */
export function usageOf(name: string): string {
  return TABLE[name]?.usage ?? '/help';
}
