/**
 * One operation of the API: what it takes and gives, as schemas from which the document (OpenAPI) is made, by which
 * requests are checked and answers are written; and what it does. So the document cannot say anything else than the code.
 */
import type { Context } from 'hono';
import type { z } from 'zod';
import type { PatientDb } from '../../store/session.ts';
import type { TokenVisitor } from '../api-token.ts';
import type { Role } from '../visit.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** anyone: without a token as well. */
export type ApiNeed = Role | 'anyone';

export interface Asked<Params, Query, Body> {
  readonly c: Context;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Acts as the token's role; a change is noted under its name. */
  readonly db: PatientDb;
  /** Who asks, for histories. */
  readonly actor: string;
  readonly visitor: TokenVisitor | undefined;
}

export interface Given<Body> {
  readonly body: Body;
  /** 200 unless given; one of `statuses`. */
  readonly status?: 200 | 201 | 202;
  readonly headers?: Readonly<Record<string, string>>;
  /** Comes first in the ETag: what If-Match is compared with. */
  readonly revision?: number;
}

export interface Operation<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Below /api/v1, with `{id}`. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly need: ApiNeed;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Undefined: 204, nothing. */
  readonly answer?: Answer;
  /** Statuses of success besides 200 (or 204). */
  readonly status?: 201 | 202;
  /** Problems besides those that every operation of its shape has. */
  readonly problems?: readonly (409 | 412 | 429)[];
  run(
    asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<Given<z.input<Answer>> | undefined>;
}

/** An operation whose schemas are settled: what they are was checked where it was written. */
export type AnyOperation = Omit<Operation, 'run'> & {
  run(asked: Asked<unknown, unknown, unknown>): Promise<Given<unknown> | undefined>;
};

export function operation<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodUndefined,
>(given: Operation<Params, Query, Body, Answer>): AnyOperation {
  // What run() is handed has passed the schemas beside it (checked.ts): the compiler cannot know, for lists of
  // operations have forgotten which schema belongs to which.
  return given;
}
