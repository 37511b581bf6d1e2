-- One database role per service, each with what it needs and nothing else; none owns a table. They can log in once
-- the operator gives them a password or a peer mapping.
-- Locks: none to speak of. Roles belong to the whole cluster: another database may have made them already, even at
-- this moment.

do $$
declare
  v_role text;
begin
  foreach v_role in array array['netureon_scan', 'netureon_alertd', 'netureon_web'] loop
    begin
      if not exists (select from pg_roles where rolname = v_role) then
        execute format('create role %I login', v_role);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- a concurrent migration of another database was faster; the role is there
    end;
  end loop;
end $$;

-- PostgreSQL lets everyone execute a new function. Extensions' functions keep that; ours do not.
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_proc as p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
  loop
    execute format('revoke execute on function %s from public', v_function);
  end loop;
end $$;

grant usage on schema public to netureon_scan, netureon_alertd, netureon_web;
grant execute on function begin_scan, record_scan, record_scan_failure to netureon_scan;
grant select on networks, device_macs, sites to netureon_scan;

grant select on sites, networks, devices, device_macs, connections, device_presence, discovery_log, alerts, channels,
  rules, deliveries, heartbeats, oui_edition to netureon_web;
-- netureon_alertd reads nothing by itself: its functions (000010) hand it the messages.

-- "I am alive", once a minute.
create function heartbeat(p_site text, p_service text, p_version text, p_started_at timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into heartbeats (site_id, service, version, started_at)
  values (site_of(p_site), p_service, p_version, p_started_at)
  on conflict (site_id, service)
    do update set version = excluded.version, started_at = excluded.started_at, seen_at = now()
$$;
revoke execute on function heartbeat from public;
grant execute on function heartbeat to netureon_alertd, netureon_web;
