-- What a scan found becomes presence, in one call and by set operations against the open connections. Only changes
-- are written: a steady tick updates its network's row, adds one discovery_log row, and that is all.
-- The counts of consecutive failures are raised before the log row, and cleared after it.
-- Locks: new functions only. At run time: one advisory lock per network (two scans cannot interleave) and, only when
-- unknown MACs turn up, one per site (the same new MAC on two networks becomes one device).

create function site_of(p_site text) returns integer
language plpgsql as $$
declare
  v_id integer;
begin
  select id into v_id from sites where name = p_site;
  if v_id is null then
    insert into sites (name) values (p_site) on conflict (name) do nothing;
    select id into strict v_id from sites where name = p_site;
  end if;
  return v_id;
end $$;

create function scan_lock_key(p_site text, p_network cidr) returns bigint
language sql immutable as $$
  select hashtextextended('netureon scan ' || p_site || ' ' || p_network::text, 0)
$$;

-- Before a sweep: takes this session's lock on each network (released when the session ends) and tells who is known
-- there, as parallel arrays. granted = false: another scan of that network is running.
create function begin_scan(p_site text, p_networks cidr[])
returns table (network cidr, granted boolean, macs macaddr[], ips inet[])
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  return query
  select n.cidr,
         pg_try_advisory_lock(scan_lock_key(p_site, n.cidr)),
         coalesce(k.macs, '{}'),
         coalesce(k.ips, '{}')
  from unnest(p_networks) as n (cidr)
  left join networks as w on w.site_id = v_site and w.cidr = n.cidr
  left join lateral (
    -- The longest here first: where many MACs claim one address, the scan asks only the first few of them in person.
    select array_agg(c.mac) as macs, array_agg(c.ip) as ips
    from (select o.mac, o.ip from connections as o
          where o.site_id = v_site and o.network_id = w.id and o.ended_at is null
          order by o.started_at, o.id) as c
  ) as k on true;
end $$;

-- The vendor by longest prefix (IEEE MA-S 36 bits, MA-M 28, MA-L 24); null for a random MAC, whose bits mean nothing.
create function vendor_of(p_mac macaddr) returns text
language sql stable as $$
  select vendor from oui
  where (p_mac & macaddr '02:00:00:00:00:00') = macaddr '00:00:00:00:00:00'
    and ((bits = 36 and prefix = (p_mac & macaddr 'ff:ff:ff:ff:f0:00'))
      or (bits = 28 and prefix = (p_mac & macaddr 'ff:ff:ff:f0:00:00'))
      or (bits = 24 and prefix = (p_mac & macaddr 'ff:ff:ff:00:00:00')))
  order by bits desc
  limit 1
$$;

-- Makes a device of every MAC in p_macs that has none.
create function add_devices(p_site_id integer, p_macs macaddr[], p_state text, p_at timestamptz) returns void
language plpgsql as $$
declare
  v_macs macaddr[];
  v_ids  bigint[];
begin
  perform pg_advisory_xact_lock(hashtextextended('netureon devices ' || p_site_id, 0));
  select array_agg(o.mac), array_agg(nextval('device_id_seq')) into v_macs, v_ids
  from (select distinct mac from unnest(p_macs) as u (mac)) as o
  where not exists (select from device_macs as m where m.site_id = p_site_id and m.mac = o.mac);
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
  left join oui as l on l.bits = 24 and l.prefix = (n.mac & macaddr 'ff:ff:ff:00:00:00');
end $$;

