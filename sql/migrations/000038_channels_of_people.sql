-- What people do to channels: add one of their own, remove it, switch one off and on, try it. What waits for a channel
-- that is not used any more, and what it missed when it is used again, follows by the triggers of 000035.
-- NE404: no such channel. NE422: it makes no sense, in a sentence.
-- Locks: brief ACCESS EXCLUSIVE on channels for a column and a trigger.

alter table channels add column removed_by text;

create function channel_for_change(p_site text, p_channel integer) returns channels
language plpgsql as $$
declare
  v_channel channels;
begin
  select c.* into v_channel
  from channels as c join sites as s on s.id = c.site_id
  where s.name = p_site and c.id = p_channel and c.removed_at is null
  for no key update of c;
  if v_channel.id is null then
    raise exception 'there is no channel %', p_channel using errcode = 'NE404';
  end if;
  return v_channel;
end $$;

-- The alert daemons read the channels anew, and open pages show them.
create function channels_changed(p_site_id integer) returns void
language sql as $$
  select hint('netureon_alerts', 'channels');
  select hint('netureon_changes', json_build_object('what', 'channel', 'site', p_site_id)::text)
$$;

-- What the alert daemon says of a channel is for pages, not for daemons.
create function notify_channel_problem() returns trigger
language plpgsql as $$
begin
  perform hint('netureon_changes', json_build_object('what', 'channel', 'site', new.site_id)::text);
  return null;
end $$;
create trigger _900_notify_problem after update of problem on channels for each row
  when (old.problem is distinct from new.problem) execute function notify_channel_problem();

-- A channel of a person's, with the recipients that store/channel-input.ts has checked. Its credentials are the
-- configuration's; whether there are any, the alert daemon says in “problem”.
create function add_channel(p_site text, p_name text, p_kind text, p_target text, p_settings jsonb, p_actor text)
returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_most constant integer := 200;
  v_site integer := site_of(p_site);
  v_id   integer;
  v_why  text;
begin
  v_why := case
    when p_name is null or p_name !~ '^[a-z0-9][a-z0-9:._-]{0,40}$'
      then 'The name must be 1 to 41 of a-z, 0-9, colon, dot, dash and underscore, beginning with a letter or digit.'
    when p_name ~ '^(email|webhook)$|^(telegram|ntfy|matrix):'
      then format('The name %s is kept for channels of the configuration.', p_name)
    when p_kind is null or p_kind not in ('email', 'telegram', 'webhook', 'ntfy', 'matrix')
      then 'A channel is email, telegram, webhook, ntfy or matrix.'
    when jsonb_typeof(p_settings) is distinct from 'object' or octet_length(p_settings::text) > 20000
      then 'The recipients cannot be read.'
    when (select count(*) from channels where site_id = v_site and removed_at is null) >= c_most
      then format('There are %s channels already: remove one first.', c_most)
  end;
  if v_why is not null then
    raise exception '%', v_why using errcode = 'NE422';
  end if;

  -- The name is free again; what went through the channel that had it can still be told apart.
  update channels set name = format('%s (removed %s, #%s)', name, to_char(removed_at at time zone 'UTC', 'YYYY-MM-DD'), id)
  where site_id = v_site and name = p_name and removed_at is not null;
  insert into channels (site_id, name, kind, target, origin, settings)
  values (v_site, p_name, p_kind, left(p_target, 500), 'person', p_settings)
  on conflict (site_id, name) do nothing
  returning id into v_id;
  if v_id is null then
    raise exception 'There is a channel called % already.', p_name using errcode = 'NE422';
  end if;
  perform channels_changed(v_site);
  return v_id;
end $$;

-- Its row stays, for the history of what went through it. A channel of the configuration would be back at once, unless
-- no running daemon has it there any more.
create function remove_channel(p_site text, p_channel integer, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := channel_for_change(p_site, p_channel);
begin
  if v_channel.origin = 'config' and v_channel.enabled then
    raise exception 'The channel % comes from the configuration: take it out there, or switch it off.', v_channel.name
      using errcode = 'NE422';
  end if;
  update channels set removed_at = clock_timestamp(), removed_by = p_actor
  where site_id = v_channel.site_id and id = v_channel.id;
  perform channels_changed(v_channel.site_id);
  return v_channel.id;
end $$;

create function switch_channel(p_site text, p_channel integer, p_on boolean, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := channel_for_change(p_site, p_channel);
begin
  if (v_channel.off_at is null) <> p_on then
    update channels
    set off_at = case when not p_on then clock_timestamp() end, off_by = case when not p_on then p_actor end
    where site_id = v_channel.site_id and id = v_channel.id;
    perform channels_changed(v_channel.site_id);
  end if;
  return v_channel.id;
end $$;

-- One message through this channel, past all rules and mutes: an alert that is over at once, whose one delivery has the
-- receipt. Returns the alert; that of a test that is still waiting, if there is one.
create function queue_test(p_site text, p_channel integer, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := channel_for_change(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
  v_alert   bigint;
  v_why     text;
begin
  v_why := case
    when v_channel.off_at is not null then format('The channel %s is switched off: switch it on first.', v_channel.name)
    when v_channel.problem is not null then format('The channel %s cannot be used: %s.', v_channel.name, rtrim(v_channel.problem, '.'))
    when not v_channel.enabled
      then format('No running alert daemon has the channel %s in its configuration.', v_channel.name)
  end;
  if v_why is not null then
    raise exception '%', v_why using errcode = 'NE422';
  end if;
  select a.id into v_alert
  from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
  where d.channel_id = v_channel.id and d.state = 'queued' and a.kind = 'test'
  order by a.id desc limit 1;
  if v_alert is not null then
    return v_alert;
  end if;

  insert into alerts (site_id, kind, severity, summary, detail, dedup_key, routine, opened_at, last_at, resolved_at)
  values (v_channel.site_id, 'test', 'info', 'Test message, asked for by ' || p_actor,
          jsonb_build_object('channel', v_channel.name, 'by', p_actor), 'test:' || v_channel.id || ':' || gen_random_uuid(),
          true, v_now, v_now, v_now)
  returning id into v_alert;
  -- Whatever the rules made of it: this one is for this channel alone.
  delete from deliveries where site_id = v_channel.site_id and alert_id = v_alert;
  insert into deliveries (site_id, alert_id, channel_id, state) values (v_channel.site_id, v_alert, v_channel.id, 'queued');
  return v_alert;
end $$;

revoke execute on function channel_for_change, channels_changed, notify_channel_problem, add_channel, remove_channel, switch_channel, queue_test
  from public;
grant execute on function add_channel, remove_channel, switch_channel, queue_test to netureon_web;
