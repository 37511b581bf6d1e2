/** The zone that the hours of rules go by: as configured, else this machine's. */
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { isTimeZone } from '../../lib/time-zone.ts';
import { declareTimeZone as tell } from '../../store/rules.ts';
import { isSqlError, type Db } from '../../store/session.ts';
import type { AlertdSettings } from './settings.ts';

/** @returns an IANA name; UTC where the machine's zone has none */
export function timeZoneOr(configured: string | undefined): string {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return configured ?? (isTimeZone(own) ? own : 'UTC');
}

type Zoned = Pick<AlertdSettings, 'site' | 'timeZone' | 'isTimeZoneConfigured'>;

/** Tells the database. One that does not know the zone keeps what it has: that is no reason to send nothing. @returns what times are written in */
export async function declareTimeZone(
  db: Db,
  { site, timeZone: zone, isTimeZoneConfigured = false }: Zoned,
  log: Log,
): Promise<string> {
  try {
    const used = await tell(db, site, zone, isTimeZoneConfigured);
    return isTimeZone(used) ? used : zone;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    log.warn('the hours of rules go by another time zone than this', { zone, problem: messageOf(error) });
    return zone;
  }
}
