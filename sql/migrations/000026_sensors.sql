-- Sensors: scanners on other machines, each with a database role of its own that may report for its own site and do
-- nothing else; what it means that a scanner has fallen silent; and networks that nobody means to look at any more.
-- Locks: brief ACCESS EXCLUSIVE on networks for new columns (no rewrite), SHARE ROW EXCLUSIVE on discovery_log for a
-- trigger.

do $$
begin
  if not exists (select from pg_roles where rolname = 'netureon_sensor') then
    create role netureon_sensor nologin;
  end if;
exception when duplicate_object or unique_violation then
  null; -- a concurrent migration of another database was faster; the role is there
end $$;

create table sensors (
  site_id        integer not null references sites (id) on delete cascade,
  id             integer generated always as identity,
  name           text not null check (name ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
  -- The login of this sensor and of nobody else; its name is what the functions below recognise a sensor by.
  role           text not null unique check (role = 'netureon_sensor_' || name),
  created_at     timestamptz not null default clock_now(),
  password_at    timestamptz not null default clock_now(),
  last_report_at timestamptz,
  primary key (site_id, id)
) with (fillfactor = 50); -- one small update per report: keep it HOT

alter table networks
  -- Who reported last: null is this site's own scanner.
  add column sensor_id  integer,
  add column retired_by text,
  add constraint networks_retired_by_somebody check ((retired_at is null) = (retired_by is null));

-- The site of the sensor that is logged in, which is the only one it may name.
create function site_of_sensor(p_site text) returns integer
language plpgsql stable as $$
declare
  v_id   integer;
  v_name text;
begin
  select s.site_id, t.name into v_id, v_name
  from sensors as s join sites as t on t.id = s.site_id where s.role = session_user;
  if v_id is null then
    raise exception '% is no sensor of this database', session_user using errcode = '42501';
  end if;
  if v_name is distinct from p_site then
    raise exception '% reports for the site %, not for %', session_user, v_name, p_site
      using errcode = '42501', hint = format('set [site] name = "%s" on that machine', v_name);
  end if;
  return v_id;
end $$;

-- As in 000006, but that a sensor neither makes a site nor speaks for another one. Every function that a sensor may
-- call asks here first.
create or replace function site_of(p_site text) returns integer
language plpgsql as $$
declare
  v_id integer;
begin
  if session_user like 'netureon\_sensor\_%' then
    return site_of_sensor(p_site);
  end if;
  select id into v_id from sites where name = p_site;
  if v_id is null then
    insert into sites (name) values (p_site) on conflict (name) do nothing;
    select id into strict v_id from sites where name = p_site;
  end if;
  return v_id;
end $$;

-- The vendors of these MACs, where known: all that a scan wants to read besides what begin_scan tells it.
create function vendors_of(p_site text, p_macs macaddr[]) returns table (mac macaddr, vendor text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  return query select m.mac, m.vendor from device_macs as m
               where m.site_id = v_site and m.mac = any (p_macs) and m.vendor is not null;
end $$;

-- The scanner that is logged in: a sensor, or null for a site's own.
create function scanner_id() returns integer
language plpgsql stable as $$
begin
  if session_user like 'netureon\_sensor\_%' then
    return (select id from sensors where role = session_user);
  end if;
  return null;
end $$;

-- The networks that were last seen on an interface of this scanner: those it is missed for when it is away. Untagged ones.
create function networks_seen_on(p_site text, p_interface text) returns table (network cidr, link text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site    constant integer := site_of(p_site);
  v_scanner constant integer := scanner_id();
begin
  return query
  select s.cidr, s.link
  from (select n.*, max(n.last_scan_at) over () as latest from networks as n
        where n.site_id = v_site and n.interface = p_interface and n.link = ''
          and n.sensor_id is not distinct from v_scanner) as s
  where s.last_scan_at >= s.latest - not_looked_after()
  order by s.id;
end $$;

-- One scanner per network. Two places with the same numbers would be one network in which everybody keeps falling silent.
-- NE423: another scanner of this site has completed a scan of it within not_looked_after(). Whoever is silent for longer, or
-- whose network is retired, may be followed by another.
create function refuse_shared(p_network networks, p_scanner integer) returns void
language plpgsql stable as $$
begin
  if p_network.sensor_id is not distinct from p_scanner or p_network.retired_at is not null
    or coalesce(abs(extract(epoch from clock_now() - p_network.last_scan_at))
                > extract(epoch from not_looked_after()), true) then
    return;
  end if;
  raise exception '% is scanned by % of the same site', network_words(p_network),
    coalesce((select 'sensor ' || s.name from sensors as s
              where s.site_id = p_network.site_id and s.id = p_network.sensor_id), 'the own scanner')
    using errcode = 'NE423';
end $$;

-- As in 000018, for one scanner per network. NE423 as above.
create or replace function begin_scan(p_site text, p_networks cidr[], p_links text[] default null)
returns table (network cidr, link text, granted boolean, macs macaddr[], ips inet[], scans bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site    constant integer := site_of(p_site);
  v_scanner constant integer := scanner_id();
begin
  -- Before it takes a lock that the other might want. What the other is about to commit is found when this scan is recorded.
  perform refuse_shared(w, v_scanner)
  from unnest(p_networks, p_links) as u (cidr, link)
  join networks as w on w.site_id = v_site and w.cidr = u.cidr and w.link = scanner_link(u.cidr, coalesce(u.link, ''));
  return query
  select n.cidr,
         n.asked,
         pg_try_advisory_lock(scan_lock_key(p_site, n.cidr, n.stored)),
         coalesce(k.macs, '{}'),
         coalesce(k.ips, '{}'),
         coalesce(w.scans, 0)
  from (select u.cidr, coalesce(u.link, '') as asked, scanner_link(u.cidr, coalesce(u.link, '')) as stored
        from unnest(p_networks, p_links) as u (cidr, link)) as n
  left join networks as w on w.site_id = v_site and w.cidr = n.cidr and w.link = n.stored
  left join lateral (
    -- The longest here first: where many MACs claim one address, the scan asks only the first few of them in person.
    select array_agg(c.mac) as macs, array_agg(c.ip) as ips
    from (select o.mac, o.ip from connections as o
          where o.site_id = v_site and o.network_id = w.id and o.ended_at is null
          order by o.started_at, o.id) as c
  ) as k on true;
end $$;

-- Every report, complete or not: it came from somebody, and whoever reports is silent no more. For a steady network
-- that its own site scans, nothing is written. NE423 as above, and then nothing of the report is.
create function note_report() returns trigger
language plpgsql as $$
declare
  v_sensor integer;
begin
  if session_user like 'netureon\_sensor\_%' then
    update sensors set last_report_at = (select max(finished_at) from reports)
    where role = session_user returning id into v_sensor;
  end if;

  -- Asked first: a statement that updates no row still has its price, in every scan.
  perform refuse_shared(n, v_sensor)
  from reports as r
  join networks as n on n.site_id = r.site_id and n.id = r.network_id
    and (n.sensor_id is distinct from v_sensor or n.retired_at is not null and r.outcome = 'complete');
  if found then
    update networks as n
    set sensor_id  = v_sensor,
        retired_at = case when r.outcome <> 'complete' then n.retired_at end,
        retired_by = case when r.outcome <> 'complete' then n.retired_by end
    from reports as r
    where n.site_id = r.site_id and n.id = r.network_id
      and (n.sensor_id is distinct from v_sensor or n.retired_at is not null and r.outcome = 'complete');
  end if;

  -- Hardly ever: a look into the index of open alerts, and no update in every scan.
  if exists (select from reports as r
             join alerts as a on a.site_id = r.site_id and a.resolved_at is null
               and a.dedup_key in ('sensor_silent:network:' || r.network_id,
                                   'sensor_silent:sensor:' || coalesce(v_sensor, 0))) then
    update alerts as a set resolved_at = clock_now()
    from reports as r
    cross join lateral (values ('sensor_silent:network:' || r.network_id),
                               ('sensor_silent:sensor:' || coalesce(v_sensor, 0))) as k (dedup_key)
    where a.site_id = r.site_id and a.dedup_key = k.dedup_key and a.resolved_at is null;
  end if;
  return null;
end $$;

create trigger _120_note_report after insert on discovery_log
  referencing new table as reports for each statement execute function note_report();

-- Raises sensor_silent for every scanner (a sensor, or a site's own) that has scanned and has not reported for five
-- minutes, or for three times its usual interval if that is longer; and for a single network that its scanner has left
-- out for as long while it went on with others. One alert each, resolved by the next report. Called by those who would
-- notice: the alert daemon and the site, never by the scanner. Returns how many were raised.
-- p_watched: for how long the caller has been able to hear reports. A silence that began before counts from then: after
-- a night in which the whole machine was off, the scanner gets its five minutes like everybody else.
create function check_silence(p_watched interval default null) returns integer
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
    select site_id, network_id, 'sensor_silent:sensor:' || sensor_id as dedup_key, last, patience, name, cidrs,
           case when sensor_id = 0 then 'The scanner' else 'Sensor ' || coalesce(name, '?') end
             || ' has fallen silent: nobody looks at ' || cidrs[1]
             || case cardinality(cidrs) when 1 then '' when 2 then ' and ' || cidrs[2]
                  else ' and ' || cardinality(cidrs) - 1 || ' other networks' end as summary
    from scanners
    where v_now - greatest(last, v_floor) > patience
    union all
    select w.site_id, w.id, 'sensor_silent:network:' || w.id, w.last, w.patience, s.name, array[w.cidr],
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
  select site_id, 'sensor_silent', 'high', network_id, summary,
         jsonb_build_object('sensor', name, 'last_report_at', last, 'networks', to_jsonb(cidrs),
                            'patience_s', round(extract(epoch from patience))), dedup_key
  from silent
  -- Two who notice at the same moment wait for each other in one order.
  order by site_id, dedup_key
  on conflict (site_id, dedup_key) where resolved_at is null do nothing;
  get diagnostics v_raised = row_count;
  return v_raised;
end $$;

-- Nobody means to look at this network any more. Who was there is not gone but no longer looked for: their connections
-- end when they were last seen. What only a scan of it could end has ended: conflicts about its addresses, who its
-- gateway is, a watched device that was down there. The next completed scan brings the network back. NE404: there is no
-- such network.
create function retire_network(p_site text, p_network integer, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_network networks;
  v_down    bigint[];
begin
  select n.* into v_network from networks as n join sites as s on s.id = n.site_id
  where s.name = p_site and n.id = p_network;
  if v_network.id is null then
    raise exception 'there is no network %', p_network using errcode = 'NE404';
  end if;
  -- No scan of it may be half recorded.
  perform pg_advisory_xact_lock(
    hashtextextended('netureon record ' || p_site || ' ' || v_network.cidr || ' ' || v_network.link, 0));
  perform lock_devices(v_network.site_id);
  select n.* into strict v_network from networks as n
  where n.site_id = v_network.site_id and n.id = v_network.id for no key update;
  if v_network.retired_at is not null then
    return;
  end if;
  update networks
  set retired_at = clock_now(), retired_by = p_actor,
      failures = 0, outage_since = null, outage_here = null, outage_believed = false
  where site_id = v_network.site_id and id = v_network.id;
  -- Not missed: that is what tells them from those that were called gone.
  update connections as c
  set ended_at = greatest(coalesce(c.last_seen_at, v_network.last_scan_at, c.started_at), c.started_at),
      misses = 0, last_seen_at = null, missed_from = null, missed_looked_ms = null, gone_looked_ms = null
  where c.site_id = v_network.site_id and c.network_id = v_network.id and c.ended_at is null;
  with ended as (
    delete from watched_silences as w
    where w.site_id = v_network.site_id and w.network_id = v_network.id returning w.device_id, w.is_down
  ) select array_agg(device_id) filter (where is_down) into v_down from ended;
  delete from contested_addresses where site_id = v_network.site_id and network_id = v_network.id;
  delete from proxy_stations where site_id = v_network.site_id and network_id = v_network.id;
  delete from arp_floods where site_id = v_network.site_id and network_id = v_network.id;
  update alerts as a
  set resolved_at = clock_now(), detail = a.detail || jsonb_build_object('resolved_because', 'its network was retired')
  where a.site_id = v_network.site_id and a.resolved_at is null
    and (a.network_id = v_network.id
           and a.kind in ('scan_failing', 'network_outage', 'gateway_changed', 'ip_conflict', 'proxy_arp', 'arp_flood')
      or a.dedup_key = 'sensor_silent:network:' || v_network.id
      or a.kind = 'device_down' and a.device_id = any (v_down)
      or a.dedup_key = 'sensor_silent:sensor:' || coalesce(v_network.sensor_id, 0)
         and not exists (select from networks as n
                         where n.site_id = v_network.site_id and n.retired_at is null and n.last_scan_at is not null
                           and coalesce(n.sensor_id, 0) = coalesce(v_network.sensor_id, 0)));
  perform pg_notify('netureon_changes', json_build_object('what', 'scan', 'site', v_network.site_id)::text);
end $$;

-- What people call a network; empty text means none. NE404: there is no such network.
create function rename_network(p_site text, p_network integer, p_name text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer;
begin
  update networks as n set name = nullif(p_name, '') from sites as s
  where s.name = p_site and n.site_id = s.id and n.id = p_network returning n.site_id into v_site;
  if v_site is null then
    raise exception 'there is no network %', p_network using errcode = 'NE404';
  end if;
  perform pg_notify('netureon_changes', json_build_object('what', 'scan', 'site', v_site)::text);
end $$;

-- The three below run with the caller's own rights: they make and drop roles, which is for whoever may.
-- p_verifier: what PostgreSQL stores instead of the password (RFC 5803), so that the password never travels.
create function add_sensor(p_site text, p_name text, p_verifier text) returns void
language plpgsql as $$
declare
  v_site integer := site_of(p_site);
  v_role text := 'netureon_sensor_' || p_name;
begin
  insert into sensors (site_id, name, role) values (v_site, p_name, v_role);
  -- A few at a time: a stolen password must not take the connections of everybody else.
  execute format('create role %I login connection limit 4 password %L in role netureon_sensor', v_role, p_verifier);
end $$;

-- NE404: there is no such sensor.
create function set_sensor_password(p_name text, p_verifier text) returns void
language plpgsql as $$
begin
  update sensors set password_at = clock_now() where name = p_name;
  if not found then
    raise exception 'there is no sensor %', p_name using errcode = 'NE404';
  end if;
  execute format('alter role %I password %L', 'netureon_sensor_' || p_name, p_verifier);
  -- Who came in by the old one has to come in again.
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = 'netureon_sensor_' || p_name;
end $$;

-- Its networks are retired: nobody else has looked at them. Its sessions end. NE404: there is no such sensor.
create function remove_sensor(p_name text, p_actor text) returns void
language plpgsql as $$
declare
  v_sensor sensors;
  v_site   text;
begin
  select * into v_sensor from sensors where name = p_name;
  if v_sensor.id is null then
    raise exception 'there is no sensor %', p_name using errcode = 'NE404';
  end if;
  -- First: one of them may hold a lock that the rest waits for.
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = v_sensor.role;
  select name into strict v_site from sites where id = v_sensor.site_id;
  -- All of its networks before the site's lock, and before its row, which a report writes to. See record_scan.
  perform pg_advisory_xact_lock(hashtextextended('netureon record ' || v_site || ' ' || n.cidr || ' ' || n.link, 0))
  from (select cidr, link from networks where site_id = v_sensor.site_id and sensor_id = v_sensor.id
        order by id) as n;
  perform retire_network(v_site, n.id, p_actor) from networks as n
  where n.site_id = v_sensor.site_id and n.sensor_id = v_sensor.id;
  update networks set sensor_id = null where site_id = v_sensor.site_id and sensor_id = v_sensor.id;
  delete from sensors where site_id = v_sensor.site_id and id = v_sensor.id;
  if exists (select from pg_roles where rolname = v_sensor.role) then
    perform pg_terminate_backend(pid) from pg_stat_activity where usename = v_sensor.role;
    -- What it owns (any login can make a large object) may keep the role, but never its way in.
    execute format('alter role %I nologin password null', v_sensor.role);
    execute format('revoke netureon_sensor from %I', v_sensor.role);
    begin
      execute format('drop owned by %I', v_sensor.role);
      execute format('drop role %I', v_sensor.role);
    exception when dependent_objects_still_exist then
      raise notice 'role % owns something in another database and stays, without a login', v_sensor.role;
    end;
  end if;
end $$;

-- Whoever may log in can take any advisory lock, and hold those of a transaction that it leaves open: a scan then fails,
-- with a reason, before its client gives up without one.
alter function record_scan(text, cidr, text, text, integer, integer, integer, integer, integer, text, macaddr[], inet[],
  inet, text) set lock_timeout = '10s';
alter function record_own_claims(text, cidr, text, inet, macaddr, macaddr[]) set lock_timeout = '10s';
alter function retire_network(text, integer, text) set lock_timeout = '10s';
alter function set_sensor_password(text, text) set lock_timeout = '10s';
alter function remove_sensor(text, text) set lock_timeout = '10s';

-- Nor has a sensor business with temporary tables, on the server's disk. Where the database is somebody else's, that is theirs to say.
do $$
begin
  if exists (select from pg_database where datname = current_database() and pg_has_role(datdba, 'usage')) then
    execute format('revoke temporary on database %I from public', current_database());
  end if;
end $$;

revoke execute on function site_of, site_of_sensor, vendors_of, scanner_id, networks_seen_on,
  refuse_shared, note_report, check_silence, retire_network,
  rename_network, add_sensor, set_sensor_password, remove_sensor from public;
grant usage on schema public to netureon_sensor;
grant execute on function begin_scan, record_scan, record_scan_failure, record_own_claims, vendors_of, networks_seen_on
  to netureon_sensor;
grant execute on function vendors_of, networks_seen_on to netureon_scan;
grant execute on function check_silence to netureon_alertd, netureon_web;
grant execute on function retire_network, rename_network to netureon_web;
grant select on sensors to netureon_web;
