/** What one device has ever had: addresses, names, ports, intervals, notes; each a page by key, the newest first. */
import type { Connection } from './site-device.ts';
import type { DeviceName, DevicePort } from './site-profile.ts';
import type { Db } from './session.ts';

/** A part of a list, and the key that brings the next; null: this was the last. */
export interface Part<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

export interface PartQuery {
  /** `next` of the part before; null: the first. A key that is none of ours brings nothing. */
  readonly after: string | null;
  readonly limit: number;
}

export interface HeldAddress {
  readonly ip: string;
  readonly network: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** It has it now. */
  readonly isOpen: boolean;
  readonly times: number;
  /** All times together, in milliseconds. */
  readonly heldMs: number;
}

/** With those of the devices that have become part of it, whose intervals are its own. Now held ones first. */
export async function addressesOf(
  db: Db,
  site: string,
  device: number,
  { after, limit }: PartQuery,
): Promise<Part<HeldAddress>> {
  return part(
    limit,
    await db.query<HeldAddress & Keyed>(
      `with held as materialized (
         select c.site_id, c.network_id, c.ip, min(c.started_at) as first_at, max(s.seen_at) as last_at,
                bool_or(c.ended_at is null) as open, count(*) as times,
                (sum(extract(epoch from s.seen_at - c.started_at)) * 1000)::bigint as held_ms,
                host(c.ip) || '@' || c.network_id as key
         from connections as c
         join networks as n on n.site_id = c.site_id and n.id = c.network_id
         cross join lateral (
           select greatest(coalesce(c.ended_at, c.last_seen_at, n.last_scan_at), c.started_at) as seen_at
         ) as s
         where c.site_id = (select id from sites where name = $1) and c.device_id = $2
         group by c.site_id, c.network_id, c.ip
       )
       select host(h.ip) as ip, network_words(n) as network, h.first_at as "firstAt", h.last_at as "lastAt",
              h.open as "isOpen", h.times, h.held_ms as "heldMs", h.key
       from held as h join networks as n on n.site_id = h.site_id and n.id = h.network_id
       where $3::text is null or (h.open, h.last_at, h.ip, h.network_id)
                                 < (select k.open, k.last_at, k.ip, k.network_id from held as k where k.key = $3)
       order by h.open desc, h.last_at desc, h.ip desc, h.network_id desc limit $4`,
      [site, device, after, limit + 1],
    ),
  );
}

/** Of the device and of those that have become part of it; the latest first. */
export async function namesOf(
  db: Db,
  site: string,
  device: number,
  { after, limit }: PartQuery,
): Promise<Part<DeviceName>> {
  return part(
    limit,
    await db.query<DeviceName & Keyed>(
      `with names as materialized (
         select n.source, n.name, min(n.first_seen_at) as first_at, max(n.last_seen_at) as last_at,
                -name_rank(n.source) as rank, md5(n.source || ' ' || n.name) as key
         from sites as s
         join device_names as n on n.site_id = s.id and n.device_id = any (array(select device_family(s.id, $2)))
         where s.name = $1
         group by n.source, n.name
       )
       select n.source, n.name, n.first_at as "firstSeenAt", n.last_at as "lastSeenAt", n.key from names as n
       where $3::text is null
          or (n.last_at, n.rank, n.key) < (select k.last_at, k.rank, k.key from names as k where k.key = $3)
       order by n.last_at desc, n.rank desc, n.key desc limit $4`,
      [site, device, after, limit + 1],
    ),
  );
}

/** Open ones first, then by number; of each address and port what was told last. */
export async function portsOf(
  db: Db,
  site: string,
  device: number,
  { after, limit }: PartQuery,
): Promise<Part<DevicePort>> {
  return part(
    limit,
    await db.query<DevicePort & Keyed>(
      `with ports as materialized (
         select distinct on (o.ip, o.port) o.*, host(o.ip) || '@' || o.port as key
         from sites as s
         join device_ports as o on o.site_id = s.id and o.device_id = any (array(select device_family(s.id, $2)))
         where s.name = $1
         order by o.ip, o.port, o.last_seen_at desc
       )
       select host(p.ip) as ip, p.port, p.service, p.facts, p.first_seen_at as "firstSeenAt",
              p.last_seen_at as "lastSeenAt", p.closed_at as "closedAt", p.key
       from ports as p
       where $3::text is null or (p.closed_at is not null, p.port, p.ip)
                                 > (select k.closed_at is not null, k.port, k.ip from ports as k where k.key = $3)
       order by p.closed_at is not null, p.port, p.ip limit $4`,
      [site, device, after, limit + 1],
    ),
  );
}

