-- Presence with patience: each device's own, learned from its silences. docs/PRESENCE.md has the rule in plain words.
--
-- The looked clock. Whoever does not look learns nothing, so silence is not measured in hours of the day but in time
-- looked: each network has a clock (looked_ms) that runs only while scans of it complete. coverage keeps when it ran.
-- A device that falls silent costs a write for its first three misses, one when it returns, and one when it is given
-- up; how long it is silent, and how many scans it has missed, is computed from the network's clock and ordinal.
-- Locks: brief ACCESS EXCLUSIVE on networks, connections and devices for new columns without a default that would
-- rewrite them; new tables. One pass over discovery_log to fill coverage.

-- A pause longer than this between two completed scans: nobody looked in between.
create function not_looked_after() returns interval
language sql immutable parallel safe as $$ select interval '5 minutes' $$;

alter table networks
  -- The ordinal of the last completed scan.
  add column scans         bigint not null default 0,
  add column looked_ms     bigint not null default 0,
  -- Since when scans have completed without such a pause.
  add column looking_since timestamptz,
  -- Most of those here fell silent in one scan, and how many had been here. See record_scan.
  add column outage_since  timestamptz,
  add column outage_here   integer,
  -- It has lasted so long that the silence is taken for what it is.
  add column outage_believed boolean not null default false,
  -- Since when nobody means to look at it any more. See retire_network.
  add column retired_at timestamptz;

-- Closed runs of looking. The present one is [looking_since, last_scan_at] in networks.
create table coverage (
  site_id    integer not null,
  network_id integer not null,
  during     tstzrange not null check (not isempty(during)),
  foreign key (site_id, network_id) references networks (site_id, id) on delete cascade
);
create index coverage_during on coverage using gist (site_id, network_id, during);

-- What was looked at before there was a table for it.
with looks as (
  select site_id, network_id, finished_at,
         finished_at - lag(finished_at) over (partition by site_id, network_id order by finished_at) as gap
  from discovery_log where outcome = 'complete' and network_id is not null
), numbered as (
  select *, count(*) filter (where gap > not_looked_after()) over (partition by site_id, network_id order by finished_at) as run
  from looks
), runs as materialized (
  select site_id, network_id, run, min(finished_at) as first, max(finished_at) as last, count(*) as scans,
         sum(extract(epoch from least(gap, not_looked_after())) * 1000) filter (where gap is not null)::bigint as looked_ms
  from numbered group by site_id, network_id, run
), closed as (
  insert into coverage (site_id, network_id, during)
  select r.site_id, r.network_id, tstzrange(r.first, r.last, '[]')
  from runs as r
  where r.run < (select max(l.run) from runs as l where l.site_id = r.site_id and l.network_id = r.network_id)
)
update networks as n set scans = t.scans, looked_ms = coalesce(t.looked_ms, 0), looking_since = t.since
from (select site_id, network_id, sum(scans) as scans, sum(looked_ms) as looked_ms, max(first) as since
      from runs group by site_id, network_id) as t
where n.site_id = t.site_id and n.id = t.network_id;
update networks set looking_since = last_scan_at where looking_since is null and last_scan_at is not null;

-- misses stops at 3; from there on the network's ordinal tells.
alter table connections
  -- The ordinal of the first scan that it missed. Of four bytes: two thousand years of scans.
  add column missed_from      integer,
  -- The looked clock when it was last seen. Stays when the connection ends.
  add column missed_looked_ms bigint,
  -- The looked clock at which patience ends; set with the third miss, while the device is given more than that.
  add column gone_looked_ms   bigint;

-- A person's own limit for a watched device: how long it may be silent before device_down.
alter table devices add column down_after interval check (down_after >= interval '0' and down_after <= interval '31 days');
create index devices_watched on devices (site_id, id) where importance = 'watched';

-- What is usual for a device: its silences that ended with it being there again. A device that never misses two scans
-- in a row has no row.
create table device_habits (
  site_id    integer not null,
  device_id  bigint not null,
  -- The last fifty, the oldest first: seconds of looked time, and when each ended.
  silences   integer[] not null,
  ended_at   timestamptz[] not null,
  -- The longest of each of the last five weeks in seconds, the latest first, and which week since 1970 the first is.
  peaks      integer[] not null,
  peaks_week integer not null,
  -- What follows from them, by the trigger below. Nine of ten of the last fifty are no longer than usual_s; longest_s is
  -- of thirty days and more, again_s the one after it, of the last fifty.
  usual_s    integer not null,
  longest_s  integer not null,
  again_s    integer,
  -- Five silences or more lie within the seven days before any moment up to this one. Null: there are not five.
  sleeper_until timestamptz,
  primary key (site_id, device_id),
  foreign key (site_id, device_id) references devices (site_id, id) on delete cascade,
  check (cardinality(silences) = cardinality(ended_at) and cardinality(silences) between 1 and 50)
);

