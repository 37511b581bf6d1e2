/** What many parts of the API have in common: numbers and times as addresses carry them, pages of lists, and answers. */
import { z } from '@hono/zod-openapi';
import type { ZodRawShape } from 'zod';

/** Ids of ours stay far below 2^53. */
const ID = /^[1-9]\d{0,14}$/;

/** A number in a path or query. */
export const idText = z
  .string()
  .regex(ID, { error: 'This has to be the number of one.' })
  .transform(Number)
  .openapi({ type: 'integer', minimum: 1, maximum: 999_999_999_999_999 });

/** One that the tables keep in four octets: more cannot be there. */
export const smallIdText = z
  .string()
  .regex(ID, { error: 'This has to be the number of one.' })
  .transform(text => Math.min(Number(text), 2_147_483_647))
  .openapi({ type: 'integer', minimum: 1, maximum: 999_999_999_999_999 });

/** A number in a body. */
export const id = z.int().min(1).max(999_999_999_999_999);
export const smallId = z.int().min(1).max(2_147_483_647);

export const idParams = z.object({ id: idText });
export const smallIdParams = z.object({ id: smallIdText });

const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(9000, 0, 1);

/** RFC 3339, as programs write times. */
export const momentText = z
  .string()
  .max(40)
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/i, {
    error: 'This has to be a time such as 2026-11-20T18:00:00Z.',
  })
  .transform(text => new Date(text.toUpperCase()))
  .refine(at => at.getTime() >= EARLIEST && at.getTime() < LATEST, {
    error: 'This has to be a time such as 2026-11-20T18:00:00Z.',
  })
  .openapi({ type: 'string', format: 'date-time' });

export const yesNoText = z
  .enum(['true', 'false'])
  .transform(text => text === 'true')
  .openapi({ type: 'boolean' });

/** How many a page of a list has. */
export function limitText(most: number, usual: number) {
  return z
    .string()
    .regex(/^[1-9]\d{0,4}$/, { error: `This has to be a number from 1 to ${most}.` })
    .transform(Number)
    .refine(value => value <= most, { error: `This has to be a number from 1 to ${most}.` })
    .default(usual)
    .openapi({ type: 'integer', minimum: 1, maximum: most, default: usual });
}

/** Texts that people type; PostgreSQL takes no NUL. */
export function plainText(most: number) {
  return (
    z
      .string()
      .max(most)
      // oxlint-disable-next-line no-control-regex -- that is what it looks for
      .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f]*$/, {
        error: 'This contains invisible control characters.',
      })
  );
}

/** A time in an answer. */
export const moment = z
  .date()
  .transform(at => at.toISOString())
  .openapi({ type: 'string', format: 'date-time' });
export const momentOrNull = z
  .date()
  .nullable()
  .transform(at => at?.toISOString() ?? null)
  .openapi({ type: ['string', 'null'], format: 'date-time' });

/** Something in an answer: its fields and no others, whatever else the value has. */
export function answer<Shape extends ZodRawShape>(name: string, shape: Shape) {
  return z.object(shape).openapi(name, { additionalProperties: false });
}

/** A page of a list. `next` is the `cursor` of the page after; null on the last. */
export function pageOf<Item extends z.ZodType>(name: string, items: Item) {
  return answer(name, { items: z.array(items), next: z.string().nullable() });
}

/** The change that undoing takes back; null: it already was so. */
export const Changed = answer('Changed', { change: z.int().nullable() });
/** What was made or changed. */
export const Made = answer('Made', { id: z.int() });

/** The cursors of lists that are paged by number. */
export const idCursor = z
  .string()
  .regex(ID, { error: 'There is no such page: use `next` of the page before.' })
  .transform(Number)
  .optional()
  .openapi({ type: 'string' });
