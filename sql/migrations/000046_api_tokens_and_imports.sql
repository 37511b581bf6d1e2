-- API tokens: what a program shows instead of signing in. Only a hash is kept. A token acts for a user, never with more
-- than the user's present role, and ends with the user. And imports: what a file says of many devices at once, all of it
-- or nothing, and taken back as a whole.
-- NE404: there is no such thing. NE409: somebody changed it meanwhile. NE422: it makes no sense, in a sentence.
-- Locks: SHARE ROW EXCLUSIVE on users for a moment, to make its trigger; SHARE on deliveries while an index is built; new
-- tables besides.

create table api_tokens (
  site_id      integer not null references sites (id) on delete cascade,
  id           integer generated always as identity,
  user_id      bigint  not null,
  name         text not null check (length(name) between 1 and 100),
  token_hash   bytea not null unique check (length(token_hash) = 32),
  prefix       text not null,
  scopes       text[] not null check (cardinality(scopes) > 0 and scopes <@ array['read', 'write', 'admin', 'metrics']),
  created_at   timestamptz not null default clock_now(),
  created_by   text not null,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  revoked_by   text,
  primary key (site_id, id),
  foreign key (site_id, user_id) references users (site_id, id) on delete cascade
);
create index api_tokens_by_user on api_tokens (site_id, user_id);

select audit_table('api_tokens', p_never => 'last_used_at,created_at,token_hash');
select audit_table('users', p_never => 'key,password_at,totp_step,created_at,last_seen_at', p_secret => 'password,totp_secret');

-- @param p_scopes none that the user's role does not have
create function add_token(
  p_site text, p_user bigint, p_name text, p_hash bytea, p_prefix text, p_scopes text[], p_expires timestamptz, p_actor text
) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_user users;
  v_id   integer;
begin
  select u.* into v_user from users as u join sites as s on s.id = u.site_id where s.name = p_site and u.id = p_user
  for key share of u;
  if not found then
    raise exception 'there is no user %', p_user using errcode = 'NE404';
  end if;
  if 'admin' = any (p_scopes) and v_user.role <> 'admin' or 'write' = any (p_scopes) and v_user.role = 'viewer' then
    raise exception 'A token cannot do more than its user, whose role is %.', v_user.role using errcode = 'NE422';
  end if;
  if p_expires <= clock_now() then
    raise exception 'It would expire in the past.' using errcode = 'NE422';
  end if;
  if (select count(*) from api_tokens as t where t.site_id = v_user.site_id and t.user_id = p_user and t.revoked_at is null) >= 100 then
    raise exception 'A hundred keys are the most one user can have: revoke some first.' using errcode = 'NE422';
  end if;
  insert into api_tokens (site_id, user_id, name, token_hash, prefix, scopes, created_by, expires_at)
  values (v_user.site_id, p_user, p_name, p_hash, p_prefix, p_scopes, p_actor, p_expires)
  returning id into v_id;
  return v_id;
end $$;

-- All of a user's: whoever made them with a password that is none any more.
create function revoke_tokens_of(p_site_id integer, p_user bigint, p_actor text) returns void
language sql as $$
  update api_tokens set revoked_at = clock_now(), revoked_by = p_actor
  where site_id = p_site_id and user_id = p_user and revoked_at is null
$$;
revoke execute on function revoke_tokens_of from public;

