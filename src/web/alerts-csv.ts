/** Alerts as lines of text for a spreadsheet (RFC 4180). */
import { csvLine as line } from '../lib/csv.ts';
import { inert } from '../lib/text.ts';
import type { Alert } from '../store/site-alerts.ts';

const COLUMNS = [
  'id',
  'kind',
  'severity',
  'state',
  'summary',
  'device',
  'mac',
  'ip',
  'network',
  'count',
  'opened_at',
  'last_at',
  'acknowledged_at',
  'acknowledged_by',
  'resolved_at',
  'messages',
];

export const CSV_HEAD = `${COLUMNS.join(',')}\r\n`;

export function csvLine(alert: Alert): string {
  const messages = alert.deliveries.map(({ channel, state }) => `${channel ?? '-'}: ${state}`).join('; ');
  const time = (at: Date | null) => at?.toISOString() ?? '';
  // Names are a stranger's.
  return line(
    [
      String(alert.id),
      alert.kind,
      alert.severity,
      alert.state,
      alert.summary,
      alert.deviceName ?? '',
      alert.mac ?? '',
      alert.ip ?? '',
      alert.network ?? '',
      String(alert.count),
      time(alert.openedAt),
      time(alert.lastAt),
      time(alert.acknowledgedAt),
      alert.acknowledgedBy ?? '',
      time(alert.resolvedAt),
      messages,
    ].map(value => inert(value, 2000)),
  );
}
