/** The whole network as of a minute: sql/migrations/000050 says what each state means and how it is found. */
import { NetureonError } from '../lib/errors.ts';
import type { Db } from './session.ts';
import type { DeviceState } from './site-devices.ts';

export const PAST_STATES = ['here', 'quiet', 'not_looked', 'gone'] as const;
export type PastState = (typeof PAST_STATES)[number];

export interface PastNetwork {
  readonly id: number;
  /** With its link, where it needs one to be told apart. */
  readonly cidr: string;
  readonly name: string | null;
  /** The run of looking that the moment lies in; null: nobody looked. */
  readonly lookedFrom: Date | null;
  readonly lookedTo: Date | null;
  /** Where nobody looked: the last look before, and the first after. */
  readonly before: Date | null;
  readonly after: Date | null;
  /** Nobody meant to look at it any more. */
  readonly retiredAt: Date | null;
}

export interface PastDevice {
  readonly id: number;
  readonly state: PastState;
  /** What people called it, what it called itself, whose it was, and what was decided about it: all as of then. */
  readonly name: string | null;
  readonly called: string | null;
  readonly owner: string | null;
  readonly decision: DeviceState;
  readonly mac: string | null;
  readonly ip: string | null;
  readonly vendor: string | null;
  readonly isRandomMac: boolean;
  readonly network: string | null;
  /** Since when it was at this address; null: it was not there. */
  readonly startedAt: Date | null;
  /** Never later than the moment asked about; null: not known. */
  readonly seenAt: Date | null;
}

export interface PastCounts {
  readonly here: number;
  readonly quiet: number;
  readonly not_looked: number;
  readonly gone: number;
  /** Of all of them, those that nobody had decided about, and the blocked ones that were there. */
  readonly new: number;
  readonly blocked: number;
}

export interface PastQuery {
  readonly at: Date;
  /** Words that are all found in name, owner, what it called itself, address, MAC or vendor. */
  readonly text: string;
  readonly state: PastState | null;
  /** Network id. */
  readonly network: number | null;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after: string | null;
}

export interface PastPage {
  readonly counts: PastCounts;
  /** How many match. */
  readonly total: number;
  readonly rows: readonly PastDevice[];
  readonly next: string | null;
}

export function pastNetworks(db: Db, site: string, at: Date): Promise<PastNetwork[]> {
  return db.query<PastNetwork>(
    `select p.id, network_words(n) as cidr, n.name, p.looked_from as "lookedFrom", p.looked_to as "lookedTo",
            case when p.looked_from is null then p.at end as before, p.after_at as after, p.retired_at as "retiredAt"
     from past_networks((select id from sites where name = $1), $2) as p
     join networks as n on n.site_id = (select id from sites where name = $1) and n.id = p.id
     order by n.cidr, n.link`,
    [site, at],
  );
}

/** What a name was then: what it called itself by the best source, among what it had said by then. */
export const CALLED_THEN = (device: string, at: string) => `(
  select x.name from device_names as x
  where x.site_id = (select id from site) and x.device_id = ${device} and x.first_seen_at <= ${at}
  order by name_rank(x.source), x.last_seen_at desc limit 1)`;

/** Of those that are there by address; the others by when they were known. Compared bytewise. */
const SORT_KEY = `case p.state when 'here' then 0 when 'quiet' then 1 when 'not_looked' then 2 else 3 end
  || coalesce(encode(inet_send(p.ip), 'hex'), 'g')`;

interface Row extends PastDevice {
  readonly sortKey: string;
}

type Numbers = PastCounts & { readonly total: number };

