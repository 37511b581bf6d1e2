-- Rules decide, in the transaction of the alert and set-based: which channels are told, when, and why others are not.
-- One function, route_alerts, does it for live alerts and for rehearsals (000032). And what people do to rules and mutes.
-- Locks: brief ACCESS EXCLUSIVE on rules for its columns; a short index build on deliveries and alerts.

create index deliveries_grouped on deliveries (site_id, rule_id, channel_id, group_until)
  where state = 'queued' and group_until is not null;
-- Causes that are no device's: when was the last time?
create index alerts_by_cause on alerts (site_id, dedup_key) where device_id is null;

update rules set channels = array[channel_id] where channel_id is not null;
alter table rules drop column channel_id;

-- What was removed, so that it can be brought back.
create table removed_rules (
  site_id    integer not null references sites (id) on delete cascade,
  rule_id    integer not null,
  rule       jsonb not null,
  removed_at timestamptz not null default clock_timestamp(),
  removed_by text not null,
  primary key (site_id, rule_id)
);

-- The rules that a site begins with: right for a home on its first day, and no message is held for long. What is routine
-- (a lease that went to another phone) is information or low, so the rule that names such kinds leaves it alone.
create function add_default_rules(p_site_id integer) returns void
language sql as $$
  insert into rules (site_id, position, name, enabled, kinds, min_severity, from_time, to_time, quiet_from, quiet_to,
                     group_for, cooldown)
  values
    (p_site_id, 1, 'Quiet nights', false, null, 'info', '22:00', '07:00', '22:00', '07:00', interval '1 minute', null),
    (p_site_id, 2, 'Watched devices', true, array['device_down', 'device_back'], 'info', null, null, null, null,
     interval '1 minute', null),
    (p_site_id, 3, 'High and critical', true, null, 'high', null, null, null, null, null, null),
    (p_site_id, 4, 'Addresses that change hands', true,
     array['ip_changed', 'mac_changed', 'flip_flop', 'mac_reused', 'mac_returned', 'ip_conflict', 'proxy_arp',
           'port_opened', 'name_changed'], 'medium', null, null, null, null, interval '5 minutes', interval '6 hours'),
    (p_site_id, 5, 'Everything else', true, null, 'info', null, null, null, null, null, null)
$$;

create or replace function default_rules() returns trigger
language plpgsql as $$
begin
  perform add_default_rules(new.id);
  return null;
end $$;

-- Sites that nobody ever gave a rule get the new ones in the place of the old. Elsewhere every rule sends at once, so
-- that it makes no difference that now the first decides.
do $$
declare
  v_site integer;
begin
  for v_site in
    select site_id from rules group by site_id
    having count(*) = 1 and bool_and(name = 'Everything to every channel' and enabled and kinds is null
                                     and min_severity = 'info' and channels is null)
  loop
    delete from rules where site_id = v_site;
    perform add_default_rules(v_site);
  end loop;
end $$;

-- As in 000015. A rule that wants medium and above does not ask for what is routine, which never is.
create or replace function routine_window(p_site_id integer, p_kind text) returns interval
language sql stable as $$
  select case when exists (select from rules
                           where site_id = p_site_id and enabled and p_kind = any (kinds) and min_severity in ('info', 'low'))
           then interval '1 hour' else interval '7 days' end
$$;

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

-- Makes a rule, on top, or changes the one that is given. p_revision null skips the check.
create function save_rule(p_site text, p_rule integer, p_revision integer, p_input jsonb, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
  v_rule rules;
begin
  if p_rule is not null then
    v_rule := rule_for_change(p_site, p_rule, p_revision);
  else
    v_rule.site_id := v_site;
    v_rule.position := 0;
    v_rule.revision := -1;
  end if;
  begin
    v_rule := rule_from(p_input, v_rule);
  exception when data_exception then
    raise exception 'a rule cannot be read from this: %', sqlerrm using errcode = 'NE422';
  end;
  perform refuse_rule(v_rule);
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

-- null: it had ended already.
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

revoke execute on function add_default_rules, is_time_zone, rule_for_change, rules_changed, jsonb_texts, rule_from,
  refuse_rule, save_rule, move_rule, switch_rule, snooze_rule, remove_rule, restore_rule, set_time_zone, mute_alerts,
  unmute_alerts, running_mutes from public;
grant execute on function save_rule, move_rule, switch_rule, snooze_rule, remove_rule, restore_rule, set_time_zone,
  mute_alerts, unmute_alerts, running_mutes to netureon_web;
grant execute on function set_time_zone, mute_alerts, unmute_alerts, running_mutes to netureon_alertd;

create or replace function queue_deliveries() returns trigger
language plpgsql as $$
declare
  c_hold constant interval := interval '3 minutes';
begin
  -- The few (kind, severity, channel) targets first, materialized: the planner believes that a transition table has
  -- one row, and would otherwise work them out again for each alert of a burst.
  with sorts as materialized (
    select distinct site_id, kind, severity, routine from opened
  ), targets as materialized (
    select distinct o.site_id, o.kind, o.severity, o.routine, c.id as channel_id
    from sorts as o
    join rules as r on r.site_id = o.site_id and r.enabled
      and (o.kind = any (r.kinds) or r.kinds is null and not o.routine)
      and severity_rank(o.severity) >= severity_rank(r.min_severity)
    join channels as c on c.site_id = o.site_id and c.enabled and c.off_at is null and c.removed_at is null and (r.channels is null or c.id = any (r.channels))
  ), reasons as materialized (
    select o.site_id, case when exists (select from channels as c where c.site_id = o.site_id and c.enabled)
                        then 'no rule sends this kind of alert' else 'no channel is set up' end as reason
    from (select distinct site_id from sorts) as o
  ), missed as materialized (
    select o.site_id from (select distinct site_id from sorts where kind = 'new_device') as o
    where exists (select from identity_rules as r
                  where r.site_id = o.site_id and not device_is_here(r.site_id, device_root(r.site_id, r.device_id)))
  )
  insert into deliveries (site_id, alert_id, channel_id, state, reason, finished_at, hold_until)
  select a.site_id, a.id, t.channel_id,
         case when t.channel_id is null then 'suppressed' else 'queued' end,
         case when t.channel_id is null then
           case when a.routine then 'routine: sent only by a rule that names its kind' else r.reason end end,
         case when t.channel_id is null then now() end,
         case when t.channel_id is not null and a.kind = 'new_device' and a.detail ->> 'random_mac' = 'true'
                and a.site_id in (select site_id from missed) then now() + c_hold end
  from opened as a
  join reasons as r on r.site_id = a.site_id
  left join targets as t on t.site_id = a.site_id and t.kind = a.kind and t.severity = a.severity
    and t.routine = a.routine;

  perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', site_id)::text)
  from (select distinct site_id from opened) as s;
  return null;
end $$;

