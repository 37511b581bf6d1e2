/** `/devices/bulk`: one decision about many devices, and its way back. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { BULK_TEXTS, changeDevices, undoBulk } from '../../store/bulk.ts';
import { matchingDevices } from '../../store/device-list.ts';
import { PAGE_ROWS } from '../device-address.ts';
import { createDeviceLists } from '../device-list.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameAt } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { formOf, told } from '../reply.ts';
import { BulkForm, MOST_AT_ONCE } from '../schema/bulk.ts';
import { parseDeviceQuery } from '../schema/device-query.ts';
import type { BulkTyped } from '../views/bulk-form.tsx';
import { Devices } from '../views/devices.tsx';
import { actor, text } from '../visit.ts';

export function bulkRoutes(options: SiteOptions): Hono {
  const { db, site } = options;
  const lists = createDeviceLists(options);

  /** The list as it was, with what was chosen and typed, and why it was not taken. */
  const again = async (c: Context, form: URLSearchParams, errors: BulkTyped['errors'], status: 409 | 422) => {
    const list = new URLSearchParams(form.get('list') ?? '');
    const bulk: BulkTyped = {
      ids: new Set(form.getAll('id').map(Number)),
      all: form.get('all') === 'yes',
      act: form.get('act') ?? '',
      value: form.get('value') ?? '',
      errors,
    };
    const data = await lists.read(list);
    return c.html(<Devices frame={frameAt(c, options, backOf(form))} data={{ ...data, bulk }} />, status);
  };

  return new Hono()
    .post('/devices/bulk', async c => {
      const form = await formOf(c);
      const words = text().devices.bulk;
      const checked = BulkForm.safeParse({
        act: form.get('act'),
        value: form.get('value') ?? '',
        all: form.get('all') === 'yes' ? 'yes' : undefined,
        id: form.getAll('id'),
        expect: form.get('expect') ?? undefined,
      });
      if (!checked.success) return again(c, form, errorsOf(checked.error.issues, form.get('act')), 422);
      const { act, value, all, id, expect } = checked.data;
      let ids: readonly number[] = id;
      if (all === 'yes') {
        const { query } = parseDeviceQuery(new URLSearchParams(form.get('list') ?? ''), PAGE_ROWS);
        ids = await matchingDevices(db, site, query);
        // What nobody saw is not changed unseen.
        if (expect !== undefined && expect !== ids.length)
          return again(c, form, { id: words.moved(expect, ids.length) }, 409);
        if (ids.length > MOST_AT_ONCE) return again(c, form, { id: words.tooMany }, 422);
      }
      const outcome = await changeDevices(db, site, ids, { what: act, value }, actor());
      if (outcome.kind === 'refused') return again(c, form, { value: words.tooLong(textLimit(act)) }, 422);
      if (outcome.kind !== 'changed') throw new HTTPException(404, { message: words.missing });
      return told(c, backOf(form), `bulk.${outcome.change}`);
    })
    .post('/devices/bulk/:id/undo', async c => {
      const id = checkId(c.req.param('id'));
      const form = await formOf(c);
      const outcome = id === undefined ? undefined : await undoBulk(db, site, id, actor());
      if (id === undefined || outcome === undefined || outcome.kind === 'missing')
        throw new HTTPException(404, { message: text().devices.bulk.missing });
      if (outcome.kind === 'stale') throw new HTTPException(409, { message: text().devices.bulk.gone });
      return told(c, checkBack(form.get('back')), `bulk.${id}`);
    });
}

function backOf(form: URLSearchParams): string {
  const list = new URLSearchParams(form.get('list') ?? '');
  list.delete('toast');
  return list.size === 0 ? '/devices' : checkBack(`/devices?${list.toString()}`);
}

function textLimit(act: string | null): number {
  return act === 'owner' || act === 'kind' ? BULK_TEXTS[act] : BULK_TEXTS.note;
}

function errorsOf(
  issues: readonly {
    readonly path: readonly PropertyKey[];
    readonly code: string;
    readonly message: string;
  }[],
  act: string | null,
): BulkTyped['errors'] {
  const words = text().devices.bulk;
  const errors: { act?: string; id?: string; value?: string } = {};
  for (const { path, code, message } of issues) {
    if (path[0] === 'act') errors.act = words.noAct;
    else if (path[0] === 'value')
      errors.value =
        message === 'empty'
          ? words.noNote
          : code === 'too_big'
            ? words.tooLong(textLimit(act))
            : words.invisible;
    else errors.id = code === 'too_big' ? words.tooMany : words.noDevices;
  }
  return errors;
}
