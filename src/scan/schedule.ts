/**
 * How often an address is asked, by broadcast or unicast, and how long each asking is waited for.
 *
 * Where nobody is known, three askings stretch over 300 ms: a sleeping Wi-Fi station is told of broadcasts once per DTIM
 * period, and three beacons (307 ms) is the longest in common use. At its pace a sweep often comes round later than that
 * (a /24 takes 250 ms a round), so that everybody has been listened to for longer than 300 ms in the end; the last asking
 * is then followed by 100 ms instead of 150.
 *
 * A known device is asked in person, first and last: no one else wakes for that. It gets nine askings and 2.05 s, with
 * growing patience: phones asleep were seen to answer only after up to two seconds, and at 30 % loss the chance that nine
 * askings are all lost is 1 in 50,000, where three would lose 1 device in 37. The one in the middle is a broadcast, which
 * finds whoever holds the address now: a swapped network card is seen in the same scan.
 */
import { cidrSize, type Cidr } from '../lib/ipv4.ts';

export interface Asking {
  readonly broadcast: boolean;
  /** How long silence lasts at least before the next asking, or before giving up. */
  readonly patienceMs: number;
  /** And how long since the first asking. */
  readonly sinceFirstMs: number;
}

const broadcast = (patienceMs: number, sinceFirstMs = 0): Asking => ({
  broadcast: true,
  patienceMs,
  sinceFirstMs,
});
const unicast = (patienceMs: number): Asking => ({ broadcast: false, patienceMs, sinceFirstMs: 0 });

export const UNKNOWN_SCHEDULE: readonly Asking[] = [broadcast(50), broadcast(100), broadcast(100, 300)];

export const KNOWN_SCHEDULE: readonly Asking[] = [
  [unicast(80), unicast(120), unicast(150), unicast(150)],
  [broadcast(200)],
  [unicast(250), unicast(300), unicast(350), unicast(450)],
].flat();

/**
 * The broadcast that tells whether a second device answers for the address of one that has answered in person. Both
 * answer it: the patience is for the other one, whose MAC nobody knows yet.
 */
export const VERIFICATION: Asking = broadcast(150);

/** A usual LAN needs two seconds; a machine that is busy or slow, a few more. */
const LEAST_MS = 25_000;

/** What of a sweep takes time. */
export interface Effort {
  readonly network: Cidr;
  readonly known: readonly unknown[];
  /** In how many scans the addresses with nobody known are all asked. */
  readonly slices: number;
}

/**
 * How long a sweep may take before something is wrong: every asking of everybody at that pace, and half as long again.
 * @param rate frames per second @returns milliseconds
 */
export function longestSweepMs(efforts: readonly Effort[], rate: number): number {
  const frames = efforts.reduce(
    (sum, { network, known, slices }) =>
      sum +
      Math.ceil(cidrSize(network) / slices) * UNKNOWN_SCHEDULE.length +
      known.length * (KNOWN_SCHEDULE.length + 1),
    0,
  );
  return Math.max(LEAST_MS, (frames / rate) * 1500);
}
