/** Alerts in the order of their time, what became of them and what was sent. */
import type { Db } from '../../../src/store/session.ts';
import type { BigPlan } from '../seed-big.ts';

/** Twenty kinds in a row repeat, so that some are rare. */
const KINDS = `array['new_device', 'device_down', 'device_back', 'ip_changed', 'device_down', 'device_back', 'new_device',
  'ip_changed', 'port_opened', 'device_down', 'device_back', 'name_changed', 'mac_returned', 'device_down', 'ip_changed',
  'flip_flop', 'ip_conflict', 'blocked_device_seen', 'device_back', 'scan_failing']`;
/** Of one cause one can be open at a time: as many kinds as needed, for one device each. */
const OPEN_KINDS = `array['device_down', 'new_device', 'port_opened', 'ip_conflict', 'blocked_device_seen', 'name_changed', 'flip_flop', 'ip_changed']`;

export async function fillAlerts(db: Db, plan: BigPlan): Promise<{ firstAlert: number; lastAlert: number }> {
  const { siteId, now, devices, firstDevice, days, alerts, openAlerts, networkIds } = plan;
  const goingOn = Math.min(alerts, Math.ceil(openAlerts * 1.1));
  const [first] = await db.query<{ id: number }>(
    `select coalesce(max(id), 0) + 1 as id from alerts where site_id = $1`,
    [siteId],
  );
  const firstAlert = first!.id;
  // Those that go on are spread over the newest fifth.
  await db.query(
    `insert into alerts (site_id, id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key, count,
                         opened_at, last_at, acknowledged_at, acknowledged_by, resolved_at)
     overriding system value
     select $1, $8::bigint + i - 1, kind, severity, device_id, network_id, mac, ip,
            replace(kind, '_', ' ') || case when device_id is null then ': nobody is looking at network ' || network_id
              else ': device ' || device_id || ' at ' || host(ip) end,
            case kind when 'ip_changed' then jsonb_build_object('old_ip', host(ip - 1), 'new_ip', host(ip))
              when 'port_opened' then '{"port": 22, "service": "ssh"}'::jsonb
              when 'scan_failing' then '{"problem": "eth0 is down"}'::jsonb else '{}'::jsonb end
              || case when o is null and i % 7 = 0 then '{"resolved_because": "back after 12 minutes"}'::jsonb else '{}'::jsonb end,
            kind || ':' || coalesce(device_id, network_id), case when i % 9 = 0 then 3 else 1 end, at,
            at + case when i % 9 = 0 then 20 else 0 end * interval '1 minute',
            case when is_acknowledged then at + interval '25 minutes' end,
            case when is_acknowledged then (array['Anna', 'Ben', 'admin'])[i % 3 + 1] end,
            case when o is null then at + (30 + i % 300) * interval '1 minute' end
     from (
       select i, o, at, kind, (array['info', 'low', 'medium', 'high', 'critical'])[
                case kind when 'new_device' then 2 when 'device_back' then 1 when 'blocked_device_seen' then 5
                          when 'ip_conflict' then 4 when 'scan_failing' then 4 when 'device_down' then 3 + i % 2 else 1 + i % 3 end] as severity,
              case when kind <> 'scan_failing' then $4::bigint + device end as device_id,
              ($7::integer[])[(device + 1) % cardinality($7::integer[]) + 1] as network_id,
              case when kind <> 'scan_failing' then ('3c0754' || lpad(to_hex(device), 6, '0'))::macaddr end as mac,
              case when kind <> 'scan_failing' then '10.20.0.2'::inet + device end as ip,
              case when o is null then i % 10 < 3 else o % 11 = 10 end as is_acknowledged
       from (
         select i, o, $2::timestamptz - $5::float8 * (1 - i::float8 / $6) * interval '1 day' - interval '5 minutes' as at,
                case when o is null then (${KINDS})[i % 20 + 1] else (${OPEN_KINDS})[o / $3 % 8 + 1] end as kind,
                case when o is null then (i::bigint * 7919 % $3)::integer else o % $3 end as device
         from (select i, case when ($6 - i) % $10 = 0 and ($6 - i) / $10 < $9 then ($6 - i) / $10 end as o
               from generate_series(1, $6::integer) as i) as numbered
       ) as drawn
     ) as a`,
    [
      siteId,
      now,
      devices,
      firstDevice,
      days,
      alerts,
      networkIds,
      firstAlert,
      goingOn,
      Math.max(1, Math.floor(alerts / 5 / Math.max(1, goingOn))),
    ],
  );
  await db.query(
    `select setval(pg_get_serial_sequence('alerts', 'id'), greatest((select max(id) from alerts), 1))`,
  );
  await fillEvents(db, plan);
  await fillMessages(db, plan, firstAlert + alerts - 1);
  return { firstAlert, lastAlert: firstAlert + alerts - 1 };
}

