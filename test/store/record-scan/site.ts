/** A site of a test's own, scanned by hand: what goes in, and what became of it. */
import { recordScan, type ScanReport } from '../../../src/store/scan-record.ts';
import type { Db } from '../../../src/store/session.ts';

export const A = '3c:37:12:00:00:0a'; // AVM
export const B = '02:00:00:00:00:0b'; // locally administered
export const C = '3c:37:12:00:00:0c';
export const none = { new: 0, returned: 0, moved: 0, missing: 0 };

let sites = 0;

/** Every test has a site of its own, so none sees another's devices. */
export function siteOf(db: Db) {
  const name = `site-${++sites}`;
  const scan = (seen: Record<string, string>, options: Partial<ScanReport> = {}) =>
    recordScan(db, name, {
      network: '192.168.1.0/24',
      interface: 'eth0',
      method: 'packet',
      durationMs: 500,
      probed: 253,
      answered: Object.keys(seen).length,
      frames: 253,
      broadcasts: 253,
      problem: null,
      ips: Object.keys(seen),
      macs: Object.values(seen),
      ...options,
    });
  const rows = <Row>(sql: string) =>
    db.query<Row>(sql.replaceAll('$site', `(select id from sites where name = '${name}')`));
  const presence = () =>
    rows<{ ip: string; mac: string; presence: string; misses: number; opened_as: string }>(
      `select host(ip) as ip, mac::text, presence, misses, opened_as from device_presence
       where site_id = $site order by started_at, connection_id`,
    );
  const alerts = () =>
    rows<{ kind: string; summary: string; count: number; open: boolean }>(
      `select kind, summary, count, resolved_at is null as open from alerts where site_id = $site order by id`,
    );
  return { name, scan, rows, presence, alerts };
}
