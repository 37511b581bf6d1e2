/**
 * The list of devices, read from device_list: one row a device, brought up to date before it is read, with an index for
 * each order. A page begins where the one before ended (by key, not by number): page 200 costs what page 1 does, and
 * nobody is skipped or shown twice while others come and go.
 */
import { NetureonError } from '../lib/errors.ts';
import type { DeviceFilter, DeviceQuery, DeviceSort, DeviceState, Presence } from './device-query.ts';
import { conditionsOf } from './device-search.ts';
import type { Db } from './session.ts';

export interface DeviceRow {
  readonly id: number;
  readonly state: DeviceState;
  readonly name: string | null;
  /** What it calls itself. */
  readonly called: string | null;
  readonly owner: string | null;
  /** A person's word for what it is, else its profile's. */
  readonly kind: string | null;
  /** Somebody wants to be told when it goes away. */
  readonly isWatched: boolean;
  readonly firstSeenAt: Date;
  readonly presence: Presence;
  /** Where it is, or was last. Null when no connection was ever recorded. */
  readonly ip: string | null;
  /** All addresses it has now, or the last one. */
  readonly addresses: readonly string[];
  readonly mac: string | null;
  /** The hex digits of each, with a blank between them. */
  readonly macs: string;
  readonly isRandomMac: boolean;
  readonly vendor: string | null;
  readonly network: string | null;
  /** Null while here: the last scan is when. */
  readonly lastSeenAt: Date | null;
  /** The last complete scan of its network: what "here" is from. */
  readonly scannedAt: Date | null;
  /** Completed scans in a row that it did not answer; 0 when gone. */
  readonly misses: number;
  /** Alerts neither resolved nor acknowledged. */
  readonly alerts: number;
  /** Empty unless something was searched for. */
  readonly notes: string;
}

export interface DevicePage {
  readonly rows: readonly DeviceRow[];
  /** How many match, all pages together. */
  readonly total: number;
  /** Where the next page begins; null on the last. */
  readonly next: string | null;
}

export interface ListVersion {
  /** undefined: no such site. */
  readonly siteId: number | null;
  /** Stays while no row of the list changes. */
  readonly version: number;
}

/** Brings the list up to date; costs a look at an index when it is. */
export async function refreshDeviceList(db: Db, site: string): Promise<ListVersion> {
  const [row] = await db.query<{ site_id: number | null; version: number }>(
    'select site_id, version from refresh_device_list($1)',
    [site],
  );
  return { siteId: row?.site_id ?? null, version: row?.version ?? 0 };
}

export async function listDevices(db: Db, site: string, query: DeviceQuery): Promise<DevicePage> {
  const { siteId } = await refreshDeviceList(db, site);
  const [page, total] = await Promise.all([readDevices(db, siteId, query), countDevices(db, siteId, query)]);
  return { ...page, total };
}

/** How many match, of a list that is up to date. */
export async function countDevices(db: Db, siteId: number | null, filter: DeviceFilter): Promise<number> {
  const values: unknown[] = [siteId];
  const where = conditionsOf(filter, value => `$${values.push(value)}`);
  const [row] = await db.query<{ n: number }>(
    `select count(*) as n from device_list as l where ${['l.site_id = $1', ...where].join(' and ')}`,
    values,
  );
  return row?.n ?? 0;
}

/** Their ids, in no order: what "all that match" means at this moment. */
export async function matchingDevices(db: Db, site: string, filter: DeviceFilter): Promise<number[]> {
  const { siteId } = await refreshDeviceList(db, site);
  const values: unknown[] = [siteId];
  const where = conditionsOf(filter, value => `$${values.push(value)}`);
  const rows = await db.query<{ id: number }>(
    `select l.device_id as id from device_list as l where ${['l.site_id = $1', ...where].join(' and ')}`,
    values,
  );
  return rows.map(({ id }) => id);
}

