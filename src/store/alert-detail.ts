/** What was found when an alert was raised, as it was kept. */
import type { Db } from './session.ts';

/** Its keys differ by kind. Names and reasons in it are a stranger's text, not yet made inert. */
export type AlertDetail = Readonly<Record<string, unknown>>;

/** Empty when there is no such alert. */
export async function readAlertDetail(db: Db, site: string, alert: number): Promise<AlertDetail> {
  const [row] = await db.query<{ detail: AlertDetail }>(
    'select a.detail from alerts as a join sites as s on s.id = a.site_id where s.name = $1 and a.id = $2',
    [site, alert],
  );
  return row?.detail ?? {};
}
