/** The sensors as people read them. */
import type { Sensor } from '../../store/sensors.ts';
import { localTime } from '../local-time.ts';
import { textTable } from '../text-table.ts';

export function sensorTable(sensors: readonly Sensor[], bold: (text: string) => string): string {
  if (sensors.length === 0) return 'No sensors: nobody but the own scanner of each site reports.\n';
  const rows = sensors.map(({ name, site, networks, lastReportAt, silent }) => [
    name,
    site,
    lastReportAt === null ? 'never' : `${localTime(lastReportAt)}${silent ? ', silent since' : ''}`,
    networks.join(' '),
  ]);
  return textTable(['Sensor', 'Site', 'Last report', 'Networks'], rows, bold);
}
