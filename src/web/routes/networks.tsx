/** `/networks`: what is looked at; naming a network, putting it away, bringing it back. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { NetureonError } from '../../lib/errors.ts';
import { coverageOf } from '../../store/coverage.ts';
import { listGaps, listNetworkStates } from '../../store/network-states.ts';
import { describeNetwork, restoreNetwork, retireNetwork } from '../../store/site-networks.ts';
import { checkBack } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { formOf, told } from '../reply.ts';
import { LIMITS, networkTexts } from '../schema/networks.ts';
import { networkId } from '../schema/scans.ts';
import { DAY_MS, Networks } from '../views/networks.tsx';
import { OneNetwork, type NetworkForm } from '../views/network.tsx';
import { actor, text } from '../visit.ts';

const GAPS = 20;
const GAPS_MS = 30 * DAY_MS;
/** The same form comes back with what was typed, as far as a form can hold it. */
const MOST_SHOWN = 2 * LIMITS.note;

export function networkRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;

  const readOne = async (c: Context) => {
    const id = idOf(c);
    const now = clock.now();
    const [networks, coverage, gaps] = await Promise.all([
      listNetworkStates(db, site),
      coverageOf(db, site, new Date(now.getTime() - DAY_MS), now),
      listGaps(db, site, { from: new Date(now.getTime() - GAPS_MS), networks: [id], limit: GAPS }),
    ]);
    const network = networks.find(one => one.id === id);
    if (network === undefined) throw missing();
    return { network, coverage: coverage.find(one => one.id === id), gaps };
  };
  const again = async (c: Context, form: NetworkForm, status: 409 | 422) => {
    const data = await readOne(c);
    const frame = frameAt(c, options, `/networks/${data.network.id}`);
    return c.html(<OneNetwork frame={frame} data={{ ...data, form }} />, status);
  };

  return new Hono()
    .get('/networks', async c => {
      const now = clock.now();
      const [networks, coverage] = await Promise.all([
        listNetworkStates(db, site),
        coverageOf(db, site, new Date(now.getTime() - DAY_MS), now),
      ]);
      return c.html(<Networks frame={await frameOf(c, options)} data={{ networks, coverage }} />);
    })
    .get('/networks/:id', async c =>
      c.html(<OneNetwork frame={await frameOf(c, options)} data={await readOne(c)} />),
    )
    .post('/networks/:id', async c => {
      const id = idOf(c);
      const form = await formOf(c);
      const typed = (name: string) => (form.get(name) ?? '').replaceAll('\r\n', '\n').slice(0, MOST_SHOWN);
      const [name, note] = [typed('name'), typed('note')];
      const parsed = networkTexts.safeParse({ name, note, revision: form.get('revision') ?? '' });
      const shown = { name: name.replaceAll('\0', ''), note: note.replaceAll('\0', ''), isStale: false };
      if (!parsed.success) {
        const errors: Record<string, string> = {};
        for (const { path, message } of parsed.error.issues) errors[String(path[0])] ??= message;
        // Without a revision nobody knows what the person had read.
        return again(
          c,
          { ...shown, errors, isStale: 'revision' in errors },
          'revision' in errors ? 409 : 422,
        );
      }
      const outcome = await found(() => describeNetwork(db, site, id, parsed.data));
      if (outcome === 'stale') return again(c, { ...shown, errors: {}, isStale: true }, 409);
      return told(c, checkBack(form.get('back')), `network-saved.${id}`);
    })
    .post('/networks/:id/retire', async c => {
      const id = idOf(c);
      const back = checkBack((await formOf(c)).get('back'));
      await found(() => retireNetwork(db, site, id, actor()));
      return told(c, back, `network-retired.${id}`);
    })
    .post('/networks/:id/restore', async c => {
      const id = idOf(c);
      const back = checkBack((await formOf(c)).get('back'));
      await found(() => restoreNetwork(db, site, id));
      return told(c, back, `network-restored.${id}`);
    });
}

function idOf(c: Context): number {
  const parsed = networkId.safeParse(c.req.param('id'));
  if (!parsed.success) throw missing();
  return parsed.data;
}

function missing(cause?: unknown): HTTPException {
  return new HTTPException(404, { message: text().networks.missing, cause });
}

/** One that is not there is 404 here, whatever it is on a command line. */
async function found<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NetureonError && error.code === 'usage') throw missing(error);
    throw error;
  }
}
