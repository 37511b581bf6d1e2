/** The database side of a scan: the lock and the known devices before it, one record_scan per network after it. */
import { cidrEquals, formatCidr, formatIpv4, parseIpv4 } from '../../lib/ipv4.ts';
import { formatMac, parseMac } from '../../lib/mac.ts';
import { NetureonError } from '../../lib/errors.ts';
import type { Absence } from '../../scan/targets.ts';
import type { Coverage, Known, Observation, SweepResult } from '../../scan/types.ts';
import {
  beginScan,
  networksSeenOn,
  recordOwnClaims,
  recordScan,
  recordScanFailure,
  vendorsOf,
  type OwnClaims,
  type ScanReport,
} from '../../store/scan-record.ts';
import type { Session } from '../../store/session.ts';
import { linkStore } from './link-store.ts';
import type { Changes, NetworkName, ScanStore } from './scan-store.ts';

export interface StoreOptions {
  readonly site: string;
  /** Look the vendors up, for output that a person or a script reads. */
  readonly vendors: boolean;
}

export function scanStore(session: Session, { site, vendors }: StoreOptions): ScanStore {
  return {
    begin: async networks => {
      const names = networks.map(textOf);
      const permits = await beginScan(
        session,
        site,
        names.map(({ network }) => network),
        names.map(({ link }) => link),
      );
      return names.map(({ network, link }) => {
        const permit = permits.find(one => one.network === network && one.link === link);
        if (permit === undefined) throw new NetureonError('internal', `no answer about ${network}`);
        return { ...permit, known: permit.known.flatMap(parseKnown) };
      });
    },
    record: async result => {
      const changes = { new: 0, returned: 0, moved: 0, missing: 0 };
      for (const coverage of result.networks) {
        const report = reportOf(coverage, observationsOf(coverage, result));
        const recorded = await recordScan(session, site, report);
        for (const key of Object.keys(changes) as (keyof Changes)[]) changes[key] += recorded[key];
      }
      const macs = vendors ? [...new Set(result.observations.map(({ mac }) => formatMac(mac)))] : [];
      return { changes, vendors: vendors ? await vendorsOf(session, site, macs) : new Map() };
    },
    recordClaims: async ({ networks }) => {
      for (const claims of networks.flatMap(ownClaimsOf)) await recordOwnClaims(session, site, claims);
    },
    absent: (absences, scanned) => recordAbsences(session, site, absences, scanned),
    fail: problem => recordScanFailure(session, site, { network: null, interface: '', problem }),
    links: linkStore(session, site),
  };
}

function textOf({ network, link }: NetworkName): { network: string; link: string } {
  return { network: formatCidr(network), link };
}

function parseKnown({ mac, ip }: { mac: string; ip: string }): Known[] {
  const [parsedMac, parsedIp] = [parseMac(mac), parseIpv4(ip)];
  return parsedMac === undefined || parsedIp === undefined ? [] : [{ mac: parsedMac, ip: parsedIp }];
}

/** Each network once: those that are named, and of an interface without names the ones last seen there. */
async function recordAbsences(
  session: Session,
  site: string,
  absences: readonly Absence[],
  scanned: readonly NetworkName[],
): Promise<void> {
  const key = ({ network, link }: { network: string; link: string }) => `${network} ${link}`;
  const done = new Set(scanned.map(textOf).map(key));
  // The named ones first: what is said of them is more to the point.
  for (const one of absences.toSorted((a, b) => Number(a.network === null) - Number(b.network === null))) {
    const { network, link, interface: name, problem } = one;
    const networks =
      network === null ? await networksSeenOn(session, site, name) : [{ network: formatCidr(network), link }];
    const failures = networks.length > 0 ? networks : [{ network: null, link: '' }];
    for (const failed of failures) {
      if (failed.network !== null && done.has(key(failed))) continue;
      if (failed.network !== null) done.add(key(failed));
      await recordScanFailure(session, site, { ...failed, interface: name, problem });
    }
  }
}

/** What lies in no swept network was still heard on a link: it is recorded with the first network swept there. */
function observationsOf(coverage: Coverage, result: SweepResult): readonly Observation[] {
  const first = result.networks.find(({ link }) => link === coverage.link) === coverage;
  return result.observations.filter(({ network, link }) => {
    if (link !== coverage.link) return false;
    return network === null ? first : network === coverage.network || cidrEquals(network, coverage.network);
  });
}

function reportOf(coverage: Coverage, observations: readonly Observation[]): ScanReport {
  return {
    network: formatCidr(coverage.network),
    link: coverage.link,
    gateway: coverage.gateway === null ? null : formatIpv4(coverage.gateway),
    interface: coverage.interface,
    method: coverage.method,
    durationMs: coverage.durationMs,
    probed: coverage.probed,
    answered: coverage.answered,
    frames: coverage.framesSent,
    broadcasts: coverage.broadcasts,
    problem: coverage.complete ? null : (coverage.problem ?? 'not complete'),
    macs: observations.map(({ mac }) => formatMac(mac)),
    ips: observations.map(({ ip }) => formatIpv4(ip)),
  };
}

/** An incomplete sweep is no evidence that nobody is there; that somebody claims an address is one all the same. */
function ownClaimsOf({ network, link, ownClaims }: Coverage): OwnClaims[] {
  const byIp = new Map<string, OwnClaims & { macs: string[] }>();
  for (const { ip, ownMac, mac } of ownClaims) {
    const text = formatIpv4(ip);
    const claims = byIp.get(text) ?? {
      network: formatCidr(network),
      link,
      ip: text,
      ownMac: formatMac(ownMac),
      macs: [],
    };
    claims.macs.push(formatMac(mac));
    byIp.set(text, claims);
  }
  return [...byIp.values()];
}