-- @param p_user only this user's token; null: anybody's. Returns null when it was revoked before.
create function revoke_token(p_site text, p_id integer, p_user bigint, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site  constant integer := (select id from sites where name = p_site);
  v_token api_tokens;
begin
  select * into v_token from api_tokens as t
  where t.site_id = v_site and t.id = p_id and (p_user is null or t.user_id = p_user) for no key update;
  if not found then
    raise exception 'there is no token %', p_id using errcode = 'NE404';
  end if;
  if v_token.revoked_at is not null then
    return null;
  end if;
  update api_tokens as t set revoked_at = clock_now(), revoked_by = p_actor where t.site_id = v_site and t.id = p_id;
  return p_id;
end $$;

create function token_state(p_token api_tokens, p_disabled timestamptz) returns text
language sql stable as $$
  select case when p_token.revoked_at is not null then 'revoked'
              when p_token.expires_at <= clock_now() then 'expired'
              when p_disabled is not null then 'disabled' else 'active' end
$$;

create function tokens_of(p_site text, p_user bigint)
returns table (id integer, user_id bigint, user_name text, name text, prefix text, scopes text[], created_at timestamptz,
               created_by text, expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz, revoked_by text,
               state text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  select t.id, t.user_id, u.name, t.name, t.prefix, t.scopes, t.created_at, t.created_by, t.expires_at, t.last_used_at,
         t.revoked_at, t.revoked_by, token_state(t, u.disabled_at)
  from sites as s
  join api_tokens as t on t.site_id = s.id
  join users as u on u.site_id = t.site_id and u.id = t.user_id
  where s.name = p_site and (p_user is null or t.user_id = p_user);
end $$;

-- Who shows this token. Its use is noted every five minutes at most: a program that asks each second writes nothing else.
create function holder_of_token(p_site text, p_hash bytea)
returns table (id integer, name text, user_id bigint, user_name text, role text, scopes text[], state text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_token api_tokens;
  v_user  users;
begin
  select t.* into v_token from api_tokens as t join sites as s on s.id = t.site_id where s.name = p_site and t.token_hash = p_hash;
  if not found then
    return;
  end if;
  select u.* into v_user from users as u where u.site_id = v_token.site_id and u.id = v_token.user_id;
  if token_state(v_token, v_user.disabled_at) = 'active'
     and (v_token.last_used_at is null or v_token.last_used_at < clock_now() - interval '5 minutes') then
    -- Who comes second does not wait for who writes it at this moment.
    perform from api_tokens as t where t.site_id = v_token.site_id and t.id = v_token.id for no key update skip locked;
    if found then
      update api_tokens as t set last_used_at = clock_now() where t.site_id = v_token.site_id and t.id = v_token.id;
    end if;
  end if;
  return query select v_token.id, v_token.name, v_user.id, v_user.name, v_user.role, v_token.scopes,
                      token_state(v_token, v_user.disabled_at);
end $$;

create table imports (
  site_id   integer not null references sites (id) on delete cascade,
  id        bigint generated always as identity,
  at        timestamptz not null default clock_now(),
  actor     text not null,
  lines     integer not null,
  -- device_changes in the order in which they were made.
  changes   bigint[] not null,
  -- Devices that it made.
  made      bigint[] not null,
  undone_at timestamptz,
  undone_by text,
  primary key (site_id, id)
);
grant select on imports to netureon_viewer;
select audit_table('imports', p_never => 'at,changes,made');

-- What a device becomes by one step of an import: name, state, watch, or away (what is taken back again). As
-- rename_device, decide_device, archive_device and watch_device do it for one. @param p_line as import_devices has it
create function after_import(p_device devices, p_step text, p_line jsonb, p_now timestamptz) returns devices
language plpgsql stable as $$
declare
  v_after devices := p_device;
begin
  case p_step
    when 'name' then
      v_after.name := nullif(coalesce(p_line ->> 'name', p_device.name), '');
      v_after.owner := nullif(coalesce(p_line ->> 'owner', p_device.owner), '');
      v_after.notes := coalesce(p_line ->> 'notes', p_device.notes);
      v_after.kind := nullif(coalesce(p_line ->> 'kind', p_device.kind), '');
    when 'state' then
      if p_line ->> 'state' <> p_device.state then
        v_after.state := p_line ->> 'state';
        v_after.on_return := case when v_after.state <> 'archived' then null
                                  when p_device.state = 'blocked' then 'blocked' else 'stay' end;
      end if;
    when 'watch' then
      v_after.importance := case (p_line -> 'watched')::boolean when true then 'watched' when false then 'normal'
                                 else p_device.importance end;
    when 'away' then
      v_after.state := 'archived';
      v_after.on_return := case when p_device.state = 'blocked' then 'blocked' else 'new' end;
  end case;
  if (v_after.state, v_after.on_return) is distinct from (p_device.state, p_device.on_return) then
    v_after.decided_at := p_now;
  end if;
  return v_after;
end $$;

-- One step for all devices at once: the same rows as one call for each of them would write. Returns the changes.
-- @param p_ids of the devices, in the order of p_lines
create function import_step(p_site_id integer, p_step text, p_ids bigint[], p_lines jsonb, p_actor text) returns bigint[]
language plpgsql as $$
declare
  v_now     timestamptz := clock_now();
  v_after   devices[];
  v_ids     bigint[];
  v_alerts  bigint[];
  v_of      bigint[];
  v_changes bigint[];
begin
  with line as materialized (
    select l.id, l.said from rows from (unnest(p_ids), jsonb_array_elements(p_lines)) as l (id, said)
  ), become as materialized (
    select d, after_import(d, p_step, l.said, v_now) as a
    from line as l join devices as d on d.site_id = p_site_id and d.id = l.id
  )
  select array_agg(a), array_agg((a).id) into v_after, v_ids from become where a is distinct from d;
  if v_after is null then
    return '{}';
  end if;

  -- As everybody takes them: by number.
  select array_agg(l.id), array_agg(l.device_id) into v_alerts, v_of
  from (
    select a.id, a.device_id
    from alerts as a join unnest(v_after) as d on d.id = a.device_id
    where a.site_id = p_site_id and a.device_id = any (v_ids) and a.resolved_at is null
      and case
        when p_step = 'name' then false
        when p_step = 'watch' then a.kind = 'device_down' and d.importance <> 'watched'
        when d.state = 'archived' then a.kind in ('new_device', 'blocked_device_seen', 'device_down', 'device_back', 'ip_changed',
                                                  'mac_returned', 'name_changed', 'port_opened')
        else a.kind = 'new_device' or a.kind = 'blocked_device_seen' and d.state <> 'blocked'
             or a.kind = 'name_changed' and a.detail ? 'claims' end
    order by a.id for update of a
  ) as l;
  update alerts set resolved_at = v_now where site_id = p_site_id and id = any (v_alerts);

  with changed as (
    update devices as d
    set name = a.name, owner = a.owner, notes = a.notes, kind = a.kind, state = a.state, on_return = a.on_return,
        decided_at = a.decided_at, importance = a.importance, revision = d.revision + 1
    from unnest(v_after) as a join devices as o on o.site_id = p_site_id and o.id = a.id
    where d.site_id = p_site_id and d.id = a.id
    returning d.id, d.state, device_facts(o) as was, device_facts(d) as becomes
  ), of_device as materialized (
    select device_id, array_agg(id) as ids from unnest(v_alerts, v_of) as r (id, device_id) group by device_id
  ), written as (
    insert into device_changes (site_id, device_id, actor, what, before, after, resolved)
    select p_site_id, c.id, p_actor,
           case p_step when 'name' then 'rename' when 'watch' then 'watch' else
             case c.state when 'known' then 'accept' when 'ignored' then 'ignore' when 'blocked' then 'block' else 'archive' end end,
           c.was, c.becomes, coalesce(r.ids, '{}')
    from changed as c left join of_device as r on r.device_id = c.id
    returning id
  )
  select array_agg(id) into v_changes from written;
  return v_changes;
end $$;

-- What a file says, after somebody has seen what it would change: p_lines is
-- [{device, revision, mac, name, owner, notes, state, kind, watched}], where a field that is left out is left as it is.
-- Without `device` a device with `mac` is made. NE404: there is no such device. NE409: a device was changed since, or a
-- MAC is somebody's by now. NE422: two lines mean the same device. Then nothing at all is changed. Returns the number of
-- the import.
create function import_devices(p_site text, p_lines jsonb, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_most    constant integer := 20000;
  v_site    constant integer := (select id from sites where name = p_site);
  v_macs    macaddr[];
  v_ids     bigint[];
  v_made    bigint[];
  v_changes bigint[];
  v_wrong   bigint;
  v_id      bigint;
begin
  if jsonb_array_length(p_lines) > c_most then
    raise exception 'A file of at most % lines can be imported at once.', c_most using errcode = 'NE422';
  end if;
  perform lock_devices(v_site);
  v_macs := array(select (l ->> 'mac')::macaddr from jsonb_array_elements(p_lines) as l where l -> 'device' is null);
  if exists (select from device_macs as m where m.site_id = v_site and m.mac = any (v_macs)) then
    raise exception 'a device of the file has appeared meanwhile' using errcode = 'NE409';
  end if;
  perform add_devices(v_site, v_macs, 'known', clock_now());
  select array_agg(coalesce((l.said ->> 'device')::bigint, m.device_id) order by l.n),
         coalesce(array_agg(m.device_id order by l.n) filter (where m.device_id is not null), '{}')
  into v_ids, v_made
  from jsonb_array_elements(p_lines) with ordinality as l (said, n)
  left join device_macs as m on m.site_id = v_site and m.mac = (l.said ->> 'mac')::macaddr and l.said -> 'device' is null;

  perform from devices where site_id = v_site and id = any (v_ids) order by id for update;
  if (select count(distinct i) <> count(*) from unnest(v_ids) as i) then
    raise exception 'Two lines of the file mean the same device.' using errcode = 'NE422';
  end if;
  v_wrong := (select i from unnest(v_ids) as i left join devices as d on d.site_id = v_site and d.id = i where d.id is null limit 1);
  if v_wrong is not null then
    raise exception 'there is no device %', v_wrong using errcode = 'NE404';
  end if;
  v_wrong := (
    select d.id from rows from (unnest(v_ids), jsonb_array_elements(p_lines)) as l (id, said)
    join devices as d on d.site_id = v_site and d.id = l.id
    where d.merged_into is not null or d.revision <> (l.said ->> 'revision')::integer limit 1);
  if v_wrong is not null then
    raise exception 'device % was changed meanwhile', v_wrong using errcode = 'NE409';
  end if;

  v_changes := import_step(v_site, 'name', v_ids, p_lines, p_actor) || import_step(v_site, 'state', v_ids, p_lines, p_actor);
  v_wrong := (
    select d.id from rows from (unnest(v_ids), jsonb_array_elements(p_lines)) as l (id, said)
    join devices as d on d.site_id = v_site and d.id = l.id
    where d.state = 'archived' and (l.said -> 'watched')::boolean <> (d.importance = 'watched') limit 1);
  if v_wrong is not null then
    raise exception 'device % is put away', v_wrong using errcode = 'NE409';
  end if;
  v_changes := v_changes || import_step(v_site, 'watch', v_ids, p_lines, p_actor);
  insert into imports (site_id, actor, lines, changes, made)
  values (v_site, p_actor, jsonb_array_length(p_lines), v_changes, v_made)
  returning id into v_id;
  perform hint('netureon_changes', json_build_object('what', 'device', 'site', v_site)::text);
  return v_id;
end $$;

-- Takes back everything that an import did, or, with NE409, nothing: where something newer changed one of its devices.
-- What it made is put away, for devices are never deleted; each is new again when it is seen.
create function undo_import(p_site text, p_import bigint, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site   constant integer := (select id from sites where name = p_site);
  v_import imports;
  v_ids    bigint[];
  v_wrong  bigint;
  v_alerts bigint[];
begin
  perform lock_devices(v_site);
  select * into v_import from imports where site_id = v_site and id = p_import for no key update;
  if not found then
    raise exception 'there is no import %', p_import using errcode = 'NE404';
  end if;
  if v_import.undone_at is not null then
    raise exception 'import % is already undone', p_import using errcode = 'NE409';
  end if;
  v_ids := array(select device_id from device_changes where site_id = v_site and id = any (v_import.changes));
  perform from devices where site_id = v_site and id = any (v_ids || v_import.made) order by id for update;

  with last as materialized (
    select distinct on (device_id) device_id, id, after
    from device_changes where site_id = v_site and id = any (v_import.changes) order by device_id, id desc
  )
  select d.id into v_wrong
  from last as l join devices as d on d.site_id = v_site and d.id = l.device_id
  where not device_facts(d) @> l.after
     -- What was told of a pair or a rule changed no device.
     or exists (select from device_changes as n
                where n.site_id = v_site and n.device_id = l.device_id and n.id > l.id and n.undone_at is null
                  and n.what not in ('apart', 'forget'))
     or exists (select from device_changes as n
                where n.site_id = v_site and n.other_id = l.device_id and n.id > l.id and n.undone_at is null
                  and n.what not in ('apart', 'forget'))
  limit 1;
  v_wrong := coalesce(v_wrong,
    (select c.device_id from device_changes as c
     where c.site_id = v_site and c.id = any (v_import.changes) and c.undone_at is not null limit 1),
    (select d.id from devices as d
     where d.site_id = v_site and d.id = any (v_ids || v_import.made) and d.merged_into is not null limit 1));
  if v_wrong is not null then
    raise exception 'something newer changed device %', v_wrong using errcode = 'NE409';
  end if;

  with first as materialized (
    select distinct on (device_id) device_id, before
    from device_changes where site_id = v_site and id = any (v_import.changes) order by device_id, id
  ), facts as materialized (
    select r.* from first as f join devices as o on o.site_id = v_site and o.id = f.device_id
    cross join lateral jsonb_populate_record(o, f.before) as r
  )
  update devices as d
  set name = r.name, owner = r.owner, notes = r.notes, kind = r.kind, state = r.state, on_return = r.on_return,
      decided_at = r.decided_at, importance = r.importance, down_after = r.down_after, revision = d.revision + 1
  from facts as r where d.site_id = v_site and d.id = r.id;
  v_alerts := array(select a from device_changes as c, unnest(c.resolved) as a
                    where c.site_id = v_site and c.id = any (v_import.changes) order by a);
  perform from alerts where site_id = v_site and id = any (v_alerts) order by id for update;
  perform reopen_alerts(v_site, v_alerts);
  update alerts as a set resolved_at = clock_now()
  from devices as d
  where a.site_id = v_site and a.device_id = any (v_ids) and a.kind = 'device_down' and a.resolved_at is null
    and d.site_id = v_site and d.id = a.device_id and d.importance <> 'watched';
  update device_changes set undone_at = clock_timestamp(), undone_by = p_actor
  where site_id = v_site and id = any (v_import.changes);
  perform import_step(v_site, 'away', v_import.made, '[]', p_actor);
  update imports set undone_at = clock_now(), undone_by = p_actor where site_id = v_site and id = p_import;
end $$;

revoke execute on function after_import, import_step, import_devices, undo_import from public;
grant execute on function import_devices, undo_import to netureon_operator;
-- Whether the site and its database fit: asked before anybody is known, and told as one number.
create function schema_version() returns integer
language sql stable security definer set search_path = public, pg_temp as $$
  select max(version) from schema_migrations
$$;
revoke execute on function schema_version from public;
grant execute on function schema_version to netureon_web;

-- Given up lately: counted each time that a monitor asks.
create index deliveries_failed on deliveries (site_id, finished_at) where state = 'failed';

revoke execute on function add_token, revoke_token, token_state, tokens_of, holder_of_token from public;
-- Whose they are is told by who calls: the site, which knows who is signed in, and administrators. Visitors' roles do not.
grant execute on function add_token, revoke_token, tokens_of to netureon_web, netureon_admin;
grant execute on function holder_of_token to netureon_web;

-- Whom a channel of a person's reaches may open that channel: a webhook's URL, a topic. `target` is for everybody's eyes.
revoke select on channels from netureon_viewer;
do $$
begin
  execute (select format('grant select (%s) on channels to netureon_viewer', string_agg(quote_ident(attname), ', '))
           from pg_attribute
           where attrelid = 'channels'::regclass and attnum > 0 and not attisdropped and attname <> 'settings');
end $$;
grant select on channels to netureon_admin;
