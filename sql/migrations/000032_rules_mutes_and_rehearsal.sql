-- What uses route_alerts (000031): the live path, which writes what was decided, and the rehearsal, which puts the alerts of
-- the last days once more through it before a rule is saved. And what people do to rules and mutes.
-- Locks: functions only.

create function muted_words(p_until timestamptz, p_actor text, p_at timestamptz, p_zone text) returns text
language sql stable as $$
  select 'muted until '
    || to_char(p_until at time zone p_zone, case when p_until < p_at + interval '6 days' then 'FMDy HH24:MI' else 'FMDD Mon YYYY HH24:MI' end)
    || ' by ' || p_actor
$$;

-- The rules that count at a moment, from the top.
create function rules_in_force(p_site_id integer, p_at timestamptz) returns rules[]
language sql stable as $$
  select array(select r from rules as r
               where r.site_id = p_site_id and r.enabled and (r.expires_at > p_at) is not false
                 and (r.snoozed_until <= p_at) is not false
               order by r.position, r.id)
$$;

-- Routes alerts and writes what was decided. p_channel: only for this one, in the place of what was not sent while it was
-- off, and who is to be called if nobody acknowledges; null: for all.
create function queue_facts(p_site_id integer, p_facts alert_fact[], p_channel integer default null) returns void
language plpgsql set jit = off as $$
declare
  v_rules   constant rules[] := rules_in_force(p_site_id, clock_now());
  v_changes constant boolean := exists (select from unnest(v_rules) as r where r.set_severity is not null);
begin
  with decided as materialized (
    select * from route_alerts(p_site_id, describe_facts(p_site_id, p_facts, v_rules, false), v_rules, true)
  ), changed as (
    update alerts as a set severity = d.severity, severity_was = coalesce(a.severity_was, a.severity)
    from (select distinct alert_id, severity from decided where v_changes) as d
    where a.site_id = p_site_id and a.id = d.alert_id and a.severity <> d.severity
    returning a.id, a.severity_was, a.severity
  ), noted as (
    insert into alert_events (site_id, alert_id, what, detail)
    select p_site_id, id, 'severity', jsonb_build_object('was', severity_was, 'now', severity) from changed
  ), meant as materialized (
    select d.* from decided as d
    where p_channel is null or d.channel_id = p_channel and not d.escalation
      or d.escalation and d.alert_id not in (select f.alert_id from unnest(p_facts) as f where f.acknowledged_at is not null)
         and not exists (select from deliveries as o where o.site_id = p_site_id and o.alert_id = d.alert_id
                           and o.channel_id = d.channel_id and o.escalation)
  ), replaced as (
    delete from deliveries as o
    where o.site_id = p_site_id and o.channel_id = p_channel and o.reason like 'channel % is switched off%' and not o.escalation
      and o.alert_id in (select alert_id from meant where channel_id = p_channel)
  )
  insert into deliveries (site_id, alert_id, channel_id, state, reason, finished_at, hold_until, rule_id, rule_name, group_until,
                          quiet, escalation, held_because, created_at, next_attempt_at)
  select p_site_id, alert_id, channel_id, case when why is null then 'queued' else 'suppressed' end, reason,
         case when why is not null then now() end, hold_until, rule_id, rule_name, group_until, quiet, escalation, held_because,
         -- Never from the future: that would mean that the clock has been set back since.
         least(now(), clock_now()), least(now(), clock_now())
  from meant;
end $$;

-- For alerts that are there already: a channel is new or on again.
create function queue_alerts(p_site_id integer, p_alerts bigint[], p_channel integer default null) returns void
language sql as $$
  select queue_facts(p_site_id, array_agg(alert_fact_of(a, clock_now(), null) order by a.id), p_channel)
  from alerts as a where a.site_id = p_site_id and a.id = any (p_alerts) and a.kind <> 'test'
  having count(*) > 0
$$;

-- The one entry: every alert gets its deliveries in the statement that raised it. A new device with a random MAC is not told
-- of before its name can be known, if somebody who changes MACs is missed: it may be just that one (000024). What a person
-- asked for to try a channel goes there and nowhere else.
create or replace function queue_deliveries() returns trigger
language plpgsql as $$
declare
  c_hold constant interval := interval '3 minutes';
  v_site integer;
  v_wait timestamptz;
