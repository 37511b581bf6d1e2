-- The ground that presence, identity and profiles build on: one clock, the kinds of alerts there are, and the
-- difference between what is worth a row and what is worth a message.
-- Locks: brief ACCESS EXCLUSIVE on alerts, for a new check (scanned once) and a column with a constant default.

-- The clock of everything that is recorded. Always the server's own, but for whoever owns the schema: a rehearsal of a
-- month, or the demo's invented past, sets netureon.clock and lives through it tick by tick. A service's role that
-- sets it changes nothing.
create function clock_now() returns timestamptz
language plpgsql stable as $$
declare
  v_set text := current_setting('netureon.clock', true);
begin
  if v_set is null or v_set = '' then
    return clock_timestamp();
  end if;
  if pg_has_role(session_user, (select relowner from pg_class where oid = 'public.alerts'::regclass), 'member') then
    return v_set::timestamptz;
  end if;
  return clock_timestamp();
end $$;
revoke execute on function clock_now from public;
grant execute on function clock_now to netureon_scan, netureon_alertd, netureon_web;

alter table alerts alter column opened_at set default clock_now();
alter table alerts alter column last_at set default clock_now();

alter table alerts drop constraint alerts_kind_check;
alter table alerts add constraint alerts_kind_check check (kind in (
  'new_device', 'baseline', 'blocked_device_seen', 'scan_failing',
  -- presence: a watched device went and came back; most of a network fell silent in one scan
  'device_down', 'device_back', 'network_outage',
  -- identity, with arpwatch's words: a known device on a new address (new station), another device on an address
  -- (changed ethernet address), back to the one before (flip flop), to one before that (reused old ethernet address),
  -- and a device after six months (new activity)
  'ip_changed', 'mac_changed', 'flip_flop', 'mac_reused', 'mac_returned',
  -- identity, within one scan: two devices claim an address, one claims a whole range, a burst of unseen MACs,
  -- and the default gateway is somebody else
  'ip_conflict', 'proxy_arp', 'arp_flood', 'gateway_changed',
  -- sensors and profiles
  'sensor_silent', 'port_opened', 'name_changed'
));

-- Routine: worth a row that can be looked up, not worth a message, unless a rule asks for its kind by name. A lease that
-- went to another phone overnight is one; the same within minutes is not.
alter table alerts add column routine boolean not null default false;

-- As in 000007, but for what is routine.
create or replace function queue_deliveries() returns trigger
language plpgsql as $$
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
  )
  insert into deliveries (site_id, alert_id, channel_id, state, reason, finished_at)
  select a.site_id, a.id, t.channel_id,
         case when t.channel_id is null then 'suppressed' else 'queued' end,
         case when t.channel_id is null then
           case when a.routine then 'routine: sent only by a rule that names its kind' else r.reason end end,
         case when t.channel_id is null then now() end
  from opened as a
  join reasons as r on r.site_id = a.site_id
  left join targets as t on t.site_id = a.site_id and t.kind = a.kind and t.severity = a.severity
    and t.routine = a.routine;

  perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', site_id)::text)
  from (select distinct site_id from opened) as s;
  return null;
end $$;

-- Who asks devices what they are: a service of its own, with a role of its own.
do $$
begin
  if not exists (select from pg_roles where rolname = 'netureon_profile') then
    create role netureon_profile login;
  end if;
exception when duplicate_object or unique_violation then
  null; -- a concurrent migration of another database was faster; the role is there
end $$;
grant usage on schema public to netureon_profile;
