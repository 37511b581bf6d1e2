/**
 * All chosen networks in one go: interfaces side by side, the networks of one interface, VLANs included, one after the
 * other, so that none is sent more than the pace allows.
 */
import type { Clock } from '../lib/clock.ts';
import { messageOf, NetureonError } from '../lib/errors.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
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
import { interfaceOf, linkOf, type Plan } from './plan.ts';
import type { Observation, Progress, SweepResult } from './types.ts';

/** How a sweep asks: `auto` uses packets, and the kernel where packets are not permitted. */
export type MethodChoice = 'auto' | 'packet' | 'kernel';

export interface SweepOptions {
  readonly method: MethodChoice;
  /** Frames per second and interface; Infinity for no pacing. */
  readonly rate: number;
  /** For the whole sweep; Infinity for none. */
  readonly timeoutMs: number;
  /** All of the machine's interfaces: what is its own is never asked and never reported. */
  readonly interfaces: readonly LinkInterface[];
}

export interface SweepDeps {
  readonly clock: Clock;
  /** @param tagged whether frames of VLANs must be heard that the system itself takes no part in */
  readonly openDevice: (link: LinkInterface, tagged: boolean) => Promise<FrameDevice>;
  readonly openProbe: (source: Ipv4) => Promise<NeighbourProbe>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Carries out every plan once. What went wrong in one network is said in its coverage and spoils no other.
 * @throws NetureonError permission with method `packet` and no CAP_NET_RAW
 */
export async function sweep(
  plans: readonly Plan[],
  options: SweepOptions,
  deps: SweepDeps,
): Promise<SweepResult> {
  const startedAt = deps.clock.now();
  const start = deps.clock.monotonic();
  const run: Run = {
    options,
    deps,
    plans,
    self: selfOf(options.interfaces),
    deadline: start + options.timeoutMs,
    progress: new Map(),
    byKernel: options.method === 'kernel',
  };
  const lanes = new Map<string, Plan[]>();
  for (const plan of plans) {
    const { name } = plan.target.interface;
    lanes.set(name, [...(lanes.get(name) ?? []), plan]);
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
  readonly plans: readonly Plan[];
  readonly self: Self;
  readonly deadline: number;
  readonly progress: Map<Plan, Progress>;
  /** Packets were asked for or tried, and are not to be had. */
  byKernel: boolean;
}

function selfOf(interfaces: readonly LinkInterface[]): Self {
  const macs = interfaces.map(({ mac }) => mac).filter(mac => mac !== ZERO_MAC);
  return {
    ips: new Map<Ipv4, Mac>(
      interfaces.flatMap(({ addresses, mac }) => addresses.map(({ ip }) => [ip, mac] as const)),
    ),
    macs: new Set<Mac>(macs),
  };
}

async function sweepLane(lane: readonly Plan[], run: Run): Promise<NetworkSweep[]> {
  const [first] = lane;
  if (first === undefined) return [];
  const tagged = lane.some(({ target }) => target.vlan !== null);
  const opened = await openLane(first.target.interface, tagged, run);
  if (typeof opened === 'string') return lane.map(plan => notSwept(plan, opened));
  const swept: NetworkSweep[] = [];
  try {
    for (const plan of lane) swept.push(await carryOut(plan, opened, run));
  } finally {
    opened?.close();
  }
  return swept;
}

/** The device; null when the kernel is to do it; or why neither can. */
async function openLane(
  link: LinkInterface,
  tagged: boolean,
  run: Run,
): Promise<FrameDevice | null | string> {
  if (run.byKernel) return null;
  try {
    return await run.deps.openDevice(link, tagged);
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

async function carryOut(plan: Plan, device: FrameDevice | null, run: Run): Promise<NetworkSweep> {
  const { options, deps, deadline } = run;
  const { clock, signal } = deps;
  const { target } = plan;
  const onProgress = (progress: Progress) => {
    run.progress.set(plan, progress);
    deps.onProgress?.(sumProgress(run.progress));
  };
  const common = { plan, self: selfIn(target, run.self), rate: options.rate, deadline };
  if (device !== null) {
    const others = run.plans
      .filter(other => other !== plan && linkOf(other.target) === linkOf(target))
      .map(other => other.target.network);
    return sweepByPackets({ ...common, others }, { clock, device, signal, onProgress });
  }
  if (target.vlan !== null) return notSwept(plan, 'asking in a VLAN needs the capability CAP_NET_RAW');
  let probe: NeighbourProbe;
  try {
    probe = await deps.openProbe(target.source);
  } catch (error) {
    // The interface lost its address: this network's trouble, and no other's.
    if (error instanceof NetureonError && error.code === 'io') return notSwept(plan, messageOf(error));
    throw error;
  }
  try {
    return await sweepByKernel(common, { clock, probe, signal, onProgress });
  } finally {
    probe.close();
  }
}

/** The machine's addresses belong to its untagged networks; in a VLAN it has only the one it is told to speak from. */
function selfIn({ vlan, source, interface: { mac } }: Plan['target'], self: Self): Self {
  return vlan === null ? self : { ips: new Map(source === 0 ? [] : [[source, mac]]), macs: self.macs };
}

function sumProgress(parts: ReadonlyMap<Plan, Progress>): Progress {
  const sum = { done: 0, total: 0, answered: 0, broadcasts: 0 };
  for (const part of parts.values()) {
    sum.done += part.done;
    sum.total += part.total;
    sum.answered += part.answered;
    sum.broadcasts += part.broadcasts;
  }
  return sum;
}

function notSwept({ target, slices, gateway }: Plan, problem: string): NetworkSweep {
  return {
    coverage: {
      network: target.network,
      link: linkOf(target),
      vlan: target.vlan,
      interface: interfaceOf(target),
      method: 'packet',
      addresses: 0,
      slices,
      gateway,
      probed: 0,
      answered: 0,
      framesSent: 0,
      broadcasts: 0,
      durationMs: 0,
      complete: false,
      problem,
      counters: noCounters(),
      ownClaims: [],
    },
    observations: [],
  };
}

/**
 * What two sweeps heard of the same device on the same address of the same network is one observation: the one that timed
 * it. Networks that overlap each keep their own, for each is compared with whom it knows.
 */
function merge(swept: readonly NetworkSweep[]): Observation[] {
  const [only, ...rest] = swept;
  if (only !== undefined && rest.length === 0) return [...only.observations];
  const merged = new Map<string, Observation>();
  for (const observation of swept.flatMap(({ observations }) => observations)) {
    const { network, link, ip, mac } = observation;
    const key = `${network?.base}/${network?.prefix} ${link} ${ip} ${mac}`;
    const other = merged.get(key);
    if (other === undefined || (other.rttMs === null && observation.rttMs !== null))
      merged.set(key, observation);
  }
  return [...merged.values()];
}
