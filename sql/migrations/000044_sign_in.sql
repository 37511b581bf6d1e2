-- Signing in: what is compared with what a person gives, and how often somebody may try. Tries are counted by what they
-- are tried with, as OWASP's device cookies have it: a browser that signed in before has a count of its own, so whoever
-- hammers on a name from elsewhere delays others who are new there, and never the owner. A delay grows and ends; nothing
-- is locked for good.
-- NE404: there is no such user.
-- Locks: none but on a table that is new here.

create table sign_in_tries (
  site_id  integer not null references sites (id) on delete cascade,
  -- SHA-256 of what is counted: a name, an address, a browser.
  bucket   bytea not null check (octet_length(bucket) = 32),
  failures integer not null check (failures >= 0),
  tried_at timestamptz not null,
  next_at  timestamptz not null,
  primary key (site_id, bucket)
);
create index sign_in_tries_age on sign_in_tries (site_id, tried_at);

-- Counts a try before it is made, so that a hundred at once are not all let in by the same count. p_free: how many are
-- free of delay; p_most: seconds that the delay grows to. Returns the seconds to wait; 0: go on. What must wait is not
-- counted: the delay does not grow by asking.
create function try_sign_in(p_site text, p_buckets bytea[], p_free integer[], p_most integer[]) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_kept constant interval := interval '1 day';
  c_most constant integer := 20000;
  v_site integer := site_of(p_site);
  v_now  timestamptz;
  v_next timestamptz;
  v_many integer;
begin
  -- Who must wait leaves nothing behind: names that are made up cost no rows.
  v_now := clock_timestamp();
  select max(next_at) into v_next from sign_in_tries where site_id = v_site and bucket = any (p_buckets);
  if v_next > v_now then
    return ceil(extract(epoch from v_next - v_now));
  end if;
  insert into sign_in_tries (site_id, bucket, failures, tried_at, next_at)
  select v_site, b, 0, clock_timestamp(), '-infinity' from (select distinct unnest(p_buckets) as b order by b) as given
  on conflict do nothing;
  perform from sign_in_tries where site_id = v_site and bucket = any (p_buckets) order by bucket for update;
  v_now := clock_timestamp();
  select max(next_at) into v_next from sign_in_tries where site_id = v_site and bucket = any (p_buckets);
  if v_next > v_now then
    -- Others were counted in the meantime.
    delete from sign_in_tries where site_id = v_site and bucket = any (p_buckets) and failures = 0;
    return ceil(extract(epoch from v_next - v_now));
  end if;
  update sign_in_tries as t
  set failures = n.failures, tried_at = v_now,
      next_at = case when n.failures < g.free then '-infinity'
                else v_now + make_interval(secs => least(g.most, power(2, least(n.failures - g.free, 20)))) end
  from unnest(p_buckets, p_free, p_most) as g (bucket, free, most),
       lateral (select case when e.tried_at < v_now - c_kept then 1 else e.failures + 1 end as failures
                from sign_in_tries as e where e.site_id = v_site and e.bucket = g.bucket) as n
  where t.site_id = v_site and t.bucket = g.bucket;
  -- Bounded whatever names are made up: what is forgotten first has counted least, and then is oldest, so that a flood
  -- of names that are tried once drives out itself and no delay that somebody has run into.
  delete from sign_in_tries
  where site_id = v_site and bucket in (
    select bucket from sign_in_tries where site_id = v_site and tried_at < v_now - c_kept
    order by tried_at limit 100 for update skip locked);
  v_many := (select count(*) from (select from sign_in_tries where site_id = v_site limit c_most + 1000) as t) - c_most;
  if v_many > 0 then
    delete from sign_in_tries
    where site_id = v_site and bucket in (
      select bucket from sign_in_tries where site_id = v_site and bucket <> all (p_buckets)
      order by failures, tried_at limit v_many + 500 for update skip locked);
  end if;
  return 0;
end $$;

