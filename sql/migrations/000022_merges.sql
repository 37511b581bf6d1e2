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
