/**
 * Two hundred devices and what they do in a month, in minutes since its first midnight, a Monday. What is said here is
 * the truth that presence is measured against: when a device was really away, and when it was there but slept.
 */
import type { Random } from './random.ts';

export const DAY = 24 * 60;
const WEEK = 7 * DAY;

/** From and to, in minutes. */
export type Span = readonly [number, number];

export interface Station {
  readonly kind: string;
  readonly mac: string;
  /** Which address it has from when on; it keeps the last. */
  readonly leases: readonly { readonly from: number; readonly ip: string }[];
  /** Really on the network, in order. */
  readonly present: readonly Span[];
  /** Present, and answering nobody. In order. */
  readonly asleep: readonly Span[];
  /** Scans in which an answer gets lost although it is awake: part of one. */
  readonly loss: number;
  /** Behind the access point. */
  readonly wireless: boolean;
}

export interface Pattern {
  readonly name: string;
  readonly counts: Readonly<Record<Kind, number>>;
  /** Hours of the day between which people work. */
  readonly work: readonly [number, number];
  /** How a phone sleeps: minutes awake, then minutes silent. */
  readonly phone: {
    awake(random: Random): number;
    /** @param night while its owner sleeps */
    asleep(random: Random, night: boolean): number;
  };
}

export type Kind =
  'desktop' | 'server' | 'office phone' | 'home phone' | 'guest' | 'printer' | 'thing' | 'rotator';

const COUNTS = {
  desktop: 68,
  server: 30,
  'office phone': 25,
  'home phone': 25,
  guest: 15,
  printer: 10,
  thing: 25,
  rotator: 2,
};

const heavyTailed: Pattern['phone'] = {
  awake: random => random.exponential(6) + 0.5,
  asleep: (random, night) =>
    night ? Math.min(random.logNormal(15, 0.9), 120) : Math.min(random.logNormal(4, 1), 60),
};

export const PATTERNS: Readonly<Record<string, Pattern>> = {
  usual: { name: 'usual', counts: COUNTS, work: [8, 17.5], phone: heavyTailed },
  'night-shift': {
    name: 'night-shift',
    counts: { ...COUNTS, desktop: 40, server: 40, thing: 43 },
    work: [21, 29.5],
    phone: heavyTailed,
  },
  'heavy-sleepers': {
    name: 'heavy-sleepers',
    counts: { ...COUNTS, desktop: 28, 'office phone': 65 },
    work: [8, 17.5],
    phone: { awake: random => random.exponential(8), asleep: random => random.exponential(10) },
  },
};

export interface Size {
  readonly days: number;
  /** Of the pattern's counts, for a smaller network of the same kind. */
  readonly share: number;
  /** Nobody is awake for less than this, in minutes: between two scans nobody can see it. */
  readonly glimpse: number;
}

export function populate(pattern: Pattern, { days, share, glimpse }: Size, random: Random): Station[] {
  const stations: Station[] = [];
  const end = days * DAY;
  const make = (kind: Kind, present: Span[], options: Partial<Station> = {}) => {
    const n = stations.length + 1;
    const ip = `10.0.${1 + (n >> 8)}.${n & 255}`;
    stations.push({
      kind,
      mac: `3c:37:12:00:${hex(n >> 8)}:${hex(n & 255)}`,
      leases: [{ from: 0, ip }],
      present: clip(present, end),
      asleep: [],
      loss: 0.001,
      wireless: false,
      ...options,
    });
  };
  const makers: Readonly<Record<Kind, () => void>> = {
    desktop: () => {
      const present = random.chance(0.05) ? [[0, end] as Span] : workDays(pattern, days, random);
      make('desktop', present, { leases: leasesOf(present, stations.length + 1, random) });
    },
    server: () => make('server', alwaysBut(serverOutages(days, random), end)),
    'office phone': () => {
      const present = workDays(pattern, days, random);
      make('office phone', present, phone(pattern, present, glimpse, stations.length + 1, random));
    },
    'home phone': () => {
      const present = alwaysBut(workDays(pattern, days, random), end);
      make('home phone', present, phone(pattern, present, glimpse, stations.length + 1, random));
    },
    guest: () => make('guest', visits(days, random), { loss: 0.01, wireless: true }),
    printer: () => make('printer', [[0, end]], { asleep: naps(days, glimpse, random) }),
    thing: () => make('thing', [[0, end]], { loss: random.between(0.002, 0.02), wireless: true }),
    rotator: () => rotate(days, stations, random),
  };
  for (const [kind, count] of Object.entries(pattern.counts))
    for (let i = 0; i < Math.ceil(count * share); i++) makers[kind as Kind]();
  return stations;
}