/** Where it has been, interval by interval; the latest first. @param until only those that began before */
export async function intervalsOf(
  db: Db,
  site: string,
  device: number,
  { after, limit }: PartQuery,
): Promise<Part<Connection>> {
  const rows = await db.query<Connection & Keyed>(
    `select p.connection_id as id, p.mac::text as mac, host(p.ip) as ip, network_words(n) as network,
            p.started_at as "startedAt", p.ended_at as "endedAt", p.last_seen_at as "lastSeenAt", p.misses,
            p.opened_as as "openedAs", p.connection_id::text as key
     from device_presence as p
     join networks as n on n.site_id = p.site_id and n.id = p.network_id
     where p.site_id = (select id from sites where name = $1) and p.device_id = $2
       and ($3::bigint is null or (p.started_at, p.connection_id) < (
         select k.started_at, k.id from connections as k
         where k.site_id = (select id from sites where name = $1) and k.id = $3 and k.device_id = $2))
     order by p.started_at desc, p.connection_id desc limit $4`,
    [site, device, idOf(after), limit + 1],
  );
  return part(limit, rows);
}

export interface NotesVersion {
  /** The change that made it. */
  readonly change: number;
  /** It came back because the change after it was undone. */
  readonly isUndo: boolean;
  readonly at: Date;
  readonly actor: string;
  /** What they were before, and what they became. */
  readonly was: string;
  readonly became: string;
}

/** Every version that the notes ever had, the latest first. */
export async function notesOf(
  db: Db,
  site: string,
  device: number,
  { after, limit }: PartQuery,
): Promise<Part<NotesVersion>> {
  return part(
    limit,
    await db.query<NotesVersion & Keyed>(
      `with changed as materialized (
         select c.* from device_changes as c
         where c.site_id = (select id from sites where name = $1) and c.device_id = $2
           and c.before ->> 'notes' is distinct from c.after ->> 'notes'
       ), versions as (
         select c.id as change, false as undo, c.at, c.actor, c.before ->> 'notes' as was, c.after ->> 'notes' as became,
                c.id::text as key
         from changed as c
         union all
         select c.id, true, c.undone_at, c.undone_by, c.after ->> 'notes', c.before ->> 'notes', c.id || 'u'
         from changed as c where c.undone_at is not null
       )
       select v.change, v.undo as "isUndo", v.at, v.actor, coalesce(v.was, '') as was, coalesce(v.became, '') as became,
              v.key
       from versions as v
       where $3::text is null or (v.at, v.key) < (select k.at, k.key from versions as k where k.key = $3)
       order by v.at desc, v.key desc limit $4`,
      [site, device, after, limit + 1],
    ),
  );
}

/** What the notes were in one version, as notesOf names it: `12`, or `12u` for what came back when 12 was undone. */
export async function notesVersion(
  db: Db,
  site: string,
  device: number,
  version: string,
): Promise<string | undefined> {
  const [, change, undo] = /^([1-9]\d{0,14})(u?)$/.exec(version) ?? [];
  if (change === undefined) return undefined;
  const [row] = await db.query<{ notes: string }>(
    `select coalesce(case when $4 then c.before else c.after end ->> 'notes', '') as notes
     from device_changes as c join sites as s on s.id = c.site_id
     where s.name = $1 and c.device_id = $2 and c.id = $3 and (not $4 or c.undone_at is not null)`,
    [site, device, Number(change), undo === 'u'],
  );
  return row?.notes;
}

interface Keyed {
  readonly key: string;
}

function part<Row>(limit: number, rows: readonly (Row & Keyed)[]): Part<Row> {
  const shown = rows.slice(0, limit);
  return { rows: shown, next: rows.length > limit ? (shown.at(-1)?.key ?? null) : null };
}

/** 0, which no row has, for what is no number. */
function idOf(after: string | null): number | null {
  if (after === null) return null;
  return /^[1-9]\d{0,14}$/.test(after) ? Number(after) : 0;
}
