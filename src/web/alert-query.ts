/** Which alerts the page shows, from its address and back. Unknown values are as good as none: old bookmarks still open. */
import { ALERT_KINDS, type AlertKind } from '../store/alert-kinds.ts';
import { SEVERITIES, type Alert } from '../store/site-alerts.ts';
import { checkId } from './forms.ts';

export type AlertSeverity = Alert['severity'];

export interface AlertFilter {
  readonly status: 'open' | 'acknowledged' | 'all';
  readonly kind: AlertKind | undefined;
  /** This one and worse. */
  readonly severity: AlertSeverity | undefined;
  readonly network: number | undefined;
  readonly before: number | null;
}

export function alertFilterOf(query: (name: string) => string | undefined): AlertFilter {
  const show = query('show');
  const severity = query('severity');
  const kind = query('kind');
  return {
    status: show === 'all' || show === 'acknowledged' ? show : 'open',
    kind: ALERT_KINDS.find(known => known === kind),
    severity: SEVERITIES.find(known => known === severity),
    network: checkId(query('network')),
    before: checkId(query('before')) ?? null,
  };
}

/** Only what differs from the plain page. */
export function alertsPath(filter: AlertFilter): string {
  const params = new URLSearchParams();
  if (filter.status !== 'open') params.set('show', filter.status);
  if (filter.severity !== undefined) params.set('severity', filter.severity);
  if (filter.kind !== undefined) params.set('kind', filter.kind);
  if (filter.network !== undefined) params.set('network', String(filter.network));
  if (filter.before !== null) params.set('before', String(filter.before));
  const query = params.toString();
  return query === '' ? '/alerts' : `/alerts?${query}`;
}
