-- What a device tells about itself: names, ports, kind; and who is due to be asked. All of it is a stranger's word:
-- bounded here, made inert by whoever shows it. What people decided (devices.name, devices.kind) is never touched.
-- Locks: new tables only.

create table device_names (
  site_id       integer not null,
  device_id     bigint not null,
  source        text not null check (source in ('dhcp', 'rdns', 'mdns', 'netbios', 'llmnr', 'tls', 'http')),
  name          text not null check (length(name) between 1 and 253),
  first_seen_at timestamptz not null,
  last_seen_at  timestamptz not null,
  primary key (site_id, device_id, source, name),
  check (last_seen_at >= first_seen_at)
) with (fillfactor = 80);

-- "Who else calls itself so?"
create index device_names_by_name on device_names (site_id, lower(name));

create trigger _050_require_devices after insert on device_names
  referencing new table as written for each statement execute function require_devices();

create table device_ports (
  site_id       integer not null,
  device_id     bigint not null,
  ip            inet not null,
  port          integer not null check (port between 1 and 65535),
  service       text check (length(service) <= 40),
  -- banner, title, server, certificate dates …: each a text of at most 500 characters.
  facts         jsonb not null default '{}',
  first_seen_at timestamptz not null,
  last_seen_at  timestamptz not null,
  -- When it was found shut; null: open as far as is known.
  closed_at     timestamptz,
  primary key (site_id, device_id, ip, port)
) with (fillfactor = 80);

create trigger _050_require_devices after insert on device_ports
  referencing new table as written for each statement execute function require_devices();

create table device_profiles (
  site_id       integer not null,
  device_id     bigint not null,
  -- Somebody asked for it to be done soon.
  requested_at  timestamptz,
  -- While a profiler is at it. One that died leaves it to run out.
  claimed_until timestamptz,
  tried_at      timestamptz,
  profiled_at   timestamptz,
  -- Where it was asked the last time. Elsewhere, or with another MAC, it is asked again.
  mac           macaddr,
  ip            inet,
  -- Ports that refused the last time they answered at all: one of these that is open now was opened since.
  shut_ports    integer[] not null default '{}',
  os_family     text check (length(os_family) <= 40),
  kind          text check (length(kind) <= 40),
  model         text check (length(model) <= 100),
  confidence    real check (confidence between 0 and 1),
  ttl           smallint check (ttl between 0 and 255),
  evidence      jsonb not null default '[]',
  problems      jsonb not null default '[]',
  primary key (site_id, device_id)
) with (fillfactor = 70);

create trigger _050_require_devices after insert on device_profiles
  referencing new table as written for each statement execute function require_devices();

-- Best first: what an administrator set, before what the device says of itself.
create function name_rank(p_source text) returns integer
language sql immutable parallel safe as $$
  select array_position(array['dhcp', 'rdns', 'mdns', 'netbios', 'llmnr', 'tls', 'http'], p_source)
$$;

-- Reserves up to p_limit devices for p_lease and tells where to ask them. Due are those that answered the last scan
-- and were never asked, were asked longer than p_every ago, are to be asked soon, or have another address or MAC since;
-- after a try that told nothing, not again for an hour. New ones first. p_networks: only those with an address in them,
-- for whoever asks reaches no others. With p_devices: those, due or not, where they are or were last.
create function claim_profiles(
  p_site text, p_limit integer, p_lease interval, p_every interval, p_devices bigint[] default null,
  p_networks cidr[] default null
) returns table (
  device_id bigint, mac text, ip text, vendor text, random_mac boolean, name text, kind text, importance text
)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  c_retry constant interval := interval '1 hour';
  v_now   timestamptz := clock_now();
  v_site  integer := (select s.id from sites as s where s.name = p_site);
