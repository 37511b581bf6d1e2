/** What people may say of a channel: its name, and whom it reaches. Checked when it is saved and again when it is used. */
import {
  chatIdProblem,
  mailAddressProblem,
  roomProblem,
  topicProblem,
  webAddressProblem,
} from '../lib/recipient.ts';
import { inert } from '../lib/text.ts';
import type { ChannelKind } from './channel-kinds.ts';

/** As channels.settings keeps them. */
export type Settings = Readonly<Record<string, unknown>>;

/** Whom a channel reaches; `target` says so to people. */
export type Recipients =
  | { readonly kind: 'email'; readonly settings: { readonly to: readonly string[] }; readonly target: string }
  | { readonly kind: 'telegram'; readonly settings: { readonly chatId: string }; readonly target: string }
  | { readonly kind: 'ntfy'; readonly settings: { readonly topic: string }; readonly target: string }
  | { readonly kind: 'matrix'; readonly settings: { readonly room: string }; readonly target: string }
  | { readonly kind: 'webhook'; readonly settings: { readonly url: string }; readonly target: string };

/** More would be a mailing list, which is better kept by a mail server. */
const MOST_ADDRESSES = 50;

/** Each kind's setting, and what a person calls it. */
export const RECIPIENT_WORDS: Readonly<Record<ChannelKind, { readonly key: string; readonly word: string }>> =
  {
    email: { key: 'to', word: 'mail addresses' },
    telegram: { key: 'chatId', word: 'chat' },
    webhook: { key: 'url', word: 'web address' },
    ntfy: { key: 'topic', word: 'topic' },
    matrix: { key: 'room', word: 'room' },
  };

/** @returns what is wrong, as a sentence, or undefined */
export function checkChannelName(name: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9:._-]{0,40}$/.test(name))
    return 'The name must be 1 to 41 of a-z, 0-9, colon, dot, dash and underscore, beginning with a letter or digit.';
  if (/^(?:email|webhook)$|^(?:telegram|ntfy|matrix):/.test(name))
    return `The name ${name} is kept for channels of the configuration. Choose another, for example ${suggestion(name)}.`;
  return undefined;
}

function suggestion(name: string): string {
  return `my-${name.replace(/:.*/, '')}`;
}

/** @returns exactly what the kind needs, or what is wrong as a sentence */
export function checkRecipients(kind: ChannelKind, settings: Settings): Checked {
  const { key, word } = RECIPIENT_WORDS[kind];
  const given = settings[key];
  if (kind === 'email') return checkAddresses(given);
  if (typeof given !== 'string' || given.trim() === '') return { problem: `The ${word} is missing.` };
  const text = given.trim();
  return CHECKS[kind](text);
}

type Checked = Recipients | { readonly problem: string };

const CHECKS: Readonly<Record<Exclude<ChannelKind, 'email'>, (text: string) => Checked>> = {
  telegram: chatId =>
    problem('chat', chatIdProblem(chatId)) ?? {
      kind: 'telegram',
      settings: { chatId },
      target: `chat ${chatId}`,
    },
  ntfy: topic =>
    problem('topic', topicProblem(topic)) ?? { kind: 'ntfy', settings: { topic }, target: `topic ${topic}` },
  matrix: room =>
    problem('room', roomProblem(room)) ?? { kind: 'matrix', settings: { room }, target: `room ${room}` },
  webhook: url =>
    problem('web address', webAddressProblem(url)) ?? {
      kind: 'webhook',
      settings: { url },
      target: webTarget(url),
    },
};

/** A web address as far as it is no secret: the path often is one. */
export function webTarget(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return inert(`${origin}${pathname === '/' && search === '' ? '' : '/…'}`, 200);
}

function checkAddresses(given: unknown): Checked {
  const list: unknown[] = Array.isArray(given) ? given : typeof given === 'string' ? given.split(',') : [];
  const to = list.map(one => (typeof one === 'string' ? one.trim() : '')).filter(one => one !== '');
  if (to.length === 0) return { problem: 'The mail addresses are missing.' };
  if (to.length > MOST_ADDRESSES)
    return {
      problem: `${to.length} mail addresses are too many for one channel: it takes ${MOST_ADDRESSES}. Use a mailing list.`,
    };
  const wrong = to.flatMap(one => mailAddressProblem(one) ?? []);
  if (wrong.length > 0) return { problem: `Each recipient ${wrong.join('; ')}.` };
  return { kind: 'email', settings: { to }, target: inert(to.join(', '), 500) };
}

function problem(word: string, found: string | undefined): { readonly problem: string } | undefined {
  return found === undefined ? undefined : { problem: `The ${word} ${found}.` };
}