export async function pastPage(db: Db, site: string, query: PastQuery): Promise<PastPage> {
  const values: unknown[] = [site, query.at];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = conditions(query, bind);
  const after = query.after === null ? null : decodeKey(query.after);
  const beyond =
    after === null
      ? ''
      : `where (sort_key collate "C", device_id) > (${bind(after[0])} collate "C", ${bind(after[1])}::bigint)`;
  const rows = await db.query<Partial<Row> & Numbers>(
    `with site as (select id from sites where name = $1),
     past as materialized (select * from past_devices((select id from site), $2)),
     counts as (
       select count(*) filter (where state = 'here')::integer as here,
              count(*) filter (where state = 'quiet')::integer as quiet,
              count(*) filter (where state = 'not_looked')::integer as not_looked,
              count(*) filter (where state = 'gone')::integer as gone,
              count(*) filter (where decision = 'new')::integer as new,
              count(*) filter (where decision = 'blocked' and state in ('here', 'quiet'))::integer as blocked
       from past
     ),
     matching as materialized (
       select p.*, ${SORT_KEY} as sort_key from past as p ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
     ),
     page as (
       select * from matching ${beyond} order by sort_key collate "C", device_id limit ${bind(query.limit + 1)}
     )
     select c.*, (select count(*)::integer from matching) as total, r.*
     from counts as c
     left join lateral (
       select p.device_id as id, p.state, p.name,
              coalesce(${CALLED_THEN('p.device_id', '$2')},
                       -- Before names were kept with their times, or written by hand.
                       case when not exists (select from device_names as x
                                             where x.site_id = d.site_id and x.device_id = d.id) then d.called end) as called,
              p.owner, p.decision, w.mac::text as mac, host(w.ip) as ip, m.vendor,
              coalesce(m.is_local, false) as "isRandomMac", network_words(n) as network, p.started_at as "startedAt",
              w.seen_at as "seenAt", p.sort_key as "sortKey"
       from page as p
       join devices as d on d.site_id = (select id from site) and d.id = p.device_id
       left join lateral (
         select * from past_last((select id from site), p.device_id, $2) where p.mac is null
       ) as l on true
       cross join lateral (
         select coalesce(p.mac, l.mac) as mac, coalesce(p.ip, l.ip) as ip, coalesce(p.seen_at, l.seen_at) as seen_at,
                coalesce(p.network_id, l.network_id) as network_id
       ) as w
       left join lateral (
         select x.mac, x.vendor, x.is_local from device_macs as x
         where x.site_id = d.site_id and x.mac = w.mac
       ) as m on true
       left join networks as n on n.site_id = d.site_id and n.id = w.network_id
     ) as r on true
     order by r."sortKey" collate "C", r.id`,
    values,
  );
  const [first] = rows;
  const found = rows.filter((row): row is Row & Numbers => row.id !== null && row.id !== undefined);
  const shown = found.slice(0, query.limit);
  const last = shown.at(-1);
  const {
    here = 0,
    quiet = 0,
    not_looked = 0,
    gone = 0,
    new: undecided = 0,
    blocked = 0,
    total = 0,
  } = first ?? {};
  return {
    counts: { here, quiet, not_looked, gone, new: undecided, blocked },
    total,
    rows: shown,
    next: found.length > query.limit && last !== undefined ? encodeKey(last.sortKey, last.id) : null,
  };
}

function conditions({ text, state, network }: PastQuery, bind: (value: unknown) => string): string[] {
  const found: string[] = [];
  if (state !== null) found.push(`p.state = ${bind(state)}`);
  if (network !== null)
    found.push(`coalesce(p.network_id, (${lastOf('network_id')})) = ${bind(network)}::integer`);
  for (const word of text.split(/\s+/).filter(word => word !== '')) found.push(matches(word, bind));
  return found;
}

const lastOf = (column: string) => `select ${column} from past_last((select id from site), p.device_id, $2)`;

/** One word of a search, as of then: every word has to be found somewhere. */
function matches(word: string, bind: (value: unknown) => string): string {
  const like = bind(`%${word.replace(/[\\%_]/g, '\\$&')}%`);
  const found = [
    `p.name ilike ${like}`,
    `p.owner ilike ${like}`,
    `host(p.ip) like ${like}`,
    `exists (select from device_names as x where x.site_id = (select id from site) and x.device_id = p.device_id
             and x.first_seen_at <= $2 and x.name ilike ${like})`,
    `exists (select from device_macs as x where x.site_id = (select id from site) and x.device_id = p.device_id
             and x.vendor ilike ${like})`,
  ];
  // Where somebody had been is looked up only for what may be an address.
  if (/^[0-9a-f.:]+$/i.test(word)) found.push(`p.ip is null and host((${lastOf('ip')})) like ${like}`);
  const digits = word.toLowerCase().replace(/[:.-]/g, '');
  if (/^[0-9a-f]{2,12}$/.test(digits))
    found.push(
      `exists (select from device_macs as x where x.site_id = (select id from site) and x.device_id = p.device_id
               and encode(macaddr_send(x.mac), 'hex') like ${bind(`%${digits}%`)})`,
    );
  return `(${found.join(' or ')})`;
}

/** What changed last before a moment, and first after it; null: nothing, as far as is kept. */
export async function pastSteps(
  db: Db,
  site: string,
  at: Date,
): Promise<{ readonly before: Date | null; readonly after: Date | null }> {
  const [row] = await db.query<{ before: Date | null; after: Date | null }>(
    `select before_at as before, after_at as after from past_steps((select id from sites where name = $1), $2)`,
    [site, at],
  );
  return row ?? { before: null, after: null };
}

/** From when on anything is known, by the database's clock as of now. */
export async function keptSince(
  db: Db,
  site: string,
): Promise<{ readonly now: Date; readonly first: Date | null; readonly siteId: number | null }> {
  const [row] = await db.query<{ now: Date; first: Date | null; siteId: number | null }>(
    `select clock_now() as now, s.id as "siteId",
            (select least(min(lower(c.during)), (select min(n.looking_since) from networks as n where n.site_id = s.id))
             from networks as n
             left join lateral (
               select o.during from coverage as o where o.site_id = n.site_id and o.network_id = n.id
             ) as c on true
             where n.site_id = s.id) as first
     from (select $1::text as name) as w left join sites as s on s.name = w.name`,
    [site],
  );
  return row ?? { now: new Date(Number.NaN), first: null, siteId: null };
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
