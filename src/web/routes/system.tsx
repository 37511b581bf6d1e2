/** `/system`: what runs, how large everything is, how it is set up, and what it complained about. For administrators. */
import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { codeOf } from '../../lib/errors.ts';
import { listLog, LOGGED_SERVICES, type LoggedService } from '../../store/service-log.ts';
import { servicesOf } from '../../store/services.ts';
import {
  chooseTimeZone,
  listGrowing,
  listMaintenance,
  listMigrations,
  listTableSizes,
  readDatabaseState,
} from '../../store/system-state.ts';
import { checkBack } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { formOf, told } from '../reply.ts';
import { zoneName } from '../schema/networks.ts';
import { parameter } from '../schema/query.ts';
import type { Frame } from '../views/layout.tsx';
import type { SystemData } from '../views/system-data.ts';
import { System } from '../views/system.tsx';
import { actor, text } from '../visit.ts';

const LINES = 200;
/** A fortnight of daily housekeeping: what the pace is told from. */
const RUNS = 14;
const service = z.enum(LOGGED_SERVICES);

export function systemRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;

  const read = async (wanted: LoggedService | null): Promise<Omit<SystemData, 'serviceIsWrong'>> => {
    const before = clock.now().getTime();
    const database = await readDatabaseState(db, site);
    const after = clock.now().getTime();
    const [migrations, sizes, growing, runs, services, lines] = await Promise.all([
      listMigrations(db),
      listTableSizes(db),
      listGrowing(db),
      listMaintenance(db, RUNS),
      servicesOf(db, site),
      listLog(db, site, { service: wanted, limit: LINES }),
    ]);
    return {
      version: options.version,
      info: options.system,
      database,
      // The server read its clock somewhere in between.
      skewMs: database === undefined ? 0 : database.now.getTime() - (before + after) / 2,
      skewExactMs: Math.max(1, (after - before) / 2),
      migrations,
      sizes,
      growing,
      runs,
      services,
      log: { service: wanted, lines },
    };
  };
  const page = async (
    c: Context,
    frame: Frame,
    more: Pick<SystemData, 'zoneForm'> = {},
    status: 200 | 422 = 200,
  ) => {
    const asked = parameter<LoggedService | null>(c.req.query('service'), service, null);
    const data = { ...(await read(asked.value)), ...more, serviceIsWrong: asked.isWrong };
    return c.html(<System frame={frame} data={data} />, asked.isWrong && status === 200 ? 400 : status);
  };

  return new Hono()
    .get('/system', async c => page(c, await frameOf(c, options)))
    .post('/system/time-zone', async c => {
      const form = await formOf(c);
      const typed = (form.get('zone') ?? '').replaceAll('\0', '').slice(0, 100);
      const again = (error: string) =>
        page(c, frameAt(c, options, '/system'), { zoneForm: { zone: typed, error } }, 422);
      const parsed = zoneName.safeParse(typed);
      if (!parsed.success) return again(text().system.zone.wrong);
      try {
        await chooseTimeZone(db, site, parsed.data, actor());
      } catch (error) {
        if (codeOf(error) !== 'NE422') throw error;
        return again(text().system.zone.unknownToDatabase);
      }
      return told(c, checkBack(form.get('back')), 'zone-saved.1');
    });
}