begin
  -- One after the other: two that chose at the same moment would choose the same.
  perform pg_advisory_xact_lock(hashtextextended('netureon profiles ' || v_site, 0));
  return query
  with here as materialized (
    select distinct on (c.device_id) c.device_id, c.mac, c.ip
    from connections as c
    where c.site_id = v_site and family(c.ip) = 4 and (p_networks is null or c.ip <<= any (p_networks))
      and case when p_devices is null then c.ended_at is null and c.misses = 0 else c.device_id = any (p_devices) end
    order by c.device_id, c.ended_at desc nulls first, c.misses, c.started_at desc
  ), due as materialized (
    select h.device_id, h.mac, h.ip
    from here as h
    join devices as d on d.site_id = v_site and d.id = h.device_id
    left join device_profiles as p on p.site_id = v_site and p.device_id = h.device_id
    where (p.claimed_until is null or p.claimed_until < v_now)
      and (p_devices is not null or (
        d.state in ('new', 'known', 'blocked')
        and (p.tried_at is null or p.tried_at < v_now - c_retry or p.requested_at > p.tried_at
             or p.mac is distinct from h.mac or p.ip is distinct from h.ip)
        and (p.profiled_at is null or p.profiled_at < v_now - p_every or p.requested_at > p.profiled_at
             or p.mac is distinct from h.mac or p.ip is distinct from h.ip)))
    order by (p.requested_at > coalesce(p.profiled_at, '-infinity')) desc nulls last, d.state = 'new' desc,
             p.profiled_at nulls first, h.device_id
    limit p_limit
  ), claimed as (
    insert into device_profiles as p (site_id, device_id, claimed_until, tried_at, mac, ip)
    select v_site, u.device_id, v_now + p_lease, v_now, u.mac, u.ip from due as u
    on conflict (site_id, device_id) do update
      set claimed_until = excluded.claimed_until, tried_at = excluded.tried_at, mac = excluded.mac, ip = excluded.ip
    returning p.device_id, p.mac, p.ip
  )
  select c.device_id, c.mac::text, host(c.ip), m.vendor, coalesce(m.is_local, false),
         coalesce(d.name, d.called), coalesce(d.kind, p.kind), d.importance
  from claimed as c
  join devices as d on d.site_id = v_site and d.id = c.device_id
  left join device_macs as m on m.site_id = v_site and m.mac = c.mac
  left join device_profiles as p on p.site_id = v_site and p.device_id = c.device_id;
end $$;

-- An event, told at most once a day: its rows are counted on meanwhile.
create function raise_name_changed(
  p_device devices, p_mac macaddr, p_ip inet, p_before device_names, p_after text, p_at timestamptz
) returns void
language plpgsql as $$
declare
  v_watched boolean := p_device.importance = 'watched';
  v_summary text := coalesce(p_device.name, p_before.name) || ' now calls itself ' || p_after;
  v_detail  jsonb := jsonb_build_object('source', p_before.source, 'before', p_before.name, 'after', p_after);
begin
  update alerts set count = count + 1, last_at = p_at, summary = v_summary, detail = v_detail
  where site_id = p_device.site_id and device_id = p_device.id and kind = 'name_changed'
    and dedup_key = 'name_changed:' || p_device.id and last_at > p_at - interval '1 day' and routine <> v_watched;
  if found then
    return;
  end if;
  insert into alerts (site_id, kind, severity, device_id, mac, ip, summary, detail, dedup_key, routine, opened_at, last_at,
                      resolved_at)
  values (p_device.site_id, 'name_changed', case when v_watched then 'medium' else 'low' end, p_device.id, p_mac, p_ip,
          v_summary, v_detail, 'name_changed:' || p_device.id, not v_watched, p_at, p_at, p_at);
end $$;

-- The names it gives, beside those it gave. Returns the best of today, or null when it gives none.
create function note_names(
  p_device devices, p_profile device_profiles, p_ip inet, p_names jsonb, p_at timestamptz
) returns text
language plpgsql as $$
declare
  -- A device that gives another name each time must not fill the table.
  c_names constant integer := 30;
  v_best  device_names;
  v_today text[];
  v_after text;
begin
  select n.* into v_best from device_names as n
  where n.site_id = p_device.site_id and n.device_id = p_device.id and n.last_seen_at = p_profile.profiled_at
  order by name_rank(n.source), n.name limit 1;

  insert into device_names as n (site_id, device_id, source, name, first_seen_at, last_seen_at)
  select distinct on (source, name) p_device.site_id, p_device.id, source, name, p_at, p_at
  from jsonb_to_recordset(p_names) as x (source text, name text)
  limit c_names
  on conflict (site_id, device_id, source, name) do update set last_seen_at = excluded.last_seen_at;

  delete from device_names as n
  where n.site_id = p_device.site_id and n.device_id = p_device.id and (n.source, n.name) in (
    select o.source, o.name from device_names as o
    where o.site_id = p_device.site_id and o.device_id = p_device.id
    order by o.last_seen_at desc, o.first_seen_at offset c_names);

  select (array_agg(n.name order by name_rank(n.source), n.name))[1],
         array_agg(lower(n.name)) filter (where n.source = v_best.source)
  into v_after, v_today
  from device_names as n
  where n.site_id = p_device.site_id and n.device_id = p_device.id and n.last_seen_at = p_at;
  -- Its best source speaks, and says nothing of what it said before.
  if p_device.state = 'known' and v_today is not null and lower(v_best.name) <> all (v_today) then
    perform raise_name_changed(p_device, p_profile.mac, p_ip, v_best, v_after, p_at);
  end if;
  return v_after;
