/** The database side of a scan: the lock and the known devices before it, one record_scan per network after it. */
import { formatCidr, formatIpv4, parseCidr, parseIpv4 } from '../../lib/ipv4.ts';
import { formatMac, parseMac } from '../../lib/mac.ts';
import type { Coverage, Observation, SweepResult } from '../../scan/types.ts';
import {
  beginScan,
  recordScan,
  recordScanFailure,
  vendorsOf,
  type ScanReport,
} from '../../store/scan-record.ts';
import type { Session } from '../../store/session.ts';
import type { Changes, ScanStore } from './run.ts';

export interface StoreOptions {
  readonly site: string;
  /** Look the vendors up, for output that a person or a script reads. */
  readonly vendors: boolean;
}

export function scanStore(session: Session, { site, vendors }: StoreOptions): ScanStore {
  return {
    begin: async networks => {
      const permits = await beginScan(session, site, networks.map(formatCidr));
      const known = permits
        .flatMap(permit => permit.known)
        .flatMap(({ mac, ip }) => {
          const [parsedMac, parsedIp] = [parseMac(mac), parseIpv4(ip)];
          return parsedMac === undefined || parsedIp === undefined ? [] : [{ mac: parsedMac, ip: parsedIp }];
        });
      const busy = permits
        .filter(({ granted }) => !granted)
        .flatMap(({ network }) => parseCidr(network) ?? []);
      return { known, busy };
    },
    record: async result => {
      const changes = { new: 0, returned: 0, moved: 0, missing: 0 };
      for (const coverage of result.networks) {
        const recorded = await recordScan(
          session,
          site,
          reportOf(coverage, observationsOf(coverage, result)),
        );
        for (const key of Object.keys(changes) as (keyof Changes)[]) changes[key] += recorded[key];
      }
      const macs = vendors ? [...new Set(result.observations.map(({ mac }) => formatMac(mac)))] : [];
      return { changes, vendors: vendors ? await vendorsOf(session, site, macs) : new Map() };
    },
    fail: problem => recordScanFailure(session, site, { network: null, interface: '', problem }),
  };
}

/** What lies in no swept network was still heard on a link: it is recorded with the first network swept. */
function observationsOf(coverage: Coverage, result: SweepResult): readonly Observation[] {
  const first = result.networks[0] === coverage;
  return result.observations.filter(({ network }) =>
    network === null
      ? first
      : network === coverage.network || formatCidr(network) === formatCidr(coverage.network),
  );
}

function reportOf(coverage: Coverage, observations: readonly Observation[]): ScanReport {
  return {
    network: formatCidr(coverage.network),
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
