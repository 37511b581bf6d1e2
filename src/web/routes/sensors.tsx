/** `/sensors`: scanners on other machines. A password is made here, shown once on the page that answers, and kept nowhere. */
import { randomBytes } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { codeOf, NetureonError } from '../../lib/errors.ts';
import { scramVerifier } from '../../store/scram-verifier.ts';
import {
  databaseAddress,
  listSensors,
  siteAddSensor,
  siteRemoveSensor,
  siteSetSensorPassword,
} from '../../store/sensors.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { formOf } from '../reply.ts';
import { sensorName } from '../schema/networks.ts';
import { RevokeSensor, SensorMade, Sensors, type SensorsData } from '../views/sensors.tsx';
import { actor, currentVisit, text } from '../visit.ts';

const PASSWORD_BYTES = 24;
const SALT_BYTES = 16;

export function sensorRoutes(options: SiteOptions): Hono {
  const { db, site } = options;

  const read = async (): Promise<SensorsData> => {
    const [sensors, address] = await Promise.all([listSensors(db), databaseAddress(db)]);
    return {
      sensors: sensors.filter(sensor => sensor.site === site),
      address,
      isAdmin: currentVisit()?.visitor?.role === 'admin',
    };
  };
  const again = async (c: Context, more: Pick<SensorsData, 'form' | 'command'>, status: 403 | 409 | 422) =>
    c.html(<Sensors frame={frameAt(c, options, '/sensors')} data={{ ...(await read()), ...more }} />, status);

  /** Makes a password, hands its verifier to `work`, and answers with the password. */
  const withPassword = async (
    c: Context,
    name: string,
    isNew: boolean,
    work: (verifier: string) => Promise<string>,
  ) => {
    const password = randomBytes(PASSWORD_BYTES).toString('base64url');
    const role = await work(scramVerifier(password, randomBytes(SALT_BYTES)));
    const made = { name, role, password, site, isNew, address: await databaseAddress(db) };
    return c.html(<SensorMade frame={frameAt(c, options, '/sensors')} made={made} />);
  };
  /** Where the schema's owner may not make roles, a person with the command line does. */
  const orCommand = async (c: Context, command: string, work: () => Promise<Response>) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NetureonError && error.code === 'permission') return again(c, { command }, 403);
      if (codeOf(causeOf(error)) === 'NE404') throw missing(error);
      throw error;
    }
  };

  return new Hono()
    .get('/sensors', async c => c.html(<Sensors frame={await frameOf(c, options)} data={await read()} />))
    .post('/sensors', async c => {
      const typed = ((await formOf(c)).get('name') ?? '').slice(0, 80);
      const parsed = sensorName.safeParse(typed);
      if (!parsed.success)
        return again(c, { form: { name: typed.replaceAll('\0', ''), error: text().sensors.badName } }, 422);
      const name = parsed.data;
      return orCommand(c, commandOf('add', name), async () => {
        try {
          return await withPassword(c, name, true, verifier => siteAddSensor(db, { site, name, verifier }));
        } catch (error) {
          const code = codeOf(causeOf(error));
          const { taken, tooMany } = text().sensors;
          if (code === 'NE422') return again(c, { form: { name, error: tooMany } }, 422);
          if (code === '23505' || code === '42710') return again(c, { form: { name, error: taken } }, 409);
          throw error;
        }
      });
    })
    .post('/sensors/:name/password', c => {
      const name = nameOf(c);
      return orCommand(c, commandOf('password', name), () =>
        withPassword(c, name, false, verifier => siteSetSensorPassword(db, { site, name, verifier })),
      );
    })
    .get('/sensors/:name/revoke', async c => {
      const name = nameOf(c);
      if (!(await listSensors(db)).some(sensor => sensor.site === site && sensor.name === name))
        throw missing();
      return c.html(<RevokeSensor frame={await frameOf(c, options)} name={name} />);
    })
    .post('/sensors/:name/revoke', c => {
      const name = nameOf(c);
      return orCommand(c, commandOf('remove', name), async () => {
        await siteRemoveSensor(db, site, name, actor());
        return c.redirect('/sensors?toast=sensor-revoked.1', 303);
      });
    });
}

/** What does the same on the command line. */
function commandOf(verb: 'add' | 'password' | 'remove', name: string): string {
  return ['netureon', 'sensor', verb, name].join(' ');
}

function causeOf(error: unknown): unknown {
  return error instanceof NetureonError ? error.cause : error;
}

function nameOf(c: Context): string {
  const parsed = sensorName.safeParse(c.req.param('name'));
  if (!parsed.success) throw missing();
  return parsed.data;
}

function missing(cause?: unknown): HTTPException {
  return new HTTPException(404, { message: text().sensors.missing, cause });
}
