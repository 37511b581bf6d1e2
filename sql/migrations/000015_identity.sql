-- Who claims which address: what changed hands, what two claim at once, and what only one station invents. The words
-- are arpwatch's: for each address it keeps the stations that held it, the most recent first. Here that list is read
-- from the connections: whoever holds the address now, then the ended intervals, latest end first. Where retention has
-- pruned an interval its holder is forgotten, as if the address had never been held by it.
--
-- A *handover* while the previous holder's interval is still open cannot be judged by the row that opened: the holder
-- may have answered in the same scan (two claim it), have moved in it, or have fallen silent. So the trigger only notes
-- the address as contested, and note_identity judges it at the end of the scan. Where the holder had gone before, the
-- trigger judges at once. Devices are compared, not MACs: the MACs of one device never conflict.
--
-- Locks: brief ACCESS EXCLUSIVE on networks (two columns without default) and on connections (a trigger, and two
-- indexes: its writes wait while they are built, well under a second per hundred thousand rows).

-- The default gateway as it was first seen, or as a person accepted it. See note_identity.
alter table networks add column gateway_ip inet;
alter table networks add column gateway_mac macaddr;

-- Who holds an address now, and who held it. The first takes the place of the index by network alone; the second is
-- paid for only when an interval ends. So the first tick of 65,536 devices writes no index more than before.
drop index connections_open_by_network;
create index connections_open_by_network on connections (site_id, network_id, ip) where ended_at is null;
create index connections_held on connections (site_id, network_id, ip, ended_at)
  where ended_at is not null;

-- Addresses that more than one device claims at present: a few, and only while that lasts.
create table contested_addresses (
  site_id    integer not null,
  network_id integer not null,
  ip         inet not null,
  -- Devices that held it, the most recent first: arpwatch's list.
  holders    bigint[] not null,
  -- The last completed scan in which two of them answered, since it last changed hands.
  both_at    timestamptz,
  -- Set where the address is the scanner's own, and others claim it: the scanner is no device of its own.
  own_mac    macaddr,
  since      timestamptz not null,
  primary key (site_id, network_id, ip),
  foreign key (site_id, network_id) references networks (site_id, id) on delete cascade
);

-- Stations that answer for a range of addresses that are not theirs.
create table proxy_stations (
  site_id    integer not null,
  network_id integer not null,
  mac        macaddr not null,
  -- It answers for addresses of known devices as well.
  covers     boolean not null,
  seen_at    timestamptz not null,
  primary key (site_id, network_id, mac),
  foreign key (site_id, network_id) references networks (site_id, id) on delete cascade
);

-- A flood that is going on: the MACs of its last scan that were let in nowhere, to see which of them stay. Unlogged:
-- half a megabyte that changes with every scan of a full /16, and worth nothing after a crash.
create unlogged table arp_floods (
  site_id    integer not null,
  network_id integer not null,
  macs       macaddr[] not null,
  flooded_at timestamptz not null,
  primary key (site_id, network_id)
);

-- Alerts of these kinds happen again; the latest of a cause is found by this.
create index alerts_recurring on alerts (site_id, dedup_key, id desc) where kind in (
  'ip_changed', 'mac_changed', 'flip_flop', 'mac_reused', 'mac_returned', 'ip_conflict', 'proxy_arp', 'arp_flood',
  'gateway_changed');

-- What a device is called in a sentence: its name, else its vendor and MAC.
create function device_label(p_site_id integer, p_device bigint, p_mac macaddr) returns text
language sql stable as $$
  select coalesce(
    (select name from devices where site_id = p_site_id and id = p_device),
    (select vendor || ' ' || p_mac from device_macs where site_id = p_site_id and mac = p_mac),
    p_mac::text, 'device ' || p_device)
$$;

-- Everybody who holds or held an address: one look into each of the two partial indexes.
create function connections_at(p_site_id integer, p_network_id integer, p_ip inet) returns setof connections
language sql stable as $$
  select * from connections where site_id = p_site_id and network_id = p_network_id and ip = p_ip and ended_at is null
  union all
  select * from connections where site_id = p_site_id and network_id = p_network_id and ip = p_ip and ended_at is not null
$$;

-- Raises an alert, or counts on: the open one of this cause, or the latest if it was last raised within p_window.
-- p_event: it happened, and is over; else somebody resolves it. What is counted on is not sent again.
create function raise_recurring(
  p_site_id integer, p_kind text, p_severity text, p_routine boolean, p_event boolean, p_window interval,
  p_device bigint, p_network integer, p_mac macaddr, p_ip inet,
  p_summary text, p_detail jsonb, p_key text, p_at timestamptz
) returns void
language plpgsql as $$
declare
  v_id bigint;
begin
  select a.id into v_id from alerts as a
  where a.site_id = p_site_id and a.dedup_key = p_key
    and a.kind in ('ip_changed', 'mac_changed', 'flip_flop', 'mac_reused', 'mac_returned', 'ip_conflict', 'proxy_arp',
                   'arp_flood', 'gateway_changed')
    and (a.resolved_at is null or a.last_at > p_at - p_window)
  order by a.id desc limit 1;
  if v_id is not null then
    update alerts
    set count = count + 1, last_at = p_at, device_id = p_device, mac = p_mac, ip = p_ip, summary = p_summary,
        detail = p_detail, resolved_at = case when p_event then p_at end
    where site_id = p_site_id and id = v_id;
    return;
  end if;
  insert into alerts (site_id, kind, severity, routine, device_id, network_id, mac, ip, summary, detail, dedup_key,
                      opened_at, last_at, resolved_at)
  values (p_site_id, p_kind, p_severity, p_routine, p_device, p_network, p_mac, p_ip, p_summary, p_detail, p_key,
          p_at, p_at, case when p_event then p_at end);
end $$;

-- For how long a routine event counts on instead of becoming a row of its own: 200 leases that change hands each day
-- are then a row per address and week. Whoever asked for the kind by name gets at most one message an hour.
create function routine_window(p_site_id integer, p_kind text) returns interval
language sql stable as $$
  select case when exists (select from rules where site_id = p_site_id and enabled and p_kind = any (kinds))
           then interval '1 hour' else interval '7 days' end
$$;

