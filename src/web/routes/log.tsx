/** `/changes/:id/undo`: the way back from every decision about a device. */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { undoChange } from '../../store/device-changes.ts';
import { checkBack, checkId } from '../forms.ts';
import type { SiteOptions } from '../options.ts';
import { actor, text } from '../visit.ts';
import { answer, formOf } from '../reply.ts';

export function logRoutes(options: SiteOptions): Hono {
  const { db, site } = options;
  return new Hono().post('/changes/:id/undo', async c => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: text().told.problem.noChange });
    const back = checkBack((await formOf(c)).get('back'));
    const outcome = await undoChange(db, site, id, actor());
    return answer(c, outcome, back, { changed: 'change', missing: text().told.problem.noChange, stale: id });
  });
}
