/** The zone that the hours of rules go by: as configured, else this machine's. */
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { isTimeZone } from '../../lib/time-zone.ts';
import { setTimeZone } from '../../store/rules.ts';
import { isSqlError, type Db } from '../../store/session.ts';

/** @returns an IANA name; UTC where the machine's zone has none */
export function timeZoneOr(configured: string | undefined): string {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return configured ?? (isTimeZone(own) ? own : 'UTC');
}

/** Tells the database. One that does not know the zone keeps what it has: that is no reason to send nothing. */
export async function declareTimeZone(db: Db, site: string, zone: string, log: Log): Promise<void> {
  try {
    await setTimeZone(db, site, zone);
  } catch (error) {
    if (!isSqlError(error)) throw error;
    log.warn('the hours of rules go by another time zone than this', { zone, problem: messageOf(error) });
  }
}
