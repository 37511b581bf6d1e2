/** `/devices`: the list, deciding about one device of it, and saved lists. */
import { Hono, type Context } from 'hono';
import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { changesOf, decideDevice } from '../../store/device-changes.ts';
import { removeView, saveView } from '../../store/saved-views.ts';
import { listDevices, type DeviceQuery } from '../../store/site-devices.ts';
import { actingDb } from '../dbs.ts';
import { createDeviceLists } from '../device-list.ts';
import { checkBack, checkDecision, checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import { createKept } from '../kept.ts';
import type { SiteOptions } from '../options.ts';
import { answer, formOf, told } from '../reply.ts';
import { ViewForm } from '../schema/bulk.ts';
import { readTimeline } from '../timeline.ts';
import { DeviceLine } from '../views/device-row.tsx';
import { DeviceResults, Devices } from '../views/devices.tsx';
import type { ViewTyped } from '../views/saved-views.tsx';
import { ChangeToast } from '../views/toast.tsx';
import { actor, currentVisit, text } from '../visit.ts';
import { fullLabelOf } from '../words.ts';

export function deviceListRoutes(options: SiteOptions): Hono {
  const { db, dbs, site } = options;
  /** One's own lists are kept with the site's own rights, which know who asks; everybody's with the visitor's. */
  const keeper = (user: number | null) => (user === null ? db : actingDb(dbs.own, actor(), 'site'));
  const lists = createDeviceLists(options);
  /** A crowd on one list costs one drawing. */
  const drawn = createKept<string>(30);

  /** The row of a list that was decided about, in its place, and the toast. */
  const decidedRow = async (c: Context, id: number, change: number, back: string) => {
    const frame = frameAt(c, options, back);
    const list = listDevices(db, site, { ...PLAIN, device: id });
    const [page, changes, timeline, whole] = await Promise.all([
      list,
      changesOf(db, site, id, 1),
      readTimeline(db, site, list, frame.now),
      lists.read(new URL(back, 'http://site.invalid').searchParams),
    ]);
    const row = page.rows[0];
    const made = changes.find(candidate => candidate.id === change);
    if (row === undefined || made === undefined) return c.redirect(back, 303);
    const isList = back === '/devices' || back.startsWith('/devices?');
    return c.html(
      <>
        <DeviceLine
          device={row}
          timeline={timeline}
          now={frame.now}
          back={back}
          deciding
          {...(isList ? { columns: whole.columns, pick: { form: 'bulk', checked: false } } : {})}
        />
        <div id="toasts" role="status" aria-live="polite" hx-swap-oob="true">
          <ChangeToast change={made} label={fullLabelOf(row)} back={back} />
        </div>
      </>,
    );
  };

  return new Hono()
    .get('/devices', async c => {
      const frame = await frameOf(c, options);
      const data = await lists.read(new URL(c.req.url).searchParams);
      const results = await drawn.get(
        JSON.stringify([data.shared, data.page.total, ...viewpoint()]),
        async () => String(await html`${(<DeviceResults frame={frame} data={data} />)}`),
      );
      return c.html(<Devices frame={frame} data={data} results={results} />, data.bad.length > 0 ? 400 : 200);
    })
    .post('/devices/:id/decide', async c => {
      const id = checkId(c.req.param('id'));
      const form = await formOf(c);
      const decision = checkDecision(form);
      if (id === undefined) throw new HTTPException(404, { message: text().device.missing });
      if (decision === undefined)
        throw new HTTPException(400, {
          message: text().device.form.noDecision,
        });
      const outcome = await decideDevice(db, site, id, decision, actor());
      const back = checkBack(form.get('back'));
      if (outcome.kind === 'changed' && c.req.header('hx-target') === `tr#device-${id}`)
        return decidedRow(c, id, outcome.change, back);
      return answer(c, outcome, back, { changed: 'change', missing: text().device.missing });
    })
    .post('/devices/views', async c => {
      const form = await formOf(c);
      const address = `/devices?${listOf(form)}`;
      const back = checkBack(address);
      const checked = ViewForm.safeParse({
        name: form.get('name') ?? '',
        shared: form.get('shared') === 'yes' ? 'yes' : undefined,
      });
      const again = async (error: string) => {
        const view: ViewTyped = {
          name: form.get('name') ?? '',
          shared: form.get('shared') === 'yes',
          error,
        };
        const data = await lists.read(new URLSearchParams(listOf(form)));
        return c.html(<Devices frame={frameAt(c, options, back)} data={{ ...data, view }} />, 422);
      };
      if (!checked.success) return again(text().devices.views.badName);
      const user = checked.data.shared === 'yes' ? null : (currentVisit()?.visitor?.userId ?? undefined);
      if (user === undefined) return again(text().devices.views.nobody);
      const view = { name: checked.data.name, query: listOf(form) };
      const outcome = await saveView(keeper(user), site, user, view, actor());
      if (outcome.kind === 'refused') return again(text().devices.views.tooMany);
      return told(c, back === '/devices?' ? '/devices' : back, 'view-saved.1');
    })
    .post('/devices/views/:id/remove', async c => {
      const id = checkId(c.req.param('id'));
      const form = await formOf(c);
      const user = form.get('shared') === 'yes' ? null : (currentVisit()?.visitor?.userId ?? undefined);
      if (id === undefined || user === undefined || !(await removeView(keeper(user), site, user, id)))
        throw new HTTPException(404, { message: text().devices.views.missing });
      return told(c, checkBack(form.get('back')), 'view-removed.1');
    });
}

/** What makes the same rows look different. */
function viewpoint(): readonly (string | undefined)[] {
  const visit = currentVisit();
  return [visit?.visitor?.role, visit?.language, visit?.zone];
}

/** As the address of the list has it; what is no part of one falls away when it is opened. */
function listOf(form: URLSearchParams): string {
  const params = new URLSearchParams((form.get('list') ?? '').slice(0, 4000));
  params.delete('toast');
  params.delete('after');
  return params.toString().slice(0, 4000);
}

const PLAIN: DeviceQuery = {
  text: '',
  state: null,
  presence: null,
  network: null,
  sort: 'address',
  limit: 1,
  after: null,
};
