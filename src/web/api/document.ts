/** The document (OpenAPI 3.1) of the operations: made of the very schemas by which requests are checked and answers written. */
import { OpenAPIHono, z, type RouteConfig } from '@hono/zod-openapi';
import { answer } from '../schema/api.ts';
import { BASE } from './mount.ts';
import type { AnyOperation } from './operation.ts';
import { TITLES, type ProblemStatus } from './problem.ts';

const Problem = answer('Problem', {
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z
    .array(
      answer('FieldProblem', {
        in: z.enum(['body', 'query', 'path']),
        field: z.string(),
        detail: z.string(),
      }),
    )
    .optional(),
  id: z.string().optional(),
});

type Extra = (registry: OpenAPIHono['openAPIRegistry']) => void;

/** @param extra registers what is no operation with JSON on both sides */
export function documentOf(
  operations: readonly AnyOperation[],
  version: string,
  server: string,
  extra: Extra,
): object {
  const app = new OpenAPIHono();
  const registry = app.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'nt_…',
    description:
      'A token of the page API keys. Scopes: read looks, write decides about devices and alerts, admin does the rest; never more than the user may.',
  });
  for (const operation of operations) registry.registerPath(routeOf(operation));
  extra(registry);
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'netureon',
      version,
      description:
        'Which devices are on the network, what happened, and what people decided. See docs/API.md.',
    },
    servers: [{ url: server }],
    security: [{ token: [] }],
  });
}

function routeOf(operation: AnyOperation): RouteConfig {
  const { method, path, params, query, body, answer: given, need } = operation;
  const success = given === undefined ? 204 : (operation.status ?? 200);
  return {
    method,
    path,
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: [operation.description, need === 'anyone' ? undefined : `Scope: ${SCOPES[need]}.`]
      .filter(text => text !== undefined)
      .join(' '),
    ...(need === 'anyone' ? { security: [] } : {}),
    request: {
      ...(params instanceof z.ZodObject ? { params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(body === undefined
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [success]:
        given === undefined
          ? { description: 'Done' }
          : {
              description: 'Done',
              content: { 'application/json': { schema: given } },
              ...(method === 'get' ? { headers: { ETag: { schema: { type: 'string' } } } } : {}),
            },
      ...(method === 'get' ? { 304: { description: 'As the ETag in If-None-Match' } } : {}),
      ...problemResponses(problemsOf(operation)),
    },
  };
}

const SCOPES = { viewer: 'read', operator: 'write', admin: 'admin' } as const;

function problemsOf({ params, query, body, need, problems = [] }: AnyOperation): ProblemStatus[] {
  return [
    ...(query === undefined && body === undefined ? [] : [400 as const]),
    ...(need === 'anyone' ? [] : [401 as const, 403 as const]),
    ...(params === undefined && body === undefined ? [] : [404 as const]),
    ...(body === undefined ? [] : [413 as const, 415 as const, 422 as const]),
    ...problems,
    500,
    503,
  ];
}

export function problemResponses(statuses: readonly ProblemStatus[]) {
  return Object.fromEntries(
    statuses.map(status => [
      status,
      { description: TITLES[status], content: { 'application/problem+json': { schema: Problem } } },
    ]),
  );
}

/** Where the paths of the document begin. */
export function serverOf(publicUrl: string | undefined): string {
  return `${publicUrl?.replace(/\/$/, '') ?? ''}${BASE}`;
}