/** One page of a list that is up to date. */
export async function readDevices(
  db: Db,
  siteId: number | null,
  query: DeviceQuery,
): Promise<Pick<DevicePage, 'rows' | 'next'>> {
  const values: unknown[] = [siteId];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const page = pageOf(query, ['l.site_id = $1', ...conditionsOf(query, bind)], bind);
  const notes = query.text === '' ? `''` : 'd.notes';
  const rows = await db.query<DeviceRow & { sort_key: string }>(
    `with page as (${page})
     select p.device_id as id, p.state, p.name, p.called, p.owner, p.kind, p.watched as "isWatched",
            p.first_seen_at as "firstSeenAt", p.presence, host(p.ip) as ip,
            (select coalesce(array_agg(host(a)), '{}') from unnest(p.addresses) as a) as addresses,
            p.mac::text as mac, p.macs, p.is_random as "isRandomMac", p.vendor, network_words(n) as network,
            p.last_seen_at as "lastSeenAt", n.last_scan_at as "scannedAt",
            -- A row counts the first three; from there on the network's ordinal tells.
            greatest(p.misses, n.scans - p.missed_from + 1)::integer as misses, p.alerts, ${notes} as notes, p.sort_key
     from page as p
     ${query.text === '' ? '' : 'join devices as d on d.site_id = p.site_id and d.id = p.device_id'}
     left join networks as n on n.site_id = p.site_id and n.id = p.network_id
     order by p.part, p.sort_key ${direction(query)}, p.device_id ${direction(query)}`,
    values,
  );
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  return {
    rows: shown,
    next: rows.length > query.limit && last !== undefined ? encodeKey(query, last.sort_key, last.id) : null,
  };
}

function direction({ reverse }: DeviceQuery): string {
  return reverse === true ? 'desc' : 'asc';
}

/** A walk along one index; backwards in two parts, for what has no value stays last. */
function pageOf(query: DeviceQuery, where: readonly string[], bind: (value: unknown) => string): string {
  const column = `l.by_${query.sort}`;
  const after = query.after === null ? null : readCursor(query.after, query);
  const limit = bind(query.limit + 1);
  const walk = (part: number, more: readonly string[]) =>
    `(select l.*, ${column} as sort_key, ${part} as part from device_list as l
      where ${[...where, ...more].join(' and ')}
      order by ${column} ${direction(query)}, l.device_id ${direction(query)} limit ${limit})`;
  const from = (sign: string) =>
    after === null ? [] : [`(${column}, l.device_id) ${sign} (${bind(after[0])}, ${bind(after[1])}::bigint)`];
  if (query.reverse !== true) return walk(0, from('>'));
  const isLastPart = after !== null && after[0] >= '1';
  const parts = [
    ...(isLastPart ? [] : [walk(0, [`${column} < '1'`, ...from('<')])]),
    walk(1, [`${column} >= '1'`, ...(isLastPart ? from('<') : [])]),
  ];
  return `select * from (${parts.join(' union all ')}) as parts
          order by part, sort_key desc, device_id desc limit ${limit}`;
}

/** A cursor is good for the order it was made in, and no other. */
function encodeKey(query: { sort: DeviceSort; reverse?: boolean }, sortKey: string, id: number): string {
  return Buffer.from(JSON.stringify([orderOf(query), sortKey, id])).toString('base64url');
}

function orderOf({ sort, reverse }: { sort: DeviceSort; reverse?: boolean }): string {
  return reverse === true ? `-${sort}` : sort;
}

/** @throws NetureonError('usage') when it is not one of ours, or of another order */
export function readCursor(
  text: string,
  query: { sort: DeviceSort; reverse?: boolean },
): [sortKey: string, id: number] {
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (
      Array.isArray(key) &&
      key[0] === orderOf(query) &&
      typeof key[1] === 'string' &&
      Number.isSafeInteger(key[2]) &&
      !key[1].includes('\0')
    )
      return [key[1], Number(key[2])];
  } catch {
    // not JSON: told below, as any other text that is not one of our keys
  }
  throw new NetureonError('usage', 'this page of the list does not exist', { remedy: 'open the list again' });
}
