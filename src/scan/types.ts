/**
 * scan: one sweep of the networks this machine is on: targets, pacing, replies, observations. Imports link, wire and
 * lib; what it found it returns, and who stores it is not its concern. Clock, devices, log and signal are parameters.
 *
 * This file: the words that the rest of the program uses for a sweep.
 */
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import type { WireLayer, WireReason } from '../wire/error.ts';

export interface Observation {
  /** The swept network the address lies in; null for an address that lies in none of them. */
  readonly network: Cidr | null;
  /** '' for what was heard untagged; `lan0.20` for VLAN 20 on lan0. Two links may have networks of the same numbers. */
  readonly link: string;
  readonly mac: Mac;
  readonly ip: Ipv4;
  /** Null where it cannot be told: kernel method, heard without being asked, or asked more than once (Karn). */
  readonly rttMs: number | null;
}

/** A device that was here lately, and is asked by unicast first. */
export interface Known {
  readonly ip: Ipv4;
  readonly mac: Mac;
}

/** Another MAC claims one of this machine's own addresses. */
export interface OwnClaim {
  readonly ip: Ipv4;
  readonly ownMac: Mac;
  readonly mac: Mac;
}

export type Method = 'packet' | 'kernel' | 'file';

export interface Coverage {
  readonly network: Cidr;
  /** As in Observation. */
  readonly link: string;
  /** Of the frames' tag; null for none. */
  readonly vlan: number | null;
  /** The interface's name (`lan0.20` for VLAN 20 on lan0), or the file's. */
  readonly interface: string;
  readonly method: Method;
  /** Those a device may have, the machine's own left out. */
  readonly addresses: number;
  /** In how many scans the addresses with nobody known are all asked; 1: in this one. */
  readonly slices: number;
  /** The default gateway's address, if it lies in this network. */
  readonly gateway: Ipv4 | null;
  /** Addresses asked at least once. */
  readonly probed: number;
  /** Of those, the ones that were heard. */
  readonly answered: number;
  /** Frames sent; datagrams with the kernel method. */
  readonly framesSent: number;
  /** Of the frames, the ones every station had to read; 0 with the kernel method, which does not say. */
  readonly broadcasts: number;
  readonly durationMs: number;
  /** Every address whose turn it was was asked as often as it needed, and nothing kept its answer from being heard. */
  readonly complete: boolean;
  /** Why not, as a sentence. */
  readonly problem: string | null;
  readonly counters: Counters;
  /** Each once, and only the first few. */
  readonly ownClaims: readonly OwnClaim[];
}

export interface Counters {
  /** Well-formed ARP of others: replies, requests, and those of either that announce the sender's own address. */
  readonly replies: number;
  readonly requests: number;
  readonly announcements: number;
  /** The same address and MAC once more. */
  readonly duplicates: number;
  /** First heard after the address had been asked again or given up. */
  readonly late: number;
  /** For an address that was not asked, inside the network or not. */
  readonly unasked: number;
  /** Carried a VLAN tag, be it one of priority only. */
  readonly tagged: number;
  /** Belonged to another VLAN than the one that was asked, or to one at all where none was: not taken. */
  readonly otherVlan: number;
  /** Longer than the packet needs. */
  readonly padded: number;
  /** The frame came from another MAC than the one the packet speaks for. */
  readonly foreignSource: number;
  /** Another MAC claims one of this machine's own addresses. */
  readonly ownAddressClaims: number;
  /** A sender no station may have: zero, group or broadcast MAC, or an impossible address. */
  readonly hostile: number;
  /** Not well-formed, in all and by `layer/reason`. */
  readonly malformed: number;
  readonly malformedBy: Readonly<Partial<Record<`${WireLayer}/${WireReason}`, number>>>;
  /** Lost because the system's buffer was full. */
  readonly dropped: number;
  /** Beyond the number of observations kept. */
  readonly overflow: number;
  /** Times the system took fewer frames than it was given. */
  readonly sendRetries: number;
}

export interface SweepResult {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly networks: readonly Coverage[];
  readonly observations: readonly Observation[];
}

export interface Progress {
  /** Over all networks: addresses done with, to be done in this scan, and heard. */
  readonly done: number;
  readonly total: number;
  readonly answered: number;
  /** Sent so far. */
  readonly broadcasts: number;
}
