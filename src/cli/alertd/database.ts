/** alertd's connections. */
import { NetureonError } from '../../lib/errors.ts';
import { isSqlError, openPool, type Pool } from '../../store/session.ts';

export const APPLICATION = 'netureon alertd';
/** A connection that does not answer within this is dropped: nothing else notices a half-open one. */
const QUERY_TIMEOUT_MS = 10_000;

/** @param max connections are needed for milliseconds at a time: few are enough for many channels */
export function openAlertdPool(url: string, max: number): Pool {
  return openPool(url, { application: APPLICATION, max, queryTimeoutMs: QUERY_TIMEOUT_MS });
}

/** A missing function or a missing right: this database was not migrated, or the user is not the one meant for us. */
export function explained(error: unknown): unknown {
  if (!isSqlError(error)) return error;
  return new NetureonError('database', `the database is not ready for alertd: ${error.message}`, {
    cause: error,
    remedy: 'run “netureon migrate”, and connect as netureon_alertd or as the owner',
  });
}
