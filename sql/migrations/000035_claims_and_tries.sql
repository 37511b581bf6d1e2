-- The outbox as the alert daemon works it from here on: every try of a message is a row, long holds survive a clock that
-- is set back, channels are those of the daemons that live and of people, and a hint that nobody reads never stops an
-- alert.
-- Locks: a new table; brief SHARE ROW EXCLUSIVE on channels for its triggers, and SHARE on deliveries for its indexes.

-- A hint that something was written. PostgreSQL keeps notifications in one queue for the whole server, until the slowest
-- listener has read them; one that hangs in a transaction lets it fill, and then every commit that notifies fails. A hint
-- is not worth an alert: from half full on none is given, and who waits for one finds the rows on its slow poll.
create function hint(p_channel text, p_payload text) returns void
language sql as $$
  select pg_notify(p_channel, p_payload) where pg_notification_queue_usage() < 0.5
$$;
revoke execute on function hint from public;

-- Whatever notifies does it so; the bodies are otherwise as they were.
do $$
declare
  v_function oid;
begin
  for v_function in
    select p.oid from pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.prosrc ~ '\mpg_notify\(' and p.proname <> 'hint'
  loop
    execute regexp_replace(pg_get_functiondef(v_function), '\mpg_notify\(', 'hint(', 'g');
  end loop;
end $$;

-- A queue of 10,000 that is sent by hundreds is looked through a hundred times: who waits in order, who is held, and the
-- message that is being sent are each found without the others.
create index deliveries_waiting on deliveries (channel_id, alert_id, id) where state = 'queued' and message_key is null;
create index deliveries_held on deliveries (channel_id, hold_until)
  where state = 'queued' and message_key is null and hold_until is not null;
create index deliveries_by_message on deliveries (message_key) where state = 'queued' and message_key is not null;

comment on column message_tries.at is 'when its outcome was known';
comment on column message_tries.ms is 'how long it took; null: nobody knows';

-- Which alert daemons there are, and what each can send through. One row for each process, gone a day after it.
create table alertd_instances (
  site_id    integer not null references sites (id) on delete cascade,
  id         uuid not null,
  -- Names of the channels in its configuration.
  declares   text[] not null,
  -- Channels that it cannot use, by name: why.
  problems   jsonb not null default '{}',
  started_at timestamptz not null,
  seen_at    timestamptz not null,
  stopped_at timestamptz,
  primary key (site_id, id)
) with (fillfactor = 50);

-- Says so every minute; not yet believed dead after three.
create function alertd_lives(p_instance alertd_instances, p_now timestamptz) returns boolean
language sql immutable as $$
  select p_instance.stopped_at is null and abs(extract(epoch from p_now - p_instance.seen_at)) < 180
$$;

-- What waits for a channel that is not used: suppressed, but for what some daemon is sending at this moment.
create function suppress_unusable(p_channel channels, p_now timestamptz) returns void
language sql as $$
  with waiting as materialized (
    select id from deliveries
    where channel_id = p_channel.id and state = 'queued' and not channel_is_usable(p_channel)
      and (lease_until is null or lease_until not between p_now and p_now + interval '10 minutes')
    order by alert_id, id for no key update
  )
  update deliveries as d
  set state = 'suppressed', reason = channel_off_reason(p_channel), finished_at = p_now,
      lease_until = null, lease_token = null
  from waiting as w where d.site_id = p_channel.site_id and d.id = w.id
$$;

-- What a channel missed within the last day and is still open: not sent because it was off, or because no channel was on.
-- The rules are asked again, as of now; an escalation waits for its time, if that is still to come.
create function catch_up(p_channel channels, p_now timestamptz) returns void
language plpgsql as $$
declare
  c_late   constant interval := interval '1 day';
  v_missed bigint[];
  v_new    bigint[];
