/** Small calls that answer somebody: tried again after 429 and after a lost connection, but not for long. */
import { GrammyError } from 'grammy/web';
import type { Clock } from '../../lib/clock.ts';
import { retryAfterMs, telegramApi, type TelegramAccess } from '../telegram-api.ts';

export interface Patience {
  readonly access: TelegramAccess;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Who waits in front of a phone does not wait longer, and neither do those behind. */
const LONGEST_PAUSE_MS = 30_000;
const CALL_MS = 15_000;
const TRIES = 3;
const PAUSE_MS = 500;

/** @throws what the last try threw: GrammyError, or that Telegram cannot be reached */
export async function patiently<T>(
  { access, clock, signal }: Patience,
  call: (api: ReturnType<typeof telegramApi>) => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    const late = new AbortController();
    const done = new AbortController();
    void clock.sleep(CALL_MS, done.signal).then(() => late.abort());
    try {
      return await call(telegramApi(access, AbortSignal.any([signal, late.signal])));
    } catch (error) {
      const pauseMs = pauseAfter(error, tried);
      if (pauseMs === undefined || tried >= TRIES || signal.aborted) throw error;
      await clock.sleep(pauseMs, signal);
    } finally {
      done.abort();
    }
  }
}

/** undefined: asking again would not help. */
function pauseAfter(error: unknown, tried: number): number | undefined {
  if (!(error instanceof GrammyError)) return PAUSE_MS * tried;
  if (error.error_code !== 429) return error.error_code >= 500 ? PAUSE_MS * tried : undefined;
  const asked = retryAfterMs(error.parameters.retry_after);
  return asked <= LONGEST_PAUSE_MS ? asked : undefined;
}
