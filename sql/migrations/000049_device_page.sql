-- The page of one device: who woke it and when, and every version of its notes at once.
-- Locks: new objects, and one new index on device_changes (blocks its writes while it is built; that table holds what
-- people did, which is little).

-- A magic packet was sent, or was to be. What was sent cannot be taken back, so this is no device_change.
create table wakes (
  site_id    integer not null,
  id         bigint generated always as identity,
  device_id  bigint not null,
  network_id integer not null,
  mac        macaddr not null,
  at         timestamptz not null default clock_timestamp(),
  actor      text not null check (length(actor) between 1 and 200),
  -- Why it could not be sent; null: it was.
  problem    text check (length(problem) between 1 and 500),
  primary key (site_id, id),
  foreign key (site_id, device_id) references devices (site_id, id) on delete cascade,
  foreign key (site_id, network_id) references networks (site_id, id) on delete cascade
);

create index wakes_by_device on wakes (site_id, device_id, id desc);
create index wakes_lately on wakes (site_id, at desc);
grant select on wakes to netureon_viewer;
select audit_table('wakes', 'insert');

-- Versions of notes among the decisions about a device that many people decide about.
create index device_changes_notes on device_changes (site_id, device_id, id desc)
  where before ->> 'notes' is distinct from after ->> 'notes';

-- Somebody is about to wake a device: kept before the packet leaves, so that no packet is unaccounted for. Counted for
-- the device and for the whole site, one press at a time: the button is no way to flood a network.
-- NE404: no such device, no such network, or not a MAC of the device. NE429: too often.
create function note_wake(p_site text, p_device bigint, p_mac macaddr, p_network integer, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_again     constant interval := interval '5 seconds';
  c_of_site   constant integer := 20; -- within a minute
  v_site      integer;
  v_wake      bigint;
begin
  select s.id into v_site
  from sites as s
  join device_macs as m on m.site_id = s.id and m.mac = p_mac and m.device_id = p_device
  join networks as n on n.site_id = s.id and n.id = p_network
  where s.name = p_site;
  if v_site is null then
    raise exception 'device % has no such MAC, or the network is unknown', p_device using errcode = 'NE404';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('wake:' || v_site, 0));
  if exists (select from wakes where site_id = v_site and device_id = p_device and at > clock_timestamp() - c_again)
     or (select count(*) from wakes where site_id = v_site and at > clock_timestamp() - interval '1 minute') >= c_of_site then
    raise exception 'woken too often' using errcode = 'NE429';
  end if;
  insert into wakes (site_id, device_id, network_id, mac, actor)
  values (v_site, p_device, p_network, p_mac, p_actor)
  returning id into v_wake;
  perform hint('netureon_changes', json_build_object('what', 'device', 'site', v_site)::text);
  return v_wake;
end $$;

-- It could not be sent after all.
create function note_wake_problem(p_site text, p_wake bigint, p_problem text) returns void
language sql security definer set search_path = public, pg_temp as $$
  update wakes as w set problem = left(p_problem, 500)
  from sites as s
  where s.name = p_site and w.site_id = s.id and w.id = p_wake and w.problem is null
    -- Only just now: what was told stays told.
    and w.at > clock_timestamp() - interval '1 minute'
$$;

revoke execute on function note_wake, note_wake_problem from public;
grant execute on function note_wake, note_wake_problem to netureon_operator;
-- When nobody looked at the networks of a device is read from the runs of looking.
grant execute on function not_looked_after to netureon_viewer;
