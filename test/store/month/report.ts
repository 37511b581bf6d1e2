/** The alerts of the month against the truth. */
import type { Session } from '../../../src/store/session.ts';
import { minuteOf, SITE } from './rehearse.ts';
import { follow, type Plan } from './truth.ts';

export interface MonthReport {
  readonly silences: number;
  readonly alerts: Readonly<Record<string, number>>;
  /** device_down of a device that was there, and had been there for most of its silence. */
  readonly falseDown: readonly string[];
  /** Real absences that lasted longer than the limit of the device, by the looked clock. */
  readonly absences: number;
  /** Of those, the ones that were not reported, or not within the limit. */
  readonly missed: readonly string[];
  /** Minutes of looked time from leaving to device_down, in order. */
  readonly notices: readonly number[];
  /** Called gone while there; per day that a device was there. */
  readonly falseGone: number;
  readonly falseGonePerDay: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly megabytes: number;
}

export async function reportOn(
  owner: Session,
  plans: readonly Plan[],
  stepSeconds: number,
): Promise<MonthReport> {
  const devices = await owner.query<{ mac: string; id: number }>(
    'select mac::text as mac, device_id as id from device_macs',
  );
  const byMac = new Map(devices.map(({ mac, id }) => [mac, id]));
  const looked = await lookedClock(owner);
  const falseDown: string[] = [];
  const missed: string[] = [];
  const notices: number[] = [];
  const down = groupBy(
    await owner.query<{ id: number; at: Date }>(
      `select device_id as id, opened_at as at from alerts where kind = 'device_down' order by opened_at`,
    ),
  );
  const silences = groupBy(
    await owner.query<{ id: number; at: Date; limit: number }>(
      'select device_id as id, since as at, limit_ms as limit from month_silences order by since',
    ),
  );
  const gone = groupBy(
    await owner.query<{ id: number; at: Date }>('select device_id as id, at from month_gone order by at'),
  );
  let [absences, falseGone, present] = [0, 0, 0];
  const step = stepSeconds / 60;
  const slack = 4 * step;
  for (const plan of plans) {
    const id = byMac.get(plan.station.mac) ?? -1;
    const who = `${plan.station.kind} ${plan.station.mac}`;
    present += plan.station.present.reduce((sum, [from, to]) => sum + to - from, 0);
    const alerts = (down.get(id) ?? []).map(({ at }) => minuteOf(at));
    const started = (silences.get(id) ?? []).map(({ at, limit }) => ({
      since: minuteOf(at),
      limit: limit / 60_000,
    }));
    const silenceAt = (at: number) => started.findLast(({ since }) => since <= at + step);
    for (const at of alerts) {
      // Whoever came back in its sleep has not been seen: what counts is what the silence mostly was.
      const since = silenceAt(at)?.since ?? at;
      const away = plan.away.reduce(
        (sum, [from, to]) => sum + Math.max(Math.min(to, at) - Math.max(from, since), 0),
        0,
      );
      if (away < (at - since) / 2 && !plan.away.some(([from, to]) => from <= at && at < to))
        falseDown.push(`${who} at ${clock(at)}, silent since ${clock(since)}`);
    }
    const isAway = follow(plan.away);
    // A change of address ends the old connection at once; that is no absence.
    for (const { at } of gone.get(id) ?? [])
      if (!isAway(minuteOf(at)) && !isLease(plan, minuteOf(at))) falseGone++;
    for (const [from, to] of plan.away) {
      if (from === 0) continue; // never seen before
      const silence = silenceAt(from);
      if (silence === undefined) continue;
      const notice = alerts.find(at => at >= silence.since && at < to + slack);
      if (notice !== undefined) notices.push(Math.max(looked(notice) - looked(from), 0));
      const limit = Math.max(silence.limit, 5 * step);
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
    absences,
    missed,
    notices: notices.sort((a, b) => a - b),
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

function groupBy<Row extends { id: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const list = groups.get(row.id) ?? [];
    list.push(row);
    groups.set(row.id, list);
  }
  return groups;
}

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
  const at = (share: number) =>
    (notices[Math.min(Math.floor(notices.length * share), notices.length - 1)] ?? 0).toFixed(1);
  return [
    `silences of watched devices: ${report.silences}; false device_down: ${report.falseDown.length}`,
    ...report.falseDown.slice(0, 20).map(line => `  ${line}`),
    `real absences longer than the limit: ${report.absences}, of which noticed within it: ${report.absences - report.missed.length}`,
    ...report.missed.slice(0, 20).map(line => `  ${line}`),
    `noticed after (looked minutes): median ${at(0.5)}, nine of ten ${at(0.9)}, longest ${at(1)}`,
    `false gone: ${report.falseGone}, ${report.falseGonePerDay.toFixed(3)} per device and day`,
    `alerts: ${list(report.alerts)}`,
    `rows: ${list(report.rows)}; ${report.megabytes.toFixed(1)} MB`,
  ];
}
