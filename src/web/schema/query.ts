/** One parameter of an address: its value, or a default and the fact that it was wrong. */
import type { z } from 'zod';

export interface Parameter<T> {
  readonly value: T;
  readonly isWrong: boolean;
}

/** @param typed undefined and empty: not given, which is never wrong */
export function parameter<T>(typed: string | undefined, schema: z.ZodType<T>, fallback: T): Parameter<T> {
  if (typed === undefined || typed === '') return { value: fallback, isWrong: false };
  const parsed = schema.safeParse(typed);
  return parsed.success ? { value: parsed.data, isWrong: false } : { value: fallback, isWrong: true };
}
