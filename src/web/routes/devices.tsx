/** `/devices`, `/devices/:id` and what can be done there. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { changesOf, decideDevice, renameDevice } from '../../store/device-changes.ts';
import {
  DEVICE_SORTS,
  DEVICE_STATES,
  listDevices,
  PRESENCES,
  type DeviceQuery,
} from '../../store/site-devices.ts';
import { rootOf } from '../../store/device-merge.ts';
import { requestProfile } from '../../store/profile.ts';
import { listNetworks } from '../../store/site-status.ts';
import { readDevicePage } from '../device-page.ts';
import { checkBack, checkDecision, checkId, checkTexts } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { actor } from '../visit.ts';
import { answer, formOf } from '../reply.ts';
import { readTimeline } from '../timeline.ts';
import { DeviceLine } from '../views/device-row.tsx';
import { DeviceView, type DeviceData } from '../views/device.tsx';
import { Devices } from '../views/devices.tsx';
import { ChangeToast } from '../views/toast.tsx';
import { fullLabelOf } from '../words.ts';

const PAGE = 50;

export function deviceRoutes(options: SiteOptions): Hono {
  const { db, site } = options;

  const read = (id: number | undefined) => readDevicePage(options, id);

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
      const query = queryOf(c);
      const frame = await frameOf(c, options);
      const list = listDevices(db, site, query);
      const [page, networks, timeline] = await Promise.all([
        list,
        listNetworks(db, site),
        readTimeline(db, site, list, frame.now),
      ]);
      return c.html(<Devices frame={frame} data={{ query, page, networks, timeline }} />);
    })
    .get('/devices/:id', async c => {
      const data = await read(checkId(c.req.param('id')));
      // A bookmark or an old message: what it was is now part of another.
      if (data.device.mergedInto !== null)
        return c.redirect(`/devices/${await rootOf(db, site, data.device.id)}`);
      return c.html(<DeviceView frame={await frameOf(c, options)} data={data} />);
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
    })
    .post('/devices/:id/profile', async c => {
      const id = checkId(c.req.param('id'));
      const back = checkBack((await formOf(c)).get('back'));
      if (id === undefined || !(await requestProfile(db, site, id)))
        throw new HTTPException(404, { message: 'There is no such device.' });
      return c.redirect(back, 303);
    })
    .post('/devices/:id/rename', async c => {
      const id = checkId(c.req.param('id'));
      if (id === undefined) throw new HTTPException(404, { message: 'There is no such device.' });
      const form = await formOf(c);
      const checked = checkTexts(form);
      const back = checkBack(form.get('back'));
      /** The same page with what was typed, and why it was not taken. */
      const again = async (status: 409 | 422, refused: NonNullable<DeviceData['form']>) =>
        c.html(
          <DeviceView
            frame={frameAt(c, options, `/devices/${id}`)}
            data={{ ...(await read(id)), form: refused }}
          />,
          status,
        );
      if (!checked.ok) return again(422, checked);
      const outcome = await renameDevice(db, site, id, checked.texts, checked.revision, actor());
      if (outcome.kind === 'stale')
        return again(409, {
          values: { ...checked.texts },
          errors: {
            form: 'Somebody else changed this device meanwhile. Yours is below, not yet saved: save again to replace theirs.',
          },
        });
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

/** Unknown values are as good as none: an old bookmark still opens the list. */
function queryOf(c: Context): DeviceQuery {
  const state = c.req.query('state');
  const presence = c.req.query('presence');
  const sort = c.req.query('sort');
  return {
    text: (c.req.query('q') ?? '').replaceAll('\0', '').slice(0, 200).trim(),
    state: DEVICE_STATES.find(known => known === state) ?? null,
    presence: PRESENCES.find(known => known === presence) ?? null,
    network: checkId(c.req.query('network')) ?? null,
    sort: DEVICE_SORTS.find(known => known === sort) ?? 'address',
    limit: PAGE,
    after: c.req.query('after') ?? null,
  };
}
