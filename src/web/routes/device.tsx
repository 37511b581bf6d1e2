/** `/devices/:id`: one device's page, and what people call it. */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { renameDevice } from '../../store/device-changes.ts';
import { rootOf } from '../../store/device-merge.ts';
import { requestProfile } from '../../store/profile.ts';
import { readDevicePage } from '../device-page.ts';
import { checkBack, checkId, checkTexts } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { answer, formOf } from '../reply.ts';
import { DeviceView, type DeviceData } from '../views/device.tsx';
import { actor } from '../visit.ts';

export function devicePageRoutes(options: SiteOptions): Hono {
  const { db, site } = options;
  const read = (id: number | undefined) => readDevicePage(options, id);

  return new Hono()
    .get('/devices/:id', async c => {
      const data = await read(checkId(c.req.param('id')));
      // A bookmark or an old message: what it was is now part of another.
      if (data.device.mergedInto !== null)
        return c.redirect(`/devices/${await rootOf(db, site, data.device.id)}`);
      return c.html(<DeviceView frame={await frameOf(c, options)} data={data} />);
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
