/** `/alerts` and `/scans`: what was told, and what was looked at; and the buttons on them. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { acknowledgeAlert, undoChange } from '../../store/device-changes.ts';
import { listAlerts } from '../../store/site-alerts.ts';
import { listScans } from '../../store/site-scans.ts';
import { countChannels } from '../../store/site-status.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameOf } from '../frame.tsx';
import { ACTOR, type SiteOptions } from '../options.ts';
import { answer, formOf } from '../reply.ts';
import { Alerts } from '../views/alerts.tsx';
import { Scans } from '../views/scans.tsx';

const PAGE = { alerts: 30, scans: 60 } as const;

export function logRoutes(options: SiteOptions): Hono {
  const { db, site } = options;

  const acknowledge = async (c: Context, acknowledged: boolean) => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: 'There is no such alert.' });
    const back = checkBack((await formOf(c)).get('back'));
    const outcome = await acknowledgeAlert(db, site, id, acknowledged, ACTOR);
    return answer(c, outcome, back, {
      changed: acknowledged ? 'acknowledged' : 'reopened',
      missing: 'There is no such alert.',
    });
  };

  return new Hono()
    .get('/alerts', async c => {
      const status = c.req.query('show') === 'all' ? 'all' : 'open';
      const before = checkId(c.req.query('before')) ?? null;
      const [{ rows, next }, channels] = await Promise.all([
        listAlerts(db, site, { status, before, limit: PAGE.alerts }),
        countChannels(db, site),
      ]);
      return c.html(
        <Alerts frame={await frameOf(c, options)} data={{ status, alerts: rows, next, channels }} />,
      );
    })
    .post('/alerts/:id/acknowledge', c => acknowledge(c, true))
    .post('/alerts/:id/reopen', c => acknowledge(c, false))
    .get('/scans', async c => {
      const asked = c.req.query('show');
      const show = asked === 'changes' || asked === 'problems' ? asked : 'all';
      const before = checkId(c.req.query('before')) ?? null;
      const { rows, next } = await listScans(db, site, { show, before, limit: PAGE.scans });
      return c.html(<Scans frame={await frameOf(c, options)} data={{ show, scans: rows, next }} />);
    })
    .post('/changes/:id/undo', async c => {
      const id = checkId(c.req.param('id'));
      if (id === undefined) throw new HTTPException(404, { message: 'There is no such change.' });
      const back = checkBack((await formOf(c)).get('back'));
      const outcome = await undoChange(db, site, id, ACTOR);
      return answer(c, outcome, back, { changed: 'change', missing: 'There is no such change.', stale: id });
    });
}
