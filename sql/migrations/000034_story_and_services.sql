-- Who watches netureon: its services say that they live, and when one stops saying so, somebody else raises it. And what
-- no scan ends any more is ended by whoever watches.
-- Locks: brief ACCESS EXCLUSIVE on heartbeats for a column; alerts is not written while its new index is built (it holds
-- open alerts of a few kinds only).

alter table heartbeats add column stopped_at timestamptz;
-- What ran once and was forgotten is not missed.
update heartbeats set stopped_at = seen_at where seen_at < now() - interval '1 hour';

-- How long a service may be silent. It reports once a minute.
create function service_patience() returns interval
language sql immutable parallel safe as $$ select interval '3 minutes' $$;

-- As in 000009: "I am alive", once a minute. It ends the alert that said otherwise.
create or replace function heartbeat(p_site text, p_service text, p_version text, p_started_at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  insert into heartbeats (site_id, service, version, started_at, seen_at)
  values (v_site, p_service, p_version, p_started_at, clock_now())
  on conflict (site_id, service)
    do update set version = excluded.version, started_at = excluded.started_at, seen_at = excluded.seen_at, stopped_at = null;
  perform service_is_back(v_site, p_service, 'it reports again');
end $$;

create function service_is_back(p_site_id integer, p_service text, p_because text) returns void
language plpgsql as $$
begin
  if exists (select from alerts where site_id = p_site_id and resolved_at is null
               and dedup_key = 'service_silent:' || p_service) then
    update alerts set resolved_at = clock_now(), detail = detail || jsonb_build_object('resolved_because', p_because)
    where site_id = p_site_id and resolved_at is null and dedup_key = 'service_silent:' || p_service;
    perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', p_site_id)::text);
  end if;
end $$;

-- A clean stop: somebody meant it, and nobody is told. Of a service that is missed already it says nothing: whoever
-- stopped now was somebody else, who did its work once.
create function service_stopped(p_site text, p_service text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := (select id from sites where name = p_site);
begin
  update heartbeats set stopped_at = clock_now()
  where site_id = v_site and service = p_service and seen_at > clock_now() - service_patience();
  if found then
    perform service_is_back(v_site, p_service, 'it was stopped');
  end if;
end $$;

-- Raises service_silent for each alert daemon and site that has not reported for service_patience() without having been
-- stopped. p_watched as in check_silence: for how long the caller has been able to hear reports. Returns how many.
create function check_services(p_watched interval default null) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now    constant timestamptz := clock_now();
  v_floor  constant timestamptz := coalesce(v_now - p_watched, '-infinity');
  v_raised integer;
begin
  if not exists (select from heartbeats
                 where service in ('alertd', 'web') and stopped_at is null and seen_at < v_now - service_patience()) then
    return 0;
  end if;
  insert into alerts (site_id, kind, severity, summary, detail, dedup_key)
  select h.site_id, 'service_silent', case h.service when 'alertd' then 'critical' else 'medium' end,
         case h.service when 'alertd' then 'The alert daemon has fallen silent: messages are not sent'
           else 'The site has fallen silent: its pages cannot be opened' end,
         jsonb_build_object('service', h.service, 'last_report_at', h.seen_at, 'version', h.version),
         'service_silent:' || h.service
  from heartbeats as h
  where h.service in ('alertd', 'web') and h.stopped_at is null
    and v_now - greatest(h.seen_at, v_floor) > service_patience()
  order by h.site_id, h.service
  on conflict (site_id, dedup_key) where resolved_at is null do nothing;
  get diagnostics v_raised = row_count;
  return v_raised;
end $$;

-- As in 000026; that a site's own scanner is silent is a service of netureon's that is.
create or replace function check_silence(p_watched interval default null) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_least  constant interval := not_looked_after();
  v_now    constant timestamptz := clock_now();
  v_floor  constant timestamptz := coalesce(v_now - p_watched, '-infinity');
  v_raised integer;
begin
  if not exists (select from networks where retired_at is null and last_scan_at < v_now - c_least) then
    return 0;
  end if;

  with looked as materialized (
    select n.site_id, n.id, n.cidr, n.scans, coalesce(n.sensor_id, 0) as sensor_id,
           greatest(n.last_scan_at, l.last) as last, coalesce(greatest(c_least, 3 * l.usual), c_least) as patience
    from networks as n
    -- Only for those that look silent: when they last reported a failure, and how often they usually report.
    left join lateral (
      select max(finished_at) as last, percentile_disc(0.5) within group (order by gap) as usual
      from (select finished_at, finished_at - lag(finished_at) over (order by id) as gap
            from (select g.id, g.finished_at from discovery_log as g
                  where g.site_id = n.site_id and g.network_id = n.id order by g.id desc limit 10) as g) as g
    ) as l on n.last_scan_at < v_now - c_least and not exists (
      select from alerts as a
      where a.site_id = n.site_id and a.resolved_at is null
        and a.dedup_key in ('sensor_silent:network:' || n.id, 'sensor_silent:sensor:' || coalesce(n.sensor_id, 0)))
    where n.retired_at is null and n.last_scan_at is not null
  ), scanners as materialized (
    select w.site_id, w.sensor_id, max(s.name) as name, max(w.last) as looked, min(w.patience) as patience,
           -- A scanner that cannot even choose a network reports that, and is not silent.
           greatest(max(w.last), max(s.last_report_at), max(f.last)) as last,
           array_agg(w.cidr order by w.cidr) as cidrs, case when count(*) = 1 then min(w.id) end as network_id
    from looked as w
    left join sensors as s on s.site_id = w.site_id and s.id = w.sensor_id
    left join lateral (
      select g.finished_at as last from discovery_log as g join sites as t on t.id = g.site_id and t.scan_failures > 0
      where g.site_id = w.site_id and w.sensor_id = 0 and g.network_id is null order by g.id desc limit 1
    ) as f on true
    group by w.site_id, w.sensor_id
  ), silent as (
    select case when sensor_id = 0 then 'service_silent' else 'sensor_silent' end as kind,
           site_id, network_id, 'sensor_silent:sensor:' || sensor_id as dedup_key, last, patience, name, cidrs,
           case when sensor_id = 0 then 'The scanner' else 'Sensor ' || coalesce(name, '?') end
             || ' has fallen silent: nobody looks at ' || cidrs[1]
             || case cardinality(cidrs) when 1 then '' when 2 then ' and ' || cidrs[2]
                  else ' and ' || cardinality(cidrs) - 1 || ' other networks' end as summary
    from scanners
    where v_now - greatest(last, v_floor) > patience
    union all
    select 'sensor_silent', w.site_id, w.id, 'sensor_silent:network:' || w.id, w.last, w.patience, s.name, array[w.cidr],
           'Nobody looks at ' || w.cidr || ' any more: '
             || case when w.sensor_id = 0 then 'the scanner' else 'sensor ' || coalesce(s.name, '?') end
             || ' has left it out'
    from looked as w
    join scanners as s on s.site_id = w.site_id and s.sensor_id = w.sensor_id
    where s.looked - w.last > w.patience and v_now - greatest(w.last, v_floor) > w.patience
      and v_now - greatest(s.last, v_floor) <= s.patience
      -- What was looked at once is nobody's habit: somebody typed it.
      and w.scans > 1
  )
  insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key)
  select site_id, kind, 'high', network_id, summary,
         jsonb_build_object('last_report_at', last, 'networks', to_jsonb(cidrs),
                            'patience_s', round(extract(epoch from patience)))
           || case kind when 'service_silent' then '{"service": "scan"}' else jsonb_build_object('sensor', name) end,
         dedup_key
  from silent
  -- Two who notice at the same moment wait for each other in one order.
  order by site_id, dedup_key
  on conflict (site_id, dedup_key) where resolved_at is null do nothing;
  get diagnostics v_raised = row_count;
  return v_raised;
end $$;

-- Open alerts of the kinds that end_what_is_over looks through: a few, whatever else is open.
create index alerts_to_end on alerts (site_id, kind)
  where resolved_at is null and kind in ('baseline', 'arp_flood', 'proxy_arp', 'ip_conflict', 'blocked_device_seen',
                                         'name_changed', 'network_outage', 'device_down');

-- Ends what no scan will end any more: what a crash forgot (floods are kept in an unlogged table), what was raised by
-- something that left no trace to wait for, and the first look at a network, which is news for a day.
create function end_what_is_over() returns void
language plpgsql as $$
declare
  v_now   constant timestamptz := clock_now();
  v_sites integer[];
begin
  with over as materialized (
    select a.site_id, a.id, e.because
    from alerts as a
    left join networks as n on n.site_id = a.site_id and n.id = a.network_id
    cross join lateral (select case a.kind
      when 'baseline' then
        case when a.opened_at < v_now - interval '1 day' then 'the first look is a day old' end
      when 'arp_flood' then
        case when n.last_scan_at > a.last_at and not exists (
               select from arp_floods as f where f.site_id = a.site_id and f.network_id = a.network_id)
          then 'the flood has ended' end
      when 'proxy_arp' then
        case when n.last_scan_at > a.last_at + interval '15 minutes' and not exists (
               select from proxy_stations as p where p.site_id = a.site_id and p.network_id = a.network_id and p.mac = a.mac)
          then 'it answers only for itself' end
      when 'ip_conflict' then
        case when n.last_scan_at > a.last_at and not exists (
               select from contested_addresses as t
               where t.site_id = a.site_id and t.network_id = a.network_id and (t.ip = a.ip or a.ip is null))
          then 'nobody contests it any more' end
      when 'blocked_device_seen' then
        case when not exists (
               select from connections as c where c.site_id = a.site_id and c.device_id = a.device_id
                 and (c.ended_at is null or c.ended_at > v_now - interval '10 minutes'))
          then 'it is not here any more' end
      when 'name_changed' then
        case when a.detail ? 'macs' and 2 > (
               select count(distinct c.mac) from connections as c
               where c.site_id = a.site_id and c.ended_at is null and a.detail -> 'macs' ? c.mac::text
                 and c.mac in (select m::macaddr from jsonb_array_elements_text(a.detail -> 'macs') as m))
          then 'one of the two has left' end
      when 'network_outage' then
        case when n.outage_since is null and n.last_scan_at > a.last_at then 'most of the network answers again' end
      when 'device_down' then
        case when device_is_here(a.site_id, a.device_id) and not exists (
               select from watched_silences as w where w.site_id = a.site_id and w.device_id = a.device_id)
          then 'it is here' end
      end as because) as e
    where a.resolved_at is null
      and a.kind in ('baseline', 'arp_flood', 'proxy_arp', 'ip_conflict', 'blocked_device_seen',
                     'name_changed', 'network_outage', 'device_down')
      and e.because is not null
    order by a.site_id, a.id
    -- Whoever holds one is about to say something about it.
    for update of a skip locked
  ), ended as (
    update alerts as a set resolved_at = v_now, detail = a.detail || jsonb_build_object('resolved_because', o.because)
    from over as o where a.site_id = o.site_id and a.id = o.id
    returning a.site_id
  )
  select array_agg(distinct site_id) into v_sites from ended;
  perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', s.id)::text) from unnest(v_sites) as s (id);
end $$;

-- What whoever runs all the time does about twice a minute. Returns how many alerts were raised.
create function watch_over(p_watched interval default null) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform end_what_is_over();
  perform settle_mutes();
  return check_silence(p_watched) + check_services(p_watched) + check_channels();
end $$;

-- A watcher that is started anew for each look: how long this machine and the database have certainly been awake, by its
-- own looks and the scans, between none of which two minutes passed. After a night's sleep it has seen nothing.
create function monitor_look(p_site text, p_version text) returns interval
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_pause constant interval := interval '130 seconds';
  v_site  constant integer := site_of(p_site);
  v_now   constant timestamptz := clock_now();
  v_own   heartbeats;
  v_since timestamptz := v_now;
  v_scans timestamptz;
begin
  select * into v_own from heartbeats where site_id = v_site and service = 'monitor' and stopped_at is null;
  if v_own.seen_at between v_now - c_pause and v_now then
    v_since := v_own.started_at;
  end if;
  select max(l.finished_at) filter (where l.gap is null or l.gap > c_pause) into v_scans
  from (select g.finished_at, g.finished_at - lag(g.finished_at) over (order by g.finished_at) as gap
        from (select finished_at from discovery_log
              where site_id = v_site and finished_at between v_now - interval '30 minutes' and v_now) as g) as l
  having max(l.finished_at) > v_now - c_pause;
  perform heartbeat(p_site, 'monitor', p_version, v_since);
  return v_now - least(v_since, v_scans);
end $$;

-- Whether an open alert says that it is silent.
create function service_missed(p_site text, p_service text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select from alerts as a join sites as s on s.id = a.site_id
                 where s.name = p_site and a.resolved_at is null and a.dedup_key = 'service_silent:' || p_service)
$$;

-- As people ask for them. silent: it should have reported and has not.
create function services_of(p_site text)
returns table (name text, state text, seen_at timestamptz, started_at timestamptz, version text)
language sql stable security definer set search_path = public, pg_temp as $$
  with site as (
    select id from sites where sites.name = p_site
  ), own as (
    select max(n.last_scan_at) as scanned, min(n.id) as network_id
    from networks as n
    where n.site_id = (select id from site) and n.retired_at is null and n.sensor_id is null and n.last_scan_at is not null
  ), reports as (
    select max(g.finished_at) as last, percentile_disc(0.5) within group (order by g.gap) as usual
    from (select l.finished_at, l.finished_at - lag(l.finished_at) over (order by l.id) as gap
          from (select f.id, f.finished_at from discovery_log as f
                where f.site_id = (select id from site)
                  and (f.network_id is null or f.network_id = (select network_id from own)) order by f.id desc limit 10) as l) as g
  )
  select 'scan', case
           when o.scanned is null then 'never'
           when clock_now() - greatest(o.scanned, r.last) > greatest(not_looked_after(), 3 * r.usual) then 'silent'
           else 'running' end,
         greatest(o.scanned, r.last), null::timestamptz, null::text
  from own as o, reports as r
  union all
  select s.name, case
           when h.service is null then 'never'
           when h.stopped_at is not null then 'stopped'
           when clock_now() - h.seen_at > service_patience() then 'silent'
           else 'running' end,
         h.seen_at, h.started_at, h.version
  from unnest(array['alertd', 'web', 'monitor']) as s (name)
  left join heartbeats as h on h.site_id = (select id from site) and h.service = s.name
$$;

revoke execute on function service_patience, service_is_back, service_stopped, check_services, end_what_is_over, watch_over,
  monitor_look, service_missed, services_of from public;
grant execute on function service_stopped to netureon_alertd, netureon_web;
grant execute on function check_services, watch_over, monitor_look, service_missed, services_of to netureon_alertd, netureon_web;
-- Who is meant, on a command line.
grant execute on function find_devices to netureon_web;
