-- The list of devices, one row each as pages show, search and sort it: reading a page is a walk along one index instead
-- of a join of everything. Who writes about devices only notes which (one row a statement); the reader brings those up
-- to date first. So a scan pays next to nothing, a quiet tick nothing at all, and nobody ever reads what is old.
-- Marks are only appended: two writers never wait for each other, and one that commits later leaves a later mark.
-- Locks: new tables; SHARE ROW EXCLUSIVE on devices, device_macs, connections, alerts and device_profiles for triggers,
-- and SHARE on alerts for an index, while the list is filled: about 0.2 s for ten thousand devices.

-- Letters as people search and sort them: without case and accents, ß as ss. What is plain ASCII, nearly everything,
-- is spared the normalisation. Not strict: a strict one would be called for each value instead of planned into the statement.
create function search_fold(p_text text) returns text
language sql immutable parallel safe as $$
  select case when octet_length(p_text) = length(p_text) then lower(p_text)
              else replace(lower(regexp_replace(normalize(p_text, NFKD), '[\u0300-\u036f]', '', 'g')), 'ß', 'ss') end
$$;

-- A time as text that sorts the latest first. Stable, as extract is, so that it is planned into the statement.
create function latest_first(p_at timestamptz) returns text
language sql stable parallel safe as $$
  select lpad((9999999999999999 - (extract(epoch from p_at) * 1000000)::bigint)::text, 16, '0')
$$;

create table device_list (
  site_id       integer not null,
  device_id     bigint not null,
  state         text not null,
  presence      text not null,
  -- Of its best connection: answering before quiet before the last that ended.
  network_id    integer,
  ip            inet,
  mac           macaddr,
  is_random     boolean not null,
  vendor        text,
  misses        smallint not null,
  missed_from   bigint,
  -- Null while here: its network's last scan is when.
  last_seen_at  timestamptz,
  first_seen_at timestamptz not null,
  name          text,
  called        text,
  owner         text,
  -- A person's word, else what its profile says.
  kind          text,
  watched       boolean not null,
  -- Open and not acknowledged.
  alerts        integer not null,
  -- Where it is now, or was last.
  addresses     inet[] not null,
  -- Everything that a word may be found in, folded; and the hex digits of each MAC.
  search        text not null,
  macs          text not null,
  -- For each order a text that sorts bytewise: 0 and the value, or 1 and what follows those that have one.
  by_address    text collate "C" not null,
  by_name       text collate "C" not null,
  by_presence   text collate "C" not null,
  by_state      text collate "C" not null,
  by_vendor     text collate "C" not null,
  by_seen       text collate "C" not null,
  by_first      text collate "C" not null,
  by_mac        text collate "C" not null,
  by_network    text collate "C" not null,
  by_owner      text collate "C" not null,
  by_kind       text collate "C" not null,
  by_alerts     text collate "C" not null,
  primary key (site_id, device_id)
) with (fillfactor = 80);
create index device_list_by_address  on device_list (site_id, by_address, device_id);
create index device_list_by_name     on device_list (site_id, by_name, device_id);
create index device_list_by_presence on device_list (site_id, by_presence, device_id);
create index device_list_by_state    on device_list (site_id, by_state, device_id);
create index device_list_by_vendor   on device_list (site_id, by_vendor, device_id);
create index device_list_by_seen     on device_list (site_id, by_seen, device_id);
create index device_list_by_first    on device_list (site_id, by_first, device_id);
create index device_list_by_mac      on device_list (site_id, by_mac, device_id);
create index device_list_by_network  on device_list (site_id, by_network, device_id);
create index device_list_by_owner    on device_list (site_id, by_owner, device_id);
create index device_list_by_kind     on device_list (site_id, by_kind, device_id);
create index device_list_by_alerts   on device_list (site_id, by_alerts, device_id);

-- Which devices' rows are old.
create table device_list_marks (
  site_id integer not null,
  id      bigint generated always as identity,
  devices bigint[] not null,
  primary key (site_id, id)
);

-- Counts what was brought up to date: who has counted something of the list may keep it for as long as this stays.
create table device_list_versions (
  site_id integer primary key,
  version bigint not null default 0
);

-- "Has an open alert": of a million alerts these are few.
create index alerts_waiting on alerts (site_id, device_id)
  where device_id is not null and resolved_at is null and acknowledged_at is null;

