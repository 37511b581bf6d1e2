/** `/scans`: what was looked at; and `/changes/:id/undo`, the way back from every decision. */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { undoChange } from '../../store/device-changes.ts';
import { listScans } from '../../store/site-scans.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { actor } from '../visit.ts';
import { answer, formOf } from '../reply.ts';
import { Scans } from '../views/scans.tsx';

const PAGE = 60;

export function logRoutes(options: SiteOptions): Hono {
  const { db, site } = options;
  return new Hono()
    .get('/scans', async c => {
      const asked = c.req.query('show');
      const show = asked === 'changes' || asked === 'problems' ? asked : 'all';
      const before = checkId(c.req.query('before')) ?? null;
      const { rows, next } = await listScans(db, site, { show, before, limit: PAGE });
      return c.html(<Scans frame={await frameOf(c, options)} data={{ show, scans: rows, next }} />);
    })
    .post('/changes/:id/undo', async c => {
      const id = checkId(c.req.param('id'));
      if (id === undefined) throw new HTTPException(404, { message: 'There is no such change.' });
      const back = checkBack((await formOf(c)).get('back'));
      const outcome = await undoChange(db, site, id, actor());
      return answer(c, outcome, back, { changed: 'change', missing: 'There is no such change.', stale: id });
    });
}
