/**
 * Which alerts: the parameters of the Alerts page, of its CSV and of the API alike. An empty parameter is none, as forms
 * send it. A date is a whole day in the zone of whoever asks; a time without a zone is meant there too.
 */
import { z } from 'zod';
import { momentIn } from '../../lib/time-zone.ts';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { ALERT_STATES, SENT_STATES, SEVERITIES, type AlertQuery } from '../../store/site-alerts.ts';
import { currentVisit, text } from '../visit.ts';

/** Characters of a text that is searched for. */
const LONGEST = 200;

/** '' is what an empty field of a form sends. */
function orNone<T extends z.ZodType>(schema: T) {
  return z.preprocess(value => (value === '' ? undefined : value), schema.optional());
}

const id = z
  .union([z.string(), z.number()], { error: () => text().alerts.form.id })
  .refine(value => /^[1-9]\d{0,14}$/.test(String(value)), { error: () => text().alerts.form.id })
  .transform(Number);

const searched = z
  .string({ error: () => text().alerts.form.search(LONGEST) })
  .transform(value => value.trim())
  // oxlint-disable-next-line no-control-regex -- PostgreSQL takes no NUL, and the others are in no alert
  .refine(
    value => Array.from(value).length <= LONGEST && !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(value),
    {
      error: () => text().alerts.form.search(LONGEST),
    },
  );

/** @param daysLater what a date without a time means: its beginning (0) or its end (1) */
function moment(daysLater: 0 | 1) {
  return z.string({ error: () => text().alerts.form.moment }).transform((value, context) => {
    const found = momentOf(value.trim(), daysLater);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: text().alerts.form.moment });
    return z.NEVER;
  });
}

function momentOf(typed: string, daysLater: 0 | 1): Date | undefined {
  const zone = currentVisit()?.zone ?? 'UTC';
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(
    typed,
  );
  if (parts === null) return undefined;
  const [, day = '', time, offset] = parts;
  const midnight = new Date(`${day}T00:00:00Z`);
  // What no calendar has (31 February) is either refused by Date or moved by it.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined;
  if (offset !== undefined) {
    const at = new Date(typed.replace(' ', 'T'));
    return Number.isNaN(at.getTime()) ? undefined : at;
  }
  if (time !== undefined) return momentIn(zone, `${day} ${time}`);
  midnight.setUTCDate(midnight.getUTCDate() + daysLater);
  return momentIn(zone, `${midnight.toISOString().slice(0, 10)} 00:00`);
}

export const alertQuery = z.object({
  show: orNone(z.enum(ALERT_STATES, { error: () => text().alerts.form.show })),
  /** This one and worse. */
  severity: orNone(z.enum(SEVERITIES, { error: () => text().alerts.form.severity })),
  kind: orNone(z.enum(ALERT_KINDS, { error: () => text().alerts.form.kind })),
  network: orNone(id),
  device: orNone(id),
  /** Something about it was to be sent through this channel. */
  channel: orNone(id),
  /** What became of a message about it. */
  sent: orNone(z.enum(SENT_STATES, { error: () => text().alerts.form.sent })),
  /** Who acknowledged it. */
  by: orNone(searched),
  /** In its sentence, its address or its MAC. */
  q: orNone(searched),
  /** Raised then or later. */
  from: orNone(moment(0)),
  /** Raised before; a date is meant to its end. */
  to: orNone(moment(1)),
  /** Only older ones than this alert: the next page. */
  before: orNone(id),
});

export type AlertQueryInput = z.output<typeof alertQuery>;

/** As the store asks for them; a page adds how many. */
export function storeQueryOf(input: AlertQueryInput): Omit<AlertQuery, 'limit'> {
  const { show, q, before, ...same } = input;
  return { ...same, status: show ?? 'open', text: q === '' ? undefined : q, before: before ?? null };
}