-- It was the right person.
create function forget_tries(p_site text, p_buckets bytea[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from sign_in_tries where site_id = site_of(p_site) and bucket = any (p_buckets);
end $$;

create function unlock_user(p_site text, p_user bigint, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
  v_user users := user_for_change(v_site, p_user);
begin
  -- As src/web/sign-in-tries.ts names them.
  delete from sign_in_tries
  where site_id = v_site
    and bucket in (sha256(convert_to('name ' || v_user.key, 'UTF8')), sha256(convert_to('code ' || v_user.id, 'UTF8')));
  return p_user;
end $$;

-- What a person's word is compared with. A user who is disabled is nobody.
create function sign_in_user(p_site text, p_key text)
returns table (user_id bigint, name text, password text, totp_secret text)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, u.name, u.password, case when u.totp_at is not null then u.totp_secret end
  from users as u join sites as s on s.id = u.site_id
  where s.name = p_site and u.key = p_key and u.disabled_at is null
$$;

-- The same of one who is known, and what the page of the own account shows.
create function own_account(p_site text, p_user bigint)
returns table (name text, role text, password text, totp_secret text, totp_at timestamptz, recovery_codes integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.name, u.role, u.password, u.totp_secret, u.totp_at,
         (select count(*)::integer from recovery_codes as r where r.site_id = u.site_id and r.user_id = u.id)
  from users as u join sites as s on s.id = u.site_id
  where s.name = p_site and u.id = p_user and u.disabled_at is null
$$;

-- p_before: what it was when it was compared; false when it is another one meanwhile.
create function renew_password_hash(p_site text, p_user bigint, p_before text, p_hash text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update users set password = p_hash where site_id = site_of(p_site) and id = p_user and password = p_before;
  return found;
end $$;

-- One's own: signed out everywhere, and all keys revoked; whoever changes it is given a new session.
create function set_own_password(p_site text, p_user bigint, p_before text, p_hash text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
begin
  update users set password = p_hash, password_at = clock_timestamp()
  where site_id = v_site and id = p_user and password = p_before and disabled_at is null;
  if not found then
    return false;
  end if;
  delete from sessions where site_id = v_site and user_id = p_user;
  perform revoke_tokens_of(v_site, p_user, (select name from users where site_id = v_site and id = p_user));
  perform people_changed(v_site);
  return true;
end $$;

create function begin_totp(p_site text, p_user bigint, p_secret text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update users set totp_secret = p_secret, totp_step = null
  where site_id = site_of(p_site) and id = p_user and totp_at is null;
  return found;
end $$;

-- p_step: of the code that proves that the telephone has the secret; it counts as taken.
create function confirm_totp(p_site text, p_user bigint, p_secret text, p_step bigint, p_codes bytea[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
begin
  update users set totp_at = clock_timestamp(), totp_step = p_step
  where site_id = v_site and id = p_user and totp_at is null and totp_secret = p_secret;
  if not found then
    return false;
  end if;
  delete from recovery_codes where site_id = v_site and user_id = p_user;
  insert into recovery_codes (site_id, user_id, code_hash) select v_site, p_user, unnest(p_codes);
  return true;
end $$;

-- A code is good once: false for this one or one before it.
create function take_totp_step(p_site text, p_user bigint, p_step bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update users set totp_step = p_step
  where site_id = site_of(p_site) and id = p_user and totp_at is not null and (totp_step is null or totp_step < p_step);
  return found;
end $$;

create function take_recovery_code(p_site text, p_user bigint, p_hash bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from recovery_codes where site_id = site_of(p_site) and user_id = p_user and code_hash = p_hash;
  return found;
end $$;

create function renew_recovery_codes(p_site text, p_user bigint, p_codes bytea[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
begin
  if not exists (select from users where site_id = v_site and id = p_user and totp_at is not null) then
    return false;
  end if;
  delete from recovery_codes where site_id = v_site and user_id = p_user;
  insert into recovery_codes (site_id, user_id, code_hash) select v_site, p_user, unnest(p_codes);
  return true;
end $$;

create function end_own_totp(p_site text, p_user bigint) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := lock_people(p_site);
begin
  update users set totp_secret = null, totp_at = null, totp_step = null where site_id = v_site and id = p_user;
  delete from recovery_codes where site_id = v_site and user_id = p_user;
end $$;

revoke execute on function try_sign_in, forget_tries, unlock_user, sign_in_user, own_account, renew_password_hash,
  set_own_password, begin_totp, confirm_totp, take_totp_step, take_recovery_code, renew_recovery_codes, end_own_totp
  from public;
grant execute on function try_sign_in, forget_tries, sign_in_user, own_account, renew_password_hash, set_own_password,
  begin_totp, confirm_totp, take_totp_step, take_recovery_code, renew_recovery_codes, end_own_totp
  to netureon_web;
grant execute on function unlock_user to netureon_admin;
