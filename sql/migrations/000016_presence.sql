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

-- ---------------------------------------------------------------------------------------------------------------------
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

-- ---------------------------------------------------------------------------------------------------------------------
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

drop function record_scan_failure(text, cidr, text, text);
drop function record_scan(text, cidr, text, text, integer, integer, integer, integer, integer, text, macaddr[], inet[]);

-- Records one sweep of one network. p_macs and p_ips are parallel: who answered from which address. p_gateway: the
-- default gateway of whoever scans, if it lies in this network. p_link: see networks.link.
-- An incomplete sweep is logged and changes nobody's presence: "not looked" is not "not there". So does one in which
-- most of the network fell silent at once, but for those who did answer.
-- Returns how many connections were new, returned, moved, and how many are lately missing (a device that is asleep is
-- counted with its first misses and when it is given up).
create function record_scan(
  p_site text, p_network cidr, p_interface text, p_method text, p_duration_ms integer,
  p_probed integer, p_answered integer, p_frames integer, p_broadcasts integer,
  p_problem text, -- null: the sweep is complete
  p_macs macaddr[], p_ips inet[], p_gateway inet default null, p_link text default ''
) returns table (new integer, returned integer, moved integer, missing integer)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_now        timestamptz := clock_now();
  v_site       integer := site_of(p_site);
  v_network    networks;
  -- The addresses that a sweep asks: all of the network but, where it has them, its own and the broadcast address.
  -- IPv6 has neither.
  v_bits       constant integer := case family(p_network) when 4 then 32 else 128 end;
  v_edge       constant integer := case when family(p_network) = 4 and masklen(p_network) < 31 then 1 else 0 end;
  v_first      constant inet := set_masklen(p_network::inet, v_bits) + v_edge;
  v_last       constant inet := set_masklen(broadcast(p_network), v_bits) - v_edge;
  v_gap        interval;
  v_broken     boolean;
  -- The looked clock after this scan, and where the silence of those who fall silent in it began.
  v_looked_ms  bigint;
  v_anchor_ms  bigint;
  v_seen_macs  macaddr[];
  v_seen_ips   inet[];
  v_heard_macs macaddr[];
  v_heard_ips  inet[];
  v_new_macs   macaddr[];
  v_new_ips    inet[];
  v_silent     bigint[]; -- to be written: one of the first misses, or patience has ended
  v_asleep     bigint[]; -- silent for longer, and not given up
  v_back       bigint[];
  v_fallen     integer;
  v_moved_macs macaddr[];
  v_outage     text; -- most of the network is silent at once
  v_locked     boolean; -- this scan may write about devices
  v_counts     integer[] := array[0, 0, 0, 0];
