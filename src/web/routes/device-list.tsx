/** `/devices`: the list, and deciding about a device. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { changesOf, decideDevice } from '../../store/device-changes.ts';
import { listDevices, type DeviceQuery } from '../../store/site-devices.ts';
import { listNetworks } from '../../store/site-status.ts';
import { checkBack, checkDecision, checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { parseDeviceQuery } from '../schema/device-query.ts';
import { actor } from '../visit.ts';
import { answer, formOf } from '../reply.ts';
import { readTimeline } from '../timeline.ts';
import { DeviceLine } from '../views/device-row.tsx';
import { Devices } from '../views/devices.tsx';
import { ChangeToast } from '../views/toast.tsx';
import { fullLabelOf } from '../words.ts';

const PAGE = 50;

export function deviceListRoutes(options: SiteOptions): Hono {
  const { db, site } = options;

  /** The row of a list that was decided about, in its place, and the toast. */
  const decidedRow = async (c: Context, id: number, change: number, back: string) => {
    const frame = frameAt(c, options, back);
    const query = { ...PLAIN, device: id };
    const list = listDevices(db, site, query);
    const [page, changes, timeline] = await Promise.all([
      list,
      changesOf(db, site, id, 1),
      readTimeline(db, site, list, frame.now),
    ]);
    const row = page.rows[0];
    const made = changes.find(candidate => candidate.id === change);
    if (row === undefined || made === undefined) return c.redirect(back, 303);
    return c.html(
      <>
        <DeviceLine device={row} timeline={timeline} now={frame.now} back={back} deciding />
        <div id="toasts" role="status" aria-live="polite" hx-swap-oob="true">
          <ChangeToast change={made} label={fullLabelOf(row)} back={back} />
        </div>
      </>,
    );
  };

  return new Hono()
    .get('/devices', async c => {
      const { query, bad } = parseDeviceQuery(new URL(c.req.url).searchParams, PAGE);
      const frame = await frameOf(c, options);
      const list = listDevices(db, site, query);
      const [page, networks, timeline] = await Promise.all([
        list,
        listNetworks(db, site),
        readTimeline(db, site, list, frame.now),
      ]);
      return c.html(
        <Devices frame={frame} data={{ query, page, networks, timeline }} />,
        bad.length > 0 ? 400 : 200,
      );
    })
    .post('/devices/:id/decide', async c => {
      const id = checkId(c.req.param('id'));
      const form = await formOf(c);
      const decision = checkDecision(form);
      if (id === undefined) throw new HTTPException(404, { message: 'There is no such device.' });
      if (decision === undefined)
        throw new HTTPException(400, {
          message: 'A device can be accepted, ignored or blocked. Nothing was changed.',
        });
      const outcome = await decideDevice(db, site, id, decision, actor());
      const back = checkBack(form.get('back'));
      if (outcome.kind === 'changed' && c.req.header('hx-target') === `tr#device-${id}`)
        return decidedRow(c, id, outcome.change, back);
      return answer(c, outcome, back, { changed: 'change', missing: 'There is no such device.' });
    });
}

const PLAIN: DeviceQuery = {
  text: '',
  state: null,
  presence: null,
  network: null,
  sort: 'address',
  limit: PAGE,
  after: null,
};
