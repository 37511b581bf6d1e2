/** Time zones of the IANA database, by what the runtime knows of them. */

/** Names such as `Europe/Berlin` and `UTC`; neither offsets nor abbreviations, which know no summer. */
export function isTimeZone(name: string): boolean {
  if (!/^(?:UTC|[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+)$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * The moment at which clocks of a zone show a time. One that they show twice is the first; one that they skip is as far
 * after the change as it would have been before (RFC 5545 §3.3.5).
 * @param local `2026-11-20 03:12` @returns undefined: no such date
 */
export function momentIn(zone: string, local: string): Date | undefined {
  const [, date = '', hour = '00', minute = '00'] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2}))?$/.exec(local.trim()) ?? [];
  const asUtc = Date.parse(`${date}T${hour}:${minute}:00Z`);
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(date)) return undefined;
  // As far from UTC as the zone is a day before: what held before the change, if there is one.
  const before = asUtc - offsetAt(zone, asUtc - 86_400_000);
  const after = asUtc - offsetAt(zone, asUtc + 86_400_000);
  const shown = (at: number) => at + offsetAt(zone, at);
  if (shown(before) === asUtc) return new Date(before);
  return new Date(shown(after) === asUtc ? after : before);
}

/** Making one costs a thousand times what using it does; there are as many as zones. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    clocks.set(zone, clock);
  }
  return clock;
}

/** Milliseconds that clocks there are ahead of UTC. */
function offsetAt(zone: string, at: number): number {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