begin
  with missed as materialized (
    select d.id, d.alert_id, alert_fact_of(a, clock_now(), null) as fact, a.severity
    from deliveries as d
    join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
    where d.channel_id = p_channel.id and d.escalation and d.state = 'suppressed'
      and d.reason like 'channel % is switched off%' and d.created_at > p_now - c_late
      and a.resolved_at is null and a.acknowledged_at is null
    order by d.id for no key update of d
  ), covered as materialized (
    select * from mutes_over(p_channel.site_id, array(select fact from missed))
  )
  update deliveries as d
  set state = 'queued', reason = null, finished_at = null, next_attempt_at = p_now, attempts = 0,
      message_key = null, lease_until = null, lease_token = null
  from missed as m
  where d.site_id = p_channel.site_id and d.id = m.id and not exists (
    select from covered as c
    where c.alert_id = m.alert_id and mutes_channel(c.channel_id, c.spares_critical, p_channel.id, m.severity));
  if found then
    perform hint('netureon_alerts', '');
  end if;

  v_missed := array(
    select d.alert_id from deliveries as d
    join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
    where d.channel_id = p_channel.id and not d.escalation and d.state = 'suppressed'
      and d.reason like 'channel % is switched off%' and d.created_at > p_now - c_late and a.resolved_at is null
    order by d.alert_id);
  perform queue_alerts(p_channel.site_id, v_missed, p_channel.id);

  -- Nobody was told of these, and nobody wanted that: whatever channels there were, were off.
  v_new := array(
    select d.alert_id from deliveries as d
    join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
    where a.site_id = p_channel.site_id and a.resolved_at is null and d.created_at > p_now - c_late
    group by d.alert_id
    having bool_and(d.state = 'suppressed' and coalesce(d.channel_id, 0) <> p_channel.id
                    and (d.reason like 'no channel is set up%' or d.reason like 'channel % is switched off%'))
    order by d.alert_id);
  perform queue_alerts(p_channel.site_id, v_new, c.id) from channels as c
  where c.site_id = p_channel.site_id and channel_is_usable(c);
end $$;

-- Channels come and go by hand, by configuration and with the daemons; whoever changed one, this follows.
create function settle_channel() returns trigger
language plpgsql as $$
begin
  if not channel_is_usable(new) then
    perform suppress_unusable(new, clock_timestamp());
  elsif tg_op = 'INSERT' or not channel_is_usable(old) then
    perform catch_up(new, clock_timestamp());
  end if;
  perform hint('netureon_alerts', 'channels');
  return null;
end $$;
create trigger _100_settle_channel_made after insert on channels for each row execute function settle_channel();
create trigger _100_settle_channel_changed
  after update of kind, target, settings, origin, enabled, off_at, removed_at on channels for each row
  when ((old.kind, old.target, old.settings, old.origin, old.enabled, old.off_at, old.removed_at)
        is distinct from (new.kind, new.target, new.settings, new.origin, new.enabled, new.off_at, new.removed_at))
  execute function settle_channel();

-- A configured channel is off when no living daemon has it in its configuration.
create function drop_undeclared(p_site_id integer, p_now timestamptz) returns void
language sql as $$
  update channels as c set enabled = false
  where c.site_id = p_site_id and c.enabled and c.origin = 'config' and not exists (
    select from alertd_instances as i
    where i.site_id = p_site_id and c.name = any (i.declares) and alertd_lives(i, p_now))
$$;

-- One daemon's configuration, p_channels as [{name, kind, target, settings}]. What only daemons that are gone had is
-- switched off; what another living one has stays. Called when a daemon starts: whoever started it has probably mended
-- something, so what waits for a repeated try is due at once. A guest, who sends what is due and goes, takes nothing away
-- and hurries nothing.
drop function sync_channels(text, text[], text[], text[]);
create function sync_channels(p_site text, p_instance uuid, p_channels jsonb, p_guest boolean) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
  v_now  timestamptz := clock_timestamp();
