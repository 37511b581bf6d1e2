/** Alerts as they really arise: scans that found something, recorded through record_scan. */
import type { Db } from '../../src/store/session.ts';

export interface Seen {
  readonly mac: string;
  readonly ip: string;
}

/** Records one complete scan of `network` in which exactly these answered. */
export async function recordScan(
  db: Db,
  seen: readonly Seen[],
  { site = 'default', network = '192.168.1.0/24' } = {},
): Promise<void> {
  await db.query(
    `select record_scan($1, $2::cidr, 'eth0', 'packet', 300, 254, $3, 260, 254, null, $4::macaddr[], $5::inet[])`,
    [site, network, seen.length, seen.map(({ mac }) => mac), seen.map(({ ip }) => ip)],
  );
}

/** `count` devices with registered vendors (Espressif), from 192.168.1.`first` up. */
export function devices(count: number, first = 10): Seen[] {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i;
    const hex = n.toString(16).padStart(6, '0');
    return {
      mac: `3c:71:bf:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`,
      ip: `192.168.${1 + (n >> 8)}.${n & 255}`,
    };
  });
}
