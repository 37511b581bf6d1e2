/** The IPv6 side of a scan: the links of the networks that are scanned, looked at beside them. */
import { randomInt } from 'node:crypto';
import { openPacketDevice } from '../../link/af-packet.ts';
import { icmpv6Filter } from '../../link/frame-filter.ts';
import type { LinkInterface } from '../../link/interfaces.ts';
import { listIpv6Addresses } from '../../link/ipv6-addresses.ts';
import { readIpv6Neighbours } from '../../link/neighbour-table-ipv6.ts';
import type { NdLink } from '../../scan/nd.ts';
import { discoverNeighbours, ND_GROUPS, speaksIpv6 } from '../../scan/nd.ts';
import type { KnownNeighbour, NdLinkResult } from '../../scan/nd-types.ts';
import type { Plan } from '../../scan/plan.ts';
import type { ScanDeps, ScanSettings } from './run.ts';
import type { Changes } from './scan-store.ts';

/** What a database adds to the look at links. */
export interface LinkStore {
  /** Reserves fe80::/64 of each link; the answers are in their order. */
  begin(links: readonly string[]): Promise<readonly LinkPermit[]>;
  /** Takes incomplete coverage too. */
  record(link: NdLinkResult): Promise<Changes>;
}

export interface LinkPermit {
  /** false: another scan is at this link. */
  readonly granted: boolean;
  readonly known: readonly KnownNeighbour[];
  /** Completed looks so far. */
  readonly scans: number;
}

/**
 * Other addresses are recorded in every fortieth scan only, a matter of twenty minutes: they are told by the link-local
 * ones whether their device is here.
 */
const HEARD_EVERY = 40;

/** A machine that is busy or slow; a usual link needs two seconds at most. */
const LEAST_MS = 25_000;
/** Askings of a known neighbour that stays silent, and half as many again. */
const FRAMES_EACH = 9;

/** The links to look at, each once. Who typed which networks to scan has asked for no more. */
export async function planLinks(
  plans: readonly Plan[],
  settings: ScanSettings,
  { store, log }: Pick<ScanDeps, 'store' | 'log'>,
): Promise<NdLink[]> {
  if (!settings.ipv6 || (settings.strict && settings.networks.length > 0)) return [];
  const addresses = listIpv6Addresses();
  const interfaces = new Map(
    plans
      .filter(({ target }) => target.vlan === null)
      .map(({ target }) => [target.interface.name, target.interface]),
  );
  const links = [...interfaces.values()]
    .map(one => ({ interface: one, addresses: addresses.get(one.name) ?? [], known: [], scans: null }))
    .filter(speaksIpv6);
  if (store?.links === undefined || links.length === 0) return links;
  const permits = await store.links.begin(links.map(link => link.interface.name));
  return links.flatMap((link, i) => {
    const permit = permits[i];
    if (permit === undefined) return [];
    if (permit.granted) return [{ ...link, known: permit.known, scans: permit.scans }];
    log.warn(`another scan of ${link.interface.name} by IPv6 is running`);
    return [];
  });
}

export async function lookAtLinks(
  links: readonly NdLink[],
  interfaces: readonly LinkInterface[],
  settings: ScanSettings,
  deps: Pick<ScanDeps, 'clock' | 'log' | 'signal' | 'nodePath'>,
): Promise<NdLinkResult[]> {
  const known = links.reduce((sum, link) => sum + link.known.length, 0);
  const results = await discoverNeighbours(
    links,
    {
      ownMacs: new Set(interfaces.map(({ mac }) => mac)),
      byKernel: settings.method === 'kernel',
      rate: settings.rate,
      timeoutMs: settings.timeoutMs ?? LEAST_MS + (known * FRAMES_EACH * 1000) / settings.rate,
      identifier: randomInt(0x10000),
    },
    {
      clock: deps.clock,
      openDevice: ({ name, index }) =>
        openPacketDevice({
          interfaceName: name,
          interfaceIndex: index,
          nodePath: deps.nodePath,
          filter: icmpv6Filter(),
          groups: ND_GROUPS,
        }),
      neighbours: readIpv6Neighbours,
      log: deps.log,
      signal: deps.signal,
    },
  );
  if (results.some(({ coverage }) => coverage.method === 'kernel'))
    deps.log.info(
      'nobody was asked by IPv6: only what this machine has lately talked to is shown, and nothing of it is stored',
    );
  for (const { coverage } of results)
    if (coverage.method === 'packet' && !coverage.complete && !deps.signal.aborted)
      deps.log.warn(`${coverage.link} was not looked at completely by IPv6: ${coverage.problem}`);
  return results;
}

/**
 * Records what was found where somebody was asked. A device that was recorded by IPv4 is not counted again; a first look
 * finds nobody new.
 */
export async function recordLinks(
  results: readonly NdLinkResult[],
  links: readonly NdLink[],
  store: LinkStore,
  changes: Changes,
): Promise<Changes> {
  let sum = changes;
  for (const result of results) {
    if (result.coverage.method === 'kernel') continue;
    const scans = links.find(link => link.interface.name === result.coverage.link)?.scans ?? 0;
    const heard = scans % HEARD_EVERY === 0 ? result.heard : [];
    const more = await store.record({ ...result, heard });
    if (scans > 0)
      sum = {
        ...sum,
        new: sum.new + more.new,
        returned: sum.returned + more.returned,
        moved: sum.moved + more.moved,
      };
  }
  return sum;
}