begin
  p_link := scanner_link(p_network, p_link);
  perform pg_advisory_xact_lock(hashtextextended('netureon record ' || p_site || ' ' || p_network::text || ' ' || p_link, 0));
  select * into v_network from networks where site_id = v_site and cidr = p_network and link = p_link;
  if v_network.id is null then
    insert into networks (site_id, cidr, interface, link) values (v_site, p_network, p_interface, p_link)
    returning * into v_network;
  end if;

  if p_problem is not null then
    update networks set failures = failures + 1 where site_id = v_site and id = v_network.id;
    insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method,
                               probed, answered, frames, broadcasts, problem)
    values (v_site, v_network.id, v_now, p_duration_ms, case when p_probed > 0 then 'partial' else 'failed' end,
            p_method, p_probed, p_answered, p_frames, p_broadcasts, p_problem);
    return query select 0, 0, 0, 0;
    return;
  end if;

  v_gap := v_now - v_network.last_scan_at;
  -- A clock that was set back by so much has no run of looking either.
  v_broken := v_gap is null or v_gap > not_looked_after() or v_gap < -not_looked_after();
  v_looked_ms := v_network.looked_ms
    + coalesce(to_ms(least(greatest(v_gap, interval '0'), not_looked_after())), 0);
  -- What happened while nobody looked, or while the whole network was away, is nobody's silence.
  v_anchor_ms := case when v_broken or v_network.outage_since is not null and not v_network.outage_believed
                   then v_looked_ms else v_network.looked_ms end;

  -- Everything that differs from the open connections, in one pass; in a steady network nothing does.
  with differing as materialized (
    select o.mac, o.ip, c.id, c.misses, o.ip between v_first and v_last as asked,
           c.misses < 3 or c.gone_looked_ms <= v_looked_ms as due
    from unnest(p_macs, p_ips) as o (mac, ip)
    full join (
      select id, mac, ip, misses, gone_looked_ms from connections
      where site_id = v_site and network_id = v_network.id and ended_at is null
    ) as c on c.mac = o.mac and c.ip = o.ip
    where c.id is null or o.mac is null or c.misses > 0
  )
  select array_agg(mac) filter (where id is null and asked), array_agg(ip) filter (where id is null and asked),
         array_agg(mac) filter (where id is null and not asked), array_agg(ip) filter (where id is null and not asked),
         array_agg(id) filter (where mac is null and due), array_agg(id) filter (where mac is null and due is not true),
         array_agg(id) filter (where mac is not null and id is not null),
         count(*) filter (where mac is null and misses = 0)
  into v_seen_macs, v_seen_ips, v_heard_macs, v_heard_ips, v_silent, v_asleep, v_back, v_fallen
  from differing;

  v_locked := v_seen_macs is not null or v_heard_macs is not null or v_silent is not null or v_back is not null
    or coalesce(v_gap < interval '0', false)
    or exists (select from watched_silences where site_id = v_site)
       and due_silences(v_site, v_network.id, v_looked_ms, v_network.scans + 1) is not null
    or identity_unsettled(v_site, v_network.id);
  if v_locked then
    perform lock_devices(v_site);
  end if;

  if v_gap < interval '0' then
    perform turn_back(v_network, v_now);
  end if;
  if v_fallen >= 4 then
    v_outage := mass_silence(v_network, v_silent, p_macs, v_now);
  end if;

  if v_seen_macs is not null or v_heard_macs is not null then
    select s.macs, s.ips into v_new_macs, v_new_ips
    from sift_sightings(v_site, v_network, v_seen_macs || v_heard_macs, v_seen_ips || v_heard_ips, p_gateway, v_now) as s;
    if v_heard_macs is null then
      v_seen_macs := nullif(v_new_macs, '{}');
      v_seen_ips := nullif(v_new_ips, '{}');
    else
      select array_agg(mac) filter (where asked), array_agg(ip) filter (where asked),
             array_agg(mac) filter (where not asked), array_agg(ip) filter (where not asked)
      into v_seen_macs, v_seen_ips, v_heard_macs, v_heard_ips
      from (select mac, ip, ip between v_first and v_last as asked from unnest(v_new_macs, v_new_ips) as u (mac, ip)) as u;
    end if;
  end if;

  if v_back is not null then
    perform come_back(v_site, v_network, v_back, not v_broken, v_looked_ms, v_now);
  end if;

  if v_seen_macs is not null then
    -- A MAC that answers from a new address, and from none of those it had here, has moved: the old ones are free at
    -- once. One that still answers elsewhere (a router, a proxy) has only gained an address.
    select array_agg(distinct s.mac) into v_moved_macs
    from connections as s
    where s.site_id = v_site and s.id = any (v_silent || v_asleep) and s.mac = any (v_seen_macs)
      and not exists (select from connections as c
                      where c.site_id = v_site and c.network_id = v_network.id and c.mac = s.mac
                        and c.ended_at is null and c.id <> all (v_silent || v_asleep));
    -- Before the silent ones end: a blocked device that moves has not left in between.
    v_counts[1:3] := open_connections(v_site, v_network, v_seen_macs, v_seen_ips, v_moved_macs, v_now);
    if v_counts[2] + v_counts[3] > 0 and not v_broken then
      perform note_returns(v_site, v_network, v_seen_macs, v_looked_ms, v_now);
    end if;
    perform end_watched_silences(v_site, (select array_agg(m.device_id) from device_macs as m
                                          where m.site_id = v_site and m.mac = any (v_seen_macs)), v_now)
    where exists (select from watched_silences where site_id = v_site);
  end if;

  if v_heard_macs is not null then
    v_counts[1] := v_counts[1] + note_heard(v_site, v_network, v_heard_macs, v_heard_ips, v_now);
  end if;

  if v_outage is not null then
    perform close_moved(v_site, v_network, v_silent || v_asleep, v_moved_macs);
    update networks set failures = failures + 1 where site_id = v_site and id = v_network.id;
    insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method,
                               probed, answered, frames, broadcasts, new, returned, moved, problem)
    values (v_site, v_network.id, v_now, p_duration_ms, 'partial', p_method,
            p_probed, p_answered, p_frames, p_broadcasts, v_counts[1], v_counts[2], v_counts[3], v_outage);
    return query select v_counts[1], v_counts[2], v_counts[3], 0;
    return;
  end if;

  if v_broken and v_network.last_scan_at is not null then
    insert into coverage (site_id, network_id, during)
    values (v_site, v_network.id,
            tstzrange(least(v_network.looking_since, v_network.last_scan_at), v_network.last_scan_at, '[]'));
  end if;
  v_network.looking_since := case when v_broken then v_now else least(v_network.looking_since, v_now) end;

  if v_silent is not null or v_moved_macs is not null then
    perform close_moved(v_site, v_network, v_silent || v_asleep, v_moved_macs);
    perform fall_silent(v_site, v_network, v_silent, v_anchor_ms, v_looked_ms, v_now);
    v_counts[4] := coalesce(cardinality(v_silent), 0);
  end if;

  perform note_identity(v_site, v_network, p_macs, p_ips,
                        v_seen_macs is not null or v_back is not null or v_silent is not null, p_gateway, v_now);

  -- As in record_scan_failure: the site before its alert.
  perform from sites where id = v_site and scan_failures > 0 for no key update;
  -- The log first: its trigger still sees whether this is the baseline, and whether scans were failing before.
  insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method,
                             probed, answered, frames, broadcasts, new, returned, moved, missing)
  values (v_site, v_network.id, v_now, p_duration_ms, 'complete', p_method,
          p_probed, p_answered, p_frames, p_broadcasts, v_counts[1], v_counts[2], v_counts[3], v_counts[4]);
  update networks
  set last_scan_at = v_now, baseline_at = coalesce(baseline_at, v_now), failures = 0, interface = p_interface,
      scans = scans + 1, looked_ms = v_looked_ms,
      looking_since = v_network.looking_since
  where site_id = v_site and id = v_network.id;
  if v_network.outage_since is not null then
    perform end_outage(v_site, v_network.id, p_macs, v_now);
  end if;
  update sites set scan_failures = 0 where id = v_site and scan_failures > 0;
  if v_locked and exists (select from watched_silences where site_id = v_site) then
    perform tell_who_is_down(v_site, v_now);
  end if;
  return query select v_counts[1], v_counts[2], v_counts[3], v_counts[4];
end $$;

