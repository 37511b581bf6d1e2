/** Replies out of a capture instead of the wire. Nobody is asked, so such a sweep is never complete. */
import type { Clock } from '../lib/clock.ts';
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import { cidrOf, formatCidr, parseCidr } from '../lib/ipv4.ts';
import type { PcapDevice } from '../link/pcap-device.ts';
import { Collector, type Link } from './collector.ts';
import type { Coverage, Observation, SweepResult } from './types.ts';

/** Where no network is named: what most LANs are. */
const ASSUMED_PREFIX = 24;
/** Whoever made the capture chose what is in it. */
const ANY_LINK: Link = { name: '', vlan: 'any' };
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
  const collector = new Collector(
    networks.length > 0 ? networks : EVERYWHERE,
    {
      ips: new Map(),
      macs: new Set(),
    },
    ANY_LINK,
  );
  device.receive((bytes, vlan) => {
    const sighting = collector.read(bytes, vlan);
    if (sighting !== null)
      collector.keep(sighting, { asked: true, late: false, inPerson: false, rttMs: null });
  });
  const observations = collector
    .observations()
    // Of named networks, theirs alone; else each address in the network that most LANs would put it in.
    .filter(one => networks.length === 0 || one.network !== null)
    .map(one => (networks.length > 0 ? one : { ...one, network: cidrOf(one.ip, ASSUMED_PREFIX) }));
  const durationMs = clock.monotonic() - start;
  const counters = collector.counters({ dropped: 0, sendRetries: 0 });
  const problem = device.damage?.message ?? 'read from a capture: nobody was asked';
  const answered = addressesByNetwork(observations);
  const coverage = (network: Cidr): Coverage => ({
    network,
    link: '',
    vlan: null,
    interface: fileName,
    method: 'file',
    addresses: 0,
    slices: 1,
    gateway: null,
    probed: 0,
    answered: answered.get(formatCidr(network))?.size ?? 0,
    framesSent: 0,
    broadcasts: 0,
    durationMs,
    complete: false,
    problem,
    counters,
    ownClaims: [],
  });
  const reported =
    networks.length > 0 ? networks : [...answered.keys()].flatMap(text => parseCidr(text) ?? []);
  return { startedAt, durationMs, networks: reported.map(coverage), observations };
}

/** The distinct addresses of each network, by its CIDR notation, in the order they were first heard. */
function addressesByNetwork(observations: readonly Observation[]): Map<string, Set<Ipv4>> {
  const networks = new Map<string, Set<Ipv4>>();
  for (const { network, ip } of observations) {
    if (network === null) continue;
    const key = formatCidr(network);
    const addresses = networks.get(key);
    if (addresses === undefined) networks.set(key, new Set([ip]));
    else addresses.add(ip);
  }
  return networks;
}
