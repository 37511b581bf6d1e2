/** Which addresses may be asked: those of devices in the networks that are scanned from here, and never our own. */
import type { LinkInterface } from '../../link/interfaces.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';
import { cidrContains, formatIpv4, hostRange } from '../../lib/ipv4.ts';
import type { Target } from '../../scan/targets.ts';

export type Reached =
  /** The address to ask from. */
  { readonly source: Ipv4 } | { readonly problem: string };

export type Reach = (ip: Ipv4) => Reached;

/** @param targets what a scan from here would look at */
export function reachOf(targets: readonly Target[], interfaces: readonly LinkInterface[]): Reach {
  return ip => {
    const text = formatIpv4(ip);
    if (interfaces.some(({ addresses }) => addresses.some(address => address.ip === ip)))
      return { problem: `${text} is this machine` };
    const target = targets.find(({ network }) => cidrContains(network, ip));
    if (target === undefined) return { problem: `${text} is in no network that is scanned from here` };
    const { first, last } = hostRange(target.network);
    // A broadcast address would ask everybody.
    if (ip < first || ip > last) return { problem: `${text} is no address of a device` };
    return { source: target.source };
  };
}
