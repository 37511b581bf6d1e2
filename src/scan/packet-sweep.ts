/** One network, swept by ARP requests of our own through a frame device. */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import { messageOf, NetureonError } from '../lib/errors.ts';
import type { Cidr } from '../lib/ipv4.ts';
import { count } from '../lib/text.ts';
import type { FrameDevice } from '../link/device.ts';
import { AskTable } from './ask-table.ts';
import { Batch } from './batch.ts';
import type { Self } from './collector.ts';
import { Collector, MAX_OBSERVATIONS } from './collector.ts';
import { Pacer } from './pacer.ts';
import { turnOf, type Turn } from './rotation.ts';
import { interfaceOf, linkOf, type Plan } from './plan.ts';
import type { Coverage, Observation, Progress } from './types.ts';

/** How often replies are fetched while waiting. The kernel notes their arrival, so slices cost no precision. */
const SLICE_MS = 5;
/** At rates under 20 frames a second, replies are still fetched this often. */
const MAX_PAUSE_MS = 50;
/** The last answer to a broadcast is followed by this much listening, for a second device on the same address. */
const SETTLE_MS = 40;
/** But not for ever: who keeps talking is in the next sweep as well. */
const MAX_SETTLE_MS = 2_000;
/** Two are being sent, on two processors where there are, one is ready, and one is being filled. */
const FULL_RATE_BATCHES = 4;
/** Buffers that stay full this long mean a stuck interface. */
const STUCK_MS = 3000;

export interface PacketSweepOptions {
  readonly plan: Plan;
  /** Other networks of this sweep, for what is heard of them meanwhile. */
  readonly others: readonly Cidr[];
  readonly self: Self;
  /** Frames per second; Infinity for no pacing. */
  readonly rate: number;
  /** On the clock's monotonic scale; Infinity for none. */
  readonly deadline: number;
}

export interface PacketSweepDeps {
  readonly clock: Clock;
  readonly device: FrameDevice;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface NetworkSweep {
  readonly coverage: Coverage;
  readonly observations: readonly Observation[];
}

export async function sweepByPackets(
  options: PacketSweepOptions,
  deps: PacketSweepDeps,
): Promise<NetworkSweep> {
  const sweep = new PacketSweep(options, deps);
  const problem = await sweep.run();
  return sweep.result(problem);
}

class PacketSweep {
  readonly #options: PacketSweepOptions;
  readonly #deps: PacketSweepDeps;
  readonly #turn: Turn;
  readonly #asks: AskTable;
  readonly #collector: Collector;
  readonly #pacer: Pacer;
  /** At full rate, one is filled and the replies are read while the others are being sent. */
  readonly #batches: readonly Batch[];
  readonly #startedAt: number;
  #lastNews: number;
  /** When nobody was left to ask or to wait for. */
  #doneAt: number | null = null;
  #lastSent: number;
  #dropped: number;
  #framesSent = 0;
  #broadcasts = 0;
  #sendRetries = 0;

  constructor(options: PacketSweepOptions, deps: PacketSweepDeps) {
    const { plan, self, rate, others } = options;
    const { target } = plan;
    const now = deps.clock.monotonic();
    this.#options = options;
    this.#deps = deps;
    this.#turn = turnOf(plan.scans, plan.slices, plan.gateway);
    this.#asks = new AskTable(target.network, self.ips, plan.known, this.#turn);
    const link = { name: linkOf(target), vlan: target.vlan };
    this.#collector = new Collector([target.network, ...others], self, link);
    this.#pacer = new Pacer(rate, now);
    const { device } = deps;
    const inBackground = rate === Infinity && device.sendInBackground !== undefined;
    this.#batches = Array.from(
      { length: inBackground ? FULL_RATE_BATCHES : 1 },
      () => new Batch(device.maxBatch, target.interface.mac, target.source, target.vlan),
    );
    this.#startedAt = now;
    this.#lastNews = now - SETTLE_MS;
    this.#lastSent = now;
    this.#dropped = deps.device.dropped();
  }

