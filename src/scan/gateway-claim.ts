/**
 * Who has lately told this machine that it is the gateway, and is not the one that answers as gateway.
 *
 * A spoofer that sends its victim an unasked reply every other second is heard only if it does so while a sweep listens.
 * But the victim's kernel has believed it: a look at its entry of the gateway before the sweep, whose own questions put
 * the entry right, shows whom the traffic went to until now. That is a claim on the gateway's address like one that was
 * heard.
 */
import type { Ipv4 } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import { isGroupMac, ZERO_MAC } from '../lib/mac.ts';
import { linkOf, type Plan } from './plan.ts';
import type { Observation } from './types.ts';

/** An entry that is older is what a gateway left that was replaced, or that the machine has no dealings with. */
const FRESH_MS = 60_000;

/** The kernel's entry of a plan's gateway, as it was before the sweep. */
export interface GatewayEntry {
  readonly plan: Plan;
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** Since it was last confirmed or updated. */
  readonly ageMs: number;
}

/**
 * Observations to add to those of the sweep: at most one for each entry.
 *
 * Where nobody has answered as gateway there is nobody to contradict. And where it is the known gateway's MAC that the
 * kernel still has, and the one that answers is new there, then the gateway was replaced since the last sweep: the new
 * one is told of as it is, and the old one was not seen.
 */
export function claimsOnGateway(
  entries: readonly GatewayEntry[],
  observations: readonly Observation[],
  ownMacs: ReadonlySet<Mac>,
): Observation[] {
  return entries.flatMap(({ plan: { target, known }, ip, mac, ageMs }) => {
    const link = linkOf(target);
    const heard = observations.filter(one => one.ip === ip && one.link === link);
    const holders = known.filter(one => one.ip === ip).map(one => one.mac);
    if (ageMs > FRESH_MS || mac === ZERO_MAC || isGroupMac(mac) || ownMacs.has(mac)) return [];
    if (heard.length === 0 || heard.some(one => one.mac === mac)) return [];
    if (holders.includes(mac) && !heard.some(one => holders.includes(one.mac))) return [];
    return [{ network: target.network, link, ip, mac, rttMs: null }];
  });
}
