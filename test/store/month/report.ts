/** The alerts of the month against the truth. */
import type { Session } from '../../../src/store/session.ts';
import type { Events } from './events.ts';
import type { Span } from './population.ts';
import { minuteOf, SITE, type Rehearsal } from './rehearse.ts';
import { follow, union, type Plan } from './truth.ts';

/** As docs/PRESENCE.md promises: never later. */
const LONGEST_LIMIT_MS = 6 * 3_600_000;

export interface MonthReport {
  readonly silences: number;
  readonly alerts: Readonly<Record<string, number>>;
  /** device_down of a device that was there at that moment, and from which an answer had arrived since it came. */
  readonly falseDown: readonly string[];
  /**
   * The same, but nothing had arrived since it came back: it was asleep, nobody scanned, or its one answer was lost. No
   * rule can know better.
   */
  readonly unheardDown: readonly string[];
  /** Real absences that lasted longer than the limit of the device, by the looked clock. */
  readonly absences: number;
  /** Of those, the ones that were not reported, or not within the limit. */
  readonly missed: readonly string[];
  /** Minutes of looked time from leaving to device_down, in order. */
  readonly notices: readonly number[];
  /** The same of each kind of station. */
  readonly noticesOf: Readonly<Record<string, readonly number[]>>;
  /** Called gone while there; per day that a device was there. */
  readonly falseGone: number;
  readonly falseGonePerDay: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly megabytes: number;
}

interface Happened {
  readonly events: Events;
  readonly stepSeconds: number;
  readonly lost: Rehearsal['lost'];
}

export async function reportOn(
  owner: Session,
  plans: readonly Plan[],
  { events, stepSeconds, lost }: Happened,
): Promise<MonthReport> {
  const devices = groupBy(
    await owner.query<{ mac: string; id: number; at: Date }>(
      'select m.mac::text as mac, d.id, d.first_seen_at as at from device_macs as m join devices as d on d.id = m.device_id',
    ),
    ({ mac }) => mac,
  );
  const looked = await lookedClock(owner);
  const falseDown: string[] = [];
  const unheardDown: string[] = [];
  const missed: string[] = [];
  const noticesOf: Record<string, number[]> = {};
  const told = async (kind: string) =>
    groupBy(
      await owner.query<{ id: number; at: Date }>(
        'select device_id as id, opened_at as at from alerts where kind = $1 order by opened_at',
        [kind],
      ),
      ({ id }) => id,
    );
  const [down, back] = [await told('device_down'), await told('device_back')];
  const silences = groupBy(
    await owner.query<{ id: number; since: Date; ended: Date | null; limit: number }>(
      'select device_id as id, since, ended_at as ended, limit_ms as limit from month_silences order by n',
    ),
    ({ id }) => id,
  );
  const gone = groupBy(
    await owner.query<{ id: number; at: Date }>('select device_id as id, at from month_gone order by at'),
    ({ id }) => id,
  );
  let [absences, falseGone, present] = [0, 0, 0];
  const step = stepSeconds / 60;
  const slack = 4 * step;
  const blind = union(events.blind);
  const within = (spans: readonly Span[], at: number) => spans.some(([from, to]) => from <= at && at < to);
  const wasHeard = (plan: Plan, since: number, until: number) => {
    for (let tick = Math.ceil(since / step); tick * step <= until; tick++) {
      const at = (tick * stepSeconds) / 60;
      if (!within(plan.silent, at) && !within(blind, at) && lost.get(plan)?.has(at) !== true) return true;
    }
    return false;
  };
  for (const plan of plans) {
    present += plan.station.present.reduce((sum, [from, to]) => sum + to - from, 0);
    const device = devices.get(plan.station.mac)?.[0];
    if (device === undefined) continue; // came and went while nobody scanned
    const who = `${plan.station.kind} ${plan.station.mac}`;
    const minutes = (rows: Map<number, { at: Date }[]>) =>
      (rows.get(device.id) ?? []).map(({ at }) => minuteOf(at));
    const [alerts, returns] = [minutes(down), minutes(back)];
    const noted = silences.get(device.id) ?? [];
    const awayAtAlert = follow(plan.away);
    for (const at of alerts) {
      if (awayAtAlert(at)) continue;
      const since = plan.away.findLast(([, to]) => to <= at)?.[1] ?? 0;
      const list = wasHeard(plan, since, at) ? falseDown : unheardDown;
      list.push(`${who} at ${clock(at)}, there since ${clock(since)}`);
    }
    const isAway = follow(plan.away);
    // A change of address ends the old connection at once; that is no absence.
    for (const at of minutes(gone)) if (!isAway(at) && !isLease(plan, at)) falseGone++;
    for (const [from, to] of plan.away) {
      if (from <= minuteOf(device.at)) continue; // never seen before
      // Once it is said to be back, what was said before is over.
      const notice = alerts.find(at => at < to && !returns.some(again => at < again && again <= from));
      if (notice !== undefined)
        (noticesOf[plan.station.kind] ??= []).push(Math.max(looked(notice) - looked(from), 0));
      // The silence that this absence is part of. Nobody is given more time than the longest limit there is.
      const silence = noted.findLast(
        ({ since, ended }) => minuteOf(since) <= from && (ended === null || minuteOf(ended) > from),
      );
      const limit = Math.max((silence?.limit ?? LONGEST_LIMIT_MS) / 60_000, 5 * step);
      if (looked(to) - looked(from) <= limit + slack) continue;
      absences++;
      if (notice === undefined)
        missed.push(`${who}, away ${clock(from)} to ${clock(to)}, limit ${limit} min`);
      else if (looked(notice) - looked(from) > limit + slack)
        missed.push(`${who}, away from ${clock(from)}, noticed ${clock(notice)}, limit ${limit} min`);
    }
  }
  const [size] = await owner.query<{ bytes: number; noted: number }>(
    `select (select sum(pg_total_relation_size(oid)) from pg_class
             where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'month%' and relname <> 'oui')::float8 as bytes,
            (select count(*) from month_silences)::integer as noted`,
  );
  return {
    silences: size?.noted ?? 0,
    alerts: await counts(
      owner,
      'select kind as name, count(*)::integer as n from alerts group by kind order by 2 desc',
    ),
    falseDown,
    unheardDown,
    absences,
    missed,
    notices: ordered(Object.values(noticesOf).flat()),
    noticesOf: Object.fromEntries(Object.entries(noticesOf).map(([kind, of]) => [kind, ordered(of)])),
    falseGone,
    falseGonePerDay: falseGone / (present / 1440),
    rows: await counts(
      owner,
      [
        'discovery_log',
        'connections',
        'alerts',
        'deliveries',
        'device_habits',
        'coverage',
        'contested_addresses',
      ]
        .map(table => `select '${table}' as name, count(*)::integer as n from ${table}`)
        .join(' union all '),
    ),
    megabytes: (size?.bytes ?? 0) / 1e6,
  };
}

