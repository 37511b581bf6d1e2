-- Devices that were put away and are seen again, and which devices may be one.
-- Locks: brief SHARE ROW EXCLUSIVE on connections and alerts for triggers.

-- Put away and seen again. Before _100_alert_on_opened, so that who was blocked is blocked again when that looks.
create function return_archived() returns trigger
language plpgsql as $$
begin
  -- Most sites have put nobody away: one look into a tiny index.
  if not exists (select from devices as d
                 where d.state = 'archived' and d.on_return <> 'stay'
                   and d.site_id in (select distinct site_id from opened)) then
    return null;
  end if;
  with back as materialized (
    select distinct on (o.site_id, o.device_id) o.site_id, o.device_id, o.network_id, o.mac, o.ip, d.on_return,
           d.decided_at, device_title(d) as label
    from opened as o
    join devices as d on d.site_id = o.site_id and d.id = o.device_id
    where d.state = 'archived' and d.on_return <> 'stay'
    order by o.site_id, o.device_id, o.ip
  ), returned as ( -- runs although nothing reads it
    update devices as d
    set state = b.on_return, on_return = null, revision = d.revision + 1,
        decided_at = case when b.on_return = 'blocked' then d.decided_at end
    from back as b
    where d.site_id = b.site_id and d.id = b.device_id
    returning d.id
  )
  insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
  select b.site_id, 'new_device', 'medium', b.device_id, b.network_id, b.mac, b.ip,
         'Back again: ' || b.label || ' at ' || host(b.ip)
           || ', put away on ' || to_char(b.decided_at at time zone 'UTC', 'YYYY-MM-DD'),
         jsonb_build_object('vendor', m.vendor, 'random_mac', m.is_local, 'put_away_at', b.decided_at),
         'new_device:' || b.device_id
  from back as b
  join device_macs as m on m.site_id = b.site_id and m.mac = b.mac
  where b.on_return = 'new'
  on conflict (site_id, dedup_key) where resolved_at is null
    do update set count = alerts.count + 1, last_at = clock_now();
  return null;
end $$;

create trigger _090_return_archived after insert on connections
  referencing new table as opened for each statement execute function return_archived();

-- Who was put away raises nothing of its own. What concerns others (a conflict about an address, the gateway) stays.
create function silence_archived() returns trigger
language plpgsql as $$
begin
  if exists (select from devices where site_id = new.site_id and id = new.device_id and state = 'archived') then
    return null;
  end if;
  return new;
end $$;

create trigger _010_silence_archived before insert on alerts
  for each row when (new.kind in ('device_down', 'device_back', 'ip_changed', 'mac_returned', 'name_changed', 'port_opened'))
  execute function silence_archived();

-- A name without what its network, not its device, adds: annas-phone.fritz.box and Annas-Phone are one.
create function plain_name(p_name text) returns text
language sql immutable parallel safe as $$
  select case when p_name ~ '^[[:alnum:]_-]+(\.[[:alnum:]_-]+)*\.?$' then lower(split_part(p_name, '.', 1))
              else lower(btrim(p_name)) end
$$;

-- What a model or a system is called from the factory tells no two of them apart. p_name: as plain_name leaves it.
create function is_generic_name(p_name text) returns boolean
language sql immutable parallel safe as $$
  select length(p_name) < 3 or p_name ~ (
    -- a system's or a role's word, with at most a number
    '^(localhost|localdomain|unknown|none|null|default|device|host|client|guest|user|admin|home|test'
    || '|android|iphone|ipad|ipod|ipod-touch|apple-?tv|apple-?watch|watch|homepod|homepod-mini|macbook|macbook-?pro|macbook-?air|imac|mac|mac-?mini'
    || '|phone|mobile|tablet|laptop|notebook|desktop|computer|pc|windows|win|workstation|workgroup|linux|debian|ubuntu|fedora|arch'
    || '|raspberrypi|raspberry|pi|openwrt|router|gateway|fritz|switch|ap|accesspoint|server|nas|diskstation|synology|qnap'
    || '|printer|scanner|camera|cam|ipcam|ipcamera|doorbell|tv|smart-?tv|chromecast|google-home|google-home-mini|nest|echo|alexa|firetv|roku|kindle'
    || '|playstation|ps[345]|xbox|nintendo|steamdeck|tasmota|shelly|sonoff|wled|espressif|tuya|hue|bridge|plug|bulb|light)([-_ ]?[0-9]{1,2})?$'
    -- a model's: galaxy-s21, sm-g991b, pixel-7-pro, hp laserjet …
    || '|^(galaxy|pixel|redmi|xiaomi|mi|poco|huawei|honor|oneplus|oppo|vivo|realme|moto|nokia|xperia|sm)[-_ ][a-z]{0,4}[0-9]{1,4}[a-z]{0,3}([-_ ](pro|plus|ultra|lite|mini|max|fe|5g|4g|note|[0-9]{1,3}))*$'
    || '|^(hp|epson|canon|brother|kyocera|lexmark|xerox|ricoh|oki|samsung)[-_ ]?(color|colour|laserjet|officejet|deskjet|envy|photosmart|ecotank|pixma|workforce|series|[a-z]{0,4}-?[a-z]{0,3}[0-9]{2,5}[a-z]{0,4}|[-_ ])+$'
    || '|^(android|esp|esp32|esp8266|espressif)[-_][0-9a-f]*$')
