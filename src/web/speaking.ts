/** The language of answers that come before it is known who asks: an unknown host, another site's form, too long a body. */
import type { MiddlewareHandler } from 'hono';
import { NetureonError } from '../lib/errors.ts';
import { localeOf } from './locale.ts';
import { duringVisit, type Visit } from './visit.ts';

const refuse = () =>
  Promise.reject(new NetureonError('internal', 'the database was asked before it was known who asks'));

const NOBODY: Pick<Visit, 'visitor' | 'db'> = { visitor: null, db: { query: refuse, queryWithin: refuse } };

export function speaking(): MiddlewareHandler {
  return (c, next) => duringVisit({ ...NOBODY, ...localeOf(c, 'UTC') }, next);
}
