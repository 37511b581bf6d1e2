-- Devices as people name them, the MAC addresses they use, and the IEEE registry of vendors.
-- A device is not a MAC: phones rotate theirs, laptops have two. device_macs joins them.
-- Locks: new tables only.

create table oui (
  -- The assigned prefix with the remaining bits zero.
  prefix macaddr not null,
  bits   smallint not null check (bits in (24, 28, 36)),
  vendor text not null,
  primary key (bits, prefix)
);

-- Which edition of the registry is loaded; one row.
create table oui_edition (
  only_row  boolean primary key default true check (only_row),
  source    text not null,
  prefixes  integer not null,
  loaded_at timestamptz not null default now()
);

create sequence device_id_seq as bigint;

create table devices (
  -- No foreign key to sites: a site is only ever made by site_of and never deleted, and a check per row costs 0.2 s
  -- when 65,536 devices appear at once.
  site_id       integer not null,
  id            bigint not null default nextval('device_id_seq'),
  state         text not null default 'new' check (state in ('new', 'known', 'ignored', 'blocked', 'archived')),
  threat        text not null default 'none' check (threat in ('none', 'low', 'medium', 'high', 'critical')),
  -- What a person called it. A device without a name is shown by its vendor and address.
  name          text check (length(name) between 1 and 200),
  owner         text check (length(owner) <= 200),
  kind          text check (length(kind) <= 60),
  notes         text not null default '' check (length(notes) <= 20000),
  importance    text not null default 'normal' check (importance in ('normal', 'watched')),
  first_seen_at timestamptz not null,
  decided_at    timestamptz,
  -- Counts changes by people, so that a stale edit can be refused.
  revision      integer not null default 0,
  primary key (site_id, id)
);

-- Only those that wait for a decision: everybody else is found by other ways.
create index devices_to_decide on devices (site_id, first_seen_at desc) where state = 'new';
create index devices_blocked on devices (site_id, id) where state = 'blocked';

create table device_macs (
  site_id       integer not null,
  mac           macaddr not null,
  device_id     bigint not null,
  vendor        text,
  -- IEEE 802 U/L bit: locally administered, as random MACs are. Read from the address, never guessed.
  is_local      boolean generated always as ((mac & macaddr '02:00:00:00:00:00') <> macaddr '00:00:00:00:00:00') stored,
  first_seen_at timestamptz not null,
  primary key (site_id, mac)
);

create index device_macs_by_device on device_macs (site_id, device_id);

-- Devices are archived or merged, never deleted: history would lose its subject. So a reference to one needs no more
-- than that it exists when it is made, and one look for all rows of a statement tells. A foreign key looks, and locks,
-- row by row: 0.3 s for each of them when 65,536 devices appear at once.
create function refuse_delete() returns trigger
language plpgsql as $$
begin
  raise exception 'devices are archived, not deleted' using errcode = 'restrict_violation';
end $$;

create trigger _050_refuse_delete before delete on devices for each row execute function refuse_delete();

create function require_devices() returns trigger
language plpgsql as $$
declare
  v_site    integer;
  v_devices bigint[];
begin
  for v_site, v_devices in 
    select site_id, array_agg(device_id)
    from (select distinct site_id, device_id from written where device_id is not null) as d group by site_id
  loop
    if cardinality(v_devices) <> (select count(*) from devices where site_id = v_site and id = any (v_devices)) then
      raise exception '% refers to a device of site % that does not exist', tg_table_name, v_site
        using errcode = 'foreign_key_violation';
    end if;
  end loop;
  return null;
end $$;

create trigger _050_require_devices after insert on device_macs
  referencing new table as written for each statement execute function require_devices();
create trigger _050_require_devices_of_update after update on device_macs
  referencing new table as written for each statement execute function require_devices();