/** Weekdays from about when work begins to about when it ends; now and then somebody is ill, or away for lunch. */
function workDays({ work }: Pattern, days: number, random: Random): Span[] {
  const spans: Span[] = [];
  for (let day = 0; day < days; day++) {
    if (day % 7 >= 5 || random.chance(0.07)) continue;
    const from = day * DAY + work[0] * 60 + random.between(-45, 60);
    const to = day * DAY + work[1] * 60 + random.between(-60, 90);
    if (random.chance(0.15)) {
      const lunch = day * DAY + ((work[0] + work[1]) / 2) * 60 + random.between(-30, 30);
      spans.push([from, lunch], [lunch + random.between(20, 70), to]);
    } else spans.push([from, to]);
  }
  return spans;
}

/** Restarted once a week, at night, in minutes; one in three fails for hours once in the month. */
function serverOutages(days: number, random: Random): Span[] {
  const away: Span[] = [];
  const restart = random.integer(0, 6) * DAY + random.between(60, 240);
  for (let at = restart; at < days * DAY; at += WEEK) away.push([at, at + random.between(1.5, 4)]);
  if (random.chance(0.33)) {
    const at = random.between(2 * DAY, days * DAY);
    away.push([at, at + random.between(20, 480)]);
  }
  return merge(away);
}

function phone(
  pattern: Pattern,
  present: readonly Span[],
  glimpse: number,
  n: number,
  random: Random,
): Partial<Station> {
  const asleep: Span[] = [];
  for (const [from, to] of present) {
    for (let at = from + Math.max(pattern.phone.awake(random), glimpse); at < to;) {
      const hour = (at / 60) % 24;
      const wake = Math.min(at + pattern.phone.asleep(random, hour < 6.5 || hour > 23), to);
      asleep.push([at, wake]);
      at = wake + Math.max(pattern.phone.awake(random), glimpse);
    }
  }
  return { asleep, leases: leasesOf(present, n, random), loss: 0.01, wireless: true };
}

/** A printer in use stays awake; else it sleeps for up to an hour and a half, and wakes for a minute or two. */
function naps(days: number, glimpse: number, random: Random): Span[] {
  const spans: Span[] = [];
  for (let at = random.between(0, 60); at < days * DAY;) {
    const to = at + random.between(15, 90);
    spans.push([at, to]);
    const hour = (to / 60) % 24;
    at = to + Math.max(hour > 8 && hour < 18 ? random.exponential(40) + 2 : random.between(1, 3), glimpse);
  }
  return spans;
}

function visits(days: number, random: Random): Span[] {
  const spans: Span[] = [];
  for (let n = random.integer(1, 3); n > 0; n--) {
    const from = random.integer(0, days - 1) * DAY + random.between(9, 16) * 60;
    spans.push([from, from + random.between(60, 360)]);
  }
  return merge(spans);
}

/** A phone that takes another random MAC each day: to the network, a station each. */
function rotate(days: number, stations: Station[], random: Random): void {
  const rotator = stations.filter(({ kind }) => kind === 'rotator').length > 0 ? 2 : 1;
  for (let day = 0; day < days; day++) {
    const from = day * DAY + random.between(7 * 60, 9 * 60);
    stations.push({
      kind: 'rotator',
      mac: `0${rotator === 1 ? 2 : 6}:11:22:33:${hex(day >> 8)}:${hex(day & 255)}`,
      leases: [{ from: 0, ip: `10.0.3.${rotator * 100 + (day % 50)}` }],
      present: [[from, from + random.between(8 * 60, 12 * 60)]],
      asleep: [],
      loss: 0.01,
      wireless: true,
    });
  }
}

/** One return in six with another lease. Every address is its own, so that nobody takes another's. */
function leasesOf(present: readonly Span[], n: number, random: Random): Station['leases'] {
  const leases = [{ from: 0, ip: `10.0.${1 + (n >> 8)}.${n & 255}` }];
  for (const [from] of present.slice(1))
    if (random.chance(0.16))
      leases.push({ from, ip: `10.0.${10 + 2 * leases.length + (n >> 8)}.${n & 255}` });
  return leases;
}

function alwaysBut(away: readonly Span[], end: number): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const [from, to] of away) {
    if (from > at) spans.push([at, from]);
    at = Math.max(at, to);
  }
  if (at < end) spans.push([at, end]);
  return spans;
}

function merge(spans: Span[]): Span[] {
  const merged: [number, number][] = [];
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

const clip = (spans: readonly Span[], end: number): Span[] =>
  spans.filter(([from]) => from < end).map(([from, to]) => [Math.max(from, 0), Math.min(to, end)] as const);
const hex = (octet: number) => octet.toString(16).padStart(2, '0');
