/** A decision about one new device, with a name for it. */
import { z } from 'zod';

const id = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);

// oxlint-disable-next-line no-control-regex -- that is what it looks for
const VISIBLE = /^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$/;

export const ReviewForm = z.object({
  device: id,
  act: z.union([
    z.enum(['accept', 'ignore', 'block']),
    z
      .string()
      .regex(/^merge-[1-9]\d{0,14}$/)
      .transform(act => ({ merge: Number(act.slice('merge-'.length)) })),
  ]),
  /** As PostgreSQL counts: an emoji is one character, not two. */
  name: z
    .string()
    .trim()
    .regex(VISIBLE)
    .refine(name => Array.from(name).length <= 200 && name.isWellFormed())
    .default(''),
  next: id.optional().catch(undefined),
});