  /** Returns why the sweep is not complete, or null. */
  async run(): Promise<string | null> {
    const { clock, signal, onProgress } = this.#deps;
    try {
      for (;;) {
        if (signal.aborted) return 'interrupted';
        this.#listen();
        const now = clock.monotonic();
        const sent = this.#askAll(now);
        const { finished: done, total, answered } = this.#asks;
        onProgress({ done, total, answered, broadcasts: this.#broadcasts });
        if (this.#asks.done) {
          this.#doneAt ??= now;
          if (now >= Math.min(this.#lastNews + SETTLE_MS, this.#doneAt + MAX_SETTLE_MS))
            return this.#shortcoming();
        }
        if (now >= this.#options.deadline) return 'timed out';
        if (now >= this.#lastSent + STUCK_MS)
          return `${this.#options.plan.target.interface.name} takes no more frames`;
        const inFlight = this.#inFlight();
        if (inFlight.length > 0) {
          if ((await Promise.race(inFlight)) === 0) await clock.sleep(1, signal);
        } else if (sent > 0 && this.#pacer.waitMs() === 0) await yieldToEvents();
        else await clock.sleep(this.#pauseMs(now, sent), signal);
      }
    } catch (error) {
      // The interface went down or away in the middle: an outcome, like any other reason not to be complete.
      if (error instanceof NetureonError && error.code === 'io') return messageOf(error);
      throw error;
    } finally {
      // Nothing may still be using the device when it is closed.
      await Promise.allSettled(this.#inFlight());
    }
  }

  #inFlight(): Promise<number>[] {
    return this.#batches.flatMap(({ inFlight }) => (inFlight === null ? [] : [inFlight]));
  }

  #listen(): void {
    const { clock, device } = this.#deps;
    device.receive((bytes, vlan, ageMs) => {
      const sighting = this.#collector.read(bytes, vlan);
      if (sighting === null) return;
      const now = clock.monotonic();
      const heard = this.#asks.heard(sighting.ip, sighting.mac, now - ageMs, sighting.reply);
      if (this.#collector.keep(sighting, heard) && !heard.inPerson) this.#lastNews = now;
    });
    const dropped = device.dropped();
    if (dropped > this.#dropped) this.#asks.lostFrames(clock.monotonic());
    this.#dropped = dropped;
  }

  /** Sends what is due as far as the pace allows; returns how many frames left by now. */
  #askAll(now: number): number {
    let sent = 0;
    for (const batch of this.#batches) if (batch.inFlight === null) sent += this.#ask(batch, now);
    if (this.#batches.every(({ unsent }) => unsent === 0)) this.#lastSent = now;
    return sent;
  }

  #ask(batch: Batch, now: number): number {
    if (batch.unsent > 0) this.#postpone(batch, now);
    else this.#fill(batch, now);
    if (batch.unsent === 0) return 0;
    const { device } = this.#deps;
    const { frames, frameLength, unsent, first } = batch;
    if (this.#batches.length === 1 || device.sendInBackground === undefined)
      return this.#account(batch, device.send(frames, frameLength, unsent, first), now);
    batch.inFlight = device.sendInBackground(frames, frameLength, unsent, first).then(sent => {
      batch.inFlight = null;
      return this.#account(batch, sent, now);
    });
    return 0;
  }

  #account(batch: Batch, sent: number, now: number): number {
    this.#broadcasts += batch.taken(sent);
    this.#framesSent += sent;
    this.#pacer.spend(sent);
    if (sent > 0) this.#lastSent = now;
    if (batch.unsent > 0) this.#sendRetries++;
    return sent;
  }

  #fill(batch: Batch, now: number): void {
    const room = Math.min(this.#pacer.allowance(now), batch.capacity);
    batch.clear();
    for (let filled = 0; filled < room; filled++) {
      const entry = this.#asks.next(now);
      if (entry < 0) break;
      batch.add(entry, this.#asks.destinationOf(entry), this.#asks.ipOf(entry));
      this.#asks.asked(entry, now);
    }
  }

  /** What the system did not take the last time leaves at `now` instead. */
  #postpone(batch: Batch, now: number): void {
    for (const entry of batch.waiting()) this.#asks.askedLater(entry, now);
  }

  /** Until something can be sent, is due, or is worth fetching. */
  #pauseMs(now: number, sent: number): number {
    const due = sent > 0 ? Infinity : this.#asks.nextDue() - now;
    const pause = Math.max(Math.min(SLICE_MS, due), Math.min(MAX_PAUSE_MS, this.#pacer.waitMs()));
    return Math.max(1, Math.min(pause, this.#options.deadline - now));
  }

  #shortcoming(): string | null {
    if (this.#collector.full) return `more than ${count(MAX_OBSERVATIONS, 'sender')}`;
    if (this.#asks.blind > 0)
      return `frames were lost before they could be read, ${count(this.#asks.blind, 'silent address', 'silent addresses')} may have answered`;
    return null;
  }

  result(problem: string | null): NetworkSweep {
    const { clock, device } = this.#deps;
    const { target } = this.#options.plan;
    const coverage: Coverage = {
      network: target.network,
      link: linkOf(target),
      vlan: target.vlan,
      interface: interfaceOf(target),
      method: 'packet',
      addresses: this.#asks.addresses,
      slices: this.#turn.slices,
      gateway: this.#options.plan.gateway,
      probed: this.#asks.probed,
      answered: this.#asks.answered,
      framesSent: this.#framesSent,
      broadcasts: this.#broadcasts,
      durationMs: clock.monotonic() - this.#startedAt,
      complete: problem === null,
      problem,
      counters: this.#collector.counters({ dropped: device.dropped(), sendRetries: this.#sendRetries }),
      ownClaims: this.#collector.ownClaims,
    };
    return { coverage, observations: this.#collector.observations() };
  }
}
