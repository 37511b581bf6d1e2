/** The networks as people read them. */
import type { ManagedNetwork } from '../../store/site-networks.ts';
import { localTime } from '../local-time.ts';
import { textTable } from '../text-table.ts';

export function networkTable(networks: readonly ManagedNetwork[], bold: (text: string) => string): string {
  if (networks.length === 0) return 'No network was scanned yet.\n';
  const rows = networks.map(({ cidr, link, name, sensor, lastScanAt, retiredAt }) => [
    link === '' ? cidr : `${cidr}%${link}`,
    name ?? '',
    sensor === null ? 'own scanner' : `sensor ${sensor}`,
    lastScanAt === null ? 'never' : localTime(lastScanAt),
    retiredAt === null ? '' : `retired ${localTime(retiredAt)}`,
  ]);
  return textTable(['Network', 'Name', 'Looked at by', 'Last scan', ''], rows, bold);
}
