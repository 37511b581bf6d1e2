/** What a database adds to a scan; who implements it is the scan's own affair no more than who prints it. */
import type { Cidr } from '../../lib/ipv4.ts';
import type { Absence } from '../../scan/targets.ts';
import type { Known, SweepResult } from '../../scan/types.ts';
import type { LinkStore } from './ipv6.ts';

export interface ScanStore {
  /** Reserves the networks; the answers are in their order. */
  begin(networks: readonly NetworkName[]): Promise<readonly Permit[]>;
  /** Takes incomplete coverage too: it is logged and changes nobody's presence. */
  record(result: SweepResult): Promise<Recorded>;
  /** Who claims the scanner's own addresses; after everything that was found is recorded. */
  recordClaims(result: SweepResult): Promise<void>;
  /**
   * Networks nobody could look at: a failed scan each. Where an absence names none, the networks that were last seen on
   * its interface, as far as they are not among `scanned`.
   */
  absent(absences: readonly Absence[], scanned: readonly NetworkName[]): Promise<void>;
  /** The request could not be carried out at all. */
  fail(problem: string): Promise<void>;
  /** None where what is found by IPv6 is not stored. */
  readonly links?: LinkStore;
}

export interface NetworkName {
  readonly network: Cidr;
  /** '' for an untagged network, `lan0.20` for VLAN 20 on lan0. */
  readonly link: string;
}

export interface Permit {
  /** false: another scan is at this network. */
  readonly granted: boolean;
  /** The devices expected there. */
  readonly known: readonly Known[];
  /** Completed scans of the network so far; null where nobody counts them. */
  readonly scans: number | null;
}

export interface Recorded {
  readonly changes: Changes;
  /** By MAC in text form. */
  readonly vendors: ReadonlyMap<string, string>;
}

export interface Changes {
  readonly new: number;
  readonly returned: number;
  readonly moved: number;
  readonly missing: number;
}
