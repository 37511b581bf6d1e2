/** Who held an address, or who was on the networks of a site, at a moment: sql/migrations/000028 says what each state means. */
import { codeOf, NetureonError } from '../lib/errors.ts';
import type { Db } from './session.ts';

export interface Holding {
  readonly state: 'here' | 'quiet' | 'gone' | 'nobody' | 'not_looked';
  /** CIDR notation; null for an address outside every network. */
  readonly network: string | null;
  readonly link: string;
  /** Null where a network had nobody. */
  readonly ip: string | null;
  readonly device: Holder | null;
  readonly vendor: string | null;
  readonly startedAt: Date | null;
  /** Null: still open. */
  readonly endedAt: Date | null;
  /** Never later than the moment asked about. */
  readonly lastSeenAt: Date | null;
  /** The run of looking that this rests on; null: nobody looked. */
  readonly looked: { readonly from: Date; readonly to: Date } | null;
  /** Who was seen last before, where nobody was there or nobody looked. */
  readonly before: Seen | null;
  /** Who was seen first after, where nobody looked. */
  readonly after: Seen | null;
}

export interface Holder {
  readonly id: number;
  readonly name: string | null;
  readonly mac: string;
}

export interface Seen extends Holder {
  readonly at: Date;
}

interface Row {
  state: Holding['state'];
  network: string | null;
  link: string;
  ip: string | null;
  device_id: number | null;
  name: string | null;
  vendor: string | null;
  mac: string | null;
  started_at: Date | null;
  ended_at: Date | null;
  last_seen_at: Date | null;
  looked_from: Date | null;
  looked_to: Date | null;
  before_device_id: number | null;
  before_name: string | null;
  before_mac: string | null;
  before_at: Date | null;
  after_device_id: number | null;
  after_name: string | null;
  after_mac: string | null;
  after_at: Date | null;
}

/** @throws NetureonError('usage') when there is no such site */
export async function heldAt(db: Db, site: string, ip: string, at: Date): Promise<Holding[]> {
  return holdings(db, site, 'select *, host(ip) as ip from held_at($1, $2, $3)', [site, ip, at]);
}

/** @throws NetureonError('usage') when there is no such site */
export async function networkAt(db: Db, site: string, at: Date): Promise<Holding[]> {
  return holdings(db, site, 'select *, host(ip) as ip from network_at($1, $2)', [site, at]);
}

/** The database's own time, and when this site was first looked at (null: never). */
export async function knownTime(db: Db, site: string): Promise<{ now: Date; first: Date | null }> {
  const [row] = await db.query<{ now: Date; first: Date | null }>(
    `select clock_timestamp() as now,
            (select min(n.baseline_at) from networks as n join sites as s on s.id = n.site_id where s.name = $1) as first`,
    [site],
  );
  return row ?? { now: new Date(Number.NaN), first: null };
}

async function holdings(db: Db, site: string, sql: string, values: readonly unknown[]): Promise<Holding[]> {
  try {
    return (await db.query<Row>(sql, values)).map(holdingOf);
  } catch (cause) {
    if (codeOf(cause) !== 'NE404') throw cause;
    const sites = await db.query<{ name: string }>('select name from sites order by name limit 20');
    throw new NetureonError('usage', `there is no site ${site}`, {
      remedy: `choose one of: ${sites.map(({ name }) => name).join(', ')}`,
      cause,
    });
  }
}

function holdingOf(row: Row): Holding {
  const { looked_from: from, looked_to: to } = row;
  return {
    state: row.state,
    network: row.network,
    link: row.link,
    ip: row.ip,
    device: holder(row.device_id, row.name, row.mac),
    vendor: row.vendor,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    lastSeenAt: row.last_seen_at,
    looked: from === null || to === null ? null : { from, to },
    before: seen(holder(row.before_device_id, row.before_name, row.before_mac), row.before_at),
    after: seen(holder(row.after_device_id, row.after_name, row.after_mac), row.after_at),
  };
}

function holder(id: number | null, name: string | null, mac: string | null): Holder | null {
  return id === null || mac === null ? null : { id, name, mac };
}

function seen(who: Holder | null, at: Date | null): Seen | null {
  return who === null || at === null ? null : { ...who, at };
}
