-- Lists that people keep by a name, and one decision about many devices, taken back as one.
-- Locks: new tables; brief ACCESS EXCLUSIVE on device_changes for a column, and SHARE for its index (that table holds
-- what people did, which is little).

-- A list as its address says it: what is searched for, chosen, how it is sorted, which columns.
create table saved_views (
  site_id    integer not null,
  id         integer generated always as identity,
  -- Whose it is; null: everybody's.
  user_id    bigint,
  name       text not null check (length(name) between 1 and 60),
  -- The part of the address behind the question mark.
  query      text not null check (length(query) <= 4000),
  made_by    text not null check (length(made_by) between 1 and 200),
  made_at    timestamptz not null default clock_timestamp(),
  primary key (site_id, id),
  foreign key (site_id) references sites (id) on delete cascade,
  foreign key (site_id, user_id) references users (site_id, id) on delete cascade
);
-- One of a name for each person, and one for everybody.
create unique index saved_views_by_name on saved_views (site_id, coalesce(user_id, 0), lower(name));
-- Whose they are only the site knows; no visitor's role reads those of others.
grant select on saved_views to netureon_web;
select audit_table('saved_views', p_never => 'made_at');

-- Saves under a name, in place of what had it; returns its id. NE422: more than fit a page.
create function put_view(p_site text, p_user bigint, p_name text, p_query text, p_actor text) returns integer
language plpgsql as $$
declare
  v_site integer := (select id from sites where name = p_site);
  v_view integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('netureon views ' || v_site, 0));
  if (select count(*) from saved_views where site_id = v_site and user_id is not distinct from p_user
                                         and lower(name) <> lower(p_name)) >= 50 then
    raise exception 'There are 50 saved lists already. Remove one first.' using errcode = 'NE422';
  end if;
  insert into saved_views (site_id, user_id, name, query, made_by) values (v_site, p_user, p_name, p_query, p_actor)
  on conflict (site_id, coalesce(user_id, 0), lower(name))
    do update set name = excluded.name, query = excluded.query, made_by = excluded.made_by, made_at = clock_timestamp()
  returning id into v_view;
  return v_view;
end $$;

-- One's own, and everybody's: who may do the latter is a matter of who may call it.
create function save_view(p_site text, p_user bigint, p_name text, p_query text, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_user is null then
    raise exception 'a view of nobody' using errcode = '22023';
  end if;
  return put_view(p_site, p_user, p_name, p_query, p_actor);
end $$;

create function share_view(p_site text, p_name text, p_query text, p_actor text) returns integer
language sql security definer set search_path = public, pg_temp as $$
  select put_view(p_site, null, p_name, p_query, p_actor)
$$;

create function remove_view(p_site text, p_user bigint, p_view integer) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from saved_views
    where site_id = (select id from sites where name = p_site) and id = p_view and user_id = p_user returning id
  ) select exists (select from gone)
$$;

create function unshare_view(p_site text, p_view integer) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from saved_views
    where site_id = (select id from sites where name = p_site) and id = p_view and user_id is null returning id
  ) select exists (select from gone)
$$;

-- One decision about many.
create table bulk_changes (
  site_id   integer not null,
  id        bigint generated always as identity,
  at        timestamptz not null default clock_timestamp(),
  actor     text not null check (length(actor) between 1 and 200),
  what      text not null check (what in ('accept', 'ignore', 'block', 'archive', 'owner', 'kind', 'watch', 'unwatch', 'note')),
  -- The owner, the kind, the note.
  value     text check (length(value) <= 2000),
  changed   integer not null,
  -- Were so already.
  unchanged integer not null,
  -- Why others were not changed: {"missing": [ids], "merged": [ids], "archived": [ids], "long": [ids]}.
  skipped   jsonb not null,
  undone_at timestamptz,
  undone_by text,
  -- Those that somebody has changed since, and that stayed as they were when the rest was undone.
  kept      bigint[] not null default '{}',
  primary key (site_id, id),
  foreign key (site_id) references sites (id) on delete cascade,
  check ((undone_at is null) = (undone_by is null))
);
grant select on bulk_changes to netureon_viewer;

