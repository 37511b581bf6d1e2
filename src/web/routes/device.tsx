/** `/devices/:id`: one device's page, what people call it, and what they do to it there. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { renameDevice, type DeviceTexts } from '../../store/device-changes.ts';
import { notesVersion } from '../../store/device-lists.ts';
import { rootOf } from '../../store/device-merge.ts';
import { mute } from '../../store/mutes.ts';
import { requestProfile } from '../../store/profile.ts';
import { deviceOrMissing, readDevicePage } from '../device-page.ts';
import { wakeDevice } from '../device-wake.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import { checkMuteChoice, muteUntil } from '../mute-until.ts';
import type { SiteOptions } from '../options.ts';
import { answer, formOf } from '../reply.ts';
import { complaintsOf, deviceTexts, revision } from '../schema/device.ts';
import { readRange } from '../schema/device-range.ts';
import { zone } from '../times.ts';
import type { EditForm } from '../views/device-edit.tsx';
import { PresencePanel } from '../views/device-presence.tsx';
import { DeviceView } from '../views/device.tsx';
import { actor, text } from '../visit.ts';

/** Of what was typed nothing longer is sent back. */
const MOST_TYPED = 40_000;

export function devicePageRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;

  const idOf = (c: Context): number => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: text().device.missing });
    return id;
  };
  /** The page with what was typed, and why it was not taken. */
  const again = async (c: Context, id: number, status: 409 | 422, form: EditForm) =>
    c.html(
      <DeviceView
        frame={frameAt(c, options, `/devices/${id}`)}
        data={{ ...(await readDevicePage(options, id)), form }}
      />,
      status,
    );
  const save = async (c: Context, id: number, texts: DeviceTexts, typedRevision: string, back: string) => {
    const seen = revision.safeParse(typedRevision);
    // Without it nobody could say whether somebody else was faster.
    if (!seen.success)
      return again(c, id, 422, { values: texts, errors: { form: text().device.form.notNumber } });
    const outcome = await renameDevice(db, site, id, texts, seen.data, actor());
    if (outcome.kind === 'stale') return again(c, id, 409, { values: texts, errors: {}, isStale: true });
    return answer(c, outcome, back, { changed: 'change', missing: text().device.missing });
  };

  return new Hono()
    .get('/devices/:id', async c => {
      const range = readRange(name => c.req.query(name), clock.now(), zone());
      const data = await readDevicePage(options, checkId(c.req.param('id')), range);
      // A bookmark or an old message: what it was is now part of another.
      if (data.device.mergedInto !== null)
        return c.redirect(`/devices/${await rootOf(db, site, data.device.id)}`);
      const status = range.error === undefined ? 200 : 400;
      if (c.req.header('hx-target') === 'section#device-presence')
        return c.html(<PresencePanel device={data.device.id} chart={data.chart} now={clock.now()} />, status);
      return c.html(<DeviceView frame={await frameOf(c, options)} data={data} />, status);
    })
    .post('/devices/:id/profile', async c => {
      const id = checkId(c.req.param('id'));
      const back = checkBack((await formOf(c)).get('back'));
      if (id === undefined || !(await requestProfile(db, site, id)))
        throw new HTTPException(404, { message: text().device.missing });
      return c.redirect(back, 303);
    })
    .post('/devices/:id/rename', async c => {
      const id = idOf(c);
      const form = await formOf(c);
      const typed = (field: string) => (form.get(field) ?? '').slice(0, MOST_TYPED);
      const values = { name: typed('name'), owner: typed('owner'), notes: typed('notes') };
      const checked = deviceTexts.safeParse(values);
      if (!checked.success) return again(c, id, 422, { values, errors: complaintsOf(checked.error) });
      return save(c, id, checked.data, form.get('revision') ?? '', checkBack(form.get('back')));
    })
    .post('/devices/:id/notes/restore', async c => {
      const id = idOf(c);
      const form = await formOf(c);
      const device = await deviceOrMissing(options, id);
      const notes = await notesVersion(db, site, id, form.get('version') ?? '');
      if (notes === undefined) throw new HTTPException(404, { message: text().device.history.noVersion });
      const texts = { name: device.name ?? '', owner: device.owner ?? '', notes };
      return save(c, id, texts, form.get('revision') ?? '', checkBack(form.get('back')));
    })
    .post('/devices/:id/mute', async c => {
      const id = idOf(c);
      const form = await formOf(c);
      const choice = checkMuteChoice(form.get('for'));
      if (choice === undefined) throw new HTTPException(400, { message: text().device.head.noMuteTime });
      await deviceOrMissing(options, id);
      const until = muteUntil(choice, clock.now(), zone());
      const outcome = await mute(db, site, { deviceId: id, until, actor: actor() });
      return answer(c, outcome, checkBack(form.get('back')), {
        changed: 'muted',
        missing: text().device.missing,
      });
    })
    .post('/devices/:id/wake', async c => {
      const id = idOf(c);
      const back = checkBack((await formOf(c)).get('back'));
      await deviceOrMissing(options, id);
      const refused = await wakeDevice(options, id);
      if (refused !== undefined) throw new HTTPException(refused.status, { message: refused.why });
      return c.redirect(back, 303);
    });
}
