-- The outbox as the alert daemon works it: claim one message, send it, mark it. A message is the deliveries of one
-- channel that travel together under one message_key, fixed before the first try, so that a repeated try is the same
-- message. Every decision about time is made here, by the database's clock. Claiming and marking lock the channel's
-- row first (no key: new deliveries are not held up), so that a message is always taken and marked as a whole.
-- Locks: brief ACCESS EXCLUSIVE on deliveries for the new column.

-- Who holds the lease: a daemon that lost it to another (it was suspended, say) can no longer mark anything.
alter table deliveries add column lease_token uuid;

create function lock_channel(p_site text, p_channel text) returns channels
language sql as $$
  select c.* from channels as c
  join sites as s on s.id = c.site_id
  where s.name = p_site and c.name = p_channel
  for no key update of c
$$;

-- The earliest moment at which a queued delivery may be claimed. The first try never waits. Times further ahead than
-- anyone ever sets them come from a clock that has been set back since, and do not count.
create function delivery_due_at(
  p_lease_until timestamptz, p_attempts integer, p_next_attempt_at timestamptz, p_now timestamptz
) returns timestamptz
language sql immutable as $$
  select greatest(
    case when p_lease_until <= p_now + interval '10 minutes' then p_lease_until else '-infinity' end,
    case when p_attempts > 0 and p_next_attempt_at <= p_now + interval '1 hour' then p_next_attempt_at else '-infinity' end)
$$;

-- After a day and ten tries a message has failed, for everyone to see. Ten: a daemon that was off for a day has not
-- tried yet.
create function give_up(p_channel channels, p_message_key uuid, p_now timestamptz) returns boolean
language plpgsql as $$
begin
  if not exists (
    select from deliveries
    where channel_id = p_channel.id and state = 'queued' and message_key = p_message_key
    having max(created_at) < p_now - interval '24 hours' and min(attempts) >= 10
  ) then
    return false;
  end if;
  update deliveries
  set state = 'failed', reason = 'gave up after 24 h: ' || coalesce(last_error, 'no answer'), finished_at = p_now,
      lease_until = null, lease_token = null
  where channel_id = p_channel.id and state = 'queued' and message_key = p_message_key;
  return true;
end $$;