begin
  for v_site in select distinct site_id from opened where kind <> 'test' loop
    v_wait := case when exists (select from opened where site_id = v_site and kind = 'new_device')
                    and exists (select from identity_rules as r where r.site_id = v_site
                                  and not device_is_here(r.site_id, device_root(r.site_id, r.device_id)))
                then now() + c_hold end;
    perform queue_facts(v_site, array(
      select alert_fact_of(o, o.opened_at, case when o.kind = 'new_device' and o.detail ->> 'random_mac' = 'true' then v_wait end)
      from opened as o where o.site_id = v_site and o.kind <> 'test'));
    perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', v_site)::text);
  end loop;
  return null;
end $$;

revoke execute on function muted_words, rules_in_force, queue_facts, queue_alerts from public;

-- What people do to rules. NE404: no such rule. NE409: somebody changed it since. NE422: it makes no sense, in a sentence.

create function is_time_zone(p_zone text) returns boolean
language plpgsql stable as $$
begin
  -- PostgreSQL also takes POSIX descriptions such as CET-1CEST, and anything with a digit as one.
  return p_zone ~ '^(UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$' and (now() at time zone p_zone) is not null;
exception when invalid_parameter_value then
  return false;
end $$;

create function rule_for_change(p_site text, p_rule integer, p_revision integer default null) returns rules
language plpgsql as $$
declare
  v_rule rules;
begin
  -- All of the site, in one order: positions are about all of them.
  perform from rules as r join sites as s on s.id = r.site_id where s.name = p_site order by r.id for update of r;
  select r.* into v_rule from rules as r join sites as s on s.id = r.site_id where s.name = p_site and r.id = p_rule;
  if v_rule.id is null then
    raise exception 'there is no rule %', p_rule using errcode = 'NE404';
  end if;
  if p_revision <> v_rule.revision then
    raise exception 'rule % was changed meanwhile', p_rule using errcode = 'NE409';
  end if;
  return v_rule;
end $$;

create function rules_changed(p_site_id integer) returns void
language sql as $$
  with ranks as (
    select id, row_number() over (order by position, id) as rank from rules where site_id = p_site_id
  )
  update rules as r set position = k.rank from ranks as k
  where r.site_id = p_site_id and r.id = k.id and r.position <> k.rank;
  select pg_notify('netureon_changes', json_build_object('what', 'rule', 'site', p_site_id)::text)
$$;

create function jsonb_texts(p_list jsonb) returns text[]
language sql immutable as $$
  select case when jsonb_typeof(p_list) = 'array' then array(select jsonb_array_elements_text(p_list)) end
$$;

-- A rule as forms and rehearsals write it (RuleInput of src/store/rules.ts), over the one that it replaces.
create function rule_from(p_rule jsonb, p_over rules) returns rules
language plpgsql stable as $$
declare
  v_rule rules := p_over;
begin
  v_rule.name := btrim(p_rule ->> 'name');
  v_rule.enabled := coalesce((p_rule ->> 'enabled')::boolean, true);
  v_rule.kinds := jsonb_texts(p_rule -> 'kinds');
  v_rule.min_severity := coalesce(p_rule ->> 'minSeverity', 'info');
  v_rule.networks := jsonb_texts(p_rule -> 'networks')::integer[];
  v_rule.devices := jsonb_texts(p_rule -> 'devices')::bigint[];
  v_rule.owners := jsonb_texts(p_rule -> 'owners');
  v_rule.device_kinds := jsonb_texts(p_rule -> 'deviceKinds');
  v_rule.states := jsonb_texts(p_rule -> 'states');
  v_rule.vendors := jsonb_texts(p_rule -> 'vendors');
  v_rule.random_mac := (p_rule ->> 'randomMac')::boolean;
  v_rule.watched := (p_rule ->> 'watched')::boolean;
  v_rule.days := jsonb_texts(p_rule -> 'days')::smallint[];
  v_rule.from_time := (p_rule ->> 'fromTime')::time;
  v_rule.to_time := (p_rule ->> 'toTime')::time;
  v_rule.time_zone := p_rule ->> 'timeZone';
  v_rule.action := coalesce(p_rule ->> 'action', 'send');
  v_rule.channels := jsonb_texts(p_rule -> 'channels')::integer[];
  v_rule.set_severity := p_rule ->> 'setSeverity';
  v_rule.cooldown := make_interval(secs => (p_rule ->> 'cooldownS')::double precision);
  v_rule.group_for := make_interval(secs => (p_rule ->> 'groupS')::double precision);
  v_rule.quiet_from := (p_rule ->> 'quietFrom')::time;
  v_rule.quiet_to := (p_rule ->> 'quietTo')::time;
  v_rule.escalate_after := make_interval(secs => (p_rule ->> 'escalateAfterS')::double precision);
  v_rule.escalate_to := (p_rule ->> 'escalateTo')::integer;
  v_rule.expires_at := (p_rule ->> 'expiresAt')::timestamptz;
  return v_rule;
