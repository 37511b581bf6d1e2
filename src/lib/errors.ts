/**
 * lib: small, pure helpers that every folder may use. Imports nothing of ours, keeps no state, reads no environment.
 *
 * This file: the one error type that crosses folder borders. `code` decides the exit code (sysexits.h), `remedy`
 * tells the reader what to do, `cause` keeps the original. Expected outcomes (a silent host, HTTP 429) are values,
 * never errors.
 */
export type ErrorCode = 'usage' | 'database' | 'io' | 'busy' | 'permission' | 'internal';

export class NetureonError extends Error {
  readonly code: ErrorCode;
  /** One imperative sentence: what the reader can do about it. */
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NetureonError';
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** sysexits.h where it has a number: EX_UNAVAILABLE 69, EX_SOFTWARE 70, EX_IOERR 74, EX_TEMPFAIL 75, EX_NOPERM 77. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  database: 69,
  internal: 70,
  io: 74,
  busy: 75,
  permission: 77,
};

/** The message of anything thrown, without a stack: `Error` or not. AggregateError (Node's connect) gives its parts. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map(messageOf).join('; ') || 'unknown error';
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return String(thrown);
}

/** The system or SQLSTATE code of anything thrown (`ECONNREFUSED`, `57P01`), if it carries one. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
