/** `/review`: the queue of new devices, one by one. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { namesOf, portsOf } from '../../store/device-lists.ts';
import { reviewDevice, undoChanges } from '../../store/review.ts';
import { listDevices, type DeviceQuery } from '../../store/site-devices.ts';
import { readProfile } from '../../store/site-profile.ts';
import { acceptSuggestion, openSuggestions } from '../../store/suggestions.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { formOf, told } from '../reply.ts';
import { ReviewForm } from '../schema/review.ts';
import { checkIds } from '../toast-of.tsx';
import { Review, type ReviewData } from '../views/review.tsx';
import { actor, text } from '../visit.ts';

/** What is shown of the queue; the list has all of it. */
const SHOWN = 20;
const SIMILAR = 3;
/** Names and ports. */
const TOLD = 8;

const QUEUE: DeviceQuery = {
  text: '',
  state: 'new',
  presence: null,
  network: null,
  sort: 'first',
  limit: SHOWN,
  after: null,
};

export function reviewRoutes(options: SiteOptions): Hono {
  const { db, site } = options;

  /** @param at whom to show; the latest when it is nobody who waits */
  const read = async (at: number | undefined): Promise<ReviewData> => {
    const [queue, asked] = await Promise.all([
      listDevices(db, site, QUEUE),
      at === undefined ? undefined : listDevices(db, site, { ...QUEUE, state: null, device: at, limit: 1 }),
    ]);
    const wanted = asked?.rows.find(({ state }) => state === 'new');
    const device = wanted ?? queue.rows[0];
    if (device === undefined) return { queue, current: undefined, next: undefined };
    const [profile, names, ports, similar] = await Promise.all([
      readProfile(db, site, device.id),
      namesOf(db, site, device.id, { after: null, limit: TOLD }),
      portsOf(db, site, device.id, { after: null, limit: TOLD }),
      openSuggestions(db, site, device.id, SIMILAR),
    ]);
    const place = queue.rows.findIndex(({ id }) => id === device.id);
    const next = queue.rows[place + 1] ?? (place > 0 ? queue.rows[0] : undefined);
    const gone = at !== undefined && wanted === undefined;
    return {
      queue,
      current: { device, profile, names: names.rows, ports: ports.rows, similar },
      next: next?.id === device.id ? undefined : next?.id,
      ...(gone ? { notice: text().devices.review.gone } : {}),
    };
  };

  return new Hono()
    .get('/review', async c => {
      const asked = c.req.query('at');
      const at = checkId(asked);
      const data = await read(at);
      return c.html(
        <Review frame={await frameOf(c, options)} data={data} />,
        asked !== undefined && asked !== '' && at === undefined ? 400 : 200,
      );
    })
    .post('/review', async c => {
      const form = await formOf(c);
      const words = text().devices.review;
      const checked = ReviewForm.safeParse({
        device: form.get('device'),
        act: form.get('act'),
        name: form.get('name') ?? '',
        next: form.get('next') ?? undefined,
      });
      const device = checkId(form.get('device') ?? undefined);
      const again = async (c: Context, error: string, status: 409 | 422) => {
        const data = await read(device);
        const typed = { name: form.get('name') ?? '', error };
        return c.html(<Review frame={frameAt(c, options, '/review')} data={{ ...data, typed }} />, status);
      };
      if (!checked.success) {
        const fields = checked.error.issues.map(({ path }) => path[0]);
        if (fields.includes('device')) throw new HTTPException(404, { message: words.missing });
        return again(c, fields.includes('act') ? words.bad : words.nameLong, 422);
      }
      const { act, name, next } = checked.data;
      const back = next === undefined ? '/review' : `/review?at=${next}`;
      if (typeof act === 'object') {
        const merged = await acceptSuggestion(db, site, act.merge, false, actor());
        if (merged.kind === 'missing') throw new HTTPException(404, { message: words.missing });
        if (merged.kind !== 'changed') return again(c, words.gone, 409);
        return told(c, back, `change.${merged.change}`);
      }
      const outcome = await reviewDevice(db, site, checked.data.device, act, name, actor());
      if (outcome.kind === 'missing') throw new HTTPException(404, { message: words.missing });
      if (outcome.kind !== 'changed') return again(c, words.gone, 409);
      return told(c, back, `reviewed.${outcome.changes.join('.')}`);
    })
    .post('/review/undo', async c => {
      const form = await formOf(c);
      const changes = checkIds(form.get('changes') ?? undefined);
      if (changes === undefined || changes.length === 0 || changes.length > 2)
        throw new HTTPException(404, { message: text().devices.bulk.missing });
      const outcome = await undoChanges(db, site, changes, actor());
      if (outcome.kind === 'missing') throw new HTTPException(404, { message: text().devices.bulk.missing });
      const last = changes.at(-1) ?? 0;
      return told(
        c,
        checkBack(form.get('back')),
        outcome.kind === 'changed' ? `reviewed.${changes.join('.')}` : `stale.${last}`,
      );
    });
}