-- An address passed from one device to another. p_kind: mac_changed, flip_flop or mac_reused. p_last: when the previous
-- holder was last seen. Within minutes it is a takeover and is sent; later it is a lease, and a row.
create function raise_handover(
  p_site_id integer, p_network_id integer, p_kind text, p_ip inet, p_device bigint, p_mac macaddr,
  p_previous bigint, p_last timestamptz, p_expected boolean, p_at timestamptz
) returns void
language plpgsql as $$
declare
  c_recent  constant interval := interval '10 minutes';
  -- Changes of hands within a day that are no lease any more.
  c_often   constant integer := 3;
  v_devices devices[];
  v_old_mac macaddr;
  v_recent  boolean := p_last > p_at - c_recent and not p_expected;
  v_changes integer := 1;
  v_key     text := p_kind || ':' || p_network_id || ':' || host(p_ip);
  v_detail  jsonb;
  v_summary text;
begin
  select array_agg(d) into v_devices from devices as d
  where d.site_id = p_site_id and d.id in (p_device, p_previous) and d.state not in ('ignored', 'archived');
  -- Nobody asked to hear of either; and a lease that an ignored device got is not news.
  if v_devices is null or not v_recent and not p_device = any (select d.id from unnest(v_devices) as d) then
    return;
  end if;
  -- Nor is it a takeover when the one who lost the address is nobody's concern.
  v_recent := v_recent and p_previous = any (select d.id from unnest(v_devices) as d);
  select c.mac into v_old_mac
  from connections_at(p_site_id, p_network_id, p_ip) as c
  join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
  where m.device_id = p_previous
  order by coalesce(c.ended_at, 'infinity') desc limit 1;

  if p_kind = 'flip_flop' then
    select 1 + count(*) into v_changes
    from (select m.device_id <> lag(m.device_id) over (order by c.started_at, c.id) as changed
          from connections as c join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
          where c.site_id = p_site_id and c.network_id = p_network_id and c.ip = p_ip
            and c.ended_at > p_at - interval '1 day') as h
    where h.changed;
    -- While both intervals stay open nothing is ended; then the alert itself has counted.
    v_changes := greatest(v_changes, 1 + coalesce(
      (select a.count from alerts as a
       where a.site_id = p_site_id and a.dedup_key = v_key and a.kind = 'flip_flop'
         and a.last_at > p_at - interval '1 day' order by a.id desc limit 1), 0));
  end if;

  v_detail := jsonb_build_object(
    'old', jsonb_build_object('mac', v_old_mac, 'device_id', p_previous,
                              'name', device_label(p_site_id, p_previous, v_old_mac), 'last_seen_at', p_last),
    'new', jsonb_build_object('mac', p_mac, 'device_id', p_device, 'name', device_label(p_site_id, p_device, p_mac)),
    'changes', v_changes);
  v_summary := host(p_ip) || case p_kind when 'mac_changed' then ' passed from ' when 'flip_flop' then ' went back from '
                                         else ' returned to an earlier holder, from ' end
    || device_label(p_site_id, p_previous, v_old_mac) || ' to ' || device_label(p_site_id, p_device, p_mac);

  if not v_recent and v_changes < c_often then
    perform raise_recurring(p_site_id, p_kind, 'info', true, true, routine_window(p_site_id, p_kind),
                            p_device, p_network_id, p_mac, p_ip, v_summary, v_detail, v_key || ':lease', p_at);
    return;
  end if;
  if v_changes >= c_often then
    -- A cause of its own, and told once a day: two devices take turns.
    perform raise_recurring(p_site_id, p_kind, 'high', false, true, interval '1 day', p_device, p_network_id, p_mac,
                            p_ip, v_summary || ': ' || v_changes || ' times within a day', v_detail,
                            v_key || ':often', p_at);
    -- Counted on for as long as it goes on.
    update alerts set count = count + 1, last_at = p_at
    where site_id = p_site_id and dedup_key = v_key and kind = 'flip_flop' and last_at > p_at - interval '1 day';
    return;
  end if;
  perform raise_recurring(
    p_site_id, p_kind,
    case when exists (select from unnest(v_devices) as d where d.id = p_previous and d.importance = 'watched')
      then 'high' else 'medium' end,
    false, true, interval '1 day', p_device, p_network_id, p_mac, p_ip, v_summary, v_detail,
    -- Each taker of an address is told of; the two of a flip flop are one cause.
    case p_kind when 'flip_flop' then v_key else v_key || ':' || p_device end, p_at);
end $$;

-- Many of one kind in one scan have one cause (a renumbered network, a router that forgot its leases): one row.
create function raise_many(
  p_site_id integer, p_network_id integer, p_kind text, p_routine boolean, p_total bigint, p_ips inet[],
  p_at timestamptz
) returns void
language sql as $$
  select raise_recurring(
    p_site_id, p_kind, case when p_routine then 'info' else 'medium' end, p_routine, true,
    case when p_routine then routine_window(p_site_id, p_kind) else interval '1 day' end,
    null, p_network_id, null, null,
    case when p_kind = 'ip_changed' then p_total || ' devices have another address now'
         when p_kind = 'mac_returned' then p_total || ' devices came back after half a year'
         else p_total || ' addresses passed from one device to another in one scan' end
      || coalesce(' in ' || (select n.cidr from networks as n where n.site_id = p_site_id and n.id = p_network_id), ''),
    jsonb_build_object('total', p_total, 'addresses', (select jsonb_agg(host(i)) from unnest(p_ips[1:50]) as u (i))),
    p_kind || ':' || p_network_id || ':many' || case when p_routine then ':routine' else '' end, p_at)
$$;

-- What opened, as arpwatch sorts it. A baseline and a newcomer on an address that nobody held leave at once.
create function alert_on_address() returns trigger
language plpgsql as $$
declare
  -- More events of one kind in one statement than this have one cause.
  c_many      constant integer := 20;
  c_long_gone constant interval := interval '6 months';
  v_at        timestamptz := clock_now();
  r           record;
