-- Rules that recognise a rotating MAC by its name, and messages that wait for that name.
-- Locks: functions only.

-- Takes a rule back; what it did stays. NE404: no such rule.
create function forget_rule(p_site text, p_rule bigint, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_rule   identity_rules;
  v_device devices;
  v_change bigint;
begin
  perform lock_devices(id) from sites where name = p_site;
  delete from identity_rules as r using sites as s
  where s.name = p_site and r.site_id = s.id and r.id = p_rule
  returning r.* into v_rule;
  if v_rule.id is null then
    raise exception 'there is no rule %', p_rule using errcode = 'NE404';
  end if;
  select * into v_device from devices
  where site_id = v_rule.site_id and id = device_root(v_rule.site_id, v_rule.device_id);
  insert into device_changes (site_id, device_id, actor, what, before, after, detail)
  values (v_rule.site_id, v_device.id, p_actor, 'forget', device_facts(v_device), device_facts(v_device),
          jsonb_build_object('rule', to_jsonb(v_rule)))
  returning id into v_change;
  return v_change;
end $$;

-- Recognises new devices with random MACs by the rules that people accepted: each becomes part of its device, and that is
-- a row to look up, no message. Not while that device is here itself: then one of the two lies, and that is an alert; so
-- it is when the device comes home later. To be called after profiles were recorded, and every minute or so, for who
-- comes home need not be asked. Returns how many were recognised, doubted, and need not be waited for any longer.
create function apply_identity_rules(p_site text) returns table (recognised integer, doubted integer, released integer)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  -- An access point may answer for a phone that has just changed its MAC.
  c_overlap constant interval := interval '10 minutes';
  c_settled constant interval := interval '2 minutes';
  v_now     timestamptz := clock_now();
  v_site    integer := (select id from sites where name = p_site);
  v_matches jsonb;
  v_match   record;
  v_known   devices;
  v_new     devices;
  v_change  bigint;
  v_counts  integer[] := array[0, 0, 0];
  v_rows    integer;
begin
  if not exists (select from identity_rules where site_id = v_site) then
    return query select 0, 0, 0;
    return;
  end if;

  with newcomers as materialized (
    select d.id from devices as d
    where d.site_id = v_site and d.state = 'new'
      and not exists (select from device_macs as m where m.site_id = v_site and m.device_id = d.id and not m.is_local)
  ), rules as materialized (
    select r.id, r.source, r.name, device_root(v_site, r.device_id) as known from identity_rules as r where r.site_id = v_site
  )
  select jsonb_agg(m) into v_matches from (
    select distinct on (n.device_id) r.id as rule, r.known, n.device_id as newcomer, r.name, r.source
    from newcomers as w
    join device_names as n on n.site_id = v_site and n.device_id = w.id
    join rules as r on r.source = n.source and r.name = plain_name(n.name) and r.known <> n.device_id
    where not exists (select from merge_suggestions as m
                      where m.site_id = v_site and m.state = 'dismissed'
                        and least(m.device_a, m.device_b) = least(r.known, n.device_id)
                        and greatest(m.device_a, m.device_b) = greatest(r.known, n.device_id))
      -- Who lied once is not believed when the other has left.
      and not exists (select from alerts as a
                      where a.site_id = v_site and a.device_id = n.device_id and a.kind = 'name_changed'
                        and (a.detail ->> 'claims')::bigint = r.known)
    order by n.device_id, r.id
  ) as m;
  if v_matches is not null then
    -- All at once: whoever waits for a second lock while it holds a first can wait for ever.
    perform lock_for_merge(v_site, array(select known from jsonb_to_recordset(v_matches) as m (known bigint))
                                   || array(select newcomer from jsonb_to_recordset(v_matches) as m (newcomer bigint)));
  end if;

  for v_match in select * from jsonb_to_recordset(v_matches) as m (rule bigint, known bigint, newcomer bigint, name text, source text)
  loop
    select * into v_known from devices where site_id = v_site and id = v_match.known;
    select * into v_new from devices where site_id = v_site and id = v_match.newcomer;
    -- Somebody may have decided meanwhile, or another run has found the lie.
    continue when v_new.state <> 'new' or v_known.state = 'archived'
      or exists (select from alerts
                 where site_id = v_site and device_id = v_new.id and kind = 'name_changed'
                   and (detail ->> 'claims')::bigint = v_known.id);

    if device_is_here(v_site, v_known.id) and device_is_here(v_site, v_new.id) or exists (
      select from connections as k, connections as n
      where k.site_id = v_site and k.device_id = v_known.id and n.site_id = v_site and n.device_id = v_new.id
        and least(coalesce(k.ended_at, k.last_seen_at, v_now), coalesce(n.ended_at, n.last_seen_at, v_now))
            - greatest(k.started_at, n.started_at) > c_overlap
    ) then
      insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
      select v_site, 'name_changed', 'medium', v_new.id, c.network_id, c.mac, c.ip,
             'Says it is ' || device_title(v_known) || ' while ' || device_title(v_known) || ' is here: ' || c.mac || ' at ' || host(c.ip),
             jsonb_build_object('claims', v_known.id, 'name', v_match.name), 'name_changed:' || v_new.id || ':' || v_known.id
      from connections as c
      where c.site_id = v_site and c.device_id = v_new.id
      order by c.ended_at desc nulls first, c.started_at desc limit 1
      on conflict (site_id, dedup_key) where resolved_at is null
        do update set count = alerts.count + 1, last_at = v_now;
      v_counts[2] := v_counts[2] + 1;
      continue;
    end if;

    v_change := merge_locked(v_site, v_known.id, v_new.id, 'rule');
    update identity_rules set applied = applied + 1, applied_at = v_now where site_id = v_site and id = v_match.rule;
    v_counts[1] := v_counts[1] + 1;
    -- Nobody pressed a button here. Routine, but never without a row: whoever wonders can look it up.
    insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key, routine, resolved_at)
    select v_site, 'name_changed', 'low', v_known.id, c.network_id, c.mac, c.ip,
           'Recognised ' || c.mac || ' at ' || host(c.ip) || ' as ' || device_title(v_known) || ' by its name',
           jsonb_build_object('recognised', v_new.id, 'name', v_match.name, 'source', v_match.source, 'change', v_change),
           'name_changed:recognised:' || v_change, true, v_now
    from device_changes as m
    join connections as c on c.site_id = v_site and c.device_id = v_known.id and m.detail -> 'macs' ? c.mac::text
    where m.site_id = v_site and m.id = v_change
    order by c.ended_at desc nulls first, c.started_at desc limit 1;
    -- That a blocked device is back under another MAC has to be told.
    insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
    select v_site, 'blocked_device_seen', 'critical', c.device_id, c.network_id, c.mac, c.ip,
           'Blocked device is here: ' || device_title(v_known) || ' at ' || host(c.ip) || ', with another MAC',
           jsonb_build_object('random_mac', true), 'blocked_device_seen:' || c.device_id
    from (select * from connections where site_id = v_site and device_id = v_known.id and ended_at is null
          order by started_at desc limit 1) as c
    where v_known.state = 'blocked'
    on conflict (site_id, dedup_key) where resolved_at is null
      do update set count = alerts.count + 1, last_at = v_now;
  end loop;

  -- The lie comes first, the original comes home: two MACs of one device that a rule made one, here side by side.
  insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
  select distinct on (d.id) v_site, 'name_changed',
         case when d.importance = 'watched' or d.state = 'blocked' then 'high' else 'medium' end, d.id, n.network_id, n.mac, n.ip,
         'Two stations say they are ' || device_title(d) || ': ' || n.mac || ' at ' || host(n.ip) || ' and ' || o.mac || ' at ' || host(o.ip),
         jsonb_build_object('macs', jsonb_build_array(n.mac, o.mac)), 'name_changed:both:' || d.id
  from identity_rules as r
  join devices as d on d.site_id = v_site and d.id = device_root(v_site, r.device_id)
  -- Also when the device has become part of another since.
  cross join lateral device_family(v_site, d.id) as f (id)
  join device_changes as c on c.site_id = v_site and c.device_id = f.id and c.what = 'merge' and c.actor = 'rule' and c.undone_at is null
  join connections as n on n.site_id = v_site and n.device_id = d.id and n.ended_at is null and n.misses = 0
    and n.started_at < v_now - c_settled and c.detail -> 'macs' ? n.mac::text
  join connections as o on o.site_id = v_site and o.device_id = d.id and o.ended_at is null and o.misses = 0
    and o.started_at < v_now - c_settled and not c.detail -> 'macs' ? o.mac::text
  where r.site_id = v_site
  order by d.id, c.id desc
  on conflict (site_id, dedup_key) where resolved_at is null do nothing;
  get diagnostics v_rows = row_count;
  v_counts[2] := v_counts[2] + v_rows;

  -- Whose name is known now, and is nobody's, is not waited for any longer.
  update deliveries as q set hold_until = null
  from alerts as a
  where q.site_id = v_site and q.state = 'queued' and q.hold_until > clock_timestamp()
    and a.site_id = v_site and a.id = q.alert_id
    and exists (select from device_names as n
                where n.site_id = v_site and n.device_id = a.device_id
                  and n.source in (select source from identity_rules where site_id = v_site));
  get diagnostics v_rows = row_count;
  v_counts[3] := v_rows;
  if v_rows > 0 then
    perform pg_notify('netureon_alerts', '');
  end if;
  return query select v_counts[1], v_counts[2], v_counts[3];