alter table device_changes add column bulk_id bigint;
create index device_changes_by_bulk on device_changes (site_id, bulk_id) where bulk_id is not null;

-- As in 000022, and what it is: a person may say that of many at once. Changes of before do not tell.
create or replace function device_facts(p_device devices) returns jsonb
language sql stable set timezone = 'UTC' set intervalstyle = 'postgres' as $$
  select jsonb_build_object(
    'state', p_device.state, 'name', p_device.name, 'owner', p_device.owner, 'notes', p_device.notes,
    'kind', p_device.kind, 'decided_at', p_device.decided_at, 'importance', p_device.importance,
    'down_after', p_device.down_after, 'on_return', p_device.on_return, 'merged_into', p_device.merged_into)
$$;
create or replace function restore_facts(p_device devices, p_facts jsonb) returns void
language sql as $$
  update devices as d
  set state = r.state, name = r.name, owner = r.owner, notes = r.notes, kind = r.kind, decided_at = r.decided_at,
      importance = r.importance, down_after = r.down_after, on_return = r.on_return, merged_into = r.merged_into,
      revision = d.revision + 1
  from jsonb_populate_record(p_device, p_facts) as r
  where d.site_id = p_device.site_id and d.id = p_device.id
$$;

-- What a device becomes by one such decision. Its own decide_device, archive_device, watch_device do the same for one.
create function after_bulk(p_device devices, p_what text, p_value text, p_now timestamptz) returns devices
language plpgsql stable as $$
declare
  v_after devices := p_device;
begin
  case p_what
    when 'owner' then v_after.owner := nullif(p_value, '');
    when 'kind' then v_after.kind := nullif(p_value, '');
    when 'watch' then v_after.importance := 'watched';
    when 'unwatch' then v_after.importance := 'normal'; v_after.down_after := null;
    when 'note' then v_after.notes := concat_ws(E'\n', nullif(p_device.notes, ''), p_value);
    when 'archive' then
      v_after.state := 'archived';
      v_after.on_return := case when p_device.state = 'blocked' then 'blocked' else 'stay' end;
      if p_device.state = 'archived' then
        v_after.on_return := p_device.on_return;
      end if;
    else
      v_after.state := case p_what when 'accept' then 'known' when 'ignore' then 'ignored' else 'blocked' end;
      v_after.on_return := null;
  end case;
  if v_after.state <> p_device.state then
    v_after.decided_at := p_now;
  end if;
  return v_after;
end $$;

