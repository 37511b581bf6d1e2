/** The alerts that asked something of somebody at a moment: raised by then, not ended, and not acknowledged yet. */
import type { AlertKind } from './alert-kinds.ts';
import type { Db } from './session.ts';

export interface PastAlert {
  readonly id: number;
  readonly kind: AlertKind;
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  readonly summary: string;
  readonly openedAt: Date;
  readonly deviceId: number | null;
}

/** The worst first, then the latest. */
export async function pastAlerts(
  db: Db,
  site: string,
  at: Date,
  limit: number,
): Promise<{ readonly rows: readonly PastAlert[]; readonly total: number }> {
  const rows = await db.query<PastAlert & { total: number }>(
    `with site as (select id from sites where name = $1),
     open as (
       select a.id, a.kind, a.severity, a.summary, a.opened_at, a.device_id, a.acknowledged_at from alerts as a
       where a.site_id = (select id from site) and a.resolved_at is null and a.opened_at <= $2
         and a.severity <> 'info' and a.kind not in ('new_device', 'test')
       union all
       select a.id, a.kind, a.severity, a.summary, a.opened_at, a.device_id, a.acknowledged_at from alerts as a
       where a.site_id = (select id from site) and a.resolved_at > $2 and a.opened_at <= $2
         and tstzrange(a.opened_at, greatest(a.opened_at, a.resolved_at), '[]') @> $2::timestamptz
         and a.severity <> 'info' and a.kind not in ('new_device', 'test')
     )
     select id, kind, severity, summary, opened_at as "openedAt", device_id as "deviceId",
            count(*) over ()::integer as total
     from open where acknowledged_at is null or acknowledged_at > $2
     order by severity_rank(severity) desc, opened_at desc, id desc limit $3`,
    [site, at, limit],
  );
  return { rows, total: rows[0]?.total ?? 0 };
}