begin
  if not exists (select from opened where opened_as <> 'baseline' and ended_at is null) then
    -- A first look judges nobody, but two that claim one address then are a conflict as ever.
    insert into contested_addresses (site_id, network_id, ip, holders, since)
    select site_id, network_id, ip, '{}', v_at from opened where ended_at is null
    group by site_id, network_id, ip having min(device_id) <> max(device_id)
    on conflict do nothing;
    return null;
  end if;

  insert into contested_addresses (site_id, network_id, ip, holders, since)
  select o.site_id, o.network_id, o.ip,
         -- Open ones first, whoever answered last; then those that left, the latest first.
         coalesce((select array_agg(h.device_id order by h.latest desc, h.id desc)
                   from (select distinct on (m.device_id) m.device_id, c.id,
                                coalesce(c.ended_at, c.last_seen_at, 'infinity') as latest
                         from connections_at(o.site_id, o.network_id, o.ip) as c
                         join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
                         where c.id not in (select p.id from opened as p)
                         order by m.device_id, coalesce(c.ended_at, c.last_seen_at, 'infinity') desc, c.id desc) as h),
                  '{}'), v_at
  from (select distinct o.site_id, o.network_id, o.ip
        from opened as o
        where o.ended_at is null
          and exists (select from connections as c
                      where c.site_id = o.site_id and c.network_id = o.network_id and c.ip = o.ip
                        and c.ended_at is null and c.device_id <> o.device_id
                      offset 0)) as o -- not a join: see note_contested
  on conflict do nothing;

  for r in
    with judged as materialized (
      select o.site_id, o.network_id, o.ip, o.mac, o.device_id, o.opened_as, h.device_id as holder, h.ended_at as last,
             d.importance = 'watched' as watched, d.state in ('ignored', 'archived') as hushed,
             exists (select from contested_addresses as t
                     where t.site_id = o.site_id and t.network_id = o.network_id and t.ip = o.ip) as contested,
             n.gateway_ip = o.ip and n.gateway_mac is not null as gateway
      from opened as o
      join networks as n on n.site_id = o.site_id and n.id = o.network_id
      left join lateral (
        select m.device_id, c.ended_at
        from connections as c join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
        where c.site_id = o.site_id and c.network_id = o.network_id and c.ip = o.ip and c.ended_at is not null
        order by c.ended_at desc, c.id desc limit 1
      ) as h on true
      left join devices as d on o.opened_as <> 'new' and d.site_id = o.site_id and d.id = o.device_id
      where o.ended_at is null and (o.opened_as in ('moved', 'returned') or h.device_id <> o.device_id)
    ), ranked as materialized (
      select j.*,
             -- Devices that held it after this one last did: arpwatch's place in the list. Null: it never held it.
             case when j.holder = j.device_id then 0 else (
               select (select count(distinct m.device_id)
                       from connections as c join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
                       where c.site_id = j.site_id and c.network_id = j.network_id and c.ip = j.ip
                         and c.ended_at is not null and (c.ended_at, c.id) > (own.ended_at, own.id))
               from (select c.ended_at, c.id
                     from connections as c join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
                     where c.site_id = j.site_id and c.network_id = j.network_id and c.ip = j.ip
                       and c.ended_at is not null and m.device_id = j.device_id
                     order by c.ended_at desc, c.id desc limit 1) as own) end as place
      from judged as j
    ), events as materialized (
      select k.*, case k.place when 1 then 'flip_flop' else case when k.place is null then 'mac_changed' else 'mac_reused' end end as kind,
             k.last <= v_at - interval '10 minutes' as routine
      from ranked as k
      where k.holder <> k.device_id and not k.contested and k.gateway is not true
      union all
      -- Known here, and on an address it did not have. An IPv6 host changes its addresses by design (RFC 8981).
      select k.*, 'ip_changed', not k.watched
      from ranked as k
      where not k.hushed and family(k.ip) = 4
        and (k.opened_as = 'moved' or k.opened_as = 'returned' and k.place is null)
        and (k.watched or k.holder is null and not k.contested)
        and not exists (select from connections as c
                        where c.site_id = k.site_id and c.network_id = k.network_id and c.ip = k.ip
                          and c.ended_at is null and c.device_id = k.device_id and c.mac <> k.mac)
      union all
      select k.*, 'mac_returned', false
      from ranked as k
      cross join lateral (
        select c.ended_at as latest from connections as c
        where c.site_id = k.site_id and c.device_id = k.device_id and c.ended_at is not null
        order by c.started_at desc limit 1) as l
      where k.opened_as = 'returned' and not k.hushed and l.latest < v_at - c_long_gone
        and not exists (select from connections as c
                        where c.site_id = k.site_id and c.device_id = k.device_id
                          and c.ended_at > v_at - c_long_gone)
    )
    select e.*, count(*) over w as of_kind, row_number() over (w order by e.ip) as nth,
           array_agg(e.ip) over (w order by e.ip rows between current row and 49 following) as ips
    from events as e
    window w as (partition by e.site_id, e.network_id, e.kind, e.routine, e.watched)
  loop
    if r.of_kind > c_many and r.watched is not true then
      if r.nth = 1 then
        perform raise_many(r.site_id, r.network_id, r.kind, r.routine, r.of_kind, r.ips, v_at);
      end if;
    elsif r.kind = 'ip_changed' then
      perform raise_recurring(
        r.site_id, r.kind, case when r.watched then 'medium' else 'info' end, not r.watched, true,
        case when r.watched then interval '0' else routine_window(r.site_id, r.kind) end,
        r.device_id, r.network_id, r.mac, r.ip,
        device_label(r.site_id, r.device_id, r.mac) || ' has another address: ' || host(r.ip),
        jsonb_build_object('old', (select host(c.ip) from connections as c
                                   where c.site_id = r.site_id and c.mac = r.mac and c.ip <> r.ip
                                   and c.device_id = r.device_id order by c.started_at desc limit 1),
                           'new', host(r.ip)),
        'ip_changed:' || r.device_id, v_at);
    elsif r.kind = 'mac_returned' then
      perform raise_recurring(
        r.site_id, r.kind, 'low', false, true, interval '1 day', r.device_id, r.network_id, r.mac, r.ip,
        device_label(r.site_id, r.device_id, r.mac) || ' is back after half a year, at ' || host(r.ip),
        '{}', 'mac_returned:' || r.device_id, v_at);
    else
      perform raise_handover(r.site_id, r.network_id, r.kind, r.ip, r.device_id, r.mac, r.holder, r.last, false, v_at);
    end if;
  end loop;
  return null;
end $$;

create trigger _110_alert_on_address after insert on connections
  referencing new table as opened for each statement execute function alert_on_address();

