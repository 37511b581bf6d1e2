-- Changes become alerts, alerts become deliveries, deliveries wake the daemon: all in the transaction that wrote the
-- change, one statement per step however many rows. The names carry their order: _100 makes alerts, _500 deliveries,
-- _900 notifies.
-- Locks: brief SHARE ROW EXCLUSIVE on the tables that get a trigger.

create function alert_on_opened() returns trigger
language plpgsql as $$
begin
  if exists (select from opened where opened_as = 'new') then
    insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
    select distinct on (o.site_id, o.device_id)
           o.site_id, 'new_device', 'medium', o.device_id, o.network_id, o.mac, o.ip,
           'New device: ' || coalesce(m.vendor, case when m.is_local then 'random MAC' else 'unknown vendor' end)
             || ' at ' || host(o.ip),
           jsonb_build_object('vendor', m.vendor, 'random_mac', m.is_local), 'new_device:' || o.device_id
    from opened as o
    join device_macs as m on m.site_id = o.site_id and m.mac = o.mac
    where o.opened_as = 'new'
    order by o.site_id, o.device_id, o.ip
    on conflict (site_id, dedup_key) where resolved_at is null
      do update set count = alerts.count + 1, last_at = now();
  end if;

  -- Most sites block nobody: the probe of a tiny index saves them the join.
  if not exists (select from devices as d
                 where d.state = 'blocked' and d.site_id in (select distinct site_id from opened)) then
    return null;
  end if;
  insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
  select distinct on (o.site_id, o.device_id)
         o.site_id, 'blocked_device_seen', 'critical', o.device_id, o.network_id, o.mac, o.ip,
         'Blocked device is here: ' || coalesce(d.name, m.vendor, o.mac::text) || ' at ' || host(o.ip),
         jsonb_build_object('vendor', m.vendor, 'random_mac', m.is_local), 'blocked_device_seen:' || o.device_id
  from opened as o
  join devices as d on d.site_id = o.site_id and d.id = o.device_id and d.state = 'blocked'
  join device_macs as m on m.site_id = o.site_id and m.mac = o.mac
  order by o.site_id, o.device_id, o.ip
  on conflict (site_id, dedup_key) where resolved_at is null
    do update set count = alerts.count + 1, last_at = now();
  return null;
end $$;

create trigger _100_alert_on_opened after insert on connections
  referencing new table as opened for each statement execute function alert_on_opened();

-- A blocked device that left: its alert has ended, and the next visit is a new one.
create function resolve_on_closed() returns trigger
language plpgsql as $$
begin
  update alerts as a set resolved_at = now()
  from (select distinct c.site_id, c.device_id from closed as c where c.ended_at is not null) as c
  where a.site_id = c.site_id and a.device_id = c.device_id
    and a.kind = 'blocked_device_seen' and a.resolved_at is null
    and not exists (select from connections as o
                    where o.site_id = c.site_id and o.device_id = c.device_id and o.ended_at is null);
  return null;
end $$;

create trigger _100_resolve_on_closed after update on connections
  referencing new table as closed for each statement execute function resolve_on_closed();

-- One alert for the first completed scan of a network, with the list; for scans that keep failing, one until it ends.
create function alert_on_scan() returns trigger
language plpgsql as $$
declare
  -- Consecutive failures before anyone is told: a single lost scan is not news.
  c_failures constant integer := 3;
  -- A /16 of devices does not belong into one row; the page has them all.
  c_listed   constant integer := 500;
