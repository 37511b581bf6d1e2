/** A rehearsed week written again for every later week of a year: as many rows as it had, by plain inserts. */
import type { Session } from '../../../src/store/session.ts';

/** What there was at the end of the rehearsal; the copies are made of these rows. */
export async function rememberWeek(owner: Session, start: Date): Promise<void> {
  await owner.query(`
    create temp table week_connections as select * from connections where ended_at is not null;
    create temp table week_alerts as select * from alerts where kind <> 'baseline';
    create temp table week_deliveries as select d.* from deliveries as d join week_alerts as a on a.id = d.alert_id;
    create temp table week_coverage as select * from coverage;
    -- Guests and random MACs: other ones come every week.
    create temp table week_devices as select * from devices where first_seen_at > '${start.toISOString()}'::timestamptz + interval '1 day';
    create temp table week_macs as select m.* from device_macs as m join week_devices as d on d.id = m.device_id`);
}

/** @param week from 1; the rehearsed one is 0 */
export async function repeatWeek(owner: Session, start: Date, week: number): Promise<void> {
  const k = Math.trunc(week);
  const shift = `make_interval(days => ${7 * k})`;
  const later = (device: string) =>
    `case when ${device} in (select id from week_devices) then ${device} + ${k} * 1000000 else ${device} end`;
  const other = (device: string) =>
    `case when ${device} in (select id from week_devices) then ('02' || left(md5(mac::text || ' ${k}'), 10))::macaddr else mac end`;
  // Plain rows: what the triggers would have made of them is copied too.
  await owner.query(`set session_replication_role = replica`);
  await owner.query(
    `insert into devices (site_id, id, state, importance, first_seen_at)
     select site_id, id + ${k} * 1000000, state, importance, first_seen_at + ${shift} from week_devices;
     insert into device_macs (site_id, mac, device_id, vendor, first_seen_at)
     select site_id, ${other('device_id')}, device_id + ${k} * 1000000, vendor, first_seen_at + ${shift} from week_macs;
     insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, misses, last_seen_at, opened_as,
                              missed_from, missed_looked_ms, gone_looked_ms, gone_at)
     select site_id, ${later('device_id')}, network_id, ${other('device_id')}, ip, started_at + ${shift}, ended_at + ${shift},
            misses, last_seen_at + ${shift}, opened_as, missed_from, missed_looked_ms, gone_looked_ms, gone_at + ${shift}
     from week_connections order by ended_at;
     insert into alerts (site_id, id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key, count,
                         opened_at, last_at, resolved_at, routine) overriding system value
     select site_id, id + ${k} * 1000000, kind, severity, ${later('device_id')}, network_id, mac, ip, summary, detail,
            dedup_key || case when resolved_at is null then ':' || ${k} else '' end, count,
            opened_at + ${shift}, last_at + ${shift}, resolved_at + ${shift}, routine
     from week_alerts order by id;
     insert into deliveries (site_id, id, alert_id, channel_id, state, reason, attempts, created_at, next_attempt_at,
                             message_key, finished_at, receipt) overriding system value
     select site_id, id + ${k} * 1000000, alert_id + ${k} * 1000000, channel_id, state, reason, attempts,
            created_at + ${shift}, next_attempt_at + ${shift}, gen_random_uuid(), finished_at + ${shift}, receipt
     from week_deliveries order by id;
     insert into coverage (site_id, network_id, during)
     select site_id, network_id, tstzrange(lower(during) + ${shift}, upper(during) + ${shift}, '[]') from week_coverage`,
  );
  // Who is here now came after the last of these visits.
  await owner.query(
    `update connections as c set started_at = $1::timestamptz + make_interval(days => $2)
     from (select distinct mac, ip from week_connections) as w
     where c.ended_at is null and c.mac = w.mac and c.ip = w.ip`,
    [start, 7 * (k + 1)],
  );
  await logWeek(owner, start, k);
  await owner.query(`set session_replication_role = origin`);
}

/** A scan every half minute. */
async function logWeek(owner: Session, start: Date, k: number): Promise<void> {
  await owner.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method, probed, answered, frames,
                                broadcasts, new, returned, moved, missing)
     select 1, 1, at, 400, 'complete', 'packet', 1000, 180, 1100, 900, 0, 0, 0, 0
     from generate_series($1::timestamptz + make_interval(days => $2), $1::timestamptz + make_interval(days => $2 + 7) - interval '1 s', '30 s') as at`,
    [start, 7 * k],
  );
}
