-- What a mute withheld and is still open when it ends is told then, once. And a channel through which nothing gets is an
-- alert of its own, which the other channels carry.
-- Locks: brief ACCESS EXCLUSIVE on mutes and deliveries for columns, SHARE on deliveries for an index (of muted ones only),
-- SHARE ROW EXCLUSIVE on channels for triggers.

alter table mutes
  -- What it withheld has been told, or is over.
  add column settled_at timestamptz;
create index mutes_to_settle on mutes (site_id, until) where settled_at is null;
alter table deliveries
  -- Sent because a mute has ended and it was still open.
  add column after_mute boolean not null default false,
  -- Of one that a mute withheld: its end has been seen to.
  add column mute_settled boolean not null default false;
create index deliveries_muted on deliveries (site_id, alert_id)
  where state = 'suppressed' and not mute_settled and reason like 'muted until %';

-- Routes once more what mutes of this site withheld and no running one covers, is not over and nobody has acknowledged. It
-- goes at once and so in one message, or when quiet hours end; what was withheld keeps its row and its reason.
create function release_muted(p_site_id integer) returns void
language plpgsql as $$
#variable_conflict use_column
declare
  v_now   constant timestamptz := clock_now();
  v_rules constant rules[] := rules_in_force(p_site_id, v_now);
  v_muted constant boolean := exists (select from mutes where site_id = p_site_id and least(until, ended_at) > v_now);
  v_ids   bigint[];
  v_facts alert_fact[];
begin
  v_ids := array(
    select d.id from deliveries as d
    where d.site_id = p_site_id and d.state = 'suppressed' and not d.mute_settled and d.reason like 'muted until %'
    order by d.id for no key update skip locked);
  if v_muted then
    -- That one's end is waited for.
    v_ids := array(
      with waiting as materialized (
        select d.id, d.channel_id, a.severity, alert_fact_of(a, v_now, null) as fact from deliveries as d
        join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
        where d.site_id = p_site_id and d.id = any (v_ids)
      ), covered as materialized (
        select * from mutes_over(p_site_id, array(select fact from waiting))
      )
      select w.id from waiting as w
      where not exists (select from covered as m where m.alert_id = (w.fact).alert_id
                          and mutes_channel(m.channel_id, m.spares_critical, w.channel_id, w.severity)));
  end if;
  if v_ids = '{}' then
    return;
  end if;

  v_facts := array(
    select alert_fact_of(a, v_now, null) from alerts as a
    where a.site_id = p_site_id and a.resolved_at is null and a.acknowledged_at is null
      and a.id in (select d.alert_id from deliveries as d where d.site_id = p_site_id and d.id = any (v_ids))
    order by a.id);
  with settled as (
    update deliveries set mute_settled = true where site_id = p_site_id and id = any (v_ids)
    returning alert_id, channel_id, escalation
  )
  insert into deliveries (site_id, alert_id, channel_id, state, reason, finished_at, hold_until, rule_id, rule_name, quiet,
                          escalation, after_mute, created_at, next_attempt_at)
  select p_site_id, r.alert_id, r.channel_id, case when r.why is null then 'queued' else 'suppressed' end, r.reason,
         case when r.why is not null then now() end, case when r.quiet or r.escalation then r.hold_until end,
         r.rule_id, r.rule_name, r.quiet, r.escalation, r.why is null and not r.escalation,
         least(now(), clock_now()), least(now(), clock_now())
  from route_alerts(p_site_id, describe_facts(p_site_id, v_facts, v_rules, false), v_rules, true) as r
  where r.why is distinct from 'mute'
    and ((r.alert_id, r.channel_id, r.escalation) in (select alert_id, channel_id, escalation from settled)
         -- Who is called when nobody acknowledges is called from now on.
         or r.escalation and not exists (
           select from deliveries as o
           where o.site_id = p_site_id and o.alert_id = r.alert_id and o.channel_id = r.channel_id and o.escalation
             and o.state in ('queued', 'delivered')));
  perform hint('netureon_changes', json_build_object('what', 'alert', 'site', p_site_id)::text);
end $$;

-- Sees to the mutes that have ended, all sites'. For a minute after its end each is looked at again: an alert that was
-- being written as it ended still found it running.
create function settle_mutes() returns void
language plpgsql as $$
declare
  v_now  constant timestamptz := clock_now();
  v_site integer;
begin
  for v_site in
    select distinct site_id from mutes where settled_at is null and least(until, ended_at) <= v_now order by site_id
  loop
    perform release_muted(v_site);
  end loop;
  update mutes set settled_at = v_now
  where settled_at is null and least(until, ended_at) <= v_now - interval '1 minute';
end $$;

