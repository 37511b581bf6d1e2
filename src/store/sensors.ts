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

async function explained(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
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
    case '42501':
      return [
        'this database role may not make sensors',
        'use the [database] url of the role that ran `netureon migrate`; it needs CREATEROLE',
      ];
    default:
      return [];
  }
}
