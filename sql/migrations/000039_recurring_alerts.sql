-- The same trouble by another is not the same trouble. Who claims an address of others, or the gateway's, is kept with the
-- alert that told of it: another claimant is an alert of its own, with messages of its own, and what an alert is about
-- never changes after it was told. What comes back by the same is told again, though not more than once in its window.
-- Locks: rows of alerts of the last day are written.

create function claimants_of(p_kind text, p_detail jsonb) returns macaddr[]
language sql immutable as $$
  select case
    when p_kind = 'gateway_changed' and p_detail ? 'new_macs'
      then array(select jsonb_array_elements_text(p_detail -> 'new_macs')::macaddr)
    when p_kind = 'ip_conflict' and p_detail ? 'claimants'
      then array(select distinct (c ->> 'mac')::macaddr from jsonb_array_elements(p_detail -> 'claimants') as c) end
$$;

update alerts set claimants = claimants_of(kind, detail)
where kind in ('ip_conflict', 'gateway_changed') and (resolved_at is null or opened_at > clock_now() - interval '1 day');

-- Of these the one that was not told of for this cause lately; all were: the last.
create function newcomer_of(p_site_id integer, p_key text, p_macs macaddr[], p_at timestamptz) returns macaddr
language sql stable as $$
  select u.mac from unnest(p_macs) with ordinality as u (mac, nth)
  order by exists (select from alerts as a
                   where a.site_id = p_site_id and a.dedup_key = p_key and a.kind in ('ip_conflict', 'gateway_changed')
                     and (a.resolved_at is null or a.opened_at > p_at - interval '1 hour') and u.mac = any (a.claimants)),
           u.nth desc
  limit 1
$$;

-- As in 000015. p_event: it happened, and is over; it counts on while it was last raised within p_window. What lasts counts
-- on while it is open, and once it had ended if it was told within p_window and by the same claimants: then it is open
-- anew, and nobody has acknowledged that. An alert keeps the device, MAC and address that it was raised with.
create or replace function raise_recurring(
  p_site_id integer, p_kind text, p_severity text, p_routine boolean, p_event boolean, p_window interval,
  p_device bigint, p_network integer, p_mac macaddr, p_ip inet,
  p_summary text, p_detail jsonb, p_key text, p_at timestamptz
) returns void
language plpgsql as $$
declare
  -- Who changes MACs with every scan is told of so often within p_window; then the latest alert lists the others.
  c_most    constant integer := 5;
  c_listed  constant integer := 250;
  v_who     constant macaddr[] := claimants_of(p_kind, p_detail);
  v_id      bigint;
  v_others  boolean := false;
begin
  select a.id into v_id from alerts as a
  where a.site_id = p_site_id and a.dedup_key = p_key
    and a.kind in ('ip_changed', 'mac_changed', 'flip_flop', 'mac_reused', 'mac_returned', 'ip_conflict', 'proxy_arp',
                   'arp_flood', 'gateway_changed')
    and (a.resolved_at is null or case when p_event then a.last_at else a.opened_at end > p_at - p_window)
    and (v_who is null or a.claimants @> v_who)
  order by a.resolved_at is null desc, a.id desc limit 1;
  if v_id is null and v_who is not null then
    select max(a.id), true into v_id, v_others from alerts as a
    where a.site_id = p_site_id and a.dedup_key = p_key and a.kind in ('ip_conflict', 'gateway_changed')
      and a.opened_at > p_at - p_window
    having count(*) >= c_most;
  end if;

  -- One cause is one open alert.
  update alerts
  set resolved_at = p_at, detail = detail || jsonb_build_object('resolved_because', 'somebody else claims it since')
  where site_id = p_site_id and dedup_key = p_key and resolved_at is null and id is distinct from v_id;
  if v_id is not null then
    update alerts
    set count = count + 1, last_at = p_at,
        claimants = case when v_others then (v_who || claimants)[1:c_listed] else claimants end,
        summary = case when device_id is null or device_id = p_device then p_summary else summary end,
        detail = case when not p_event or device_id is null or device_id = p_device then p_detail else detail end,
        acknowledged_at = case when p_event or resolved_at is null and not v_others then acknowledged_at end,
        acknowledged_by = case when p_event or resolved_at is null and not v_others then acknowledged_by end,
        resolved_at = case when p_event then p_at end
    where site_id = p_site_id and id = v_id;
    return;
  end if;
  insert into alerts (site_id, kind, severity, routine, device_id, network_id, mac, ip, summary, detail, dedup_key,
                      opened_at, last_at, resolved_at, claimants)
  values (p_site_id, p_kind, p_severity, p_routine, p_device, p_network, p_mac, p_ip, p_summary, p_detail, p_key,
          p_at, p_at, case when p_event then p_at end, v_who);
end $$;

-- As in 000017; the alert is about the one of them who was not told of before. p_listed: one of many conflicts in this scan,
-- and whoever joins this one is told of by their list.
drop function note_conflict;
create function note_conflict(
  p_site_id integer, p_network_id integer, p_ip inet, p_key text, p_listed boolean, p_stale interval, p_at timestamptz
) returns void
language plpgsql as $$
declare
  v_claimants jsonb;
  v_macs      macaddr[];
  v_new       jsonb;
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
  v_macs := array(select (c ->> 'mac')::macaddr from jsonb_array_elements(v_claimants) as c);
  if p_listed then
    update alerts set claimants = claimants || v_macs where site_id = p_site_id and dedup_key = p_key and resolved_at is null
      and not claimants @> v_macs;
  end if;
  select c into v_new from jsonb_array_elements(v_claimants) as c
  where (c ->> 'mac')::macaddr = newcomer_of(p_site_id, p_key, v_macs, p_at) limit 1;
  perform raise_recurring(
    p_site_id, 'ip_conflict', 'high', false, false, interval '1 hour',
    (v_new ->> 'device_id')::bigint, p_network_id, (v_new ->> 'mac')::macaddr, p_ip,
    host(p_ip) || ' is claimed by '
      || (v_claimants -> case when v_claimants -> 0 = v_new then -1 else 0 end ->> 'name') || ' and ' || (v_new ->> 'name'),
    jsonb_build_object('claimants', v_claimants), p_key, p_at);
end $$;

-- As in 000017; likewise.
create or replace function note_gateway(
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
  v_new     macaddr;
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
  v_new := newcomer_of(p_site_id, v_key, v_others, p_at);
  v_detail := jsonb_build_object(
    'ip', host(v_gateway), 'old_ip', host(coalesce(p_network.gateway_ip, v_gateway)), 'old_mac', v_learned,
    'old_device_id', v_old, 'old_answers', v_learned = any (v_macs), 'new_macs', to_jsonb(v_others[1:20]),
    'new_mac', v_new,
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
    (select device_id from device_macs where site_id = p_site_id and mac = v_new), p_network.id, v_new,
    v_gateway,
    'The gateway ' || host(v_gateway)
      || case when v_learned = any (v_macs) then ' is also claimed by ' else ' is somebody else: ' end
      || device_label(p_site_id, (select device_id from device_macs where site_id = p_site_id and mac = v_new), v_new)
      || case when v_learned = any (v_macs) then '' else ' instead of ' || device_label(p_site_id, v_old, v_learned) end,
    v_detail, v_key, p_at);
end $$;

revoke execute on function claimants_of, newcomer_of, note_conflict from public;
