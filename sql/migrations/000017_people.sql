-- What people decide about identity: several MACs are one device, two that look alike are not, a device is put away, a
-- device is watched. Every decision is a row of device_changes and can be undone; nothing merges by itself without a
-- rule that a person accepted.
--
-- The device of a connection is always the device of its MAC. So a merge moves MACs and, with them, all they ever did;
-- undoing it moves the same MACs back, with what they did since.
-- Locks: brief ACCESS EXCLUSIVE on sites, devices, device_changes and deliveries for new columns without a default, and on
-- connections and alerts for a trigger. At run time: see lock_for_merge.

alter table devices
  -- Of an archived device: what happens when it is seen again. blocked: it was blocked when it was put away, and is again.
  add column on_return   text check (on_return in ('stay', 'new', 'blocked')),
  -- Its MACs belong to this device now; it is archived.
  add column merged_into bigint,
  -- The best of the names it gives itself: devices.name, a person's word, comes before it. See record_profile.
  add column called      text check (length(called) between 1 and 253),
  add constraint devices_merged_are_archived check (merged_into is null or state = 'archived' and merged_into <> id);
create index devices_merged on devices (site_id, merged_into) where merged_into is not null;
create index devices_returning on devices (site_id, id) where state = 'archived' and on_return <> 'stay';

alter table device_changes
  -- The other device of a change that is about two.
  add column other_id bigint,
  -- What undoing needs beyond the two sets of facts.
  add column detail   jsonb not null default '{}',
  drop constraint device_changes_what_check,
  add constraint device_changes_what_check check (what in (
    'accept', 'ignore', 'block', 'rename', 'merge', 'apart', 'forget', 'archive', 'watch'));
create index device_changes_by_other on device_changes (site_id, other_id, id desc) where other_id is not null;

-- When suggest_merges looked last.
alter table sites add column suggested_at timestamptz;

-- Not to be claimed before: the alert is about a random MAC, and a known device that changes its MAC is not here.
alter table deliveries add column hold_until timestamptz;

-- "Are these two the same?" device_a is the one to keep.
create table merge_suggestions (
  site_id    integer not null,
  id         bigint generated always as identity,
  device_a   bigint not null,
  device_b   bigint not null check (device_b <> device_a),
  -- [{"reason": "same_name", …, "points": 40}, …]; see suggest_merges.
  reasons    jsonb not null,
  score      integer not null,
  state      text not null default 'open' check (state in ('open', 'accepted', 'dismissed')),
  made_at    timestamptz not null,
  decided_at timestamptz,
  actor      text,
  -- The merge that came of it.
  change_id  bigint,
  primary key (site_id, id)
);
create unique index merge_suggestions_by_pair
  on merge_suggestions (site_id, least(device_a, device_b), greatest(device_a, device_b));

-- "Whoever gives this name is that device, if it has a random MAC."
create table identity_rules (
  site_id    integer not null,
  id         bigint generated always as identity,
  device_id  bigint not null,
  source     text not null,
  -- As plain_name leaves it.
  name       text not null,
  made_at    timestamptz not null,
  actor      text not null,
  -- The merge it was accepted with; undoing that takes the rule back.
  change_id  bigint,
  applied    integer not null default 0,
  applied_at timestamptz,
  primary key (site_id, id),
  unique (site_id, source, name)
);
create trigger _050_require_devices after insert on identity_rules
  referencing new table as written for each statement execute function require_devices();

-- What a change may set and an undo puts back. In UTC and one style of intervals whatever the session's, so that two
-- readings are equal as text. Changes of before this version know fewer of them.
create or replace function device_facts(p_device devices) returns jsonb
language sql stable set timezone = 'UTC' set intervalstyle = 'postgres' as $$
  select jsonb_build_object(
    'state', p_device.state, 'name', p_device.name, 'owner', p_device.owner, 'notes', p_device.notes,
    'decided_at', p_device.decided_at, 'importance', p_device.importance, 'down_after', p_device.down_after,
    'on_return', p_device.on_return, 'merged_into', p_device.merged_into)
