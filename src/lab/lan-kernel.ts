/** What the LAN asks of its namespaces' kernels: their settings (ip-sysctl), and ip(8) in batches. */
import type { Namespace } from './namespace.ts';

export const NO_IPV6_SYSCTLS = { 'ipv6.conf.default.disable_ipv6': 1, 'ipv6.conf.all.disable_ipv6': 1 };

/**
 * Addresses that are there at once (no duplicate address detection) and follow from the MAC (addr_gen_mode 0), and
 * nobody who looks for routers.
 */
export const IPV6_SYSCTLS = {
  'ipv6.conf.default.disable_ipv6': 0,
  'ipv6.conf.all.disable_ipv6': 0,
  'ipv6.conf.all.accept_dad': 0,
  'ipv6.conf.default.accept_dad': 0,
  'ipv6.conf.default.addr_gen_mode': 0,
  'ipv6.conf.default.use_tempaddr': 0,
  'ipv6.conf.default.accept_ra': 0,
  'ipv6.conf.default.autoconf': 0,
  'ipv6.conf.default.router_solicitations': 0,
  'ipv6.conf.all.keep_addr_on_down': 1,
};

/**
 * A namespace inherits the machine's values, so each that matters is set. arp_ignore 1: an interface answers for its own
 * address only; arp_announce 2: it asks with its own; rp_filter 0: the hosts share one routing table.
 */
export const HOST_SYSCTLS = {
  'ipv4.conf.all.arp_ignore': 1,
  'ipv4.conf.default.arp_ignore': 1,
  'ipv4.conf.all.arp_announce': 2,
  'ipv4.conf.all.rp_filter': 0,
  'ipv4.conf.default.rp_filter': 0,
  'ipv4.icmp_ratelimit': 0,
};

/**
 * One station that answers for all addresses of a network: arp_ignore 0 lets any local route speak; accept_local 1 hears
 * a scanner whose own address is among those claimed.
 */
export const CLAIM_SYSCTLS = {
  ...NO_IPV6_SYSCTLS,
  'ipv4.conf.all.arp_ignore': 0,
  'ipv4.conf.all.accept_local': 1,
  'ipv4.conf.default.arp_ignore': 0,
  'ipv4.conf.all.rp_filter': 0,
  'ipv4.conf.default.rp_filter': 0,
};

export async function setSysctls(
  namespace: Namespace,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  const lines = Object.entries(values).map(([key, value]) => {
    const path = `/proc/sys/net/${key.replaceAll('.', '/')}`;
    // A kernel without IPv6 has nothing to switch off.
    return `${key.startsWith('ipv6') ? `test ! -e ${path} || ` : ''}echo ${value} > ${path}`;
  });
  await namespace.tool('sh', ['-e'], lines.join('\n'));
}

/** ip(8) -batch: hundreds of commands in one process. Stops at the first that fails. */
export async function batch(namespace: Namespace, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await namespace.tool('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
}
