/** From the outcome of a button to the page after it: POST, redirect, GET, with a toast. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { codeOf } from '../lib/errors.ts';
import type { Outcome } from '../store/device-changes.ts';
import { text } from './visit.ts';

/** Read by hand: repeated and unknown fields are harmless, files do not exist here. */
export async function formOf(c: Context): Promise<URLSearchParams> {
  try {
    return new URLSearchParams(await c.req.text());
  } catch (cause) {
    // Node's code for a connection that ended in the middle: the browser's doing, and no fault to log.
    if (codeOf(cause) !== 'ECONNRESET') throw cause;
    throw new HTTPException(400, { message: text().told.problem.notWhole, cause });
  }
}

/** The choice that a button sends; any other is told and changes nothing. */
export function said<T>(schema: z.ZodType<T>, typed: string | null): T {
  const found = schema.safeParse(typed);
  if (found.success) return found.data;
  throw new HTTPException(422, { message: found.error.issues[0]?.message ?? '' });
}

interface Words {
  /** The kind of toast that tells it. */
  readonly changed: 'change' | 'acknowledged' | 'reopened' | 'gateway' | 'muted' | 'unmuted';
  readonly missing: string;
  /** The change that could not be undone. */
  readonly stale?: number;
}

export function answer(c: Context, outcome: Outcome, back: string, words: Words): Response {
  if (outcome.kind === 'missing') throw new HTTPException(404, { message: words.missing });
  if (outcome.kind === 'changed')
    return c.redirect(withToast(back, `${words.changed}.${outcome.change}`), 303);
  if (outcome.kind === 'stale' && words.stale !== undefined)
    return c.redirect(withToast(back, `stale.${words.stale}`), 303);
  return c.redirect(back, 303);
}

/** After a button that did what it says: the page it came from, telling so. */
export function told(c: Context, back: string, toast: string): Response {
  return c.redirect(withToast(back, toast), 303);
}

function withToast(back: string, toast: string): string {
  return `${back}${back.includes('?') ? '&' : '?'}toast=${toast}`;
}
