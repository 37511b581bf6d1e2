/** Files of devices: out as CSV or JSON, in with a report for each line, and taking an import back. */
import { z, type OpenAPIHono } from '@hono/zod-openapi';
import { Hono, type Context } from 'hono';
import { exportedDevices, fileOf, type FileFormat } from '../../store/device-file.ts';
import { applyImport, undoImport } from '../../store/imports.ts';
import { actingDb } from '../dbs.ts';
import { fileResponse } from '../file-response.ts';
import { decoded, readFile } from '../import-file.ts';
import { planImport, type Plan } from '../import-plan.ts';
import type { SiteOptions } from '../options.ts';
import { answer, Changed, idParams, yesNoText } from '../schema/api.ts';
import { DeviceListQuery } from '../schema/api-devices.ts';
import { en } from '../text/en.ts';
import { duringVisit } from '../visit.ts';
import { bodyOf, errorsOf } from './checked.ts';
import { deviceQueryOf } from './device-query.ts';
import { problemResponses } from './document.ts';
import { addressOf, admitted, answering, notThatWay } from './mount.ts';
import { changeOf } from './outcome.ts';
import { ApiProblem, type FieldProblem } from './problem.ts';

/** Of a file that is imported. */
const MOST_FILE = 5 * 1024 * 1024;

const ExportQuery = DeviceListQuery.omit({ limit: true, cursor: true }).extend({
  format: z.enum(['csv', 'json']).default('json'),
});
const ImportQuery = z.object({
  dryRun: yesNoText.default(true).openapi({ description: 'true unless given: nothing is changed.' }),
  create: yesNoText.default(false).openapi({ description: 'Make devices for MACs that are not known yet.' }),
});

const Field = z.enum(['device', 'mac', 'macs', 'name', 'owner', 'notes', 'state', 'kind', 'watched']);
const Report = answer('ImportReport', {
  import: z.int().nullable(),
  counts: answer('ImportCounts', {
    change: z.int(),
    make: z.int(),
    same: z.int(),
    unknown: z.int(),
    wrong: z.int(),
  }),
  ignored: z.array(z.string()),
  lines: z.array(
    answer('ImportLine', {
      line: z.int(),
      verdict: z.enum(['change', 'make', 'same', 'unknown', 'wrong']),
      device: z.int().nullable(),
      label: z.string(),
      changes: z.array(answer('ImportChange', { field: Field, from: z.string(), to: z.string() })),
      problems: z.array(answer('ImportProblem', { field: Field, problem: z.string() })),
    }),
  ),
});