begin
  -- Two that start at once must see each other.
  perform pg_advisory_xact_lock(hashtextextended('netureon channels ' || p_site, 0));
  delete from alertd_instances where site_id = v_site and seen_at < v_now - interval '1 day';
  insert into alertd_instances as i (site_id, id, declares, started_at, seen_at)
  values (v_site, p_instance, array(select c ->> 'name' from jsonb_array_elements(p_channels) as c), v_now, v_now)
  on conflict (site_id, id)
    do update set declares = excluded.declares, problems = '{}', seen_at = v_now, stopped_at = null;

  insert into channels as c (site_id, name, kind, target, settings)
  select v_site, n.name, n.kind, n.target, coalesce(n.settings, '{}')
  from jsonb_to_recordset(p_channels) as n (name text, kind text, target text, settings jsonb)
  order by n.name
  on conflict (site_id, name) do update
    set kind = excluded.kind, target = excluded.target, settings = excluded.settings,
        origin = 'config', enabled = true, removed_at = null
    where (c.kind, c.target, c.settings, c.origin, c.enabled, c.removed_at)
          is distinct from (excluded.kind, excluded.target, excluded.settings, 'config', true, null);
  if p_guest then
    return;
  end if;
  perform drop_undeclared(v_site, v_now);

  with late as materialized (
    select d.id from deliveries as d
    join channels as c on c.id = d.channel_id
    where c.site_id = v_site and channel_is_usable(c) and d.state = 'queued'
      and d.lease_until is null and d.next_attempt_at > v_now
    order by d.alert_id, d.id for no key update of d
  )
  update deliveries as d set next_attempt_at = v_now from late as l where d.site_id = v_site and d.id = l.id;
end $$;

-- The channels that this daemon is to serve: those of its configuration, and those that people added.
create function served_channels(p_site text, p_instance uuid)
returns table (name text, kind text, target text, settings jsonb, origin text)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.name, c.kind, c.target, c.settings, c.origin
  from sites as s
  join alertd_instances as i on i.site_id = s.id and i.id = p_instance
  join channels as c on c.site_id = s.id and channel_is_usable(c) and (c.origin = 'person' or c.name = any (i.declares))
  where s.name = p_site
  order by c.id
$$;