-- The server's clock was set back since the last scan. Whoever has come since then came, by this clock, in the future:
-- from now on it is here since now, or since the end of its own history where that lies ahead as well.
create function turn_back(p_network networks, p_at timestamptz) returns void
language sql as $$
  update connections as c
  set started_at   = s.started_at,
      last_seen_at = case when c.last_seen_at is not null then greatest(least(c.last_seen_at, p_at), s.started_at) end
  from (select o.id, least(o.started_at, greatest(p_at, max(h.ended_at))) as started_at, o.last_seen_at
        from connections as o
        left join connections as h on h.site_id = o.site_id and h.device_id = o.device_id and h.mac = o.mac
          and h.ip = o.ip and h.ended_at is not null
        where o.site_id = p_network.site_id and o.network_id = p_network.id and o.ended_at is null
          and (o.started_at > p_at or o.last_seen_at > p_at)
        group by o.site_id, o.id) as s
  where c.site_id = p_network.site_id and c.id = s.id
$$;

-- When at least four devices, and at least half of those here, fall silent in one scan, that says something about the
-- network or about whoever scans, not about the devices. It lasts until no more than a quarter of them is silent. After
-- a quarter of an hour the silence is believed. Returns what is wrong, or null.
create function mass_silence(p_network networks, p_silent bigint[], p_macs macaddr[], p_at timestamptz) returns text
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  c_least    constant integer := 4;
  c_believed constant interval := interval '15 minutes';
  v_lasts    constant boolean := p_network.outage_since is not null and not p_network.outage_believed;
  v_fallen   integer;
  v_here     integer;
begin
  -- By MAC: a router that answers for a hundred addresses is one device. Whoever answers from another address is not
  -- silent.
  select count(distinct c.mac) filter (where s.id is not null and a.mac is null), count(distinct c.mac)
  into v_fallen, v_here
  from connections as c
  left join unnest(p_silent) as s (id) on s.id = c.id
  left join (select distinct mac from unnest(p_macs) as u (mac)) as a on a.mac = c.mac
  where c.site_id = p_network.site_id and c.network_id = p_network.id and c.ended_at is null and c.misses = 0;
  if v_fallen < c_least or v_fallen * (case when v_lasts then 4 else 2 end) < v_here then
    return null;
  end if;
  -- Three scans at least must have said so: the first may have been long ago, before nobody looked.
  if v_lasts and p_network.outage_since <= p_at - c_believed and p_network.failures >= 3 then
    update networks set outage_believed = true where site_id = p_network.site_id and id = p_network.id;
    return null;
  end if;
  update networks
  -- least: one from the future of a clock that was set back since would never end.
  set outage_since = case when v_lasts then least(outage_since, p_at) else p_at end,
      outage_believed = false, outage_here = greatest(outage_here, v_here)
  where site_id = p_network.site_id and id = p_network.id;
  return v_fallen || ' of ' || v_here || ' devices fell silent at once';
end $$;

-- After a completed scan: the outage is over when it was not believed yet, or when more than half of those who had been
-- here answer again. After a day nobody waits for them any more.
create function end_outage(p_site_id integer, p_network_id integer, p_macs macaddr[], p_at timestamptz) returns void
language plpgsql as $$
begin
  update networks set outage_since = null, outage_here = null, outage_believed = false
  where site_id = p_site_id and id = p_network_id
    and (not outage_believed
         or outage_here < 2 * (select count(distinct mac) from unnest(p_macs) as u (mac))
         or outage_since not between p_at - interval '1 day' and p_at);
  if found then
    update alerts set resolved_at = p_at
    where site_id = p_site_id and dedup_key = 'network_outage:' || p_network_id and resolved_at is null;
  end if;
end $$;

-- Answered again. Whoever missed two scans or more has told something about its habits, if all of it was looked at.
create function come_back(
  p_site_id integer, p_network networks, p_ids bigint[], p_looked boolean, p_looked_ms bigint, p_at timestamptz
) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_all     bigint[];
  v_devices bigint[];
  v_seconds integer[];
begin
  select array_agg(c.device_id), array_agg(c.device_id) filter (where noted),
         array_agg((p_looked_ms - c.missed_looked_ms) / 1000) filter (where noted)
  into v_all, v_devices, v_seconds
  from connections as c,
       lateral (select p_looked and c.misses >= 2 and c.missed_looked_ms is not null
                       and c.last_seen_at >= p_network.looking_since as noted) as n
  where c.site_id = p_site_id and c.id = any (p_ids) and c.network_id = p_network.id and c.ended_at is null;
  update connections
  set misses = 0, last_seen_at = null, missed_from = null, missed_looked_ms = null, gone_looked_ms = null
  where site_id = p_site_id and id = any (p_ids) and network_id = p_network.id and ended_at is null;
  if v_devices is not null then
    perform note_silences(p_site_id, v_devices, v_seconds, p_at);
  end if;
  perform end_watched_silences(p_site_id, v_all, p_at);
end $$;

-- Devices that answer again after they had been called gone, or from another address: the same for them. A gap of more
-- than four hours is an absence, not a silence.
create function note_returns(
  p_site_id integer, p_network networks, p_macs macaddr[], p_looked_ms bigint, p_at timestamptz
) returns void
language plpgsql as $$
declare
  c_longest constant bigint := 14400000;
  v_devices bigint[];
  v_seconds integer[];
