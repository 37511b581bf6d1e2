-- Presence as intervals: who was at which address, from when to when. A device that stays costs no write: while its
-- row is open and misses = 0, "last seen" is its network's last completed scan (the view device_presence says so).
-- Locks: new table only.

create table connections (
  site_id      integer not null,
  id           bigint generated always as identity,
  device_id    bigint not null,
  network_id   integer not null,
  mac          macaddr not null,
  ip           inet not null check (masklen(ip) = case family(ip) when 4 then 32 else 128 end),
  started_at   timestamptz not null,
  -- When it was last seen before it went; null = here now.
  ended_at     timestamptz,
  -- Completed scans in a row that it did not answer.
  misses       smallint not null default 0 check (misses >= 0),
  -- Set while misses > 0: the last completed scan that it did answer.
  last_seen_at timestamptz,
  opened_as    text not null check (opened_as in ('baseline', 'new', 'returned', 'moved', 'added')),
  primary key (site_id, id),
  check (ended_at >= started_at),
  check ((misses = 0) = (last_seen_at is null)),
  -- Open rows have the unique index below; this guards history. Only closed rows pay for it, so that ten thousand
  -- devices can appear within a tick.
  constraint connections_do_not_overlap exclude using gist (
    site_id with =, mac with =, ip with =, tstzrange(started_at, ended_at) with &&
  ) where (ended_at is not null)
) with (fillfactor = 90);

create unique index connections_open on connections (site_id, mac, ip) where ended_at is null;
create index connections_open_by_network on connections (site_id, network_id) where ended_at is null;
create index connections_by_device on connections (site_id, device_id, started_at desc);

create trigger _050_require_devices after insert on connections
  referencing new table as written for each statement execute function require_devices();

-- An update of misses or ended_at, the usual one, cannot break the reference; only this column can.
create function require_device() returns trigger
language plpgsql as $$
begin
  if not exists (select from devices where site_id = new.site_id and id = new.device_id) then
    raise exception 'connections refers to device % of site % that does not exist', new.device_id, new.site_id
      using errcode = 'foreign_key_violation';
  end if;
  return new;
end $$;

create trigger _050_require_device before update of site_id, device_id on connections
  for each row execute function require_device();