-- The rows as they have to be, computed anew: a few by their indexes, many by one pass over each table.
create function device_list_rows(p_site_id integer, p_devices bigint[]) returns setof device_list
language plpgsql stable set search_path = public, pg_temp
-- Planned for how many there are, each time.
set plan_cache_mode = force_custom_plan set enable_nestloop = on as $$
begin
  if cardinality(p_devices) > 500 then
    -- Until this function returns. Tables that were filled a moment ago have no statistics and look like one row.
    perform set_config('enable_nestloop', 'off', true);
  end if;
  return query
  with macs as materialized (
    select x.device_id, x.mac, x.vendor, x.is_local, x.first_seen_at
    from device_macs as x where x.site_id = p_site_id and x.device_id = any (p_devices)
  ), open as materialized (
    -- By its MACs: a device may have a year of connections, of which hardly one is open.
    select distinct on (x.device_id) x.device_id, c.network_id, c.ip, c.mac, c.misses, c.missed_from, c.last_seen_at,
           array_agg(c.ip) over (partition by x.device_id order by c.ip
                                 rows between unbounded preceding and unbounded following) as addresses
    from macs as x join connections as c on c.site_id = p_site_id and c.mac = x.mac and c.ended_at is null
    order by x.device_id, c.misses, c.ip, c.mac
  ), had as materialized (
    select x.device_id, (array_agg(x.mac order by x.first_seen_at, x.mac))[1] as first_mac,
           string_agg(encode(macaddr_send(x.mac), 'hex'), ' ' order by x.mac) as macs,
           string_agg(distinct x.vendor, E'\n') as vendors
    from macs as x group by x.device_id
  ), alerting as materialized (
    select a.device_id, count(*)::integer as alerts from alerts as a
    where a.site_id = p_site_id and a.device_id = any (p_devices) and a.resolved_at is null and a.acknowledged_at is null
    group by a.device_id
  ), placed as materialized (
    select u.id, coalesce(o.network_id, g.network_id) as network_id, coalesce(o.ip, g.ip) as ip, coalesce(o.mac, g.mac) as mac,
           coalesce(o.misses, 0::smallint) as misses, o.missed_from, coalesce(o.last_seen_at, g.ended_at) as last_seen_at,
           case when o.ip is null then 'gone' when o.misses = 0 then 'here' else 'quiet' end as presence,
           coalesce(o.addresses, case when g.ip is null then '{}' else array[g.ip] end) as addresses
    from unnest(p_devices) as u (id)
    left join open as o on o.device_id = u.id
    left join lateral (
      select c.network_id, c.ip, c.mac, c.ended_at
      from connections as c
      where o.ip is null and c.site_id = p_site_id and c.device_id = u.id
      order by c.started_at desc limit 1
    ) as g on true
  )
  select d.site_id, d.id, d.state, c.presence, c.network_id, c.ip, m.mac, coalesce(m.is_local, false), m.vendor,
         c.misses, c.missed_from::bigint, c.last_seen_at, d.first_seen_at, d.name, d.called, d.owner, coalesce(d.kind, p.kind),
         d.importance = 'watched', coalesce(a.alerts, 0), c.addresses,
         concat_ws(E'\n', search_fold(d.name), search_fold(d.called), search_fold(d.owner), k.folded,
                   search_fold(nullif(d.notes, '')), search_fold(v.vendors),
                   (select string_agg(host(i), E'\n') from unnest(c.addresses) as i)),
         coalesce(v.macs, ''),
         case c.presence when 'gone' then '1' else '0' end || coalesce(encode(inet_send(c.ip), 'hex'), 'g'),
         coalesce('0' || search_fold(coalesce(d.name, d.called)), '1' || search_fold(m.vendor),
                  '2' || encode(macaddr_send(m.mac), 'hex'), '3'),
         '0' || case c.presence when 'here' then 0 when 'quiet' then 1 else 2 end,
         '0' || array_position(array['new', 'blocked', 'known', 'ignored', 'archived'], d.state),
         coalesce('0' || search_fold(m.vendor), '1'),
         -- Nothing in a key may change by itself: those that are here have all been seen at the last scan.
         case when c.presence = 'here' then '00'
              else coalesce('01' || latest_first(c.last_seen_at), '1') end,
         '0' || latest_first(d.first_seen_at),
         coalesce('0' || encode(macaddr_send(m.mac), 'hex'), '1'),
         coalesce('0' || encode(inet_send(n.cidr), 'hex') || n.link, '1'),
         coalesce('0' || search_fold(d.owner), '1'),
         coalesce('0' || k.folded, '1'),
         case when a.alerts > 0 then '0' || lpad((999999 - least(a.alerts, 999999))::text, 6, '0') else '1' end
  from placed as c
  join devices as d on d.site_id = p_site_id and d.id = c.id
  left join had as v on v.device_id = d.id
  left join macs as m on m.device_id = d.id and m.mac = coalesce(c.mac, v.first_mac)
  left join device_profiles as p on p.site_id = p_site_id and p.device_id = d.id
  cross join lateral (select search_fold(coalesce(d.kind, p.kind)) as folded) as k
  left join networks as n on n.site_id = p_site_id and n.id = c.network_id
  left join alerting as a on a.device_id = d.id;
end $$;

