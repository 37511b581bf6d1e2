-- The life of an alert: open, acknowledged, resolved, reopened. What was over before it was sent is not sent, nobody is
-- called about what somebody has acknowledged, and each turn is kept for the alert's story.
-- Locks: brief ACCESS EXCLUSIVE on mutes for a column, SHARE ROW EXCLUSIVE on alerts and device_ports for triggers; alerts is not written while its new index is
-- built (well under a second per hundred thousand rows).

-- The one place that says in which state an alert is. open: nobody has said anything. reopened: it had ended within the
-- day before, or a person took an answer back.
create function alert_state(p_alert alerts) returns text
language sql stable as $$
  select case
    when p_alert.resolved_at is not null then 'resolved'
    when p_alert.acknowledged_at is not null then 'acknowledged'
    when p_alert.reopens is not null
      or exists (select from alert_events as e
                 where e.site_id = p_alert.site_id and e.alert_id = p_alert.id and e.what = 'reopened') then 'reopened'
    else 'open' end
$$;

-- Open, and it asks something of somebody. Information does not, and a new device waits in the list of devices.
create function is_urgent(p_alert alerts) returns boolean
language sql immutable as $$
  select p_alert.resolved_at is null and p_alert.acknowledged_at is null
     and p_alert.severity <> 'info' and p_alert.kind not in ('new_device', 'test')
$$;

-- How it ended, for a sentence that begins "over before …".
create function over_words(p_alert alerts) returns text
language sql stable as $$
  select coalesce(
    p_alert.detail ->> 'resolved_because',
    case p_alert.kind
      when 'device_down' then 'back' when 'network_outage' then 'back'
      when 'new_device' then 'decided about' when 'blocked_device_seen' then 'it left'
      else 'ended' end
    || ' after ' || in_words(greatest(to_ms(p_alert.resolved_at - p_alert.opened_at), 0)))
$$;

-- Of the kinds that last, those that have ended: is this the same cause again?
create index alerts_ended on alerts (site_id, dedup_key, resolved_at)
  where resolved_at is not null
    and kind in ('device_down', 'network_outage', 'scan_failing', 'sensor_silent', 'service_silent', 'channel_failing', 'ip_conflict',
                 'gateway_changed', 'proxy_arp', 'arp_flood', 'blocked_device_seen', 'port_opened', 'name_changed');

-- Before _500_queue_deliveries. For a burst of new devices it costs one look.
create function note_reopening() returns trigger
language plpgsql as $$
begin
  if not exists (select from opened where resolved_at is null and kind not in ('new_device', 'baseline')) then
    return null;
  end if;
  update alerts as a set reopens = p.id
  from opened as o
  cross join lateral (
    select e.id from alerts as e
    where e.site_id = o.site_id and e.dedup_key = o.dedup_key and e.resolved_at is not null
      and e.kind in ('device_down', 'network_outage', 'scan_failing', 'sensor_silent', 'service_silent', 'channel_failing', 'ip_conflict',
                     'gateway_changed', 'proxy_arp', 'arp_flood', 'blocked_device_seen', 'port_opened', 'name_changed')
      and e.resolved_at > o.opened_at - interval '24 hours' and e.id < o.id
    order by e.resolved_at desc limit 1
  ) as p
  where o.resolved_at is null and o.kind not in ('new_device', 'baseline') and a.site_id = o.site_id and a.id = o.id;
  return null;
end $$;

create trigger _400_note_reopening after insert on alerts
  referencing new table as opened for each statement execute function note_reopening();

-- What turned in this statement: acknowledged or not, over or not. Transition tables look like one row to the planner, so
-- the two sides are laid over one another by a group and not a join.
create function follow_alerts() returns trigger
language plpgsql as $$
declare
  v_actor constant text := nullif(current_setting('netureon.actor', true), '');
  v_batch constant text := nullif(current_setting('netureon.batch', true), '');
  v_at    constant timestamptz := clock_now();
  r       record;
