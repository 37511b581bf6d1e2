/** What the time machine's address may say. Each field by itself, so that one mistake does not lose the others. */
import { z } from 'zod';
import { PAST_STATES } from '../../store/past.ts';
import { dayOf, localMinute, parseAt } from '../past-time.ts';
import { text } from '../visit.ts';

const MOST_TEXT = 200;
/** This machine's clock may be behind the database's. */
const AHEAD_MS = 60_000;
const HOUR = 60 * 60 * 1000;

/** A moment in the viewer's zone that is not still to come; empty or `now`: null. */
function momentSchema(zone: string, now: Date) {
  return z.string().transform((typed, context) => {
    if (/^(?:now)?$/i.test(typed.trim())) return null;
    const at = parseAt(typed, zone);
    if (at === undefined) context.addIssue({ code: 'custom', message: text().past.error.at });
    else if (at.getTime() > now.getTime() + AHEAD_MS)
      context.addIssue({ code: 'custom', message: text().past.error.future });
    return at ?? null;
  });
}

/** Invisible characters; PostgreSQL takes no NUL. */
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

const searchText = z
  .string()
  .trim()
  .refine(typed => Array.from(typed).length <= MOST_TEXT, { error: () => text().past.error.tooLong })
  .refine(typed => !CONTROLS.test(typed), { error: () => text().past.error.controls });

const pastState = z.enum(PAST_STATES, { error: () => text().past.error.state });
const networkId = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, { error: () => text().past.error.network })
  .transform(Number);
const pageKey = z.string().regex(/^[\w-]{1,400}$/, { error: () => text().past.error.page });

export type PastField = 'at' | 'vs' | 'q' | 'state' | 'network' | 'after';

export interface PastAsked {
  /** null: now. */
  readonly at: Date | null;
  readonly vs: Date | null;
  readonly q: string;
  readonly state: z.infer<typeof pastState> | null;
  readonly network: number | null;
  readonly after: string | null;
  readonly errors: Readonly<Partial<Record<PastField, string>>>;
  /** As it was typed, for the field to show again. */
  readonly typed: { readonly at: string | null; readonly vs: string | null };
}

/** @param first from when on anything is known: where the slider over all that is kept begins */
export function readPast(
  query: Record<string, string>,
  zone: string,
  now: Date,
  first: Date | null,
): PastAsked {
  const errors: Partial<Record<PastField, string>> = {};
  const read = <T>(field: PastField, schema: z.ZodType<T, string>, given = query[field]): T | null => {
    if (given === undefined || given === '') return null;
    const checked = schema.safeParse(given);
    if (checked.success) return checked.data;
    errors[field] = checked.error.issues[0]?.message ?? '';
    return null;
  };
  const moment = momentSchema(zone, now);
  const slid = slider(query, zone, now, first);
  if (slid === 'wrong') errors.at = text().past.error.slider;
  const at =
    slid instanceof Date ? slid : slid === null ? (exactly(query, zone) ?? read('at', moment)) : null;
  return {
    at,
    vs: read('vs', moment),
    q: read('q', searchText) ?? '',
    state: read('state', pastState),
    network: read('network', networkId),
    after: read('after', pageKey),
    errors,
    typed: {
      at: errors.at === undefined ? null : (query['at'] ?? null),
      vs: errors.vs === undefined ? null : (query['vs'] ?? null),
    },
  };
}

/** The field shows minutes: one that nobody touched means the very moment that it was filled from. */
function exactly(query: Record<string, string>, zone: string): Date | undefined {
  const was = query['was'] === undefined ? undefined : parseAt(query['was'], zone);
  return was !== undefined && localMinute(was, zone) === query['at'] ? was : undefined;
}

/** Without a script a slider is a form of its own: minutes of one day, or hours since anything is known. */
function slider(
  query: Record<string, string>,
  zone: string,
  now: Date,
  first: Date | null,
): Date | 'wrong' | null {
  const { day, minute, hour } = query;
  if (day !== undefined && minute !== undefined) {
    const span = dayOf(day, zone);
    if (span === undefined || !/^\d{1,4}$/.test(minute)) return 'wrong';
    const at = span.from.getTime() + Number(minute) * 60_000;
    return at >= span.to.getTime() ? 'wrong' : new Date(Math.min(at, now.getTime()));
  }
  if (hour !== undefined && first !== null) {
    if (!/^\d{1,6}$/.test(hour)) return 'wrong';
    return new Date(Math.min(first.getTime() + Number(hour) * HOUR, now.getTime()));
  }
  return null;
}