-- Records one sweep of one network. p_macs and p_ips are parallel: who answered from which address.
-- An incomplete sweep is logged and changes nobody's presence: "not looked" is not "not there".
-- Returns how many connections were new, returned, moved, and how many expected ones stayed silent.
create function record_scan(
  p_site text, p_network cidr, p_interface text, p_method text, p_duration_ms integer,
  p_probed integer, p_answered integer, p_frames integer, p_broadcasts integer,
  p_problem text, -- null: the sweep is complete
  p_macs macaddr[], p_ips inet[]
) returns table (new integer, returned integer, moved integer, missing integer)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  -- Complete scans in a row that a connection may miss before it ends.
  c_patience   constant integer := 3;
  v_now        timestamptz := clock_timestamp();
  v_site       integer := site_of(p_site);
  v_network    networks;
  -- The addresses that a sweep asks: all of the network but, where it has them, its own and the broadcast address.
  v_first      inet := set_masklen(p_network::inet, 32) + case when masklen(p_network) < 31 then 1 else 0 end;
  v_last       inet := set_masklen(broadcast(p_network), 32) - case when masklen(p_network) < 31 then 1 else 0 end;
  v_seen_macs  macaddr[];
  v_seen_ips   inet[];
  v_heard_macs macaddr[];
  v_heard_ips  inet[];
  v_silent     bigint[];
  v_back       bigint[];
  v_moved_macs macaddr[];
  v_counts     integer[] := array[0, 0, 0, 0];
begin
  perform pg_advisory_xact_lock(hashtextextended('netureon record ' || p_site || ' ' || p_network::text, 0));
  select * into v_network from networks where site_id = v_site and cidr = p_network;
  if v_network.id is null then
    insert into networks (site_id, cidr, interface) values (v_site, p_network, p_interface)
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

  -- Everything that differs from the open connections, in one pass; in a steady network nothing does.
  with differing as materialized (
    select o.mac, o.ip, c.id, o.ip between v_first and v_last as asked
    from unnest(p_macs, p_ips) as o (mac, ip)
    full join (
      select id, mac, ip, misses from connections
      where site_id = v_site and network_id = v_network.id and ended_at is null
    ) as c on c.mac = o.mac and c.ip = o.ip
    where c.id is null or o.mac is null or c.misses > 0
  )
  select array_agg(mac) filter (where id is null and asked), array_agg(ip) filter (where id is null and asked),
         array_agg(mac) filter (where id is null and not asked), array_agg(ip) filter (where id is null and not asked),
         array_agg(id) filter (where mac is null), array_agg(id) filter (where mac is not null)
  into v_seen_macs, v_seen_ips, v_heard_macs, v_heard_ips, v_silent, v_back
  from differing;

  if v_back is not null then
    update connections set misses = 0, last_seen_at = null where site_id = v_site and id = any (v_back);
  end if;

  if v_seen_macs is not null then
    -- A MAC that answers from a new address, and from none of those it had here, has moved: the old ones are free at
    -- once. One that still answers elsewhere (a router, a proxy) has only gained an address.
    select array_agg(distinct s.mac) into v_moved_macs
    from connections as s
    where s.site_id = v_site and s.id = any (v_silent) and s.mac = any (v_seen_macs)
      and not exists (select from connections as c
                      where c.site_id = v_site and c.network_id = v_network.id and c.mac = s.mac
                        and c.ended_at is null and c.id <> all (v_silent));
    -- Before the silent ones end: a blocked device that moves has not left in between.
    v_counts[1:3] := open_connections(v_site, v_network, v_seen_macs, v_seen_ips, v_moved_macs, v_now);
  end if;

  if v_heard_macs is not null then
    v_counts[1] := v_counts[1] + note_heard(v_site, v_network, v_heard_macs, v_heard_ips, v_now);
  end if;

  if v_silent is not null then
    update connections as c
    set misses       = least(c.misses + 1, 32767),
        last_seen_at = coalesce(c.last_seen_at, v_network.last_scan_at, c.started_at),
        ended_at     = case when c.misses + 1 >= c_patience or c.mac = any (v_moved_macs)
                         -- greatest: the server's clock may have been set back since.
                         then greatest(coalesce(c.last_seen_at, v_network.last_scan_at, c.started_at), c.started_at) end
    where c.site_id = v_site and c.id = any (v_silent);
    v_counts[4] := cardinality(v_silent);
  end if;

  -- The log first: its trigger still sees whether this is the baseline, and whether scans were failing before.
  insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method,
                             probed, answered, frames, broadcasts, new, returned, moved, missing)
  values (v_site, v_network.id, v_now, p_duration_ms, 'complete', p_method,
          p_probed, p_answered, p_frames, p_broadcasts, v_counts[1], v_counts[2], v_counts[3], v_counts[4]);
  update networks
  set last_scan_at = v_now, baseline_at = coalesce(baseline_at, v_now), failures = 0, interface = p_interface
  where site_id = v_site and id = v_network.id;
  update sites set scan_failures = 0 where id = v_site and scan_failures > 0;
  return query select v_counts[1], v_counts[2], v_counts[3], v_counts[4];
