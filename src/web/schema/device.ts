/**
 * What people may say about a device, for the forms of its page and for the API alike: a value that the database takes,
 * or a sentence for each field, in the language of whoever asks.
 */
import { z } from 'zod';
import { text } from '../visit.ts';

/** Characters, as the tables bound them. */
export const LIMITS = { name: 200, owner: 200, notes: 20_000 } as const;

const MINUTE = 60_000;
/** How long a watched device may be silent, in minutes: half a minute to 30 days. */
const SILENCE = { least: 0.5, most: 30 * 24 * 60 } as const;

/** Controls other than line break and tab; they would be invisible, and PostgreSQL takes no NUL. */
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

/** What was typed, trimmed, with line breaks as one character. */
const typed = z
  .string({ error: () => text().device.form.notText })
  .transform(value => value.replaceAll('\r\n', '\n').trim());

function limited(most: number, hasLines: boolean) {
  return (
    typed
      // As PostgreSQL counts: an emoji is one character, not two.
      .refine(value => value.length <= most || Array.from(value).length <= most, {
        error: () => text().device.form.tooLong(most),
      })
      .refine(value => !CONTROLS.test(value) && (hasLines || !/[\n\t]/.test(value)), {
        error: () => text().device.form.controls,
      })
  );
}

/** Empty: none. */
export const deviceName = limited(LIMITS.name, false);
export const deviceOwner = limited(LIMITS.owner, false);
export const deviceNotes = limited(LIMITS.notes, true);

/** The texts of a device, all three. */
export const deviceTexts = z.object({ name: deviceName, owner: deviceOwner, notes: deviceNotes });

const MOST_REVISIONS = 2_147_483_647;

/** How often a device had been changed when the person began to type; forms send digits, and nothing is no number. */
export const revision = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,10}$/)
        .transform(Number),
    ],
    {
      error: () => text().device.form.notNumber,
    },
  )
  .refine(value => Number.isInteger(value) && value >= 0 && value <= MOST_REVISIONS, {
    error: () => text().device.form.notNumber,
  });

const DECISIONS = ['accept', 'ignore', 'block'] as const;
/** What is decided about who a device is. */
export const decision = z.enum(DECISIONS, { error: () => text().device.form.noDecision });

/** What the return of a device that is put away means. */
export const onReturn = z.enum(['stay', 'new'], { error: () => text().device.form.noReturn });

/** Minutes as people type them, with a dot or a comma; empty: as learned. Gives milliseconds or null. */
export const silenceTyped = z
  .string({ error: () => text().device.form.notText })
  .transform(value => value.trim().replace(',', '.'))
  .refine(value => value === '' || (/^\d{1,6}(?:\.\d{1,3})?$/.test(value) && isSilence(Number(value))), {
    error: () => text().device.form.silence,
  })
  .transform(value => (value === '' ? null : Math.round(Number(value) * MINUTE)));

/** The same in milliseconds, as the API has it; null: as learned. */
export const silenceMs = z
  .number({ error: () => text().device.form.silence })
  .int({ error: () => text().device.form.silence })
  .refine(ms => isSilence(ms / MINUTE), { error: () => text().device.form.silence })
  .nullable();

function isSilence(minutes: number): boolean {
  return minutes >= SILENCE.least && minutes <= SILENCE.most;
}

/** The first complaint about each field; what is about no field is `form`. */
export function complaintsOf(error: z.ZodError): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { path, message } of error.issues) found[String(path[0] ?? 'form')] ??= message;
  return found;
}
