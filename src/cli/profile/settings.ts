/** The settings of [profile] as what profiling takes. */
import { getServers } from 'node:dns';
import { isIPv4 } from 'node:net';
import type { Config } from '../../config/schema.ts';
import { cidrOf, isPrivate, parseIpv4 } from '../../lib/ipv4.ts';
import { PORT_DEFAULTS } from '../../scan/profile/ports.ts';
import type { PortOptions } from '../../scan/profile/ports.ts';
import { PORT_PRESETS } from '../../scan/profile/presets.ts';

export interface ProfileSettings {
  readonly resolvers: readonly string[];
  readonly timeoutMs: number;
  readonly ports: Omit<PortOptions, 'kind'>;
  readonly concurrency: number;
  readonly everyDays: number;
  /** What one device may take in all; it is cut off then, and what it told so far is kept. */
  readonly deviceLimitMs: number;
}

/** @param systemResolvers as `dns.getServers()` lists them */
export function profileSettings(
  config: Config,
  systemResolvers: readonly string[] = getServers(),
): ProfileSettings {
  const timeoutMs = config.profileTimeout * 1000;
  const ports = [...new Set(config.profilePorts.flatMap(portsIn))];
  return {
    resolvers:
      config.profileResolvers.length > 0
        ? config.profileResolvers
        : systemResolvers.filter(isPrivateResolver),
    timeoutMs,
    ports: {
      ports,
      atOnce: PORT_DEFAULTS.atOnce,
      gentle: config.profileGentle,
      connectMs: Math.min(PORT_DEFAULTS.connectMs, timeoutMs),
      talkMs: timeoutMs,
    },
    concurrency: config.profileConcurrency,
    everyDays: config.profileEvery,
    // Names take a few rounds. A port takes its connection and what is said there, and a fragile device one at a time.
    deviceLimitMs: 10 * timeoutMs + ports.length * 3 * timeoutMs,
  };
}

function portsIn(entry: Config['profilePorts'][number]): readonly number[] {
  if (typeof entry === 'number') return [entry];
  return entry === 'none' ? [] : PORT_PRESETS[entry];
}

/** A public one would learn which private addresses there are, and can know none of their names. */
function isPrivateResolver(address: string): boolean {
  // A port, or a zone, may follow: `[::1]:53`, `fe80::1%eth0`. Those are left out, and so is what is not on port 53.
  if (!isIPv4(address)) return address === '::1' || /^f[cd][0-9a-f]{2}:[0-9a-f:]*$/i.test(address);
  const ip = parseIpv4(address);
  return ip !== undefined && (address.startsWith('127.') || isPrivate(cidrOf(ip, 32)));
}
