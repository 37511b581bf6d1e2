/** What the API says when it does not do what was asked: problem details (RFC 9457) in every case. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** One thing wrong with what was sent. */
export interface FieldProblem {
  /** `body`, `query` or `path`. */
  readonly in: 'body' | 'query' | 'path';
  /** Name of the field, with dots where one is in another; empty: the whole of it. */
  readonly field: string;
  readonly detail: string;
}

interface More {
  readonly errors?: readonly FieldProblem[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names the line of the log that says more. */
  readonly id?: string | undefined;
}

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 421 | 422 | 429 | 500 | 503;

export const TITLES: Readonly<Record<ProblemStatus, string>> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Wrong address',
  422: 'Not valid',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
};

/** Thrown by operations; `message` is a sentence for the person. */
export class ApiProblem extends Error {
  readonly status: ProblemStatus;
  readonly more: More;

  constructor(status: ProblemStatus, detail: string, more: More = {}) {
    super(detail);
    this.status = status;
    this.more = more;
  }
}

export function answerProblem(c: Context, status: ProblemStatus, detail: string, more: More = {}): Response {
  const { errors, headers, id } = more;
  const body = {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail,
    ...(errors === undefined ? {} : { errors }),
    ...(id === undefined ? {} : { id }),
  };
  return c.body(JSON.stringify(body), status satisfies ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...headers,
  });
}
