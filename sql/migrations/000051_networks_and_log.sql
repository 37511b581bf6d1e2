-- What the pages about scans, networks, sensors and the system itself stand on: scans by the hour and by the day, what a
-- retired network needs to come back as it was, sensors made from the site, the services' warnings, what housekeeping
-- did, and a time zone that a person chose.
-- Locks: brief ACCESS EXCLUSIVE on sites for a column; new tables and functions otherwise.

-- Scans by the hour for a month, by the day for as long as history is kept: a chart of a year reads these and not a
-- million rows. Filled by roll_up_scans about once an hour, never by a scan. Hours and days are UTC's.
create table scan_hours (
  site_id     integer not null,
  at          timestamptz not null,
  -- 0: scans that failed before a network could be chosen.
  network_id  integer not null,
  -- Of the log: where to look for these scans.
  first_id    bigint not null,
  last_id     bigint not null,
  scans       integer not null,
  partial     integer not null,
  failed      integer not null,
  -- Scans that found a difference, and how many differences.
  changed     integer not null,
  changes     bigint not null,
  -- By which methods: the sum of packet 1, kernel 2, file 4, unknown 8.
  methods     integer not null,
  probed      bigint not null,
  answered    bigint not null,
  frames      bigint not null,
  broadcasts  bigint not null,
  duration_ms bigint not null,
  longest_ms  integer not null,
  -- How long was looked: the time between completed scans, where that is no pause (not_looked_after).
  looked_ms   bigint not null,
  last_complete_at timestamptz,
  primary key (site_id, at, network_id)
);
create table scan_days (like scan_hours including all);

-- How far the log is counted. at: the hour up to which nothing is left to count.
create table scan_rollups (
  site_id integer primary key references sites (id) on delete cascade,
  upto_id bigint not null default 0,
  at      timestamptz
);

-- Counts scans of ended hours, at most p_limit of them; returns how many. Nothing to do: one look at one row. By number
-- and not by time, so that a clock that was set back hides nothing; two minutes late, so that no transaction that began
-- earlier is still to commit its row.
create function roll_up_scans(p_site text, p_limit integer default 20000) returns integer
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
  v_site  integer := (select id from sites where name = p_site);
  v_now   constant timestamptz := clock_now();
  v_until constant timestamptz := date_trunc('hour', v_now - interval '2 minutes');
  v_state scan_rollups;
  v_read  integer;
  v_n     integer;
  v_last  bigint;