begin
  insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key)
  select s.site_id, 'baseline', 'info', s.network_id,
         'First look at ' || n.cidr || ': ' || f.total || case f.total when 1 then ' device' else ' devices' end,
         jsonb_build_object('total', f.total, 'devices', coalesce(f.listed, '[]')), 'baseline:' || s.network_id
  from scans as s
  join networks as n on n.site_id = s.site_id and n.id = s.network_id and n.baseline_at is null
  cross join lateral (
    select (select count(*) from connections as c
            where c.site_id = s.site_id and c.network_id = s.network_id and c.ended_at is null) as total,
           (select jsonb_agg(jsonb_build_object('mac', c.mac, 'ip', host(c.ip), 'vendor', m.vendor,
                                                'device_id', c.device_id) order by c.ip)
            from (select * from connections as c
                  where c.site_id = s.site_id and c.network_id = s.network_id and c.ended_at is null
                  order by c.ip limit c_listed) as c
            join device_macs as m on m.site_id = c.site_id and m.mac = c.mac) as listed
  ) as f
  where s.outcome = 'complete'
  on conflict (site_id, dedup_key) where resolved_at is null do nothing;

  insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key)
  select s.site_id, 'scan_failing', 'high', s.network_id,
         'Nobody is looking' || coalesce(' at ' || n.cidr, '') || ': '
           || coalesce(n.failures, t.scan_failures) || ' scans in a row did not complete',
         jsonb_build_object('problem', s.problem), 'scan_failing:' || coalesce(s.network_id::text, 'site')
  from scans as s
  join sites as t on t.id = s.site_id
  left join networks as n on n.site_id = s.site_id and n.id = s.network_id
  where s.outcome <> 'complete' and coalesce(n.failures, t.scan_failures) >= c_failures
  on conflict (site_id, dedup_key) where resolved_at is null
    do update set count = alerts.count + 1, last_at = now();

  if exists (select from scans as s
             join sites as t on t.id = s.site_id
             join networks as n on n.site_id = s.site_id and n.id = s.network_id
             where s.outcome = 'complete' and (n.failures > 0 or t.scan_failures > 0)) then
    update alerts as a set resolved_at = now()
    from scans as s
    cross join lateral (values ('scan_failing:site'), ('scan_failing:' || s.network_id)) as k (dedup_key)
    where s.outcome = 'complete' and a.site_id = s.site_id and a.resolved_at is null and a.dedup_key = k.dedup_key;
  end if;

  -- For pages that are open: something was looked at. A hint, as every NOTIFY here.
  perform pg_notify('netureon_changes', json_build_object('what', 'scan', 'site', site_id)::text)
  from (select distinct site_id from scans) as s;
  return null;
end $$;

create trigger _100_alert_on_scan after insert on discovery_log
  referencing new table as scans for each statement execute function alert_on_scan();

create function severity_rank(p_severity text) returns integer
language sql immutable parallel safe as $$
  select array_position(array['info', 'low', 'medium', 'high', 'critical'], p_severity)
$$;

-- Each alert × each channel that a rule sends it to; else one suppressed row that says why.
create function queue_deliveries() returns trigger
language plpgsql as $$
begin
  -- The few (kind, severity, channel) targets first, materialized: the planner believes that a transition table has
  -- one row, and would otherwise work them out again for each alert of a burst.
  with sorts as materialized (
    select distinct site_id, kind, severity from opened
  ), targets as materialized (
    select distinct o.site_id, o.kind, o.severity, c.id as channel_id
    from sorts as o
    join rules as r on r.site_id = o.site_id and r.enabled
      and (r.kinds is null or o.kind = any (r.kinds))
      and severity_rank(o.severity) >= severity_rank(r.min_severity)
    join channels as c on c.site_id = o.site_id and c.enabled and (r.channel_id is null or r.channel_id = c.id)
  ), reasons as materialized (
    select o.site_id, case when exists (select from channels as c where c.site_id = o.site_id and c.enabled)
                        then 'no rule sends this kind of alert' else 'no channel is set up' end as reason
    from (select distinct site_id from sorts) as o
  )
  insert into deliveries (site_id, alert_id, channel_id, state, reason, finished_at)
  select a.site_id, a.id, t.channel_id,
         case when t.channel_id is null then 'suppressed' else 'queued' end,
         case when t.channel_id is null then r.reason end,
         case when t.channel_id is null then now() end
  from opened as a
  join reasons as r on r.site_id = a.site_id
  left join targets as t on t.site_id = a.site_id and t.kind = a.kind and t.severity = a.severity;

  perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', site_id)::text)
  from (select distinct site_id from opened) as s;
  return null;
end $$;

create trigger _500_queue_deliveries after insert on alerts
  referencing new table as opened for each statement execute function queue_deliveries();

-- Only a hint: the rows are the truth, and the daemon drains on its own clock too. One per statement, because
-- NOTIFY takes a database-wide lock at commit.
create function notify_deliveries() returns trigger
language plpgsql as $$
begin
  if exists (select from queued where state = 'queued') then
    perform pg_notify('netureon_alerts', '');
  end if;
  return null;
end $$;

create trigger _900_notify after insert on deliveries
  referencing new table as queued for each statement execute function notify_deliveries();

-- Every site starts with one rule: everything to every channel.
create function default_rules() returns trigger
language plpgsql as $$
begin
  insert into rules (site_id, name) values (new.id, 'Everything to every channel');
  return null;
end $$;

create trigger _100_default_rules after insert on sites for each row execute function default_rules();
insert into rules (site_id, name) select id, 'Everything to every channel' from sites;
