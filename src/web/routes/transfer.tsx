/** `/export`: the list of devices as a file; `/import`: a file shown, applied, and taken back. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { exportedDevices, fileOf, FILE_FORMATS } from '../../store/device-file.ts';
import { applyImport, listImports, undoImport } from '../../store/imports.ts';
import { fileResponse } from '../file-response.ts';
import { checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import { decoded, readFile } from '../import-file.ts';
import { planImport } from '../import-plan.ts';
import type { SiteOptions } from '../options.ts';
import { parseDeviceQuery } from '../schema/device-query.ts';
import { actor, currentVisit, text } from '../visit.ts';
import { Import, type ImportData } from '../views/import.tsx';

const PAGE = 50;
const IMPORTS = 10;

export function transferRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;

  const page = async (c: Context, data: Omit<ImportData, 'imports'>, status: 200 | 409 | 422 = 200) =>
    c.html(
      <Import
        frame={c.req.method === 'GET' ? await frameOf(c, options) : frameAt(c, options, '/import')}
        data={{ ...data, imports: await listImports(db, site, IMPORTS) }}
      />,
      status,
    );

  const receive = async (c: Context) => {
    const { content, make, seen } = await sentFile(c);
    const words = text().transfer;
    if (content.trim() === '') return page(c, { content: '', make, error: words.file_problems.none }, 422);
    const read = readFile(content, /^\s*[[{]/.test(content.replace(/^\uFEFF/, '')) ? 'json' : 'csv');
    if ('problem' in read) {
      const problem = words.file_problems[read.problem];
      const error = read.line === null ? problem : words.file_problems.at(read.line, problem);
      return page(c, { content, make, error }, 422);
    }
    const plan = await planImport(db, site, read.lines, make);
    const shown = { content, make, plan, ignored: read.ignored };
    if (seen === null) return page(c, shown);
    if (plan.counts.wrong > 0) return page(c, shown, 422);
    if (seen !== plan.proof) return page(c, { ...shown, note: words.changedMeanwhile }, 409);
    if (plan.apply.length === 0) return page(c, shown);
    const outcome = await applyImport(db, site, plan.apply, actor());
    if (outcome.kind === 'refused') return page(c, { ...shown, note: outcome.why }, 422);
    if (outcome.kind !== 'changed') return page(c, { ...shown, note: words.changedMeanwhile }, 409);
    return c.redirect('/import?done=applied', 303);
  };

  return new Hono()
    .get('/export', c => {
      const url = new URL(c.req.url);
      const asked = url.searchParams.get('format') ?? 'csv';
      const format = FILE_FORMATS.find(one => one === asked);
      const { query, bad } = parseDeviceQuery(url.searchParams, PAGE);
      if (format === undefined || bad.length > 0)
        throw new HTTPException(400, { message: text().audit.badChoice });
      // The file is made after this request has answered: what it reads with is taken along.
      const own = currentVisit()?.db ?? db;
      const at = clock.now();
      const name = `netureon-devices-${at.toISOString().slice(0, 10)}`;
      return fileResponse(c, format, name, fileOf(format, site, at, exportedDevices(own, site, query)));
    })
    .get('/import', c => {
      const done = c.req.query('done');
      const { applied, takenBack, stale } = text().transfer.done;
      const note = { applied, 'taken-back': takenBack, stale }[done ?? ''];
      return page(c, { content: '', make: false, ...(note === undefined ? {} : { note }) });
    })
    .post('/import', receive)
    .post('/imports/:id/undo', async c => {
      const id = checkId(c.req.param('id'));
      const outcome = id === undefined ? undefined : await undoImport(db, site, id, actor());
      if (outcome === undefined || outcome.kind === 'missing')
        throw new HTTPException(404, { message: text().keys.missing });
      return c.redirect(`/import?done=${outcome.kind === 'changed' ? 'taken-back' : 'stale'}`, 303);
    });
}

/** The file, or the text that was pasted. `seen`: names the plan that the person decided to apply. */
async function sentFile(c: Context): Promise<{ content: string; make: boolean; seen: string | null }> {
  let form;
  try {
    form = await c.req.formData();
  } catch (cause) {
    throw new HTTPException(400, { message: text().transfer.file_problems.notAFile, cause });
  }
  const file = form.get('file');
  const pasted = form.get('text');
  const make = form.get('make') === 'yes';
  const proof = form.get('seen');
  const seen = form.get('step') === 'apply' ? (typeof proof === 'string' ? proof : '') : null;
  if (typeof file === 'object' && file !== null && file.size > 0)
    return { content: decoded(new Uint8Array(await file.arrayBuffer())), make, seen };
  return { content: typeof pasted === 'string' ? pasted : '', make, seen };
}
