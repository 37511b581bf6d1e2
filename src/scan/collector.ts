/**
 * What was heard: every frame is decoded, judged and counted here, and what it says of a device is kept once. Frames are
 * hostile input: whatever they hold, the outcome is an observation or a counter, and memory stays bounded.
 */
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import { cidrSize } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import { isGroupMac, ZERO_MAC } from '../lib/mac.ts';
import type { ArpFrame } from '../wire/arp.ts';
import { ARP_REPLY, parseArpFrame } from '../wire/arp.ts';
import { WireError } from '../wire/error.ts';
import { vlansOf } from '../wire/ethernet.ts';
import type { Heard } from './ask-table.ts';
import { ObservationTable } from './observation-table.ts';
import type { Counters, Observation, OwnClaim } from './types.ts';

/** Per sweep of one network. Twice a whole /16; a flood of forged senders ends here instead of in memory. */
export const MAX_OBSERVATIONS = 131_072;

/** Of those, the ones that lie in no swept network: strangers must not use up the room of the others. */
export const MAX_FOREIGN = 4096;

/** Of those who claim this machine's own addresses: a handful shows what is the matter. */
const MAX_OWN_CLAIMS = 20;

export interface Self {
  /** With the MAC of the interface that has the address. */
  readonly ips: ReadonlyMap<Ipv4, Mac>;
  readonly macs: ReadonlySet<Mac>;
}

/** Which frames a sweep takes for its own, and what it calls where they came from. */
export interface Link {
  readonly name: string;
  /** null: untagged ones; `any`: whatever their tags. */
  readonly vlan: number | null | 'any';
}

/** A sender that can be true. */
export interface Sighting {
  readonly ip: Ipv4;
  readonly mac: Mac;
  readonly reply: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Collector {
  /** The networks with their last addresses, so that no frame costs a power of two. */
  readonly #networks: readonly { readonly network: Cidr; readonly last: number }[];
  readonly #self: Self;
  readonly #link: Link;
  readonly #counters = noCounters();
  readonly #malformedBy: Record<string, number> = {};
  readonly #observed = new ObservationTable();
  readonly #ownClaims: OwnClaim[] = [];
  #kept = 0;
  #foreign = 0;

  /** @param networks the swept one first, then others an observation may belong to */
  constructor(networks: readonly Cidr[], self: Self, link: Link) {
    this.#networks = networks.map(network => ({ network, last: network.base + cidrSize(network) - 1 }));
    this.#self = self;
    this.#link = link;
  }

  /** Decodes and judges one frame; null when there is nothing in it to keep. */
  read(bytes: Uint8Array, strippedVlan: number | null): Sighting | null {
    let frame: ArpFrame;
    try {
      frame = parseArpFrame(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const key = `${error.layer}/${error.reason}`;
      this.#counters.malformed++;
      this.#malformedBy[key] = (this.#malformedBy[key] ?? 0) + 1;
      return null;
    }
    const { arp, ethernet } = frame;
    // Our own requests, where the system hands them back.
    if (this.#self.macs.has(arp.senderMac)) return null;
    this.#countFrame(frame, strippedVlan);
    if (!this.#isOfLink(frame, strippedVlan)) {
      this.#counters.otherVlan++;
      return null;
    }
    if (arp.senderMac === ZERO_MAC || isGroupMac(arp.senderMac)) return this.#hostile();
    // A probe (RFC 5227 §2.1.1): its sender has no address yet.
    if (arp.senderIp === 0) return null;
    if (!isHostAddress(arp.senderIp)) return this.#hostile();
    if (ethernet.source !== arp.senderMac) this.#counters.foreignSource++;
    const ownMac = this.#self.ips.get(arp.senderIp);
    if (ownMac !== undefined) return this.#ownClaim(arp.senderIp, ownMac, arp.senderMac);
    const reply = arp.operation === ARP_REPLY;
    // What others ask among themselves says who they are only where their address belongs to the network.
    if (!reply && this.#networkOf(arp.senderIp) === null) return null;
    return { ip: arp.senderIp, mac: arp.senderMac, reply };
  }

  #isOfLink({ ethernet }: ArpFrame, strippedVlan: number | null): boolean {
    const { vlan } = this.#link;
    if (vlan === 'any') return true;
    const vlans = vlansOf(ethernet, strippedVlan);
    return vlan === null ? vlans.length === 0 : vlans.length === 1 && vlans[0] === vlan;
  }

  #countFrame({ arp, ethernet, padding }: ArpFrame, strippedVlan: number | null): void {
    const counters = this.#counters;
    if (arp.operation === ARP_REPLY) counters.replies++;
    else counters.requests++;
    if (arp.senderIp === arp.targetIp) counters.announcements++;
    if (strippedVlan !== null || ethernet.vlans.length > 0) counters.tagged++;
    if (padding > 0) counters.padded++;
  }

  /** This machine is no device of the network: what is said of its addresses is kept apart. */
  #ownClaim(ip: Ipv4, ownMac: Mac, mac: Mac): null {
    this.#counters.ownAddressClaims++;
    const known = this.#ownClaims.some(one => one.ip === ip && one.mac === mac);
    if (
      !known &&
      this.#ownClaims.length < MAX_OWN_CLAIMS &&
      this.#networkOf(ip) === this.#networks[0]?.network
    )
      this.#ownClaims.push({ ip, ownMac, mac });
    return null;
  }

  /** Of addresses in the swept network. */
  get ownClaims(): readonly OwnClaim[] {
    return this.#ownClaims;
  }

  #hostile(): null {
    this.#counters.hostile++;
    return null;
  }

  /** Keeps a sighting, with what the asking side made of it. Returns whether it is news. */
  keep({ ip, mac }: Sighting, heard: Heard): boolean {
    const counters = this.#counters;
    if (!heard.asked) counters.unasked++;
    if (this.#observed.has(ip, mac)) {
      counters.duplicates++;
      return false;
    }
    if (heard.late) counters.late++;
    const foreign = this.#networkOf(ip) === null;
    if (foreign ? this.#foreign === MAX_FOREIGN : this.#kept === MAX_OBSERVATIONS) {
      counters.overflow++;
      return false;
    }
    if (foreign) this.#foreign++;
    else this.#kept++;
    this.#observed.add(ip, mac, heard.rttMs);
    return true;
  }

  #networkOf(ip: Ipv4): Cidr | null {
    for (const { network, last } of this.#networks) if (ip >= network.base && ip <= last) return network;
    return null;
  }

  /** So many senders that some of the network's own were not kept. */
  get full(): boolean {
    return this.#kept === MAX_OBSERVATIONS;
  }

  observations(): Observation[] {
    return this.#observed.toArray(ip => this.#networkOf(ip), this.#link.name);
  }

  counters(link: { readonly dropped: number; readonly sendRetries: number }): Counters {
    return { ...this.#counters, malformedBy: { ...this.#malformedBy }, ...link };
  }
}

/** Not loopback (RFC 1122 §3.2.1.3), multicast, reserved or broadcast. */
function isHostAddress(ip: Ipv4): boolean {
  const octet = ip >>> 24;
  return octet !== 0 && octet !== 127 && octet < 224;
}

export function noCounters(): Writable<Counters> {
  return {
    replies: 0,
    requests: 0,
    announcements: 0,
    duplicates: 0,
    late: 0,
    unasked: 0,
    tagged: 0,
    otherVlan: 0,
    padded: 0,
    foreignSource: 0,
    ownAddressClaims: 0,
    hostile: 0,
    malformed: 0,
    malformedBy: {},
    dropped: 0,
    overflow: 0,
    sendRetries: 0,
  };
}
