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
-- went to another phone overnight is one; the same within minutes is not. queue_deliveries heeds it (000024).
alter table alerts add column routine boolean not null default false;

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
