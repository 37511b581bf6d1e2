-- The ground of alerting that people leave switched on: rules that say when, to whom and how calmly; mutes with an end;
-- channels that people add themselves; and the story of each message, kept as rows: each try, each link that was opened,
-- each act. What decides by them is in the migrations that follow.
-- Locks: brief ACCESS EXCLUSIVE on alerts, channels, rules, deliveries, heartbeats and sites for new columns and checks.

alter table alerts drop constraint alerts_kind_check;
alter table alerts add constraint alerts_kind_check check (kind in (
  'new_device', 'baseline', 'blocked_device_seen', 'scan_failing',
  'device_down', 'device_back', 'network_outage',
  'ip_changed', 'mac_changed', 'flip_flop', 'mac_reused', 'mac_returned',
  'ip_conflict', 'proxy_arp', 'arp_flood', 'gateway_changed',
  'sensor_silent', 'port_opened', 'name_changed',
  -- a service of netureon's own has not reported; nothing gets through a channel; a person tries one
  'service_silent', 'channel_failing', 'test'
));
alter table alerts
  -- As it was raised, where a rule has changed it.
  add column severity_was text check (severity_was in ('info', 'low', 'medium', 'high', 'critical')),
  -- The alert of the same cause that had ended within the day before: it is back.
  add column reopens bigint,
  -- Of ip_conflict and gateway_changed: everybody whom it told of.
  add column claimants macaddr[],
  -- Of device_back: the device_down that it answers.
  add column answers bigint;

-- IANA name of the zone in which the site's people sleep; null: nobody said yet, UTC until then.
alter table sites add column time_zone text;

alter table channels drop constraint channels_kind_check;
alter table channels add constraint channels_kind_check check (kind in ('email', 'telegram', 'webhook', 'ntfy', 'matrix'));
alter table channels
  -- config: the configuration names it. person: somebody added it; it uses the configuration's credentials.
  add column origin text not null default 'config' check (origin in ('config', 'person')),
  -- Of a person's channel: whom it reaches. Never a credential.
  add column settings jsonb not null default '{}',
  -- A person switched it off. enabled: some alert daemon can send through it.
  add column off_at timestamptz,
  add column off_by text,
  add column removed_at timestamptz,
  -- Why the alert daemon cannot use it, in its words; null: it can.
  add column problem text,
  -- How it fares: the last message that was accepted, and since when nothing gets through.
  add column accepted_at timestamptz,
  add column failing_since timestamptz,
  add column last_error text;

-- For each channel the first rule from the top that matches decides.
alter table rules
  add column position integer not null default 1000,
  -- Whom it matches; null: all. Lists match any of their entries.
  add column networks integer[],
  add column devices bigint[],
  add column owners text[],
  add column device_kinds text[],
  add column states text[],
  -- Parts of vendor names, whatever their case.
  add column vendors text[],
  add column random_mac boolean,
  add column watched boolean,
  -- ISO 8601 weekdays, 1 is Monday, and times of day in the rule's zone; from after to means over midnight.
  add column days smallint[] check (days <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]),
  add column from_time time,
  add column to_time time,
  -- IANA name; null: the site's.
  add column time_zone text,
  -- What it does. silence: nothing is sent through its channels, and the alert says why.
  add column action text not null default 'send' check (action in ('send', 'silence')),
  -- null: every channel there is.
  add column channels integer[],
  add column set_severity text check (set_severity in ('info', 'low', 'medium', 'high', 'critical')),
  -- At most one for each device and kind in so long.
  add column cooldown interval check (cooldown between interval '1 second' and interval '366 days'),
  -- Waits so long for others to travel with, and for the cause to end by itself.
  add column group_for interval check (group_for between interval '1 second' and interval '1 day'),
  -- Held until quiet hours end; critical passes.
  add column quiet_from time,
  add column quiet_to time,
  -- Neither acknowledged nor over so long after it was due: to that channel as well.
  add column escalate_after interval check (escalate_after between interval '1 minute' and interval '7 days'),
  add column escalate_to integer,
  add column expires_at timestamptz,
  add column snoozed_until timestamptz,
  add column origin text not null default 'default' check (origin in ('default', 'person')),
  add column made_by text,
  add column made_at timestamptz not null default clock_timestamp(),
  add column revision integer not null default 0,
  add constraint rules_times check ((from_time is null) = (to_time is null)),
  add constraint rules_quiet check ((quiet_from is null) = (quiet_to is null)),
  add constraint rules_escalation check ((escalate_after is null) = (escalate_to is null));
alter table deliveries
  -- Which rule decided, and what it was called then.
  add column rule_id integer,
  add column rule_name text,
  -- Until here an alert that ends by itself is not sent at all.
  add column group_until timestamptz,
  -- Held for quiet hours.
  add column quiet boolean not null default false,
  -- Sent because nobody acknowledged.
  add column escalation boolean not null default false;

create table mutes (
  site_id    integer not null,
  id         bigint generated always as identity,
  -- What is muted: all that is given must match; all null is everything, and then critical passes.
  device_id  bigint,
  kind       text,
  network_id integer,
  channel_id integer,
  from_at    timestamptz not null default clock_now(),
  until      timestamptz not null,
  actor      text not null check (length(actor) between 1 and 200),
  note       text not null default '' check (length(note) <= 500),
  ended_at   timestamptz,
  ended_by   text,
  primary key (site_id, id),
  check (until > from_at)
);
create index mutes_running on mutes (site_id, until) where ended_at is null;

