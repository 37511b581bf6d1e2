-- The audit log: who changed what, how it came in, and what it was before and after. One row trigger on the tables that
-- people change writes it, and only while a transaction says who acts (netureon.actor): a scan says nobody, so it costs
-- one look at a setting for each row and writes nothing. Columns that scans or services keep up to date are left out, and
-- of secrets only that they changed is kept.
-- Locks: SHARE ROW EXCLUSIVE on the audited tables for a moment each, to make their triggers.

create table audit_log (
  site_id    integer not null references sites (id) on delete cascade,
  id         bigint generated always as identity,
  at         timestamptz not null default clock_now(),
  actor      text not null,
  -- site, api, link, telegram, command line
  via        text not null,
  what       text not null check (what in ('added', 'changed', 'removed')),
  table_name text not null,
  row_id     text not null,
  -- The device that the row is or is about.
  device_id  bigint,
  -- Of a change the columns that differ; otherwise all that say something.
  before     jsonb,
  after      jsonb,
  primary key (site_id, id)
);
create index audit_log_by_actor on audit_log (site_id, actor, id desc);
create index audit_log_by_row on audit_log (site_id, table_name, row_id, id desc);
create index audit_log_by_device on audit_log (site_id, device_id, id desc) where device_id is not null;
create index audit_log_by_time on audit_log (site_id, at);
grant select on audit_log to netureon_admin;

-- Where a statement came in, when nothing says so: services and commands have told their name when they connected.
create function audit_via() returns text
language sql stable as $$
  select coalesce(
    nullif(current_setting('netureon.via', true), ''),
    case when current_setting('application_name') ~ '^netureon (web|alertd)' then 'site' else 'command line' end)
$$;

-- Arguments, each a list of columns with commas: the only ones that count (empty: all), those that never count, and
-- those whose value is never kept.
create function audit_change() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_only   constant text[] := string_to_array(nullif(tg_argv[0], ''), ',');
  v_never  constant text[] := string_to_array(tg_argv[1], ',') || array['site_id'];
  v_secret constant text[] := string_to_array(tg_argv[2], ',');
  v_old    jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  v_new    jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  v_row    constant jsonb := coalesce(v_new, v_old);
  v_before jsonb;
  v_after  jsonb;
begin
  select jsonb_object_agg(o.key, case when o.key = any (v_secret) then '"(secret)"' else o.value end)
           filter (where o.value <> 'null' or tg_op = 'UPDATE'),
         jsonb_object_agg(o.key, case when o.key = any (v_secret) then '"(secret)"' else n.value end)
           filter (where n.value <> 'null' or tg_op = 'UPDATE')
  into v_before, v_after
  from jsonb_each(v_row) as k
  cross join lateral (select k.key, coalesce(v_old -> k.key, 'null') as value) as o
  cross join lateral (select coalesce(v_new -> k.key, 'null') as value) as n
  where o.value <> n.value and (v_only is null or k.key = any (v_only)) and k.key <> all (v_never);
  if tg_op = 'INSERT' then
    v_before := null;
  elsif tg_op = 'DELETE' then
    v_after := null;
  elsif v_after is null then
    return null;
  end if;
  insert into audit_log (site_id, actor, via, what, table_name, row_id, device_id, before, after)
  values (
    case tg_table_name when 'sites' then (v_row ->> 'id')::integer else (v_row ->> 'site_id')::integer end,
    left(current_setting('netureon.actor', true), 200),
    audit_via(),
    case tg_op when 'INSERT' then 'added' when 'UPDATE' then 'changed' else 'removed' end,
    tg_table_name,
    coalesce(v_row ->> 'id', v_row ->> 'user_id', v_row ->> 'device_id', ''),
    coalesce(v_row ->> 'device_id', case tg_table_name when 'devices' then v_row ->> 'id' end)::bigint,
    v_before,
    v_after);
  return null;
end $$;

-- Makes the trigger, in place of one that is there already. @param p_events as `create trigger` has them after "after"
create function audit_table(
  p_table  regclass,
  p_events text default 'insert or update or delete',
  p_only   text default '',
  p_never  text default '',
  p_secret text default ''
) returns void
language plpgsql as $$
begin
  execute format(
    'create or replace trigger _800_audit after %s on %s for each row
       when (current_setting(''netureon.actor'', true) <> '''') execute function audit_change(%L, %L, %L)',
    p_events, p_table, p_only, p_never, p_secret);
end $$;

-- What people say of a device; the rest is what was seen of it.
select audit_table('devices',
  'insert or update of state, threat, name, owner, kind, notes, importance, down_after, on_return, merged_into',
  'state,threat,name,owner,kind,notes,importance,down_after,on_return,merged_into');
select audit_table('alerts', 'update of acknowledged_at, acknowledged_by', 'acknowledged_at,acknowledged_by');
select audit_table('networks', p_never =>
  'last_scan_at,baseline_at,failures,created_at,gateway_ip,scans,looked_ms,looking_since,outage_since,outage_here,outage_believed');
select audit_table('sites', 'update', p_never => 'scan_failures,suggested_at,created_at');
select audit_table('rules', p_never => 'made_at');
select audit_table('mutes', p_never => 'held_back,settled_at');
select audit_table('channels', p_never => 'created_at,problem,accepted_at,failing_since,last_error', p_secret => 'settings');
select audit_table('templates', p_never => 'updated_at');
select audit_table('identity_rules', 'insert or delete', p_never => 'applied,applied_at');
select audit_table('merge_suggestions', 'update of state', 'state,actor');
select audit_table('sensors', p_never => 'last_report_at');

-- Nothing else deletes from it.
create function prune_audit(p_before timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  v_gone integer;
begin
  delete from audit_log where (site_id, id) in (
    select site_id, id from audit_log where at < p_before order by site_id, at limit p_limit);
  get diagnostics v_gone = row_count;
  return v_gone;
end $$;

revoke execute on function audit_via, audit_change, audit_table, prune_audit from public;
