/** "I am alive": one row per service, once a minute. */
import type { Db } from './session.ts';

export async function sendHeartbeat(
  db: Db,
  site: string,
  service: 'alertd' | 'web',
  version: string,
  startedAt: Date,
): Promise<void> {
  await db.query('select heartbeat($1, $2, $3, $4)', [site, service, version, startedAt]);
}