end $$;

-- Heard without being asked: an address of another network on this wire, or one that no host may have. Nobody can tell
-- when such a device goes, so it is never "here": its interval ends when it was last heard, and grows while it keeps
-- being heard. Returns how many devices were new.
create function note_heard(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_at timestamptz
) returns integer
language plpgsql as $$
declare
  -- A silence longer than this begins a new interval.
  c_pause constant interval := interval '10 minutes';
  -- How stale "last heard" may be, so that what is heard in every scan is not written in every scan.
  c_stale constant interval := interval '5 minutes';
  v_new   integer;
begin
  perform add_devices(p_site_id, p_macs, case when p_network.baseline_at is null then 'known' else 'new' end, p_at);

  update connections as c set ended_at = greatest(c.ended_at, p_at)
  from unnest(p_macs, p_ips) as s (mac, ip)
  join device_macs as m on m.site_id = p_site_id and m.mac = s.mac
  where c.site_id = p_site_id and c.device_id = m.device_id and c.mac = s.mac and c.ip = s.ip
    and c.ended_at > p_at - c_pause and c.ended_at <= p_at - c_stale;

  with opened as (
    insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
    select p_site_id, h.device_id, p_network.id, h.mac, h.ip, h.started_at, h.started_at,
           case when p_network.baseline_at is null then 'baseline' when h.is_new then 'new' else 'added' end
    from (
      select distinct s.mac, s.ip, m.device_id, m.first_seen_at = p_at as is_new,
             -- The end of its history if that is recent, or ahead of a clock that was set back.
             (select max(coalesce(c.ended_at, 'infinity')) from connections as c
              where c.site_id = p_site_id and c.device_id = m.device_id and c.mac = s.mac and c.ip = s.ip) as last,
             p_at as started_at
      from unnest(p_macs, p_ips) as s (mac, ip)
      join device_macs as m on m.site_id = p_site_id and m.mac = s.mac
    ) as h
    where h.last is null or h.last <= p_at - c_pause
    returning mac, opened_as
  )
  select count(distinct mac) filter (where opened_as in ('baseline', 'new')) into v_new from opened;
  return v_new;
end $$;

-- Opens a connection for each (mac, ip) seen that has none. Returns {new, returned, moved}.
create function open_connections(
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
  -- unless it is looked at no more.
  if exists (select from networks where site_id = p_site_id and id <> p_network.id) then
    update connections as c set network_id = p_network.id, misses = 0, last_seen_at = null
    from unnest(p_macs, p_ips) as s (mac, ip), networks as o
    where c.site_id = p_site_id and c.ended_at is null and c.mac = s.mac and c.ip = s.ip
      and o.site_id = p_site_id and o.id = c.network_id
      and (masklen(o.cidr) < masklen(p_network.cidr) or o.last_scan_at is null or o.last_scan_at < p_at - c_abandoned);
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
    -- statistics yet, the planner would compare everybody with everybody.
    on conflict (site_id, mac, ip) where ended_at is null do nothing
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
create function record_scan_failure(p_site text, p_network cidr, p_interface text, p_problem text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  if p_network is not null then
    perform record_scan(p_site, p_network, p_interface, 'unknown', 0, 0, 0, 0, 0, p_problem, '{}', '{}');
    return;
  end if;
  update sites set scan_failures = scan_failures + 1 where id = v_site;
  insert into discovery_log (site_id, finished_at, duration_ms, outcome, method, problem)
  values (v_site, clock_timestamp(), 0, 'failed', 'unknown', p_problem);
end $$;