-- Of a proxy's answers in this scan those that other devices hold or held minutes ago, when they are too few to be
-- anybody's range.
create function held_by_others(
  p_site_id integer, p_network networks, p_mac macaddr, p_macs macaddr[], p_ips inet[], p_at timestamptz
) returns inet[]
language sql stable as $$
  select coalesce((
    select case when count(*) < 16 then array_agg(a.ip) filter (where exists (
             select from connections as c
             where c.site_id = p_site_id and c.network_id = p_network.id and c.ip = a.ip and c.mac <> p_mac
               and (c.ended_at is null or c.ended_at > p_at - interval '10 minutes'))) end
    from unnest(p_macs, p_ips) as a (mac, ip) where a.mac = p_mac), '{}')
$$;

-- Of the pairs that have no connection yet, those that may get one. What one station answers in the name of others
-- (proxy ARP), and what comes in a burst that no network has honestly, becomes an alert each and nothing else.
create function sift_sightings(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_gateway inet, p_at timestamptz
) returns table (macs macaddr[], ips inet[])
language plpgsql as $$
#variable_conflict use_column
declare
  v_macs    macaddr[] := p_macs;
  v_ips     inet[] := p_ips;
  v_outside macaddr[];
begin
  v_outside := find_proxies(p_site_id, p_network, p_macs, p_ips, p_at);
  if v_outside is not null then
    -- Each proxy's own address is looked for once, not once for each of its answers.
    with own as materialized (
      select x.mac, own_address(p_site_id, p_network.id, x.mac, p_macs, p_ips, p_gateway) as ip
      from unnest(v_outside) as x (mac)
    )
    select array_agg(u.mac), array_agg(u.ip) into v_macs, v_ips
    from unnest(p_macs, p_ips) as u (mac, ip) left join own as o on o.mac = u.mac
    where o.mac is null or o.ip = u.ip
       -- A station that answered for a range before, and now for a few, has no cover for taking what others hold.
       or u.ip = any (held_by_others(p_site_id, p_network, o.mac, p_macs, p_ips, p_at));
  end if;

  if p_network.baseline_at is not null and v_macs is not null then
    v_outside := find_flood(p_site_id, p_network, v_macs, v_ips, coalesce(p_gateway, p_network.gateway_ip), p_at);
    if v_outside is not null then
      select array_agg(u.mac), array_agg(u.ip) into v_macs, v_ips
      from unnest(v_macs, v_ips) as u (mac, ip)
      left join unnest(v_outside) as x (mac) on x.mac = u.mac
      where x.mac is null;
    end if;
  end if;
  return query select coalesce(v_macs, '{}'), coalesce(v_ips, '{}');
end $$;

-- The one address that a proxy may keep, of those that nobody else has or claims: none if it has one open already; else
-- the gateway's, one it held before, or the lowest.
create function own_address(
  p_site_id integer, p_network_id integer, p_mac macaddr, p_macs macaddr[], p_ips inet[], p_gateway inet
) returns inet
language plpgsql stable as $$
declare
  v_device bigint := (select device_id from device_macs where site_id = p_site_id and mac = p_mac);
begin
  if exists (select from connections as c
             where c.site_id = p_site_id and c.network_id = p_network_id and c.mac = p_mac and c.ended_at is null) then
    return null;
  end if;
  return (
    with claims as materialized (
      select u.ip from unnest(p_macs, p_ips) as u (mac, ip) group by u.ip having bool_and(u.mac = p_mac)
    ), taken as materialized (
      select distinct c.ip from connections as c
      where c.site_id = p_site_id and c.network_id = p_network_id and c.ended_at is null
    ), held as materialized (
      select distinct c.ip from connections as c
      where c.site_id = p_site_id and c.device_id = v_device and c.network_id = p_network_id
    )
    select k.ip
    from claims as k left join taken as t on t.ip = k.ip left join held as h on h.ip = k.ip
    where t.ip is null
    order by k.ip is distinct from p_gateway, h.ip is null, k.ip
    limit 1);
end $$;

-- Stations that answer for a whole range: for at least 16 addresses more than they have, and a quarter of those asked
-- or 64, whichever is less, while others exist. A server with ten aliases is none, nor is a network of as many devices
-- as addresses. Once found, a station stays one until it has not done so for a quarter of an hour: a scan that asks for
-- a part of the addresses only must not take the rest for devices.
create function find_proxies(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_at timestamptz
) returns macaddr[]
language plpgsql as $$
declare
  c_stale constant interval := interval '5 minutes';
  v_enough integer := greatest(16, least(64, case family(p_network.cidr)
                        when 4 then (1::bigint << (32 - masklen(p_network.cidr))) / 4 else 64 end));
  v_found  macaddr[];
  v_known  boolean := exists (select from proxy_stations where site_id = p_site_id and network_id = p_network.id);
  r        record;
begin
  -- Too few answers, or too many different MACs among them, for any to have enough.
  if not v_known and (cardinality(p_macs) < v_enough
                      or cardinality(p_macs) - (select count(distinct mac) from unnest(p_macs) as u (mac)) < v_enough - 1) then
    return null;
  end if;
  for r in
    select u.mac, u.n, u.ips, s.mac is not null as known, s.covers as covered, s.seen_at
    from (select p.mac, count(*) as n, array_agg(p.ip order by p.ip) as ips
          from (select distinct mac, ip from unnest(p_macs, p_ips) as a (mac, ip)
                where mac in (select b.mac from unnest(p_macs) as b (mac) group by b.mac having count(*) >= v_enough)
                   or v_known and mac in (select k.mac from proxy_stations as k
                                          where k.site_id = p_site_id and k.network_id = p_network.id)) as p
          group by p.mac) as u
    left join proxy_stations as s on s.site_id = p_site_id and s.network_id = p_network.id and s.mac = u.mac
    where s.mac is not null
       or u.n >= v_enough
          and (exists (select from unnest(p_macs) as o (mac) where o.mac <> u.mac)
               or exists (select from connections as c
                          where c.site_id = p_site_id and c.network_id = p_network.id and c.ended_at is null
                            and c.mac <> u.mac))
  loop
    v_found := v_found || r.mac;
    if r.n >= v_enough and (not r.known or r.seen_at <= p_at - c_stale or not r.covered) then
      perform note_proxy(p_site_id, p_network, r.mac, r.ips, r.covered, r.known and r.seen_at > p_at - c_stale, p_at);
    end if;
  end loop;
  return v_found;
