/** Intervals of presence as they are drawn: joined where they overlap, and where the gap is too thin to see. Pure. */
import type { Visit } from '../store/device-visits.ts';

/** Milliseconds since 1970. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Island extends Stretch {
  /** How many intervals it is made of. */
  readonly visits: number;
}

/** Joins what overlaps, touches, or lies no more than `gapMs` apart. Oldest first. */
export function islandsOf(visits: readonly Stretch[], gapMs = 0): Island[] {
  const islands: { from: number; to: number; visits: number }[] = [];
  for (const { from, to } of visits.toSorted((a, b) => a.from - b.from)) {
    const last = islands.at(-1);
    if (last !== undefined && from <= last.to + gapMs) {
      last.to = Math.max(last.to, to);
      last.visits += 1;
    } else islands.push({ from, to, visits: 1 });
  }
  return islands;
}

/** The parts of `stretches` in which `holes` leave something. Both oldest first, none overlapping its own kind. */
export function without(stretches: readonly Stretch[], holes: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = [];
  let next = 0;
  for (const { from, to } of stretches) {
    while (next < holes.length && (holes[next]?.to ?? 0) <= from) next += 1;
    let at = from;
    for (let n = next; n < holes.length; n++) {
      const hole = holes[n];
      if (hole === undefined || hole.from >= to) break;
      if (hole.from > at) left.push({ from: at, to: hole.from });
      at = Math.max(at, hole.to);
    }
    if (at < to) left.push({ from: at, to });
  }
  return left;
}

function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Of the time that somebody looked, the share that it was here, 0 to 1; null: nobody looked. */
export function shareOf(
  islands: readonly Island[],
  blind: readonly Stretch[],
  whole: Stretch,
): number | null {
  const looked = lengthOf(without([whole], blind));
  return looked === 0 ? null : Math.min(1, lengthOf(without(islands, blind)) / looked);
}

/** Of each address its visits; the address seen last comes first. */
export function byAddress(visits: readonly Visit[]): Map<string, Visit[]> {
  const lanes = new Map<string, Visit[]>();
  for (const visit of visits.toSorted((a, b) => b.to - a.to)) {
    const lane = lanes.get(visit.ip);
    if (lane === undefined) lanes.set(visit.ip, [visit]);
    else lane.push(visit);
  }
  return lanes;
}
