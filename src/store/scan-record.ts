/** The two calls of a tick: begin_scan before the sweep, record_scan after it. Both on the tick's one connection. */
import { codeOf, messageOf, NetureonError } from '../lib/errors.ts';
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

/**
 * @param links of the networks, in their order; '' for untagged ones, as by default
 * @throws NetureonError `usage`: another scanner of the site looks at one of them. Nothing is reserved or recorded then.
 */
export async function beginScan(
  db: Db,
  site: string,
  networks: readonly string[],
  links: readonly string[] = networks.map(() => ''),
): Promise<ScanPermit[]> {
  const rows = await query<{
    network: string;
    link: string;
    granted: boolean;
    macs: string[];
    ips: string[];
    scans: number;
  }>(
    db,
    `select network::text, link, granted, macs::text[], ips::text[], scans::float8
     from begin_scan($1, $2::cidr[], $3::text[])`,
    [site, networks, links],
  );
  return rows.map(({ macs, ips, ...permit }) => ({
    ...permit,
    known: macs.map((mac, index) => ({ mac, ip: ips[index]?.replace(/\/\d+$/, '') ?? '' })),
  }));
}

/** PostgreSQL ended this transaction so that another could go on: deadlock_detected, serialization_failure. */
const TRY_AGAIN = ['40P01', '40001'];

/**
 * A tick that PostgreSQL ended for another's sake is recorded at the second try: nobody looks again for 30 s.
 * @throws NetureonError `usage` as `beginScan`; `database` if somebody kept the network locked; nothing is recorded then
 */
export async function recordScan(db: Db, site: string, report: ScanReport): Promise<Changes> {
  try {
    return await recordOnce(db, site, report);
  } catch (error) {
    if (!TRY_AGAIN.includes(codeOf(error) ?? '')) throw error;
    return recordOnce(db, site, report);
  }
}

async function recordOnce(db: Db, site: string, report: ScanReport): Promise<Changes> {
  const [changes] = await query<Changes>(
    db,
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

/** After `recordScan` of that network. @throws NetureonError as `recordScan` */
export async function recordOwnClaims(db: Db, site: string, claims: OwnClaims): Promise<void> {
  await query(db, 'select record_own_claims($1, $2, $3, $4, $5, $6)', [
    site,
    claims.network,
    claims.link,
    claims.ip,
    claims.ownMac,
    claims.macs,
  ]);
}

/** A scan that could not begin. `network` is null when none could be chosen. @throws NetureonError as `recordScan` */
export async function recordScanFailure(
  db: Db,
  site: string,
  failure: { network: string | null; link?: string; interface: string; problem: string },
): Promise<void> {
  await query(db, 'select record_scan_failure($1, $2, $3, $4, $5)', [
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

/** The untagged networks that this scanner scanned when an interface was last there: those it is missed for. */
export async function networksSeenOn(
  db: Db,
  site: string,
  name: string,
): Promise<{ network: string; link: string }[]> {
  return db.query<{ network: string; link: string }>(
    'select network::text, link from networks_seen_on($1, $2)',
    [site, name],
  );
}

async function query<Row>(db: Db, text: string, values: readonly unknown[]): Promise<Row[]> {
  try {
    return await db.query<Row>(text, values);
  } catch (cause) {
    switch (codeOf(cause)) {
      case 'NE423':
        throw new NetureonError('usage', messageOf(cause), {
          remedy:
            'give each place a site of its own (`netureon sensor add NAME --site …`), or stop the other scanner: it is ' +
            'followed after 5 minutes, or at once after `netureon network retire`',
          cause,
        });
      case '55P03': // lock_not_available
        throw new NetureonError(
          'database',
          'the scan cannot be recorded: another session of the database has kept its network locked for 10 s',
          {
            remedy:
              'ask pg_locks and pg_stat_activity who holds locks for long; a sensor that does is cut off by ' +
              '`netureon sensor remove`',
            cause,
          },
        );
      default:
        throw cause;
    }
  }
}
