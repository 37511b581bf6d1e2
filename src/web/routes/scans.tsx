/** `/scans`: how well was looked, over time and one by one. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { listGaps } from '../../store/network-states.ts';
import { countScans } from '../../store/scan-counts.ts';
import { listManagedNetworks, type ManagedNetwork } from '../../store/site-networks.ts';
import { listScans, readScan } from '../../store/site-scans.ts';
import { checkId } from '../forms.ts';
import { frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { spanUntil, stretchesOf } from '../scan-charts.ts';
import { parameter } from '../schema/query.ts';
import { id, method, networkId, OWN_SCANNER, sensor, show, span } from '../schema/scans.ts';
import type { ScanChoice, ScanErrors } from '../views/scan-filters.tsx';
import { OneScan } from '../views/scan.tsx';
import { Scans } from '../views/scans.tsx';
import { text } from '../visit.ts';

const PAGE = 60;
const GAPS = 20;

export function scanRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;
  return new Hono()
    .get('/scans', async c => {
      const networks = await listManagedNetworks(db, site);
      const { choice, before, errors } = queryOf(c, networks);
      const now = clock.now();
      const wanted = chosenOf(choice, networks);
      const ids = wanted === null ? null : wanted.map(one => one.id);
      const time = spanUntil(now, choice.span);
      const [counts, gaps, log] = await Promise.all([
        countScans(db, site, { ...time, networks: ids }),
        listGaps(db, site, { from: time.from, networks: ids, limit: GAPS + 1 }),
        listScans(db, site, { show: choice.show, networks: ids, method: choice.method, before, limit: PAGE }),
      ]);
      const data = {
        choice,
        errors,
        networks,
        stretches: stretchesOf(counts, wanted ?? networks, time, now),
        gaps: gaps.slice(0, GAPS),
        areGapsCut: gaps.length > GAPS,
        scans: log.rows,
        next: log.next,
      };
      return c.html(
        <Scans frame={await frameOf(c, options)} data={data} />,
        Object.keys(errors).length > 0 ? 400 : 200,
      );
    })
    .get('/scans/:id', async c => {
      const number = checkId(c.req.param('id'));
      const scan = number === undefined ? undefined : await readScan(db, site, number);
      if (scan === undefined) throw new HTTPException(404, { message: text().scans.missing });
      return c.html(<OneScan frame={await frameOf(c, options)} scan={scan} />);
    });
}

function queryOf(
  c: Context,
  networks: readonly ManagedNetwork[],
): { choice: ScanChoice; before: number | null; errors: ScanErrors } {
  const network = parameter<number | null>(c.req.query('network'), networkId, null);
  const by = parameter<string | null>(c.req.query('sensor'), sensor, null);
  const given = {
    span: parameter(c.req.query('span'), span, 'day'),
    show: parameter(c.req.query('show'), show, 'all'),
    method: parameter(c.req.query('method'), method, null),
    before: parameter<number | null>(c.req.query('before'), id, null),
    network: isKnown(network.value, one => one.id === network.value, networks) ? network : WRONG,
    sensor: isKnown(by.value, one => (one.sensor ?? OWN_SCANNER) === by.value, networks) ? by : WRONG,
  };
  const errors: ScanErrors = Object.fromEntries(
    Object.entries(given).flatMap(([key, { isWrong }]) => (isWrong ? [[key, true]] : [])),
  );
  return {
    choice: {
      span: given.span.value,
      show: given.show.value,
      method: given.method.value,
      network: given.network.value,
      sensor: given.sensor.value,
    },
    before: given.before.value,
    errors,
  };
}

const WRONG = { value: null, isWrong: true } as const;

/** Who never looked at a network may be asked for all the same: the site's own scanner on its first day. */
function isKnown(
  value: number | string | null,
  fits: (network: ManagedNetwork) => boolean,
  networks: readonly ManagedNetwork[],
): boolean {
  return value === null || value === OWN_SCANNER || networks.some(fits);
}

/** Null: all, with the scans that could not choose a network. */
function chosenOf(
  { network, sensor: by }: ScanChoice,
  networks: readonly ManagedNetwork[],
): ManagedNetwork[] | null {
  if (network === null && by === null) return null;
  return networks.filter(
    one => (network === null || one.id === network) && (by === null || (one.sensor ?? OWN_SCANNER) === by),
  );
}