-- Brings the list up to date and returns the site's id and the list's version; no row when there is no such site.
-- Who finds somebody else at it waits: what it then reads must have what it changed itself a moment ago.
create function refresh_device_list(p_site text, out site_id integer, out version bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_devices bigint[];
begin
  site_id := (select s.id from sites as s where s.name = p_site);
  if exists (select from device_list_marks as m where m.site_id = refresh_device_list.site_id) then
    perform pg_advisory_xact_lock(hashtextextended('netureon device list ' || site_id, 0));
    with taken as (
      delete from device_list_marks as m where m.site_id = refresh_device_list.site_id returning m.devices
    )
    select array_agg(distinct u.id) into v_devices from taken, unnest(taken.devices) as u (id);
    if v_devices is not null then
      insert into device_list as l
      select * from device_list_rows(site_id, v_devices)
      on conflict on constraint device_list_pkey do update
      set (state, presence, network_id, ip, mac, is_random, vendor, misses, missed_from, last_seen_at, first_seen_at,
           name, called, owner, kind, watched, alerts, addresses, search, macs, by_address, by_name, by_presence,
           by_state, by_vendor, by_seen, by_first, by_mac, by_network, by_owner, by_kind, by_alerts)
        = (excluded.state, excluded.presence, excluded.network_id, excluded.ip, excluded.mac, excluded.is_random,
           excluded.vendor, excluded.misses, excluded.missed_from, excluded.last_seen_at, excluded.first_seen_at,
           excluded.name, excluded.called, excluded.owner, excluded.kind, excluded.watched, excluded.alerts,
           excluded.addresses, excluded.search, excluded.macs, excluded.by_address, excluded.by_name,
           excluded.by_presence, excluded.by_state, excluded.by_vendor, excluded.by_seen, excluded.by_first,
           excluded.by_mac, excluded.by_network, excluded.by_owner, excluded.by_kind, excluded.by_alerts)
      where l is distinct from excluded;
      insert into device_list_versions as v (site_id, version) values (refresh_device_list.site_id, 1)
      on conflict on constraint device_list_versions_pkey do update set version = v.version + 1;
    end if;
  end if;
  version := coalesce((select v.version from device_list_versions as v where v.site_id = refresh_device_list.site_id), 0);
end $$;

-- Where nobody reads, marks still do not pile up.
create function refresh_device_lists() returns void
language sql security definer set search_path = public, pg_temp as $$
  select refresh_device_list(s.name) from sites as s
$$;

create function mark_devices_of_rows() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into device_list_marks (site_id, devices)
  select w.site_id, array_agg(w.device_id) from written as w where w.device_id is not null group by w.site_id;
  return null;
end $$;

create function mark_devices() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into device_list_marks (site_id, devices)
  select w.site_id, array_agg(w.id) from written as w group by w.site_id;
  return null;
end $$;

-- A MAC or an alert that goes from one device to another concerns both.
create function mark_devices_of_both() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into device_list_marks (site_id, devices)
  select w.site_id, array_agg(w.device_id)
  from (select site_id, device_id from written union all select site_id, device_id from before) as w
  where w.device_id is not null group by w.site_id;
  return null;
end $$;

-- Profiles are claimed, tried and put off all day; only what a device is stands in the list.
create function mark_devices_of_kinds() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into device_list_marks (site_id, devices)
  select w.site_id, array_agg(w.device_id)
  from written as w join before as b on b.site_id = w.site_id and b.device_id = w.device_id
  where w.kind is distinct from b.kind group by w.site_id;
  return null;
end $$;

create trigger _800_mark after insert on devices
  referencing new table as written for each statement execute function mark_devices();
create trigger _800_mark_updated after update on devices
  referencing new table as written for each statement execute function mark_devices();
create trigger _800_mark after insert on device_macs
  referencing new table as written for each statement execute function mark_devices_of_rows();
create trigger _800_mark_updated after update on device_macs
  referencing new table as written old table as before for each statement execute function mark_devices_of_both();
create trigger _800_mark after insert on connections
  referencing new table as written for each statement execute function mark_devices_of_rows();
-- The device of a connection changes only in a merge, which writes both devices.
create trigger _800_mark_updated after update on connections
  referencing new table as written for each statement execute function mark_devices_of_rows();
create trigger _800_mark_deleted after delete on connections
  referencing old table as written for each statement execute function mark_devices_of_rows();
create trigger _800_mark after insert on alerts
  referencing new table as written for each statement execute function mark_devices_of_rows();
create trigger _800_mark_updated after update on alerts
  referencing new table as written old table as before for each statement execute function mark_devices_of_both();
create trigger _800_mark_deleted after delete on alerts
  referencing old table as written for each statement execute function mark_devices_of_rows();
create trigger _800_mark after insert on device_profiles
  referencing new table as written for each statement execute function mark_devices_of_rows();
create trigger _800_mark_updated after update on device_profiles
  referencing new table as written old table as before for each statement execute function mark_devices_of_kinds();

-- All that there are.
insert into device_list_marks (site_id, devices) select site_id, array_agg(id) from devices group by site_id;
select refresh_device_lists();
analyze device_list;

revoke execute on function search_fold, latest_first, device_list_rows, refresh_device_list, refresh_device_lists,
  mark_devices_of_rows, mark_devices, mark_devices_of_both, mark_devices_of_kinds from public;
grant execute on function refresh_device_list, search_fold to netureon_viewer, netureon_alertd;
grant select on device_list to netureon_viewer, netureon_alertd;
