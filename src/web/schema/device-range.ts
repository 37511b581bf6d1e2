/** Which time a device's page shows: one of a few ranges that end now, or any chosen one. */
import { z } from 'zod';
import { momentIn } from '../../lib/time-zone.ts';
import { text } from '../visit.ts';

export const RANGES = ['day', 'week', 'month', 'year'] as const;
export type RangeName = (typeof RANGES)[number];

const DAY = 24 * 60 * 60 * 1000;
const DAYS: Readonly<Record<RangeName, number>> = { day: 1, week: 7, month: 30, year: 365 };
/** Of a chosen range. */
const MOST = 732 * DAY;

export interface ShownRange {
  /** `chosen`: from and to were given. */
  readonly name: RangeName | 'chosen';
  readonly from: Date;
  readonly to: Date;
  /** As typed, for the fields. */
  readonly typed: { readonly from: string; readonly to: string };
  /** Why it is the last day instead of what was asked for. */
  readonly error?: string;
}

const rangeName = z.enum(RANGES, { error: () => text().device.presence.badRange });
const LOCAL = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2})?/;

/** @param zone in which `from` and `to` are meant, as `2026-11-20T09:00` */
export function readRange(ask: (name: string) => string | undefined, now: Date, zone: string): ShownRange {
  const typed = { from: (ask('from') ?? '').slice(0, 40), to: (ask('to') ?? '').slice(0, 40) };
  const last = (name: RangeName): ShownRange => ({
    name,
    from: new Date(now.getTime() - DAYS[name] * DAY),
    to: now,
    typed,
  });
  if (typed.from !== '' || typed.to !== '') {
    const from = moment(typed.from, zone);
    // Without an end it lasts until now.
    const to = typed.to === '' ? now : moment(typed.to, zone);
    const end = to !== undefined && to > now ? now : to;
    if (from === undefined || end === undefined || from >= end || end.getTime() - from.getTime() > MOST)
      return { ...last('day'), error: text().device.presence.badTimes };
    return { name: 'chosen', from, to: end, typed };
  }
  const asked = ask('range');
  const name = rangeName.safeParse(asked ?? 'day');
  if (!name.success)
    return { ...last('day'), error: name.error.issues[0]?.message ?? text().device.presence.badRange };
  return last(name.data);
}

function moment(typed: string, zone: string): Date | undefined {
  const local = LOCAL.exec(typed)?.[0];
  return local === undefined || local.length !== typed.length ? undefined : momentIn(zone, local);
}
