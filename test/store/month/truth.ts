/** What each station does in each scan, and what it really did meanwhile. */
import type { Events } from './events.ts';
import type { Span, Station } from './population.ts';
import type { Random } from './random.ts';

export interface Plan {
  readonly station: Station;
  /** Really away, in minutes: not there, or without a network for long. In order. */
  readonly away: readonly Span[];
  /** Says nothing: away, asleep, or its network is starting again. In order. */
  readonly silent: readonly Span[];
}

export function planOf(station: Station, events: Events, end: number, random: Random): Plan {
  // Nobody is back at once: a switch learns, a station associates again and asks for its lease.
  const back = ([from, to]: Span): Span => [from, to + random.between(0, 2)];
  const absent = complement(station.present, end);
  const outages = events.outages.map(back);
  const restarts = events.restarts.map(back);
  const accessPoint = station.wireless ? events.accessPoint.map(back) : [];
  return {
    station,
    away: union([...absent, ...outages]),
    silent: union([...absent, ...outages, ...restarts, ...accessPoint, ...station.asleep]),
  };
}

export function union(spans: readonly Span[]): Span[] {
  const all: [number, number][] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

function complement(spans: readonly Span[], end: number): Span[] {
  const rest: Span[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (from > at) rest.push([at, from]);
    at = Math.max(at, to);
  }
  if (at < end) rest.push([at, end]);
  return rest;
}

/** Whether `at` lies in one of the spans. Call with growing `at`: it remembers where it is. */
export function follow(spans: readonly Span[]): (at: number) => boolean {
  let next = 0;
  return at => {
    while (next < spans.length && (spans[next]?.[1] ?? 0) <= at) next++;
    return (spans[next]?.[0] ?? Infinity) <= at;
  };
}
