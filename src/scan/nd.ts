/** IPv6 on all chosen links at once, one sweep each; where packets are not permitted, what the kernel happens to know. */
import type { Clock } from '../lib/clock.ts';
import { messageOf, NetureonError } from '../lib/errors.ts';
import type { Ipv6 } from '../lib/ipv6.ts';
import { isLinkLocal, isUnicast, isUsualLinkLocal, MLD2_ROUTERS } from '../lib/ipv6.ts';
import type { Log } from '../lib/log.ts';
import type { Mac } from '../lib/mac.ts';
import { isGroupMac, ZERO_MAC } from '../lib/mac.ts';
import type { FrameDevice } from '../link/device.ts';
import type { Ipv6Neighbour } from '../link/neighbour-message.ts';
import { multicastMac } from '../wire/ipv6.ts';
import { MAX_HEARD, noNdCounters } from './nd-collector.ts';
import { sweepLink } from './nd-sweep.ts';
import type { KnownNeighbour, NdLinkResult } from './nd-types.ts';

/** See nd-sweep.ts. */
const WIDE_EVERY = 4;

/** What a device has to let through besides what is addressed to this machine: the reports of listeners. */
export const ND_GROUPS: readonly Mac[] = [multicastMac(MLD2_ROUTERS)];

export interface NdLink {
  readonly interface: { readonly name: string; readonly index: number; readonly mac: Mac };
  /** Ours on it. */
  readonly addresses: readonly Ipv6[];
  readonly known: readonly KnownNeighbour[];
  /** Completed looks so far; null where nobody counts them. */
  readonly scans: number | null;
}

export interface NdOptions {
  /** Of all our interfaces. */
  readonly ownMacs: ReadonlySet<Mac>;
  /** Do not even try to send packets. */
  readonly byKernel: boolean;
  /** Frames per second and interface; Infinity for no pacing. */
  readonly rate: number;
  readonly timeoutMs: number;
  /** Marks our echo requests: 0..65535, another one in every scan. */
  readonly identifier: number;
}

export interface NdDeps {
  readonly clock: Clock;
  /** A device that hears ICMPv6. */
  readonly openDevice: (link: NdLink['interface']) => Promise<FrameDevice>;
  readonly neighbours: () => Promise<readonly Ipv6Neighbour[]>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Whether a link can be asked: without a link-local address of our own it has no IPv6, or none yet. */
export function speaksIpv6(link: Pick<NdLink, 'addresses'>): boolean {
  return link.addresses.some(isUsualLinkLocal);
}

/** A result for each link, in their order. What went wrong on one is said in its coverage and spoils no other. */
export async function discoverNeighbours(
  links: readonly NdLink[],
  options: NdOptions,
  deps: NdDeps,
): Promise<NdLinkResult[]> {
  const usable = links.filter(speaksIpv6);
  if (usable.length === 0) return [];
  const table = await readTable(deps);
  const deadline = deps.clock.monotonic() + options.timeoutMs;
  return Promise.all(usable.map(link => discover(link, table, deadline, options, deps)));
}

/** A second source: without it, less is found, and nothing is wrong. */
async function readTable({ neighbours, log }: NdDeps): Promise<readonly Ipv6Neighbour[]> {
  try {
    return await neighbours();
  } catch (error) {
    if (!(error instanceof NetureonError)) throw error;
    log.warn(error.message);
    return [];
  }
}

async function discover(
  link: NdLink,
  table: readonly Ipv6Neighbour[],
  deadline: number,
  options: NdOptions,
  deps: NdDeps,
): Promise<NdLinkResult> {
  const { name, index, mac } = link.interface;
  const ofLink = table.filter(
    one =>
      one.interfaceIndex === index &&
      isUnicast(one.ip) &&
      one.mac !== ZERO_MAC &&
      !isGroupMac(one.mac) &&
      !options.ownMacs.has(one.mac),
  );
  const device = await open(link, options, deps);
  if (device === null) return fromTable(name, ofLink, null);
  if (typeof device === 'string') return fromTable(name, [], device);
  try {
    const result = await sweepLink(
      {
        link: name,
        mac,
        addresses: link.addresses,
        ownMacs: options.ownMacs,
        known: link.known,
        table: ofLink.filter(({ ip }) => isLinkLocal(ip)),
        wide: link.scans === null || link.scans % WIDE_EVERY === 0,
        identifier: options.identifier,
        rate: options.rate,
        deadline,
      },
      { clock: deps.clock, device, signal: deps.signal },
    );
    return { ...result, heard: withTable(result.heard, ofLink) };
  } finally {
    device.close();
  }
}

/** What the kernel has lately talked to belongs to a MAC as much as what we heard ourselves. */
function withTable(heard: NdLinkResult['heard'], table: readonly Ipv6Neighbour[]): NdLinkResult['heard'] {
  const known = new Set(heard.map(({ ip, mac }) => `${ip} ${mac}`));
  const more = table.filter(
    ({ ip, mac, reachable }) => reachable && !isUsualLinkLocal(ip) && !known.has(`${ip} ${mac}`),
  );
  return [...heard, ...more.map(({ ip, mac }) => ({ ip, mac, rttMs: null }))].slice(0, MAX_HEARD);
}

/** The device; null when only the kernel's table is to be had; or why neither. */
async function open(link: NdLink, options: NdOptions, deps: NdDeps): Promise<FrameDevice | null | string> {
  if (options.byKernel) return null;
  try {
    return await deps.openDevice(link.interface);
  } catch (error) {
    if (!(error instanceof NetureonError)) throw error;
    if (error.code === 'permission') return null;
    if (error.code === 'io') return messageOf(error);
    throw error;
  }
}

/** Without packets nobody is asked: silence means nothing, and the look is never complete. */
function fromTable(link: string, table: readonly Ipv6Neighbour[], problem: string | null): NdLinkResult {
  const seen = table.filter(({ reachable }) => reachable).map(({ ip, mac }) => ({ ip, mac, rttMs: null }));
  const present = seen.filter(({ ip }) => isUsualLinkLocal(ip));
  return {
    coverage: {
      link,
      method: problem === null ? 'kernel' : 'packet',
      probed: 0,
      answered: 0,
      framesSent: 0,
      broadcasts: 0,
      durationMs: 0,
      complete: false,
      problem: problem ?? 'neighbour discovery needs the capability CAP_NET_RAW',
      counters: noNdCounters(),
    },
    present,
    heard: seen.filter(({ ip }) => !isUsualLinkLocal(ip)),
  };
}
