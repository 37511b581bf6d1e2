-- Who may look at the site and change what it shows. A user has one role; what the role may is said by the database
-- (000042) and, for each page, by src/web/access.ts. Passwords come here as scrypt in PHC notation, sessions and device
-- cookies as SHA-256 of random tokens: nothing that is read here opens the site.
-- NE404: there is no such user. NE409: the name is taken. NE422: it makes no sense, in a sentence.
-- Locks: none but on tables that are new here.

create table users (
  site_id      integer not null references sites (id) on delete cascade,
  id           bigint generated always as identity,
  name         text not null check (char_length(name) between 1 and 60 and name !~ '[[:cntrl:]]'),
  -- The name as it is looked for: folded by the program, for the server's collation may know ASCII only.
  key          text not null check (char_length(key) between 1 and 120),
  role         text not null check (role in ('viewer', 'operator', 'admin')),
  -- null: comes through a reverse proxy that has asked already.
  password     text check (password ~ '^\$scrypt\$' and char_length(password) < 300),
  password_at  timestamptz,
  -- Base32, while codes are asked for: since totp_at. A secret without totp_at is being set up.
  totp_secret  text check (totp_secret ~ '^[A-Z2-7]{16,64}$'),
  totp_at      timestamptz,
  -- The latest step (30 s) whose code was taken: none is taken twice.
  totp_step    bigint,
  language     text check (language ~ '^[a-z]{2}$'),
  zone         text check (char_length(zone) <= 60),
  theme        text check (theme in ('light', 'dark')),
  created_at   timestamptz not null default clock_timestamp(),
  created_by   text not null,
  last_seen_at timestamptz,
  disabled_at  timestamptz,
  disabled_by  text,
  primary key (site_id, id),
  unique (site_id, key)
);

-- One for each browser that is signed in.
create table sessions (
  site_id    integer not null,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  id         bigint generated always as identity,
  user_id    bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  seen_at    timestamptz not null default clock_timestamp(),
  -- As the browser calls itself, and where from: for its owner to recognise it.
  agent      text not null check (char_length(agent) <= 300),
  address    inet,
  primary key (site_id, token_hash),
  unique (site_id, id),
  foreign key (site_id, user_id) references users (site_id, id) on delete cascade
);
create index sessions_user on sessions (site_id, user_id);

create table recovery_codes (
  site_id   integer not null,
  user_id   bigint not null,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  primary key (site_id, user_id, code_hash),
  foreign key (site_id, user_id) references users (site_id, id) on delete cascade
);

-- What administrators see of users: everything but what proves them.
create view site_users as
select u.site_id, u.id, u.name, u.role, u.disabled_at, u.disabled_by, u.created_at, u.created_by, u.last_seen_at,
       u.password is not null as has_password, u.totp_at is not null as has_totp, u.language, u.zone, u.theme
from users as u;
grant select on site_users to netureon_admin;

create function has_administrator(p_site text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select from users as u join sites as s on s.id = u.site_id
                 where s.name = p_site and u.role = 'admin' and u.disabled_at is null)
$$;

-- All that decides about who there is happens one after the other.
create function lock_people(p_site text) returns integer
language plpgsql as $$
declare
  v_site integer := site_of(p_site);
begin
  perform pg_advisory_xact_lock(hashtextextended('netureon people', v_site));
  return v_site;
end $$;

-- Call it after a change that may have taken the last one.
create function require_administrator(p_site_id integer) returns void
language plpgsql as $$
begin
  if not exists (select from users where site_id = p_site_id and role = 'admin' and disabled_at is null) then
    raise exception 'Somebody must remain who can manage this site: this is the last administrator.'
      using errcode = 'NE422';
  end if;
end $$;

create function user_for_change(p_site_id integer, p_user bigint) returns users
language plpgsql as $$
declare
  v_user users;
begin
  select * into v_user from users where site_id = p_site_id and id = p_user for no key update;
  if v_user.id is null then
    raise exception 'there is no user %', p_user using errcode = 'NE404';
  end if;
  return v_user;
end $$;

-- Open pages learn that somebody may not look any more.
create function people_changed(p_site_id integer) returns void
language sql as $$
  select hint('netureon_changes', json_build_object('what', 'people', 'site', p_site_id)::text)
$$;

create function make_user(
  p_site_id integer, p_name text, p_key text, p_role text, p_password text, p_actor text
) returns bigint
language plpgsql as $$
declare
  c_most constant integer := 1000;
  v_id   bigint;
begin
  if (select count(*) from users where site_id = p_site_id) >= c_most then
    raise exception 'There are % users already: remove one first.', c_most using errcode = 'NE422';
  end if;
  insert into users (site_id, name, key, role, password, password_at, created_by)
  values (p_site_id, p_name, p_key, p_role, p_password, case when p_password is not null then clock_timestamp() end, p_actor)
  on conflict (site_id, key) do nothing
  returning id into v_id;
  if v_id is null then
    raise exception 'There is a user called % already.', p_name using errcode = 'NE409';
  end if;
  return v_id;
end $$;