begin
  with returned as (
    select distinct o.device_id, o.started_at from connections as o
    where o.site_id = p_site_id and o.network_id = p_network.id and o.mac = any (p_macs) and o.ended_at is null
      and o.opened_as in ('returned', 'moved') and o.started_at >= p_at
  )
  select array_agg(r.device_id), array_agg((p_looked_ms - b.missed_looked_ms) / 1000) into v_devices, v_seconds
  from returned as r
  cross join lateral (
    select c.misses, c.missed_looked_ms, coalesce(c.ended_at, c.last_seen_at) as seen_at
    from connections as c
    where c.site_id = p_site_id and c.device_id = r.device_id and c.network_id = p_network.id
      and c.started_at < r.started_at
    order by c.started_at desc, c.last_seen_at desc nulls first, c.id desc limit 1
  ) as b
  where b.misses >= 2 and b.seen_at >= p_network.looking_since and p_looked_ms - b.missed_looked_ms <= c_longest;
  if v_devices is not null then
    perform note_silences(p_site_id, v_devices, v_seconds, p_at);
  end if;
end $$;

-- The old addresses of those who moved are free at once.
create function close_moved(p_site_id integer, p_network networks, p_ids bigint[], p_macs macaddr[]) returns void
language sql as $$
  update connections as c
  set misses       = greatest(c.misses, 1),
      last_seen_at = coalesce(c.last_seen_at, p_network.last_scan_at, c.started_at),
      -- greatest: the server's clock may have been set back since.
      ended_at     = greatest(coalesce(c.last_seen_at, p_network.last_scan_at, c.started_at), c.started_at)
  where c.site_id = p_site_id and c.id = any (p_ids) and c.mac = any (p_macs)
    and c.network_id = p_network.id and c.ended_at is null
$$;

-- Those who did not answer: the first misses are counted, then patience decides.
create function fall_silent(
  p_site_id integer, p_network networks, p_ids bigint[], p_anchor_ms bigint, p_looked_ms bigint, p_at timestamptz
) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  -- Completed scans in a row that anybody may miss.
  c_patience constant integer := 3;
  v_fallen   bigint[];
begin
  with silent as materialized (
    select c.id, c.misses + 1 as misses, coalesce(c.missed_looked_ms, p_anchor_ms) as from_ms,
           greatest(coalesce(c.last_seen_at, p_network.last_scan_at, c.started_at), c.started_at) as seen_at,
           case when c.misses + 1 < c_patience then null
                when c.gone_looked_ms is not null then c.gone_looked_ms
                when h.device_id is null then 0
                else coalesce(c.missed_looked_ms, p_anchor_ms) + patience_ms(h, p_at) end as gone_ms
    from connections as c
    left join device_habits as h on h.site_id = c.site_id and h.device_id = c.device_id
    -- Another network may have taken it over while this one waited for the site's lock.
    where c.site_id = p_site_id and c.id = any (p_ids) and c.network_id = p_network.id and c.ended_at is null
  ), written as (
    update connections as c
    set misses           = least(s.misses, c_patience),
        last_seen_at     = s.seen_at,
        missed_from      = coalesce(c.missed_from, p_network.scans + 1),
        missed_looked_ms = s.from_ms,
        gone_looked_ms   = s.gone_ms,
        ended_at         = case when s.gone_ms <= p_looked_ms then s.seen_at end
    from silent as s
    where c.site_id = p_site_id and c.id = s.id
    returning c.device_id, c.misses
  )
  select array_agg(device_id) filter (where misses = 1) into v_fallen from written;
  if v_fallen is not null
     and exists (select from devices where site_id = p_site_id and importance = 'watched') then
    perform begin_watched_silences(p_site_id, p_network, v_fallen, p_at);
  end if;
end $$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Watched devices.

-- Whoever of these is watched and answers nowhere else at this moment.
create function begin_watched_silences(p_site_id integer, p_network networks, p_devices bigint[], p_at timestamptz)
returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  -- See learned_limit_ms. A sweep takes its time, and a single answer may be lost before: those of the two scans before
  -- this one belong to it.
  c_together_ms constant bigint := 900000;
  v_since    constant bigint := p_network.scans - 1;
  v_together integer;
begin
  select count(*) + (select count(*) from watched_silences as w
                     where w.site_id = p_site_id and w.network_id = p_network.id and w.missed_from >= v_since
                       and w.limit_ms <= c_together_ms and w.device_id <> all (p_devices))
  into v_together
  from unnest(p_devices) as u (id)
  left join device_habits as h on h.site_id = p_site_id and h.device_id = u.id
  where not is_sleeper(h, p_at);

  insert into watched_silences as w (site_id, device_id, network_id, since, looked_ms, missed_from, mac, ip, limit_ms)
  select distinct on (d.id)
         d.site_id, d.id, c.network_id, c.last_seen_at, c.missed_looked_ms, c.missed_from, c.mac, c.ip,
         learned_limit_ms(h, looked_since_ms(p_network, d.first_seen_at, p_at), v_together, p_at)
  from devices as d
  join connections as c on c.site_id = d.site_id and c.device_id = d.id and c.network_id = p_network.id
    and c.ended_at is null and c.misses > 0 and c.missed_looked_ms is not null
  left join device_habits as h on h.site_id = d.site_id and h.device_id = d.id
  where d.site_id = p_site_id and d.id = any (p_devices)
    and d.importance = 'watched' and d.state not in ('ignored', 'archived')
    and not exists (select from connections as o
                    join networks as e on e.site_id = o.site_id and e.id = o.network_id
                    where o.site_id = d.site_id and o.device_id = d.id and o.ended_at is null and o.misses = 0
                      and (e.id = p_network.id or e.last_scan_at > p_at - not_looked_after()))
  order by d.id, c.last_seen_at desc, c.ip
  -- Silent elsewhere before: where it was seen last is what counts.
  on conflict (site_id, device_id) do update
  set network_id = excluded.network_id, since = excluded.since, looked_ms = excluded.looked_ms,
      missed_from = excluded.missed_from, mac = excluded.mac, ip = excluded.ip
  where excluded.since >= w.since and not w.is_down;

  if v_together >= 4 then
    update watched_silences set limit_ms = c_together_ms
    where site_id = p_site_id and network_id = p_network.id and missed_from >= v_since
      and limit_ms < c_together_ms and not is_down;
  end if;
