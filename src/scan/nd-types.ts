/** The words for one look at a link by IPv6. What a sweep of ARP calls the same has the same name in types.ts. */
import type { Ipv6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import type { WireLayer, WireReason } from '../wire/error.ts';

export interface NdObservation {
  readonly mac: Mac;
  readonly ip: Ipv6;
  /** Null where it cannot be told: not the answer to our echo. */
  readonly rttMs: number | null;
}

/** A device that was here lately, and is asked by itself if it stays silent. */
export interface KnownNeighbour {
  readonly mac: Mac;
  readonly ip: Ipv6;
}

export interface NdCoverage {
  /** The interface's name: fe80::/64 of one link is not that of another. */
  readonly link: string;
  readonly method: 'packet' | 'kernel';
  /** Link-local addresses that were known or turned up. */
  readonly probed: number;
  /** Of those, the ones that were heard. */
  readonly answered: number;
  readonly framesSent: number;
  /** Of the frames, the ones every station had to read. */
  readonly broadcasts: number;
  readonly durationMs: number;
  /** Everybody was asked, and nothing kept the answers from being heard. Never with the kernel method. */
  readonly complete: boolean;
  /** Why not, as a sentence. */
  readonly problem: string | null;
  readonly counters: NdCounters;
}

export interface NdCounters {
  /** Well-formed messages of others. */
  readonly echoReplies: number;
  readonly solicitations: number;
  readonly advertisements: number;
  readonly reports: number;
  /** Other ICMPv6: routers, echo requests, queries. */
  readonly others: number;
  /** The same address and MAC once more. */
  readonly duplicates: number;
  /** Echo replies to somebody else, or from off the link. */
  readonly unasked: number;
  /** Carried a VLAN tag: of another link. */
  readonly tagged: number;
  /** The frame came from another MAC than the one the message tells. */
  readonly foreignSource: number;
  /** Another MAC claims one of this machine's own addresses. */
  readonly ownAddressClaims: number;
  /** A sender no station may have: zero or group MAC, an impossible address. */
  readonly hostile: number;
  /** Not well-formed, in all and by `layer/reason`. */
  readonly malformed: number;
  readonly malformedBy: Readonly<Partial<Record<`${WireLayer}/${WireReason}`, number>>>;
  /** Lost because the system's buffer was full. */
  readonly dropped: number;
  /** Beyond the number of observations kept, in all, of one MAC or of one address. */
  readonly overflow: number;
}

export interface NdLinkResult {
  readonly coverage: NdCoverage;
  /** Addresses of fe80::/64, which a device keeps: who is here. */
  readonly present: readonly NdObservation[];
  /** Other addresses (global, unique local, temporary), which come and go: heard of these MACs. */
  readonly heard: readonly NdObservation[];
}