end $$;

-- In the words of a person what the checks of the table would refuse, and what they cannot see.
create function refuse_rule(p_rule rules) returns void
language plpgsql stable as $$
declare
  v_why text;
begin
  v_why := case
    when coalesce(length(p_rule.name), 0) not between 1 and 100 then 'a rule needs a name of 1 to 100 characters'
    when exists (select from rules where site_id = p_rule.site_id and name = p_rule.name and id is distinct from p_rule.id)
      then format('there is a rule called %s already', p_rule.name)
    when severity_rank(p_rule.min_severity) is null or severity_rank(coalesce(p_rule.set_severity, 'info')) is null
      then 'a severity is info, low, medium, high or critical'
    when p_rule.action not in ('send', 'silence') then 'a rule sends or keeps silent'
    when not p_rule.states <@ array['new', 'known', 'ignored', 'blocked', 'archived']
      then 'a state is new, known, ignored, blocked or archived'
    when not p_rule.days <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[] then 'days are 1 (Monday) to 7 (Sunday)'
    when not is_time_zone(coalesce(p_rule.time_zone, 'UTC')) then format('there is no time zone %s', p_rule.time_zone)
    when (p_rule.from_time is null) <> (p_rule.to_time is null) or p_rule.from_time = p_rule.to_time
      then 'hours need a begin and another end'
    when (p_rule.quiet_from is null) <> (p_rule.quiet_to is null) or p_rule.quiet_from = p_rule.quiet_to
      then 'quiet hours need a begin and another end'
    when not p_rule.cooldown between interval '1 second' and interval '366 days' then 'a cooldown is 1 second to 366 days'
    when not p_rule.group_for between interval '1 second' and interval '1 day' then 'alerts are gathered for 1 second to 1 day'
    when (p_rule.escalate_after is null) <> (p_rule.escalate_to is null) then 'an escalation needs a time and a channel'
    when not p_rule.escalate_after between interval '1 minute' and interval '7 days' then 'an escalation comes after 1 minute to 7 days'
    when 0 in (cardinality(p_rule.kinds), cardinality(p_rule.networks), cardinality(p_rule.devices), cardinality(p_rule.owners),
               cardinality(p_rule.device_kinds), cardinality(p_rule.states), cardinality(p_rule.vendors),
               cardinality(p_rule.days), cardinality(p_rule.channels)) then 'an empty list matches nothing'
    when exists (select from unnest(p_rule.channels || p_rule.escalate_to) as c (id)
                 where c.id is not null and not exists (select from channels as k
                   where k.site_id = p_rule.site_id and k.id = c.id and k.removed_at is null)) then 'it names a channel that is not there'
    when exists (select from unnest(p_rule.networks) as n (id)
                 where not exists (select from networks as k where k.site_id = p_rule.site_id and k.id = n.id))
      then 'it names a network that is not there'
    when exists (select from unnest(p_rule.devices) as d (id)
                 where not exists (select from devices as k where k.site_id = p_rule.site_id and k.id = d.id))
      then 'it names a device that is not there'
  end;
  if v_why is not null then
    raise exception '%', v_why using errcode = 'NE422';
  end if;
