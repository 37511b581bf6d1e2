-- What people decide about devices: who changed what, from what to what, and the way back. The buttons of the site
-- call these functions; netureon_web may call them and write nothing by itself.
-- Locks: new objects, and one new index on connections (blocks its writes while it is built: well under a second per
-- hundred thousand rows).

create table device_changes (
  site_id   integer not null,
  id        bigint generated always as identity,
  device_id bigint not null,
  at        timestamptz not null default clock_timestamp(),
  actor     text not null check (length(actor) between 1 and 200),
  what      text not null check (what in ('accept', 'ignore', 'block', 'rename')),
  -- The device's columns that people set, as they were and as they became. See device_facts.
  before    jsonb not null,
  after     jsonb not null,
  -- Alerts that this change resolved; undoing it opens them again.
  resolved  bigint[] not null default '{}',
  undone_at timestamptz,
  undone_by text,
  primary key (site_id, id),
  foreign key (site_id, device_id) references devices (site_id, id) on delete cascade,
  check ((undone_at is null) = (undone_by is null))
);

create index device_changes_by_device on device_changes (site_id, device_id, id desc);

-- "Who left today": history is otherwise found only by device or address.
create index connections_ended on connections (site_id, ended_at) where ended_at is not null;

-- For pages that are open. One per statement; a hint, as every NOTIFY here.
create function notify_device_changes() returns trigger
language plpgsql as $$
begin
  perform pg_notify('netureon_changes', json_build_object('what', 'device', 'site', site_id)::text)
  from (select distinct site_id from changed) as s;
  return null;
end $$;

create trigger _900_notify_made after insert on device_changes
  referencing new table as changed for each statement execute function notify_device_changes();
create trigger _900_notify_undone after update on device_changes
  referencing new table as changed for each statement execute function notify_device_changes();

-- In UTC whatever the session's zone, so that two readings of one instant are equal as text.
create function device_facts(p_device devices) returns jsonb
language sql stable set timezone = 'UTC' as $$
  select jsonb_build_object('state', p_device.state, 'name', p_device.name, 'owner', p_device.owner,
                            'notes', p_device.notes, 'decided_at', p_device.decided_at)
$$;

-- Locks the row, so that two people press one after the other. NE404: there is no such device.
create function device_for_change(p_site text, p_device bigint) returns devices
language plpgsql as $$
declare
  v_device devices;
begin
  select d.* into v_device
  from devices as d join sites as s on s.id = d.site_id
  where s.name = p_site and d.id = p_device
  for update of d;
  if v_device.id is null then
    raise exception 'there is no device %', p_device using errcode = 'NE404';
  end if;
  return v_device;
end $$;

-- accept, ignore or block. Returns the change, or null when the device already was in that state.
-- A decision answers the question "who is that?", so it resolves the alert that asked it. Blocking a device that is
-- here raises nothing: the person knows. The alert comes when the device comes back.
create function decide_device(p_site text, p_device bigint, p_decision text, p_actor text) returns bigint
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
  update devices set state = v_state, decided_at = clock_timestamp(), revision = revision + 1
  where site_id = v_before.site_id and id = v_before.id
  returning * into v_after;

  with resolved as (
    update alerts set resolved_at = clock_timestamp()
    where site_id = v_before.site_id and device_id = v_before.id and resolved_at is null
      and (kind = 'new_device' or kind = 'blocked_device_seen' and v_state <> 'blocked')
    returning id
  ) select coalesce(array_agg(id), '{}') into v_resolved from resolved;

  insert into device_changes (site_id, device_id, actor, what, before, after, resolved)
  values (v_before.site_id, v_before.id, p_actor, p_decision, device_facts(v_before), device_facts(v_after), v_resolved)
  returning id into v_change;
  return v_change;
end $$;

