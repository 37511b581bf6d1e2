/** Puts operations behind their addresses: who asks, what was sent, what is answered, and what no operation answers. */
import type { Context, Hono } from 'hono';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';
import { visitorOfToken, type TokenVisitor } from '../api-token.ts';
import { actingDb } from '../dbs.ts';
import type { SiteOptions } from '../options.ts';
import { en } from '../text/en.ts';
import { duringVisit, ROLES } from '../visit.ts';
import { checkedRequest } from './checked.ts';
import { etagOf, isSame } from './etag.ts';
import type { AnyOperation, ApiNeed } from './operation.ts';
import { answerProblem, ApiProblem } from './problem.ts';

export const BASE = '/api/v1';

export function mount(app: Hono, operations: readonly AnyOperation[], options: SiteOptions): void {
  for (const operation of operations)
    app.on(operation.method.toUpperCase(), addressOf(operation.path), c =>
      answering(c, options, () => perform(c, operation, options)),
    );
  const paths = new Map<string, string[]>();
  for (const { path, method } of operations)
    paths.set(path, [...(paths.get(path) ?? []), method.toUpperCase()]);
  for (const [path, methods] of paths) {
    const allow = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
    app.all(addressOf(path), c => notThatWay(c, allow));
  }
}

/** `/api/v1/devices/:id` */
export function addressOf(path: string): string {
  return BASE + path.replaceAll(/\{(\w+)\}/g, ':$1');
}

export function notThatWay(c: Context, allow: readonly string[]): Response {
  return answerProblem(c, 405, `This address takes ${allow.join(', ')}.`, {
    headers: { Allow: allow.join(', ') },
  });
}

/** Answers a problem instead of failing; only what nobody expected is logged. */
export async function answering(
  c: Context,
  { log }: SiteOptions,
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiProblem) return answerProblem(c, error.status, error.message, error.more);
    if (error instanceof NetureonError && error.code === 'usage') return answerProblem(c, 400, error.message);
    if (error instanceof NetureonError && error.code === 'busy')
      return answerProblem(c, 503, 'Too much is asked for at once. Nothing was changed.', {
        headers: { 'Retry-After': '5' },
      });
    const id = crypto.randomUUID().slice(0, 8);
    const isAway =
      (error instanceof NetureonError && error.code === 'database') ||
      /^(?:08|53|57P)/.test(codeOf(error) ?? '');
    log.error(`API failed: ${messageOf(error)}`, {
      id,
      method: c.req.method,
      path: c.req.path,
      stack: !isAway && error instanceof Error ? error.stack : undefined,
    });
    return isAway
      ? answerProblem(c, 503, 'The database does not answer. Nothing was changed.', {
          id,
          headers: { 'Retry-After': '10' },
        })
      : answerProblem(c, 500, 'This could not be done. Nothing was changed.', { id });
  }
}

async function perform(c: Context, operation: AnyOperation, options: SiteOptions): Promise<Response> {
  const visitor = await admitted(c, operation.need, options);
  const role = visitor?.role ?? 'viewer';
  const actor = visitor?.name ?? 'nobody';
  const isLooking = operation.method === 'get';
  const pool = options.dbs.as[role];
  const db = isLooking ? pool : actingDb(pool, actor, 'api');
  // What the store and the schemas say is in English: programs read it, whoever they belong to.
  const visit = {
    visitor: visitor === undefined ? null : { userId: visitor.userId, name: actor, role },
    db,
    language: 'en',
    text: en,
    zone: 'UTC',
  } as const;
  return duringVisit(visit, async () => {
    const { params, query, body } = await checkedRequest(c, operation);
    const given = await operation.run({ c, params, query, body, db, actor, visitor });
    if (given === undefined || operation.answer === undefined) return c.body(null, 204);
    return written(c, operation, given.body, given);
  });
}

/** By its schema: nothing that it does not name leaves, and what does not fit it is a fault of ours. */
function written(
  c: Context,
  { method, answer }: AnyOperation,
  body: unknown,
  { status = 200, headers, revision }: { status?: 200 | 201 | 202; headers?: object; revision?: number },
): Response {
  const json = JSON.stringify(answer?.parse(body));
  const more: Record<string, string> = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...headers,
  };
  if (method === 'get' || revision !== undefined) more['ETag'] = etagOf(json, revision);
  // May be kept, but must be asked about each time.
  if (method === 'get') more['Cache-Control'] = 'private, no-cache';
  if (method === 'get' && isSame(c.req.header('if-none-match'), more['ETag'] ?? '')) {
    delete more['Content-Type'];
    return c.body(null, 304, more);
  }
  return c.body(json, status, more);
}

/** Who may do this; undefined: nobody in particular. Cookies count nowhere in the API, so no other site can use one. */
export async function admitted(
  c: Context,
  need: ApiNeed,
  { dbs, site }: SiteOptions,
): Promise<TokenVisitor | undefined> {
  const found = await visitorOfToken(dbs.own, site, c.req.header('authorization'));
  if (found.kind === 'refused')
    throw new ApiProblem(401, 'This token is unknown, has expired or was revoked, or its user is disabled.', {
      headers: { 'WWW-Authenticate': 'Bearer realm="netureon", error="invalid_token"' },
    });
  const visitor = found.kind === 'visitor' ? found.visitor : undefined;
  if (need === 'anyone') return visitor;
  if (visitor === undefined)
    throw new ApiProblem(
      401,
      'Send the header "Authorization: Bearer nt_…" with a token of the page API keys.',
      {
        headers: { 'WWW-Authenticate': 'Bearer realm="netureon"' },
      },
    );
  if (visitor.role !== null && ROLES.indexOf(visitor.role) >= ROLES.indexOf(need)) return visitor;
  throw new ApiProblem(403, `This needs a token with the scope ${SCOPES[need]}, and a user who is ${need}.`, {
    headers: {
      'WWW-Authenticate': `Bearer realm="netureon", error="insufficient_scope", scope="${SCOPES[need]}"`,
    },
  });
}

const SCOPES = { viewer: 'read', operator: 'write', admin: 'admin' } as const;
