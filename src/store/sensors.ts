/** Sensors: scanners on other machines, each with a login of its own. Making and removing them is for a role that may create roles. */
import { codeOf, NetureonError } from '../lib/errors.ts';
import type { Db } from './session.ts';

export interface Sensor {
  readonly name: string;
  readonly site: string;
  /** The database role it logs in as. */
  readonly role: string;
  readonly createdAt: Date;
  readonly passwordAt: Date;
  /** Null: it never did. */
  readonly lastReportAt: Date | null;
  /** The networks it reported last, in CIDR notation. */
  readonly networks: readonly string[];
  /** An alert says that it has fallen silent. */
  readonly silent: boolean;
}

/** All of the database, by name. */
export function listSensors(db: Db): Promise<Sensor[]> {
  return db.query<Sensor>(
    `select s.name, t.name as site, s.role, s.created_at as "createdAt", s.password_at as "passwordAt",
            s.last_report_at as "lastReportAt",
            array(select n.cidr::text from networks as n
                  where n.site_id = s.site_id and n.sensor_id = s.id and n.retired_at is null order by n.cidr) as networks,
            exists (select from alerts as a where a.site_id = s.site_id and a.resolved_at is null
                    and a.dedup_key = 'sensor_silent:sensor:' || s.id) as silent
     from sensors as s join sites as t on t.id = s.site_id order by s.name`,
  );
}

/** @param verifier see scramVerifier @returns the role that was made */
export async function addSensor(
  db: Db,
  sensor: { readonly site: string; readonly name: string; readonly verifier: string },
): Promise<string> {
  const { site, name, verifier } = sensor;
  await explained(name, () => db.query('select add_sensor($1, $2, $3)', [site, name, verifier]));
  return `netureon_sensor_${name}`;
}

export async function setSensorPassword(db: Db, name: string, verifier: string): Promise<void> {
  await explained(name, () => db.query('select set_sensor_password($1, $2)', [name, verifier]));
}

/** @param actor who did it, for the record */
export async function removeSensor(db: Db, name: string, actor: string): Promise<void> {
  await explained(name, () => db.query('select remove_sensor($1, $2)', [name, actor]));
}

/**
 * The same from the site: by functions that can make sensors of that site and nothing else, with a verifier and never
 * with a password. See sql/migrations/000051.
 */
export async function siteAddSensor(
  db: Db,
  sensor: { readonly site: string; readonly name: string; readonly verifier: string },
): Promise<string> {
  const { site, name, verifier } = sensor;
  return roleOf(
    await explained(name, () =>
      db.query<{ role: string }>('select site_add_sensor($1, $2, $3) as role', [site, name, verifier]),
    ),
  );
}

export async function siteSetSensorPassword(
  db: Db,
  sensor: { readonly site: string; readonly name: string; readonly verifier: string },
): Promise<string> {
  const { site, name, verifier } = sensor;
  return roleOf(
    await explained(name, () =>
      db.query<{ role: string }>('select site_set_sensor_password($1, $2, $3) as role', [
        site,
        name,
        verifier,
      ]),
    ),
  );
}

/** @param actor who did it, for the record */
export async function siteRemoveSensor(db: Db, site: string, name: string, actor: string): Promise<void> {
  await explained(name, () => db.query('select site_remove_sensor($1, $2, $3)', [site, name, actor]));
}

function roleOf([row]: { role: string }[]): string {
  if (row === undefined) throw new NetureonError('internal', 'the database did not say which role it made');
  return row.role;
}

/** How a sensor on another machine would reach this database. */
export interface DatabaseAddress {
  readonly database: string;
  readonly port: number;
  /** The server listens on an address that is not this machine alone. */
  readonly isReachable: boolean;
}

export async function databaseAddress(db: Db): Promise<DatabaseAddress> {
  const [row] = await db.query<{ database: string; port: string; listen: string }>(
    `select current_database()::text as database, current_setting('port') as port,
            current_setting('listen_addresses') as listen`,
  );
  const listens = (row?.listen ?? '').split(',').map(one => one.trim());
  return {
    database: row?.database ?? '',
    port: Number(row?.port ?? 5432),
    isReachable: listens.some(one => one !== '' && !/^(?:localhost|127\.|::1$)/.test(one)),
  };
}

async function explained<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const [problem, remedy] = explanation(name, codeOf(cause));
    if (problem === undefined || remedy === undefined) throw cause;
    throw new NetureonError(codeOf(cause) === '42501' ? 'permission' : 'usage', problem, { remedy, cause });
  }
}

function explanation(name: string, code: string | undefined): [string, string] | [] {
  switch (code) {
    case 'NE404':
      return [`there is no sensor ${name}`, 'see `netureon sensor list`'];
    case '23505': // unique_violation: the row
    case '42710': // duplicate_object: the role, which belongs to all databases of the server
      return [
        `there is a sensor ${name} already, in this database or another one of the server`,
        'choose another name, or give that one a new password with `netureon sensor password`',
      ];
    case 'NE422':
      return [
        'this sensor was not made: its name or password is not what it has to be, or there are 200 already',
        'choose another name, or remove a sensor',
      ];
    case '42501':
      return [
        'this database role may not make sensors',
        'use the [database] url of the role that ran `netureon migrate`; it needs CREATEROLE',
      ];
    default:
      return [];
  }
}
