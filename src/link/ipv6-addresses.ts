/** The machine's own IPv6 addresses, by interface. Node lists only interfaces that are up and have a carrier. */
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import type { Ipv6 } from '../lib/ipv6.ts';
import { parseIpv6 } from '../lib/ipv6.ts';

type Listing = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'family' | 'address'>[] | undefined>
>;

/** Interface → its addresses, in the kernel's order. */
export function listIpv6Addresses(listing: Listing = networkInterfaces()): Map<string, Ipv6[]> {
  const found = new Map<string, Ipv6[]>();
  for (const [label, entries] of Object.entries(listing)) {
    const name = label.replace(/:.*$/, '');
    const addresses = (entries ?? []).flatMap(({ family, address }) => {
      const ip = family === 'IPv6' ? parseIpv6(address.replace(/%.*$/, '')) : undefined;
      return ip === undefined ? [] : [ip];
    });
    if (addresses.length > 0) found.set(name, [...(found.get(name) ?? []), ...addresses]);
  }
  return found;
}