end $$;

-- As in 000013, but a new device with a random MAC is not told of before its name can be known, if somebody who changes
-- MACs is missed: it may be just that one.
create or replace function queue_deliveries() returns trigger
language plpgsql as $$
declare
  c_hold constant interval := interval '3 minutes';
begin
  -- The few (kind, severity, channel) targets first, materialized: the planner believes that a transition table has
  -- one row, and would otherwise work them out again for each alert of a burst.
  with sorts as materialized (
    select distinct site_id, kind, severity, routine from opened
  ), targets as materialized (
    select distinct o.site_id, o.kind, o.severity, o.routine, c.id as channel_id
    from sorts as o
    join rules as r on r.site_id = o.site_id and r.enabled
      and (o.kind = any (r.kinds) or r.kinds is null and not o.routine)
      and severity_rank(o.severity) >= severity_rank(r.min_severity)
    join channels as c on c.site_id = o.site_id and c.enabled and (r.channel_id is null or r.channel_id = c.id)
  ), reasons as materialized (
    select o.site_id, case when exists (select from channels as c where c.site_id = o.site_id and c.enabled)
                        then 'no rule sends this kind of alert' else 'no channel is set up' end as reason
    from (select distinct site_id from sorts) as o
  ), missed as materialized (
    select o.site_id from (select distinct site_id from sorts where kind = 'new_device') as o
    where exists (select from identity_rules as r
                  where r.site_id = o.site_id and not device_is_here(r.site_id, device_root(r.site_id, r.device_id)))
  )
  insert into deliveries (site_id, alert_id, channel_id, state, reason, finished_at, hold_until)
  select a.site_id, a.id, t.channel_id,
         case when t.channel_id is null then 'suppressed' else 'queued' end,
         case when t.channel_id is null then
           case when a.routine then 'routine: sent only by a rule that names its kind' else r.reason end end,
         case when t.channel_id is null then now() end,
         case when t.channel_id is not null and a.kind = 'new_device' and a.detail ->> 'random_mac' = 'true'
                and a.site_id in (select site_id from missed) then now() + c_hold end
  from opened as a
  join reasons as r on r.site_id = a.site_id
  left join targets as t on t.site_id = a.site_id and t.kind = a.kind and t.severity = a.severity
    and t.routine = a.routine;

  perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', site_id)::text)
  from (select distinct site_id from opened) as s;
  return null;
