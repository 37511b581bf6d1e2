/** Times of a site are written and read in the zone that its rules go by, whatever the zone of this machine. */
import { isTimeZone } from '../lib/time-zone.ts';
import { timeZoneOf } from '../store/rules.ts';
import type { Db } from '../store/session.ts';

/**
 * From here on this process lives in the site's zone: what `localTime` writes and `parseMoment` reads. A site that has
 * none yet, or one that this runtime does not know, leaves this machine's. @returns the name of the zone
 */
export async function enterZone(db: Db, site: string): Promise<string> {
  const zone = await timeZoneOf(db, site);
  // Node.js reads TZ anew when it is assigned (process.env, "TZ" in doc/api/cli.md).
  if (zone !== null && isTimeZone(zone)) process.env['TZ'] = zone;
  return zoneName();
}

/** `Europe/Berlin`: the zone that times are written in. */
export function zoneName(): string {
  const given = process.env['TZ'];
  // As the site calls it: the runtime may prefer an older name, Asia/Katmandu.
  return given !== undefined && isTimeZone(given) ? given : Intl.DateTimeFormat().resolvedOptions().timeZone;
}