async function fillEvents(db: Db, { siteId }: BigPlan): Promise<void> {
  await db.query(
    `insert into alert_events (site_id, alert_id, at, what, actor, detail)
     select site_id, id, at, what, actor, detail
     from (
       select site_id, id, acknowledged_at as at, 'acknowledged' as what, acknowledged_by as actor, '{}'::jsonb as detail
       from alerts where site_id = $1 and acknowledged_at is not null
       union all
       select site_id, id, resolved_at, 'resolved', null, '{"how": "back"}' from alerts where site_id = $1 and resolved_at is not null
     ) as e order by at, id`,
    [siteId],
  );
}

/** One message an alert, some on two channels; some held back, some failed, the newest waiting. */
async function fillMessages(
  db: Db,
  { siteId, channelIds, tries }: BigPlan,
  lastAlert: number,
): Promise<void> {
  await db.query(
    `insert into deliveries (site_id, alert_id, channel_id, state, reason, attempts, created_at, next_attempt_at, message_key,
                             finished_at, receipt, last_error, rule_name, mute_settled)
     select a.site_id, a.id, ($2::integer[])[(a.id + copy) % cardinality($2::integer[]) + 1], state,
            case state when 'suppressed' then (array['muted until 07:00 by Anna', 'told of it 5 minutes ago', 'rule Silence says so'])[a.id % 3 + 1]
              when 'failed' then 'the server refused it: 550 5.1.1' end,
            case state when 'delivered' then 1 + (a.id % 17 = 0)::integer when 'failed' then 3 else 0 end, a.opened_at, a.opened_at,
            case when state in ('delivered', 'failed') then md5(a.id || '/' || copy)::uuid end,
            case when state <> 'queued' then a.opened_at + interval '2 s' end,
            case when state = 'delivered' then '250 2.0.0 Ok: queued as ' || upper(substr(md5(a.id::text), 1, 10)) end,
            case when state = 'failed' then '550 5.1.1 no such user' end, 'Everything',
            a.id < $3::bigint - 5000
     from alerts as a cross join generate_series(0, 1) as copy
     cross join lateral (select case when a.id > $3::bigint - 20 then 'queued' when (a.id + copy) % 25 = 0 then 'failed'
                                when (a.id + copy) % 8 = 0 then 'suppressed' else 'delivered' end as state) as s
     where a.site_id = $1 and (copy = 0 or a.id % 10 = 0)
     order by a.id, copy`,
    [siteId, channelIds, lastAlert],
  );
  await db.query(
    `insert into message_tries (site_id, channel_id, message_key, attempt, at, ms, outcome, said)
     select site_id, channel_id, message_key, n, created_at + n * interval '1 s', 80 + id % 300,
            case when n < attempts then 'retry' when state = 'delivered' then 'accepted' else 'rejected' end,
            coalesce(receipt, last_error)
     from deliveries cross join lateral generate_series(1, attempts) as n
     where site_id = $1 and message_key is not null order by created_at, id`,
    [siteId],
  );
  await db.query(
    `with d as (
       update deliveries set attempts = $3, message_key = md5('stubborn')::uuid, last_error = '451 4.3.0 try again later'
       where site_id = $1 and id = (select min(id) from deliveries where site_id = $1 and alert_id = $2) returning *
     )
     insert into message_tries (site_id, channel_id, message_key, attempt, at, ms, outcome, said)
     select d.site_id, d.channel_id, d.message_key, n, d.created_at + n * interval '100 ms', 100 + n % 50, 'retry', d.last_error
     from d cross join generate_series(1, $3::integer) as n`,
    [siteId, lastAlert, tries],
  );
}