end $$;

-- These were seen again. Whoever had been reported as down is reported as back, with how long it was away.
create function end_watched_silences(p_site_id integer, p_devices bigint[], p_at timestamptz) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  if not exists (select from watched_silences where site_id = p_site_id) then
    return;
  end if;
  delete from watched_silences where site_id = p_site_id and device_id = any (p_devices) and not is_down;
  if not exists (select from watched_silences where site_id = p_site_id and device_id = any (p_devices)) then
    return;
  end if;
  with ended as (
    delete from watched_silences where site_id = p_site_id and device_id = any (p_devices) returning *
  ), resolved as (
    update alerts as a set resolved_at = p_at
    from ended as e
    where a.site_id = e.site_id and a.dedup_key = 'device_down:' || e.device_id and a.resolved_at is null
  )
  insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key, resolved_at)
  select e.site_id, 'device_back', 'low', e.device_id, e.network_id, e.mac, e.ip,
         'Back: ' || coalesce(d.name, m.vendor, e.mac::text) || ' at ' || host(e.ip)
           || ', after ' || in_words(g.away_ms),
         jsonb_build_object('since', e.since, 'away_ms', g.away_ms),
         'device_back:' || e.device_id, p_at
  from ended as e
  join networks as n on n.site_id = e.site_id and n.id = e.network_id
  -- Never less than was looked in the meantime: the server's clock may have been set back.
  cross join lateral (select greatest(to_ms(p_at - e.since), n.looked_ms - e.looked_ms, 0) as away_ms) as g
  join devices as d on d.site_id = e.site_id and d.id = e.device_id
  left join device_macs as m on m.site_id = e.site_id and m.mac = e.mac;
end $$;

-- Watched devices that are silent and of which something is to be told, once this network stands at p_looked_ms and
-- p_scans; p_network_id null: as all of them stand.
create function due_silences(p_site_id integer, p_network_id integer, p_looked_ms bigint, p_scans bigint) returns bigint[]
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return (
    select array_agg(w.device_id)
    from watched_silences as w
    join devices as d on d.site_id = w.site_id and d.id = w.device_id
    join networks as n on n.site_id = w.site_id and n.id = w.network_id
    cross join lateral (select case when n.id = p_network_id then p_looked_ms else n.looked_ms end as looked_ms,
                               case when n.id = p_network_id then p_scans else n.scans end as scans) as k
    where w.site_id = p_site_id
      and (w.is_down and (d.importance <> 'watched' or d.state in ('ignored', 'archived'))
           or not w.is_down and k.looked_ms - w.looked_ms >= coalesce(to_ms(d.down_after), w.limit_ms)
              -- Where scans are minutes apart, three of them get lost by chance once a month (one in fifty is lost).
              and k.scans - w.missed_from + 1 >= case when d.down_after is null then 5 else 1 end));
end $$;

-- Whose limit has passed, after a completed scan.
create function tell_who_is_down(p_site_id integer, p_at timestamptz) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_due  bigint[];
  v_over bigint[];
  v_down bigint[];
begin
  v_due := due_silences(p_site_id, null, null, null);
  if v_due is null then
    return;
  end if;

  -- No longer anybody's business: not watched any more, put away, or merged into another device.
  -- Or it answers on another network that is looked at.
  with over as (
    delete from watched_silences as w using devices as d
    where w.site_id = p_site_id and w.device_id = any (v_due) and d.site_id = w.site_id and d.id = w.device_id
      and (d.importance <> 'watched' or d.state in ('ignored', 'archived')
           or not exists (select from device_macs as m where m.site_id = d.site_id and m.device_id = d.id)
           or exists (select from connections as c
                      join networks as n on n.site_id = c.site_id and n.id = c.network_id
                      where c.site_id = d.site_id and c.device_id = d.id and c.ended_at is null and c.misses = 0
                        and n.last_scan_at > p_at - not_looked_after()))
    returning w.device_id, w.is_down
  ), resolved as (
    update alerts as a set resolved_at = p_at
    from over as o
    where o.is_down and a.site_id = p_site_id and a.dedup_key = 'device_down:' || o.device_id and a.resolved_at is null
  ) select array_agg(device_id) into v_over from over;

  -- Where it was last seen nobody has looked since: it may well be there. After a day that is no hope any more.
  select array_agg(device_id) into v_down
  from unnest(v_due) as u (device_id)
  where device_id <> all (coalesce(v_over, '{}'))
    and not exists (select from connections as c
                    join networks as n on n.site_id = c.site_id and n.id = c.network_id
                    where c.site_id = p_site_id and c.device_id = u.device_id and c.ended_at is null and c.misses = 0
                      and n.last_scan_at > p_at - interval '1 day');
  if v_down is null then
    return;
  end if;
  update watched_silences set is_down = true where site_id = p_site_id and device_id = any (v_down);
  insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
  select w.site_id, 'device_down', 'high', w.device_id, coalesce(a.network_id, w.network_id), w.mac, coalesce(a.ip, w.ip),
         'Down: ' || coalesce(d.name, m.vendor, w.mac::text) || ' at ' || host(coalesce(a.ip, w.ip)) || ' has not answered for '
           || in_words(n.looked_ms - w.looked_ms),
         jsonb_build_object('since', w.since, 'silent_ms', n.looked_ms - w.looked_ms,
                            'limit_ms', coalesce(to_ms(d.down_after), w.limit_ms), 'own_limit', d.down_after is not null,
                            'misses', n.scans - w.missed_from + 1),
         'device_down:' || w.device_id
  from watched_silences as w
  join devices as d on d.site_id = w.site_id and d.id = w.device_id
  join networks as n on n.site_id = w.site_id and n.id = w.network_id
  left join device_macs as m on m.site_id = w.site_id and m.mac = w.mac
  -- People know a device by its IPv4 address, where it has one.
  left join lateral (
    select c.network_id, c.ip from connections as c
    where c.site_id = w.site_id and c.device_id = w.device_id and family(c.ip) = 4 and family(w.ip) = 6
    order by c.started_at desc limit 1
  ) as a on true
  where w.site_id = p_site_id and w.device_id = any (v_down)
  order by w.device_id
  on conflict (site_id, dedup_key) where resolved_at is null
    do update set count = alerts.count + 1, last_at = p_at;