-- One row for each try of a message, so that its story can be told.
create table message_tries (
  site_id     integer not null,
  id          bigint generated always as identity,
  channel_id  integer not null,
  message_key uuid not null,
  attempt     integer not null,
  at          timestamptz not null,
  ms          integer,
  -- lost: the daemon that tried never said what came of it.
  outcome     text not null check (outcome in ('accepted', 'retry', 'rejected', 'lost')),
  said        text not null default '',
  primary key (site_id, id)
);
create index message_tries_by_message on message_tries (site_id, message_key);

-- What became of an alert besides its messages: who acknowledged it, which link was opened.
create table alert_events (
  site_id  integer not null,
  id       bigint generated always as identity,
  alert_id bigint not null,
  at       timestamptz not null default clock_timestamp(),
  what     text not null check (what in ('link_opened', 'acknowledged', 'reopened', 'resolved', 'acted', 'muted', 'severity')),
  actor    text,
  detail   jsonb not null default '{}',
  primary key (site_id, id),
  foreign key (site_id, alert_id) references alerts (site_id, id) on delete cascade
);
create index alert_events_by_alert on alert_events (site_id, alert_id);

-- Texts that people wrote themselves, in Liquid. The most particular one counts: channel and kind, channel, kind, all.
create table templates (
  site_id    integer not null references sites (id) on delete cascade,
  id         integer generated always as identity,
  channel_id integer,
  kind       text,
  subject    text not null check (length(subject) <= 2000),
  body       text not null check (length(body) <= 20000),
  revision   integer not null default 0,
  made_by    text not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (site_id, id),
  unique nulls not distinct (site_id, channel_id, kind)
);

-- With this the links and buttons in messages are signed. Only the alert daemon and the site may know it.
create table link_keys (
  site_id integer primary key references sites (id) on delete cascade,
  key     bytea not null,
  made_at timestamptz not null default clock_timestamp()
);
-- A link acts once.
create table used_links (
  site_id    integer not null references sites (id) on delete cascade,
  link_id    uuid not null,
  used_at    timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  actor      text not null,
  what       text not null,
  primary key (site_id, link_id)
);

alter table heartbeats drop constraint heartbeats_service_check;
alter table heartbeats add constraint heartbeats_service_check check (service in ('alertd', 'web', 'monitor'));

create function channel_is_usable(p_channel channels) returns boolean
language sql immutable as $$
  select p_channel.enabled and p_channel.off_at is null and p_channel.removed_at is null
$$;

-- Why nothing is sent through it. What begins with “channel … is switched off” is made up for when it is on again.
create function channel_off_reason(p_channel channels) returns text
language sql immutable as $$
  select 'channel ' || p_channel.name || case
    when p_channel.removed_at is not null then ' was removed'
    when p_channel.off_at is not null then ' is switched off' || coalesce(' by ' || p_channel.off_by, '')
    else ' is switched off: no running alert daemon has it in its configuration'
  end
$$;

-- Of a mute that covers an alert: does it on this channel?
create function mutes_channel(p_muted integer, p_spares_critical boolean, p_channel integer, p_told_as text) returns boolean
language sql immutable as $$
  select coalesce(p_muted = p_channel, true) and not (p_spares_critical and p_told_as = 'critical')
$$;

-- The moment at which clocks of a zone show a time: what they show twice is the first, what they skip is as far after the
-- change as it would have been before (RFC 5545 section 3.3.5). PostgreSQL takes the second of two.
create function moment_in(p_zone text, p_local timestamp) returns timestamptz
language sql stable as $$
  select case when e.earlier at time zone p_zone = p_local then least(e.earlier, e.given) else e.given end
  from (
    select g.given, (p_local - (((g.given - interval '3 hours') at time zone p_zone)
                                - ((g.given - interval '3 hours') at time zone 'UTC'))) at time zone 'UTC' as earlier
    from (select p_local at time zone p_zone as given) as g
  ) as e
$$;

-- The hours of these days between two moments, as clocks of the zone show them: a window that goes over midnight belongs
-- to the day on which it begins. Hours null: whole days.
create function hours_between(
  p_zone text, p_days smallint[], p_from time, p_to time, p_first timestamptz, p_last timestamptz
) returns tstzmultirange
language sql stable as $$
  select coalesce(range_agg(tstzrange(w.begins, w.ends)) filter (where w.begins < w.ends), '{}')
  from (
    select moment_in(p_zone, d.day + coalesce(p_from, '00:00')) as begins,
           moment_in(p_zone, d.day + coalesce(p_to, '00:00')
                             + case when coalesce(p_from < p_to, false) then interval '0' else interval '1 day' end) as ends
    from generate_series((p_first at time zone p_zone)::date - interval '2 days', (p_last at time zone p_zone)::date + interval '3 days',
                         interval '1 day') as d (day)
    where p_days is null or extract(isodow from d.day) = any (p_days)
  ) as w
$$;

grant select on mutes, message_tries, alert_events, templates, channels, rules to netureon_web;