-- As in 000032; and how many alerts each covers that were withheld, so far.
drop function running_mutes(text);
create function running_mutes(p_site text)
returns table (id bigint, device_id bigint, device text, kind text, network_id integer, network text, channel_id integer,
               channel text, from_at timestamptz, until timestamptz, actor text, note text, withheld bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select m.id, m.device_id, case when d.id is not null then device_title(d) end, m.kind, m.network_id,
         case when n.id is not null then coalesce(n.name, network_words(n)) end, m.channel_id, c.name, m.from_at, m.until,
         m.actor, m.note, w.alerts
  from mutes as m
  join sites as s on s.id = m.site_id
  left join devices as d on d.site_id = m.site_id and d.id = m.device_id
  left join networks as n on n.site_id = m.site_id and n.id = m.network_id
  left join channels as c on c.site_id = m.site_id and c.id = m.channel_id
  cross join lateral (
    select count(distinct o.alert_id) as alerts
    from deliveries as o
    join alerts as a on a.site_id = o.site_id and a.id = o.alert_id
    where o.site_id = m.site_id and o.state = 'suppressed' and not o.mute_settled and o.reason like 'muted until %'
      and (m.kind is null or m.kind = a.kind)
      and (m.network_id is null or m.network_id = a.network_id)
      and (m.channel_id is null or m.channel_id = o.channel_id)
      and (m.device_id is null or a.device_id = device_root(m.site_id, m.device_id))
      and (a.severity <> 'critical' or m.device_id is not null or m.kind is not null)
  ) as w
  where s.name = p_site and m.ended_at is null and m.until > clock_now()
$$;

-- For how long nothing may get through a channel before the others are told.
create function channel_patience() returns interval
language sql immutable parallel safe as $$ select interval '10 minutes' $$;

-- Nobody tries what is not used.
create function forget_failing() returns trigger
language plpgsql as $$
begin
  new.failing_since := null;
  return new;
end $$;
create trigger _050_forget_failing before update on channels for each row
  when (new.failing_since is not null and (not new.enabled or new.off_at is not null or new.removed_at is not null))
  execute function forget_failing();

-- Before _100_settle_channel_changed: alerts first and then their deliveries, as everybody does.
create function channel_recovers() returns trigger
language plpgsql as $$
begin
  update alerts
  set resolved_at = clock_now(), detail = detail || jsonb_build_object('resolved_because', case
    when new.removed_at is not null then 'the channel was removed'
    when new.off_at is not null then 'the channel was switched off' || coalesce(' by ' || new.off_by, '')
    when not new.enabled then 'no running alert daemon has it in its configuration'
    else 'a message was accepted' end)
  where site_id = new.site_id and dedup_key = 'channel_failing:' || new.id and resolved_at is null;
  if found then
    perform hint('netureon_changes', json_build_object('what', 'alert', 'site', new.site_id)::text);
  end if;
  return null;
end $$;
create trigger _050_channel_recovers after update on channels for each row
  when (old.failing_since is not null and new.failing_since is null)
  execute function channel_recovers();

-- Raises channel_failing for each channel through which nothing has got for channel_patience(). Returns how many.
create function check_channels() returns integer
language plpgsql as $$
declare
  v_now    constant timestamptz := clock_timestamp();
  v_raised integer;
begin
  with failing as materialized (
    select c.site_id, c.id, c.name, c.kind, c.failing_since, c.last_error from channels as c
    where c.failing_since < v_now - channel_patience() and channel_is_usable(c)
    order by c.site_id, c.id
    -- Who holds one is about to say what came of a try.
    for no key update skip locked
  )
  insert into alerts (site_id, kind, severity, summary, detail, dedup_key)
  select site_id, 'channel_failing', 'high',
         'Nothing has got through the channel ' || name || ' for ' || in_words(to_ms(v_now - failing_since)),
         jsonb_build_object('channel', name, 'channel_kind', kind, 'since', failing_since, 'last_error', last_error),
         'channel_failing:' || id
  from failing
  on conflict (site_id, dedup_key) where resolved_at is null do nothing;
  get diagnostics v_raised = row_count;
  return v_raised;
end $$;

-- The same channels, for whoever looks from outside.
create function failing_channels(p_site text) returns table (name text, since timestamptz, error text)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.name, c.failing_since, c.last_error
  from channels as c join sites as s on s.id = c.site_id
  where s.name = p_site and channel_is_usable(c) and c.failing_since < clock_timestamp() - channel_patience()
  order by c.id
$$;

revoke execute on function release_muted, settle_mutes, running_mutes, channel_patience, forget_failing, channel_recovers,
  check_channels, failing_channels from public;
grant execute on function running_mutes, failing_channels to netureon_alertd, netureon_web;