end $$;

-- Holds never last longer than minutes: one that ends further ahead was made by a clock that has been set back since.
create function is_held(p_hold_until timestamptz, p_now timestamptz) returns boolean
language sql immutable as $$
  select coalesce(p_hold_until > p_now and p_hold_until <= p_now + interval '10 minutes', false)
$$;

-- As in 000010, but what is held is left waiting: one message for this channel, or no rows.
create or replace function claim_deliveries(p_site text, p_channel text, p_lease interval, p_limit integer)
returns table (
  message_key uuid, lease_token uuid, attempts integer, alert_id bigint, kind text, severity text, summary text,
  detail jsonb, device_id bigint, device_name text, mac text, vendor text, random_mac boolean, ip text, network text,
  opened_at timestamptz, count integer
)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_channel channels := lock_channel(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
  v_token   uuid := gen_random_uuid();
  v_key     uuid;
  v_lease   timestamptz;
begin
  if v_channel.enabled is not true then
    return;
  end if;

  loop
    select d.message_key, d.lease_until into v_key, v_lease from deliveries as d
    where d.channel_id = v_channel.id and d.state = 'queued' and d.message_key is not null
      and delivery_due_at(d.lease_until, d.attempts, d.next_attempt_at, v_now) <= v_now
    order by d.id limit 1;
    -- A lease that ran out is a try that nobody reported on, and so nobody gave up on.
    exit when v_key is null or v_lease is null or not give_up(v_channel, v_key, v_now);
  end loop;

  if v_key is null then
    v_key := gen_random_uuid();
    update deliveries as d set message_key = v_key
    from (
      select site_id, id from deliveries
      where channel_id = v_channel.id and state = 'queued' and message_key is null and not is_held(hold_until, v_now)
      order by id limit p_limit
      for update skip locked
    ) as waiting
    where d.site_id = waiting.site_id and d.id = waiting.id;
    if not found then
      return;
    end if;
  end if;

  return query
  with claimed as (
    update deliveries as d
    set lease_until = v_now + p_lease, lease_token = v_token, attempts = d.attempts + 1
    where d.channel_id = v_channel.id and d.state = 'queued' and d.message_key = v_key
    returning d.site_id, d.id, d.alert_id, d.attempts
  )
  select v_key, v_token, d.attempts, a.id, a.kind, a.severity, a.summary, a.detail, a.device_id, v.name, a.mac::text,
         m.vendor, coalesce(m.is_local, false), host(a.ip), case when n.id is not null then network_words(n) end, a.opened_at, a.count
  from claimed as d
  join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
  left join devices as v on v.site_id = a.site_id and v.id = a.device_id
  left join device_macs as m on m.site_id = a.site_id and m.mac = a.mac
  left join networks as n on n.site_id = a.site_id and n.id = a.network_id
  order by d.id;
end $$;

-- As in 000010, with holds: in how many milliseconds something can be claimed for this channel: 0 now, null when nothing waits.
create or replace function next_due(p_site text, p_channel text) returns integer
language sql security definer set search_path = public, pg_temp as $$
  select ceil(extract(epoch from min(
           greatest(delivery_due_at(d.lease_until, d.attempts, d.next_attempt_at, now()),
                    case when d.message_key is null and is_held(d.hold_until, now()) then d.hold_until end,
                    now()) - now())) * 1000)::integer
  from deliveries as d
  join channels as c on c.id = d.channel_id and c.enabled
  join sites as s on s.id = c.site_id
  where s.name = p_site and c.name = p_channel and d.state = 'queued'
$$;

revoke execute on function device_root, device_family, device_title, lock_for_merge, device_is_here, merge_locked,
  merge_facts, merge_devices, archive_device, watch_device, reopen_alerts, restore_facts, undo_merge, requeue_unsent, resume_silences, return_archived,
  silence_archived, plain_name, is_generic_name, suggest_merges, mac_number, accept_suggestion, dismiss_suggestion,
  forget_rule, apply_identity_rules, is_held from public;
grant execute on function merge_devices, archive_device, watch_device, accept_suggestion, dismiss_suggestion, forget_rule
  to netureon_web;
grant execute on function device_root, device_family to netureon_web, netureon_profile;
grant execute on function suggest_merges, apply_identity_rules to netureon_profile;
grant select on merge_suggestions, identity_rules to netureon_web;
