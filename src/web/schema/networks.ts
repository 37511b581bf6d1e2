/** What people may say about networks, sensors and the site's time zone, for forms and the API alike. */
import { z } from 'zod';
import { isTimeZone } from '../../lib/time-zone.ts';
import { amount } from '../times.ts';
import { text } from '../visit.ts';

export const LIMITS = { name: 200, note: 20_000 } as const;

/** Controls other than line break and tab; they would be invisible, and PostgreSQL takes no NUL. */
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

function limited(most: number, hasLines: boolean) {
  return (
    z
      .string()
      .transform(value => value.replaceAll('\r\n', '\n').trim())
      // As PostgreSQL counts: an emoji is one character, not two.
      .refine(value => value.length <= most || Array.from(value).length <= most, {
        error: () => text().networks.error.tooLong(amount(most)),
      })
      .refine(value => !CONTROLS.test(value) && (hasLines || !/[\n\t]/.test(value)), {
        error: () => text().networks.error.controls,
      })
  );
}

/** Empty: none. `revision`: of the name and note as they were read. */
export const networkTexts = z.object({
  name: limited(LIMITS.name, false),
  note: limited(LIMITS.note, true),
  revision: z.string().regex(/^[0-9a-f]{12}$/),
});

export const sensorName = z
  .string()
  .trim()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, { error: () => text().sensors.badName });

/** An IANA name that this runtime knows. */
export const zoneName = z
  .string()
  .trim()
  .max(64, { error: () => text().system.zone.wrong })
  .refine(isTimeZone, { error: () => text().system.zone.wrong });