-- Which of those it cannot use, as {name: why}. A channel that another living daemon can use has no problem.
create function report_problems(p_site text, p_instance uuid, p_problems jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
  v_now  timestamptz := clock_timestamp();
begin
  update alertd_instances set problems = p_problems
  where site_id = v_site and id = p_instance and problems is distinct from p_problems;
  update channels as c set problem = n.problem
  from channels as o
  cross join lateral (
    select case when bool_and(i.problems ? o.name)
             then left((array_agg(i.problems ->> o.name order by i.id = p_instance desc, i.seen_at desc))[1], 1000) end as problem
    from alertd_instances as i
    where i.site_id = v_site and alertd_lives(i, v_now) and (o.origin = 'person' or o.name = any (i.declares))
    having count(*) > 0
  ) as n
  where o.site_id = v_site and c.site_id = v_site and c.id = o.id and c.problem is distinct from n.problem;
end $$;

-- "I am alive", once a minute. A killed predecessor counts as living for three more minutes: so who has just started
-- looks again at what only dead ones had.
create function alertd_alive(p_site text, p_instance uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now  timestamptz := clock_timestamp();
  v_self alertd_instances;
begin
  update alertd_instances as i set seen_at = v_now from sites as s
  where s.name = p_site and i.site_id = s.id and i.id = p_instance returning i.* into v_self;
  if v_self.started_at > v_now - interval '10 minutes' then
    perform pg_advisory_xact_lock(hashtextextended('netureon channels ' || p_site, 0));
    perform drop_undeclared(v_self.site_id, v_now);
  end if;
  perform suppress_unusable(c, v_now) from channels as c
  where c.site_id = v_self.site_id and not channel_is_usable(c);
end $$;

-- A clean goodbye. The service has stopped only when its last daemon has.
create function alertd_stopped(p_site text, p_instance uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now  timestamptz := clock_timestamp();
  v_site integer := site_of(p_site);
begin
  update alertd_instances set stopped_at = v_now where site_id = v_site and id = p_instance;
  if not exists (select from alertd_instances as i where i.site_id = v_site and alertd_lives(i, v_now)) then
    perform service_stopped(p_site, 'alertd');
  end if;
end $$;

-- A hold lasts from minutes (grouping) over hours (quiet hours) to days (escalation), and never more than nine days: what
-- ends further ahead is not held.
create or replace function is_held(p_hold_until timestamptz, p_now timestamptz) returns boolean
language sql immutable as $$
  select coalesce(p_hold_until > p_now and p_hold_until <= p_now + interval '9 days', false)
$$;

-- What is held and comes from the future: the clock has been set back since it was made, at least to the latest of them.
-- All of them are moved by that much, with what is held together with them, so that each hold ends no later than it should
-- have and what was to travel together still does.
create function forgive_clock(p_channel_id integer, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_latest timestamptz := (
    select max(created_at) from deliveries
    where channel_id = p_channel_id and state = 'queued' and message_key is null and hold_until is not null);
  v_shift  interval := v_latest - p_now;
begin
  if v_shift > interval '1 minute' then
    perform from deliveries
    where channel_id = p_channel_id and state = 'queued' and message_key is null and hold_until is not null
    order by alert_id, id for no key update;
    update deliveries as d
    set created_at = case when d.created_at > p_now then d.created_at - v_shift else d.created_at end,
        hold_until = d.hold_until - v_shift, group_until = d.group_until - v_shift,
        next_attempt_at = least(d.next_attempt_at, p_now)
    where d.channel_id = p_channel_id and d.state = 'queued' and d.message_key is null and d.hold_until in (
      select f.hold_until from deliveries as f
      where f.channel_id = p_channel_id and f.state = 'queued' and f.message_key is null and f.hold_until is not null
        and f.created_at > p_now);
  end if;
end $$;

-- The deliveries that this message carries, locked: by alert and number, as whoever cancels deliveries locks them.
create function lock_message(p_channel_id integer, p_message_key uuid) returns bigint[]
language sql as $$
  select array(select id from deliveries
               where channel_id = p_channel_id and state = 'queued' and message_key = p_message_key
               order by alert_id, id for no key update)
$$;

-- After a day and ten tries a message has failed, for everyone to see. The day begins when it was due, and ten because
-- a daemon that was off for a day has not tried yet.
create or replace function give_up(p_channel channels, p_message_key uuid, p_now timestamptz) returns boolean
language plpgsql as $$
begin
  if not exists (
    select from deliveries
    where channel_id = p_channel.id and state = 'queued' and message_key = p_message_key
    having max(greatest(created_at, case when hold_until <= p_now then hold_until end)) < p_now - interval '24 hours' and min(attempts) >= 10
  ) then
    return false;
  end if;
  update deliveries
  set state = 'failed', reason = 'gave up after 24 h: ' || coalesce(last_error, 'no answer'), finished_at = p_now,
      lease_until = null, lease_token = null
  where channel_id = p_channel.id and state = 'queued' and message_key = p_message_key;
  return true;
end $$;

-- One message for this channel, or no rows. A message that was tried before and is due goes first, under its key and
-- as it was composed; else everything that waits and is not held, up to p_limit, becomes a new one: what was held until
-- the same moment travels together. Counted as a try from here on: a message that kills the daemon is not tried for
-- ever. An alert is in it once, oldest first.
drop function claim_deliveries(text, text, interval, integer);
create function claim_deliveries(p_site text, p_channel text, p_lease interval, p_limit integer)
returns table (
  message_key uuid, lease_token uuid, attempts integer, alert_id bigint, kind text, severity text, summary text,
  detail jsonb, device_id bigint, device_name text, device_state text, device_kind text, owner text, mac text,
  vendor text, random_mac boolean, ip text, network_id integer, network text, opened_at timestamptz,
  resolved_at timestamptz, acknowledged_at timestamptz, count integer, reopens bigint, escalation boolean, quiet boolean,
  after_mute boolean
)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_channel channels := lock_channel(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
  v_token   uuid := gen_random_uuid();
  v_key     uuid;
  v_lease   timestamptz;
  v_tries   integer;
  v_ids     bigint[];
begin
  if channel_is_usable(v_channel) is not true then
    return;
  end if;
  perform forgive_clock(v_channel.id, v_now);

  loop
    select d.message_key, d.lease_until, d.attempts into v_key, v_lease, v_tries from deliveries as d
    where d.channel_id = v_channel.id and d.state = 'queued' and d.message_key is not null
      and delivery_due_at(d.lease_until, d.attempts, d.next_attempt_at, v_now) <= v_now
    order by d.id limit 1;
    exit when v_key is null or v_lease is null;
    -- A lease that ran out is a try that nobody reported on, and so nobody gave up on.
    insert into message_tries (site_id, channel_id, message_key, attempt, at, outcome, said)
    values (v_channel.site_id, v_channel.id, v_key, v_tries, v_now, 'lost', 'the alert daemon never said what came of it');
    exit when not give_up(v_channel, v_key, v_now);
  end loop;

  if v_key is not null then
    v_ids := lock_message(v_channel.id, v_key);
    if v_ids = '{}' then
      return; -- whatever it told of is over; the next claim finds the rest
    end if;
  else
    v_key := gen_random_uuid();
    v_ids := array(
      select id from deliveries
      where channel_id = v_channel.id and state = 'queued' and message_key is null and not is_held(hold_until, v_now)
      order by channel_id, alert_id, id limit p_limit
      for update skip locked);
    if v_ids = '{}' then
      return;
    end if;
  end if;

  -- One update: rows that a transaction changes twice have their references checked again.
  return query
  with claimed as (
    update deliveries as d
    set message_key = v_key, lease_until = v_now + p_lease, lease_token = v_token, attempts = d.attempts + 1
    where d.site_id = v_channel.site_id and d.id = any (v_ids)
    returning d.site_id, d.alert_id, d.attempts, d.escalation, d.quiet, d.after_mute
  ), told as (
    select d.site_id, d.alert_id, max(d.attempts) as attempts, bool_or(d.escalation) as escalation, bool_or(d.quiet) as quiet,
           bool_or(d.after_mute) as after_mute
    from claimed as d group by d.site_id, d.alert_id
  )
  select v_key, v_token, d.attempts, a.id, a.kind, a.severity, a.summary, a.detail, a.device_id, v.name, v.state,
         coalesce(v.kind, p.kind), v.owner, a.mac::text, m.vendor, coalesce(m.is_local, false), host(a.ip), a.network_id,
         case when n.id is not null then network_words(n) end, a.opened_at, a.resolved_at, a.acknowledged_at, a.count,
         a.reopens, d.escalation, d.quiet, d.after_mute
  from told as d
  join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
  left join devices as v on v.site_id = a.site_id and v.id = a.device_id
  left join device_profiles as p on p.site_id = a.site_id and p.device_id = a.device_id
  left join device_macs as m on m.site_id = a.site_id and m.mac = a.mac
  left join networks as n on n.site_id = a.site_id and n.id = a.network_id
  order by a.id;
end $$;

-- In how many milliseconds something can be claimed for this channel: 0 now, null when nothing waits.
create or replace function next_due(p_site text, p_channel text) returns integer
language sql security definer set search_path = public, pg_temp as $$
  select ceil(extract(epoch from min(least(t.now + interval '1 day', greatest(
           delivery_due_at(d.lease_until, d.attempts, d.next_attempt_at, t.now),
           case when d.message_key is null and is_held(d.hold_until, t.now) then d.hold_until end,
           t.now)) - t.now)) * 1000)::integer
  from deliveries as d
  cross join (select clock_timestamp() as now) as t
  join channels as c on c.id = d.channel_id and channel_is_usable(c)
  join sites as s on s.id = c.site_id
  where s.name = p_site and c.name = p_channel and d.state = 'queued'
$$;

-- What came of one try, for its story, and how the channel fares since.
create function note_try(
  p_channel channels, p_message_key uuid, p_attempt integer, p_ms integer, p_outcome text, p_said text, p_now timestamptz
) returns void
language plpgsql as $$
begin
  insert into message_tries (site_id, channel_id, message_key, attempt, at, ms, outcome, said)
  values (p_channel.site_id, p_channel.id, p_message_key, p_attempt, p_now, p_ms, p_outcome, left(p_said, 1000));
  update channels
  set accepted_at = case when p_outcome = 'accepted' then p_now else accepted_at end,
      failing_since = case when p_outcome <> 'accepted' then least(failing_since, p_now) end,
      last_error = case when p_outcome <> 'accepted' then left(p_said, 1000) end
  where site_id = p_channel.site_id and id = p_channel.id;
  perform notify_delivery(p_channel.site_id);
end $$;

-- The end of a claimed message, delivered or failed. Returns that, or null when the caller no longer holds the lease.
create function end_message(
  p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_state text, p_said text, p_ms integer
) returns text
language plpgsql as $$
declare
  v_channel channels := lock_channel(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
  v_said    constant text := left(p_said, 1000);
  v_tries   integer;
begin
  perform lock_message(v_channel.id, p_message_key);
  with marked as (
    update deliveries
    set state = p_state, finished_at = v_now, lease_until = null, lease_token = null,
        receipt = case when p_state = 'delivered' then v_said else receipt end,
        reason = case when p_state = 'failed' then v_said else reason end,
        last_error = case when p_state = 'failed' then v_said end
    where channel_id = v_channel.id and state = 'queued' and message_key = p_message_key and lease_token = p_lease_token
    returning attempts
  ) select max(attempts) into v_tries from marked;
  if v_tries is null then
    return null;
  end if;
  perform note_try(v_channel, p_message_key, v_tries, p_ms,
                   case p_state when 'delivered' then 'accepted' else 'rejected' end, p_said, v_now);
  return p_state;
end $$;

-- What became of a claimed message: its state afterwards, or null when the caller no longer holds the lease.
drop function mark_delivered(text, text, uuid, uuid, text);
create function mark_delivered(
  p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_receipt text, p_ms integer
) returns text
language sql security definer set search_path = public, pg_temp as $$
  select end_message(p_site, p_channel, p_message_key, p_lease_token, 'delivered', p_receipt, p_ms)
$$;

drop function mark_failed(text, text, uuid, uuid, text);
create function mark_failed(
  p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_reason text, p_ms integer
) returns text
language sql security definer set search_path = public, pg_temp as $$
  select end_message(p_site, p_channel, p_message_key, p_lease_token, 'failed', p_reason, p_ms)
$$;

-- p_delay counts up to an hour; delivery_due_at takes anything longer for a clock that was set back.
drop function mark_retry(text, text, uuid, uuid, text, interval);
create function mark_retry(
  p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_error text, p_delay interval, p_ms integer
) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := lock_channel(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
  v_tries   integer;
begin
  perform lock_message(v_channel.id, p_message_key);
  with marked as (
    update deliveries
    set last_error = left(p_error, 1000), next_attempt_at = v_now + least(p_delay, interval '1 hour'),
        lease_until = null, lease_token = null
    where channel_id = v_channel.id and state = 'queued' and message_key = p_message_key and lease_token = p_lease_token
    returning attempts
  ) select max(attempts) into v_tries from marked;
  if v_tries is null then
    return null;
  end if;
  perform note_try(v_channel, p_message_key, v_tries, p_ms, 'retry', p_error, v_now);
  -- Switched off while it was being tried.
  perform suppress_unusable(v_channel, v_now);
  return case when give_up(v_channel, p_message_key, v_now) then 'failed' else 'queued' end;
end $$;

-- What a watcher from outside is told: null while all is well, else a line for each trouble. Since when looked at each
-- network, and which channel nothing gets through for p_failing. Says nothing about a site that was never scanned.
create function alerting_trouble(p_site text, p_failing interval) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select nullif(concat_ws(E'\n',
    (select string_agg(a.summary, E'\n' order by a.id) from alerts as a
     where a.site_id = s.id and a.resolved_at is null and a.kind in ('scan_failing', 'sensor_silent', 'service_silent')),
    (select string_agg('channel ' || c.name || ' has been failing since '
              || to_char(c.failing_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC: ' || coalesce(c.last_error, 'no answer'),
              E'\n' order by c.id)
     from channels as c
     where c.site_id = s.id and channel_is_usable(c) and c.failing_since < clock_timestamp() - p_failing)), '')
  from sites as s where s.name = p_site
$$;

-- Tries are of use as long as the alerts that they tell of. Returns how many went, at most p_limit.
create function prune_tries(p_before timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  v_gone integer;
begin
  delete from message_tries as t
  where (t.site_id, t.id) in (
    select o.site_id, o.id from message_tries as o where o.at < p_before order by o.site_id, o.id limit p_limit);
  get diagnostics v_gone = row_count;
  return v_gone;
end $$;

revoke execute on function prune_tries, alertd_lives, channel_is_usable, channel_off_reason, suppress_unusable, lock_message, catch_up, settle_channel,
  drop_undeclared, sync_channels, served_channels, report_problems, alertd_alive, alertd_stopped, forgive_clock,
  claim_deliveries, note_try, end_message, mark_delivered, mark_failed, mark_retry, alerting_trouble from public;
grant execute on function sync_channels, served_channels, report_problems, alertd_alive, alertd_stopped, claim_deliveries,
  mark_delivered, mark_failed, mark_retry, alerting_trouble to netureon_alertd;