$$;

-- Looks for devices that may be one, and keeps the open suggestions up to date. What was decided stays decided. To be
-- called after profiles were recorded and daily, not in the tick. Returns how many suggestions are new.
--
-- A pair has to give the same name from the same source (40 points, 25 where three share it; 10 more for a second
-- source), and then either
--   was never here at the same time (10; 20 from four visits on), the better if one came after the other had gone
--   (10; 30 if its MAC is random), or
--   is here at the same time with MACs that lie side by side (30) or are of one vendor (20), as two network cards of one
--   machine do.
-- 60 points are a suggestion. Names by reverse DNS speak of addresses, those of TLS and HTTP of products: not of devices.
create function suggest_merges(p_site text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_enough constant integer := 60;
  c_recent constant interval := interval '90 days';
  -- So that a network full of namesakes costs no more than this many comparisons.
  c_pairs  constant integer := 2000;
  v_now    timestamptz := clock_now();
  v_site   integer := (select id from sites where name = p_site);
  v_a       bigint[];
  v_b       bigint[];
  v_reasons jsonb[];
  v_scores  integer[];
  v_new     integer;
  v_gone    integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('netureon suggest ' || v_site, 0));
  with recursive way as (
    select id as device_id, merged_into as root from devices where site_id = v_site and merged_into is not null
    union all
    select w.device_id, d.merged_into
    from way as w join devices as d on d.site_id = v_site and d.id = w.root where d.merged_into is not null
  ), roots as materialized (
    select w.device_id, w.root from way as w join devices as d on d.site_id = v_site and d.id = w.root
    where d.merged_into is null
  ), named as materialized (
    select distinct coalesce(r.root, n.device_id) as device_id, n.source, plain_name(n.name) as name
    from device_names as n
    left join roots as r on r.device_id = n.device_id
    where n.site_id = v_site and n.source in ('dhcp', 'mdns', 'netbios', 'llmnr') and n.last_seen_at > v_now - c_recent
  ), shared as materialized (
    select n.source, n.name, array_agg(n.device_id order by n.device_id) as devices
    from named as n
    join devices as d on d.site_id = v_site and d.id = n.device_id and d.state <> 'archived'
    group by n.source, n.name having count(*) between 2 and 3
  ), pairs as materialized (
    select x.id as x, y.id as y, min(s.name) as name, array_agg(distinct s.source order by s.source) as sources,
           max(cardinality(s.devices)) as sharing
    from shared as s, unnest(s.devices) as x (id), unnest(s.devices) as y (id)
    where x.id < y.id and not is_generic_name(s.name)
    group by x.id, y.id
    order by x.id, y.id limit c_pairs
  ), undecided as materialized (
    -- Which to keep: the one that somebody decided about, then the older one.
    select p.*, case when k.kept = p.x then p.x else p.y end as device_a, case when k.kept = p.x then p.y else p.x end as device_b
    from pairs as p
    join devices as dx on dx.site_id = v_site and dx.id = p.x
    join devices as dy on dy.site_id = v_site and dy.id = p.y
    cross join lateral (
      select u.id as kept from (values (dx.id, dx.state, dx.first_seen_at), (dy.id, dy.state, dy.first_seen_at))
        as u (id, state, first_seen_at)
      order by u.state = 'new', u.first_seen_at, u.id limit 1) as k
    where dx.state = dy.state or 'new' in (dx.state, dy.state)
  ), stays as materialized (
    select u.device_a, u.device_b, c.device_id, c.started_at,
           coalesce(c.ended_at, c.last_seen_at, 'infinity') as left_at
    from undecided as u
    join connections as c on c.site_id = v_site and c.device_id in (u.device_a, u.device_b)
      and coalesce(c.ended_at, 'infinity') > v_now - c_recent
  ), sequence as materialized (
    select s.*,
           max(left_at) filter (where device_id = device_a) over before as a_left,
           max(left_at) filter (where device_id = device_b) over before as b_left
    from stays as s
    window before as (partition by device_a, device_b order by started_at, left_at
                      rows between unbounded preceding and 1 preceding)
  ), presence as materialized (
    select device_a, device_b, count(*) as visits,
           coalesce(bool_or(started_at < case when device_id = device_a then b_left else a_left end), false) as together,
           min(started_at) filter (where device_id = device_a) as a_came,
           max(left_at) filter (where device_id = device_a) as a_left,
           min(started_at) filter (where device_id = device_b) as b_came,
           max(left_at) filter (where device_id = device_b) as b_left
    from sequence group by device_a, device_b
    having bool_or(device_id = device_a) and bool_or(device_id = device_b)
  ), cards as materialized (
    select u.device_a, u.device_b,
           bool_or(a.is_local) as a_random, bool_or(b.is_local) as b_random,
           bool_and(not a.is_local and not b.is_local) as burnt_in,
           bool_or(not a.is_local and not b.is_local
                   and abs(mac_number(a.mac) - mac_number(b.mac)) <= 8) as adjacent,
           max(a.vendor) filter (where a.vendor = b.vendor) as vendor
    from undecided as u
    join device_macs as a on a.site_id = v_site and a.device_id = u.device_a
    join device_macs as b on b.site_id = v_site and b.device_id = u.device_b
    group by u.device_a, u.device_b
  ), judged as (
    select u.device_a, u.device_b, r.reasons, (select sum((e ->> 'points')::integer) from jsonb_array_elements(r.reasons) as e) as score
    from undecided as u
    join presence as p using (device_a, device_b)
    join cards as c using (device_a, device_b)
    cross join lateral (
      select jsonb_agg(reason order by place) as reasons from (
        select 1 as place, jsonb_build_object('reason', 'same_name', 'name', u.name, 'sources', u.sources, 'devices', u.sharing,
          'points', case when u.sharing = 2 then 40 else 25 end + case when cardinality(u.sources) > 1 then 10 else 0 end) as reason
        union all
        select 2, jsonb_build_object('reason', 'never_together', 'visits', p.visits,
          'points', case when p.visits >= 4 then 20 else 10 end)
        where not p.together
        union all
        select 3, jsonb_build_object('reason', 'follows', 'random_mac', f.random, 'device', f.device,
          'gap_seconds', extract(epoch from f.gap)::bigint, 'points', case when f.random then 30 else 10 end)
        from (values (u.device_b, c.b_random, p.b_came, p.a_left), (u.device_a, c.a_random, p.a_came, p.b_left))
          as l (device, random, came, other_left)
        cross join lateral (
          select l.device, l.random, case when isfinite(l.other_left) then l.came - l.other_left end as gap) as f
        where f.gap >= interval '0'
        union all
        select 4, jsonb_build_object('reason', 'adjacent_macs', 'points', 30)
        where p.together and c.burnt_in and c.adjacent
        union all
        select 4, jsonb_build_object('reason', 'same_vendor', 'vendor', c.vendor, 'points', 20)
        where p.together and c.burnt_in and not c.adjacent and c.vendor is not null
      ) as each_reason
    ) as r
  )
  select array_agg(device_a), array_agg(device_b), array_agg(reasons), array_agg(score)
  into v_a, v_b, v_reasons, v_scores
  from judged where score >= c_enough;

  -- Before its rows, as whoever accepts one.
  perform lock_devices(v_site);
  delete from merge_suggestions as m
  where m.site_id = v_site and m.state = 'open'
    and not exists (select from unnest(v_a, v_b) as c (a, b)
                    where least(c.a, c.b) = least(m.device_a, m.device_b)
                      and greatest(c.a, c.b) = greatest(m.device_a, m.device_b));
  get diagnostics v_gone = row_count;

  with written as (
    insert into merge_suggestions as m (site_id, device_a, device_b, reasons, score, made_at)
    select v_site, c.a, c.b, c.reasons, c.score, v_now
    from unnest(v_a, v_b, v_reasons, v_scores) as c (a, b, reasons, score) order by 2, 3
    on conflict (site_id, least(device_a, device_b), greatest(device_a, device_b))
      do update set device_a = excluded.device_a, device_b = excluded.device_b,
                    reasons = excluded.reasons, score = excluded.score
      where m.state = 'open' and (m.device_a, m.reasons) is distinct from (excluded.device_a, excluded.reasons)
    returning (xmax = 0) as is_new
  ) select count(*) filter (where is_new) into v_new from written;

  if v_new > 0 or v_gone > 0 then
    perform pg_notify('netureon_changes', json_build_object('what', 'device', 'site', v_site)::text);
  end if;
  -- Last, for whoever looks up its site waits for this row.
  update sites set suggested_at = v_now where id = v_site;
  return v_new;
