/** The two calls of a tick: begin_scan before the sweep, record_scan after it. Both on the tick's one connection. */
import type { Db } from './session.ts';

export interface ScanPermit {
  /** CIDR notation, as asked. */
  readonly network: string;
  /** '' for an untagged network, `lan0.20` for VLAN 20 on lan0. */
  readonly link: string;
  /** false: another scan of this network is running. The lock lasts as long as the connection. */
  readonly granted: boolean;
  /** Who is expected there, as text. */
  readonly known: readonly { mac: string; ip: string }[];
  /** Completed scans of the network so far. */
  readonly scans: number;
}

export interface ScanReport {
  readonly network: string;
  /** '' (the default) for an untagged network, `lan0.20` for VLAN 20 on lan0. */
  readonly link?: string;
  /** The default gateway's address, if it lies in this network; null by default. */
  readonly gateway?: string | null;
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

/** @param links of the networks, in their order; '' for untagged ones, as by default */
export async function beginScan(
  db: Db,
  site: string,
  networks: readonly string[],
  links: readonly string[] = networks.map(() => ''),
): Promise<ScanPermit[]> {
  const rows = await db.query<{
    network: string;
    link: string;
    granted: boolean;
    macs: string[];
    ips: string[];
    scans: number;
  }>(
    `select network::text, link, granted, macs::text[], ips::text[], scans::float8
     from begin_scan($1, $2::cidr[], $3::text[])`,
    [site, networks, links],
  );
  return rows.map(({ macs, ips, ...permit }) => ({
    ...permit,
    known: macs.map((mac, index) => ({ mac, ip: ips[index]?.replace(/\/\d+$/, '') ?? '' })),
  }));
}

export async function recordScan(db: Db, site: string, report: ScanReport): Promise<Changes> {
  const [changes] = await db.query<Changes>(
    `select new, returned, moved, missing
     from record_scan($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
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
      report.gateway ?? null,
      report.link ?? '',
    ],
  );
  return changes ?? { new: 0, returned: 0, moved: 0, missing: 0 };
}

/** An address of the scanner's own, and the MACs of others that claim it. */
export interface OwnClaims {
  readonly network: string;
  readonly link: string;
  readonly ip: string;
  readonly ownMac: string;
  readonly macs: readonly string[];
}

/** After `recordScan` of that network. */
export async function recordOwnClaims(db: Db, site: string, claims: OwnClaims): Promise<void> {
  await db.query('select record_own_claims($1, $2, $3, $4, $5, $6)', [
    site,
    claims.network,
    claims.link,
    claims.ip,
    claims.ownMac,
    claims.macs,
  ]);
}

/** A scan that could not begin. `network` is null when none could be chosen. */
export async function recordScanFailure(
  db: Db,
  site: string,
  failure: { network: string | null; link?: string; interface: string; problem: string },
): Promise<void> {
  await db.query('select record_scan_failure($1, $2, $3, $4, $5)', [
    site,
    failure.network,
    failure.interface,
    failure.problem,
    failure.link ?? '',
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

/** How long before the last of them a network's scan may have ended to be one of the last on its interface. */
const LAST_SCAN = '5 minutes';

/** The untagged networks that were scanned when an interface was last there: those it is missed for. */
export async function networksSeenOn(
  db: Db,
  site: string,
  name: string,
): Promise<{ network: string; link: string }[]> {
  return db.query<{ network: string; link: string }>(
    `select n.cidr::text as network, n.link from networks as n join sites as s on s.id = n.site_id
     where s.name = $1 and n.interface = $2 and n.link = ''
       and n.last_scan_at >= (select max(last_scan_at) from networks as l
                              where l.site_id = n.site_id and l.interface = $2 and l.link = '') - $3::interval
     order by n.id`,
    [site, name, LAST_SCAN],
  );
}
