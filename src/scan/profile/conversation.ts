/** Questions to one port of one device, each asked once more if need be, and answers read without trust. */
import type { Clock } from '../../lib/clock.ts';
import { codeOf, messageOf } from '../../lib/errors.ts';
import type { MessageChannel, OpenChannel, Remote } from '../../link/message-channel.ts';
import { WireError } from '../../wire/error.ts';

export interface Question<T> {
  readonly bytes: Uint8Array;
  /** The answer; null when these bytes are none to this question. May throw WireError. */
  readonly read: (bytes: Uint8Array) => T | null;
}

export interface Conversation<T> {
  /** In the order of the questions; null: no answer. */
  readonly answers: readonly (T | null)[];
  /** What was wrong besides silence, for a person; null: nothing. */
  readonly problem: string | null;
}

export interface ConversationDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How often a question is asked. */
const TRIES = 2;
/** From one device in one conversation; who sends more is not answering. */
const MAX_MESSAGES = 64;

/** A channel for as long as `work` takes. That nobody listens there, or that it takes too long, is null. */
export async function withChannel<T>(
  open: OpenChannel,
  remote: Remote,
  timeoutMs: number,
  deps: ConversationDeps,
  work: (channel: MessageChannel) => Promise<T>,
): Promise<T | null> {
  const limit = deadline(timeoutMs, deps);
  try {
    const channel = await open(remote, limit.signal);
    limit.clear();
    try {
      return await work(channel);
    } finally {
      channel.close();
    }
  } catch (error) {
    if (isRefusal(error) || limit.signal.aborted) return null;
    throw error;
  } finally {
    limit.clear();
  }
}

/**
 * @param timeoutMs for everything; half of it passes before the questions without an answer are asked again
 */
export async function converse<T>(
  channel: MessageChannel,
  questions: readonly Question<T>[],
  timeoutMs: number,
  deps: ConversationDeps,
): Promise<Conversation<T>> {
  const answers = questions.map((): T | null => null);
  const left = { messages: MAX_MESSAGES };
  let problem: string | null = null;
  const isDone = () => answers.every(answer => answer !== null) || left.messages === 0 || deps.signal.aborted;
  const take = (bytes: Uint8Array) => {
    for (const [i, { read }] of questions.entries()) {
      if (answers[i] !== null) continue;
      try {
        answers[i] = read(bytes);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        problem = `malformed answer (${error.message})`;
      }
    }
  };
  try {
    for (let attempt = 0; attempt < TRIES && !isDone(); attempt++) {
      for (const [i, { bytes }] of questions.entries()) if (answers[i] === null) await channel.send(bytes);
      const limit = deadline(timeoutMs / TRIES, deps);
      try {
        while (!isDone()) {
          const bytes = await channel.receive(limit.signal);
          if (bytes === null) break;
          left.messages--;
          take(bytes);
        }
      } finally {
        limit.clear();
      }
    }
  } catch (error) {
    if (!isRefusal(error)) problem = messageOf(error);
  }
  if (left.messages === 0) problem = `more than ${MAX_MESSAGES} messages in answer`;
  return { answers, problem };
}

/** Nobody listens there: the answer that most devices give, and no problem. */
function isRefusal(error: unknown): boolean {
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '');
}

/** A signal that aborts after `ms` or with the whole work, and whose timer does not outlive its use. */
function deadline(ms: number, { clock, signal }: ConversationDeps) {
  const passed = new AbortController();
  const cleared = new AbortController();
  void clock.sleep(ms, AbortSignal.any([signal, cleared.signal])).then(() => passed.abort());
  return { signal: passed.signal, clear: () => cleared.abort() };
}