end $$;

-- Watched from now on, and silent already.
create function watch_silent() returns trigger
language plpgsql as $$
begin
  perform begin_watched_silences(new.site_id, n, array[new.id], clock_now())
  from networks as n
  where n.site_id = new.site_id
    and n.id in (select c.network_id from connections as c
                 where c.site_id = new.site_id and c.device_id = new.id and c.ended_at is null and c.misses > 0);
  return null;
end $$;

create trigger _100_watch_silent after update of importance on devices
  for each row when (new.importance = 'watched' and old.importance <> 'watched') execute function watch_silent();

-- As in 000006, but in order: each row then goes to the right end of its indexes, which costs less than anywhere else
-- and leaves full pages.
create or replace function add_devices(p_site_id integer, p_macs macaddr[], p_state text, p_at timestamptz) returns void
language plpgsql as $$
declare
  v_macs macaddr[];
  v_ids  bigint[];
begin
  perform pg_advisory_xact_lock(hashtextextended('netureon devices ' || p_site_id, 0));
  select array_agg(o.mac), array_agg(nextval('device_id_seq')) into v_macs, v_ids
  from (select distinct u.mac from unnest(p_macs) as u (mac)
        where not exists (select from device_macs as m where m.site_id = p_site_id and m.mac = u.mac)
        order by u.mac) as o;
  if v_macs is null then
    return;
  end if;

  insert into devices (site_id, id, state, first_seen_at)
  select p_site_id, n.id, p_state, p_at from unnest(v_ids) as n (id);

  -- Three equality joins instead of vendor_of per row: a flood of 65,536 MACs is one hash per prefix length.
  insert into device_macs (site_id, mac, device_id, first_seen_at, vendor)
  select p_site_id, n.mac, n.id, p_at,
         case when (n.mac & macaddr '02:00:00:00:00:00') = macaddr '00:00:00:00:00:00'
           then coalesce(s.vendor, m.vendor, l.vendor) end
  from unnest(v_macs, v_ids) as n (mac, id)
  left join oui as s on s.bits = 36 and s.prefix = (n.mac & macaddr 'ff:ff:ff:ff:f0:00')
  left join oui as m on m.bits = 28 and m.prefix = (n.mac & macaddr 'ff:ff:ff:f0:00:00')
  left join oui as l on l.bits = 24 and l.prefix = (n.mac & macaddr 'ff:ff:ff:00:00:00')
  order by n.mac;
end $$;

-- As in 000006, but for the columns of silence and for networks with one prefix on several links.
-- Opens a connection for each (mac, ip) seen that has none. Returns {new, returned, moved}.
create or replace function open_connections(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_moved_macs macaddr[], p_at timestamptz
) returns integer[]
language plpgsql as $$
declare
  -- A network nobody has looked at for this long has lost its claim on its devices.
  c_abandoned constant interval := interval '10 minutes';
  v_baseline  boolean := p_network.baseline_at is null;
  v_counts    integer[];
begin
  perform add_devices(p_site_id, p_macs, case when v_baseline then 'known' else 'new' end, p_at);

  -- The same address may be open on an overlapping network (a /24 that became a /23). The narrower one keeps it,
  -- unless it is looked at no more. Of two links with one prefix the one that still sees it takes it over.
  if exists (select from networks where site_id = p_site_id and id <> p_network.id) then
    update connections as c set network_id = p_network.id, misses = 0, last_seen_at = null, missed_from = null, missed_looked_ms = null,
                                 gone_looked_ms = null
    from unnest(p_macs, p_ips) as s (mac, ip), networks as o
    where c.site_id = p_site_id and c.ended_at is null and c.mac = s.mac and c.ip = s.ip
      and o.site_id = p_site_id and o.id = c.network_id
      and (masklen(o.cidr) < masklen(p_network.cidr) or o.last_scan_at is null or o.last_scan_at < p_at - c_abandoned
           or o.id <> p_network.id and o.cidr = p_network.cidr and c.misses > 0);
  end if;

  with seen as (
    select distinct mac, ip from unnest(p_macs, p_ips) as u (mac, ip)
  ), opened as (
    insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
    select p_site_id, m.device_id, p_network.id, s.mac, s.ip,
           -- Never before the end of its own history, even when the server's clock was set back.
           case when m.first_seen_at = p_at then p_at
                else greatest(p_at, (select max(c.ended_at) from connections as c
                                     where c.site_id = p_site_id and c.device_id = m.device_id
                                       and c.mac = s.mac and c.ip = s.ip)) end,
           case when v_baseline then 'baseline'
                when m.first_seen_at = p_at then 'new'
                when s.mac = any (p_moved_macs) then 'moved'
                when exists (select from connections as c
                             where c.site_id = p_site_id and c.mac = s.mac and c.ended_at is null) then 'added'
                else 'returned' end
    from seen as s
    join device_macs as m on m.site_id = p_site_id and m.mac = s.mac
    -- What is open on another network of this site stays there. Not an anti-join: while the tables have no
    -- statistics yet, the planner would compare everybody with everybody. Nor "on conflict", which writes each row
    -- twice: add_devices has locked out whoever else opens connections of this site.
    where not exists (select from connections as c
                      where c.site_id = p_site_id and c.mac = s.mac and c.ip = s.ip and c.ended_at is null
                      offset 0)
    order by s.mac, s.ip
    returning mac, opened_as
  ), each_mac as (
    select distinct mac, opened_as from opened
  )
  select array[count(*) filter (where opened_as in ('baseline', 'new')),
               count(*) filter (where opened_as = 'returned'),
               count(*) filter (where opened_as = 'moved')]
  into v_counts from each_mac;
  return v_counts;