-- What people call a device. Empty text means none. p_revision: the revision the person was looking at, null to
-- skip the check. NE409: somebody changed the device since. Returns the change, or null when nothing differs.
create function rename_device(
  p_site text, p_device bigint, p_name text, p_owner text, p_notes text, p_revision integer, p_actor text
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_before devices := device_for_change(p_site, p_device);
  v_after  devices;
  v_change bigint;
begin
  if p_revision is not null and p_revision <> v_before.revision then
    raise exception 'device % was changed meanwhile', p_device using errcode = 'NE409';
  end if;
  if (v_before.name, v_before.owner, v_before.notes)
     is not distinct from (nullif(p_name, ''), nullif(p_owner, ''), coalesce(p_notes, '')) then
    return null;
  end if;
  update devices
  set name = nullif(p_name, ''), owner = nullif(p_owner, ''), notes = coalesce(p_notes, ''), revision = revision + 1
  where site_id = v_before.site_id and id = v_before.id
  returning * into v_after;

  insert into device_changes (site_id, device_id, actor, what, before, after)
  values (v_before.site_id, v_before.id, p_actor, 'rename', device_facts(v_before), device_facts(v_after))
  returning id into v_change;
  return v_change;
end $$;

-- Puts the device, and the alerts that the change resolved, back exactly as they were. Only the latest change of a
-- device can be undone (then the one before it). NE404: no such change. NE409: already undone, or something newer
-- changed the device.
create function undo_change(p_site text, p_change bigint, p_actor text) returns void
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
  v_device := device_for_change(p_site, v_change.device_id);
  -- Read again behind the lock: another person may have undone it while this one waited.
  select * into v_change from device_changes where site_id = v_change.site_id and id = v_change.id;
  if v_change.undone_at is not null then
    raise exception 'change % is already undone', p_change using errcode = 'NE409';
  end if;
  if device_facts(v_device) <> v_change.after
     or exists (select from device_changes
                where site_id = v_change.site_id and device_id = v_change.device_id
                  and id > v_change.id and undone_at is null) then
    raise exception 'something newer changed device %', v_change.device_id using errcode = 'NE409';
  end if;

  update devices
  set state      = v_change.before ->> 'state',
      name       = v_change.before ->> 'name',
      owner      = v_change.before ->> 'owner',
      notes      = v_change.before ->> 'notes',
      decided_at = (v_change.before ->> 'decided_at')::timestamptz,
      revision   = revision + 1
  where site_id = v_device.site_id and id = v_device.id;

  update alerts as a set resolved_at = null
  where a.site_id = v_change.site_id and a.id = any (v_change.resolved) and a.resolved_at is not null
    -- The same cause may have raised a newer alert since; one cause is one open alert.
    and not exists (select from alerts as o
                    where o.site_id = a.site_id and o.dedup_key = a.dedup_key and o.resolved_at is null)
    -- A blocked device that has left since has nothing to be told about any more.
    and (a.kind <> 'blocked_device_seen' or exists (
          select from connections as c
          where c.site_id = a.site_id and c.device_id = a.device_id and c.ended_at is null));

  update device_changes set undone_at = clock_timestamp(), undone_by = p_actor
  where site_id = v_change.site_id and id = v_change.id;
end $$;

-- "I have seen it", and the way back. NE404: no such alert.
create function acknowledge_alert(p_site text, p_alert bigint, p_acknowledged boolean, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := (select id from sites where name = p_site);
begin
  perform from alerts where site_id = v_site and id = p_alert for update;
  if not found then
    raise exception 'there is no alert %', p_alert using errcode = 'NE404';
  end if;
  update alerts
  set acknowledged_at = case when p_acknowledged then clock_timestamp() end,
      acknowledged_by = case when p_acknowledged then p_actor end
  where site_id = v_site and id = p_alert and (acknowledged_at is not null) <> p_acknowledged;
  if found then
    perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', v_site)::text);
  end if;
end $$;

revoke execute on function notify_device_changes, device_facts, device_for_change, decide_device, rename_device,
  undo_change, acknowledge_alert from public;
grant execute on function decide_device, rename_device, undo_change, acknowledge_alert to netureon_web;
grant select on device_changes to netureon_web;
