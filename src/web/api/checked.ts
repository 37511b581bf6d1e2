/** From a request to what an operation is handed: path, query and body by their schemas, or a problem that says what is wrong. */
import type { Context } from 'hono';
import type { z } from 'zod';
import { codeOf } from '../../lib/errors.ts';
import type { AnyOperation } from './operation.ts';
import { ApiProblem, type FieldProblem } from './problem.ts';

/** Notes of 20,000 characters in any notation of JSON, and a rule that names many devices. */
const MOST_BYTES = 256 * 1024;
/** RFC 7396 is how PATCH is meant here: what is left out stays. */
const JSON_TYPE = /^application\/(?:merge-patch\+)?json[\t ]*(?:;|$)/i;

export async function checkedRequest(
  c: Context,
  { params, query, body }: AnyOperation,
): Promise<{ params: unknown; query: unknown; body: unknown }> {
  // A path that names nothing is the same as one whose thing is not there.
  const inPath = params?.safeParse(c.req.param());
  if (inPath?.success === false) throw new ApiProblem(404, 'There is nothing at this address.');
  const inQuery = query?.safeParse(queryOf(c));
  if (inQuery?.success === false)
    throw new ApiProblem(400, 'The query of the address is not valid.', {
      errors: errorsOf('query', inQuery.error),
    });
  const inBody = body?.safeParse(await jsonOf(c));
  if (inBody?.success === false)
    throw new ApiProblem(422, 'What was sent is not valid. Nothing was changed.', {
      errors: errorsOf('body', inBody.error),
    });
  return { params: inPath?.data, query: inQuery?.data, body: inBody?.data };
}

/** Repeated parameters are lists. */
function queryOf(c: Context): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? (values[0] ?? '') : values,
    ]),
  );
}

async function jsonOf(c: Context): Promise<unknown> {
  if (!JSON_TYPE.test(c.req.header('content-type') ?? ''))
    throw new ApiProblem(415, 'Send JSON, with Content-Type: application/json.', {
      headers: { Accept: 'application/json' },
    });
  const bytes = await bodyOf(c, MOST_BYTES);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ApiProblem(400, 'What was sent is not JSON. Nothing was changed.');
  }
}

/** The whole body, but no more than that. */
export async function bodyOf(c: Context, most: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new ApiProblem(
      413,
      `At most ${Math.round(most / 1024).toLocaleString('en-US')} KB are taken here. Nothing was changed.`,
    );
  if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    const reader = c.req.raw.body?.getReader();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      size += part.value.byteLength;
      if (size > most) {
        // The rest is not read: the answer comes at once, and the connection ends with it.
        await reader?.cancel();
        throw tooLarge();
      }
      parts.push(part.value);
    }
  } catch (cause) {
    if (codeOf(cause) !== 'ECONNRESET') throw cause;
    throw new ApiProblem(400, 'This did not arrive whole. Nothing was changed.');
  }
  return Buffer.concat(parts);
}

export function errorsOf(where: FieldProblem['in'], error: z.ZodError): FieldProblem[] {
  return error.issues.slice(0, 50).map(({ path, message }) => ({
    in: where,
    field: path.map(String).join('.').slice(0, 200),
    detail: message.slice(0, 500),
  }));
}