end $$;

-- p_covered: what is known of it already (null: nothing). p_fresh: it was noted a moment ago, and only what is worse
-- than then needs a write.
create function note_proxy(
  p_site_id integer, p_network networks, p_mac macaddr, p_ips inet[], p_covered boolean, p_fresh boolean,
  p_at timestamptz
) returns void
language plpgsql as $$
declare
  v_device  bigint := (select device_id from device_macs where site_id = p_site_id and mac = p_mac);
  v_covers  jsonb;
  v_total   bigint;
begin
  select count(*), jsonb_agg(jsonb_build_object('ip', host(k.ip), 'device_id', k.device_id) order by k.ip) filter (where k.nth <= 20)
  into v_total, v_covers
  from (select distinct c.ip, c.device_id, row_number() over (order by c.ip) as nth
        from connections as c
        where c.site_id = p_site_id and c.network_id = p_network.id and c.ended_at is null and c.ip = any (p_ips)
          and c.device_id is distinct from v_device) as k;
  if p_fresh and v_total = 0 then
    return;
  end if;
  insert into proxy_stations (site_id, network_id, mac, covers, seen_at)
  values (p_site_id, p_network.id, p_mac, v_total > 0, p_at)
  on conflict (site_id, network_id, mac)
    do update set covers = proxy_stations.covers or excluded.covers, seen_at = p_at;
  perform raise_recurring(
    p_site_id, 'proxy_arp', case when v_total > 0 then 'medium' else 'low' end, false, false, interval '1 day',
    v_device, p_network.id, p_mac, null,
    device_label(p_site_id, v_device, p_mac) || ' answers for ' || cardinality(p_ips) || ' addresses of '
      || p_network.cidr || case when v_total > 0 then ', ' || v_total || ' of them those of known devices' else '' end,
    jsonb_build_object('addresses', cardinality(p_ips), 'first', host(p_ips[1]), 'last', host(p_ips[cardinality(p_ips)]),
                       'covers', v_total, 'devices', coalesce(v_covers, '[]')),
    -- Answering for known devices as well is worse, and told of even while the other is known.
    'proxy_arp:' || p_network.id || ':' || p_mac || case when v_total > 0 then ':devices' else '' end, p_at);
end $$;

-- A burst of unseen MACs: more in one scan, or within an hour together with those already made, than 256 or half
-- of the devices the site has; or more undecided ones within a week than 2,000 or as many as there are besides.
-- Returns those that become nothing (null: no flood). While it lasts, a MAC that was there in the scan before as well
-- is let in, as far as the hour allows: inventions seldom stay, devices do. One that claims the gateway's address too is
-- critical, and then no gateway_changed beside it.
create function find_flood(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_gateway inet, p_at timestamptz
) returns macaddr[]
language plpgsql as $$
declare
  -- As many as a /24 holds: a classroom that is switched on all at once is no flood.
  c_hour      constant integer := 256;
  c_week      constant integer := 2000;
  -- A scan longer ago than this tells nothing about who stays.
  c_memory    constant interval := interval '10 minutes';
  v_unseen    macaddr[];
  v_n         integer;
  v_of_hour   bigint;
  v_of_week   bigint;
  v_all       bigint;
  v_room      bigint;
  v_admitted  macaddr[];
  v_held      macaddr[];
  v_gateway   boolean;
begin
  select array_agg(u.mac) into v_unseen
  from (select distinct mac from unnest(p_macs) as a (mac)) as u
  where not exists (select from device_macs as m where m.site_id = p_site_id and m.mac = u.mac);
  v_n := coalesce(cardinality(v_unseen), 0);
  if v_n = 0 then
    return null;
  end if;
  select count(*) filter (where first_seen_at > p_at - interval '1 hour'), count(*) into v_of_hour, v_of_week
  from devices
  where site_id = p_site_id and state = 'new' and first_seen_at > p_at - interval '7 days'
    -- Of the week only those that are still here: what has left keeps nobody out.
    and (first_seen_at > p_at - interval '1 hour'
         or exists (select from connections as c
                    where c.site_id = devices.site_id and c.device_id = devices.id and c.ended_at is null));
  if v_n + v_of_hour <= c_hour and v_n + v_of_week <= c_week then
    return null;
  end if;
  select count(*) into v_all from devices where site_id = p_site_id;
  v_room := least(greatest(c_hour, (v_all - v_of_hour) / 2) - v_of_hour,
                  greatest(c_week, v_all - v_of_week) - v_of_week);
  if v_n <= v_room then
    return null;
  end if;

  if v_room > 0 then
    select array_agg(s.mac) into v_admitted
    from (select u.mac from unnest(v_unseen) as u (mac)
          join unnest((select f.macs from arp_floods as f
                       where f.site_id = p_site_id and f.network_id = p_network.id
                         and f.flooded_at > p_at - c_memory)) as b (mac) on b.mac = u.mac
          -- No order that a station could choose its place in.
          order by random() limit v_room) as s;
  end if;
  if v_admitted is null then
    v_held := v_unseen;
  else
    select array_agg(u.mac) into v_held
    from unnest(v_unseen) as u (mac) left join unnest(v_admitted) as x (mac) on x.mac = u.mac
    where x.mac is null;
  end if;
  if v_held is null then
    return null;
  end if;

  insert into arp_floods (site_id, network_id, macs, flooded_at) values (p_site_id, p_network.id, v_held, p_at)
  on conflict (site_id, network_id) do update set macs = excluded.macs, flooded_at = excluded.flooded_at;
  v_gateway := exists (select from unnest(p_macs, p_ips) as u (mac, ip)
                       where u.ip = p_gateway and u.mac = any (v_held));
  perform raise_recurring(
    p_site_id, 'arp_flood', case when v_gateway then 'critical' else 'high' end, false, false, interval '1 hour',
    null, p_network.id, null, null,
    v_n || ' unknown MAC addresses in one scan of ' || p_network.cidr
      || case when v_gateway then ', some of which claim to be the gateway ' || host(p_gateway) else '' end
      || '; ' || case cardinality(v_held) when v_n then 'none' else cardinality(v_held) || ' of them not' end
      || ' taken for devices',
    jsonb_build_object(
      'gateway', v_gateway,
      'unseen', v_n, 'held', cardinality(v_held), 'of_last_hour', v_of_hour, 'network', p_network.cidr,
      'peak', greatest(v_n, (select (a.detail ->> 'peak')::integer from alerts as a
                             where a.site_id = p_site_id and a.dedup_key = 'arp_flood:' || p_network.id
                               and a.resolved_at is null)),
      'sample', (select jsonb_agg(jsonb_build_object('mac', s.mac, 'ip', host(s.ip)))
                 from (select u.mac, u.ip from unnest(p_macs, p_ips) as u (mac, ip)
                       where u.mac = any (v_held[1:20]) limit 20) as s)),
    'arp_flood:' || p_network.id, p_at);
  return v_held;
