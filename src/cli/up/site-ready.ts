/** Waits until the site answers, by asking it. */
import type { Clock } from '../../lib/clock.ts';

/** Returns when any answer came, or the signal aborted; a site that never answers is its own service's to report. */
export async function siteAnswers(url: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answered = await fetch(new URL('/healthz', url), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
    })
      .then(response => response.body?.cancel())
      .then(
        () => true,
        () => false,
      );
    if (answered) return;
    await clock.sleep(50, signal);
  }
}
