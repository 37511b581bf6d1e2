/** Replies out of a capture instead of the wire. Nobody is asked, so such a sweep is never complete. */
import type { Clock } from '../lib/clock.ts';
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import { cidrContains, cidrEquals, cidrOf } from '../lib/ipv4.ts';
import type { PcapDevice } from '../link/pcap-device.ts';
import { Collector } from './collector.ts';
import type { Coverage, Observation, SweepResult } from './types.ts';

/** Where no network is named: what most LANs are. */
const ASSUMED_PREFIX = 24;
const EVERYWHERE: readonly Cidr[] = [{ base: 0 as Ipv4, prefix: 0 }];

/** @param networks those to report; empty for the /24 each address lies in */
export function replay(
  device: PcapDevice,
  fileName: string,
  networks: readonly Cidr[],
  clock: Clock,
): SweepResult {
  const startedAt = clock.now();
  const start = clock.monotonic();
  const collector = new Collector(networks.length > 0 ? networks : EVERYWHERE, {
    ips: new Set(),
    macs: new Set(),
  });
  device.receive((bytes, vlan) => {
    const sighting = collector.read(bytes, vlan);
    if (sighting !== null) collector.keep(sighting, { asked: true, late: false, rttMs: null });
  });
  const observations = collector
    .observations()
    .map(one => (networks.length > 0 ? one : { ...one, network: cidrOf(one.ip, ASSUMED_PREFIX) }));
  const durationMs = clock.monotonic() - start;
  const counters = collector.counters({ dropped: 0, sendRetries: 0 });
  const problem = device.damage?.message ?? 'read from a capture: nobody was asked';
  const coverage = (network: Cidr): Coverage => ({
    network,
    interface: fileName,
    method: 'file',
    probed: 0,
    answered: new Set(observations.filter(one => cidrContains(network, one.ip)).map(({ ip }) => ip)).size,
    framesSent: 0,
    broadcasts: 0,
    durationMs,
    complete: false,
    problem,
    counters,
  });
  const reported = networks.length > 0 ? networks : distinctNetworks(observations);
  return { startedAt, durationMs, networks: reported.map(coverage), observations };
}

function distinctNetworks(observations: readonly Observation[]): Cidr[] {
  const distinct: Cidr[] = [];
  for (const { network } of observations)
    if (network !== null && !distinct.some(one => cidrEquals(one, network))) distinct.push(network);
  return distinct;
}