end $$;

-- A scan that could not begin (no interface, no permission, no network). p_network may be null.
create function record_scan_failure(
  p_site text, p_network cidr, p_interface text, p_problem text, p_link text default ''
) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  if p_network is not null then
    perform record_scan(p_site, p_network, p_interface, 'unknown', 0, 0, 0, 0, 0, p_problem, '{}', '{}', null, p_link);
    return;
  end if;
  update sites set scan_failures = scan_failures + 1 where id = v_site;
  insert into discovery_log (site_id, finished_at, duration_ms, outcome, method, problem)
  values (v_site, clock_now(), 0, 'failed', 'unknown', p_problem);
end $$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Alerts: as in 000007, by the one clock, and for networks that fell silent.

create or replace function alert_on_opened() returns trigger
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
      do update set count = alerts.count + 1, last_at = clock_now();
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
    do update set count = alerts.count + 1, last_at = clock_now();
  return null;
end $$;

create or replace function resolve_on_closed() returns trigger
language plpgsql as $$
begin
  update alerts as a set resolved_at = clock_now()
  from (select distinct c.site_id, c.device_id from closed as c where c.ended_at is not null) as c
  where a.site_id = c.site_id and a.device_id = c.device_id
    and a.kind = 'blocked_device_seen' and a.resolved_at is null
    and not exists (select from connections as o
                    where o.site_id = c.site_id and o.device_id = c.device_id and o.ended_at is null);
  return null;
end $$;

-- A network as a person knows it: 192.168.1.0/24, or fe80::/64 on lan0.
create function network_words(p_network networks) returns text
language sql immutable parallel safe as $$
  select p_network.cidr::text || case when p_network.link = '' then '' else ' on ' || p_network.link end
$$;

create or replace function alert_on_scan() returns trigger
language plpgsql as $$
declare
  -- Consecutive failures before anyone is told: a single lost scan is not news.
  c_failures constant integer := 3;
  -- A /16 of devices does not belong into one row; the page has them all.
  c_listed   constant integer := 500;
begin
  -- Each behind a question: an insert of nothing still wakes the triggers of alerts, in every scan.
  if exists (select from scans as s
             join networks as n on n.site_id = s.site_id and n.id = s.network_id
             where s.outcome = 'complete' and n.baseline_at is null) then
    insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key, routine)
    select s.site_id, 'baseline', 'info', s.network_id,
           'First look at ' || network_words(n) || ': ' || f.total || case f.total when 1 then ' device' else ' devices' end,
           jsonb_build_object('total', f.total, 'devices', coalesce(f.listed, '[]')), 'baseline:' || s.network_id,
           -- The same wire was looked at by IPv4 already: nobody there is news.
           family(n.cidr) = 6 and exists (select from networks as o
                                          where o.site_id = n.site_id and o.interface = n.interface
                                            and family(o.cidr) = 4 and o.baseline_at is not null)
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
      offset 0 -- counted once, not once for each mention
    ) as f
    where s.outcome = 'complete'
    on conflict (site_id, dedup_key) where resolved_at is null do nothing;
  end if;

  if exists (select from scans where outcome <> 'complete') then
    insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key)
    select s.site_id, 'scan_failing', 'high', s.network_id,
           'Nobody is looking' || coalesce(' at ' || network_words(n), '') || ': '
             || coalesce(n.failures, t.scan_failures) || ' scans in a row did not complete',
           jsonb_build_object('problem', s.problem), 'scan_failing:' || coalesce(s.network_id::text, 'site')
    from scans as s
    join sites as t on t.id = s.site_id
    left join networks as n on n.site_id = s.site_id and n.id = s.network_id
    where s.outcome <> 'complete' and coalesce(n.failures, t.scan_failures) >= c_failures
      -- Nobody means to look at a retired one.
      and n.retired_at is null and (n.outage_since is null or n.outage_believed)
    on conflict (site_id, dedup_key) where resolved_at is null
      do update set count = alerts.count + 1, last_at = clock_now();

    insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key, routine)
    select s.site_id, 'network_outage', 'high', s.network_id,
           'Most of ' || network_words(n) || ' fell silent at once',
           jsonb_build_object('problem', s.problem, 'since', n.outage_since), 'network_outage:' || s.network_id,
           -- What falls silent by IPv6 does so by IPv4; and an office that is switched off at six is no news on the third
           -- evening.
           family(n.cidr) = 6 or 2 <= (select count(distinct (a.opened_at at time zone 'UTC')::date) from alerts as a
                 where a.site_id = s.site_id and a.network_id = s.network_id and a.kind = 'network_outage'
                   and a.opened_at between s.finished_at - interval '8 days' and s.finished_at - interval '12 hours'
                   and abs(mod(extract(epoch from s.finished_at - a.opened_at)::bigint + 43200, 86400) - 43200) <= 2700)
    from scans as s
    join networks as n on n.site_id = s.site_id and n.id = s.network_id
    where s.outcome <> 'complete' and n.failures >= c_failures and n.outage_since is not null and not n.outage_believed
      and n.retired_at is null
    on conflict (site_id, dedup_key) where resolved_at is null
      do update set count = alerts.count + 1, last_at = clock_now();
  end if;

  if exists (select from scans as s
             join sites as t on t.id = s.site_id
             join networks as n on n.site_id = s.site_id and n.id = s.network_id
             where s.outcome = 'complete' and (n.failures > 0 or t.scan_failures > 0)) then
    update alerts as a set resolved_at = clock_now()
    from scans as s
    cross join lateral (values ('scan_failing:site'), ('scan_failing:' || s.network_id)) as k (dedup_key)
    where s.outcome = 'complete' and a.site_id = s.site_id and a.resolved_at is null and a.dedup_key = k.dedup_key;
  end if;

  -- For pages that are open: something was looked at. A hint, as every NOTIFY here.
  perform pg_notify('netureon_changes', json_build_object('what', 'scan', 'site', site_id)::text)
  from (select distinct site_id from scans) as s;
  return null;