end $$;

-- Open ports are kept with when they were seen; one that refuses is shut, silence tells nothing. What was open at an
-- address that it has left is shut too. Raises port_opened for a watched device; p_called is what to call it.
create function note_ports(
  p_device devices, p_profile device_profiles, p_called text, p_ip inet, p_ports jsonb, p_at timestamptz
) returns void
language plpgsql as $$
declare
  c_ports constant integer := 200;
begin
  update device_ports as q set closed_at = p_at
  where q.site_id = p_device.site_id and q.device_id = p_device.id and q.ip <> p_ip and q.closed_at is null
    and not exists (select from connections as c
                    where c.site_id = q.site_id and c.device_id = q.device_id and c.ip = q.ip and c.ended_at is null);

  with told as materialized (
    select distinct on (port) port, state, left(service, 40) as service, coalesce(facts, '{}') as facts
    from jsonb_to_recordset(p_ports) as x (port integer, state text, service text, facts jsonb)
    where port between 1 and 65535
    order by port limit c_ports
  ), shut as (
    update device_ports as q set closed_at = p_at
    from told as t
    where q.site_id = p_device.site_id and q.device_id = p_device.id and q.ip = p_ip and q.port = t.port
      and t.state = 'closed' and q.closed_at is null
    returning q.port
  ), settled as (
    update alerts as a set resolved_at = p_at
    from shut as s
    where a.site_id = p_device.site_id and a.resolved_at is null
      and a.dedup_key = 'port_opened:' || p_device.id || ':' || s.port
    returning a.id
  ), opened as (
    insert into device_ports as q (site_id, device_id, ip, port, service, facts, first_seen_at, last_seen_at)
    select p_device.site_id, p_device.id, p_ip, t.port, t.service, t.facts, p_at, p_at
    from told as t where t.state = 'open'
    on conflict (site_id, device_id, ip, port) do update
      set service = coalesce(excluded.service, q.service),
          facts = case when excluded.facts = '{}' then q.facts else excluded.facts end,
          last_seen_at = excluded.last_seen_at, closed_at = null
    returning q.port, q.service
  ), noted as (
    update device_profiles as p
    set shut_ports = coalesce((select array_agg(distinct u.port)
                               from (select unnest(p.shut_ports) as port
                                     union select port from told where state = 'closed') as u
                               where u.port not in (select port from told where state = 'open')), '{}')
    where p.site_id = p_device.site_id and p.device_id = p_device.id
    returning p.device_id
  )
  insert into alerts (site_id, kind, severity, device_id, mac, ip, summary, detail, dedup_key, opened_at, last_at)
  select p_device.site_id, 'port_opened', 'medium', p_device.id, p_profile.mac, p_ip,
         coalesce(p_called, host(p_ip)) || ' opened port ' || o.port || coalesce(' (' || o.service || ')', ''),
         jsonb_build_object('port', o.port, 'service', o.service), 'port_opened:' || p_device.id || ':' || o.port,
         p_at, p_at
  from opened as o
  where p_device.importance = 'watched' and o.port = any (p_profile.shut_ports)
  on conflict (site_id, dedup_key) where resolved_at is null
    do update set count = alerts.count + 1, last_at = excluded.last_at;
end $$;

