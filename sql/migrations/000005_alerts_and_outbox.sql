-- Alerts, and the outbox that carries them: an alert is a row first, and its deliveries commit with it.
-- A delivery without a channel is the visible reason why nothing was sent.
-- Locks: new tables only.

create table alerts (
  -- References to sites, networks and devices, none of which is ever deleted: by the trigger below.
  site_id         integer not null,
  id              bigint generated always as identity,
  kind            text not null check (kind in ('new_device', 'baseline', 'blocked_device_seen', 'scan_failing')),
  severity        text not null check (severity in ('info', 'low', 'medium', 'high', 'critical')),
  device_id       bigint,
  network_id      integer,
  mac             macaddr,
  ip              inet,
  summary         text not null,
  detail          jsonb not null default '{}',
  -- One cause is one open alert: the same key again only raises count.
  dedup_key       text not null,
  count           integer not null default 1,
  opened_at       timestamptz not null default now(),
  last_at         timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  resolved_at     timestamptz,
  primary key (site_id, id)
);

create unique index alerts_open on alerts (site_id, dedup_key) where resolved_at is null;
create index alerts_by_device on alerts (site_id, device_id) where device_id is not null;

create trigger _050_require_devices after insert on alerts
  referencing new table as written for each statement execute function require_devices();

create table channels (
  site_id    integer not null references sites (id) on delete cascade,
  id         integer generated always as identity,
  name       text not null,
  kind       text not null check (kind in ('email', 'telegram')),
  -- Where it goes, for people to read. Credentials stay in the configuration.
  target     text not null,
  enabled    boolean not null default true,
  created_at timestamptz not null default now(),
  primary key (site_id, id),
  unique (site_id, name)
);

create table rules (
  site_id      integer not null references sites (id) on delete cascade,
  id           integer generated always as identity,
  name         text not null,
  -- null: every kind.
  kinds        text[],
  min_severity text not null default 'info' check (min_severity in ('info', 'low', 'medium', 'high', 'critical')),
  -- null: every channel that is switched on.
  channel_id   integer,
  enabled      boolean not null default true,
  primary key (site_id, id),
  unique (site_id, name),
  foreign key (site_id, channel_id) references channels (site_id, id) on delete cascade
);

create table deliveries (
  site_id         integer not null,
  id              bigint generated always as identity,
  alert_id        bigint not null,
  channel_id      integer,
  -- queued: waiting for its (next) try. delivered: accepted by the server. failed: given up. suppressed: never sent.
  state           text not null check (state in ('queued', 'delivered', 'failed', 'suppressed')),
  reason          text,
  attempts        integer not null default 0,
  created_at      timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  -- While a worker holds it. A worker that died leaves it to run out.
  lease_until     timestamptz,
  -- The message this delivery travels in, fixed before the first try: a repeated try is the same message.
  message_key     uuid,
  finished_at     timestamptz,
  receipt         text,
  last_error      text,
  primary key (site_id, id),
  foreign key (site_id, alert_id) references alerts (site_id, id) on delete cascade,
  foreign key (site_id, channel_id) references channels (site_id, id) on delete cascade,
  check (state = 'suppressed' or channel_id is not null),
  check (state in ('queued', 'delivered') or reason is not null)
);

create index deliveries_queued on deliveries (channel_id, next_attempt_at) where state = 'queued';
create index deliveries_by_alert on deliveries (site_id, alert_id);

-- Who is alive: each long-running service says so once a minute.
create table heartbeats (
  site_id    integer not null references sites (id) on delete cascade,
  service    text not null check (service in ('alertd', 'web')),
  version    text not null,
  started_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  primary key (site_id, service)
) with (fillfactor = 50);
