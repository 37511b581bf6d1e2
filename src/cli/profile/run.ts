/** A run: so many devices at a time, each asked, checked and stored before the next one begins. */
import type { Ipv4 } from '../../lib/ipv4.ts';
import { formatIpv4 } from '../../lib/ipv4.ts';
import type { Mac } from '../../lib/mac.ts';
import { formatMac, ZERO_MAC } from '../../lib/mac.ts';
import type { Profile, ProfileTarget } from '../../scan/profile/types.ts';
import { isAnswered } from '../../scan/profile/profile.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Job, Jobs } from './jobs.ts';
import type { Reach } from './reach.ts';

export interface Outcome {
  readonly job: Job;
  /** As the kernel sees it, where the job knows none. */
  readonly mac: Mac | null;
  readonly vendor: string | null;
  /** null: it was not asked, or said nothing at all. */
  readonly profile: Profile | null;
  readonly stored: boolean;
  /** Why there is no profile, or why it was not stored. */
  readonly problem: string | null;
}

export interface RunDeps {
  readonly clock: Clock;
  /** Aborts the run; what is half done is neither stored nor told. */
  readonly signal: AbortSignal;
  readonly reach: Reach;
  /** Asks one device; never rejects for what the device does. */
  readonly ask: (
    target: ProfileTarget,
    source: Ipv4,
    kind: string | null,
    signal: AbortSignal,
  ) => Promise<Profile>;
  /** Who holds the address, as far as this machine's neighbour table tells. */
  readonly holderOf: (ip: Ipv4) => Promise<Mac | null>;
  /** Of an address that no database knows: asks who holds it, and who made that. null: nobody holds it. */
  readonly identify: (ip: Ipv4, source: Ipv4) => Promise<{ mac: Mac; vendor: string | null } | null>;
  /** None without a database. */
  readonly store: ((job: Job, profile: Profile) => Promise<void>) | null;
  /** Gives a device back that nothing was stored of. */
  readonly release: (job: Job) => Promise<void>;
  readonly onOutcome: (outcome: Outcome) => void;
}

export interface RunSettings {
  readonly concurrency: number;
  readonly deviceLimitMs: number;
}

/** Returns when no device is left, or the signal has aborted. @throws what the jobs or the store throw, after all have ended */
export async function runProfiles(next: Jobs, settings: RunSettings, deps: RunDeps): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([deps.signal, failed.signal]);
  const work = async () => {
    while (!signal.aborted) {
      const job = await next();
      if (job === null) return;
      const outcome = await profileOne(job, settings, { ...deps, signal });
      if (outcome?.stored !== true) await deps.release(job);
      if (outcome !== null) deps.onOutcome(outcome);
    }
  };
  const workers = Array.from({ length: settings.concurrency }, () => work().catch(stop));
  function stop(error: unknown): never {
    failed.abort();
    throw error;
  }
  for (const result of await Promise.allSettled(workers))
    if (result.status === 'rejected') throw result.reason;
}

/** null: interrupted. */
async function profileOne(job: Job, settings: RunSettings, deps: RunDeps): Promise<Outcome | null> {
  const outcome = (problem: string | null, profile: Profile | null = null, of: Identity = job): Outcome => ({
    job,
    mac: of.mac,
    vendor: of.vendor,
    profile,
    stored: profile !== null && deps.store !== null,
    problem,
  });
  const reached = deps.reach(job.ip);
  if ('problem' in reached) return outcome(reached.problem);
  // Who made it decides how gently it is asked.
  const identity = job.mac === null ? await deps.identify(job.ip, reached.source) : job;
  if (identity === null) return outcome('did not answer');
  const { mac, vendor } = identity;
  const profile = await withLimit(settings.deviceLimitMs, deps, signal =>
    deps.ask({ ip: job.ip, mac: mac ?? ZERO_MAC, vendor }, reached.source, job.kind, signal),
  );
  if (deps.signal.aborted) return null;
  const holder = await deps.holderOf(job.ip);
  // What another device says must not be put down to this one.
  if (holder !== null && mac !== null && holder !== mac)
    return outcome(`${formatIpv4(job.ip)} is answered by ${formatMac(holder)} now, another device`);
  if (!isAnswered(profile)) return outcome('did not answer', null, identity);
  await deps.store?.(job, profile);
  return outcome(null, profile, identity);
}

type Identity = Pick<Job, 'mac' | 'vendor'>;

async function withLimit<T>(
  ms: number,
  { clock, signal }: RunDeps,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  void clock.sleep(ms, done.signal).then(() => limit.abort());
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } finally {
    done.abort();
  }
}
