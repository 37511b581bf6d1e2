-- One row per scan and network: what was asked, what came back, and whether the scan counts as having looked.
-- Locks: new table only.

create table discovery_log (
  site_id     integer not null references sites (id) on delete cascade,
  id          bigint generated always as identity,
  network_id  integer,
  finished_at timestamptz not null,
  duration_ms integer not null check (duration_ms >= 0),
  -- complete: every address was asked as often as it needed. partial: cut short. failed: could not look at all.
  outcome     text not null check (outcome in ('complete', 'partial', 'failed')),
  method      text not null check (method in ('packet', 'kernel', 'file', 'unknown')),
  probed      integer not null default 0,
  answered    integer not null default 0,
  frames      integer not null default 0,
  broadcasts  integer not null default 0,
  new         integer not null default 0,
  returned    integer not null default 0,
  moved       integer not null default 0,
  missing     integer not null default 0,
  problem     text,
  primary key (site_id, id),
  foreign key (site_id, network_id) references networks (site_id, id) on delete cascade,
  check ((outcome = 'complete') = (problem is null))
);
