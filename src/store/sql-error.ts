/** Telling the server's own errors from all others, in a file of its own: who only asks that need not load `pg`. */
import { codeOf } from '../lib/errors.ts';

/** Whether PostgreSQL sent it: its `code` is a SQLSTATE, not an errno of the same length (`EPERM`). */
export function isSqlError(error: unknown): error is Error & { code: string } {
  return /^[0-9A-Z]{5}$/.test(codeOf(error) ?? '') && !/^E[A-Z]{4}$/.test(codeOf(error) ?? '');
}
