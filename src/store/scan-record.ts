/** The two calls of a tick: begin_scan before the sweep, record_scan after it. Both on the tick's one connection. */
import type { Db } from './session.ts';

export interface ScanPermit {
  /** CIDR notation, as asked. */
  readonly network: string;
  /** false: another scan of this network is running. The lock lasts as long as the connection. */
  readonly granted: boolean;
  /** Who is expected there, as parallel arrays of text. */
  readonly known: readonly { mac: string; ip: string }[];
}

export interface ScanReport {
  readonly network: string;
  readonly interface: string;
  readonly method: 'packet' | 'kernel' | 'file';
  readonly durationMs: number;
  readonly probed: number;
  readonly answered: number;
  readonly frames: number;
  readonly broadcasts: number;
  /** null: the sweep is complete. Anything else is logged and changes nobody's presence. */
  readonly problem: string | null;
  /** Parallel arrays: who answered from which address. */
  readonly macs: readonly string[];
  readonly ips: readonly string[];
}

export interface Changes {
  readonly new: number;
  readonly returned: number;
  readonly moved: number;
  /** Expected here and silent in this sweep. */
  readonly missing: number;
}

export async function beginScan(db: Db, site: string, networks: readonly string[]): Promise<ScanPermit[]> {
  const rows = await db.query<{ network: string; granted: boolean; macs: string[]; ips: string[] }>(
    'select network::text, granted, macs::text[], ips::text[] from begin_scan($1, $2::cidr[])',
    [site, networks],
  );
  return rows.map(({ network, granted, macs, ips }) => ({
    network,
    granted,
    known: macs.map((mac, index) => ({ mac, ip: ips[index]?.replace(/\/\d+$/, '') ?? '' })),
  }));
}

export async function recordScan(db: Db, site: string, report: ScanReport): Promise<Changes> {
  const [changes] = await db.query<Changes>(
    'select new, returned, moved, missing from record_scan($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
    [
      site,
      report.network,
      report.interface,
      report.method,
      Math.round(report.durationMs),
      report.probed,
      report.answered,
      report.frames,
      report.broadcasts,
      report.problem,
      report.macs,
      report.ips,
    ],
  );
  return changes ?? { new: 0, returned: 0, moved: 0, missing: 0 };
}

/** A scan that could not begin. `network` is null when none could be chosen. */
export async function recordScanFailure(
  db: Db,
  site: string,
  failure: { network: string | null; interface: string; problem: string },
): Promise<void> {
  await db.query('select record_scan_failure($1, $2, $3, $4)', [
    site,
    failure.network,
    failure.interface,
    failure.problem,
  ]);
}

/** Vendors of the MACs that have one, for output that a person reads. */
export async function vendorsOf(db: Db, site: string, macs: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.query<{ mac: string; vendor: string }>(
    'select mac::text, vendor from vendors_of($1, $2::macaddr[])',
    [site, macs],
  );
  return new Map(rows.map(({ mac, vendor }) => [mac, vendor]));
}