-- The channels that the configuration names, as parallel arrays; all others of the site are switched off, and what
-- waited for them is suppressed with that reason. Called when the daemon starts: whoever started it has probably
-- mended something, so what waits for a repeated try is due at once, and what a day or less ago found its channel
-- switched off is queued after all while its alert is open.
create function sync_channels(p_site text, p_names text[], p_kinds text[], p_targets text[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_late constant interval := interval '1 day';
  v_site integer := site_of(p_site);
begin
  insert into channels (site_id, name, kind, target)
  select v_site, n.name, n.kind, n.target from unnest(p_names, p_kinds, p_targets) as n (name, kind, target)
  order by n.name
  on conflict (site_id, name) do update set kind = excluded.kind, target = excluded.target, enabled = true
    where (channels.kind, channels.target, channels.enabled) is distinct from (excluded.kind, excluded.target, true);

  update channels set enabled = false where site_id = v_site and enabled and name <> all (p_names);

  update deliveries as d
  set state = 'suppressed', reason = 'channel ' || c.name || ' is switched off', finished_at = now(),
      lease_until = null, lease_token = null
  from channels as c
  where c.site_id = v_site and not c.enabled and d.channel_id = c.id and d.state = 'queued';

  update deliveries as d set next_attempt_at = now()
  from channels as c
  where c.site_id = v_site and c.enabled and d.channel_id = c.id and d.state = 'queued'
    and d.lease_until is null and d.next_attempt_at > now();

  update deliveries as d set state = 'queued', reason = null, finished_at = null, next_attempt_at = now()
  from channels as c, alerts as a
  where c.site_id = v_site and c.enabled and d.channel_id = c.id and d.state = 'suppressed'
    and d.reason = 'channel ' || c.name || ' is switched off' and d.created_at > now() - c_late
    and a.site_id = v_site and a.id = d.alert_id and a.resolved_at is null;
end $$;

-- One message for this channel, or no rows. A message that was tried before and is due goes first, under its key and
-- as it was composed; else everything that waits, up to p_limit, becomes a new one. Counted as a try from here on: a
-- message that kills the daemon is not tried for ever.
create function claim_deliveries(p_site text, p_channel text, p_lease interval, p_limit integer)
returns table (
  message_key uuid, lease_token uuid, attempts integer, alert_id bigint, kind text, severity text, summary text,
  detail jsonb, device_id bigint, device_name text, mac text, vendor text, random_mac boolean, ip text, network text,
  opened_at timestamptz, count integer
)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_channel channels := lock_channel(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
  v_token   uuid := gen_random_uuid();
  v_key     uuid;
  v_lease   timestamptz;
begin
  if v_channel.enabled is not true then
    return;
  end if;

  loop
    select d.message_key, d.lease_until into v_key, v_lease from deliveries as d
    where d.channel_id = v_channel.id and d.state = 'queued' and d.message_key is not null
      and delivery_due_at(d.lease_until, d.attempts, d.next_attempt_at, v_now) <= v_now
    order by d.id limit 1;
    -- A lease that ran out is a try that nobody reported on, and so nobody gave up on.
    exit when v_key is null or v_lease is null or not give_up(v_channel, v_key, v_now);
  end loop;

  if v_key is null then
    v_key := gen_random_uuid();
    update deliveries as d set message_key = v_key
    from (
      select site_id, id from deliveries
      where channel_id = v_channel.id and state = 'queued' and message_key is null
      order by id limit p_limit
      for update skip locked
    ) as waiting
    where d.site_id = waiting.site_id and d.id = waiting.id;
    if not found then
      return;
    end if;
  end if;

  return query
  with claimed as (
    update deliveries as d
    set lease_until = v_now + p_lease, lease_token = v_token, attempts = d.attempts + 1
    where d.channel_id = v_channel.id and d.state = 'queued' and d.message_key = v_key
    returning d.site_id, d.id, d.alert_id, d.attempts
  )
  select v_key, v_token, d.attempts, a.id, a.kind, a.severity, a.summary, a.detail, a.device_id, v.name, a.mac::text,
         m.vendor, coalesce(m.is_local, false), host(a.ip), n.cidr::text, a.opened_at, a.count
  from claimed as d
  join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
  left join devices as v on v.site_id = a.site_id and v.id = a.device_id
  left join device_macs as m on m.site_id = a.site_id and m.mac = a.mac
  left join networks as n on n.site_id = a.site_id and n.id = a.network_id
  order by d.id;
end $$;

-- In how many milliseconds something can be claimed for this channel: 0 now, null when nothing waits.
create function next_due(p_site text, p_channel text) returns integer
language sql security definer set search_path = public, pg_temp as $$
  select ceil(extract(epoch from min(
           greatest(delivery_due_at(d.lease_until, d.attempts, d.next_attempt_at, now()), now()) - now())) * 1000)::integer
  from deliveries as d
  join channels as c on c.id = d.channel_id and c.enabled
  join sites as s on s.id = c.site_id
  where s.name = p_site and c.name = p_channel and d.state = 'queued'
$$;

-- For pages that are open: the receipt of a delivery changed. A hint, as every NOTIFY here.
create function notify_delivery(p_site_id integer) returns void
language sql as $$
  select pg_notify('netureon_changes', json_build_object('what', 'delivery', 'site', p_site_id)::text)
$$;

-- What became of a claimed message: its state afterwards, or null when the caller no longer holds the lease.
create function mark_delivered(p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_receipt text)
returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := lock_channel(p_site, p_channel);
begin
  update deliveries
  set state = 'delivered', receipt = left(p_receipt, 1000), finished_at = clock_timestamp(),
      lease_until = null, lease_token = null, last_error = null
  where channel_id = v_channel.id and state = 'queued' and message_key = p_message_key and lease_token = p_lease_token;
  if not found then
    return null;
  end if;
  perform notify_delivery(v_channel.site_id);
  return 'delivered';
end $$;

create function mark_failed(p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_reason text)
returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := lock_channel(p_site, p_channel);
begin
  update deliveries
  set state = 'failed', reason = left(p_reason, 1000), last_error = left(p_reason, 1000),
      finished_at = clock_timestamp(), lease_until = null, lease_token = null
  where channel_id = v_channel.id and state = 'queued' and message_key = p_message_key and lease_token = p_lease_token;
  if not found then
    return null;
  end if;
  perform notify_delivery(v_channel.site_id);
  return 'failed';
end $$;

-- p_delay counts up to an hour; delivery_due_at takes anything longer for a clock that was set back.
create function mark_retry(
  p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_error text, p_delay interval
) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := lock_channel(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
begin
  update deliveries
  set last_error = left(p_error, 1000), next_attempt_at = v_now + least(p_delay, interval '1 hour'),
      lease_until = null, lease_token = null
  where channel_id = v_channel.id and state = 'queued' and message_key = p_message_key and lease_token = p_lease_token;
  if not found then
    return null;
  end if;
  perform notify_delivery(v_channel.site_id);
  return case when give_up(v_channel, p_message_key, v_now) then 'failed' else 'queued' end;
end $$;

revoke execute on function lock_channel, delivery_due_at, give_up, notify_delivery, sync_channels, claim_deliveries,
  next_due, mark_delivered, mark_failed, mark_retry from public;
grant execute on function sync_channels, claim_deliveries, next_due, mark_delivered, mark_failed, mark_retry
  to netureon_alertd;
