/** What people decide about identity: watched, put away, merged, told apart, and which gateway is the right one. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { archiveDevice, watchDevice } from '../../store/device-changes.ts';
import { mergeDevices } from '../../store/device-merge.ts';
import { acceptGateway } from '../../store/gateway.ts';
import { gatewayOfAlert } from '../../store/site-alerts.ts';
import { readDevice, type Device } from '../../store/site-device.ts';
import { listDevices, type DeviceRow } from '../../store/site-devices.ts';
import { acceptSuggestion, dismissSuggestion, forgetRule } from '../../store/suggestions.ts';
import { readDevicePage } from '../device-page.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameAt } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { complaintsOf, onReturn, silenceTyped } from '../schema/device.ts';
import { actor, text } from '../visit.ts';
import { answer, formOf } from '../reply.ts';
import { DeviceView, type DeviceData } from '../views/device.tsx';

/** Whom a few letters may mean: more than this, and a few more letters are the better answer. */
const FOUND = 8;

export function identityRoutes(options: SiteOptions): Hono {
  const { db, site } = options;

  const deviceOf = (c: Context): number => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: text().device.missing });
    return id;
  };
  /** The device's page with what was typed, and why it was not taken. */
  const again = async (c: Context, id: number, refused: Partial<DeviceData>, status: 200 | 422) =>
    c.html(
      <DeviceView
        frame={frameAt(c, options, `/devices/${id}`)}
        data={{ ...(await readDevicePage(options, id)), ...refused }}
      />,
      status,
    );

  return new Hono()
    .post('/devices/:id/watch', async c => {
      const id = deviceOf(c);
      const form = await formOf(c);
      const watched = form.get('watched') === 'yes';
      const limit = silenceTyped.safeParse(form.get('limit') ?? '');
      if (!limit.success) {
        const { form: error = '' } = complaintsOf(limit.error);
        const typed = { watched, limit: (form.get('limit') ?? '').slice(0, 40), error };
        return again(c, id, { watch: typed }, 422);
      }
      const outcome = await watchDevice(db, site, id, watched, limit.data, actor());
      return answer(c, outcome, checkBack(form.get('back')), {
        changed: 'change',
        missing: text().device.missing,
      });
    })
    .post('/devices/:id/put-away', async c => {
      const id = deviceOf(c);
      const form = await formOf(c);
      const returns = onReturn.safeParse(form.get('on_return'));
      if (!returns.success)
        throw new HTTPException(400, {
          message: text().device.form.noReturn,
        });
      const outcome = await archiveDevice(db, site, id, returns.data, actor());
      return answer(c, outcome, checkBack(form.get('back')), {
        changed: 'change',
        missing: text().device.missing,
      });
    })
    .post('/devices/:id/merge', async c => {
      const id = deviceOf(c);
      const form = await formOf(c);
      const typed = (form.get('other') ?? '').replaceAll('\0', '').slice(0, 200).trim();
      const device = await readDevice(db, site, id);
      if (device === undefined) throw new HTTPException(404, { message: text().device.missing });
      let other = checkId(form.get('id') ?? undefined);
      if (other === undefined) {
        const found = typed === '' ? [] : await search(options, typed, id);
        const exact = found.filter(row => isMeant(row, typed));
        if (exact.length !== 1 || exact[0] === undefined)
          return again(
            c,
            id,
            { merge: { text: typed, found: found.slice(0, FOUND), ...complaint(typed, found) } },
            422,
          );
        other = exact[0].id;
      }
      const second = await readDevice(db, site, other);
      if (second === undefined) throw new HTTPException(404, { message: text().device.missing });
      const [into, from] = keptFirst(device, second);
      const side = ({ id: which, revision }: Device) => ({ device: which, revision });
      const outcome = await mergeDevices(db, site, side(into), side(from), actor());
      if (outcome.kind === 'refused')
        return again(c, id, { merge: { text: typed, found: [], error: outcome.why } }, 422);
      return answer(c, outcome, `/devices/${outcome.kind === 'changed' ? into.id : id}`, {
        changed: 'change',
        missing: text().device.missing,
      });
    })
    .post('/suggestions/:id/answer', async c => {
      const id = checkId(c.req.param('id'));
      const form = await formOf(c);
      const said = form.get('answer');
      const missing = text().device.identity.noSuggestion;
      if (id === undefined) throw new HTTPException(404, { message: missing });
      if (said !== 'merge' && said !== 'always' && said !== 'no')
        throw new HTTPException(400, { message: text().device.identity.noAnswer });
      const outcome = await (said === 'no'
        ? dismissSuggestion(db, site, id, actor())
        : acceptSuggestion(db, site, id, said === 'always', actor()));
      return answer(c, outcome, checkBack(form.get('back')), { changed: 'change', missing });
    })
    .post('/identity-rules/:id/forget', async c => {
      const id = checkId(c.req.param('id'));
      const missing = text().device.identity.noRule;
      if (id === undefined) throw new HTTPException(404, { message: missing });
      const back = checkBack((await formOf(c)).get('back'));
      return answer(c, await forgetRule(db, site, id, actor()), back, { changed: 'change', missing });
    })
    .post('/alerts/:id/accept-gateway', async c => {
      const id = checkId(c.req.param('id'));
      const form = await formOf(c);
      const gateway = id === undefined ? undefined : await gatewayOfAlert(db, site, id);
      const mac = gateway?.macs.find(claimed => claimed === form.get('mac'));
      if (id === undefined || gateway === undefined || mac === undefined)
        throw new HTTPException(404, {
          message: text().device.identity.noGateway,
        });
      const outcome = await acceptGateway(db, site, gateway.network, mac, actor());
      const told = outcome.kind === 'changed' ? { ...outcome, change: id } : outcome;
      return answer(c, told, checkBack(form.get('back')), {
        changed: 'gateway',
        missing: text().device.identity.noNetwork,
      });
    });
}

async function search({ db, site }: SiteOptions, typed: string, except: number): Promise<DeviceRow[]> {
  const page = await listDevices(db, site, {
    text: typed,
    state: null,
    presence: null,
    network: null,
    sort: 'seen',
    limit: FOUND + 2,
    after: null,
  });
  return page.rows.filter(({ id }) => id !== except);
}

/** Word for word: no guess is made about what is merged. */
function isMeant(row: DeviceRow, asTyped: string): boolean {
  const typed = asTyped.toLowerCase();
  return (
    [row.name, row.called, row.ip].some(word => word?.toLowerCase() === typed) ||
    row.mac === typed.replaceAll(/[-.]/g, ':')
  );
}

function complaint(typed: string, found: readonly DeviceRow[]): { error?: string } {
  const words = text().device.identity;
  if (typed === '') return { error: words.empty };
  if (found.length === 0) return { error: words.nobody };
  if (found.length > FOUND) return { error: words.many };
  return { error: words.which };
}

/** Kept is the one that somebody has decided about, then the older one; as for suggestions. */
function keptFirst(a: Device, b: Device): [Device, Device] {
  const isNew = ({ state }: Device) => Number(state === 'new');
  const order = isNew(a) - isNew(b) || a.firstSeenAt.getTime() - b.firstSeenAt.getTime() || a.id - b.id;
  return order <= 0 ? [a, b] : [b, a];
}