begin
  if v_site is null or exists (select from scan_rollups where site_id = v_site and at = v_until) then
    return 0;
  end if;
  insert into scan_rollups (site_id) values (v_site) on conflict do nothing;
  select * into v_state from scan_rollups where site_id = v_site for update skip locked;
  if v_state.site_id is null then
    return 0; -- somebody else is at it
  end if;

  with batch as materialized (
    select * from discovery_log where site_id = v_site and id > v_state.upto_id order by id limit p_limit
  ), cut as (
    select coalesce(min(id), 9223372036854775807) as id from batch
    where finished_at >= v_until and finished_at <= v_now + interval '1 minute'
  ), ready as materialized (
    select b.*, coalesce(b.network_id, 0) as network, b.new + b.returned + b.moved + b.missing as changes,
           b.outcome = 'complete' as complete
    from batch as b, cut where b.id < cut.id
  ), looks as materialized (
    select id, network, finished_at,
           lag(finished_at) over (partition by network order by id) as before
    from ready where complete
  ), before as (
    -- The last completed scan of each network that is counted already, if it is recent enough to matter.
    select h.network_id as network, max(h.last_complete_at) as at
    from scan_hours as h
    where h.site_id = v_site and h.at >= date_trunc('hour', (select min(finished_at) from looks) - not_looked_after())
      and h.at <= (select max(finished_at) from looks)
    group by h.network_id
  ), looked as materialized (
    select l.id,
           case when l.finished_at - coalesce(l.before, b.at) between interval '0' and not_looked_after()
             then to_ms(l.finished_at - coalesce(l.before, b.at)) else 0 end as ms
    from looks as l left join before as b on b.network = l.network
  ), counted as materialized (
    select date_trunc('hour', r.finished_at) as at, r.network, min(r.id) as first_id, max(r.id) as last_id,
           count(*)::integer as scans, count(*) filter (where r.outcome = 'partial')::integer as partial,
           count(*) filter (where r.outcome = 'failed')::integer as failed,
           count(*) filter (where r.changes > 0)::integer as changed, sum(r.changes) as changes,
           bit_or(case r.method when 'packet' then 1 when 'kernel' then 2 when 'file' then 4 else 8 end) as methods,
           sum(r.probed) as probed, sum(r.answered) as answered, sum(r.frames) as frames,
           sum(r.broadcasts) as broadcasts, sum(r.duration_ms) as duration_ms, max(r.duration_ms) as longest_ms,
           coalesce(sum(l.ms), 0)::bigint as looked_ms, max(r.finished_at) filter (where r.complete) as last_complete_at
    from ready as r left join looked as l on l.id = r.id
    group by 1, 2
  ), hours as (
    insert into scan_hours as h (site_id, at, network_id, first_id, last_id, scans, partial, failed, changed, changes,
                                 methods, probed, answered, frames, broadcasts, duration_ms, longest_ms, looked_ms,
                                 last_complete_at)
    select v_site, c.* from (select at, network, first_id, last_id, scans, partial, failed, changed, changes, methods,
                                    probed, answered, frames, broadcasts, duration_ms, longest_ms, looked_ms,
                                    last_complete_at from counted) as c
    on conflict (site_id, at, network_id) do update
    set first_id = least(h.first_id, excluded.first_id), last_id = greatest(h.last_id, excluded.last_id),
        scans = h.scans + excluded.scans, partial = h.partial + excluded.partial, failed = h.failed + excluded.failed,
        changed = h.changed + excluded.changed, changes = h.changes + excluded.changes,
        methods = h.methods | excluded.methods, probed = h.probed + excluded.probed,
        answered = h.answered + excluded.answered, frames = h.frames + excluded.frames,
        broadcasts = h.broadcasts + excluded.broadcasts, duration_ms = h.duration_ms + excluded.duration_ms,
        longest_ms = greatest(h.longest_ms, excluded.longest_ms), looked_ms = h.looked_ms + excluded.looked_ms,
        last_complete_at = greatest(h.last_complete_at, excluded.last_complete_at)
    returning 1
  ), days as (
    insert into scan_days as h (site_id, at, network_id, first_id, last_id, scans, partial, failed, changed, changes,
                                methods, probed, answered, frames, broadcasts, duration_ms, longest_ms, looked_ms,
                                last_complete_at)
    select v_site, date_trunc('day', at), network, min(first_id), max(last_id), sum(scans), sum(partial), sum(failed),
           sum(changed), sum(changes), bit_or(methods), sum(probed), sum(answered), sum(frames), sum(broadcasts),
           sum(duration_ms), max(longest_ms), sum(looked_ms), max(last_complete_at)
    from counted group by 2, 3
    on conflict (site_id, at, network_id) do update
    set first_id = least(h.first_id, excluded.first_id), last_id = greatest(h.last_id, excluded.last_id),
        scans = h.scans + excluded.scans, partial = h.partial + excluded.partial, failed = h.failed + excluded.failed,
        changed = h.changed + excluded.changed, changes = h.changes + excluded.changes,
        methods = h.methods | excluded.methods, probed = h.probed + excluded.probed,
        answered = h.answered + excluded.answered, frames = h.frames + excluded.frames,
        broadcasts = h.broadcasts + excluded.broadcasts, duration_ms = h.duration_ms + excluded.duration_ms,
        longest_ms = greatest(h.longest_ms, excluded.longest_ms), looked_ms = h.looked_ms + excluded.looked_ms,
        last_complete_at = greatest(h.last_complete_at, excluded.last_complete_at)
    returning 1
  )
  select (select count(*) from batch), (select count(*) from ready), (select max(id) from ready)
  into v_read, v_n, v_last;

  update scan_rollups
  set upto_id = coalesce(v_last, upto_id), at = case when v_n = v_read and v_n = p_limit then at else v_until end
  where site_id = v_site;
  return v_n;
end $$;