-- Watched devices that are silent at this moment.
create table watched_silences (
  site_id     integer not null,
  device_id   bigint not null,
  network_id  integer not null,
  -- When it was last seen, and where its network's clock and ordinal stood.
  since       timestamptz not null,
  looked_ms   bigint not null,
  missed_from bigint not null,
  mac         macaddr not null,
  ip          inet not null,
  -- Learned, as of when it fell silent.
  limit_ms    bigint not null,
  is_down     boolean not null default false,
  primary key (site_id, device_id),
  foreign key (site_id, device_id) references devices (site_id, id) on delete cascade
) with (fillfactor = 70);

create function to_ms(p_interval interval) returns bigint
language sql immutable parallel safe as $$ select (extract(epoch from p_interval) * 1000)::bigint $$;

create function week_of(p_at timestamptz) returns integer
language sql immutable parallel safe as $$ select floor(extract(epoch from p_at) / 604800)::integer $$;

-- A length of time as a person says it: 40 s, 6 min, 2 h 5 min, 3 days.
create function in_words(p_ms bigint) returns text
language sql immutable parallel safe as $$
  select case
    when p_ms < 60000 then p_ms / 1000 || ' s'
    when p_ms < 3600000 then p_ms / 60000 || ' min'
    when p_ms < 172800000 then p_ms / 3600000 || ' h'
      || case when p_ms % 3600000 >= 60000 then ' ' || p_ms % 3600000 / 60000 || ' min' else '' end
    else p_ms / 86400000 || ' days' end
$$;