begin
  -- Most updates only count on.
  if not exists (select from was where resolved_at is not null or acknowledged_at is not null)
     and not exists (select from became where resolved_at is not null or acknowledged_at is not null) then
    return null;
  end if;
  for r in
    with sides as materialized (
      select site_id, id, resolved_at, acknowledged_at, false as after from was
      union all
      select site_id, id, resolved_at, acknowledged_at, true from became
    ), turned as materialized (
      select site_id, id,
             bool_or(resolved_at is not null) filter (where not after) as was_over,
             bool_or(resolved_at is not null) filter (where after) as is_over,
             bool_or(acknowledged_at is not null) filter (where not after) as was_seen,
             bool_or(acknowledged_at is not null) filter (where after) as is_seen
      from sides group by site_id, id
    )
    select site_id,
           array_agg(id order by id) filter (where not was_over and is_over) as resolved,
           array_agg(id order by id) filter (where not was_seen and is_seen) as acknowledged,
           array_agg(id order by id) filter (where was_over and not is_over or was_seen and not is_seen) as reopened
    from turned
    where was_over <> is_over or was_seen <> is_seen
    group by site_id
  loop
    insert into alert_events (site_id, alert_id, at, what, actor, detail)
    select r.site_id, u.id,
           case u.what when 'resolved' then (a.alert).resolved_at when 'acknowledged' then (a.alert).acknowledged_at else v_at end,
           u.what, case u.what when 'acknowledged' then (a.alert).acknowledged_by else v_actor end,
           case when u.what = 'resolved' then jsonb_build_object('how', over_words(a.alert))
                when v_batch is not null then jsonb_build_object('batch', v_batch) else '{}' end
    from (select 'resolved' as what, unnest(r.resolved) as id
          union all select 'acknowledged', unnest(r.acknowledged)
          union all select 'reopened', unnest(r.reopened)) as u
    -- Row by row: see cancel_deliveries.
    cross join lateral (select w as alert from alerts as w where w.site_id = r.site_id and w.id = u.id offset 0) as a
    order by u.id, u.what desc;

    if r.resolved is not null or r.acknowledged is not null then
      perform cancel_deliveries(r.site_id, r.resolved || r.acknowledged);
    end if;
    if r.reopened is not null then
      perform requeue_reopened(r.site_id, r.reopened);
    end if;
    -- Whatever ends an alert tells the open pages itself.
    if r.acknowledged is not null or r.reopened is not null then
      perform pg_notify('netureon_changes', json_build_object('what', 'alert', 'site', r.site_id)::text);
    end if;
  end loop;
  return null;
end $$;

create trigger _100_follow_alerts after update on alerts
  referencing old table as was new table as became for each statement execute function follow_alerts();

-- Nothing of these that no message carries yet: over before the window closed in which it might end by itself, or
-- somebody has seen to it before the next one was to be called.
create function cancel_deliveries(p_site_id integer, p_alerts bigint[]) returns void
language sql as $$
  -- Row by row on purpose: a table of a minute's age has no statistics, and a join would compare all with all.
  with due as materialized (
    select d.id,
           case when not d.escalation then 'over before it was sent: ' || over_words(a.alert)
                when (a.alert).resolved_at is not null then 'over before that: ' || over_words(a.alert)
                else 'acknowledged by ' || coalesce((a.alert).acknowledged_by, 'somebody') || ' before that' end as reason
    from (select unnest(p_alerts) as id order by 1) as u
    cross join lateral (select w as alert from alerts as w where w.site_id = p_site_id and w.id = u.id offset 0) as a
    cross join lateral (
      select q.id, q.escalation from deliveries as q
      where q.site_id = p_site_id and q.alert_id = u.id and q.state = 'queued' and q.message_key is null
        and ((a.alert).resolved_at < q.group_until
             or q.escalation and ((a.alert).resolved_at is not null or (a.alert).acknowledged_at is not null))
      order by q.id for no key update
    ) as d
  )
  update deliveries as d
  set state = 'suppressed', reason = left(u.reason, 1000), finished_at = clock_timestamp()
  from due as u where d.site_id = p_site_id and d.id = u.id
$$;

-- It goes on, or the answer was taken back: for what was not sent the rules are asked again, as of now. Cooldowns do not
-- count: a person wants it back, and what was told of it already is not told again.
create function requeue_reopened(p_site_id integer, p_alerts bigint[]) returns void
language plpgsql as $$
declare
  v_now   constant timestamptz := clock_now();
  v_rules constant rules[] := array(
    select jsonb_populate_record(r, '{"cooldown": null}') from unnest(rules_in_force(p_site_id, v_now)) as r
    order by r.position, r.id);
  v_due   bigint[];
  v_facts alert_fact[];