-- Hours that days stand for, and days that are too old. Returns how many went.
create function prune_scan_counts(p_before timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  c_hours constant interval := interval '35 days';
  v_hours integer;
  v_days  integer;
begin
  delete from scan_hours where ctid = any (array(
    select ctid from scan_hours where at < greatest(p_before, clock_now() - c_hours) limit p_limit));
  get diagnostics v_hours = row_count;
  delete from scan_days where ctid = any (array(select ctid from scan_days where at < p_before limit p_limit));
  get diagnostics v_days = row_count;
  return greatest(v_hours, v_days);
end $$;

-- Networks.

-- What people wrote about a network. A table of its own: each scan rewrites the row in networks.
create table network_notes (
  site_id    integer not null,
  network_id integer not null,
  text       text not null check (length(text) between 1 and 20000),
  primary key (site_id, network_id),
  foreign key (site_id, network_id) references networks (site_id, id) on delete cascade
);

-- Who was here when a network was retired: what bringing it back needs.
create table retirements (
  site_id     integer not null,
  network_id  integer not null,
  connections bigint[] not null,
  primary key (site_id, network_id),
  foreign key (site_id, network_id) references networks (site_id, id) on delete cascade
);

-- retire_network, remembering who was here. NE404: there is no such network.
create function put_network_away(p_site text, p_network integer, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
declare
  v_network networks;
begin
  select n.* into v_network from networks as n join sites as s on s.id = n.site_id
  where s.name = p_site and n.id = p_network;
  if v_network.id is null then
    raise exception 'there is no network %', p_network using errcode = 'NE404';
  end if;
  perform pg_advisory_xact_lock(
    hashtextextended('netureon record ' || p_site || ' ' || v_network.cidr || ' ' || v_network.link, 0));
  perform lock_devices(v_network.site_id);
  insert into retirements as r (site_id, network_id, connections)
  select n.site_id, n.id, array(select c.id from connections as c
                                where c.site_id = n.site_id and c.network_id = n.id and c.ended_at is null
                                  and c.misses = 0 order by c.id)
  from networks as n where n.site_id = v_network.site_id and n.id = v_network.id and n.retired_at is null
  on conflict (site_id, network_id) do update set connections = excluded.connections;
  perform retire_network(p_site, p_network, p_actor);
end $$;

-- Undoes it: the network is meant to be looked at again, and who was here when it was retired is here as of its last
-- scan, unless a device has been seen with that address elsewhere since. Returns whether it was retired. NE404.
create function restore_network(p_site text, p_network integer) returns boolean
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
declare
  v_network networks;
begin
  select n.* into v_network from networks as n join sites as s on s.id = n.site_id
  where s.name = p_site and n.id = p_network;
  if v_network.id is null then
    raise exception 'there is no network %', p_network using errcode = 'NE404';
  end if;
  perform pg_advisory_xact_lock(
    hashtextextended('netureon record ' || p_site || ' ' || v_network.cidr || ' ' || v_network.link, 0));
  perform lock_devices(v_network.site_id);
  update networks set retired_at = null, retired_by = null
  where site_id = v_network.site_id and id = v_network.id and retired_at is not null;
  if not found then
    return false;
  end if;
  with gone as (
    delete from retirements where site_id = v_network.site_id and network_id = v_network.id returning connections
  ), back as materialized (
    -- One MAC and address is open once, whoever else was merged or moved meanwhile.
    select distinct on (c.mac, c.ip) c.id
    from gone, connections as c
    where c.site_id = v_network.site_id and c.id = any (gone.connections) and c.network_id = v_network.id
      and c.ended_at is not null and c.gone_at is null
      and not exists (select from connections as o
                      where o.site_id = c.site_id and o.mac = c.mac and o.ip = c.ip and o.id <> c.id
                        and (o.ended_at is null or o.ended_at > c.ended_at))
    order by c.mac, c.ip, c.id desc
  )
  update connections as c set ended_at = null
  from back where c.site_id = v_network.site_id and c.id = back.id;
  perform hint('netureon_changes', json_build_object('what', 'scan', 'site', v_network.site_id)::text);
  return true;
end $$;

-- What people call a network and wrote about it; empty texts mean none. p_revision: network_revision as it was read;
-- null: whatever it is. Returns changed, same or stale. NE404.
create function network_revision(p_name text, p_note text) returns text
language sql immutable parallel safe as $$
  select left(md5(coalesce(p_name, '') || chr(10) || coalesce(p_note, '')), 12)
$$;

create function describe_network(p_site text, p_network integer, p_name text, p_note text, p_revision text)
returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer;
  v_name text;
  v_note text;
begin
  select n.site_id, n.name into v_site, v_name from networks as n join sites as s on s.id = n.site_id
  where s.name = p_site and n.id = p_network for no key update of n;
  if v_site is null then
    raise exception 'there is no network %', p_network using errcode = 'NE404';
  end if;
  select text into v_note from network_notes where site_id = v_site and network_id = p_network;
  if network_revision(v_name, v_note) <> p_revision then
    return 'stale';
  end if;
  if network_revision(v_name, v_note) = network_revision(p_name, p_note) then
    return 'same';
  end if;
  if coalesce(v_name, '') <> p_name then
    update networks set name = nullif(p_name, '') where site_id = v_site and id = p_network;
  end if;
  if p_note = '' then
    delete from network_notes where site_id = v_site and network_id = p_network;
  elsif v_note is distinct from p_note then
    insert into network_notes (site_id, network_id, text) values (v_site, p_network, p_note)
    on conflict (site_id, network_id) do update set text = excluded.text;
  end if;
  perform hint('netureon_changes', json_build_object('what', 'scan', 'site', v_site)::text);
  return 'changed';
end $$;

-- Sensors, made from the site. The site's administrators must not be able to make roles: these three can make, change
-- and remove logins of one kind only, a sensor's, whose one right is that of netureon_sensor. They act with the rights
-- of the schema's owner; one who may not make roles leaves it to the command line (42501).

-- NE422: not what PostgreSQL keeps of a password (RFC 5803): no plain text, no weaker hash, no empty way in.
create function refuse_verifier(p_verifier text) returns void
language plpgsql immutable as $$
begin
  if p_verifier is null
     or p_verifier !~ '^SCRAM-SHA-256\$(4096|[1-9][0-9]{4}):[A-Za-z0-9+/]{22,86}={0,2}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$'
  then
    raise exception 'this is no SCRAM-SHA-256 verifier' using errcode = 'NE422';
  end if;
end $$;

-- The sensor of this site by that name. NE404. 42501: its role has been given more than a sensor's rights since, so
-- that it is not for the site to change.
create function sensor_of_site(p_site text, p_name text) returns sensors
language plpgsql stable as $$
declare
  v_sensor sensors;
begin
  select e.* into v_sensor from sensors as e join sites as s on s.id = e.site_id where s.name = p_site and e.name = p_name;
  if v_sensor.id is null then
    raise exception 'there is no sensor %', p_name using errcode = 'NE404';
  end if;
  if exists (select from pg_roles as r
             where r.rolname = v_sensor.role
               and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
                    or exists (select from pg_auth_members as m join pg_roles as g on g.oid = m.roleid
                               where m.member = r.oid and g.rolname <> 'netureon_sensor'))) then
    raise exception 'role % has more rights than a sensor has', v_sensor.role using errcode = '42501';
  end if;
  return v_sensor;
end $$;

-- NE404: no such site. NE422: see refuse_verifier; too many sensors; not a name. 23505, 42710: there is one already.
create function site_add_sensor(p_site text, p_name text, p_verifier text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_most constant integer := 200;
begin
  perform refuse_verifier(p_verifier);
  if p_name !~ '^[a-z0-9][a-z0-9_-]{0,39}$' or p_name is null then
    raise exception 'this is no name of a sensor' using errcode = 'NE422';
  end if;
  -- One after the other: the count below is otherwise no bound.
  perform from sites where name = p_site for no key update;
  if not found then
    raise exception 'there is no site %', p_site using errcode = 'NE404';
  end if;
  if (select count(*) from sensors as e join sites as s on s.id = e.site_id where s.name = p_site) >= c_most then
    raise exception 'a site has % sensors at most', c_most using errcode = 'NE422';
  end if;
  perform add_sensor(p_site, p_name, p_verifier);
  return 'netureon_sensor_' || p_name;
end $$;

create function site_set_sensor_password(p_site text, p_name text, p_verifier text) returns text
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
declare
  v_sensor sensors := sensor_of_site(p_site, p_name);
begin
  perform refuse_verifier(p_verifier);
  perform set_sensor_password(v_sensor.name, p_verifier);
  return v_sensor.role;
end $$;

create function site_remove_sensor(p_site text, p_name text, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '10s' as $$
begin
  perform remove_sensor((sensor_of_site(p_site, p_name)).name, p_actor);
end $$;

-- The services' warnings and errors: at most a thousand rows of each service.
create table service_log (
  site_id integer not null references sites (id) on delete cascade,
  service text not null check (service in ('scan', 'profile', 'alertd', 'web', 'monitor', 'prune')),
  id      bigint generated always as identity,
  level   text not null check (level in ('warn', 'error')),
  -- The same line again, with nothing else in between, is a number and not a row.
  at      timestamptz not null,
  last_at timestamptz not null,
  times   integer not null default 1 check (times > 0),
  line    text not null check (length(line) <= 2000),
  primary key (site_id, service, id)
);
create index service_log_latest on service_log (site_id, last_at);

-- p_lines: [{level, line, age_ms, times}], the oldest first; what is more than fifty is left out.
create function note_log(p_site text, p_service text, p_lines jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_kept constant integer := 1000;
  v_site integer := (select id from sites where name = p_site);
  v_now  constant timestamptz := clock_now();
  v_one  record;
begin
  if v_site is null then
    return;
  end if;
  -- Two processes of one service take turns.
  perform pg_advisory_xact_lock(hashtextextended('netureon log ' || v_site || ' ' || p_service, 0));
  for v_one in
    select x.level, left(x.line, 2000) as line, greatest(coalesce(x.times, 1), 1) as times,
           v_now - make_interval(secs => least(greatest(coalesce(x.age_ms, 0), 0), 3600000) / 1000.0) as at
    from jsonb_to_recordset(p_lines) as x (level text, line text, age_ms double precision, times integer)
    limit 50
  loop
    update service_log as l set times = least(l.times::bigint + v_one.times, 2147483647), last_at = greatest(l.last_at, v_one.at)
    where l.site_id = v_site and l.service = p_service and l.level = v_one.level and l.line = v_one.line
      and l.id = (select max(o.id) from service_log as o where o.site_id = v_site and o.service = p_service)
      and l.at > v_now - interval '1 day';
    if not found then
      insert into service_log (site_id, service, level, at, last_at, times, line)
      values (v_site, p_service, v_one.level, v_one.at, v_one.at, v_one.times, v_one.line);
    end if;
  end loop;
  delete from service_log as l
  where l.site_id = v_site and l.service = p_service
    and l.id <= (select o.id from service_log as o where o.site_id = v_site and o.service = p_service
                 order by o.id desc offset c_kept limit 1);
end $$;

-- What housekeeping did, of the whole database; a row for each run of `netureon prune`, and how large it was then.
create table maintenance_runs (
  id             bigint generated always as identity primary key,
  at             timestamptz not null default clock_now(),
  took_ms        integer not null,
  log_days       integer not null,
  history_days   integer not null,
  deleted        jsonb not null,
  database_bytes bigint not null
);

create function note_maintenance(p_took_ms integer, p_log_days integer, p_history_days integer, p_deleted jsonb) returns void
language sql as $$
  insert into maintenance_runs (took_ms, log_days, history_days, deleted, database_bytes)
  values (p_took_ms, p_log_days, p_history_days, p_deleted, pg_database_size(current_database()));
  delete from maintenance_runs where id <= (select id from maintenance_runs order by id desc offset 500 limit 1);
$$;

-- The site's time zone. One that a person chose stays when alertd starts, unless the configuration says otherwise.
alter table sites add column time_zone_by text;

-- NE404: no such site. NE422: no such zone.
create function choose_time_zone(p_site text, p_zone text, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not is_time_zone(p_zone) then
    raise exception 'there is no time zone %', p_zone using errcode = 'NE422';
  end if;
  update sites set time_zone = p_zone, time_zone_by = p_actor where name = p_site;
  if not found then
    raise exception 'there is no site %', p_site using errcode = 'NE404';
  end if;
end $$;

-- p_configured: [site] time_zone says so; else it is only the zone of alertd's machine. NE422: no such zone.
create function declare_time_zone(p_site text, p_zone text, p_configured boolean) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not is_time_zone(p_zone) then
    raise exception 'there is no time zone %', p_zone using errcode = 'NE422';
  end if;
  update sites set time_zone = p_zone, time_zone_by = null
  where id = site_of(p_site) and (time_zone, time_zone_by) is distinct from (p_zone, null)
    and (p_configured or time_zone_by is null);
end $$;

revoke execute on function roll_up_scans, prune_scan_counts, put_network_away, restore_network, network_revision,
  describe_network, refuse_verifier, sensor_of_site, site_add_sensor, site_set_sensor_password, site_remove_sensor,
  note_log, note_maintenance, choose_time_zone, declare_time_zone from public;
grant select on scan_hours, scan_days, scan_rollups, network_notes to netureon_viewer;
grant execute on function network_revision, not_looked_after, to_ms, severity_rank to netureon_viewer;
grant select on service_log, maintenance_runs, schema_migrations to netureon_admin;
grant execute on function put_network_away, restore_network, describe_network, site_add_sensor, site_set_sensor_password,
  site_remove_sensor, choose_time_zone to netureon_admin;
grant execute on function roll_up_scans, note_log to netureon_web, netureon_alertd;
grant execute on function note_log to netureon_scan, netureon_profile;
grant execute on function declare_time_zone to netureon_alertd;