-- Before a sweep: takes this session's lock on each network (released when the session ends) and tells who is known
-- there, as parallel arrays, and how many scans of it have completed. granted = false: another scan of that network is
-- running. p_links: parallel to p_networks; null: all ordinary.
drop function begin_scan(text, cidr[]);
create function begin_scan(p_site text, p_networks cidr[], p_links text[] default null)
returns table (network cidr, link text, granted boolean, macs macaddr[], ips inet[], scans bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  return query
  select n.cidr,
         coalesce(n.link, ''),
         pg_try_advisory_lock(scan_lock_key(p_site, n.cidr, coalesce(n.link, ''))),
         coalesce(k.macs, '{}'),
         coalesce(k.ips, '{}'),
         coalesce(w.scans, 0)
  from unnest(p_networks, p_links) as n (cidr, link)
  left join networks as w on w.site_id = v_site and w.cidr = n.cidr and w.link = coalesce(n.link, '')
  left join lateral (
    -- The longest here first: where many MACs claim one address, the scan asks only the first few of them in person.
    select array_agg(c.mac) as macs, array_agg(c.ip) as ips
    from (select o.mac, o.ip from connections as o
          where o.site_id = v_site and o.network_id = w.id and o.ended_at is null
          order by o.started_at, o.id) as c
  ) as k on true;
end $$;

-- What is usual for a device.

create function follow_habits() returns trigger
language plpgsql as $$
declare
  v_at timestamptz := new.ended_at[cardinality(new.ended_at)];
begin
  select percentile_disc(0.9) within group (order by s) into new.usual_s from unnest(new.silences) as u (s);
  select max(s) into new.longest_s from unnest(new.peaks) as u (s);
  select s into new.again_s
  from unnest(new.silences, new.ended_at) as u (s, at)
  where u.at > v_at - interval '30 days' order by s desc offset 1 limit 1;
  new.sleeper_until := new.ended_at[cardinality(new.ended_at) - 4] + interval '7 days';
  return new;
end $$;

create trigger _050_follow_habits before insert or update on device_habits
  for each row execute function follow_habits();

-- A sleeper is a device with five noted silences within seven days; every other is steady.
create function is_sleeper(p_habits device_habits, p_at timestamptz) returns boolean
language sql immutable parallel safe as $$ select coalesce(p_habits.sleeper_until > p_at, false) $$;

-- How long a device may be silent before it is called gone, once it has missed three scans: 0 for a steady one.
create function patience_ms(p_habits device_habits, p_at timestamptz) returns bigint
language sql immutable parallel safe as $$
  select case when p_habits.sleeper_until > p_at then least(greatest(p_habits.usual_s * 2, 120), 7200)::bigint * 1000
           else 0 end
$$;

-- How long a network was looked at since p_since, in its present run and in those before.
create function looked_since_ms(p_network networks, p_since timestamptz, p_at timestamptz) returns bigint
language sql stable as $$
  select coalesce((select sum(to_ms(upper(c.during) - greatest(lower(c.during), p_since))) from coverage as c
                   where c.site_id = p_network.site_id and c.network_id = p_network.id
                     and c.during && tstzrange(p_since, null)), 0)::bigint
         + coalesce(greatest(to_ms(p_at - greatest(p_network.looking_since, p_since)), 0), 0)
$$;

-- How long a watched device may be silent before device_down, where nobody has set a limit: three times its longest
-- silence, where a steady device's only one counts for two hours at most (a failure that was mended is no habit).
-- p_known_ms: for how long it has been looked at. On its first day nobody knows what is usual, and of a sleeper for a
-- week. p_together: how many steady devices fell silent with it, itself included. Four or more hang on one access point or switch.
create function learned_limit_ms(p_habits device_habits, p_known_ms bigint, p_together integer, p_at timestamptz)
returns bigint
language plpgsql immutable parallel safe as $$
declare
  v_sleeper constant boolean := is_sleeper(p_habits, p_at);
  v_learned integer := 0;
begin
  if p_habits.longest_s is not null and p_habits.ended_at[cardinality(p_habits.ended_at)] > p_at - interval '30 days' then
    v_learned := case when v_sleeper then 3 * p_habits.longest_s
                   else greatest(least(3 * p_habits.longest_s, 7200), 3 * coalesce(p_habits.again_s, 0)) end;
  end if;
  return least(21600, greatest(v_learned,
    case when p_known_ms < 86400000 or v_sleeper and p_known_ms < 7 * 86400000::bigint then 14400
         when v_sleeper then 1800
         when p_together >= 4 then 900
         else 300 end))::bigint * 1000;
end $$;

-- Silences that ended: parallel arrays of devices and seconds, a device may be there more than once (several
-- addresses). One that ends within a minute of the one before is the same (two networks see the same device).
create function note_silences(p_site_id integer, p_devices bigint[], p_seconds integer[], p_at timestamptz) returns void
language sql as $$
  insert into device_habits as h (site_id, device_id, silences, ended_at, peaks, peaks_week)
  select p_site_id, u.device, array[max(u.s)], array[p_at], array[max(u.s)], week_of(p_at)
  from unnest(p_devices, p_seconds) as u (device, s)
  group by u.device
  order by u.device
  on conflict (site_id, device_id) do update
  set silences = case when h.ended_at[cardinality(h.ended_at)] > p_at - interval '1 minute'
                   then h.silences[:cardinality(h.silences) - 1]
                     || greatest(h.silences[cardinality(h.silences)], excluded.silences[1])
                   else (h.silences || excluded.silences)[greatest(cardinality(h.silences) - 48, 1):] end,
      ended_at = case when h.ended_at[cardinality(h.ended_at)] > p_at - interval '1 minute'
                   then h.ended_at[:cardinality(h.ended_at) - 1] || p_at
                   else (h.ended_at || p_at)[greatest(cardinality(h.ended_at) - 48, 1):] end,
      peaks = case when excluded.peaks_week <= h.peaks_week
                then greatest(h.peaks[1], excluded.peaks[1]) || h.peaks[2:]
                else (excluded.peaks || array_fill(0, array[least(excluded.peaks_week - h.peaks_week, 5) - 1])
                      || h.peaks)[:5] end,
      peaks_week = greatest(h.peaks_week, excluded.peaks_week)
$$;

-- Recording a scan.
--
-- Locks, always in this order: one for each network, held while a scan of it is recorded; one for each site, held by
-- whoever writes about its devices, connections, or alerts that name a device (a scan that brings something, a person,
-- a profile); then rows. Taking rows first and the site's lock later is how two networks of one site wait for each other
-- for ever. A steady tick writes about no device and takes the first only.
--
-- The helpers that run in most scans of a busy network are planned once per session, by index for a handful of rows:
-- planning them anew took longer than they did. mass_silence has to know how many there are, and is rare.

-- The name is that of add_devices (000006).
create function lock_devices(p_site_id integer) returns void
language sql as $$ select pg_advisory_xact_lock(hashtextextended('netureon devices ' || p_site_id, 0)) $$;
