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
  -- Of devices.kind, which has no other history: [{device, before, after}]
  kinds     jsonb not null default '[]',
  undone_at timestamptz,
  undone_by text,
  primary key (site_id, id)
);
grant select on imports to netureon_viewer;
select audit_table('imports', p_never => 'at,changes,kinds');

-- What a file says, after somebody has seen what it would change: p_lines is
-- [{device, revision, mac, name, owner, notes, state, kind, watched}], where a field that is left out is left as it is.
-- Without `device` a device with `mac` is made. NE409: a device was changed since, or a MAC is somebody's by now; then
-- nothing at all is changed. Returns the number of the import.
create function import_devices(p_site text, p_lines jsonb, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_most    constant integer := 20000;
  v_site    constant integer := (select id from sites where name = p_site);
  v_changes bigint[] := '{}';
  v_made    bigint[] := '{}';
  v_kinds   jsonb[] := '{}';
  v_macs    macaddr[];
  v_line    jsonb;
  v_device  devices;
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
  for v_line in select l from jsonb_array_elements(p_lines) as l loop
    if v_line -> 'device' is null then
      v_id := (select device_id from device_macs where site_id = v_site and mac = (v_line ->> 'mac')::macaddr);
      v_made := v_made || v_id;
    else
      v_id := (v_line ->> 'device')::bigint;
    end if;
    v_device := device_for_change(p_site, v_id);
    if v_device.revision <> coalesce((v_line ->> 'revision')::integer, v_device.revision) then
      raise exception 'device % was changed meanwhile', v_id using errcode = 'NE409';
    end if;
    if v_line ?| array['name', 'owner', 'notes'] then
      v_changes := v_changes || rename_device(p_site, v_id, coalesce(v_line ->> 'name', v_device.name, ''),
        coalesce(v_line ->> 'owner', v_device.owner, ''), coalesce(v_line ->> 'notes', v_device.notes), null, p_actor);
    end if;
    if v_line ? 'state' and v_line ->> 'state' <> v_device.state then
      v_changes := v_changes || case v_line ->> 'state'
        when 'archived' then archive_device(p_site, v_id, 'stay', p_actor)
        else decide_device(p_site, v_id, case v_line ->> 'state' when 'known' then 'accept' when 'ignored' then 'ignore'
                                                                 else 'block' end, p_actor) end;
    end if;
    if v_line ? 'watched' and (v_line -> 'watched')::boolean <> (v_device.importance = 'watched') then
      v_changes := v_changes || watch_device(p_site, v_id, (v_line -> 'watched')::boolean, v_device.down_after, p_actor);
    end if;
    if v_line ? 'kind' and nullif(v_line ->> 'kind', '') is distinct from v_device.kind then
      update devices set kind = nullif(v_line ->> 'kind', ''), revision = revision + 1 where site_id = v_site and id = v_id;
      v_kinds := v_kinds || jsonb_build_object('device', v_id, 'before', v_device.kind, 'after', nullif(v_line ->> 'kind', ''));
    end if;
  end loop;
  insert into imports (site_id, actor, lines, changes, made, kinds)
  values (v_site, p_actor, jsonb_array_length(p_lines), array_remove(v_changes, null), v_made, to_jsonb(v_kinds))
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
  v_id     bigint;
  v_kind   jsonb;
begin
  perform lock_devices(v_site);
  select * into v_import from imports where site_id = v_site and id = p_import for no key update;
  if not found then
    raise exception 'there is no import %', p_import using errcode = 'NE404';
  end if;
  if v_import.undone_at is not null then
    raise exception 'import % is already undone', p_import using errcode = 'NE409';
  end if;
  for v_kind in select k from jsonb_array_elements(v_import.kinds) as k loop
    update devices set kind = v_kind ->> 'before', revision = revision + 1
    where site_id = v_site and id = (v_kind -> 'device')::bigint and kind is not distinct from v_kind ->> 'after';
    if not found then
      raise exception 'something newer changed device %', v_kind -> 'device' using errcode = 'NE409';
    end if;
  end loop;
  for v_id in select c from unnest(v_import.changes) with ordinality as u (c, n) order by n desc loop
    perform undo_change(p_site, v_id, p_actor);
  end loop;
  for v_id in select m from unnest(v_import.made) as u (m) loop
    perform archive_device(p_site, v_id, 'new', p_actor);
  end loop;
  update imports set undone_at = clock_now(), undone_by = p_actor where site_id = v_site and id = p_import;
end $$;

revoke execute on function import_devices, undo_import from public;
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