export function transferRoutes(options: SiteOptions): Hono {
  const { dbs, site, clock } = options;

  const exportAll = async (c: Context) => {
    const visitor = await admitted(c, 'viewer', options);
    const query = ExportQuery.safeParse(
      Object.fromEntries(
        Object.entries(c.req.queries()).map(([name, values]) => [
          name,
          values.length === 1 ? values[0] : values,
        ]),
      ),
    );
    if (!query.success)
      throw new ApiProblem(400, 'The query of the address is not valid.', {
        errors: errorsOf('query', query.error),
      });
    const { format, ...filter } = query.data;
    const db = dbs.as[visitor?.role ?? 'viewer'];
    const pages = exportedDevices(db, site, deviceQueryOf({ ...filter, limit: 1 }));
    const at = clock.now();
    return fileResponse(
      c,
      format,
      `netureon-devices-${at.toISOString().slice(0, 10)}`,
      fileOf(format, site, at, pages),
    );
  };

  const importFile = async (c: Context) => {
    const visitor = await admitted(c, 'operator', options);
    const query = ImportQuery.safeParse(c.req.query());
    if (!query.success)
      throw new ApiProblem(400, 'The query of the address is not valid.', {
        errors: errorsOf('query', query.error),
      });
    const format = formatOf(c);
    const read = readFile(decoded(await bodyOf(c, MOST_FILE)), format);
    if ('problem' in read) {
      const problem = en.transfer.file_problems[read.problem];
      throw new ApiProblem(
        422,
        read.line === null ? problem : en.transfer.file_problems.at(read.line, problem),
      );
    }
    const role = visitor?.role ?? 'viewer';
    const actor = visitor?.name ?? '';
    const db = actingDb(dbs.as[role], actor, 'api');
    const visit = { visitor: null, db, language: 'en', text: en, zone: 'UTC' } as const;
    return duringVisit(visit, async () => {
      const plan = await planImport(dbs.as[role], site, read.lines, query.data.create);
      const report = { counts: plan.counts, ignored: read.ignored, lines: plan.lines };
      if (query.data.dryRun) return c.json({ import: null, ...report });
      if (plan.counts.wrong > 0)
        throw new ApiProblem(422, 'Lines of this file are wrong. Nothing was changed.', {
          errors: wrongOf(plan),
        });
      if (plan.apply.length === 0) return c.json({ import: null, ...report });
      const done = changeOf(await applyImport(db, site, plan.apply, actor), 'a device of the file');
      return c.json({ import: done, ...report });
    });
  };

  const undo = async (c: Context) => {
    const visitor = await admitted(c, 'operator', options);
    const params = idParams.safeParse(c.req.param());
    if (!params.success || visitor?.role == null) throw new ApiProblem(404, 'There is no such import.');
    const db = actingDb(dbs.as[visitor.role], visitor.name, 'api');
    const outcome = await undoImport(db, site, params.data.id, visitor.name);
    if (outcome.kind === 'stale') throw new ApiProblem(409, en.transfer.done.stale);
    return c.json({ change: changeOf(outcome, 'the import') });
  };

  return new Hono()
    .get(addressOf('/devices/export'), c => answering(c, options, () => exportAll(c)))
    .all(addressOf('/devices/export'), c => notThatWay(c, ['GET', 'HEAD']))
    .post(addressOf('/devices/import'), c => answering(c, options, () => importFile(c)))
    .all(addressOf('/devices/import'), c => notThatWay(c, ['POST']))
    .post(addressOf('/imports/{id}/undo'), c => answering(c, options, () => undo(c)))
    .all(addressOf('/imports/{id}/undo'), c => notThatWay(c, ['POST']));
}

function formatOf(c: Context): FileFormat {
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'text/csv') return 'csv';
  if (type === 'application/json') return 'json';
  throw new ApiProblem(415, 'Send the file with Content-Type: text/csv or application/json.', {
    headers: { Accept: 'text/csv, application/json' },
  });
}

/** The first of them; a file may be wrong in each line. */
function wrongOf(plan: Plan): FieldProblem[] {
  return plan.lines
    .flatMap(({ line, problems }) =>
      problems.map(({ field, problem }) => ({
        in: 'body' as const,
        field: `${line}.${field}`,
        detail: problem,
      })),
    )
    .slice(0, 100);
}

export function documentTransfer(registry: OpenAPIHono['openAPIRegistry']): void {
  const file = { 'text/csv': { schema: z.string() }, 'application/json': { schema: z.unknown() } };
  registry.registerPath({
    method: 'get',
    path: '/devices/export',
    operationId: 'exportDevices',
    tags: ['Devices'],
    summary: 'All devices that match, as a file',
    description: 'The columns of `netureon export --devices`; what is exported can be imported. Scope: read.',
    request: { query: ExportQuery },
    responses: {
      200: { description: 'The file', content: file },
      ...problemResponses([400, 401, 403, 500, 503]),
    },
  });
  registry.registerPath({
    method: 'post',
    path: '/devices/import',
    operationId: 'importDevices',
    tags: ['Devices'],
    summary: 'What a file says of many devices: first shown, then applied as a whole',
    description:
      'CSV or JSON, at most 5 MB and 20,000 lines. With `dryRun=false` it is applied in one transaction, unless a line is wrong (422). Scope: write.',
    request: { query: ImportQuery, body: { required: true, content: file } },
    responses: {
      200: { description: 'The report', content: { 'application/json': { schema: Report } } },
      ...problemResponses([400, 401, 403, 409, 413, 415, 422, 500, 503]),
    },
  });
  registry.registerPath({
    method: 'post',
    path: '/imports/{id}/undo',
    operationId: 'undoImport',
    tags: ['Devices'],
    summary: 'Take an import back, all of it',
    description: 'Refused with 409 where something newer changed one of its devices. Scope: write.',
    request: { params: idParams },
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: Changed } } },
      ...problemResponses([401, 403, 404, 409, 500, 503]),
    },
  });
}