function isLease({ station }: Plan, at: number): boolean {
  return station.leases.some(({ from }) => from > 0 && Math.abs(at - from) < 5);
}

/** Minutes that the network has been looked at, by the scans that completed. */
async function lookedClock(owner: Session): Promise<(minute: number) => number> {
  const scans = await owner.query<{ at: Date }>(
    `select finished_at as at from discovery_log as l join sites as s on s.id = l.site_id
     where s.name = $1 and outcome = 'complete' order by finished_at`,
    [SITE],
  );
  const minutes = scans.map(({ at }) => minuteOf(at));
  const sums = [0];
  for (let n = 1; n < minutes.length; n++)
    sums.push((sums[n - 1] ?? 0) + Math.min((minutes[n] ?? 0) - (minutes[n - 1] ?? 0), 5));
  return minute => {
    let [low, high] = [0, minutes.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((minutes[middle] ?? 0) <= minute) low = middle;
      else high = middle - 1;
    }
    return (sums[low] ?? 0) + Math.min(Math.max(minute - (minutes[low] ?? 0), 0), 5);
  };
}

function groupBy<Row, Key>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const list = groups.get(key(row)) ?? [];
    list.push(row);
    groups.set(key(row), list);
  }
  return groups;
}

const ordered = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

/** Of numbers in order: that which this share of them does not exceed. */
export const quantile = (of: readonly number[], share: number): number =>
  of[Math.min(Math.floor(of.length * share), of.length - 1)] ?? 0;

async function counts(owner: Session, sql: string): Promise<Record<string, number>> {
  const rows = await owner.query<{ name: string; n: number }>(sql);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

/** `day 3 08:15`, counted from Monday, day 0. */
function clock(minute: number): string {
  const of = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `day ${Math.floor(minute / 1440)} ${of((minute / 60) % 24)}:${of(minute % 60)}`;
}

export function printed(report: MonthReport): string[] {
  const { notices } = report;
  const list = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, n]) => `${n} ${name}`)
      .join(', ');
  const at = (share: number) => quantile(notices, share).toFixed(1);
  return [
    `silences of watched devices: ${report.silences}; false device_down: ${report.falseDown.length}`,
    ...report.falseDown.slice(0, 20).map(line => `  ${line}`),
    `device_down of a device that was back and had not been heard: ${report.unheardDown.length}`,
    ...report.unheardDown.map(line => `  ${line}`),
    `real absences longer than the limit: ${report.absences}, of which noticed within it: ${report.absences - report.missed.length}`,
    ...report.missed.slice(0, 20).map(line => `  ${line}`),
    `noticed after (looked minutes): median ${at(0.5)}, nine of ten ${at(0.9)}, longest ${at(1)}`,
    `  median of each kind: ${Object.entries(report.noticesOf)
      .map(([kind, of]) => `${kind} ${quantile(of, 0.5).toFixed(0)}`)
      .join(', ')}`,
    `false gone: ${report.falseGone}, ${report.falseGonePerDay.toFixed(3)} per device and day`,
    `alerts: ${list(report.alerts)}`,
    `rows: ${list(report.rows)}; ${report.megabytes.toFixed(1)} MB`,
  ];
}
