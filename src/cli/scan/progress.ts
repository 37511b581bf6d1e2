/** A bar on standard error for sweeps that last: a short one is over before a bar would help anybody. */
import type { SingleBar } from 'cli-progress';
import type { Clock } from '../../lib/clock.ts';
import type { Progress } from '../../scan/types.ts';

const SHOW_AFTER_MS = 1000;

export interface ProgressBar {
  update(this: void, progress: Progress): void;
  /** Takes the bar off the screen. */
  stop(): void;
}

export function createProgressBar(clock: Clock): ProgressBar {
  const start = clock.monotonic();
  let bar: SingleBar | undefined;
  let loading = false;
  let stopped = false;
  let latest: Progress = { done: 0, total: 0, answered: 0 };

  const show = async () => {
    const { default: cliProgress } = await import('cli-progress');
    if (stopped) return;
    bar = new cliProgress.SingleBar({
      format: 'Scanning {bar} {value}/{total} addresses, {answered} answered',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      // The process must end on a signal as if there were no bar.
      gracefulExit: false,
    });
    bar.start(latest.total, latest.done, { answered: latest.answered });
  };
  return {
    update: progress => {
      latest = progress;
      bar?.setTotal(progress.total);
      bar?.update(progress.done, { answered: progress.answered });
      if (loading || clock.monotonic() - start < SHOW_AFTER_MS) return;
      loading = true;
      // A bar that does not load is no reason to fail a scan, and the scan itself says what it found.
      show().catch(() => undefined);
    },
    stop: () => {
      stopped = true;
      bar?.stop();
    },
  };
}
