/** All chosen networks in one go: interfaces side by side, the networks of one interface one after the other. */
import type { Clock } from '../lib/clock.ts';
import { messageOf, NetureonError } from '../lib/errors.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
import { cidrContains } from '../lib/ipv4.ts';
import type { Log } from '../lib/log.ts';
import type { Mac } from '../lib/mac.ts';
import { ZERO_MAC } from '../lib/mac.ts';
import type { FrameDevice } from '../link/device.ts';
import type { LinkInterface } from '../link/interfaces.ts';
import type { NeighbourProbe } from '../link/neighbour-probe.ts';
import type { Self } from './collector.ts';
import { noCounters } from './collector.ts';
import { sweepByKernel } from './kernel-sweep.ts';
import type { NetworkSweep } from './packet-sweep.ts';
import { sweepByPackets } from './packet-sweep.ts';
import type { Target } from './targets.ts';
import type { Known, Observation, Progress, SweepResult } from './types.ts';

/** How a sweep asks: `auto` uses packets, and the kernel where packets are not permitted. */
export type MethodChoice = 'auto' | 'packet' | 'kernel';

export interface SweepOptions {
  readonly method: MethodChoice;
  /** Frames per second and interface; Infinity for no pacing. */
  readonly rate: number;
  /** For the whole sweep; Infinity for none. */
  readonly timeoutMs: number;
  readonly known: readonly Known[];
  /** All of the machine's interfaces: what is its own is never asked and never reported. */
  readonly interfaces: readonly LinkInterface[];
}

export interface SweepDeps {
  readonly clock: Clock;
  readonly openDevice: (link: LinkInterface) => Promise<FrameDevice>;
  readonly openProbe: (source: Ipv4) => Promise<NeighbourProbe>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Sweeps every target once. What went wrong in one network is said in its coverage and spoils no other.
 * @throws NetureonError permission with method `packet` and no CAP_NET_RAW
 */
export async function sweep(
  targets: readonly Target[],
  options: SweepOptions,
  deps: SweepDeps,
): Promise<SweepResult> {
  const startedAt = deps.clock.now();
  const start = deps.clock.monotonic();
  const run: Run = {
    options,
    deps,
    targets,
    self: selfOf(options.interfaces),
    deadline: start + options.timeoutMs,
    progress: new Map(),
    byKernel: options.method === 'kernel',
  };
  const lanes = new Map<string, Target[]>();
  for (const target of targets) {
    const { name } = target.interface;
    lanes.set(name, [...(lanes.get(name) ?? []), target]);
  }
  const swept = (await Promise.all([...lanes.values()].map(lane => sweepLane(lane, run)))).flat();
  return {
    startedAt,
    durationMs: deps.clock.monotonic() - start,
    networks: swept.map(({ coverage }) => coverage),
    observations: merge(swept),
  };
}

interface Run {
  readonly options: SweepOptions;
  readonly deps: SweepDeps;
  readonly targets: readonly Target[];
  readonly self: Self;
  readonly deadline: number;
  readonly progress: Map<Target, Progress>;
  /** Packets were asked for or tried, and are not to be had. */
  byKernel: boolean;
}

function selfOf(interfaces: readonly LinkInterface[]): Self {
  const macs = interfaces.map(({ mac }) => mac).filter(mac => mac !== ZERO_MAC);
  return {
    ips: new Set<Ipv4>(interfaces.flatMap(({ addresses }) => addresses.map(({ ip }) => ip))),
    macs: new Set<Mac>(macs),
  };
}

async function sweepLane(lane: readonly Target[], run: Run): Promise<NetworkSweep[]> {
  const [first] = lane;
  if (first === undefined) return [];
  const opened = await openLane(first.interface, run);
  if (typeof opened === 'string') return lane.map(target => notSwept(target, opened));
  const swept: NetworkSweep[] = [];
  try {
    for (const target of lane) swept.push(await sweepTarget(target, opened, run));
  } finally {
    opened?.close();
  }
  return swept;
}

/** The device; null when the kernel is to do it; or why neither can. */
async function openLane(link: LinkInterface, run: Run): Promise<FrameDevice | null | string> {
  if (run.byKernel) return null;
  try {
    return await run.deps.openDevice(link);
  } catch (error) {
    if (!(error instanceof NetureonError)) throw error;
    if (error.code === 'io') return messageOf(error);
    if (run.options.method !== 'auto') throw error;
    if (!run.byKernel)
      run.deps.log.warn(
        `${error.message}; asking through the kernel instead, which is slower and tells less. ${error.remedy ?? ''}`.trim(),
      );
    run.byKernel = true;
    return null;
  }
}

async function sweepTarget(target: Target, device: FrameDevice | null, run: Run): Promise<NetworkSweep> {
  const { options, deps, self, deadline } = run;
  const { clock, signal } = deps;
  const onProgress = (done: number, total: number, answered: number) => {
    run.progress.set(target, { done, total, answered });
    deps.onProgress?.(sumProgress(run.progress));
  };
  const known = options.known.filter(({ ip }) => cidrContains(target.network, ip));
  const common = { target, self, known, rate: options.rate, deadline };
  if (device !== null) {
    const others = run.targets.filter(other => other !== target).map(({ network }) => network);
    return sweepByPackets({ ...common, others }, { clock, device, signal, onProgress });
  }
  let probe: NeighbourProbe;
  try {
    probe = await deps.openProbe(target.source);
  } catch (error) {
    // The interface lost its address: this network's trouble, and no other's.
    if (error instanceof NetureonError && error.code === 'io') return notSwept(target, messageOf(error));
    throw error;
  }
  try {
    return await sweepByKernel(common, { clock, probe, signal, onProgress });
  } finally {
    probe.close();
  }
}

function sumProgress(parts: ReadonlyMap<Target, Progress>): Progress {
  let [done, total, answered] = [0, 0, 0];
  for (const part of parts.values()) {
    done += part.done;
    total += part.total;
    answered += part.answered;
  }
  return { done, total, answered };
}

function notSwept(target: Target, problem: string): NetworkSweep {
  return {
    coverage: {
      network: target.network,
      interface: target.interface.name,
      method: 'packet',
      probed: 0,
      answered: 0,
      framesSent: 0,
      broadcasts: 0,
      durationMs: 0,
      complete: false,
      problem,
      counters: noCounters(),
    },
    observations: [],
  };
}

/** What two sweeps heard of the same device on the same address is one observation: the one that timed it. */
function merge(swept: readonly NetworkSweep[]): Observation[] {
  const [only, ...rest] = swept;
  if (only !== undefined && rest.length === 0) return [...only.observations];
  const merged = new Map<string, Observation>();
  for (const observation of swept.flatMap(({ observations }) => observations)) {
    const key = `${observation.ip} ${observation.mac}`;
    const other = merged.get(key);
    if (other === undefined || (other.rttMs === null && observation.rttMs !== null))
      merged.set(key, observation);
  }
  return [...merged.values()];
}