$$;

-- As in 000011, and NE409 for a device that is part of another. The site's lock first: see record_scan.
create or replace function device_for_change(p_site text, p_device bigint) returns devices
language plpgsql as $$
declare
  v_device devices;
begin
  perform lock_devices(id) from sites where name = p_site;
  select d.* into v_device
  from devices as d join sites as s on s.id = d.site_id
  where s.name = p_site and d.id = p_device
  for update of d;
  if v_device.id is null then
    raise exception 'there is no device %', p_device using errcode = 'NE404';
  end if;
  if v_device.merged_into is not null then
    raise exception 'device % is part of device %', p_device, v_device.merged_into using errcode = 'NE409';
  end if;
  return v_device;
end $$;

-- The device itself, or the one that it has become part of.
create function device_root(p_site_id integer, p_device bigint) returns bigint
language sql stable set search_path = public, pg_temp as $$
  with recursive way (id, merged_into) as (
    select id, merged_into from devices where site_id = p_site_id and id = p_device
    union all
    select d.id, d.merged_into from way as w join devices as d on d.site_id = p_site_id and d.id = w.merged_into
  )
  select id from way where merged_into is null
$$;

-- The device and all that have become part of it: what they told (names, ports) stays theirs and is read together.
create function device_family(p_site_id integer, p_device bigint) returns setof bigint
language sql stable set search_path = public, pg_temp as $$
  with recursive family (id) as (
    select p_device
    union all
    select d.id from family as f join devices as d on d.site_id = p_site_id and d.merged_into = f.id
  )
  select id from family
$$;

-- What people read for it in a sentence.
create function device_title(p_device devices) returns text
language sql stable set search_path = public, pg_temp as $$
  select coalesce(p_device.name, p_device.called,
                  (select coalesce(m.vendor, m.mac::text) from device_macs as m
                   where m.site_id = p_device.site_id and m.device_id = p_device.id
                   order by m.first_seen_at, m.mac limit 1),
                  'device ' || p_device.id)
$$;

-- Holds both devices, what they have open, and all that is written about devices of the site. Behind that lock these
-- rows are free but for a moment; so that nobody who takes them without it is waited for while it is held, this tries,
-- lets go of everything, and tries again.
create function lock_for_merge(p_site_id integer, p_devices bigint[]) returns void
language plpgsql as $$
declare
  v_until timestamptz := clock_timestamp() + interval '30 seconds';
begin
  loop
    begin
      perform lock_devices(p_site_id);
      perform from devices where site_id = p_site_id and id = any (p_devices) order by id for update nowait;
      perform from connections
      where site_id = p_site_id and device_id = any (p_devices) and ended_at is null for update nowait;
      return;
    exception when lock_not_available then
      if clock_timestamp() > v_until then
        raise;
      end if;
    end;
    perform pg_sleep(0.01);
  end loop;
end $$;

-- Is it here: did it answer the last scan of its network?
create function device_is_here(p_site_id integer, p_device bigint) returns boolean
language sql stable as $$
  select exists (select from connections
                 where site_id = p_site_id and device_id = p_device and ended_at is null and misses = 0)
$$;

-- Makes p_from a part of p_into; both are locked. What people said about p_into stands, what it lacks comes from p_from:
-- texts, the watch and its limit, and, if nobody has decided about it, the decision. Blocked is never lost.
create function merge_locked(p_site_id integer, p_into bigint, p_from bigint, p_actor text) returns bigint
language plpgsql as $$
declare
  v_now      timestamptz := clock_now();
  v_into     devices;
  v_from     devices;
  v_after    devices;
  v_gone     devices;
  v_macs     macaddr[];
  v_resolved bigint[];
  v_moved    bigint[];
  v_unsent   bigint[];
  v_silences jsonb;
  v_change   bigint;