begin
  v_due := array(
    select d.id
    from (select unnest(p_alerts) as id order by 1) as u
    cross join lateral (
      select w.acknowledged_at, w.resolved_at from alerts as w where w.site_id = p_site_id and w.id = u.id offset 0
    ) as a
    cross join lateral (
      select q.id from deliveries as q
      where q.site_id = p_site_id and q.alert_id = u.id and q.state = 'suppressed' and q.attempts = 0
        and a.resolved_at is null and (a.acknowledged_at is null or not q.escalation)
        and (q.reason like 'over before %' or q.escalation and q.reason like 'acknowledged by % before that')
        and exists (select from channels as c
                    where c.site_id = p_site_id and c.id = q.channel_id
                      and c.enabled and c.off_at is null and c.removed_at is null)
      order by q.id for no key update
    ) as d);
  if v_due = '{}' then
    return;
  end if;
  v_facts := array(
    select alert_fact_of(a.alert, v_now, null)
    from (select distinct alert_id from deliveries where site_id = p_site_id and id = any (v_due)) as d
    cross join lateral (select w as alert from alerts as w where w.site_id = p_site_id and w.id = d.alert_id offset 0) as a);
  with decided as materialized (
    select * from route_alerts(p_site_id, describe_facts(p_site_id, v_facts, v_rules, false), v_rules, true)
    where channel_id is not null
  )
  update deliveries as d
  set state = case when u.is_sent then 'queued' else 'suppressed' end,
      reason = case when not u.is_sent then coalesce(u.reason, 'no rule sends it here any more') end,
      finished_at = case when not u.is_sent then now() end,
      -- As in queue_facts: never from the future.
      created_at = least(now(), v_now), next_attempt_at = least(now(), v_now),
      hold_until = u.hold_until, group_until = u.group_until, quiet = coalesce(u.quiet, false), held_because = u.held_because,
      rule_id = coalesce(u.rule_id, d.rule_id), rule_name = coalesce(u.rule_name, d.rule_name)
  from (
    select q.id, x.alert_id is not null and x.why is null as is_sent, x.reason, x.hold_until, x.group_until, x.quiet,
           x.held_because, x.rule_id, x.rule_name
    from deliveries as q
    left join decided as x on x.alert_id = q.alert_id and x.channel_id = q.channel_id and x.escalation = q.escalation
    where q.site_id = p_site_id and q.id = any (v_due)
  ) as u
  where d.site_id = p_site_id and d.id = u.id;
  perform hint('netureon_alerts', '');
end $$;

-- Whoever changes alerts and deliveries in one transaction locks the alerts first, each kind by number; this is for those
-- who change many. What is locked already is not waited for a second time.
create function lock_alerts(p_site_id integer, p_alerts bigint[]) returns void
language plpgsql as $$
begin
  perform from alerts as a where a.site_id = p_site_id and a.id = any (p_alerts) order by a.id for no key update;
end $$;

