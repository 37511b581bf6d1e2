/** Presence over time: who was there, and when nobody looked. */
import { blindOf, coverageOf } from './coverage.ts';
import type { Db } from './session.ts';
import type { Span } from './span.ts';

export type { Span } from './span.ts';

/** When each of these devices was seen, clipped to `since`..`until`, oldest first. A MAC that missed scans counts until it was last seen. */
export async function presenceOf(
  db: Db,
  site: string,
  devices: readonly number[],
  since: Date,
  until: Date,
): Promise<Map<number, Span[]>> {
  const rows = await db.query<{ device: number; from: Date; to: Date }>(
    `select c.device_id as device, greatest(c.started_at, $3) as "from",
            least(coalesce(c.ended_at, c.last_seen_at, n.last_scan_at, c.started_at), $4) as "to"
     from connections as c
     join sites as s on s.id = c.site_id
     join networks as n on n.site_id = c.site_id and n.id = c.network_id
     where s.name = $1 and c.device_id = any ($2::bigint[]) and c.started_at < $4
       and (c.ended_at is null or c.ended_at > $3)
     order by c.device_id, c.started_at`,
    [site, devices, since, until],
  );
  const spans = new Map<number, Span[]>();
  for (const { device, from, to } of rows) {
    const list = spans.get(device) ?? [];
    list.push({ from, to });
    spans.set(device, list);
  }
  return spans;
}

/** When no network of the site was looked at, clipped to `since`..`until`, oldest first. */
export async function blindSpots(db: Db, site: string, since: Date, until: Date): Promise<Span[]> {
  return blindOf(await coverageOf(db, site, since, until), since, until);
}