begin
  select * into v_into from devices where site_id = p_site_id and id = p_into;
  select * into v_from from devices where site_id = p_site_id and id = p_from;
  if v_into.id is null or v_from.id is null then
    raise exception 'there is no device %', case when v_into.id is null then p_into else p_from end
      using errcode = 'NE404';
  end if;
  if p_into = p_from then
    raise exception 'A device cannot be merged with itself.' using errcode = 'NE422';
  end if;
  if v_into.state = 'archived' or v_from.state = 'archived' then
    raise exception 'device % is put away or part of another', case when v_into.state = 'archived' then p_into else p_from end
      using errcode = 'NE409';
  end if;

  -- The watch as it stands: the MACs decide from now on whether p_into is silent.
  select jsonb_agg(w) into v_silences from watched_silences as w where site_id = p_site_id and device_id in (p_into, p_from);

  with moved as (
    update device_macs set device_id = p_into where site_id = p_site_id and device_id = p_from returning mac
  ) select coalesce(array_agg(mac order by mac), '{}') into v_macs from moved;
  update connections set device_id = p_into where site_id = p_site_id and device_id = p_from;

  update devices as d
  set state         = case when v_from.state = 'blocked' or d.state = 'new' then v_from.state else d.state end,
      decided_at    = case when v_from.state = 'blocked' and d.state <> 'blocked' or d.state = 'new'
                        then v_from.decided_at else d.decided_at end,
      name          = coalesce(d.name, v_from.name),
      owner         = coalesce(d.owner, v_from.owner),
      notes         = case when d.notes = '' then v_from.notes else d.notes end,
      kind          = coalesce(d.kind, v_from.kind),
      threat        = case when d.threat = 'none' then v_from.threat else d.threat end,
      importance    = case when v_from.importance = 'watched' then 'watched' else d.importance end,
      down_after    = coalesce(d.down_after, v_from.down_after),
      first_seen_at = least(d.first_seen_at, v_from.first_seen_at),
      revision      = revision + 1
  where d.site_id = p_site_id and d.id = p_into
  returning * into v_after;
  update devices
  set state = 'archived', merged_into = p_into, decided_at = v_now, on_return = null, revision = revision + 1
  where site_id = p_site_id and id = p_from
  returning * into v_gone;

  -- "Who is that?" is answered; and what is here has not gone.
  with resolved as (
    update alerts
    set resolved_at = v_now, detail = detail || jsonb_build_object('resolved_because', 'recognised as ' || device_title(v_after))
    where site_id = p_site_id and device_id in (p_into, p_from) and resolved_at is null
      and (kind = 'new_device' and (device_id = p_from or v_after.state <> 'new')
           or kind = 'device_down' and device_is_here(p_site_id, p_into)
           or kind = 'name_changed' and device_id = p_from and detail ? 'claims')
    returning id
  ) select coalesce(array_agg(id order by id), '{}') into v_resolved from resolved;
  with unsent as (
    update deliveries
    set state = 'suppressed', reason = left('recognised as ' || device_title(v_after), 300), finished_at = clock_timestamp()
    where site_id = p_site_id and alert_id = any (v_resolved) and state = 'queued' and attempts = 0
      and message_key is null and hold_until is not null
    returning id
  ) select coalesce(array_agg(id order by id), '{}') into v_unsent from unsent;
  with moved as (
    update alerts as a
    set device_id = p_into,
        -- Under the key by which the device's return will end it.
        dedup_key = case when kind = 'device_down' and resolved_at is null and not exists (
                            select from alerts as o
                            where o.site_id = p_site_id and o.dedup_key = 'device_down:' || p_into and o.resolved_at is null)
                      then 'device_down:' || p_into else a.dedup_key end
    where site_id = p_site_id and device_id = p_from returning id
  ) select coalesce(array_agg(id order by id), '{}') into v_moved from moved;
  if v_silences is not null then
    if not device_is_here(p_site_id, p_into) then
      update watched_silences as w set device_id = p_into
      where site_id = p_site_id and device_id = p_from
        and not exists (select from watched_silences where site_id = p_site_id and device_id = p_into);
      delete from watched_silences where site_id = p_site_id and device_id = p_from;
    else
      delete from watched_silences where site_id = p_site_id and device_id in (p_into, p_from);
    end if;
  end if;

  insert into device_changes (site_id, device_id, other_id, actor, what, before, after, resolved, detail)
  values (p_site_id, p_into, p_from, p_actor, 'merge', device_facts(v_into), device_facts(v_after), v_resolved,
          jsonb_build_object(
            'macs', to_jsonb(v_macs), 'alerts', to_jsonb(v_moved), 'unsent', to_jsonb(v_unsent),
            'silences', v_silences, 'from_before', device_facts(v_from), 'from_after', device_facts(v_gone),
            'into_before', merge_facts(v_into), 'into_after', merge_facts(v_after)))
  returning id into v_change;
  return v_change;