end $$;

-- What a form would make of a rule, or of a new one on top.
create function rule_of_input(p_site_id integer, p_rule integer, p_input jsonb) returns rules
language plpgsql stable as $$
declare
  v_rule rules;
begin
  if p_rule is not null then
    select * into v_rule from rules where site_id = p_site_id and id = p_rule;
    if v_rule.id is null then
      raise exception 'there is no rule %', p_rule using errcode = 'NE404';
    end if;
  else
    v_rule.site_id := p_site_id;
    v_rule.id := 0;
    v_rule.position := 0;
    v_rule.revision := -1;
  end if;
  begin
    v_rule := rule_from(p_input, v_rule);
  exception when data_exception then
    raise exception 'a rule cannot be read from this: %', sqlerrm using errcode = 'NE422';
  end;
  perform refuse_rule(v_rule);
  return v_rule;
end $$;

-- Makes a rule, on top, or changes the one that is given. p_revision null skips the check.
create function save_rule(p_site text, p_rule integer, p_revision integer, p_input jsonb, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
  v_rule rules;
begin
  if p_rule is not null then
    perform rule_for_change(p_site, p_rule, p_revision);
  end if;
  v_rule := rule_of_input(v_site, p_rule, p_input);
  if v_rule.origin is distinct from 'person' then
    v_rule.origin := 'person';
    v_rule.made_by := p_actor;
    v_rule.made_at := clock_timestamp();
  end if;
  v_rule.revision := v_rule.revision + 1;
  if p_rule is null then
    v_rule.id := nextval(pg_get_serial_sequence('rules', 'id'));
  else
    delete from rules where site_id = v_site and id = p_rule;
  end if;
  insert into rules overriding system value select (v_rule).*;
  perform rules_changed(v_site);
  return v_rule.id;
exception when unique_violation then
  raise exception 'there is a rule called % already', v_rule.name using errcode = 'NE422';
end $$;

create function move_rule(p_site text, p_rule integer, p_direction text, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_rule  rules := rule_for_change(p_site, p_rule);
  v_other rules;
begin
  if p_direction not in ('up', 'down') then
    raise exception 'a rule moves up or down' using errcode = 'NE422';
  end if;
  perform rules_changed(v_rule.site_id);
  select position into v_rule.position from rules where site_id = v_rule.site_id and id = p_rule;
  update rules set position = v_rule.position
  where site_id = v_rule.site_id and position = v_rule.position + case p_direction when 'up' then -1 else 1 end
  returning * into v_other;
  if v_other.id is not null then
    update rules set position = v_rule.position + case p_direction when 'up' then -1 else 1 end, revision = revision + 1
    where site_id = v_rule.site_id and id = p_rule;
  end if;
  return p_rule;
end $$;

create function switch_rule(p_site text, p_rule integer, p_on boolean, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_rule rules := rule_for_change(p_site, p_rule);
begin
  update rules set enabled = p_on, revision = revision + 1 where site_id = v_rule.site_id and id = p_rule and enabled <> p_on;
  perform rules_changed(v_rule.site_id);
  return p_rule;
end $$;

-- p_until null: it works again from now on.
create function snooze_rule(p_site text, p_rule integer, p_until timestamptz, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_rule rules := rule_for_change(p_site, p_rule);
begin
  if p_until not between clock_now() and clock_now() + interval '366 days' then
    raise exception 'a rule is snoozed until some time within a year' using errcode = 'NE422';
  end if;
  update rules set snoozed_until = p_until, revision = revision + 1 where site_id = v_rule.site_id and id = p_rule;
  perform rules_changed(v_rule.site_id);
  return p_rule;
end $$;

create function remove_rule(p_site text, p_rule integer, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_rule rules := rule_for_change(p_site, p_rule);
begin
  delete from rules where site_id = v_rule.site_id and id = p_rule;
  insert into removed_rules (site_id, rule_id, rule, removed_by) values (v_rule.site_id, p_rule, to_jsonb(v_rule), p_actor)
  on conflict (site_id, rule_id) do update set rule = excluded.rule, removed_at = excluded.removed_at, removed_by = excluded.removed_by;
  perform rules_changed(v_rule.site_id);
  return p_rule;
end $$;

-- Brings a removed rule back as it was, where it was.
create function restore_rule(p_site text, p_rule integer, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
  v_rule rules;
begin
  delete from removed_rules as g where g.site_id = v_site and g.rule_id = p_rule
  returning (jsonb_populate_record(null::rules, g.rule)).* into v_rule;
  if v_rule.id is null then
    raise exception 'no rule % was removed', p_rule using errcode = 'NE404';
  end if;
  perform from rules where site_id = v_site order by id for update;
  update rules set position = position + 1 where site_id = v_site and position >= v_rule.position;
  v_rule.revision := v_rule.revision + 1;
  insert into rules overriding system value select (v_rule).*;
  perform rules_changed(v_site);
  return p_rule;
exception when unique_violation then
  raise exception 'there is another rule called % now', v_rule.name using errcode = 'NE422';
end $$;

-- Where the site's people sleep.
create function set_time_zone(p_site text, p_zone text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not is_time_zone(p_zone) then
    raise exception 'there is no time zone %', p_zone using errcode = 'NE422';
  end if;
  update sites set time_zone = p_zone where id = site_of(p_site) and time_zone is distinct from p_zone;
end $$;

-- Mutes. NE404: what it names is not there. Returns the number of the mute.
create function mute_alerts(
  p_site text, p_device bigint, p_kind text, p_network integer, p_channel integer, p_until timestamptz, p_actor text, p_note text
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
  v_mute bigint;
begin
  if p_device is not null and not exists (select from devices where site_id = v_site and id = p_device) then
    raise exception 'there is no device %', p_device using errcode = 'NE404';
  elsif p_network is not null and not exists (select from networks where site_id = v_site and id = p_network) then
    raise exception 'there is no network %', p_network using errcode = 'NE404';
  elsif p_channel is not null and not exists (select from channels where site_id = v_site and id = p_channel) then
    raise exception 'there is no channel %', p_channel using errcode = 'NE404';
  elsif p_until is null or p_until not between clock_now() and clock_now() + interval '366 days' then
    raise exception 'a mute ends some time within a year' using errcode = 'NE422';
  elsif length(p_note) > 500 then
    raise exception 'a note has at most 500 characters' using errcode = 'NE422';
  end if;
  insert into mutes (site_id, device_id, kind, network_id, channel_id, until, actor, note)
  values (v_site, p_device, p_kind, p_network, p_channel, p_until, p_actor, p_note)
  returning id into v_mute;
  perform pg_notify('netureon_changes', json_build_object('what', 'mute', 'site', v_site)::text);
  return v_mute;
end $$;

-- null: it had ended already. What it withheld is told now.
create function unmute_alerts(p_site text, p_mute bigint, p_actor text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  if not exists (select from mutes where site_id = v_site and id = p_mute) then
    raise exception 'there is no mute %', p_mute using errcode = 'NE404';
  end if;
  update mutes set ended_at = clock_now(), ended_by = p_actor
  where site_id = v_site and id = p_mute and ended_at is null and until > clock_now();
  if not found then
    return null;
  end if;
  perform settle_mutes();
  perform pg_notify('netureon_changes', json_build_object('what', 'mute', 'site', v_site)::text);
  return p_mute;
end $$;

create function running_mutes(p_site text)
returns table (id bigint, device_id bigint, device text, kind text, network_id integer, network text, channel_id integer,
               channel text, from_at timestamptz, until timestamptz, actor text, note text)
language sql stable security definer set search_path = public, pg_temp as $$
  select m.id, m.device_id, case when d.id is not null then device_title(d) end, m.kind, m.network_id,
         case when n.id is not null then coalesce(n.name, network_words(n)) end, m.channel_id, c.name, m.from_at, m.until,
         m.actor, m.note
  from mutes as m
  join sites as s on s.id = m.site_id
  left join devices as d on d.site_id = m.site_id and d.id = m.device_id
  left join networks as n on n.site_id = m.site_id and n.id = m.network_id
  left join channels as c on c.site_id = m.site_id and c.id = m.channel_id
  where s.name = p_site and m.ended_at is null and m.until > clock_now()
$$;

-- Mutes that ended before, and rules that were removed before: nobody takes them back any more. Each returns how many went,
-- at most p_limit.
create function prune_mutes(p_before timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  v_gone integer;
begin
  delete from mutes as m
  where (m.site_id, m.id) in (
    select o.site_id, o.id from mutes as o where least(o.until, o.ended_at) < p_before order by o.site_id, o.id limit p_limit);
  get diagnostics v_gone = row_count;
  return v_gone;
end $$;

create function prune_removed_rules(p_before timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  v_gone integer;
begin
  delete from removed_rules as r
  where (r.site_id, r.rule_id) in (
    select o.site_id, o.rule_id from removed_rules as o where o.removed_at < p_before order by o.site_id, o.rule_id limit p_limit);
  get diagnostics v_gone = row_count;
  return v_gone;
end $$;

revoke execute on function prune_mutes, prune_removed_rules, is_time_zone, rule_for_change, rules_changed, jsonb_texts, rule_from,
  refuse_rule, save_rule, move_rule, switch_rule, snooze_rule, remove_rule, restore_rule, set_time_zone, mute_alerts,
  unmute_alerts, running_mutes from public;
grant execute on function save_rule, move_rule, switch_rule, snooze_rule, remove_rule, restore_rule, set_time_zone,
  mute_alerts, unmute_alerts, running_mutes to netureon_web;
grant execute on function set_time_zone, mute_alerts, unmute_alerts, running_mutes to netureon_alertd;


-- What a rehearsal finds: a row for each message to a channel and each alert that is in it, or why it is in none.
create type rehearsed as (
  alert_id   bigint,
  device_id  bigint,
  channel_id integer,
  rule_id    integer,
  -- null: sent.
  not_sent   text,
  due        timestamptz,
  -- Counts the messages of the channel: what is due within a second of another travels with it.
  message    bigint
);

create function rehearse_alerts(p_site_id integer, p_facts alert_fact[], p_rules rules[]) returns rehearsed[]
language plpgsql stable set enable_nestloop = off set jit = off as $$
begin
  return array(
    with facts as materialized (
      select f.alert_id, f.device_id, f.over_at, f.acknowledged_at from unnest(p_facts) as f
    ), ended as (
      select d.alert_id, f.device_id, d.channel_id, d.rule_id, coalesce(d.hold_until, d.at) as due,
             case when d.why = 'cooldown' then 'told shortly before, and the rule “' || d.rule_name || '” has a cooldown'
                  when d.why = 'mute' then 'muted'
                  when d.why is not null then d.reason
                  when f.over_at < d.group_until then 'over before it was sent'
                  when d.escalation and least(f.over_at, f.acknowledged_at) <= d.hold_until
                    then 'seen to before somebody else was called' end as not_sent
      from route_alerts(p_site_id, p_facts, p_rules, false) as d
      join facts as f on f.alert_id = d.alert_id
    ), gaps as (
      select e.*, e.not_sent is null and coalesce(e.due > lag(e.due) over same_channel + interval '1 second', true) as begins
      from ended as e
      window same_channel as (partition by e.channel_id, e.not_sent is null order by e.due, e.alert_id)
    )
    select row(g.alert_id, g.device_id, g.channel_id, g.rule_id, g.not_sent, g.due,
               case when g.not_sent is null then sum(g.begins::integer) over (partition by g.channel_id, g.not_sent is null
                                                                            order by g.due, g.alert_id) end)::rehearsed
    from gaps as g);
end $$;

-- Forecast of src/store/rehearsal.ts. p_rule: only what this rule decides; null: all.
create function forecast_of(p_site_id integer, p_rows rehearsed[], p_rule integer, p_zone text) returns jsonb
language plpgsql stable set enable_nestloop = off set jit = off as $$
begin
  return (
    with considered as materialized (
      select * from unnest(p_rows) where p_rule is null or rule_id = p_rule
    ), messages as materialized (
      select channel_id, message, min(due) at time zone p_zone as local from considered where not_sent is null
      group by channel_id, message
    ), by_channel as (
      select c.name, count(*) as messages from messages as m
      join channels as c on c.site_id = p_site_id and c.id = m.channel_id group by c.name
    ), by_day as (
      select to_char(local, 'YYYY-MM-DD') as day, count(*) as messages from messages group by 1
    ), by_device as (
      select device_id, count(*) as messages
      from (select distinct device_id, channel_id, message from considered where not_sent is null) as m
      group by device_id order by messages desc, device_id limit 50
    ), not_sent as (
      select not_sent as reason, count(*) as alerts
      from (select distinct not_sent, alert_id from considered where not_sent is not null) as n group by not_sent
    )
    select jsonb_build_object(
      'alerts', (select count(*) from (select distinct alert_id from considered) as a),
      'messages', (select count(*) from messages),
      'atNight', (select count(*) from messages where extract(hour from local) >= 23 or extract(hour from local) < 7),
      'byChannel', coalesce((select jsonb_agg(jsonb_build_object('channel', name, 'messages', messages) order by messages desc, name)
                             from by_channel), '[]'),
      'byDay', coalesce((select jsonb_agg(jsonb_build_object('day', day, 'messages', messages) order by day) from by_day), '[]'),
      'devices', coalesce((select jsonb_agg(jsonb_build_object('id', b.device_id, 'title',
                             coalesce(device_title(d), 'about no device'), 'messages', b.messages)
                             order by b.messages desc, b.device_id)
                           from by_device as b left join devices as d on d.site_id = p_site_id and d.id = b.device_id), '[]'),
      'notSent', coalesce((select jsonb_agg(jsonb_build_object('reason', reason, 'alerts', alerts) order by alerts desc, reason)
                           from not_sent), '[]')));
end $$;

-- The alerts of the last p_days, under the rules as they are and with one more or another. p_input null: only as they are.
-- Rules count for all of that time, whenever they were made, as if nobody had snoozed them; mutes, when they ran.
create function rehearse_rules(p_site text, p_rule integer, p_input jsonb, p_days integer) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_site  constant sites := (select s from sites as s where s.name = p_site);
  v_rule  rules;
  v_now   rules[];
  v_all   rules[];
  v_facts alert_fact[];
  v_rows  rehearsed[];
  v_zone  text := coalesce(v_site.time_zone, 'UTC');
  v_as_is jsonb;
begin
  if p_days not between 1 and 366 then
    raise exception 'a rehearsal is of 1 to 366 days' using errcode = 'NE422';
  end if;
  v_now := array(select r from rules as r
                 where r.site_id = v_site.id and r.enabled and (r.expires_at > clock_now()) is not false
                 order by r.position, r.id);
  if p_input is not null then
    v_rule := rule_of_input(v_site.id, p_rule, p_input);
    v_zone := coalesce(v_rule.time_zone, v_zone);
    v_all := array(select r from (select * from unnest(v_now) as o where o.id <> v_rule.id
                                  union all select (v_rule).*) as r order by r.position, r.id);
  end if;
  v_facts := array(select alert_fact_of(a, a.opened_at, null) from alerts as a
                   where a.site_id = v_site.id and a.opened_at > clock_now() - make_interval(days => p_days) and a.kind <> 'test');
  v_facts := describe_facts(v_site.id, v_facts, v_now || v_all, true);

  v_rows := rehearse_alerts(v_site.id, v_facts, v_now);
  v_as_is := forecast_of(v_site.id, v_rows, null, v_zone);
  if p_input is null then
    return jsonb_build_object('rule', null, 'all', v_as_is, 'now', v_as_is);
  end if;
  v_rows := rehearse_alerts(v_site.id, v_facts, v_all);
  return jsonb_build_object('rule', forecast_of(v_site.id, v_rows, v_rule.id, v_zone),
                            'all', forecast_of(v_site.id, v_rows, null, v_zone), 'now', v_as_is);
end $$;

revoke execute on function rule_of_input, rehearse_alerts, forecast_of, rehearse_rules from public;
grant execute on function rehearse_rules to netureon_web;
