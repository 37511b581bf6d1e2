/**
 * One network, swept without privilege: the kernel is made to resolve every address, and its neighbour table is read.
 *
 * It is a slower and blunter look. The kernel believes a neighbour for up to half a minute after it last heard of it, so
 * a device that has just left can be reported once more; there are no round-trip times, and two devices on one address
 * look like one. Slices keep below the 1,024 entries of the default table (net.ipv4.neigh.default.gc_thresh3).
 */
import type { Clock } from '../lib/clock.ts';
import { messageOf, NetureonError } from '../lib/errors.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
import { cidrContains, hostRange } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import { isGroupMac, ZERO_MAC } from '../lib/mac.ts';
import type { NeighbourProbe } from '../link/neighbour-probe.ts';
import type { Self } from './collector.ts';
import { noCounters } from './collector.ts';
import type { NetworkSweep } from './packet-sweep.ts';
import { Pacer } from './pacer.ts';
import { interfaceOf, type Plan } from './plan.ts';
import { isSwept, turnOf } from './rotation.ts';
import type { Observation, Progress } from './types.ts';

/** Half the default table: the other half is for the machine's own traffic. */
const SLICE_SIZE = 512;
const POLL_MS = 50;
/** The kernel asks at once and after one second (retrans_time_ms): two askings and the time to answer. */
const UNKNOWN_PATIENCE_MS = 1200;
/** All three askings (mcast_solicit), for a device that was here before. */
const KNOWN_PATIENCE_MS = 2400;
const STUCK_MS = 10_000;

export interface KernelSweepOptions {
  readonly plan: Plan;
  readonly self: Self;
  /** Datagrams per second; Infinity for no pacing. */
  readonly rate: number;
  /** On the clock's monotonic scale; Infinity for none. */
  readonly deadline: number;
}

export interface KernelSweepDeps {
  readonly clock: Clock;
  readonly probe: NeighbourProbe;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export async function sweepByKernel(
  options: KernelSweepOptions,
  deps: KernelSweepDeps,
): Promise<NetworkSweep> {
  const sweep = new KernelSweep(options, deps);
  const problem = await sweep.run();
  return sweep.result(problem);
}

class KernelSweep {
  readonly #options: KernelSweepOptions;
  readonly #deps: KernelSweepDeps;
  readonly #addresses: readonly Ipv4[];
  /** Of the network, asked in this scan or not. */
  readonly #size: number;
  readonly #slices: number;
  readonly #known: ReadonlySet<Ipv4>;
  readonly #found = new Map<Ipv4, Mac>();
  readonly #startedAt: number;
  #probed = 0;
  #retries = 0;

  constructor(options: KernelSweepOptions, deps: KernelSweepDeps) {
    this.#options = options;
    this.#deps = deps;
    const { target, known, scans, slices, gateway } = options.plan;
    const { first, last } = hostRange(target.network);
    const all = Array.from({ length: last - first + 1 }, (_, i) => (first + i) as Ipv4).filter(
      ip => !options.self.ips.has(ip),
    );
    const turn = turnOf(scans, slices, gateway);
    this.#known = new Set(known.map(({ ip }) => ip));
    this.#addresses = all.filter(ip => this.#known.has(ip) || isSwept(ip, turn));
    this.#size = all.length;
    this.#slices = turn.slices;
    this.#startedAt = deps.clock.monotonic();
  }

  async run(): Promise<string | null> {
    try {
      for (let start = 0; start < this.#addresses.length; start += SLICE_SIZE) {
        const slice = this.#addresses.slice(start, start + SLICE_SIZE);
        const problem = (await this.#poke(slice)) ?? (await this.#await(slice));
        if (problem !== null) return problem;
      }
      return null;
    } catch (error) {
      if (error instanceof NetureonError && error.code === 'io') return messageOf(error);
      throw error;
    }
  }

  async #poke(slice: readonly Ipv4[]): Promise<string | null> {
    const { clock, probe, signal } = this.#deps;
    const pacer = new Pacer(this.#options.rate, clock.monotonic());
    let lastTaken = clock.monotonic();
    for (let next = 0; next < slice.length;) {
      const stopped = this.#stopped();
      if (stopped !== null) return stopped;
      const now = clock.monotonic();
      if (now >= lastTaken + STUCK_MS) return "the kernel's neighbour table stays full";
      let room = Math.min(pacer.allowance(now), slice.length - next);
      let full = false;
      for (; room > 0 && !full; room--) {
        const ip = slice[next];
        if (ip === undefined) break;
        full = !(await probe.poke(ip));
        if (full) break;
        next++;
        this.#probed++;
        pacer.spend(1);
        lastTaken = now;
      }
      if (full) this.#retries++;
      if (next < slice.length) await clock.sleep(full ? POLL_MS : Math.max(5, pacer.waitMs()), signal);
    }
    return null;
  }

  /** Reads the table until every address of the slice is resolved or has been silent for long enough. */
  async #await(slice: readonly Ipv4[]): Promise<string | null> {
    const { clock, signal } = this.#deps;
    const pokedAt = clock.monotonic();
    for (;;) {
      await this.#readTable();
      const stopped = this.#stopped();
      if (stopped !== null) return stopped;
      if (!this.#deps.probe.hasLink())
        return `interface ${this.#options.plan.target.interface.name} is down or gone`;
      const waited = clock.monotonic() - pokedAt;
      const missing = slice.filter(ip => !this.#found.has(ip));
      const patience = missing.some(ip => this.#known.has(ip)) ? KNOWN_PATIENCE_MS : UNKNOWN_PATIENCE_MS;
      if (missing.length === 0 || waited >= patience) return null;
      await clock.sleep(POLL_MS, signal);
    }
  }

  async #readTable(): Promise<void> {
    const {
      plan: { target },
      self,
    } = this.#options;
    for (const { ip, mac, interfaceName } of await this.#deps.probe.table()) {
      if (interfaceName !== target.interface.name || !cidrContains(target.network, ip)) continue;
      if (self.ips.has(ip) || self.macs.has(mac) || mac === ZERO_MAC || isGroupMac(mac)) continue;
      this.#found.set(ip, mac);
    }
    this.#deps.onProgress({
      done: this.#probed,
      total: this.#addresses.length,
      answered: this.#found.size,
      broadcasts: 0,
    });
  }

  #stopped(): string | null {
    if (this.#deps.signal.aborted) return 'interrupted';
    return this.#deps.clock.monotonic() >= this.#options.deadline ? 'timed out' : null;
  }

  result(problem: string | null): NetworkSweep {
    const { target } = this.#options.plan;
    const { network } = target;
    const observations = [...this.#found].map(([ip, mac]): Observation => ({
      network,
      link: '',
      ip,
      mac,
      rttMs: null,
    }));
    return {
      coverage: {
        network,
        link: '',
        vlan: null,
        interface: interfaceOf(target),
        method: 'kernel',
        addresses: this.#size,
        slices: this.#slices,
        gateway: this.#options.plan.gateway,
        probed: this.#probed,
        answered: this.#found.size,
        framesSent: this.#probed,
        broadcasts: 0,
        durationMs: this.#deps.clock.monotonic() - this.#startedAt,
        complete: problem === null,
        problem,
        counters: { ...noCounters(), sendRetries: this.#retries },
        ownClaims: [],
      },
      observations,
    };
  }
}