end $$;

-- What a merge fills besides device_facts.
create function merge_facts(p_device devices) returns jsonb
language sql stable set timezone = 'UTC' as $$
  select jsonb_build_object('kind', p_device.kind, 'threat', p_device.threat, 'first_seen_at', p_device.first_seen_at)
$$;

-- Merges p_from into p_into. The revisions: those the person was looking at, null to skip the check. NE404: no such
-- device. NE409: one was changed since, is put away, or is part of another. NE422: one and the same.
create function merge_devices(
  p_site text, p_into bigint, p_from bigint, p_into_revision integer, p_from_revision integer, p_actor text
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := (select id from sites where name = p_site);
begin
  perform lock_for_merge(v_site, array[p_into, p_from]);
  if exists (select from devices
             where site_id = v_site
               and (id = p_into and revision <> p_into_revision or id = p_from and revision <> p_from_revision)) then
    raise exception 'device % or % was changed meanwhile', p_into, p_from using errcode = 'NE409';
  end if;
  return merge_locked(v_site, p_into, p_from, p_actor);
end $$;

-- accept, ignore or block, as in 000011: here also for a device that was put away, which is then back in the list; and it
-- answers "it says it is somebody else" as well.
create or replace function decide_device(p_site text, p_device bigint, p_decision text, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_before   devices := device_for_change(p_site, p_device);
  v_after    devices;
  v_resolved bigint[];
  v_change   bigint;
  v_state    text := case p_decision when 'accept' then 'known' when 'ignore' then 'ignored' when 'block' then 'blocked' end;
begin
  if v_state is null then
    raise exception 'unknown decision %', p_decision using errcode = '22023';
  end if;
  if v_before.state = v_state then
    return null;
  end if;
  update devices set state = v_state, decided_at = clock_now(), on_return = null, revision = revision + 1
  where site_id = v_before.site_id and id = v_before.id
  returning * into v_after;

  with resolved as (
    update alerts set resolved_at = clock_now()
    where site_id = v_before.site_id and device_id = v_before.id and resolved_at is null
      and (kind = 'new_device' or kind = 'blocked_device_seen' and v_state <> 'blocked'
           or kind = 'name_changed' and detail ? 'claims')
    returning id
  ) select coalesce(array_agg(id), '{}') into v_resolved from resolved;

  insert into device_changes (site_id, device_id, actor, what, before, after, resolved)
  values (v_before.site_id, v_before.id, p_actor, p_decision, device_facts(v_before), device_facts(v_after), v_resolved)
  returning id into v_change;
  return v_change;
end $$;

-- Puts a device away. p_on_return: 'stay' = for good, it raises nothing; 'new' = asked about anew when it comes back.
-- A blocked device stays blocked, whatever was chosen: when it comes back it is blocked, here, and an alert.
-- Returns the change, or null when it is away like that already.
create function archive_device(p_site text, p_device bigint, p_on_return text, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_before   devices := device_for_change(p_site, p_device);
  v_after    devices;
  v_resolved bigint[];
  v_change   bigint;
begin
  if p_on_return is null or p_on_return not in ('stay', 'new') then
    raise exception 'unknown choice %', p_on_return using errcode = '22023';
  end if;
  if v_before.state = 'archived' and v_before.on_return is not distinct from p_on_return then
    return null;
  end if;
  update devices
  set state = 'archived', on_return = case when v_before.state = 'blocked' then 'blocked' else p_on_return end,
      decided_at = clock_now(), revision = revision + 1
  where site_id = v_before.site_id and id = v_before.id
  returning * into v_after;

  with resolved as (
    update alerts set resolved_at = clock_now()
    where site_id = v_before.site_id and device_id = v_before.id and resolved_at is null
      and kind in ('new_device', 'blocked_device_seen', 'device_down', 'device_back', 'ip_changed', 'mac_returned',
                   'name_changed', 'port_opened')
    returning id
  ) select coalesce(array_agg(id), '{}') into v_resolved from resolved;

  insert into device_changes (site_id, device_id, actor, what, before, after, resolved)
  values (v_before.site_id, v_before.id, p_actor, 'archive', device_facts(v_before), device_facts(v_after), v_resolved)
  returning id into v_change;
  return v_change;
end $$;

-- Watched: tell me when it goes away. p_down_after: how long it may be silent, 30 s to 30 days; null = as learned.
-- Returns the change, or null when it is so already. NE422: a limit outside.
create function watch_device(
  p_site text, p_device bigint, p_watched boolean, p_down_after interval, p_actor text
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_before   devices := device_for_change(p_site, p_device);
  v_after    devices;
  v_resolved bigint[] := '{}';
  v_change   bigint;
  v_wanted   text := case when p_watched then 'watched' else 'normal' end;
begin
  if p_down_after not between interval '30 seconds' and interval '30 days' then
    raise exception 'The limit may be 30 seconds to 30 days.' using errcode = 'NE422';
  end if;
  if v_before.state = 'archived' then
    raise exception 'device % is put away', p_device using errcode = 'NE409';
  end if;
  if (v_before.importance, v_before.down_after) is not distinct from (v_wanted, p_down_after) then
    return null;
  end if;
  update devices set importance = v_wanted, down_after = p_down_after, revision = revision + 1
  where site_id = v_before.site_id and id = v_before.id
  returning * into v_after;

  if not p_watched then
    with resolved as (
      update alerts set resolved_at = clock_now()
      where site_id = v_before.site_id and device_id = v_before.id and resolved_at is null and kind = 'device_down'
      returning id
    ) select coalesce(array_agg(id), '{}') into v_resolved from resolved;
  end if;

  insert into device_changes (site_id, device_id, actor, what, before, after, resolved)
  values (v_before.site_id, v_before.id, p_actor, 'watch', device_facts(v_before), device_facts(v_after), v_resolved)
  returning id into v_change;
  return v_change;
end $$;

-- Opens again what a change resolved, where it is still due.
create function reopen_alerts(p_site_id integer, p_alerts bigint[]) returns void
language sql as $$
  update alerts as a set resolved_at = null, detail = a.detail - 'resolved_because'
  where a.site_id = p_site_id and a.id = any (p_alerts) and a.resolved_at is not null
    -- The same cause may have raised a newer alert since; one cause is one open alert.
    and not exists (select from alerts as o
                    where o.site_id = a.site_id and o.dedup_key = a.dedup_key and o.resolved_at is null)
    -- A blocked device that has left since has nothing to be told about any more.
    and (a.kind <> 'blocked_device_seen' or exists (
          select from connections as c
          where c.site_id = a.site_id and c.device_id = a.device_id and c.ended_at is null))
    -- Nor one that has come back, or is watched no more.
    and (a.kind <> 'device_down' or not device_is_here(a.site_id, a.device_id) and exists (
          select from devices as d where d.site_id = a.site_id and d.id = a.device_id and d.importance = 'watched'))
$$;

-- Puts one device's facts back.
create function restore_facts(p_device devices, p_facts jsonb) returns void
language sql as $$
  update devices as d
  set state = r.state, name = r.name, owner = r.owner, notes = r.notes, decided_at = r.decided_at,
      importance = r.importance, down_after = r.down_after, on_return = r.on_return, merged_into = r.merged_into,
      revision = d.revision + 1
  from jsonb_populate_record(p_device, p_facts) as r
  where d.site_id = p_device.site_id and d.id = p_device.id
$$;

-- Takes a merge apart. Its MACs go back with all they did since.
create function undo_merge(p_change device_changes) returns void
language plpgsql as $$
declare
  v_into devices;
  v_from devices;
  v_macs macaddr[] := array(select jsonb_array_elements_text(p_change.detail -> 'macs'))::macaddr[];
begin
  select * into v_into from devices where site_id = p_change.site_id and id = p_change.device_id;
  select * into v_from from devices where site_id = p_change.site_id and id = p_change.other_id;
  if not device_facts(v_from) @> (p_change.detail -> 'from_after') then
    raise exception 'something newer changed device %', v_from.id using errcode = 'NE409';
  end if;

  update device_macs set device_id = v_from.id
  where site_id = v_into.site_id and device_id = v_into.id and mac = any (v_macs);
  update connections set device_id = v_from.id
  where site_id = v_into.site_id and device_id = v_into.id and mac = any (v_macs);
  update alerts
  set device_id = v_from.id,
      dedup_key = case when dedup_key = 'device_down:' || v_into.id then 'device_down:' || v_from.id else dedup_key end
  where site_id = v_into.site_id and device_id = v_into.id
    and (id in (select a::bigint from jsonb_array_elements_text(p_change.detail -> 'alerts') as a)
         or mac = any (v_macs) and opened_at >= p_change.at);

  perform restore_facts(v_from, p_change.detail -> 'from_before');
  update devices as d
  set kind          = case when d.kind is not distinct from a.kind then b.kind else d.kind end,
      threat        = case when d.threat = a.threat then b.threat else d.threat end,
      first_seen_at = b.first_seen_at
  from jsonb_populate_record(v_into, p_change.detail -> 'into_before') as b,
       jsonb_populate_record(v_into, p_change.detail -> 'into_after') as a
  where d.site_id = v_into.site_id and d.id = v_into.id;

  -- They are two: that both were here at once is explained.
  update alerts set resolved_at = clock_now()
  where site_id = p_change.site_id and device_id in (v_into.id, v_from.id) and resolved_at is null
    and kind = 'name_changed' and dedup_key like 'name_changed:both:%';

  -- The question is open again, and what was accepted with it is not; but what a rule did and a person took back, no
  -- rule does again.
  update merge_suggestions set state = 'open', decided_at = null, actor = null, change_id = null
  where site_id = p_change.site_id and change_id = p_change.id;
  delete from identity_rules where site_id = p_change.site_id and change_id = p_change.id;
  if p_change.actor = 'rule' then
    insert into merge_suggestions as m (site_id, device_a, device_b, reasons, score, state, made_at, decided_at, actor)
    values (p_change.site_id, v_into.id, v_from.id, '[]', 0, 'dismissed', clock_now(), clock_now(), 'undo')
    on conflict (site_id, least(device_a, device_b), greatest(device_a, device_b))
      do update set state = 'dismissed', decided_at = excluded.decided_at, actor = excluded.actor;
  end if;
end $$;

-- What a merge kept from being sent, once its alert is open again.
create function requeue_unsent(p_change device_changes) returns void
language plpgsql as $$
begin
  update deliveries as q
  set state = 'queued', reason = null, finished_at = null, hold_until = null, next_attempt_at = clock_timestamp()
  from alerts as a
  where q.site_id = p_change.site_id and q.state = 'suppressed'
    and q.id in (select u::bigint from jsonb_array_elements_text(p_change.detail -> 'unsent') as u)
    and a.site_id = q.site_id and a.id = q.alert_id and a.resolved_at is null;
  if found then
    perform pg_notify('netureon_alerts', '');
  end if;
end $$;

-- After a merge was taken apart: who was silent before and still is, is again; who fell silent since is from now on.
create function resume_silences(p_change device_changes) returns void
language plpgsql as $$
declare
  v_devices bigint[] := array[p_change.device_id, p_change.other_id];
begin
  delete from watched_silences where site_id = p_change.site_id and device_id = any (v_devices);
  insert into watched_silences
  select w.* from jsonb_populate_recordset(null::watched_silences, nullif(p_change.detail -> 'silences', 'null')) as w
  join devices as d on d.site_id = w.site_id and d.id = w.device_id and d.importance = 'watched'
  where not device_is_here(w.site_id, w.device_id);
  perform begin_watched_silences(n.site_id, n, v_devices, clock_now())
  from networks as n
  where n.site_id = p_change.site_id
    and n.id in (select c.network_id from connections as c
                 where c.site_id = n.site_id and c.device_id = any (v_devices) and c.ended_at is null and c.misses > 0);
end $$;

-- Puts what a change changed, and the alerts that it resolved, back exactly as they were. Only the latest change of a
-- device can be undone (then the one before it). NE404: no such change. NE409: already undone, or something newer
-- changed the device.
create or replace function undo_change(p_site text, p_change bigint, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_change device_changes;
  v_device devices;
begin
  select c.* into v_change
  from device_changes as c join sites as s on s.id = c.site_id
  where s.name = p_site and c.id = p_change;
  if v_change.id is null then
    raise exception 'there is no change %', p_change using errcode = 'NE404';
  end if;
  if v_change.what = 'merge' then
    perform lock_for_merge(v_change.site_id, array[v_change.device_id, v_change.other_id]);
  end if;
  v_device := device_for_change(p_site, v_change.device_id);
  -- Read again behind the lock: another person may have undone it while this one waited.
  select * into v_change from device_changes where site_id = v_change.site_id and id = v_change.id;
  if v_change.undone_at is not null then
    raise exception 'change % is already undone', p_change using errcode = 'NE409';
  end if;

  if v_change.what = 'apart' then
    update merge_suggestions set state = 'open', decided_at = null, actor = null
    where site_id = v_change.site_id and id = (v_change.detail ->> 'suggestion')::bigint;
  elsif v_change.what = 'forget' then
    insert into identity_rules (site_id, device_id, source, name, made_at, actor, change_id, applied, applied_at)
    select r.site_id, r.device_id, r.source, r.name, r.made_at, r.actor, r.change_id, r.applied, r.applied_at
    from jsonb_populate_record(null::identity_rules, v_change.detail -> 'rule') as r
    on conflict (site_id, source, name) do nothing;
  else
    -- What was told of a pair or a rule changed no device.
    if not device_facts(v_device) @> v_change.after
       or exists (select from device_changes
                  where site_id = v_change.site_id and id > v_change.id and undone_at is null
                    and what not in ('apart', 'forget')
                    and device_id in (v_change.device_id, v_change.other_id))
       or exists (select from device_changes
                  where site_id = v_change.site_id and id > v_change.id and undone_at is null
                    and what not in ('apart', 'forget')
                    and other_id in (v_change.device_id, v_change.other_id)) then
      raise exception 'something newer changed device %', v_change.device_id using errcode = 'NE409';
    end if;
    if v_change.what = 'merge' then
      perform undo_merge(v_change);
    end if;
    perform restore_facts(v_device, v_change.before);
    if v_change.what = 'merge' then
      perform resume_silences(v_change);
    end if;
    perform reopen_alerts(v_change.site_id, v_change.resolved);
    if v_change.what = 'merge' then
      perform requeue_unsent(v_change);
    end if;
    update alerts as a set resolved_at = clock_now()
    from devices as d
    where v_change.what = 'watch' and a.site_id = v_change.site_id and a.device_id = v_change.device_id
      and a.kind = 'device_down' and a.resolved_at is null
      and d.site_id = a.site_id and d.id = a.device_id and d.importance <> 'watched';
  end if;

  update device_changes set undone_at = clock_timestamp(), undone_by = p_actor
  where site_id = v_change.site_id and id = v_change.id;
end $$;

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