-- As in 000011; who took it back is kept as well.
create or replace function acknowledge_alert(p_site text, p_alert bigint, p_acknowledged boolean, p_actor text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := (select id from sites where name = p_site);
begin
  -- Not for update: whoever raises a delivery of it need not wait.
  perform from alerts where site_id = v_site and id = p_alert for no key update;
  if not found then
    raise exception 'there is no alert %', p_alert using errcode = 'NE404';
  end if;
  perform set_config('netureon.actor', p_actor, true);
  update alerts
  set acknowledged_at = case when p_acknowledged then clock_now() end,
      acknowledged_by = case when p_acknowledged then p_actor end
  where site_id = v_site and id = p_alert and (acknowledged_at is not null) <> p_acknowledged;
  perform set_config('netureon.actor', '', true);
end $$;

-- Every open alert, of one kind or opened up to p_before only. Returns how many.
create function acknowledge_all(p_site text, p_kind text, p_before timestamptz, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site constant integer := (select id from sites where name = p_site);
  v_ids  bigint[];
  v_now  timestamptz;
  v_n    integer;
begin
  -- Locked in order and before any is written: two who press at once would wait for each other.
  v_ids := array(
    select a.id from alerts as a
    where a.site_id = v_site and a.resolved_at is null and a.acknowledged_at is null
      and (p_kind is null or a.kind = p_kind) and (p_before is null or a.opened_at <= p_before)
    order by a.id for no key update);
  v_now := clock_now();
  perform set_config('netureon.batch', gen_random_uuid()::text, true);
  update alerts as a set acknowledged_at = v_now, acknowledged_by = p_actor
  where a.site_id = v_site and a.id = any (v_ids) and a.resolved_at is null and a.acknowledged_at is null;
  get diagnostics v_n = row_count;
  perform set_config('netureon.batch', '', true);
  return v_n;
end $$;

-- Takes back what this person's latest acknowledge_all of the last hour acknowledged, and nobody else has since.
create function undo_acknowledge_all(p_site text, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site  integer := (select id from sites where name = p_site);
  v_last  alert_events;
  v_ids   bigint[];
  v_n     integer;
begin
  select * into v_last from alert_events as e
  where e.site_id = v_site and e.what = 'acknowledged' and e.actor = p_actor and e.detail ? 'batch'
    and e.at > clock_now() - interval '1 hour'
  order by e.id desc limit 1;
  select array_agg(e.alert_id) into v_ids from alert_events as e
  where e.site_id = v_site and e.what = 'acknowledged' and e.at = v_last.at
    and e.detail ->> 'batch' = v_last.detail ->> 'batch';
  perform lock_alerts(v_site, v_ids);
  perform set_config('netureon.actor', p_actor, true);
  update alerts as a set acknowledged_at = null, acknowledged_by = null
  where a.site_id = v_site and a.id = any (v_ids) and a.acknowledged_at = v_last.at and a.acknowledged_by = p_actor;
  get diagnostics v_n = row_count;
  perform set_config('netureon.actor', '', true);
  return v_n;
end $$;

-- As in 000020, in two steps: the alert that it is down ends, and then its return is told, which names what it answers.
create or replace function end_watched_silences(p_site_id integer, p_devices bigint[], p_at timestamptz) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_ended watched_silences[];
  v_down  jsonb;
begin
  if not exists (select from watched_silences where site_id = p_site_id) then
    return;
  end if;
  delete from watched_silences where site_id = p_site_id and device_id = any (p_devices) and not is_down;
  with ended as (
    delete from watched_silences as w where site_id = p_site_id and device_id = any (p_devices) returning w
  ) select array_agg(e.w) into v_ended from ended as e;
  if v_ended is null then
    return;
  end if;
  with resolved as (
    update alerts as a set resolved_at = p_at
    from unnest(v_ended) as e
    where a.site_id = p_site_id and a.dedup_key = 'device_down:' || e.device_id and a.resolved_at is null
    returning e.device_id, a.id
  ) select jsonb_object_agg(device_id, id) into v_down from resolved;
  insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key, resolved_at, answers)
  select e.site_id, 'device_back', 'low', e.device_id, e.network_id, e.mac, e.ip,
         'Back: ' || coalesce(d.name, m.vendor, e.mac::text) || ' at ' || host(e.ip)
           || ', after ' || in_words(g.away_ms),
         jsonb_build_object('since', e.since, 'away_ms', g.away_ms),
         'device_back:' || e.device_id, p_at, (v_down ->> e.device_id::text)::bigint
  from unnest(v_ended) as e
  join networks as n on n.site_id = e.site_id and n.id = e.network_id
  -- Never less than was looked in the meantime: the server's clock may have been set back.
  cross join lateral (select greatest(to_ms(p_at - e.since), n.looked_ms - e.looked_ms, 0) as away_ms) as g
  join devices as d on d.site_id = e.site_id and d.id = e.device_id
  left join device_macs as m on m.site_id = e.site_id and m.mac = e.mac;
end $$;

-- As in 000017; but more than a handful of conflicts in one scan have one cause, and are one alert with a list: fifteen
-- stations that claim fifteen addresses each are 225 claims. What is told of by itself already stays so, and what comes
-- while the list is open joins it. The list ends with the last of its conflicts.
create or replace function note_contested(
  p_site_id integer, p_network networks, p_gateway inet, p_at timestamptz
) returns void
language plpgsql as $$
declare
  -- More addresses that change hands in one scan than this have one cause.
  c_many      constant integer := 20;
  -- More conflicts in one scan than this have one cause.
  c_handful   constant integer := 5;
  -- What goes on is written again only so often.
  c_stale     constant interval := interval '5 minutes';
  -- As in raise_handover.
  c_recent    constant interval := interval '10 minutes';
  v_gateway   boolean := (select gateway_mac is not null from networks where site_id = p_site_id and id = p_network.id);
  v_ips       inet[] := (select array_agg(t.ip) from contested_addresses as t
                         where t.site_id = p_site_id and t.network_id = p_network.id and t.own_mac is null);
  v_many_key  constant text := 'ip_conflict:' || p_network.id || ':many';
  -- Conflicts that an alert of their own tells of.
  v_single    text[] := array(select a.dedup_key from alerts as a
                              where a.site_id = p_site_id and a.network_id = p_network.id and a.kind = 'ip_conflict'
                                and a.resolved_at is null);
  v_listed    inet[];
  v_lasting   boolean := false;
  v_many      boolean;
  v_key       text;
  v_last      timestamptz;
  r           record;
begin
  for r in
    -- Whoever has missed nothing has answered in this scan. One pass and a group, where a join would compare everybody
    -- with everybody while there are no statistics.
    with addresses as materialized (
      select u.ip, max(u.holders) as holders, max(u.both_at) as both_at,
             count(distinct u.device_id) as open, min(u.device_id) as only,
             coalesce(array_agg(distinct u.device_id) filter (where u.misses = 0), '{}') as seen,
             (array_agg(u.mac order by u.started_at desc, u.id desc) filter (where u.misses = 0))[1] as mac
      from (select t.ip, t.holders, t.both_at, null::bigint as id, null::bigint as device_id, null::macaddr as mac,
                   null::smallint as misses, null::timestamptz as started_at
            from contested_addresses as t
            where t.site_id = p_site_id and t.network_id = p_network.id and t.own_mac is null
            union all
            select c.ip, null, null, c.id, c.device_id, c.mac, c.misses, c.started_at
            from connections as c
            where c.site_id = p_site_id and c.network_id = p_network.id and c.ended_at is null and c.ip = any (v_ips)
           ) as u
      group by u.ip
    )
    select t.*, count(*) filter (where t.taken) over () as of_takes,
           row_number() over (partition by t.taken order by t.ip) as nth,
           count(*) filter (where t.fresh) over () as of_conflicts
    from (select a.*, array_position(a.holders, a.seen[1]) as place,
                 cardinality(a.seen) > 1 and not (v_gateway and a.ip is not distinct from p_gateway)
                   and 'ip_conflict:' || p_network.id || ':' || host(a.ip) <> all (v_single)
                   and exists (select from devices as d
                               where d.site_id = p_site_id and d.id = any (a.seen)
                                 and d.state not in ('ignored', 'archived')) as fresh,
                 cardinality(a.seen) = 1 and a.holders <> '{}' and a.holders[1] <> a.seen[1]
                   and not (v_gateway and a.ip is not distinct from p_gateway) as taken
          from addresses as a) as t
    order by t.ip
  loop
    v_key := 'ip_conflict:' || p_network.id || ':' || host(r.ip);
    if cardinality(r.seen) > 1 then
      update contested_addresses set both_at = p_at
      where site_id = p_site_id and network_id = p_network.id and ip = r.ip
        and (both_at is null or both_at <= p_at - c_stale);
      -- The gateway's address has an alert of its own.
      if not (v_gateway and r.ip is not distinct from p_gateway)
         and exists (select from devices as d
                     where d.site_id = p_site_id and d.id = any (r.seen) and d.state not in ('ignored', 'archived'))
      then
        v_many := r.of_conflicts > c_handful or v_many_key = any (v_single);
        if r.fresh and v_many then
          v_listed := v_listed || r.ip;
        else
          perform note_conflict(p_site_id, p_network.id, r.ip, v_key, v_many, c_stale, p_at);
        end if;
      end if;
      continue;
    end if;

    -- Both asleep: nobody knows.
    v_lasting := v_lasting or cardinality(r.seen) = 0 and r.open > 1 and v_key <> all (v_single);
    update alerts set resolved_at = p_at
    where site_id = p_site_id and dedup_key = v_key and resolved_at is null
      and (cardinality(r.seen) = 1 or r.open <= 1);
    if r.taken and r.of_takes > c_many then
      if r.nth = 1 then
        perform raise_many(p_site_id, p_network.id, 'mac_changed', p_network.last_scan_at <= p_at - c_recent, r.of_takes,
                           (select array_agg(t.ip order by t.ip) from contested_addresses as t
                            where t.site_id = p_site_id and t.network_id = p_network.id), p_at);
      end if;
    elsif r.taken then
      select max(coalesce(c.ended_at, c.last_seen_at, p_network.last_scan_at)) into v_last
      from connections_at(p_site_id, p_network.id, r.ip) as c
      join device_macs as m on m.site_id = c.site_id and m.mac = c.mac
      where m.device_id = r.holders[1];
      -- Of two that were told of as a conflict one is left: no news.
      perform raise_handover(
        p_site_id, p_network.id,
        case when r.place is null then 'mac_changed' when r.place = 2 then 'flip_flop' else 'mac_reused' end,
        r.ip, r.seen[1], r.mac, r.holders[1], v_last, r.both_at is not null, p_at);
    end if;
    -- One that is left, asleep, and does not hold it any more, may yet wake up and take it back.
    if r.open = 0 or r.open = 1 and (cardinality(r.seen) = 1 or r.holders = '{}' or r.holders[1] = r.only) then
      delete from contested_addresses where site_id = p_site_id and network_id = p_network.id and ip = r.ip;
    elsif cardinality(r.seen) = 1 and (r.holders = '{}' or r.holders[1] <> r.seen[1] or r.both_at is not null) then
      update contested_addresses
      set holders = r.seen || array_remove(holders, r.seen[1]), both_at = null
      where site_id = p_site_id and network_id = p_network.id and ip = r.ip;
    end if;
  end loop;
  if v_listed is not null then
    perform note_conflicts(p_site_id, p_network, v_listed, v_many_key, c_stale, p_at);
  elsif v_many_key = any (v_single) and not v_lasting then
    update alerts set resolved_at = p_at where site_id = p_site_id and dedup_key = v_many_key and resolved_at is null;
  end if;
end $$;

-- Many conflicts at once, as one alert. Written again only when they are others than before, or when it has grown stale.
create function note_conflicts(
  p_site_id integer, p_network networks, p_ips inet[], p_key text, p_stale interval, p_at timestamptz
) returns void
language plpgsql as $$
declare
  c_listed    constant integer := 50;
  c_claimants constant integer := 10;
  v_conflicts jsonb;
  v_stations  integer;
begin
  with claims as materialized (
    select c.ip, c.mac, row_number() over (partition by c.ip order by c.started_at, c.id) as nth
    from connections as c
    where c.site_id = p_site_id and c.network_id = p_network.id and c.ip = any (p_ips) and c.ended_at is null and c.misses = 0
  ), labels as materialized (
    select k.mac, m.device_id, device_label(p_site_id, m.device_id, k.mac) as name
    from (select distinct mac from claims) as k left join device_macs as m on m.site_id = p_site_id and m.mac = k.mac
  ), addresses as (
    select k.ip, jsonb_agg(jsonb_build_object('mac', k.mac, 'device_id', l.device_id, 'name', l.name) order by k.nth)
                   filter (where k.nth <= c_claimants) as claimants, count(*) as of
    from claims as k join labels as l on l.mac = k.mac
    group by k.ip order by k.ip limit c_listed
  )
  select jsonb_agg(jsonb_build_object('ip', host(ip), 'claimants', claimants, 'of', of) order by ip),
         (select count(*) from labels)
  into v_conflicts, v_stations from addresses;
  if exists (select from alerts as a
             where a.site_id = p_site_id and a.dedup_key = p_key and a.resolved_at is null
               and a.last_at > p_at - p_stale and a.detail -> 'conflicts' = v_conflicts
               and (a.detail ->> 'total')::integer = cardinality(p_ips)) then
    return;
  end if;
  perform raise_recurring(
    p_site_id, 'ip_conflict', 'high', false, false, interval '1 hour', null, p_network.id, null, null,
    cardinality(p_ips) || case cardinality(p_ips) when 1 then ' address' else ' addresses' end || ' of ' || network_words(p_network)
      || case cardinality(p_ips) when 1 then ' is' else ' are' end || ' claimed by several of ' || v_stations || ' stations at once',
    jsonb_build_object('total', cardinality(p_ips), 'stations', v_stations, 'conflicts', v_conflicts), p_key, p_at);
end $$;

-- A port that is open nowhere on its device any more, refused or left behind with its address: what was said of it is over.
create function end_port_opened() returns trigger
language plpgsql as $$
begin
  if not exists (select from became where closed_at is not null) then
    return null;
  end if;
  update alerts as a set resolved_at = clock_now()
  from (select distinct site_id, device_id, port from became where closed_at is not null) as p
  where a.site_id = p.site_id and a.dedup_key = 'port_opened:' || p.device_id || ':' || p.port and a.resolved_at is null
    and not exists (select from device_ports as o
                    where o.site_id = p.site_id and o.device_id = p.device_id and o.port = p.port and o.closed_at is null);
  return null;
end $$;

create trigger _100_end_port_opened after update on device_ports
  referencing new table as became for each statement execute function end_port_opened();

-- What waited already, for a window or quiet hours, and would be told while the mute runs; unmuting lets it go on waiting.
alter table mutes add column held_back bigint[] not null default '{}';

create function hold_back_muted() returns trigger
language plpgsql as $$
declare
  v_now  constant timestamptz := clock_now();
  v_zone constant text := (select coalesce(time_zone, 'UTC') from sites where id = new.site_id);
begin
  with waiting as materialized (
    select d.id, d.channel_id, d.hold_until, a.severity, alert_fact_of(a, v_now, null) as fact from deliveries as d
    join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
    where d.site_id = new.site_id and d.state = 'queued' and d.message_key is null and d.hold_until > v_now and a.kind <> 'test'
    order by d.id for no key update of d
  ), due as (
    select distinct on (w.id) w.id, m.until, m.actor
    from waiting as w join mutes_over(new.site_id, array(select fact from waiting)) as m on m.alert_id = (w.fact).alert_id
    where mutes_channel(m.channel_id, m.spares_critical, w.channel_id, w.severity) and w.hold_until < m.until
    order by w.id, m.until desc
  ), held as (
    update deliveries as d
    set state = 'suppressed', reason = muted_words(u.until, u.actor, v_now, v_zone), finished_at = clock_timestamp()
    from due as u where d.site_id = new.site_id and d.id = u.id
    returning d.id
  )
  update mutes set held_back = (select array_agg(id) from held)
  where site_id = new.site_id and id = new.id and exists (select from held);
  return null;
end $$;

create trigger _100_hold_back after insert on mutes for each row execute function hold_back_muted();

create function let_unmuted_go() returns trigger
language plpgsql as $$
declare
  v_now constant timestamptz := clock_now();
begin
  update deliveries as d set state = 'queued', reason = null, finished_at = null
  from alerts as a
  where d.site_id = new.site_id and d.id = any (new.held_back) and d.state = 'suppressed' and d.hold_until > v_now
    and a.site_id = d.site_id and a.id = d.alert_id and (a.resolved_at < d.group_until) is not true
    and not (d.escalation and num_nonnulls(a.resolved_at, a.acknowledged_at) > 0)
    and not exists (select from mutes_over(d.site_id, array[alert_fact_of(a, v_now, null)]) as m
                    where mutes_channel(m.channel_id, m.spares_critical, d.channel_id, a.severity))
    and exists (select from channels as c where c.site_id = d.site_id and c.id = d.channel_id
                  and c.enabled and c.off_at is null and c.removed_at is null);
  if found then
    perform hint('netureon_alerts', '');
  end if;
  return null;
end $$;

create trigger _100_let_go after update of ended_at on mutes for each row
  when (old.ended_at is null and new.ended_at is not null and new.held_back <> '{}') execute function let_unmuted_go();

revoke execute on function hold_back_muted, let_unmuted_go from public;
revoke execute on function alert_state, is_urgent, over_words, note_reopening, follow_alerts, end_port_opened, note_conflicts,
  cancel_deliveries, requeue_reopened, lock_alerts, acknowledge_all, undo_acknowledge_all from public;
grant execute on function alert_state, is_urgent, severity_rank, acknowledge_all, undo_acknowledge_all to netureon_web;
