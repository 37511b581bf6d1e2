-- Watched devices: how long each has been silent, and whom to tell.
-- Locks: brief SHARE ROW EXCLUSIVE on devices for a trigger.

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