end $$;

-- Whether the next completed scan may write about an alert of this network: something is contested, invented, answered
-- for by a proxy, or the gateway is not the one it was.
create function identity_unsettled(p_site_id integer, p_network_id integer) returns boolean
language plpgsql stable as $$
begin
  return exists (select from contested_addresses where site_id = p_site_id and network_id = p_network_id)
    or exists (select from arp_floods where site_id = p_site_id and network_id = p_network_id)
    or exists (select from proxy_stations where site_id = p_site_id and network_id = p_network_id)
    or exists (select from alerts where site_id = p_site_id and dedup_key = 'gateway_changed:' || p_network_id
                 and resolved_at is null);
end $$;

-- At the end of a completed scan: what two claim at once, what changed hands, who the gateway is, and what has ended.
-- p_changed: whether anything opened, came back or fell silent. A network where nothing is contested costs four looks
-- into empty tables and one for the gateway's address.
create function note_identity(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_changed boolean, p_gateway inet,
  p_at timestamptz
) returns void
language plpgsql as $$
declare
  -- An own-address claim is heard when it is made, not in every scan.
  c_own_quiet   constant interval := interval '2 minutes';
  c_proxy_quiet constant interval := interval '15 minutes';
begin
  perform note_gateway(p_site_id, p_network, p_macs, p_ips, p_gateway, p_at);

  if exists (select from contested_addresses where site_id = p_site_id and network_id = p_network.id) then
    perform note_contested(p_site_id, p_network, coalesce(p_gateway, p_network.gateway_ip), p_at);
    with over as (
      delete from contested_addresses
      where site_id = p_site_id and network_id = p_network.id and own_mac is not null and both_at <= p_at - c_own_quiet
      returning ip
    )
    update alerts as a set resolved_at = p_at from over as o
    where a.site_id = p_site_id and a.dedup_key = 'ip_conflict:' || p_network.id || ':' || host(o.ip)
      and a.resolved_at is null;
  end if;

  if exists (select from arp_floods where site_id = p_site_id and network_id = p_network.id and flooded_at < p_at) then
    delete from arp_floods where site_id = p_site_id and network_id = p_network.id;
    update alerts set resolved_at = p_at
    where site_id = p_site_id and dedup_key = 'arp_flood:' || p_network.id and resolved_at is null;
  end if;

  if exists (select from proxy_stations
             where site_id = p_site_id and network_id = p_network.id and seen_at <= p_at - c_proxy_quiet) then
    with over as (
      delete from proxy_stations
      where site_id = p_site_id and network_id = p_network.id and seen_at <= p_at - c_proxy_quiet
      returning mac
    )
    update alerts as a set resolved_at = p_at from over as o
    where a.site_id = p_site_id and a.resolved_at is null
      and a.dedup_key in ('proxy_arp:' || p_network.id || ':' || o.mac,
                          'proxy_arp:' || p_network.id || ':' || o.mac || ':devices');
  end if;
end $$;

-- Those who answered for an address in this scan are more than one device. The open alert is written again only when
-- others claim it than before, or when it has grown stale.
create function note_conflict(
  p_site_id integer, p_network_id integer, p_ip inet, p_key text, p_stale interval, p_at timestamptz
) returns void
language plpgsql as $$
declare
  v_claimants jsonb;
begin
  select jsonb_agg(jsonb_build_object('mac', c.mac, 'device_id', m.device_id,
                                      'name', device_label(p_site_id, m.device_id, c.mac)) order by c.started_at, c.id)
  into v_claimants
  from connections as c join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
  where c.site_id = p_site_id and c.network_id = p_network_id and c.ip = p_ip and c.ended_at is null and c.misses = 0;
  if exists (select from alerts as a
             where a.site_id = p_site_id and a.dedup_key = p_key and a.resolved_at is null
               and a.last_at > p_at - p_stale and a.detail -> 'claimants' = v_claimants) then
    return;
  end if;
  perform raise_recurring(
    p_site_id, 'ip_conflict', 'high', false, false, interval '1 hour',
    (v_claimants -> -1 ->> 'device_id')::bigint, p_network_id, (v_claimants -> -1 ->> 'mac')::macaddr, p_ip,
    host(p_ip) || ' is claimed by ' || (v_claimants -> 0 ->> 'name') || ' and ' || (v_claimants -> -1 ->> 'name'),
    jsonb_build_object('claimants', v_claimants), p_key, p_at);
end $$;

-- Judges each contested address by who answered in this scan. Two: a conflict. One: whoever that is holds it; if
-- somebody else did before, it changed hands.
create function note_contested(
  p_site_id integer, p_network networks, p_gateway inet, p_at timestamptz
) returns void
language plpgsql as $$
declare
  -- More addresses that change hands in one scan than this have one cause.
  c_many      constant integer := 20;
  -- What goes on is written again only so often.
  c_stale     constant interval := interval '5 minutes';
  -- As in raise_handover.
  c_recent    constant interval := interval '10 minutes';
  v_gateway   boolean := (select gateway_mac is not null from networks where site_id = p_site_id and id = p_network.id);
  v_ips       inet[] := (select array_agg(t.ip) from contested_addresses as t
                         where t.site_id = p_site_id and t.network_id = p_network.id and t.own_mac is null);
  v_key       text;
  v_last      timestamptz;
  r           record;