create function add_user(p_site text, p_name text, p_key text, p_role text, p_password text, p_actor text)
returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
begin
  return make_user(v_site, p_name, p_key, p_role, p_password, p_actor);
end $$;

-- The first administrator; null when there is one already, also of two who come at the same moment.
create function add_first_administrator(p_site text, p_name text, p_key text, p_password text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
  v_id   bigint;
begin
  if exists (select from users where site_id = v_site and role = 'admin' and disabled_at is null) then
    return null;
  end if;
  perform set_config('netureon.actor', p_name, true), set_config('netureon.via', 'site', true);
  v_id := make_user(v_site, p_name, p_key, 'admin', p_password, p_name);
  perform people_changed(v_site);
  return v_id;
end $$;

-- A new role ends the sessions: what somebody may was decided when they signed in.
create function set_user_role(p_site text, p_user bigint, p_role text, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
  v_user users := user_for_change(v_site, p_user);
begin
  if v_user.role <> p_role then
    update users set role = p_role where site_id = v_site and id = p_user;
    perform require_administrator(v_site);
    delete from sessions where site_id = v_site and user_id = p_user;
    perform people_changed(v_site);
  end if;
  return p_user;
end $$;

create function switch_user(p_site text, p_user bigint, p_on boolean, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
  v_user users := user_for_change(v_site, p_user);
begin
  if (v_user.disabled_at is null) <> p_on then
    update users
    set disabled_at = case when not p_on then clock_timestamp() end, disabled_by = case when not p_on then p_actor end
    where site_id = v_site and id = p_user;
    perform require_administrator(v_site);
    delete from sessions where site_id = v_site and user_id = p_user;
    perform people_changed(v_site);
  end if;
  return p_user;
end $$;

-- What this person did stays in the histories, by name.
create function remove_user(p_site text, p_user bigint, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
  v_user users := user_for_change(v_site, p_user);
begin
  delete from users where site_id = v_site and id = v_user.id;
  perform require_administrator(v_site);
  perform people_changed(v_site);
  return p_user;
end $$;

-- For somebody who has forgotten it: whoever was signed in by the old one is not any more, and whoever made keys with it
-- has none any more.
create function set_user_password(p_site text, p_user bigint, p_password text, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
  v_user users := user_for_change(v_site, p_user);
begin
  update users set password = p_password, password_at = clock_timestamp() where site_id = v_site and id = v_user.id;
  delete from sessions where site_id = v_site and user_id = p_user;
  perform revoke_tokens_of(v_site, p_user, p_actor);
  perform people_changed(v_site);
  return p_user;
end $$;

-- For somebody who has lost the telephone and the recovery codes.
create function clear_user_totp(p_site text, p_user bigint, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
  v_user users := user_for_change(v_site, p_user);
begin
  update users set totp_secret = null, totp_at = null, totp_step = null where site_id = v_site and id = v_user.id;
  delete from recovery_codes where site_id = v_site and user_id = p_user;
  delete from sessions where site_id = v_site and user_id = p_user;
  perform people_changed(v_site);
  return p_user;
end $$;

-- How long a session lasts: without being used, and at all.
create function session_idle() returns interval language sql immutable as $$ select interval '7 days' $$;
create function session_longest() returns interval language sql immutable as $$ select interval '30 days' $$;

-- Who holds this token; no row: nobody, any more. "Last seen" is written every five minutes and not at each request.
create function session_of(p_site text, p_token bytea)
returns table (session_id bigint, user_id bigint, name text, role text, has_password boolean, language text, zone text,
               theme text)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  c_rest    constant interval := interval '5 minutes';
  v_now     constant timestamptz := clock_timestamp();
  v_session sessions;
begin
  select e.* into v_session
  from sessions as e join sites as s on s.id = e.site_id
  where s.name = p_site and e.token_hash = p_token
    and e.seen_at > v_now - session_idle() and e.created_at > v_now - session_longest();
  if v_session.id is null then
    return;
  end if;
  return query
    select v_session.id, u.id, u.name, u.role, u.password is not null, u.language, u.zone, u.theme
    from users as u where u.site_id = v_session.site_id and u.id = v_session.user_id and u.disabled_at is null;
  if v_session.seen_at < v_now - c_rest then
    update sessions set seen_at = v_now where site_id = v_session.site_id and token_hash = p_token;
    update users set last_seen_at = v_now where site_id = v_session.site_id and id = v_session.user_id;
  end if;
end $$;

-- Called once somebody has proved who they are.
create function open_session(p_site text, p_user bigint, p_token bytea, p_agent text, p_address inet) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  -- Of one user; whoever signs in once more is signed out where it is longest ago.
  c_most constant integer := 50;
  v_site integer := site_of(p_site);
  v_now  constant timestamptz := clock_timestamp();
  v_id   bigint;
begin
  -- Not while the user is being disabled or removed: whoever does that also ends the sessions.
  perform from users where site_id = v_site and id = p_user and disabled_at is null for no key update;
  if not found then
    raise exception 'there is no user %', p_user using errcode = 'NE404';
  end if;
  delete from sessions
  where site_id = v_site and user_id = p_user
    and (seen_at <= v_now - session_idle() or created_at <= v_now - session_longest()
         or id in (select id from sessions where site_id = v_site and user_id = p_user
                   order by seen_at desc, id desc offset c_most - 1));
  insert into sessions (site_id, token_hash, user_id, agent, address)
  values (v_site, p_token, p_user, left(p_agent, 300), p_address)
  returning id into v_id;
  update users set last_seen_at = v_now where site_id = v_site and id = p_user;
  return v_id;
end $$;

create function close_session(p_site text, p_token bytea) returns void
language sql security definer set search_path = public, pg_temp as $$
  delete from sessions as e using sites as s where s.name = p_site and e.site_id = s.id and e.token_hash = p_token
$$;

-- Of one's own: one, or all but one.
create function close_own_session(p_site text, p_user bigint, p_session bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from sessions where site_id = site_of(p_site) and user_id = p_user and id = p_session;
  if not found then
    return false;
  end if;
  perform people_changed(site_of(p_site));
  return true;
end $$;

create function close_other_sessions(p_site text, p_user bigint, p_keep bigint) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_count integer;
begin
  delete from sessions where site_id = site_of(p_site) and user_id = p_user and id is distinct from p_keep;
  get diagnostics v_count = row_count;
  perform people_changed(site_of(p_site));
  return v_count;
end $$;

create function sessions_of(p_site text, p_user bigint)
returns table (id bigint, created_at timestamptz, seen_at timestamptz, agent text, address inet)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.id, e.created_at, e.seen_at, e.agent, e.address
  from sessions as e join sites as s on s.id = e.site_id
  where s.name = p_site and e.user_id = p_user
    and e.seen_at > clock_timestamp() - session_idle() and e.created_at > clock_timestamp() - session_longest()
  order by e.seen_at desc, e.id desc
$$;

-- Who a trusted proxy says is there: made when first seen. The name is theirs exactly: who signs in elsewhere as "ªda" or
-- "ADA" is not our "ada", and comes in as nobody. NE409: only nearly somebody's name. p_role: what the proxy says, or null. The last administrator
-- stays one whatever it says; the site then treats them as the proxy wants.
create function proxy_user(p_site text, p_name text, p_key text, p_role text, p_default text)
returns table (user_id bigint, name text, role text, has_password boolean, language text, zone text, theme text)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  c_rest constant interval := interval '5 minutes';
  v_site integer := site_of(p_site);
  v_user users;
begin
  select * into v_user from users where site_id = v_site and key = p_key;
  if v_user.name <> p_name collate "C" then
    raise exception 'somebody is called nearly so' using errcode = 'NE409';
  end if;
  if v_user.id is null or p_role is not null and p_role <> v_user.role then
    perform lock_people(p_site);
    perform set_config('netureon.actor', 'the proxy', true), set_config('netureon.via', 'site', true);
    select * into v_user from users where site_id = v_site and key = p_key for no key update;
    if v_user.name <> p_name collate "C" then
      raise exception 'somebody is called nearly so' using errcode = 'NE409';
    end if;
    if v_user.id is null then
      perform make_user(v_site, p_name, p_key, coalesce(p_role, p_default), null, 'the proxy');
      perform people_changed(v_site);
    elsif p_role is not null and p_role <> v_user.role
          and (v_user.role <> 'admin' or v_user.disabled_at is not null
               or exists (select from users where site_id = v_site and role = 'admin' and disabled_at is null
                          and id <> v_user.id)) then
      update users set role = p_role where site_id = v_site and id = v_user.id;
    end if;
    select * into v_user from users where site_id = v_site and key = p_key;
  end if;
  if v_user.disabled_at is not null then
    return;
  end if;
  if v_user.last_seen_at is null or v_user.last_seen_at < clock_timestamp() - c_rest then
    update users set last_seen_at = clock_timestamp() where site_id = v_site and id = v_user.id;
  end if;
  return query select v_user.id, v_user.name, coalesce(p_role, v_user.role), v_user.password is not null,
                      v_user.language, v_user.zone, v_user.theme;
end $$;

-- How one's own pages look.
create function set_preferences(p_site text, p_user bigint, p_language text, p_zone text, p_theme text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update users set language = p_language, zone = p_zone, theme = p_theme
  where site_id = site_of(p_site) and id = p_user;
end $$;

revoke execute on function has_administrator, lock_people, require_administrator, user_for_change, people_changed,
  make_user, add_user, add_first_administrator, set_user_role, switch_user, remove_user, set_user_password,
  clear_user_totp, session_idle, session_longest, session_of, open_session, close_session, close_own_session,
  close_other_sessions, sessions_of, proxy_user, set_preferences
  from public;
-- Before anybody is known, and about oneself.
grant execute on function has_administrator, add_first_administrator, session_of, open_session, close_session,
  close_own_session, close_other_sessions, sessions_of, proxy_user, set_preferences
  to netureon_web;
grant execute on function add_user, set_user_role, switch_user, remove_user, set_user_password, clear_user_totp
  to netureon_admin;
