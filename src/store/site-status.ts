/** What the first line of every page says: how many, who needs a decision, when was looked, and who is alive. */
import { refreshDeviceList } from './device-list.ts';
import type { Db } from './session.ts';

export interface SiteStatus {
  readonly here: number;
  readonly quiet: number;
  readonly gone: number;
  /** Devices that wait for a decision. */
  readonly new: number;
  readonly blockedHere: number;
  /** As countAlerts counts them: neither resolved nor acknowledged, and urgent. */
  readonly openAlerts: number;
  readonly openSerious: number;
  readonly networks: readonly NetworkStatus[];
  readonly services: readonly ServiceStatus[];
  /** Given up within the day, and about something that still needs somebody. */
  readonly failedDeliveries: number;
  /** Through which nothing gets at the moment, and how many alerts wait for that to end. */
  readonly failingChannels: readonly {
    readonly name: string;
    readonly since: Date;
    readonly waiting: number;
  }[];
  /** How many would carry an alert. */
  readonly channels: number;
  readonly parts: SiteParts;
  /** The last scan that could not even choose a network, while it is the latest word. */
  readonly lastProblem: { readonly at: Date; readonly problem: string } | null;
}

/** What a site may have or not. */
export interface SiteParts {
  /** When a device was last asked what it is. */
  readonly profiledAt: Date | null;
  readonly sensors: readonly { readonly name: string; readonly lastReportAt: Date | null }[];
  /** That are switched on. */
  readonly channels: readonly { readonly name: string; readonly failingSince: Date | null }[];
}

export interface NetworkStatus {
  readonly id: number;
  /** With its link, where it needs one to be told apart. */
  readonly cidr: string;
  readonly interface: string;
  readonly lastScanAt: Date | null;
  /** Consecutive scans that did not complete. */
  readonly failures: number;
  /** Of the last scan, whatever its outcome. */
  readonly probed: number | null;
  readonly answered: number | null;
  readonly durationMs: number | null;
  readonly problem: string | null;
}

export interface ServiceStatus {
  readonly service: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly seenAt: Date;
}

export async function readStatus(db: Db, site: string): Promise<SiteStatus> {
  const [counts, networks, parts, services] = await Promise.all([
    readCounts(db, site),
    listNetworks(db, site),
    readParts(db, site),
    db.query<ServiceStatus>(
      `select h.service, h.version, h.started_at as "startedAt", h.seen_at as "seenAt"
       from heartbeats as h join sites as s on s.id = h.site_id where s.name = $1 order by h.service`,
      [site],
    ),
  ]);
  return { ...counts, networks, parts, services };
}

async function readParts(db: Db, site: string): Promise<SiteParts> {
  const [row] = await db.query<{
    profiledAt: Date | null;
    sensors: readonly { name: string; at: string | null }[] | null;
    channels: readonly { name: string; since: string | null }[] | null;
  }>(
    `select (select max(p.tried_at) from device_profiles as p where p.site_id = s.id) as "profiledAt",
            (select json_agg(json_build_object('name', n.name, 'at', n.last_report_at) order by n.name)
             from sensors as n where n.site_id = s.id) as sensors,
            (select json_agg(json_build_object('name', c.name, 'since', c.failing_since) order by c.name)
             from channels as c
             where c.site_id = s.id and c.enabled and c.off_at is null and c.removed_at is null) as channels
     from sites as s where s.name = $1`,
    [site],
  );
  const time = (text: string | null) => (text === null ? null : new Date(text));
  return {
    profiledAt: row?.profiledAt ?? null,
    sensors: (row?.sensors ?? []).map(({ name, at }) => ({ name, lastReportAt: time(at) })),
    channels: (row?.channels ?? []).map(({ name, since }) => ({ name, failingSince: time(since) })),
  };
}

export function listNetworks(db: Db, site: string): Promise<NetworkStatus[]> {
  return db.query<NetworkStatus>(
    `select n.id, network_words(n) as cidr, n.interface, n.last_scan_at as "lastScanAt", n.failures,
            l.probed, l.answered, l.duration_ms as "durationMs", l.problem
     from networks as n
     join sites as s on s.id = n.site_id
     left join lateral (
       select probed, answered, duration_ms, problem from discovery_log as l
       where l.site_id = n.site_id and l.network_id = n.id order by l.id desc limit 1
     ) as l on true
     where s.name = $1 and n.retired_at is null order by n.cidr, n.link`,
    [site],
  );
}

/** How many channels would carry an alert. */
export async function countChannels(db: Db, site: string): Promise<number> {
  const [row] = await db.query<{ channels: number }>(
    'select count(*) as channels from channels as c join sites as s on s.id = c.site_id where s.name = $1 and c.enabled and c.off_at is null and c.removed_at is null',
    [site],
  );
  return row?.channels ?? 0;
}

async function readCounts(
  db: Db,
  site: string,
): Promise<Omit<SiteStatus, 'networks' | 'services' | 'parts'>> {
  await refreshDeviceList(db, site);
  const [row] = await db.query<Omit<SiteStatus, 'networks' | 'services' | 'parts'> & { total: number }>(
    `with site as (select id, scan_failures from sites where name = $1),
     present as (
       select count(*) filter (where l.presence = 'here') as here, count(*) filter (where l.presence = 'quiet') as quiet,
              count(*) filter (where l.presence = 'gone' and l.state <> 'archived') as gone,
              count(*) filter (where l.state = 'new') as new,
              count(*) filter (where l.state = 'blocked' and l.presence = 'here') as "blockedHere"
       from device_list as l where l.site_id = (select id from site)
     ),
     alerting as (
       select count(*) as "openAlerts", count(*) filter (where a.severity in ('high', 'critical')) as "openSerious"
       from alerts as a
       where a.site_id = (select id from site) and a.resolved_at is null and is_urgent(a)
     )
     select p.*, a.*,
            (select count(*) from deliveries as d
             join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
             where d.site_id = (select id from site) and d.state = 'failed' and d.finished_at > now() - interval '1 day'
               and a.resolved_at is null and a.acknowledged_at is null) as "failedDeliveries",
            (select count(*) from channels
             where site_id = (select id from site) and enabled and off_at is null and removed_at is null) as channels,
            (select coalesce(json_agg(json_build_object('name', c.name, 'since', c.failing_since, 'waiting', (
                      select count(*) from deliveries as d where d.channel_id = c.id and d.state = 'queued'))
                    order by c.failing_since), '[]')
             from channels as c
             where c.site_id = (select id from site) and c.enabled and c.off_at is null and c.removed_at is null
               and c.failing_since is not null) as "failingChannels",
            (select json_build_object('at', l.finished_at, 'problem', l.problem) from (
               select finished_at, problem, network_id from discovery_log
               where site_id = (select id from site) order by id desc limit 1
             ) as l where l.network_id is null and l.problem is not null) as "lastProblem"
     from present as p, alerting as a`,
    [site],
  );
  const problem = row?.lastProblem;
  return {
    here: row?.here ?? 0,
    quiet: row?.quiet ?? 0,
    gone: row?.gone ?? 0,
    new: row?.new ?? 0,
    blockedHere: row?.blockedHere ?? 0,
    openAlerts: row?.openAlerts ?? 0,
    openSerious: row?.openSerious ?? 0,
    failedDeliveries: row?.failedDeliveries ?? 0,
    failingChannels: (row?.failingChannels ?? []).map(({ since, ...rest }) => ({
      ...rest,
      since: new Date(since),
    })),
    channels: row?.channels ?? 0,
    // JSON carries times as text.
    lastProblem: problem == null ? null : { at: new Date(problem.at), problem: problem.problem },
  };
}
