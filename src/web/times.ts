/** Moments, lengths and amounts in the visitor's language and zone. */
import { currentVisit, text } from './visit.ts';

/** By which customs a language of ours writes dates and numbers: with a 24 h clock. */
const CUSTOMS = { en: 'en-GB', de: 'de-DE' } as const;

/** BCP 47 tag for Intl, here and in site.js. */
export function customs(): string {
  return CUSTOMS[currentVisit()?.language ?? 'en'];
}

export function zone(): string {
  return currentVisit()?.zone ?? 'UTC';
}

const SHAPES = {
  /** `09:12` */
  clock: { hour: '2-digit', minute: '2-digit' },
  /** `09:12:05` */
  second: { timeStyle: 'medium' },
  /** `20 Nov` */
  date: { day: 'numeric', month: 'short' },
  /** `20 Nov 2026` */
  dateYear: { day: 'numeric', month: 'short', year: 'numeric' },
  /** `Fri 20 Nov` */
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  /** `Friday, 20 November 2026 at 09:12:05 CET` */
  exact: { dateStyle: 'full', timeStyle: 'long' },
  /** `2026-11-20`: which day it is, to be compared */
  day: { year: 'numeric', month: '2-digit', day: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type Shape = keyof typeof SHAPES;

/** A format costs some 30 µs and 10 KB to make, so they are kept; strangers choose zones, so not all of them. */
const MOST_FORMATS = 200;
const formats = new Map<string, Intl.DateTimeFormat>();

/** @param where the visitor's zone unless said otherwise: a calendar day is one in any zone */
export function formatAt(at: Date, shape: Shape, where = zone()): string {
  const locale = shape === 'day' ? 'sv-SE' : customs();
  const key = `${shape} ${locale} ${where}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { ...SHAPES[shape], timeZone: where });
    if (formats.size >= MOST_FORMATS) formats.clear();
    formats.set(key, format);
  }
  return format.format(at);
}

/** Whether the visitor's calendar shows the same day. */
export function sameDay(a: Date, b: Date): boolean {
  // Most of what is listed is of one moment, or a day apart.
  return a.getTime() === b.getTime() || formatAt(a, 'day') === formatAt(b, 'day');
}

const numbers = new Map<string, Intl.NumberFormat>();

/** `1,234`, `1.234` */
export function amount(n: number, digits?: number): string {
  if (digits === undefined && Number.isInteger(n) && Math.abs(n) < 1000) return String(n);
  const key = `${customs()} ${digits ?? ''}`;
  let format = numbers.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(
      customs(),
      digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits },
    );
    numbers.set(key, format);
  }
  return format.format(n);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12 s`, `4 min`, `3 h`, `2 days`. site.js counts on in the same steps. */
export function duration(ms: number): string {
  const [unit, n] = stepOf(ms);
  return put(text().times.lengths[unit], n);
}

/** `12 s ago` */
export function ago(ms: number): string {
  const [unit, n] = stepOf(ms);
  return put(text().times.ago[unit], n);
}

/** How long something took: `0.8 s`, `12 ms`. */
export function took(ms: number): string {
  return ms < 100 ? `${ms} ms` : `${amount(ms / SECOND, 1)} s`;
}

function stepOf(ms: number): ['s' | 'min' | 'h' | 'days', number] {
  if (ms < MINUTE) return ['s', Math.max(0, Math.floor(ms / SECOND))];
  if (ms < HOUR) return ['min', Math.floor(ms / MINUTE)];
  if (ms < 2 * DAY) return ['h', Math.floor(ms / HOUR)];
  return ['days', Math.floor(ms / DAY)];
}

function put(pattern: string, n: number): string {
  return pattern.replace('{}', amount(n));
}

/** Of two or more: `a, b and c`. */
export function listed(all: readonly string[]): string {
  const key = `list ${customs()}`;
  let format = lists.get(key);
  if (format === undefined) {
    format = new Intl.ListFormat(customs(), { type: 'conjunction' });
    lists.set(key, format);
  }
  return format.format(all);
}

const lists = new Map<string, Intl.ListFormat>();
