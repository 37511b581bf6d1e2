/** One decision about many devices, as the form sends it, and a list to be saved. */
import { z } from 'zod';
import { BULK_ACTS, BULK_TEXTS } from '../../store/bulk.ts';

/** Ids by hand; more are chosen by "all that match". */
const MOST = 2000;
/** Of all that match. */
export const MOST_AT_ONCE = 100_000;

// oxlint-disable-next-line no-control-regex -- that is what it looks for
const VISIBLE = /^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$/;

const id = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);

export const BulkForm = z
  .object({
    act: z.enum(BULK_ACTS),
    value: z.string().trim().regex(VISIBLE).max(BULK_TEXTS.note).default(''),
    all: z.literal('yes').optional(),
    id: z.array(id).max(MOST),
    /** How many matched when the page was drawn. */
    expect: z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number)
      .optional(),
  })
  .superRefine(({ act, value, all, id: ids }, context) => {
    if (all === undefined && ids.length === 0)
      context.addIssue({ code: 'custom', path: ['id'], message: 'none' });
    if (act !== 'owner' && act !== 'kind' && act !== 'note') return;
    if (act === 'note' && value === '')
      context.addIssue({ code: 'custom', path: ['value'], message: 'empty' });
    if (act !== 'note' && /[\n\t]/.test(value))
      context.addIssue({ code: 'custom', path: ['value'], message: 'lines' });
    // As PostgreSQL counts: an emoji is one character, not two.
    if (Array.from(value).length > BULK_TEXTS[act])
      context.addIssue({ code: 'too_big', origin: 'string', maximum: BULK_TEXTS[act], path: ['value'] });
  });

export const ViewForm = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(VISIBLE)
    .regex(/^[^\n\t]*$/),
  shared: z.literal('yes').optional(),
});
