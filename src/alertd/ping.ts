/**
 * The dead man's switch: asks an address every minute while all is well, and with `/fail` behind it when not, as
 * healthchecks and its like understand. Who is asked no more knows that this machine or this daemon is down, and tells
 * people by a way of its own.
 */
import type { Clock } from '../lib/clock.ts';
import { codeOf, messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Fetch } from './http-fetch.ts';
import type { Beat } from './pulse.ts';

export interface PingOptions {
  /** A secret: whoever knows it can pretend that all is well. */
  readonly url: string;
  /** What is wrong, undefined: nothing. Rejects when the database does not answer. */
  readonly trouble: () => Promise<string | undefined>;
  readonly fetch: Fetch;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly beat: Beat;
  readonly signal: AbortSignal;
}

/** Of what is wrong; the address's own limits are 10 kB and more. */
const LONGEST_BODY = 2_000;

/** Until `signal` aborts. Each trouble is logged once, when it begins and when it ends. */
export async function keepPinging(options: PingOptions): Promise<void> {
  const { url, trouble, everyMs, timeoutMs, clock, log, beat, signal } = options;
  for (const secret of [url, new URL(url).pathname]) if (secret.length > 8) log.redact(secret);
  let wrong = false;
  let unheard = false;
  while (!signal.aborted) {
    beat.within(everyMs + timeoutMs + 60_000);
    const what = await trouble().catch(
      (error: unknown) => `the database does not answer: ${messageOf(error)}`,
    );
    if (signal.aborted) break;
    if (what !== undefined && !wrong) log.warn('the ping says that something is wrong', { what });
    if (what === undefined && wrong) log.info('the ping says that all is well again');
    wrong = what !== undefined;
    const problem = await pingOnce(options, what);
    if (signal.aborted) break;
    if (problem !== undefined && !unheard)
      log.warn('the ping does not get through', { reason: problem, remedy: 'check [alerts] ping_url' });
    if (problem === undefined && unheard) log.info('the ping gets through again');
    unheard = problem !== undefined;
    beat.within(everyMs);
    await clock.sleep(everyMs, signal);
  }
  beat.end();
}

/** @param trouble undefined: all is well. @returns why it did not get through */
async function pingOnce(
  { url, fetch, timeoutMs, clock, signal }: PingOptions,
  trouble: string | undefined,
): Promise<string | undefined> {
  const over = new AbortController();
  const done = new AbortController();
  void clock.sleep(timeoutMs, done.signal).then(() => over.abort());
  try {
    const { status, body } = await fetch(trouble === undefined ? url : failUrl(url), {
      method: trouble === undefined ? 'GET' : 'POST',
      headers: {
        'user-agent': 'netureon',
        ...(trouble === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' }),
      },
      ...(trouble === undefined ? {} : { body: trouble.slice(0, LONGEST_BODY) }),
      // Whoever is asked is who is trusted: an address that sends us elsewhere is a mistake in the setting.
      redirect: 'manual',
      signal: AbortSignal.any([signal, over.signal]),
    });
    await body?.cancel(); // what it says is of no use
    if (status >= 200 && status < 300) return undefined;
    return status >= 300 && status < 400
      ? `HTTP status ${status}: a redirect, which is not followed`
      : `HTTP status ${status}`;
  } catch (error) {
    return over.signal.aborted ? 'it took too long' : (codeOf(error) ?? messageOf(error));
  } finally {
    done.abort();
  }
}

/** `/fail` goes behind the path, whatever follows it. */
export function failUrl(url: string): string {
  const fail = new URL(url);
  fail.pathname = `${fail.pathname.replace(/\/+$/, '')}/fail`;
  return fail.href;
}
