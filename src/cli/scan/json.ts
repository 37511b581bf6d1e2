/** The document of `netureon scan --json`. Its keys are a promise to scripts: none is renamed or removed. */
import type { Cidr } from '../../lib/ipv4.ts';
import { formatCidr, formatIpv4 } from '../../lib/ipv4.ts';
import { formatIpv6 } from '../../lib/ipv6.ts';
import { formatMac } from '../../lib/mac.ts';
import type { NdLinkResult, NdObservation } from '../../scan/nd-types.ts';
import type { Observation, SweepResult } from '../../scan/types.ts';
import type { Changes } from './scan-store.ts';

export interface ScanDocument {
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly duration_ms: number;
  readonly networks: readonly {
    readonly network: string;
    /** `lan0`; `lan0.20` for VLAN 20 asked through lan0. */
    readonly interface: string;
    /** Null for untagged frames. */
    readonly vlan: number | null;
    readonly method: string;
    /** Addresses a device may have, the machine's own left out; those asked in this scan; those of them heard. */
    readonly addresses: number;
    readonly probed: number;
    readonly answered: number;
    readonly frames_sent: number;
    readonly broadcasts: number;
    /** In how many scans the addresses with nobody known are all asked; 1: in this one. */
    readonly full_sweep_every: number;
    readonly complete: boolean;
  }[];
  readonly devices: readonly {
    /** Null for an address outside every scanned network. */
    readonly network: string | null;
    /** Null where it was heard untagged. */
    readonly vlan: number | null;
    readonly ip: string;
    readonly mac: string;
    readonly rtt_ms: number | null;
    readonly vendor: string | null;
  }[];
  /** By IPv6; empty where it was not looked. */
  readonly links: readonly {
    readonly interface: string;
    readonly method: string;
    readonly probed: number;
    readonly answered: number;
    readonly frames_sent: number;
    readonly broadcasts: number;
    readonly complete: boolean;
  }[];
  readonly ipv6_addresses: readonly {
    readonly interface: string;
    readonly ip: string;
    readonly mac: string;
    /** True for link-local addresses, which say who is here; the others come and go. */
    readonly here: boolean;
    readonly rtt_ms: number | null;
    readonly vendor: string | null;
  }[];
  /** Null when nothing was stored. */
  readonly changes: Changes | null;
}

/** How many devices are written at once: the document of a /16 is 6 MB, and never whole in memory. */
const CHUNK = 1000;

/** The text of a ScanDocument and a line feed, in chunks. */
export function* scanJson(
  result: SweepResult,
  neighbours: readonly NdLinkResult[],
  vendors: ReadonlyMap<string, string>,
  changes: Changes | null,
): Generator<string> {
  const networks: ScanDocument['networks'] = result.networks.map(coverage => ({
    network: formatCidr(coverage.network),
    interface: coverage.interface,
    vlan: coverage.vlan,
    method: coverage.method,
    addresses: coverage.addresses,
    probed: coverage.probed,
    answered: coverage.answered,
    frames_sent: coverage.framesSent,
    broadcasts: coverage.broadcasts,
    full_sweep_every: coverage.slices,
    complete: coverage.complete,
  }));
  const startedAt = JSON.stringify(result.startedAt.toISOString());
  yield (
    `{"started_at":${startedAt},"duration_ms":${Math.round(result.durationMs)},` +
    `"networks":${JSON.stringify(networks)},"devices":[`
  );
  const devices = byAddress(result.observations);
  const entry = deviceWriter(vendors);
  for (let i = 0; i < devices.length; i += CHUNK)
    yield `${i === 0 ? '' : ','}${devices
      .slice(i, i + CHUNK)
      .map(entry)
      .join()}`;
  yield `],${linksJson(neighbours, vendors)},"changes":${JSON.stringify(changes)}}\n`;
}

function linksJson(neighbours: readonly NdLinkResult[], vendors: ReadonlyMap<string, string>): string {
  const links: ScanDocument['links'] = neighbours.map(({ coverage }) => ({
    interface: coverage.link,
    method: coverage.method,
    probed: coverage.probed,
    answered: coverage.answered,
    frames_sent: coverage.framesSent,
    broadcasts: coverage.broadcasts,
    complete: coverage.complete,
  }));
  const addresses: ScanDocument['ipv6_addresses'] = neighbours.flatMap(({ coverage, present, heard }) =>
    [present, heard].flatMap((list, i) =>
      list.toSorted(byNumber).map(({ ip, mac, rttMs }) => ({
        interface: coverage.link,
        ip: formatIpv6(ip),
        mac: formatMac(mac),
        here: i === 0,
        rtt_ms: rttMs === null ? null : Math.round(rttMs * 1000) / 1000,
        vendor: vendors.get(formatMac(mac)) ?? null,
      })),
    ),
  );
  return `"links":${JSON.stringify(links)},"ipv6_addresses":${JSON.stringify(addresses)}`;
}

/** In the order of their addresses. */
export function byNumber(a: NdObservation, b: NdObservation): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  return a.mac - b.mac;
}

/** Writes a ScanDocument's device. There are few networks, and a vendor's name is quoted only once. */
function deviceWriter(vendors: ReadonlyMap<string, string>): (observation: Observation) => string {
  const networkTexts = new Map<Cidr | null, string>([[null, 'null']]);
  const vendorTexts = new Map<string | undefined, string>([[undefined, 'null']]);
  return ({ network, link, ip, mac, rttMs }) => {
    let networkText = networkTexts.get(network);
    if (networkText === undefined && network !== null)
      networkTexts.set(network, (networkText = `"${formatCidr(network)}"`));
    const macText = formatMac(mac);
    const vendor = vendors.get(macText);
    let vendorText = vendorTexts.get(vendor);
    if (vendorText === undefined) vendorTexts.set(vendor, (vendorText = JSON.stringify(vendor)));
    const rtt = rttMs === null ? 'null' : Math.round(rttMs * 1000) / 1000;
    const vlan = link === '' ? 'null' : link.slice(link.lastIndexOf('.') + 1);
    return `{"network":${networkText},"vlan":${vlan},"ip":"${formatIpv4(ip)}","mac":"${macText}","rtt_ms":${rtt},"vendor":${vendorText}}`;
  };
}

/** In the order people look for them. */
export function byAddress(observations: readonly Observation[]): Observation[] {
  return observations.toSorted((a, b) => a.ip - b.ip || a.mac - b.mac);
}
