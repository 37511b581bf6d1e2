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
