/**
 * IPv6 discovery without configuration and database, for a process of its own inside a namespace: the known neighbours
 * come as one JSON document in argv[2], the result goes to standard output as another.
 */
import { systemClock } from '../../src/lib/clock.ts';
import { formatIpv6, parseIpv6 } from '../../src/lib/ipv6.ts';
import type { Ipv6 } from '../../src/lib/ipv6.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Mac } from '../../src/lib/mac.ts';
import { formatMac, parseMac } from '../../src/lib/mac.ts';
import { openPacketDevice } from '../../src/link/af-packet.ts';
import { icmpv6Filter } from '../../src/link/frame-filter.ts';
import { listInterfaces } from '../../src/link/interfaces.ts';
import { listIpv6Addresses } from '../../src/link/ipv6-addresses.ts';
import { readIpv6Neighbours } from '../../src/link/neighbour-table-ipv6.ts';
import { discoverNeighbours, ND_GROUPS } from '../../src/scan/nd.ts';
import type { NdCoverage, NdObservation } from '../../src/scan/nd-types.ts';

export interface NdArgument {
  readonly known?: readonly { readonly ip: string; readonly mac: string }[];
  readonly scans?: number;
}

export interface NdDocument {
  readonly coverage: NdCoverage;
  /** `address MAC`, sorted. */
  readonly present: readonly string[];
  readonly heard: readonly string[];
  /** Milliseconds, of those that answered the echo. */
  readonly rtts: readonly number[];
}

const { known = [], scans }: NdArgument = JSON.parse(process.argv[2] ?? '{}');
const interfaces = await listInterfaces();
const addresses = listIpv6Addresses();
const results = await discoverNeighbours(
  interfaces
    .filter(({ arp }) => arp)
    .map(one => ({
      interface: one,
      addresses: addresses.get(one.name) ?? [],
      known: known.map(({ ip, mac }) => ({ ip: parseIpv6(ip) as Ipv6, mac: parseMac(mac) as Mac })),
      scans: scans ?? null,
    })),
  {
    ownMacs: new Set(interfaces.map(({ mac }) => mac)),
    byKernel: false,
    rate: 1000,
    timeoutMs: 20_000,
    identifier: 0x4e74,
  },
  {
    clock: systemClock,
    openDevice: ({ name, index }) =>
      openPacketDevice({
        interfaceName: name,
        interfaceIndex: index,
        nodePath: process.execPath,
        filter: icmpv6Filter(),
        groups: ND_GROUPS,
      }),
    neighbours: readIpv6Neighbours,
    log: createLog(line => process.stderr.write(`${line}\n`)),
    signal: new AbortController().signal,
  },
);
const text = (list: readonly NdObservation[]) =>
  list.map(({ ip, mac }) => `${formatIpv6(ip)} ${formatMac(mac)}`).toSorted();
const documents = results.map(({ coverage, present, heard }): NdDocument => ({
  coverage,
  present: text(present),
  heard: text(heard),
  rtts: present.flatMap(({ rttMs }) => rttMs ?? []),
}));
process.stdout.write(JSON.stringify(documents));