-- What one device told; p_profile as src/store/profile.ts writes it. Raises port_opened on watched devices (a port that
-- refused before) and name_changed on known ones. NE404: no such device. 22023: more than a device has to tell.
create function record_profile(p_site text, p_device bigint, p_ip inet, p_profile jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_bytes   constant integer := 1024 * 1024;
  v_now     timestamptz := clock_now();
  v_device  devices;
  v_profile device_profiles;
  v_called  text;
begin
  if pg_column_size(p_profile) > c_bytes then
    raise exception 'a profile of % bytes', pg_column_size(p_profile) using errcode = '22023';
  end if;
  -- As whoever writes about devices: see record_scan.
  perform lock_devices(id) from sites where name = p_site;
  select d.* into v_device
  from devices as d join sites as s on s.id = d.site_id
  where s.name = p_site and d.id = p_device
  for update of d;
  if v_device.id is null then
    raise exception 'there is no device %', p_device using errcode = 'NE404';
  end if;
  insert into device_profiles (site_id, device_id) values (v_device.site_id, v_device.id) on conflict do nothing;
  select * into v_profile from device_profiles where site_id = v_device.site_id and device_id = v_device.id for update;

  v_called := note_names(v_device, v_profile, p_ip, p_profile -> 'names', v_now);
  -- One that keeps silent today is still called what it was called.
  if v_called is not null and v_called is distinct from v_device.called then
    update devices set called = v_called where site_id = v_device.site_id and id = v_device.id;
  end if;
  perform note_ports(v_device, v_profile, coalesce(v_device.name, v_called, v_device.called), p_ip,
                     p_profile -> 'ports', v_now);

  update device_profiles set
    claimed_until = null, tried_at = v_now, profiled_at = v_now, ip = p_ip,
    os_family = left(p_profile -> 'verdict' ->> 'osFamily', 40),
    kind = left(p_profile -> 'verdict' ->> 'kind', 40),
    confidence = (p_profile -> 'verdict' ->> 'confidence')::real,
    -- What only answers now and then is kept until it answers otherwise.
    model = coalesce(left(p_profile ->> 'model', 100), model),
    ttl = coalesce((p_profile -> 'echo' ->> 'ttl')::smallint, ttl),
    evidence = coalesce(p_profile -> 'verdict' -> 'evidence', '[]'),
    problems = coalesce(p_profile -> 'problems', '[]')
  where site_id = v_device.site_id and device_id = v_device.id;

  perform pg_notify('netureon_changes', json_build_object('what', 'device', 'site', v_device.site_id)::text);
end $$;

-- It told nothing, or the profiler was stopped: whoever wants may ask it again.
create function release_profile(p_site text, p_device bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  update device_profiles as p set claimed_until = null
  from sites as s
  where s.name = p_site and p.site_id = s.id and p.device_id = p_device
$$;

-- "Ask it again now." NE404: no such device.
create function request_profile(p_site text, p_device bigint) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := (select id from sites where name = p_site);
begin
  if not exists (select from devices where site_id = v_site and id = p_device) then
    raise exception 'there is no device %', p_device using errcode = 'NE404';
  end if;
  insert into device_profiles (site_id, device_id, requested_at) values (v_site, p_device, clock_now())
  on conflict (site_id, device_id) do update set requested_at = excluded.requested_at;
end $$;

-- The devices that a person may mean: by id, MAC, present address or name, each null when the text is none. What a device
-- calls itself counts only where nobody is meant otherwise: a stranger takes no name that a person gave.
create function find_devices(p_site text, p_id bigint, p_mac macaddr, p_ip inet, p_name text)
returns table (device_id bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with site as (
    select s.id from sites as s where s.name = p_site
  ), meant as materialized (
    select d.id from devices as d
    where d.site_id = (select id from site) and (d.id = p_id or lower(d.name) = lower(p_name))
    union
    select m.device_id from device_macs as m where m.site_id = (select id from site) and m.mac = p_mac
    union
    select c.device_id from connections as c
    where c.site_id = (select id from site) and c.ended_at is null and c.ip = p_ip
  )
  select id from meant
  union all
  select d.id from devices as d
  where d.site_id = (select id from site) and lower(d.called) = lower(p_name) and not exists (select from meant)
  order by 1
$$;

revoke execute on function name_rank, raise_name_changed, note_names, note_ports, claim_profiles, record_profile, release_profile, request_profile, find_devices from public;
grant execute on function claim_profiles, record_profile, release_profile, find_devices to netureon_profile;
grant execute on function request_profile, name_rank to netureon_web;
grant execute on function clock_now to netureon_profile;
grant select on networks, sites to netureon_profile;
grant select on device_names, device_ports, device_profiles to netureon_web;
