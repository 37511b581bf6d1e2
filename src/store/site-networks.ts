/** The networks of a site as people manage them: what they are called, who looks at them, and which nobody looks at any more. */
import { codeOf, NetureonError } from '../lib/errors.ts';
import type { Db } from './session.ts';

export interface ManagedNetwork {
  readonly id: number;
  /** CIDR notation. */
  readonly cidr: string;
  /** Empty for an ordinary network of the scanner's machine. */
  readonly link: string;
  readonly name: string | null;
  readonly interface: string;
  /** Null: the site's own scanner. */
  readonly sensor: string | null;
  /** Since when it is known: its row, or the first time somebody looked if that was before. */
  readonly createdAt: Date;
  readonly lastScanAt: Date | null;
  readonly retiredAt: Date | null;
  readonly retiredBy: string | null;
}

export function listManagedNetworks(db: Db, site: string): Promise<ManagedNetwork[]> {
  return db.query<ManagedNetwork>(
    `select n.id, n.cidr::text as cidr, n.link, n.name, n.interface, e.name as sensor,
            least(n.created_at, n.looking_since, (
              select min(lower(c.during)) from coverage as c where c.site_id = n.site_id and c.network_id = n.id)) as "createdAt", n.last_scan_at as "lastScanAt", n.retired_at as "retiredAt", n.retired_by as "retiredBy"
     from networks as n
     join sites as s on s.id = n.site_id
     left join sensors as e on e.site_id = n.site_id and e.id = n.sensor_id
     where s.name = $1 order by n.cidr, n.link`,
    [site],
  );
}

/** Ends the connections of a network that nobody means to look at any more. A later scan brings it back. */
export async function retireNetwork(db: Db, site: string, network: number, actor: string): Promise<void> {
  await known(network, () => db.query('select put_network_away($1, $2, $3)', [site, network, actor]));
}

/** Undoes it: who was here then is here as of the last scan. @returns false: it was not retired */
export async function restoreNetwork(db: Db, site: string, network: number): Promise<boolean> {
  const rows = await known(network, () =>
    db.query<{ restored: boolean }>('select restore_network($1, $2) as restored', [site, network]),
  );
  return rows[0]?.restored ?? false;
}

/** @param name empty for none */
export async function renameNetwork(db: Db, site: string, network: number, name: string): Promise<void> {
  await known(network, () => db.query('select rename_network($1, $2, $3)', [site, network, name]));
}

/** What people call it and wrote about it. @param revision as it was read */
export async function describeNetwork(
  db: Db,
  site: string,
  network: number,
  texts: { readonly name: string; readonly note: string; readonly revision: string },
): Promise<'changed' | 'same' | 'stale'> {
  const [row] = await known(network, () =>
    db.query<{ outcome: 'changed' | 'same' | 'stale' }>(
      'select describe_network($1, $2, $3, $4, $5) as outcome',
      [site, network, texts.name, texts.note, texts.revision],
    ),
  );
  if (row === undefined) throw new NetureonError('internal', 'describe_network returned nothing');
  return row.outcome;
}

async function known<T>(network: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (codeOf(cause) !== 'NE404') throw cause;
    throw new NetureonError('usage', `there is no network ${network}`, {
      remedy: 'see `netureon network list`',
      cause,
    });
  }
}
