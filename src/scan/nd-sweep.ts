/**
 * One look at a link by IPv6. Nobody can ask 2^64 addresses, so all are asked at once: an echo request to ff02::1 (RFC
 * 4443), and now and then a general query for multicast listeners, which devices answer that keep silent to echo (RFC
 * 3810). Then a solicitation in person to each known neighbour that has stayed silent (RFC 4861).
 *
 * The query is for every fourth scan: at the usual half minute that is as often as the routers' own (125 s). A query takes
 * part in their election (RFC 3810 §7.6.2): if this machine has the lowest address, they leave the asking to it, so it must
 * not ask more seldom than they would.
 */
import type { Clock } from '../lib/clock.ts';
import { messageOf, NetureonError } from '../lib/errors.ts';
import type { Ipv6 } from '../lib/ipv6.ts';
import { ALL_NODES, isLinkLocal, isUsualLinkLocal, solicitedNodeOf, UNSPECIFIED_IPV6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import { count } from '../lib/text.ts';
import type { FrameDevice } from '../link/device.ts';
import type { Icmpv6Message } from '../wire/icmpv6.ts';
import { emitIcmpv6Frame, icmpv6FrameLength } from '../wire/icmpv6.ts';
import { multicastMac } from '../wire/ipv6.ts';
import type { Question } from './nd-asks.ts';
import { NdAsks } from './nd-asks.ts';
import { MAX_PRESENT, NdCollector } from './nd-collector.ts';
import type { KnownNeighbour, NdLinkResult } from './nd-types.ts';
import { Pacer } from './pacer.ts';

/** How often answers are fetched. The kernel notes their arrival, so slices cost no precision. */
const SLICE_MS = 20;
/** Most of those that are awake have answered the echo by then. */
const ECHO_MS = 120;
/** A Wi-Fi station asleep is told of multicasts after three beacons at most in common use: 307 ms. */
const SETTLE_MS = 320;
/** Reports are spread over this long by those who send them. */
const RESPONSE_MS = 250;
/** The last news is followed by this much listening. */
const QUIET_MS = 40;
const MAX_SETTLE_MS = 2000;
const STUCK_MS = 3000;
/** Longer than any frame we send. */
const FRAME_ROOM = 128;

export interface NdSweepOptions {
  /** The interface's name. */
  readonly link: string;
  readonly mac: Mac;
  /** Our addresses on this link: a link-local one to ask from, and others, whose networks are asked for theirs. */
  readonly addresses: readonly Ipv6[];
  /** Of all our interfaces. */
  readonly ownMacs: ReadonlySet<Mac>;
  /** Link-local addresses of devices that were here lately. */
  readonly known: readonly KnownNeighbour[];
  /** What the kernel's table tells of besides. */
  readonly table: readonly KnownNeighbour[];
  /** Also ask for listeners, and for addresses that are not link-local. */
  readonly wide: boolean;
  /** Marks our echo requests: 0..65535. */
  readonly identifier: number;
  /** Frames per second; Infinity for no pacing. */
  readonly rate: number;
  /** On the clock's monotonic scale; Infinity for none. */
  readonly deadline: number;
}

export interface NdSweepDeps {
  readonly clock: Clock;
  /** Hears ICMPv6. */
  readonly device: FrameDevice;
  readonly signal: AbortSignal;
}

export async function sweepLink(options: NdSweepOptions, deps: NdSweepDeps): Promise<NdLinkResult> {
  const sweep = new NdSweep(options, deps);
  const problem = await sweep.run();
  return sweep.result(problem);
}

interface Outgoing {
  readonly source: Ipv6;
  readonly destination: Ipv6;
  readonly destinationMac: Mac;
  readonly message: Icmpv6Message;
}

class NdSweep {
  readonly #options: NdSweepOptions;
  readonly #deps: NdSweepDeps;
  readonly #source: Ipv6;
  readonly #asks: NdAsks;
  readonly #collector: NdCollector;
  readonly #pacer: Pacer;
  readonly #scratch = new Uint8Array(FRAME_ROOM);
  /** To everybody, not sent yet. */
  readonly #toAll: Outgoing[];
  readonly #startedAt: number;
  #echoSentAt: number;
  #settledAt: number;
  #lastNews: number;
  #lastSent: number;
  #framesSent = 0;
  #broadcasts = 0;

  constructor(options: NdSweepOptions, deps: NdSweepDeps) {
    const now = deps.clock.monotonic();
    const { addresses, known, table, rate, wide, ownMacs, identifier } = options;
    this.#options = options;
    this.#deps = deps;
    this.#source = addresses.find(isLinkLocal) ?? UNSPECIFIED_IPV6;
    this.#collector = new NdCollector({ macs: ownMacs, ips: new Set(addresses), identifier });
    this.#asks = new NdAsks(known, table, now + ECHO_MS);
    this.#pacer = new Pacer(rate, now);
    this.#toAll = this.#questionsToAll();
    this.#startedAt = now;
    this.#echoSentAt = now;
    this.#lastSent = now;
    this.#lastNews = now;
    this.#settledAt = now + (wide ? Math.max(SETTLE_MS, RESPONSE_MS + 2 * QUIET_MS) : SETTLE_MS);
  }

  #questionsToAll(): Outgoing[] {
    const { addresses, wide, identifier } = this.#options;
    const toAll = (source: Ipv6, message: Icmpv6Message): Outgoing => ({
      source,
      destination: ALL_NODES,
      destinationMac: multicastMac(ALL_NODES),
      message,
    });
    const echo = (source: Ipv6, sequence: number) =>
      toAll(source, { kind: 'echo-request', identifier, sequence });
    const near = echo(this.#source, 0);
    if (!wide) return [near];
    // Whoever answers chooses the address that suits the one it was asked from: one question for each network.
    const firstOfEach = new Map(
      addresses
        .filter(ip => !isLinkLocal(ip))
        .toReversed()
        .map(ip => [ip >> 64n, ip]),
    );
    const query = {
      kind: 'listener-query',
      version: 2,
      group: UNSPECIFIED_IPV6,
      maxResponseMs: RESPONSE_MS,
    } as const;
    return [
      near,
      toAll(this.#source, query),
      ...[...firstOfEach.values()].slice(0, 4).map((ip, i) => echo(ip, i + 1)),
    ];
  }

  /** Returns why the look is not complete, or null. */
  async run(): Promise<string | null> {
    const { clock, signal } = this.#deps;
    const { link, deadline } = this.#options;
    try {
      for (;;) {
        if (signal.aborted) return 'interrupted';
        this.#listen();
        const now = clock.monotonic();
        this.#ask(now);
        if (this.#toAll.length === 0 && this.#asks.done && now >= this.#endAt()) return this.#shortcoming();
        if (now >= deadline) return 'timed out';
        if (now >= this.#lastSent + STUCK_MS) return `${link} takes no more frames`;
        await clock.sleep(Math.max(1, Math.min(SLICE_MS, deadline - now)), signal);
      }
    } catch (error) {
      // The interface went down or away in the middle: an outcome, like any other reason not to be complete.
      if (error instanceof NetureonError && error.code === 'io') return messageOf(error);
      throw error;
    }
  }

  #endAt(): number {
    return Math.min(Math.max(this.#settledAt, this.#lastNews + QUIET_MS), this.#settledAt + MAX_SETTLE_MS);
  }

  #listen(): void {
    const { clock, device } = this.#deps;
    device.receive((bytes, vlan, ageMs) => {
      const sighting = this.#collector.read(bytes, vlan);
      if (sighting === null) return;
      const now = clock.monotonic();
      const rttMs = sighting.echoed ? Math.max(0, now - ageMs - this.#echoSentAt) : null;
      if (this.#collector.keep(sighting, rttMs)) this.#lastNews = now;
      this.#asks.heard(sighting.ip);
    });
  }

  /** Sends what is due as far as the pace allows. */
  #ask(now: number): void {
    let room = this.#pacer.allowance(now);
    for (; room >= 1; room--) {
      const [next] = this.#toAll;
      const question = next === undefined ? this.#asks.next(now) : null;
      const outgoing = next ?? (question === null ? undefined : this.#solicitationOf(question));
      if (outgoing === undefined) {
        // Nothing was due, so nothing is stuck.
        this.#lastSent = now;
        return;
      }
      if (!this.#send(outgoing, now)) return;
      if (question === null) {
        this.#toAll.shift();
        this.#broadcasts++;
        if (this.#broadcasts === 1) this.#echoSentAt = this.#deps.clock.monotonic();
      } else this.#asks.asked(question, now);
    }
  }

  #solicitationOf({ ip, mac, unicast }: Question): Outgoing {
    const destination = unicast ? ip : solicitedNodeOf(ip);
    return {
      source: this.#source,
      destination,
      destinationMac: unicast ? mac : multicastMac(destination),
      message: { kind: 'neighbour-solicitation', target: ip, linkLayer: this.#options.mac },
    };
  }

  /** False when the system has no room for it just now. */
  #send({ message, ...addresses }: Outgoing, now: number): boolean {
    const length = icmpv6FrameLength(message);
    emitIcmpv6Frame({ ...addresses, sourceMac: this.#options.mac }, message, this.#scratch);
    if (this.#deps.device.send(this.#scratch, length, 1) === 0) return false;
    this.#pacer.spend(1);
    this.#framesSent++;
    this.#lastSent = now;
    return true;
  }

  #shortcoming(): string | null {
    if (this.#collector.full) return `more than ${count(MAX_PRESENT, 'sender')}`;
    const silent = this.#silentKnown();
    if (this.#deps.device.dropped() > 0 && silent > 0)
      return `frames were lost before they could be read, ${count(silent, 'silent neighbour')} may have answered`;
    return null;
  }

  #silentKnown(): number {
    const silent = new Set(this.#asks.silent);
    return this.#options.known.filter(({ ip }) => silent.has(ip)).length;
  }

  result(problem: string | null): NdLinkResult {
    const { present, heard } = this.#collector;
    const answered = new Set(present.map(({ ip }) => ip)).size;
    const silent = this.#options.known.filter(({ ip }) => isUsualLinkLocal(ip) && !this.#collector.has(ip));
    return {
      coverage: {
        link: this.#options.link,
        method: 'packet',
        probed: answered + new Set(silent.map(({ ip }) => ip)).size,
        answered,
        framesSent: this.#framesSent,
        broadcasts: this.#broadcasts,
        durationMs: this.#deps.clock.monotonic() - this.#startedAt,
        complete: problem === null,
        problem,
        counters: this.#collector.counters(this.#deps.device.dropped()),
      },
      present,
      heard,
    };
  }
}
