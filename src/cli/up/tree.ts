/**
 * The process tree of `up` and `demo`: alertd and web, restarted when they die, and a scan every interval. When the
 * signal aborts all of them are asked to stop at once, and waited for: alertd finishes what is in flight. The database
 * is the caller's, and stops after them.
 */
import { backoffMs, type Backoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { EXIT_CODES, NetureonError } from '../../lib/errors.ts';
import { startChild, type Child, type Command, type Exit } from './child.ts';

export interface TreeOptions {
  readonly alertd: Command;
  readonly web: Command;
  readonly scan: Command;
  /** Runs to its end before the first scan: an alert raised before the channels are known would be sent to none. */
  readonly declare: Command;
  /** Housekeeping: once at the start and then daily. */
  readonly daily?: Command;
  /** Asks the devices that are due: from the first scan on, so long after the one before has ended. */
  readonly profile?: { readonly command: Command; readonly pauseMs: number };
  /** Looks whether the others report: from the first scan on, so long after the look before. */
  readonly monitor?: { readonly command: Command; readonly pauseMs: number };
  readonly scanIntervalMs: number;
  /** A scan that has not ended by itself after this is stopped. */
  readonly scanLimitMs: number;
  /** Resolves when the site answers. */
  readonly webReady: (signal: AbortSignal) => Promise<void>;
  /** Called once, when the site answers and the first scan has ended. */
  readonly onReady: (firstScan: Exit) => void;
  /** One line of one of them. */
  readonly onLine: (
    who: 'alertd' | 'web' | 'scan' | 'profile' | 'monitor' | 'prune' | 'up',
    line: string,
  ) => void;
}

export interface TreeDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const RESTART: Backoff = { baseMs: 1_000, capMs: 30_000, floorMs: 500 };
/** A service that ran this long was well; its next failure counts from one again. */
const WELL_MS = 60_000;
const GRACE_MS = 20_000;
/** What a scan says that was asked to stop. */
const INTERRUPTED = /interrupted by SIGTERM/;
const DAY_MS = 24 * 3600 * 1000;

/** Returns when the signal has stopped everything. @throws NetureonError when a service refuses its configuration */
export async function runTree(options: TreeOptions, deps: TreeDeps): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([deps.signal, stopping.signal]);
  const inner = { ...deps, signal };
  const services = [
    keepRunning('alertd', options.alertd, options, inner),
    keepRunning('web', options.web, options, inner),
  ];
  let hasScanned: () => void = () => undefined;
  const scanned = new Promise<void>(resolve => (hasScanned = resolve));
  const scans = scanForEver(options, inner, () => hasScanned());
  const profiles =
    options.profile === undefined ? [] : [againAndAgain('profile', options.profile, scanned, options, inner)];
  const looks =
    options.monitor === undefined ? [] : [againAndAgain('monitor', options.monitor, scanned, options, inner)];
  const housekeeping = options.daily === undefined ? [] : [everyDay(options.daily, options, inner)];
  // Whoever gives up first stops the others; all have ended before anybody is told why.
  const results = await Promise.allSettled(
    [...services, scans, ...profiles, ...looks, ...housekeeping].map(work =>
      work.finally(() => stopping.abort('SIGTERM')),
    ),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function keepRunning(
  who: 'alertd' | 'web',
  command: Command,
  options: TreeOptions,
  deps: TreeDeps,
): Promise<void> {
  const { clock, random, signal } = deps;
  for (let failures = 0; !signal.aborted;) {
    const startedAt = clock.monotonic();
    const exit = await untilStopped(
      startChild(command, line => options.onLine(who, line)),
      deps,
    );
    if (signal.aborted) return;
    if (exit.code === EXIT_CODES.usage)
      throw new NetureonError('usage', `${who} cannot work with this configuration (see its message above)`);
    failures = clock.monotonic() - startedAt > WELL_MS ? 1 : failures + 1;
    const waitMs = backoffMs(RESTART, failures, random());
    options.onLine(
      'up',
      `warning: ${who} ended (${describe(exit)}); starting it again in ${(waitMs / 1000).toFixed(1)} s`,
    );
    await clock.sleep(waitMs, signal);
  }
}

async function scanForEver(options: TreeOptions, deps: TreeDeps, onFirst: () => void): Promise<void> {
  const { clock, signal } = deps;
  await declareChannels(options, deps);
  const ready = options.webReady(signal);
  let due = clock.monotonic();
  for (let first = true; !signal.aborted; first = false) {
    const child = startChild(options.scan, line => {
      // Stopping it was our order: that is no error to tell a person who pressed Ctrl-C.
      if (!signal.aborted || !INTERRUPTED.test(line)) options.onLine('scan', line);
    });
    const limit = new AbortController();
    void clock.sleep(options.scanLimitMs, AbortSignal.any([signal, limit.signal])).then(() => {
      if (!limit.signal.aborted) void child.stop(clock, GRACE_MS);
    });
    const exit = await child.exited;
    limit.abort();
    if (first) onFirst();
    if (first) void ready.then(() => signal.aborted || options.onReady(exit));
    // From start to start; a scan that took longer than the interval, or a machine that slept, skips what it missed.
    due = Math.max(due + options.scanIntervalMs, clock.monotonic());
    await clock.sleep(due - clock.monotonic(), signal);
  }
}

/** A process of its own, so that no scan ever waits for a slow device; one at a time, however long it takes. */
async function againAndAgain(
  who: 'profile' | 'monitor',
  { command, pauseMs }: { readonly command: Command; readonly pauseMs: number },
  scanned: Promise<void>,
  options: TreeOptions,
  deps: TreeDeps,
): Promise<void> {
  const { clock, signal } = deps;
  const stopped = new Promise<void>(resolve =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  await Promise.race([scanned, stopped]);
  while (!signal.aborted) {
    await untilStopped(
      startChild(command, line => options.onLine(who, line)),
      deps,
    );
    await clock.sleep(pauseMs, signal);
  }
}

/** Again while the database does not answer. Whatever else is wrong alertd says too, and is no reason not to look. */
async function declareChannels(options: TreeOptions, deps: TreeDeps): Promise<void> {
  const { clock, random, signal } = deps;
  for (let failures = 1; !signal.aborted; failures++) {
    const exit = await untilStopped(
      startChild(options.declare, line => options.onLine('up', line)),
      deps,
    );
    if (exit.code !== EXIT_CODES.database) return;
    await clock.sleep(backoffMs(RESTART, failures, random()), signal);
  }
}

async function everyDay(command: Command, options: TreeOptions, deps: TreeDeps): Promise<void> {
  while (!deps.signal.aborted) {
    await untilStopped(
      startChild(command, line => options.onLine('prune', line)),
      deps,
    );
    await deps.clock.sleep(DAY_MS, deps.signal);
  }
}

async function untilStopped(child: Child, { clock, signal }: TreeDeps): Promise<Exit> {
  const stop = () => void child.stop(clock, GRACE_MS);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const exit = await child.exited;
  signal.removeEventListener('abort', stop);
  return exit;
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : signal;
}