begin
  for r in
    -- Whoever has missed nothing has answered in this scan. One pass and a group, where a join would compare everybody
    -- with everybody while there are no statistics.
    with addresses as materialized (
      select u.ip, max(u.holders) as holders, max(u.both_at) as both_at,
             count(distinct u.device_id) as open, min(u.device_id) as only,
             coalesce(array_agg(distinct u.device_id) filter (where u.misses = 0), '{}') as seen,
             (array_agg(u.mac order by u.started_at desc, u.id desc) filter (where u.misses = 0))[1] as mac
      from (select t.ip, t.holders, t.both_at, null::bigint as id, null::bigint as device_id, null::macaddr as mac,
                   null::smallint as misses, null::timestamptz as started_at
            from contested_addresses as t
            where t.site_id = p_site_id and t.network_id = p_network.id and t.own_mac is null
            union all
            select c.ip, null, null, c.id, c.device_id, c.mac, c.misses, c.started_at
            from connections as c
            where c.site_id = p_site_id and c.network_id = p_network.id and c.ended_at is null and c.ip = any (v_ips)
           ) as u
      group by u.ip
    )
    select t.*, count(*) filter (where t.taken) over () as of_takes,
           row_number() over (partition by t.taken order by t.ip) as nth
    from (select a.*, array_position(a.holders, a.seen[1]) as place,
                 cardinality(a.seen) = 1 and a.holders <> '{}' and a.holders[1] <> a.seen[1]
                   and not (v_gateway and a.ip is not distinct from p_gateway) as taken
          from addresses as a) as t
    order by t.ip
  loop
    v_key := 'ip_conflict:' || p_network.id || ':' || host(r.ip);
    if cardinality(r.seen) > 1 then
      update contested_addresses set both_at = p_at
      where site_id = p_site_id and network_id = p_network.id and ip = r.ip
        and (both_at is null or both_at <= p_at - c_stale);
      -- The gateway's address has an alert of its own.
      if not (v_gateway and r.ip is not distinct from p_gateway)
         and exists (select from devices as d
                     where d.site_id = p_site_id and d.id = any (r.seen) and d.state not in ('ignored', 'archived'))
      then
        perform note_conflict(p_site_id, p_network.id, r.ip, v_key, c_stale, p_at);
      end if;
      continue;
    end if;

    update alerts set resolved_at = p_at
    where site_id = p_site_id and dedup_key = v_key and resolved_at is null
      and (cardinality(r.seen) = 1 or r.open <= 1);
    if r.taken and r.of_takes > c_many then
      if r.nth = 1 then
        perform raise_many(p_site_id, p_network.id, 'mac_changed', p_network.last_scan_at <= p_at - c_recent, r.of_takes,
                           (select array_agg(t.ip order by t.ip) from contested_addresses as t
                            where t.site_id = p_site_id and t.network_id = p_network.id), p_at);
      end if;
    elsif r.taken then
      select max(coalesce(c.ended_at, c.last_seen_at, p_network.last_scan_at)) into v_last
      from connections_at(p_site_id, p_network.id, r.ip) as c
      join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
      where m.device_id = r.holders[1];
      -- Of two that were told of as a conflict one is left: no news.
      perform raise_handover(
        p_site_id, p_network.id,
        case when r.place is null then 'mac_changed' when r.place = 2 then 'flip_flop' else 'mac_reused' end,
        r.ip, r.seen[1], r.mac, r.holders[1], v_last, r.both_at is not null, p_at);
    end if;
    -- One that is left, asleep, and does not hold it any more, may yet wake up and take it back.
    if r.open = 0 or r.open = 1 and (cardinality(r.seen) = 1 or r.holders = '{}' or r.holders[1] = r.only) then
      delete from contested_addresses where site_id = p_site_id and network_id = p_network.id and ip = r.ip;
    elsif cardinality(r.seen) = 1 and (r.holders = '{}' or r.holders[1] <> r.seen[1] or r.both_at is not null) then
      update contested_addresses
      set holders = r.seen || array_remove(holders, r.seen[1]), both_at = null
      where site_id = p_site_id and network_id = p_network.id and ip = r.ip;
    end if;
  end loop;
end $$;

-- The default gateway, learned from the first completed scan that shows it. From then on another MAC at its address,
-- alone or beside it, is an alert, whoever that is; and so is a gateway at another address with another MAC.
create function note_gateway(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_gateway inet, p_at timestamptz
) returns void
language plpgsql as $$
declare
  c_stale   constant interval := interval '5 minutes';
  v_gateway inet := coalesce(p_gateway, p_network.gateway_ip);
  v_key     text := 'gateway_changed:' || p_network.id;
  v_macs    macaddr[];
  v_learned macaddr;
  v_old     bigint;
  v_others  macaddr[];
  v_detail  jsonb;
