/** The addresses that a LAN is asked for, checked and in one form. Each throws NetureonError `usage`. */
import { NetureonError } from '../lib/errors.ts';
import type { Cidr } from '../lib/ipv4.ts';
import { cidrContains, formatCidr, formatIpv4, parseIpv4 } from '../lib/ipv4.ts';
import { formatIpv6, isMulticast, parseIpv6 } from '../lib/ipv6.ts';
import { formatMac, isGroupMac, parseMac } from '../lib/mac.ts';

/** Of a host that speaks IPv6 only. */
export const NO_IPV4 = '';

export function checkIp(text: string, cidr: Cidr): string {
  const ip = parseIpv4(text);
  if (ip === undefined || !cidrContains(cidr, ip))
    throw new NetureonError('usage', `not an address of ${formatCidr(cidr)}: ${text}`);
  return formatIpv4(ip);
}

export function checkIp6(text: string): string {
  const ip = parseIpv6(text);
  if (ip === undefined || isMulticast(ip)) throw new NetureonError('usage', `not an IPv6 address: ${text}`);
  return formatIpv6(ip);
}

export function checkMac(text: string): string {
  const mac = parseMac(text);
  if (mac === undefined || isGroupMac(mac)) throw new NetureonError('usage', `not a device's MAC: ${text}`);
  return formatMac(mac);
}
