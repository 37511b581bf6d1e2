-- What a scan found becomes presence, by the looked clock and with each device's own patience. See 000006 for how it was.
-- Locks: functions only.

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

-- Watched devices.
