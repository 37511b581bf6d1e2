/** A bar on standard error for sweeps that last: a short one is over before a bar would help anybody. */
import type { SingleBar } from 'cli-progress';
import type { Clock } from '../../lib/clock.ts';
import type { Plan } from '../../scan/plan.ts';
import { linkOf } from '../../scan/plan.ts';
import { turnOf } from '../../scan/rotation.ts';
import type { Progress } from '../../scan/types.ts';

const SHOW_AFTER_MS = 1000;

export interface ProgressBar {
  update(this: void, progress: Progress): void;
  /** Takes the bar off the screen. */
  stop(): void;
}

/** @param plans what is being done: said beside the bar where it is not simply everything of one network */
export function createProgressBar(clock: Clock, plans: readonly Plan[]): ProgressBar {
  const start = clock.monotonic();
  let bar: SingleBar | undefined;
  let loading = false;
  let stopped = false;
  let latest: Progress = { done: 0, total: 0, answered: 0, broadcasts: 0 };

  const vlans = plans.map(({ target }) => linkOf(target)).filter(link => link !== '');
  const where = vlans.length > 0 ? ` (VLANs ${[...new Set(vlans)].join(', ')})` : '';
  const isPart = plans.some(({ scans, slices, gateway }) => turnOf(scans, slices, gateway).slices > 1);
  const turn = isPart ? ' due this time' : '';
  const payload = () => ({ answered: latest.answered, broadcasts: latest.broadcasts, where, turn });

  const show = async () => {
    const { default: cliProgress } = await import('cli-progress');
    if (stopped) return;
    bar = new cliProgress.SingleBar({
      format:
        'Scanning{where} {bar} {value}/{total} addresses{turn}, {answered} answered, {broadcasts} broadcasts',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      // The process must end on a signal as if there were no bar.
      gracefulExit: false,
    });
    bar.start(latest.total, latest.done, payload());
  };
  return {
    update: progress => {
      latest = progress;
      bar?.setTotal(progress.total);
      bar?.update(progress.done, payload());
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