end $$;

create function mac_number(p_mac macaddr) returns bigint
language sql immutable parallel safe as $$
  select ('x' || replace(p_mac::text, ':', ''))::bit(48)::bigint
$$;

-- Yes, the two are one; p_rule: and whoever gives that name with a random MAC in future, too. Returns the merge's change.
-- NE404: no such suggestion. NE409: it was decided already, or a device changed so that it cannot be.
create function accept_suggestion(p_site text, p_suggestion bigint, p_rule boolean, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_suggestion merge_suggestions;
  v_change     bigint;
begin
  select m.* into v_suggestion
  from merge_suggestions as m join sites as s on s.id = m.site_id
  where s.name = p_site and m.id = p_suggestion;
  if v_suggestion.id is null then
    raise exception 'there is no suggestion %', p_suggestion using errcode = 'NE404';
  end if;
  perform lock_for_merge(v_suggestion.site_id, array[v_suggestion.device_a, v_suggestion.device_b]);
  select * into v_suggestion from merge_suggestions
  where site_id = v_suggestion.site_id and id = p_suggestion for update;
  if v_suggestion.id is null or v_suggestion.state <> 'open' then
    raise exception 'suggestion % is decided already', p_suggestion using errcode = 'NE409';
  end if;
  v_change := merge_locked(v_suggestion.site_id, v_suggestion.device_a, v_suggestion.device_b, p_actor);
  update merge_suggestions set state = 'accepted', decided_at = clock_now(), actor = p_actor, change_id = v_change
  where site_id = v_suggestion.site_id and id = v_suggestion.id;
  if p_rule then
    insert into identity_rules (site_id, device_id, source, name, made_at, actor, change_id)
    select v_suggestion.site_id, v_suggestion.device_a, source, r ->> 'name', clock_now(), p_actor, v_change
    from jsonb_array_elements(v_suggestion.reasons) as r, jsonb_array_elements_text(r -> 'sources') as source
    where r ->> 'reason' = 'same_name'
    on conflict (site_id, source, name) do nothing;
  end if;
  return v_change;
end $$;

-- No, they are two: not suggested again. Returns a change that can be undone.
create function dismiss_suggestion(p_site text, p_suggestion bigint, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_suggestion merge_suggestions;
  v_device     devices;
  v_change     bigint;
begin
  perform lock_devices(id) from sites where name = p_site;
  select m.* into v_suggestion
  from merge_suggestions as m join sites as s on s.id = m.site_id
  where s.name = p_site and m.id = p_suggestion for update of m;
  if v_suggestion.id is null then
    raise exception 'there is no suggestion %', p_suggestion using errcode = 'NE404';
  end if;
  if v_suggestion.state = 'dismissed' then
    return null;
  end if;
  if v_suggestion.state = 'accepted' then
    raise exception 'suggestion % is decided already', p_suggestion using errcode = 'NE409';
  end if;
  update merge_suggestions set state = 'dismissed', decided_at = clock_now(), actor = p_actor
  where site_id = v_suggestion.site_id and id = v_suggestion.id;
  select * into v_device from devices where site_id = v_suggestion.site_id and id = v_suggestion.device_a;
  insert into device_changes (site_id, device_id, other_id, actor, what, before, after, detail)
  values (v_suggestion.site_id, v_suggestion.device_a, v_suggestion.device_b, p_actor, 'apart', device_facts(v_device),
          device_facts(v_device), jsonb_build_object('suggestion', v_suggestion.id))
  returning id into v_change;
  return v_change;
end $$;