-- accept, ignore, block, archive, owner, kind, watch, unwatch or note, for all of these devices or, where it makes no
-- sense, not: in one transaction, and as one that undo_bulk takes back. Returns its number, also when nothing changed.
-- NE422: a value that does not fit.
create function bulk_change(p_site text, p_devices bigint[], p_what text, p_value text, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site   integer := (select id from sites where name = p_site);
  v_now    timestamptz := clock_now();
  v_kinds  text[] := case p_what
    when 'accept' then array['new_device', 'blocked_device_seen'] when 'ignore' then array['new_device', 'blocked_device_seen']
    when 'block' then array['new_device'] when 'unwatch' then array['device_down']
    when 'archive' then array['new_device', 'blocked_device_seen', 'device_down', 'device_back', 'ip_changed', 'mac_returned',
                              'name_changed', 'port_opened'] else '{}' end;
  v_claims boolean := p_what in ('accept', 'ignore', 'block');
  v_why    jsonb;
  v_ids    bigint[];
  v_asked  integer;
  v_left   integer;
  v_bulk   bigint;
begin
  if p_what in ('owner', 'kind') and length(p_value) > (case p_what when 'owner' then 200 else 60 end)
     or p_what = 'note' and length(coalesce(p_value, '')) not between 1 and 2000 then
    raise exception 'This text is too long, or empty.' using errcode = 'NE422';
  end if;
  perform lock_devices(v_site);
  perform from devices where site_id = v_site and id = any (p_devices) order by id for update;

  with asked as materialized (select distinct id from unnest(p_devices) as u (id)),
  judged as materialized (
    select a.id,
           case when d.id is null then 'missing'
                when d.merged_into is not null then 'merged'
                when d.state = 'archived' and p_what in ('watch', 'unwatch') then 'archived'
                when p_what = 'note' and length(d.notes) + length(p_value) >= 20000 then 'long'
                when after_bulk(d, p_what, p_value, v_now) is not distinct from d then 'same' end as why
    from asked as a left join devices as d on d.site_id = v_site and d.id = a.id
  )
  select count(*), count(*) filter (where why = 'same'), array_agg(id order by id) filter (where why is null),
         (select coalesce(jsonb_object_agg(why, ids), '{}')
          from (select why, jsonb_agg(id order by id) as ids from judged where why <> 'same' group by why) as w)
  into v_asked, v_left, v_ids, v_why
  from judged;

  insert into bulk_changes (site_id, actor, what, value, changed, unchanged, skipped)
  values (v_site, p_actor, p_what, case when p_what in ('owner', 'kind', 'note') then p_value end,
          coalesce(cardinality(v_ids), 0), v_left, v_why)
  returning id into v_bulk;
  if v_ids is null then
    return v_bulk;
  end if;

  -- As everybody takes them: by number.
  perform from alerts
  where site_id = v_site and device_id = any (v_ids) and resolved_at is null and kind = any (v_kinds || 'name_changed'::text)
  order by id for update;
  with before as materialized (
    select d as was, after_bulk(d, p_what, p_value, v_now) as a from devices as d where d.site_id = v_site and d.id = any (v_ids)
  ), changed as (
    update devices as d
    set state = (b.a).state, owner = (b.a).owner, kind = (b.a).kind, notes = (b.a).notes,
        importance = (b.a).importance, down_after = (b.a).down_after, on_return = (b.a).on_return,
        decided_at = (b.a).decided_at, revision = d.revision + 1
    from before as b
    where d.site_id = v_site and d.id = (b.was).id
    returning d.id, device_facts(b.was) as was, device_facts(d) as becomes
  ), resolved as (
    update alerts as l set resolved_at = v_now
    where l.site_id = v_site and l.device_id = any (v_ids) and l.resolved_at is null
      and (l.kind = any (v_kinds) or v_claims and l.kind = 'name_changed' and l.detail ? 'claims')
    returning l.id, l.device_id
  ), of_device as materialized (
    select device_id, array_agg(id order by id) as ids from resolved group by device_id
  )
  insert into device_changes (site_id, device_id, actor, what, before, after, resolved, bulk_id)
  select v_site, c.id, p_actor,
         case when p_what in ('owner', 'kind', 'note') then 'rename' when p_what = 'unwatch' then 'watch' else p_what end,
         c.was, c.becomes, coalesce(r.ids, '{}'), v_bulk
  from changed as c left join of_device as r on r.device_id = c.id;
  return v_bulk;
end $$;

-- Puts back what one decision about many did, all but the devices that somebody has changed since: bulk_changes.kept.
-- NE404: no such decision. NE409: already undone.
create function undo_bulk(p_site text, p_bulk bigint, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site   integer := (select id from sites where name = p_site);
  v_bulk   bulk_changes;
  v_ids    bigint[];
  v_back   bigint[];
  v_alerts bigint[];
begin
  perform lock_devices(v_site);
  select * into v_bulk from bulk_changes where site_id = v_site and id = p_bulk for update;
  if v_bulk.id is null then
    raise exception 'there is no change %', p_bulk using errcode = 'NE404';
  end if;
  if v_bulk.undone_at is not null then
    raise exception 'change % is already undone', p_bulk using errcode = 'NE409';
  end if;
  select array_agg(device_id order by device_id) into v_ids
  from device_changes where site_id = v_site and bulk_id = p_bulk and undone_at is null;
  perform from devices where site_id = v_site and id = any (v_ids) order by id for update;

  select array_agg(c.id), (select array_agg(a order by a) from device_changes as x, unnest(x.resolved) as a
                           where x.site_id = v_site and x.id = any (array_agg(c.id)))
  into v_back, v_alerts
  from device_changes as c
  join devices as d on d.site_id = c.site_id and d.id = c.device_id
  where c.site_id = v_site and c.bulk_id = p_bulk and c.undone_at is null and device_facts(d) @> c.after
    and not exists (select from device_changes as n
                    where n.site_id = v_site and n.device_id = c.device_id and n.id > c.id and n.undone_at is null
                      and n.what not in ('apart', 'forget'))
    and not exists (select from device_changes as n
                    where n.site_id = v_site and n.other_id = c.device_id and n.id > c.id and n.undone_at is null
                      and n.what not in ('apart', 'forget'));

  update devices as d
  set state = r.state, owner = r.owner, kind = r.kind, notes = r.notes, importance = r.importance,
      down_after = r.down_after, on_return = r.on_return, decided_at = r.decided_at, revision = d.revision + 1
  from device_changes as c
  join devices as o on o.site_id = c.site_id and o.id = c.device_id
  cross join lateral jsonb_populate_record(o, c.before) as r
  where c.site_id = v_site and c.id = any (v_back) and d.site_id = c.site_id and d.id = c.device_id;
  perform from alerts where site_id = v_site and id = any (v_alerts) order by id for update;
  perform reopen_alerts(v_site, v_alerts);
  if v_bulk.what = 'watch' then
    update alerts as a set resolved_at = clock_now()
    from device_changes as c, devices as d
    where c.site_id = v_site and c.id = any (v_back) and a.site_id = v_site and a.device_id = c.device_id
      and a.kind = 'device_down' and a.resolved_at is null
      and d.site_id = v_site and d.id = c.device_id and d.importance <> 'watched';
  end if;
  update device_changes set undone_at = clock_timestamp(), undone_by = p_actor
  where site_id = v_site and id = any (v_back);
  update bulk_changes
  set undone_at = clock_timestamp(), undone_by = p_actor,
      kept = coalesce((select array_agg(c.device_id order by c.device_id) from device_changes as c
                       where c.site_id = v_site and c.bulk_id = p_bulk and c.undone_at is null), '{}')
  where site_id = v_site and id = p_bulk;
end $$;

-- Decides about a new device and names it, or neither. Returns its changes in the order in which they were made.
-- NE404: no such device. NE409: somebody has decided already.
create function review_device(p_site text, p_device bigint, p_decision text, p_name text, p_actor text) returns bigint[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_device devices := device_for_change(p_site, p_device);
  v_named  bigint;
begin
  if v_device.state <> 'new' then
    raise exception 'device % is not new any more', p_device using errcode = 'NE409';
  end if;
  if p_name <> '' then
    v_named := rename_device(p_site, p_device, p_name, v_device.owner, v_device.notes, null, p_actor);
  end if;
  return array_remove(array[v_named, decide_device(p_site, p_device, p_decision, p_actor)], null);
end $$;

-- Takes back several changes of one device, the last one first: all or none. As undo_change.
create function undo_changes(p_site text, p_changes bigint[], p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  for i in reverse cardinality(p_changes) .. 1 loop
    perform undo_change(p_site, p_changes[i], p_actor);
  end loop;
end $$;

revoke execute on function put_view, save_view, share_view, remove_view, unshare_view, after_bulk, bulk_change, undo_bulk,
  review_device, undo_changes from public;
grant execute on function save_view, remove_view to netureon_web;
grant execute on function share_view, unshare_view to netureon_admin;
grant execute on function bulk_change, undo_bulk, review_device, undo_changes to netureon_operator;
