/**
 * What was heard by ICMPv6: every frame is decoded, judged and counted here, and what it says of a device is kept once.
 * Frames are hostile input: whatever they hold, the outcome is an observation or a counter, and memory stays bounded.
 */
import type { Ipv6 } from '../lib/ipv6.ts';
import { isLinkLocal, isUnicast, isUsualLinkLocal, prefixOf, UNSPECIFIED_IPV6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import { isGroupMac, ZERO_MAC } from '../lib/mac.ts';
import { WireError } from '../wire/error.ts';
import type { Icmpv6Frame } from '../wire/icmpv6.ts';
import { parseIcmpv6Frame } from '../wire/icmpv6.ts';
import type { NdCounters, NdObservation } from './nd-types.ts';

/** Link-local addresses per look, as many as a sweep of a /16 keeps; a flood of forged senders ends here. */
export const MAX_PRESENT = 131_072;
/** And others. */
export const MAX_HEARD = 4096;
/** Of one MAC: a host has one link-local address and, with the temporary ones of a week (RFC 8981), some ten others. */
export const MAX_PER_MAC = 16;
/** MACs that claim one address. */
const MAX_PER_ADDRESS = 16;

export interface NdSelf {
  readonly macs: ReadonlySet<Mac>;
  /** On this link. */
  readonly ips: ReadonlySet<Ipv6>;
  /** Of our echo requests. */
  readonly identifier: number;
}

/** A sender that can be true. */
export interface NdSighting {
  readonly ip: Ipv6;
  readonly mac: Mac;
  /** The answer to our echo. */
  readonly echoed: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class NdCollector {
  readonly #self: NdSelf;
  readonly #ownPrefixes: ReadonlySet<bigint>;
  readonly #counters = noNdCounters();
  readonly #malformedBy: Record<string, number> = {};
  readonly #kept = { present: [] as NdObservation[], heard: [] as NdObservation[] };
  readonly #claims = new Map<Ipv6, Writable<NdObservation>[]>();
  /** Apart: many other addresses must not keep a device from being here. */
  readonly #addressCount = { present: new Map<Mac, number>(), heard: new Map<Mac, number>() };

  constructor(self: NdSelf) {
    this.#self = self;
    this.#ownPrefixes = new Set([...self.ips].map(prefixOf));
  }

  /** Decodes and judges one frame; null when there is nothing in it to keep. */
  read(bytes: Uint8Array, strippedVlan: number | null): NdSighting | null {
    const counters = this.#counters;
    let frame: Icmpv6Frame;
    try {
      frame = parseIcmpv6Frame(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#countRefused(error);
      return null;
    }
    // VLAN 0 is a priority on this link.
    if ([strippedVlan ?? 0, ...frame.ethernet.vlans].some(id => id !== 0)) {
      counters.tagged++;
      return null;
    }
    const from = frame.ethernet.source;
    if (this.#self.macs.has(from)) return null;
    this.#countMessage(frame);
    const claim = this.#claimOf(frame);
    if (claim === null) return null;
    const { ip, echoed } = claim;
    const mac = claim.linkLayer ?? from;
    if (!isStation(from) || !isStation(mac) || !isUnicast(ip)) {
      counters.hostile++;
      return null;
    }
    if (mac !== from) counters.foreignSource++;
    if (this.#self.ips.has(ip)) {
      counters.ownAddressClaims++;
      return null;
    }
    // Told by somebody else.
    if (this.#self.macs.has(mac)) return null;
    return { ip, mac, echoed };
  }

  /** Which address the message speaks for; null where it says nothing of a neighbour. */
  #claimOf({ ip: { source }, message }: Icmpv6Frame) {
    const bySource = { ip: source, linkLayer: null, echoed: false };
    switch (message.kind) {
      case 'neighbour-advertisement':
        return { ...bySource, ip: message.target, linkLayer: message.linkLayer };
      case 'neighbour-solicitation':
        // Of an address that the sender does not have yet.
        return source === UNSPECIFIED_IPV6 ? null : { ...bySource, linkLayer: message.linkLayer };
      case 'listener-report':
        return source === UNSPECIFIED_IPV6 ? null : bySource;
      case 'listener-query':
        return bySource;
      case 'echo-request':
        // Only a link-local address cannot have come through a router, whose MAC this would then be.
        return isLinkLocal(source) ? bySource : null;
      case 'echo-reply':
        if (
          message.identifier === this.#self.identifier &&
          (isLinkLocal(source) || this.#ownPrefixes.has(prefixOf(source)))
        )
          return { ...bySource, echoed: true };
        this.#counters.unasked++;
        return null;
      default:
        return null;
    }
  }

  #countRefused(error: WireError): void {
    if (error.reason === 'type') {
      this.#counters.others++;
      return;
    }
    const key = `${error.layer}/${error.reason}`;
    this.#counters.malformed++;
    this.#malformedBy[key] = (this.#malformedBy[key] ?? 0) + 1;
  }

  #countMessage({ message: { kind } }: Icmpv6Frame): void {
    const counters = this.#counters;
    if (kind === 'echo-reply') counters.echoReplies++;
    else if (kind === 'neighbour-solicitation') counters.solicitations++;
    else if (kind === 'neighbour-advertisement') counters.advertisements++;
    else if (kind === 'listener-report') counters.reports++;
    else counters.others++;
  }

  /** Returns whether it is news. */
  keep({ ip, mac }: Pick<NdSighting, 'ip' | 'mac'>, rttMs: number | null): boolean {
    const claims = this.#claims.get(ip);
    const same = claims?.find(one => one.mac === mac);
    if (same !== undefined) {
      this.#counters.duplicates++;
      // Whoever has to find out our MAC first is heard by its solicitation, and then by its echo.
      same.rttMs ??= rttMs;
      return false;
    }
    const here = isUsualLinkLocal(ip);
    const list = here ? this.#kept.present : this.#kept.heard;
    const addressCount = here ? this.#addressCount.present : this.#addressCount.heard;
    const ofMac = addressCount.get(mac) ?? 0;
    if (
      list.length >= (here ? MAX_PRESENT : MAX_HEARD) ||
      ofMac >= MAX_PER_MAC ||
      (claims?.length ?? 0) >= MAX_PER_ADDRESS
    ) {
      this.#counters.overflow++;
      return false;
    }
    addressCount.set(mac, ofMac + 1);
    const observation = { mac, ip, rttMs };
    if (claims === undefined) this.#claims.set(ip, [observation]);
    else claims.push(observation);
    list.push(observation);
    return true;
  }

  has(ip: Ipv6): boolean {
    return this.#claims.has(ip);
  }

  /** So many senders that some were not kept. */
  get full(): boolean {
    return this.#kept.present.length >= MAX_PRESENT;
  }

  get present(): readonly NdObservation[] {
    return this.#kept.present;
  }

  get heard(): readonly NdObservation[] {
    return this.#kept.heard;
  }

  counters(dropped: number): NdCounters {
    return { ...this.#counters, malformedBy: { ...this.#malformedBy }, dropped };
  }
}

function isStation(mac: Mac): boolean {
  return mac !== ZERO_MAC && !isGroupMac(mac);
}

export function noNdCounters(): Writable<NdCounters> {
  return {
    echoReplies: 0,
    solicitations: 0,
    advertisements: 0,
    reports: 0,
    others: 0,
    duplicates: 0,
    unasked: 0,
    tagged: 0,
    foreignSource: 0,
    ownAddressClaims: 0,
    hostile: 0,
    malformed: 0,
    malformedBy: {},
    dropped: 0,
    overflow: 0,
  };
}
