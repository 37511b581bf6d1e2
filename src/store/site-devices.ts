/** The list of devices: searched, filtered and sorted in one query, paged by key so that page 200 costs what page 1 does. */
import { NetureonError } from '../lib/errors.ts';
import type { Db } from './session.ts';

export const DEVICE_STATES = ['new', 'known', 'ignored', 'blocked', 'archived'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

export const PRESENCES = ['here', 'quiet', 'gone'] as const;
export type Presence = (typeof PRESENCES)[number];

export const DEVICE_SORTS = ['address', 'name', 'seen', 'first', 'vendor'] as const;
export type DeviceSort = (typeof DEVICE_SORTS)[number];

export interface DeviceRow {
  readonly id: number;
  readonly state: DeviceState;
  readonly name: string | null;
  /** What it calls itself. */
  readonly called: string | null;
  readonly owner: string | null;
  readonly firstSeenAt: Date;
  readonly presence: Presence;
  /** Where it is, or was last. Null when no connection was ever recorded. */
  readonly ip: string | null;
  readonly mac: string | null;
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
}

export interface DeviceQuery {
  /** Name, own name, owner, notes, vendor, MAC in any notation or part of one, start of an address. Empty: everything. */
  readonly text: string;
  readonly state: DeviceState | null;
  readonly presence: Presence | null;
  /** Network id. */
  readonly network: number | null;
  /** Only this one. */
  readonly device?: number;
  readonly sort: DeviceSort;
  readonly limit: number;
  /** `next` of the page before; null for the first. */
  readonly after: string | null;
}

export interface DevicePage {
  readonly rows: readonly DeviceRow[];
  /** How many match, all pages together. */
  readonly total: number;
  /** Where the next page begins; null on the last. */
  readonly next: string | null;
}

/** One text per device that sorts as people expect, bytewise; ties are broken by id. Missing values come last. */
const SORT_KEYS: Readonly<Record<DeviceSort, string>> = {
  // inet's own order, as fixed-width hex. Devices that are gone follow those that are here.
  address: `case when l.presence = 'gone' then '1' else '0' end || coalesce(encode(inet_send(l.ip), 'hex'), 'g')`,
  name: `coalesce('0' || lower(coalesce(d.name, d.called)), '1' || lower(m.vendor), '2' || encode(macaddr_send(m.mac), 'hex'), '3')`,
  // Nothing in a key may change between two pages: those that are here have all been seen at the last scan.
  seen: `case when l.presence = 'here' then '0' else '1' || coalesce(to_char(9999999999 - extract(epoch from l.last_seen_at), '0000000000.000000'), 'z') end`,
  first: `to_char(9999999999 - extract(epoch from d.first_seen_at), '0000000000.000000')`,
  vendor: `coalesce('0' || lower(m.vendor), '1')`,
};

/** Of each device its best connection: answering before quiet before the last that ended. */
const DEVICES = `
  site as (select id from sites where name = $1),
  open as materialized (
    select distinct on (c.device_id) c.device_id, c.ip, c.mac, c.network_id, c.last_seen_at, c.misses, c.missed_from,
           case when c.misses = 0 then 'here' else 'quiet' end as presence
    from connections as c
    where c.site_id = (select id from site) and c.ended_at is null
    order by c.device_id, c.misses, c.ip
  ),
  gone as materialized (
    select d.id as device_id, c.ip, c.mac, c.network_id, c.ended_at as last_seen_at, 0::smallint as misses,
           null::integer as missed_from, 'gone' as presence
    from devices as d
    left join lateral (
      select ip, mac, network_id, ended_at from connections as c
      where c.site_id = d.site_id and c.device_id = d.id
      order by c.started_at desc limit 1
    ) as c on true
    where d.site_id = (select id from site) and not exists (select from open as o where o.device_id = d.id)
  ),
  latest as (select * from open union all select * from gone)`;

/** The first MAC of each device: only for lists that are sorted by what it says, it costs a tenth of the query. */
const MACS = `
  macs as materialized (
    select distinct on (device_id) device_id, mac, vendor
    from device_macs where site_id = (select id from site)
    order by device_id, first_seen_at, mac
  )`;

export async function listDevices(db: Db, site: string, query: DeviceQuery): Promise<DevicePage> {
  const values: unknown[] = [site];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = [`d.site_id = (select id from site)`, ...conditions(query, bind)];
  const after = query.after === null ? null : decodeKey(query.after);
  const page =
    after === null ? '' : `where (sort_key, id) > (${bind(after[0])} collate "C", ${bind(after[1])}::bigint)`;
  const byMac = query.sort === 'name' || query.sort === 'vendor';
  // Laterals below the page: fifty look-ups by key, where plain joins were planned as three scans of everything.
  const rows = await db.query<DeviceRow & { sort_key: string; total: number }>(
    `with ${DEVICES}${byMac ? `,${MACS}` : ''},
     matching as (
       select d.id, l.ip, l.presence, l.network_id, l.last_seen_at, l.misses, l.missed_from, l.mac,
              (${SORT_KEYS[query.sort]}) collate "C" as sort_key, count(*) over () as total
       from devices as d
       join latest as l on l.device_id = d.id
       ${byMac ? 'left join macs as m on m.device_id = d.id' : ''}
       where ${where.join(' and ')}
     ),
     page as (select * from matching ${page} order by sort_key, id limit ${bind(query.limit + 1)})
     select p.id, d.state, d.name, d.called, d.owner, d.first_seen_at as "firstSeenAt", p.presence, host(p.ip) as ip,
            v.mac::text as mac, coalesce(v.is_local, false) as "isRandomMac", v.vendor,
            network_words(n) as network, p.last_seen_at as "lastSeenAt", n.last_scan_at as "scannedAt",
            -- A row counts the first three; from there on the network's ordinal tells.
            greatest(p.misses, n.scans - p.missed_from + 1)::integer as misses, p.sort_key, p.total,
            (select count(*)::integer from alerts as a
             where a.site_id = d.site_id and a.device_id = d.id
               and a.resolved_at is null and a.acknowledged_at is null) as alerts
     from page as p
     cross join lateral (
       select * from devices as d where d.site_id = (select id from site) and d.id = p.id limit 1
     ) as d
     left join lateral (
       select mac, vendor, is_local from device_macs as m
       where m.site_id = d.site_id and m.device_id = d.id and (p.mac is null or m.mac = p.mac)
       order by m.first_seen_at, m.mac limit 1
     ) as v on true
     left join networks as n on n.site_id = d.site_id and n.id = p.network_id
     order by p.sort_key, p.id`,
    values,
  );
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  return {
    rows: shown,
    total: rows[0]?.total ?? 0,
    next: rows.length > query.limit && last !== undefined ? encodeKey(last.sort_key, last.id) : null,
  };
}

function conditions(query: DeviceQuery, bind: (value: unknown) => string): string[] {
  const found: string[] = [];
  if (query.device !== undefined) found.push(`d.id = ${bind(query.device)}`);
  else if (query.state === null) found.push(`d.state <> 'archived'`);
  else found.push(`d.state = ${bind(query.state)}`);
  if (query.presence !== null) found.push(`l.presence = ${bind(query.presence)}`);
  if (query.network !== null) found.push(`l.network_id = ${bind(query.network)}::bigint`);
  for (const word of query.text.split(/\s+/).filter(word => word !== '')) found.push(matches(word, bind));
  return found;
}

/** One word of a search: every word has to be found somewhere. */
function matches(word: string, bind: (value: unknown) => string): string {
  const like = bind(`%${word.replace(/[\\%_]/g, '\\$&')}%`);
  const found = [
    `d.name ilike ${like}`,
    `d.called ilike ${like}`,
    `d.owner ilike ${like}`,
    `d.notes ilike ${like}`,
    `host(l.ip) like ${like}`,
    `exists (select from device_macs as x where x.site_id = d.site_id and x.device_id = d.id and x.vendor ilike ${like})`,
  ];
  const digits = macDigits(word);
  if (digits !== undefined)
    found.push(
      `exists (select from device_macs as x where x.site_id = d.site_id and x.device_id = d.id
               and encode(macaddr_send(x.mac), 'hex') like ${bind(`%${digits}%`)})`,
    );
  return `(${found.join(' or ')})`;
}

/** The hex digits of a MAC or of a part of one, in any notation: `3C-07`, `3c:07:54`, `3c07.54`. */
function macDigits(word: string): string | undefined {
  const digits = word.toLowerCase().replace(/[:.-]/g, '');
  return /^[0-9a-f]{2,12}$/.test(digits) ? digits : undefined;
}

function encodeKey(sortKey: string, id: number): string {
  return Buffer.from(JSON.stringify([sortKey, id])).toString('base64url');
}

function decodeKey(text: string): [string, number] {
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (
      Array.isArray(key) &&
      typeof key[0] === 'string' &&
      Number.isSafeInteger(key[1]) &&
      !key[0].includes('\0')
    )
      return [key[0], Number(key[1])];
  } catch {
    // not JSON: told below, as any other text that is not one of our keys
  }
  throw new NetureonError('usage', 'this page of the list does not exist', { remedy: 'open the list again' });
}
