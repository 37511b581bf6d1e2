-- Sites and their networks. Every table leads with site_id, so that one database serves one box or a thousand sites
-- and a later partition by site needs no new key.
-- Locks: new tables only.

create extension if not exists btree_gist;

create table sites (
  id            integer generated always as identity primary key,
  name          text not null unique check (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
  -- Consecutive scans that failed before any network could be chosen. See record_scan_failure.
  scan_failures integer not null default 0 check (scan_failures >= 0),
  created_at    timestamptz not null default now()
);

create table networks (
  site_id      integer not null references sites (id) on delete cascade,
  id           integer generated always as identity,
  cidr         cidr not null,
  interface    text not null,
  name         text,
  -- The last completed scan: "last seen" of every device here whose connection is open and not missing.
  last_scan_at timestamptz,
  -- The first completed scan. Until then nobody here is "new": that scan is the baseline.
  baseline_at  timestamptz,
  -- Consecutive scans that did not complete.
  failures     integer not null default 0 check (failures >= 0),
  created_at   timestamptz not null default now(),
  primary key (site_id, id),
  unique (site_id, cidr)
) with (fillfactor = 50); -- one small update per tick: keep it HOT, so that it touches no index

insert into sites (name) values ('default');
