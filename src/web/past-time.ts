/** Moments of the time machine as its fields and addresses write them, in the viewer's zone. Pure. */
import { momentIn } from '../lib/time-zone.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** `2026-11-19T22:14`, as `datetime-local` fields have it. */
export function localMinute(at: Date, zone: string): string {
  const parts = partsOf(at, zone);
  return `${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}`;
}

/** `2026-11-19` */
export function localDay(at: Date, zone: string): string {
  return localMinute(at, zone).slice(0, 10);
}

/** From midnight to midnight by the zone's clocks: 23, 24 or 25 hours. */
export function dayOf(day: string, zone: string): { readonly from: Date; readonly to: Date } | undefined {
  const from = momentIn(zone, `${day} 00:00`);
  if (from === undefined) return undefined;
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
  const to = momentIn(zone, `${next} 00:00`);
  return to === undefined ? undefined : { from, to };
}

/**
 * `2026-11-19T22:14` in the zone, with seconds or without; or with an offset of its own (`…Z`, `…+01:00`), as links have
 * it: the hour that clocks show twice has two of them. @returns undefined for what is no moment
 */
export function parseAt(text: string, zone: string): Date | undefined {
  const found =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})?$/i.exec(
      text.trim(),
    );
  if (found === null) return undefined;
  const [, day = '', minute = '', second = '00', part = '0', offset] = found;
  const utc = Date.parse(`${day}T${minute}:00Z`);
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(day) || Number(second) > 59)
    return undefined;
  const rest = Number(second) * 1000 + Number(part.padEnd(3, '0'));
  const base =
    offset === undefined
      ? momentIn(zone, `${day} ${minute}`)
      : valid(Date.parse(`${day}T${minute}:00${offset.toUpperCase()}`));
  return base === undefined ? undefined : valid(base.getTime() + rest);
}

/** `2026-11-19T21:14:05Z`: the same moment in every zone. Down to the second, upwards, so that what began then is seen. */
export function atText(at: Date): string {
  return new Date(Math.ceil(at.getTime() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

function valid(ms: number): Date | undefined {
  return Number.isNaN(ms) ? undefined : new Date(ms);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(at: Date, zone: string): Record<string, string> {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    if (formats.size > 100) formats.clear(); // strangers choose zones
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}
