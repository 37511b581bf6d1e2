-- What one station invents: answers in the name of others (proxy ARP), and bursts of MACs that nobody has.
-- Locks: new functions only.

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
