/**
 * What a scan does not do every time. Addresses with nobody known are asked in slices, one slice a scan; addresses of
 * devices that answer in person are asked by broadcast in turn, to see whether a second device answers for them.
 */
import { cidrSize, type Cidr, type Ipv4 } from '../lib/ipv4.ts';

/**
 * A known address is asked by broadcast in every eighth scan: who else answers for it hears no unicast, and is seen by
 * broadcast alone. At a scan every 30 s a doubled address shows within four minutes, for 25 broadcasts a scan where 200
 * devices are known. The default gateway, whose impostor reads what everybody sends, is asked so in every scan.
 */
const VERIFIED_EVERY = 8;

/** A /24: so many addresses with nobody known are asked in every scan, at 1,000 frames a second in three quarters of one. */
const WHOLE_SIZE = 256;
/** At a scan every 30 s, a new device waits ten minutes at most, however wide its network. */
const MOST_SLICES = 20;

/** In how many scans the addresses with nobody known are all asked, where nobody has set it. */
export function defaultSlices(network: Cidr): number {
  return Math.min(MOST_SLICES, Math.max(1, Math.ceil(cidrSize(network) / WHOLE_SIZE)));
}

export interface Turn {
  /** The scan's number in its network: how many have been completed before. */
  readonly scans: number;
  /** In how many scans the addresses with nobody known are all asked; 1: in each. */
  readonly slices: number;
  readonly gateway: Ipv4 | null;
}

/** Everything, as long as nothing is known of the scans before. */
export const EVERYTHING: Turn = { scans: 0, slices: 1, gateway: null };

/**
 * The turn of the next scan. Slices follow the completed scans, so that what a failed one owed is asked by the next.
 * @param scans completed so far; with none the next is the baseline, and asks everything
 */
export function turnOf(scans: number | null, slices: number, gateway: Ipv4 | null): Turn {
  return { scans: scans ?? 0, slices: scans === null || scans === 0 ? 1 : slices, gateway };
}

/** Whether an address with nobody known is asked in this turn. */
export function isSwept(ip: Ipv4, { scans, slices, gateway }: Turn): boolean {
  return ip % slices === scans % slices || ip === gateway;
}

/** Whether a known address is asked by broadcast in this turn although its device answers in person. */
export function isVerified(ip: Ipv4, { scans, gateway }: Turn): boolean {
  return ip % VERIFIED_EVERY === scans % VERIFIED_EVERY || ip === gateway;
}
