-- What two claim at once, what becomes of it, and who the default gateway is.
-- Locks: new functions only.

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
