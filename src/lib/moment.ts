/** The moments that people type. Without a zone they are in this machine's. */

/** What `parseMoment` takes, for errors and help. */
export const MOMENTS =
  '2026-11-20T03:12:05Z, 2026-11-20 03:12, 03:12 (the last time it was that late), yesterday 03:12, or -2h';

/** ISO 8601 with a calendar date; RFC 3339's space instead of the T, and its zones, are taken too. */
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
const TIME = /^(?:(today|yesterday) )?(\d{1,2}):(\d\d)(?::(\d\d))?$/i;
const AGO = /^-((?:\d+[smhdw])+)$/i;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** @returns undefined for anything that is no moment, such as 24:61, 30 February, or an hour that summer time skips */
export function parseMoment(text: string, now: Date): Date | undefined {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  if (/^now$/i.test(trimmed)) return now;
  const ago = AGO.exec(trimmed);
  if (ago !== null) return before(now, ago[1] ?? '');
  const time = TIME.exec(trimmed);
  if (time !== null) return timeOfDay(time, now);
  const iso = ISO.exec(trimmed);
  return iso === null ? undefined : calendar(iso);
}

function before(now: Date, lengths: string): Date | undefined {
  let ms = 0;
  for (const [, n = '', unit = ''] of lengths.matchAll(/(\d+)([smhdw])/gi))
    ms += Number(n) * (UNIT_MS[unit.toLowerCase()] ?? Number.NaN);
  return valid(new Date(now.getTime() - ms));
}

function timeOfDay([, day, hour, minute, second = '0']: RegExpExecArray, now: Date): Date | undefined {
  const on = (daysAgo: number) =>
    local(
      now.getFullYear(),
      now.getMonth(),
      now.getDate() - daysAgo,
      Number(hour),
      Number(minute),
      Number(second),
    );
  if (day !== undefined) return on(day.toLowerCase() === 'yesterday' ? 1 : 0);
  const today = on(0);
  return today !== undefined && today > now ? on(1) : today;
}

function calendar([, ...parts]: RegExpExecArray): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map(part => Number(part ?? 0));
  const ms = Number(`0.${parts[6] ?? 0}`) * 1000;
  const zone = parts[7];
  if (month < 1 || day < 1) return undefined;
  if (zone === undefined) return plus(local(year, month - 1, day, hour, minute, second), ms);
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && utc.getUTCHours() === hour;
  if (!same || minute > 59 || second > 59) return undefined;
  const offset = offsetMinutes(zone);
  return offset === undefined ? undefined : plus(utc, ms - offset * 60_000);
}

/** Minutes east of UTC. */
function offsetMinutes(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0;
  const [, sign, hours, minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (Number(hours) > 15 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** `Date` would quietly turn 30 February into 2 March. The day may lie before the first of the month, on purpose. */
function local(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): Date | undefined {
  if (hour > 23 || minute > 59 || second > 59 || month > 11 || day > 31) return undefined;
  const at = new Date(year, month, day, hour, minute, second);
  const wanted = new Date(year, month, day);
  const same = at.getHours() === hour && at.getMinutes() === minute && at.getDate() === wanted.getDate();
  return same && (day < 1 || wanted.getDate() === day) ? valid(at) : undefined;
}

function plus(at: Date | undefined, ms: number): Date | undefined {
  return at === undefined ? undefined : valid(new Date(at.getTime() + ms));
}

function valid(at: Date): Date | undefined {
  return Number.isNaN(at.getTime()) ? undefined : at;
}
