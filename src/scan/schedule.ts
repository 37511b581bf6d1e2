/**
 * How often an address is asked, by broadcast or unicast, and how long each asking is waited for.
 *
 * Three rounds, each with more patience than the one before. Where nobody was ever seen, the three askings stretch over
 * 300 ms: a sleeping Wi-Fi station is told of broadcasts once per DTIM period, and three beacons (307 ms) is the longest
 * in common use. A device that was here before gets two unicasts before each broadcast (cheap: no one else wakes for
 * them) and 1.9 s in all: phones asleep were seen to answer only after more than a second, and at 30 % loss the chance
 * that nine askings are all lost is 1 in 50,000, where three would lose 1 device in 37.
 *
 * At its pace a sweep often comes round later than that (a /24 takes 250 ms a round), so that everybody has been listened
 * to for longer than 300 ms in the end; the last asking is then followed by 100 ms instead of 150.
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
  [unicast(80), unicast(120), broadcast(150)],
  [unicast(150), unicast(200), broadcast(250)],
  [unicast(250), unicast(300), broadcast(400)],
].flat();

/** A usual LAN needs two seconds; a machine that is busy or slow, a few more. */
const LEAST_MS = 25_000;

/**
 * How long a sweep may take before something is wrong: every asking of everybody at that pace, and half as long again.
 * @param rate frames per second @returns milliseconds
 */
export function longestSweepMs(
  targets: readonly { readonly network: Cidr }[],
  known: number,
  rate: number,
): number {
  const addresses = targets.reduce((sum, { network }) => sum + cidrSize(network), 0);
  const frames = addresses * UNKNOWN_SCHEDULE.length + known * KNOWN_SCHEDULE.length;
  return Math.max(LEAST_MS, (frames / rate) * 1500);
}
