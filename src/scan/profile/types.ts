/**
 * scan/profile: what one device tells when it is asked: its names, its open ports, what it is. A command of its own,
 * never part of a sweep. Every step has its own time limit and every answer is a stranger's: bounded, decoded without
 * trust, and kept as it was said; making it inert is up to whoever shows it.
 *
 * This file: the words that profiling uses.
 */
import type { Ipv4 } from '../../lib/ipv4.ts';
import type { Mac } from '../../lib/mac.ts';

export interface ProfileTarget {
  readonly ip: Ipv4;
  readonly mac: Mac;
  readonly vendor: string | null;
}

/** Best first: a name that a person or administrator gave comes before one that the device gave itself. */
export const NAME_SOURCES = ['dhcp', 'rdns', 'mdns', 'netbios', 'llmnr', 'tls', 'http'] as const;
export type NameSource = (typeof NAME_SOURCES)[number];

export interface NameFinding {
  readonly source: NameSource;
  /** Unicode, at most 253 characters, without control or bidirectional characters, never empty. */
  readonly name: string;
}

export interface PortFinding {
  readonly port: number;
  /** open: it accepted. closed: it refused. silent: no answer in time. */
  readonly state: 'open' | 'closed' | 'silent';
  /** `ssh`, `http`, `https`, `smtp`, `ftp`, …: what spoke there; null when nothing recognisable did. */
  readonly service: string | null;
  /** `banner`, `title`, `server`, `subject`, `issuer`, `not_before`, `not_after`, …: each at most 500 characters. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface Echo {
  /** IPv4 time to live of the reply, as it arrived. */
  readonly ttl: number;
  readonly rttMs: number;
}

/** The answer to one SYN, as far as it tells systems apart. */
export interface SynTraits {
  readonly ttl: number;
  readonly window: number;
  readonly mss: number | null;
  readonly windowScale: number | null;
  /** Kinds of the TCP options in order, as `mss,sack,ts,nop,ws`. */
  readonly options: string;
}

export interface Evidence {
  /** `vendor`, `port`, `name`, `ttl`, `syn`, `banner`, `mdns`. */
  readonly source: string;
  /** A sentence: `answers with a TTL of 64`. */
  readonly says: string;
  /** What it speaks for, `os:linux`, `kind:printer`, and how strongly, 0 to 1. */
  readonly for: string;
  readonly weight: number;
}

export interface Verdict {
  /** `linux`, `windows`, `apple`, `android`, `bsd`, `embedded`, …; null: not told. */
  readonly osFamily: string | null;
  /** `phone`, `computer`, `server`, `printer`, `camera`, `router`, `tv`, `speaker`, `nas`, `sensor`, …; null: not told. */
  readonly kind: string | null;
  /** 0 to 1, of the kind; of the system when there is no kind. */
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}

export interface Profile {
  readonly names: readonly NameFinding[];
  readonly ports: readonly PortFinding[];
  readonly echo: Echo | null;
  readonly verdict: Verdict;
  /** Of mDNS `_device-info`: `MacBookPro18,3`; null: not told. */
  readonly model: string | null;
  /** What did not work, by step: `llmnr: malformed answer (pointer loop)`. */
  readonly problems: readonly string[];
}