end $$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Presence as people ask for it.

-- misses is exact: a device that is asleep costs no write per scan, so its row counts only the first three.
drop view device_presence;
create view device_presence as
select c.site_id, c.id as connection_id, c.device_id, c.network_id, c.mac, c.ip, c.started_at, c.ended_at,
       case when c.ended_at is null and c.missed_from is not null then greatest(c.misses, n.scans - c.missed_from + 1)
         else c.misses end::integer as misses,
       c.opened_as,
       coalesce(c.ended_at, c.last_seen_at, n.last_scan_at) as last_seen_at,
       case when c.ended_at is not null then 'gone' when c.misses > 0 then 'quiet' else 'here' end as presence,
       -- How long it has been silent, and how long it may be before it is called gone; null until the third miss.
       case when c.ended_at is null then n.looked_ms - c.missed_looked_ms end as silent_ms,
       c.gone_looked_ms - c.missed_looked_ms as patience_ms
from connections as c
join networks as n on n.site_id = c.site_id and n.id = c.network_id;

-- Why a device is said to be here, quiet or gone: the numbers that src/store/presence-reason.ts makes a sentence of.
-- Of its connections the best one speaks: answering before quiet before the last that ended. No row: never seen.
create function presence_reason(p_site text, p_device bigint)
returns table (
  state text, misses integer, last_seen_at timestamptz,
  habit text, -- steady, sleeper, or learning: looked at for less than a day
  silences integer, usual_s integer, longest_s integer, -- of the last week; nine of ten are no longer; of 30 days
  learned_ms bigint, -- the limit if no person had set one
  silent_ms bigint, patience_ms bigint, -- looked time; patience is what it is given beyond three misses
  watched boolean, limit_ms bigint, own_limit boolean, -- silent for longer than the limit: device_down
  retired_at timestamptz -- its network's: nobody looks there since
)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.presence, p.misses, p.last_seen_at,
         case when is_sleeper(h, clock_now()) then 'sleeper' when k.known_ms < 86400000 then 'learning' else 'steady' end,
         (select count(*) from unnest(h.ended_at) as u (at) where u.at > clock_now() - interval '7 days')::integer,
         h.usual_s, h.longest_s, learned_limit_ms(h, k.known_ms, 1, clock_now()),
         p.silent_ms, coalesce(p.patience_ms, patience_ms(h, clock_now())),
         d.importance = 'watched',
         coalesce(to_ms(d.down_after), w.limit_ms, learned_limit_ms(h, k.known_ms, 1, clock_now())), d.down_after is not null,
         n.retired_at
  from sites as s
  join devices as d on d.site_id = s.id and d.id = p_device
  join lateral (
    select * from device_presence as p
    where p.site_id = d.site_id and p.device_id = d.id
    order by p.ended_at is not null, p.misses > 0, p.last_seen_at desc limit 1
  ) as p on true
  join networks as n on n.site_id = p.site_id and n.id = p.network_id
  left join device_habits as h on h.site_id = d.site_id and h.device_id = d.id
  left join watched_silences as w on w.site_id = d.site_id and w.device_id = d.id
  cross join lateral (select looked_since_ms(n, d.first_seen_at, clock_now()) as known_ms) as k
  where s.name = p_site
$$;

revoke execute on function not_looked_after, to_ms, week_of, in_words, begin_scan, follow_habits, is_sleeper, patience_ms,
  looked_since_ms, learned_limit_ms, note_silences, lock_devices, record_scan, turn_back, mass_silence, end_outage, come_back, note_returns,
  close_moved, fall_silent, begin_watched_silences, end_watched_silences, due_silences, tell_who_is_down, watch_silent,
  record_scan_failure, network_words, presence_reason from public;
grant execute on function begin_scan, record_scan, record_scan_failure to netureon_scan;
grant execute on function presence_reason, network_words to netureon_web;
grant select on device_presence, device_habits, coverage to netureon_web;