begin
  -- No row for an address that is not there: array_position stops at the first hit, and is a thousandth of a join.
  if v_gateway is null or array_position(p_ips, v_gateway) is null then
    return;
  end if;
  select array_agg(distinct p_macs[i]) into v_macs from unnest(array_positions(p_ips, v_gateway)) as p (i);
  if cardinality(v_macs) > 1
     and exists (select from alerts where site_id = p_site_id and dedup_key = 'arp_flood:' || p_network.id
                   and resolved_at is null and severity = 'critical') then
    -- Told of as a flood that claims the gateway's address: one cause, one alert.
    select array_agg(u.mac) into v_macs
    from unnest(v_macs) as u (mac)
    where not exists (select from arp_floods as f
                      where f.site_id = p_site_id and f.network_id = p_network.id and f.flooded_at = p_at
                        and u.mac = any (f.macs));
    if v_macs is null then
      return;
    end if;
  end if;

  if p_network.gateway_mac is null then
    -- Two claim it already: the one that was here first is taken for it, and the other told of.
    select u.mac into v_learned
    from unnest(v_macs) as u (mac)
    left join device_macs as m on m.site_id = p_site_id and m.mac = u.mac
    order by m.first_seen_at nulls last, m.device_id, u.mac limit 1;
    update networks set gateway_ip = v_gateway, gateway_mac = v_learned
    where site_id = p_site_id and id = p_network.id;
  else
    v_learned := p_network.gateway_mac;
    if v_gateway <> p_network.gateway_ip and v_learned = any (v_macs) then
      update networks set gateway_ip = v_gateway where site_id = p_site_id and id = p_network.id;
    end if;
  end if;

  select device_id into v_old from device_macs where site_id = p_site_id and mac = v_learned;
  select array_agg(u.mac order by u.mac) into v_others
  from unnest(v_macs) as u (mac)
  left join device_macs as m on m.site_id = p_site_id and m.mac = u.mac
  where u.mac <> v_learned and m.device_id is distinct from v_old;

  if v_others is null then
    update alerts set resolved_at = p_at where site_id = p_site_id and dedup_key = v_key and resolved_at is null;
    return;
  end if;
  v_detail := jsonb_build_object(
    'ip', host(v_gateway), 'old_ip', host(coalesce(p_network.gateway_ip, v_gateway)), 'old_mac', v_learned,
    'old_device_id', v_old, 'old_answers', v_learned = any (v_macs), 'new_macs', to_jsonb(v_others[1:20]),
    'new_mac', v_others[1],
    'new', (select jsonb_agg(jsonb_build_object('mac', u.mac, 'device_id', m.device_id,
                                                'name', device_label(p_site_id, m.device_id, u.mac)) order by u.mac)
            from unnest(v_others[1:20]) as u (mac)
            left join device_macs as m on m.site_id = p_site_id and m.mac = u.mac));
  if exists (select from alerts where site_id = p_site_id and dedup_key = v_key and resolved_at is null
               and last_at > p_at - c_stale and detail -> 'new_macs' = v_detail -> 'new_macs'
               and detail -> 'old_answers' = v_detail -> 'old_answers') then
    return;
  end if;
  perform raise_recurring(
    p_site_id, 'gateway_changed', 'critical', false, false, interval '1 hour',
    (select device_id from device_macs where site_id = p_site_id and mac = v_others[1]), p_network.id, v_others[1],
    v_gateway,
    'The gateway ' || host(v_gateway)
      || case when v_learned = any (v_macs) then ' is also claimed by ' else ' is somebody else: ' end
      || (v_detail -> 'new' -> 0 ->> 'name')
      || case when v_learned = any (v_macs) then '' else ' instead of ' || device_label(p_site_id, v_old, v_learned) end,
    v_detail, v_key, p_at);
end $$;

-- "This is the gateway now." NE404: no such network. NE409: nobody has ever had this MAC address.
create function accept_gateway(p_site text, p_network integer, p_mac macaddr, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := (select id from sites where name = p_site);
  v_key  text := 'gateway_changed:' || p_network;
  v_ip   inet;
begin
  perform lock_devices(v_site);
  perform from networks where site_id = v_site and id = p_network for no key update;
  if not found then
    raise exception 'there is no network %', p_network using errcode = 'NE404';
  end if;
  select (detail ->> 'ip')::inet into v_ip from alerts
  where site_id = v_site and dedup_key = v_key and kind = 'gateway_changed' and resolved_at is null
    and detail -> 'new_macs' ? p_mac::text;
  if v_ip is null and not exists (select from device_macs where site_id = v_site and mac = p_mac) then
    raise exception 'nobody has been seen with the MAC address %', p_mac using errcode = 'NE409';
  end if;
  update networks set gateway_mac = p_mac, gateway_ip = coalesce(v_ip, gateway_ip)
  where site_id = v_site and id = p_network;
  update alerts
  set resolved_at = clock_now(), acknowledged_at = coalesce(acknowledged_at, clock_now()),
      acknowledged_by = coalesce(acknowledged_by, p_actor)
  where site_id = v_site and dedup_key = v_key and resolved_at is null;
  perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', v_site)::text);
end $$;

-- Others claim the address that the scanner itself has in this network. The scanner is no device and is not among the
-- observations, so a scan that heard such claims says so, after record_scan. It ends when nothing was said for minutes.
create function record_own_claims(
  p_site text, p_network cidr, p_link text, p_ip inet, p_own_mac macaddr, p_macs macaddr[]
) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
  v_at   timestamptz := clock_now();
  v_id   integer;
  v_macs macaddr[];
  v_claimants jsonb;
begin
  select n.id into v_id from networks as n where n.site_id = v_site and n.cidr = p_network and n.link = p_link;
  -- While a flood goes on, what unknown MACs claim besides everything else belongs to it.
  select array_agg(distinct u.mac) into v_macs
  from unnest(p_macs) as u (mac)
  where not exists (select from arp_floods as f where f.site_id = v_site and f.network_id = v_id)
     or exists (select from device_macs as m where m.site_id = v_site and m.mac = u.mac);
  if v_id is null or v_macs is null then
    return;
  end if;
  perform lock_devices(v_site);
  insert into contested_addresses (site_id, network_id, ip, holders, both_at, own_mac, since)
  values (v_site, v_id, p_ip, '{}', v_at, p_own_mac, v_at)
  on conflict (site_id, network_id, ip) do update set both_at = v_at, own_mac = p_own_mac;

  select jsonb_build_array(jsonb_build_object('mac', p_own_mac, 'name', 'the scanner itself'))
         || jsonb_agg(jsonb_build_object('mac', u.mac, 'device_id', m.device_id,
                                         'name', device_label(v_site, m.device_id, u.mac)) order by u.mac)
  into v_claimants
  from unnest(v_macs[1:20]) as u (mac)
  left join device_macs as m on m.site_id = v_site and m.mac = u.mac;
  if exists (select from alerts as a
             where a.site_id = v_site and a.dedup_key = 'ip_conflict:' || v_id || ':' || host(p_ip)
               and a.resolved_at is null and a.last_at > v_at - interval '5 minutes'
               and a.detail -> 'claimants' = v_claimants) then
    return;
  end if;
  perform raise_recurring(
    v_site, 'ip_conflict', 'high', false, false, interval '1 hour', (v_claimants -> 1 ->> 'device_id')::bigint, v_id,
    (v_claimants -> 1 ->> 'mac')::macaddr, p_ip,
    host(p_ip) || ' is claimed by the scanner itself and ' || (v_claimants -> 1 ->> 'name'),
    jsonb_build_object('claimants', v_claimants), 'ip_conflict:' || v_id || ':' || host(p_ip), v_at);
end $$;

revoke execute on function held_by_others, device_label, connections_at, raise_recurring, routine_window, raise_handover, raise_many,
  alert_on_address, sift_sightings, own_address, find_proxies, note_proxy, find_flood, identity_unsettled,
  note_identity, note_contested,
  note_conflict, note_gateway, accept_gateway, record_own_claims from public;
grant execute on function accept_gateway to netureon_web;
grant execute on function record_own_claims to netureon_scan;
