-- Rules decide, in the transaction of the alert and set-based: which channels are told, when, and why others are not.
-- One function, route_alerts, does it for live alerts and for rehearsals (000032). And what people do to rules and mutes.
-- Locks: brief ACCESS EXCLUSIVE on rules for its columns; a short index build on deliveries and alerts.

create index deliveries_grouped on deliveries (site_id, rule_id, channel_id, group_until)
  where state = 'queued' and group_until is not null;
-- Causes that are no device's: when was the last time?
create index alerts_by_cause on alerts (site_id, dedup_key) where device_id is null;

update rules set channels = array[channel_id] where channel_id is not null;
alter table rules drop column channel_id;

-- Why it waits, where that is a cooldown.
alter table deliveries add column held_because text;

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
    (p_site_id, 3, 'High and critical', true, null, 'high', null, null, null, null, null, interval '1 hour'),
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

-- What routing knows of an alert.
create type alert_fact as (
  alert_id        bigint,
  at              timestamptz,
  kind            text,
  -- As it was raised.
  severity        text,
  routine         boolean,
  device_id       bigint,
  network_id      integer,
  mac             macaddr,
  cause           text,
  -- The cause and who: another is news within a cooldown as well.
  matter          text,
  answers         bigint,
  -- Over as it was raised: nothing that can end by itself.
  is_event        boolean,
  -- When it ended; null: it goes on, or it is an event.
  over_at         timestamptz,
  acknowledged_at timestamptz,
  -- Not to be told before.
  wait_until      timestamptz,
  -- Of its device, where a rule asks for it.
  owner           text,
  device_kind     text,
  state           text,
  watched         boolean,
  vendor          text,
  random_mac      boolean
);

-- Of addresses that change hands the cause is the address: whose hands they are tells two such alerts apart.
create function alert_matter(p_alert alerts) returns text
language sql immutable as $$
  select case
    when p_alert.kind not in ('gateway_changed', 'ip_conflict', 'mac_changed', 'flip_flop', 'mac_reused') then p_alert.dedup_key
    when jsonb_typeof(p_alert.detail -> 'claimants') = 'array'
      then p_alert.dedup_key || '/' || (select string_agg(c ->> 'mac', '/' order by c ->> 'mac')
                                        from jsonb_array_elements(p_alert.detail -> 'claimants') as c)
    else concat_ws('/', p_alert.dedup_key, coalesce(p_alert.detail ->> 'new_macs', p_alert.mac::text)) end
$$;

create function alert_fact_of(p_alert alerts, p_at timestamptz, p_wait_until timestamptz) returns alert_fact
language sql immutable as $$
  select row(p_alert.id, p_at, p_alert.kind, coalesce(p_alert.severity_was, p_alert.severity), p_alert.routine,
             p_alert.device_id, p_alert.network_id, p_alert.mac, p_alert.dedup_key,
             -- A call saved for each alert of a burst.
             case when p_alert.kind = 'new_device' then p_alert.dedup_key else alert_matter(p_alert) end, p_alert.answers,
             p_alert.resolved_at <= p_alert.last_at,
             case when p_alert.resolved_at > p_alert.last_at then p_alert.resolved_at end, p_alert.acknowledged_at,
             p_wait_until, null, null, null, null, null, null)::alert_fact
$$;

-- Adds what is known of the devices, if any of the rules asks for it. p_past: as people had decided about them then.
create function describe_facts(p_site_id integer, p_facts alert_fact[], p_rules rules[], p_past boolean) returns alert_fact[]
language plpgsql stable set jit = off as $$
begin
  if not exists (select from unnest(p_rules) as r
                 where num_nonnulls(r.owners, r.device_kinds, r.states, r.vendors, r.random_mac, r.watched) > 0) then
    return p_facts;
  end if;
  return array(
    select row(f.alert_id, f.at, f.kind, f.severity, f.routine, f.device_id, f.network_id, f.mac, f.cause, f.matter, f.answers,
               f.is_event, f.over_at, f.acknowledged_at, f.wait_until,
               case when c.before is null then d.owner else c.before ->> 'owner' end, coalesce(d.kind, p.kind),
               coalesce(c.before ->> 'state', d.state), coalesce(c.before ->> 'importance', d.importance) = 'watched',
               m.vendor, m.is_local)::alert_fact
    from unnest(p_facts) as f
    left join devices as d on d.site_id = p_site_id and d.id = f.device_id
    left join device_profiles as p on p.site_id = p_site_id and p.device_id = f.device_id
    left join device_macs as m on m.site_id = p_site_id and m.mac = f.mac
    left join lateral (
      -- What the next change found.
      select g.before from device_changes as g
      where p_past and g.site_id = p_site_id and g.device_id = f.device_id and g.at > f.at and g.undone_at is null
      order by g.id limit 1
    ) as c on true);
end $$;

-- For each alert and channel the first rule that matches; as channel 0 the first that changes the severity. p_rules: from the
-- top. Few sorts of alerts are matched, not each alert. is_special: whatever the rule, when it is sent depends on more.
create function match_alerts(p_site_id integer, p_facts alert_fact[], p_rules rules[])
returns table (alert_id bigint, at timestamptz, severity text, is_special boolean, channel_id integer, rule_no integer)
language plpgsql stable rows 100000 set enable_nestloop = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  v_zone     constant text := (select coalesce(time_zone, 'UTC') from sites where id = p_site_id);
  v_first    constant timestamptz := (select min(f.at) from unnest(p_facts) as f);
  v_last     constant timestamptz := (select max(f.at) from unnest(p_facts) as f);
  -- Devices that have become part of another since count as that.
  v_devices  constant bigint[] := array(select device_root(p_site_id, d) from unnest(p_rules) as r, unnest(r.devices) as d);
  v_networks constant boolean := exists (select from unnest(p_rules) as r where r.networks is not null);
  v_detailed constant boolean := exists (select from unnest(p_rules) as r
    where num_nonnulls(r.owners, r.device_kinds, r.states, r.vendors, r.random_mac, r.watched) > 0);
begin
  return query
  with sorted as materialized (
    select f.alert_id, f.at, f.severity,
           f.wait_until is not null or f.answers is not null
             or f.alert_id in (select a.answers from unnest(p_facts) as a where a.answers is not null) as is_special,
           f.kind || '/' || f.severity || '/' || f.routine
             || case when f.device_id = any (v_devices) then '/' || f.device_id else '' end
             || case when v_networks then '#' || coalesce(f.network_id::text, '') else '' end
             || case when v_detailed then row(f.owner, f.device_kind, f.state, f.watched, f.vendor, f.random_mac)::text
                     else '' end as sort
    from unnest(p_facts) as f
  ), sorts as materialized (
    select s.sort, f.* from (select sort, min(alert_id) as alert_id from sorted group by sort) as s
    join unnest(p_facts) as f on f.alert_id = s.alert_id
  ), numbered as materialized (
    select r.*, r.ordinality::integer as no, r.days is not null or r.from_time is not null as timed,
           array(select device_root(p_site_id, d) from unnest(r.devices) as d) as roots,
           array(select lower(o) from unnest(r.owners) as o) as owners_lower,
           array(select lower(k) from unnest(r.device_kinds) as k) as kinds_lower
    from unnest(p_rules) with ordinality as r
  ), hours as materialized (
    select no, hours_between(coalesce(time_zone, v_zone), days, from_time, to_time, v_first, v_last) as hours
    from numbered where timed
  ), matched as materialized (
    select s.sort, r.no, r.timed, r.channels, r.set_severity
    from sorts as s
    join numbered as r on (s.kind = any (r.kinds) or r.kinds is null and not s.routine)
      and severity_rank(s.severity) >= severity_rank(r.min_severity)
      and (r.networks is null or s.network_id = any (r.networks))
      and (r.devices is null or s.device_id = any (r.roots))
      and (r.owners is null or lower(s.owner) = any (r.owners_lower))
      and (r.device_kinds is null or lower(s.device_kind) = any (r.kinds_lower))
      and (r.states is null or s.state = any (r.states))
      and (r.vendors is null or exists (select from unnest(r.vendors) as v where strpos(lower(s.vendor), lower(v)) > 0))
      and (r.random_mac is null or s.random_mac = r.random_mac)
      and (r.watched is null or s.watched = r.watched)
  ), targets as materialized (
    select m.sort, c.id as channel_id, m.no, m.timed from matched as m
    join channels as c on c.site_id = p_site_id and c.removed_at is null and (m.channels is null or c.id = any (m.channels))
    union all
    select sort, 0, no, timed from matched where set_severity is not null
  ), candidates as materialized (
    -- What is below a rule that always matches is never asked.
    select * from (
      select t.*, count(*) filter (where not timed) over above as hidden_by,
             not timed and count(*) over above = 0 as is_sole
      from targets as t
      window above as (partition by sort, channel_id order by no rows between unbounded preceding and 1 preceding)
    ) as t where hidden_by = 0
  )
  select s.alert_id, s.at, s.severity, s.is_special, c.channel_id, c.no
  from sorted as s join candidates as c on c.sort = s.sort
  where c.is_sole
  union all
  (select distinct on (s.alert_id, c.channel_id) s.alert_id, s.at, s.severity, s.is_special, c.channel_id, c.no
   from sorted as s
   join candidates as c on c.sort = s.sort
   left join hours as h on h.no = c.no
   where not c.is_sole and (not c.timed or s.at <@ h.hours)
   order by s.alert_id, c.channel_id, c.no);
end $$;

-- A message that a rule would send, as pace_alerts takes it.
create type paced_alert as (
  no         integer,
  at         timestamptz,
  over_at    timestamptz,
  -- Of the rule: its quiet hours.
  rule_no    integer,
  -- Of the channel and rule: what gathers together.
  window_no  integer,
  group_for  interval,
  -- Of channel, device and kind; and of what exactly it is about.
  key_no     integer,
  matter_no  integer,
  cooldown   interval,
  -- Critical: never held.
  is_urgent  boolean,
  -- The message about the going away of what is back: its number here, or what became of it before.
  down_no    integer,
  down_told  boolean,
  -- When this key and this matter were told last or will be, and until when a window is open, before any of these.
  had_key    timestamptz,
  had_matter timestamptz,
  had_window timestamptz
);

-- Cooldowns, windows and the pairs of going and coming back, in the order of time: what one row gets depends on those
-- before it. p_rows in that order, numbered from 1; p_quiet: quiet hours by rule_no. An alert that is over before its window
-- closes is not sent, and from then on as if it had not been. Within a cooldown the same matter is not told again, and
-- another is held until the cooldown ends: at most one message for each key in so long, and nothing new is lost.
create function pace_alerts(p_rows paced_alert[], p_quiet tstzmultirange[])
returns table (no integer, why text, told_at timestamptz, group_until timestamptz, cool_until timestamptz)
language plpgsql stable rows 10000 as $$
declare
  -- Nobody waits longer for what is new: cooldowns may last a year.
  c_longest constant interval := interval '1 day';
  v_rows   constant integer := coalesce(cardinality(p_rows), 0);
  -- By row: until when it counts as told (null: never), and when it is sent.
  v_counts timestamptz[] := array_fill(null::timestamptz, array[v_rows]);
  v_sent   timestamptz[] := v_counts;
  -- By key, and after those by matter: when it was told last by what certainly is; the latest row that may yet be over, of
  -- those that are not outlasted by a later one; and, by such row, the one before.
  v_firm   timestamptz[] := v_counts || v_counts;
  v_latest integer[] := array_fill(null::integer, array[2 * v_rows]);
  v_before integer[] := v_latest;
  -- By window: its end, and until when any of its messages waits.
  v_ends   timestamptz[] := v_counts;
  v_waits  timestamptz[] := v_counts;
  v_told   timestamptz[];
  v_list   integer;
  v_row    integer;
  v_stops  timestamptz;
  v_due    timestamptz;
  r        record;
begin
  for r in select * from unnest(p_rows) loop
    no := r.no;
    why := null;
    told_at := null;
    group_until := null;
    cool_until := null;
    if r.down_no is not null and coalesce(v_counts[r.down_no], '-infinity') <= r.at or r.down_told is false then
      why := 'untold';
    elsif r.cooldown is not null then
      v_told := array[r.had_key, r.had_matter];
      for i in 1..2 loop
        v_list := case i when 1 then r.key_no else v_rows + r.matter_no end;
        v_told[i] := greatest(v_told[i], v_firm[v_list]);
        v_row := v_latest[v_list];
        while v_counts[v_row] <= r.at loop
          v_row := v_before[(i - 1) * v_rows + v_row];
        end loop;
        v_latest[v_list] := v_row;
        while v_row is not null loop
          if v_counts[v_row] > r.at then
            v_told[i] := greatest(v_told[i], v_sent[v_row]);
          end if;
          v_row := v_before[(i - 1) * v_rows + v_row];
        end loop;
      end loop;
      if v_told[2] > r.at - r.cooldown and not (r.is_urgent and v_told[2] > r.at) then
        why := 'cooldown';
        told_at := v_told[2];
      elsif v_told[1] > r.at - r.cooldown and not r.is_urgent then
        told_at := v_told[1];
        if told_at > r.at then
          cool_until := told_at;
        elsif told_at < r.at then
          cool_until := least(told_at + r.cooldown, r.at + c_longest);
        end if;
      end if;
    end if;
    if why is null then
      v_stops := 'infinity';
      if r.group_for is not null then
        group_until := case when v_ends[r.window_no] > r.at and v_waits[r.window_no] > r.at then v_ends[r.window_no]
                            when r.had_window > r.at then r.had_window
                            else r.at + r.group_for end;
        if r.over_at < group_until then
          v_stops := r.over_at;
        end if;
        if v_ends[r.window_no] = group_until then
          v_waits[r.window_no] := greatest(v_waits[r.window_no], v_stops);
        else
          v_ends[r.window_no] := group_until;
          v_waits[r.window_no] := v_stops;
        end if;
      end if;
      v_counts[no] := v_stops;
      if r.cooldown is not null then
        v_due := coalesce(greatest(group_until, cool_until), r.at);
        if not r.is_urgent and v_due <@ p_quiet[r.rule_no] then
          v_due := (select upper(h) from unnest(p_quiet[r.rule_no]) as h where v_due <@ h);
        end if;
        v_sent[no] := v_due;
        for i in 1..2 loop
          v_list := case i when 1 then r.key_no else v_rows + r.matter_no end;
          if v_stops = 'infinity' then
            v_firm[v_list] := greatest(v_firm[v_list], v_due);
          else
            v_row := v_latest[v_list];
            while v_counts[v_row] <= v_stops and v_sent[v_row] <= v_due loop
              v_row := v_before[(i - 1) * v_rows + v_row];
            end loop;
            v_before[(i - 1) * v_rows + no] := v_row;
            v_latest[v_list] := no;
          end if;
        end loop;
      end if;
    end if;
    return next;
  end loop;
end $$;

-- The mutes that cover these alerts at their times, whatever the channel and severity (mutes_channel).
create function mutes_over(p_site_id integer, p_facts alert_fact[])
returns table (alert_id bigint, channel_id integer, until timestamptz, actor text, spares_critical boolean)
language plpgsql stable set enable_nestloop = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  v_first constant timestamptz := (select min(f.at) from unnest(p_facts) as f);
  v_last  constant timestamptz := (select max(f.at) from unnest(p_facts) as f);
begin
  if not exists (select from mutes where site_id = p_site_id and from_at <= v_last and least(until, ended_at) > v_first) then
    return;
  end if;
  return query
  with running as materialized (
    select device_root(p_site_id, device_id) as root, kind, network_id, channel_id, from_at, least(until, ended_at) as ends,
           until, actor, num_nonnulls(device_id, kind) = 0 as spares_critical
    from mutes where site_id = p_site_id and from_at <= v_last and least(until, ended_at) > v_first
  ), pairs as (
    select f, m from running as m join unnest(p_facts) as f on f.device_id = m.root
    union all
    select f, m from running as m join unnest(p_facts) as f on f.at >= m.from_at where m.root is null
  )
  select (p.f).alert_id, (p.m).channel_id, (p.m).until, (p.m).actor, (p.m).spares_critical from pairs as p
  where (p.f).at >= (p.m).from_at and (p.f).at < (p.m).ends and coalesce((p.m).kind = (p.f).kind, (p.m).kind is null)
    and coalesce((p.m).network_id = (p.f).network_id, (p.m).network_id is null);
end $$;

-- When channels were told of such alerts by rules with a cooldown, or will be. By indexes: plans outlive small tables.
create function last_tellings(p_site_id integer, p_facts alert_fact[], p_within interval)
returns table (device_id bigint, cause text, kind text, matter text, channel_id integer, told timestamptz)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  -- Nothing is held for longer.
  c_held  constant interval := interval '9 days';
  v_rules constant integer[] := array(select r.id from rules as r where r.site_id = p_site_id and r.cooldown is not null);
  v_since constant timestamptz := (select min(f.at) from unnest(p_facts) as f) - p_within;
begin
  return query
  with keys as materialized (
    select distinct f.device_id, case when f.device_id is null then f.cause end as cause, f.kind from unnest(p_facts) as f
  )
  select k.device_id, k.cause, k.kind, alert_matter(a.alert), d.channel_id, max(greatest((a.alert).opened_at, d.created_at, d.hold_until))
  from keys as k
  cross join lateral (
    select w as alert from alerts as w
    where k.device_id is not null and w.site_id = p_site_id and w.device_id = k.device_id and w.kind = k.kind
    union all
    select w from alerts as w
    where k.device_id is null and w.site_id = p_site_id and w.device_id is null and w.dedup_key = k.cause and w.kind = k.kind
  ) as a
  cross join lateral (
    select q.channel_id, q.created_at, q.hold_until from deliveries as q
    where q.site_id = p_site_id and q.alert_id = (a.alert).id and (a.alert).opened_at > v_since - c_held
      and q.state in ('queued', 'delivered') and not q.escalation and q.rule_id = any (v_rules)
    offset 0
  ) as d
  group by k.device_id, k.cause, k.kind, alert_matter(a.alert), d.channel_id;
end $$;

-- What becomes of alerts under rules: a row for each message to a channel, now, held or not at all, and for what no channel
-- gets. p_rules: those that count, from the top. p_live: what was queued before counts; otherwise nothing was. Nothing is
-- written, and nothing but time distinguishes the live path from a rehearsal.
create function route_alerts(p_site_id integer, p_facts alert_fact[], p_rules rules[], p_live boolean)
returns table (
  alert_id bigint, at timestamptz, channel_id integer, rule_id integer, rule_name text,
  -- null: it is to be sent.
  why text, reason text, severity text, hold_until timestamptz, group_until timestamptz, quiet boolean, escalation boolean,
  held_because text
)
language plpgsql stable set enable_nestloop = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  v_zone  constant text := (select coalesce(time_zone, 'UTC') from sites where id = p_site_id);
  v_first constant timestamptz := (select min(f.at) from unnest(p_facts) as f);
  v_last  constant timestamptz := (select max(f.at) from unnest(p_facts) as f);
  v_changes constant boolean := exists (select from unnest(p_rules) as r where r.set_severity is not null);
  v_none  constant text := case when exists (select from channels where site_id = p_site_id and removed_at is null)
                             then 'no rule sends this kind of alert' else 'no channel is set up' end;
begin
  return query
  with facts as materialized (
    select * from unnest(p_facts)
  ), numbered as materialized (
    select r.*, r.ordinality::integer as no,
           -- It sends at once whatever it matches, and nothing else does anything to that.
           not v_changes and r.action = 'send'
             and num_nonnulls(r.cooldown, r.group_for, r.quiet_from, r.escalate_to) = 0 as is_plain,
           case when r.quiet_from is not null then
             -- What is grouped or cooled is due at most a day later, or with what waits already, and a window closes within the next.
             hours_between(coalesce(r.time_zone, v_zone), null, r.quiet_from, r.quiet_to, v_first,
                           v_last + interval '4 days') end as hours
    from unnest(p_rules) with ordinality as r
  ), targets as materialized (
    select id, case when not channel_is_usable(c) then channel_off_reason(c) end as off_reason
    from channels as c where site_id = p_site_id and removed_at is null
  ), matched as materialized (
    select c.*, r.is_plain, r.set_severity
    from match_alerts(p_site_id, p_facts, p_rules) as c join numbered as r on r.no = c.rule_no
  ), severities as materialized (
    select alert_id, set_severity from matched where channel_id = 0
  ), covered as materialized (
    select * from mutes_over(p_site_id, p_facts)
  ), mutings as materialized (
    select distinct on (c.alert_id, c.channel_id) c.alert_id, c.channel_id, m.until, m.actor
    from covered as m
    join matched as c on c.alert_id = m.alert_id
    left join severities as s on s.alert_id = c.alert_id
    where mutes_channel(m.channel_id, m.spares_critical, c.channel_id, coalesce(s.set_severity, c.severity))
    order by c.alert_id, c.channel_id, m.until desc
  ), chosen as materialized (
    select c.alert_id, c.at, c.severity, c.channel_id, c.rule_no, m.until, m.actor, k.off_reason,
           c.is_plain and not c.is_special and m.until is null and k.off_reason is null as is_plain
    from matched as c
    join targets as k on k.id = c.channel_id
    left join mutings as m on m.alert_id = c.alert_id and m.channel_id = c.channel_id
  ), meant as materialized (
    select f.alert_id, f.at, f.kind, f.device_id, f.cause, f.matter, f.answers, f.is_event, f.over_at, f.wait_until,
           c.channel_id, c.off_reason, r.no, coalesce(s.set_severity, f.severity) as told_as,
           -- Off comes last: on again, it is made up for.
           case when r.action = 'silence' then 'silence' when c.until is not null then 'mute'
                when c.off_reason is not null then 'off' end as why,
           c.until as muted_until, c.actor as muted_by
    from chosen as c
    join facts as f on f.alert_id = c.alert_id
    join numbered as r on r.no = c.rule_no
    left join severities as s on s.alert_id = c.alert_id
    where not c.is_plain
  ), windows as materialized (
    select d.rule_id, d.channel_id, max(d.group_until) as until from deliveries as d
    where p_live and d.site_id = p_site_id and d.state = 'queued' and d.group_until > v_first and d.message_key is null
    group by d.rule_id, d.channel_id
  ), to_pace as materialized (
    select m.*, r.cooldown, case when m.told_as <> 'critical' then r.group_for end as group_for, w.until as had_window,
           row_number() over (order by m.at, m.alert_id, m.channel_id)::integer as no_in_time,
           dense_rank() over (order by m.channel_id, m.no)::integer as window_no,
           dense_rank() over (order by m.channel_id, m.kind, m.device_id, case when m.device_id is null then m.cause end)::integer as key_no,
           dense_rank() over (order by m.channel_id, m.kind, m.device_id, case when m.device_id is null then m.cause end,
                              m.matter)::integer as matter_no
    from meant as m
    join numbered as r on r.no = m.no
    left join windows as w on w.rule_id = r.id and w.channel_id = m.channel_id
    where m.why is null
      and (r.cooldown is not null or r.group_for is not null and m.told_as <> 'critical' or m.answers is not null
           or m.alert_id in (select answers from facts where answers is not null))
  ), tellings as materialized (
    select * from last_tellings(p_site_id, array(
      select f from unnest(p_facts) as f
      where p_live and f.alert_id in (select t.alert_id from to_pace as t where t.cooldown is not null)),
      (select max(cooldown) from to_pace))
  ), told as materialized (
    select t.no_in_time, max(g.told) as of_key, max(g.told) filter (where g.matter = t.matter) as of_matter
    from to_pace as t
    join tellings as g on g.channel_id = t.channel_id and g.kind = t.kind and coalesce(g.device_id, 0) = coalesce(t.device_id, 0)
      and coalesce(g.cause, '') = case when t.device_id is null then t.cause else '' end
    where t.cooldown is not null
    group by t.no_in_time
  ), paced as materialized (
    select t.alert_id, t.channel_id, p.why, p.told_at, p.group_until, p.cool_until
    from pace_alerts(array(
      select row(t.no_in_time, t.at, t.over_at, t.no, t.window_no, t.group_for, t.key_no, t.matter_no, t.cooldown,
                 t.told_as = 'critical', d.no_in_time,
                 -- Told before these alerts; in a rehearsal what came before is taken to have been.
                 case when t.answers is null or d.no_in_time is not null then null
                      when t.answers in (select alert_id from facts) then false
                      when p_live then exists (select from deliveries as o
                        where o.site_id = p_site_id and o.alert_id = t.answers and o.channel_id = t.channel_id
                          and o.state in ('queued', 'delivered')) end,
                 l.of_key, l.of_matter, t.had_window)::paced_alert
      from to_pace as t
      left join to_pace as d on d.alert_id = t.answers and d.channel_id = t.channel_id
      left join told as l on l.no_in_time = t.no_in_time
      order by t.no_in_time), array(select hours from numbered order by no)) as p
    join to_pace as t on t.no_in_time = p.no
  ), decided as materialized (
    select m.*, coalesce(m.why, p.why) as verdict, p.told_at, p.group_until,
           p.why is null and p.cool_until > coalesce(p.group_until, m.at) as is_cooling,
           greatest(m.wait_until, p.group_until, p.cool_until) as hold_until,
           coalesce(greatest(m.wait_until, p.group_until, p.cool_until), m.at) as due
    from meant as m left join paced as p on p.alert_id = m.alert_id and p.channel_id = m.channel_id
  ), timed as materialized (
    select d.*, r.id as rule_id, r.name as rule_name, r.cooldown, r.escalate_after, r.escalate_to,
           case when d.verdict is null and d.told_as <> 'critical' and d.due <@ r.hours
             then (select upper(h) from unnest(r.hours) as h where d.due <@ h) end as quiet_end
    from decided as d join numbered as r on r.no = d.no
  ), called as materialized (
    select distinct on (t.alert_id, t.escalate_to) t.*, coalesce(t.quiet_end, t.due) + t.escalate_after as call_at
    from timed as t
    where t.verdict is null and t.escalate_to is not null and t.is_event is not true
    order by t.alert_id, t.escalate_to, coalesce(t.quiet_end, t.due)
  ), call_mutings as materialized (
    select distinct on (c.alert_id, c.escalate_to) c.alert_id, c.escalate_to, m.until, m.actor
    from called as c join covered as m on m.alert_id = c.alert_id
    where mutes_channel(m.channel_id, m.spares_critical, c.escalate_to, c.told_as)
    order by c.alert_id, c.escalate_to, m.until desc
  )
  select c.alert_id, c.at, c.channel_id, r.id, r.name, null::text, null::text, c.severity, null::timestamptz, null::timestamptz,
         false, false, null::text
  from chosen as c join numbered as r on r.no = c.rule_no
  where c.is_plain
  union all
  select t.alert_id, t.at, t.channel_id, t.rule_id, t.rule_name, t.verdict,
         case t.verdict
           when 'off' then t.off_reason
           when 'silence' then 'the rule “' || t.rule_name || '” keeps silent about it'
           when 'mute' then muted_words(t.muted_until, t.muted_by, t.at, v_zone)
           when 'untold' then 'its going away was not told'
           when 'cooldown' then 'told ' || case when t.told_at > t.at then 'in a message that waits'
                                                else in_words(to_ms(t.at - t.told_at)) || ' ago' end
                                || '; this rule tells at most once in ' || in_words(to_ms(t.cooldown)) end,
         t.told_as, case when t.verdict is null then coalesce(t.quiet_end, t.hold_until) end,
         case when t.verdict is null then t.group_until end, t.quiet_end is not null, false,
         case when t.verdict is null and t.is_cooling
           then case when t.told_at > t.at then 'another message about it waits already'
                     else 'told ' || in_words(to_ms(t.at - t.told_at)) || ' ago' end
                || ', at most one message in ' || in_words(to_ms(t.cooldown)) end
  from timed as t
  union all
  select c.alert_id, c.at, c.escalate_to, c.rule_id, c.rule_name,
         case when m.until is not null then 'mute' when k.off_reason is not null then 'off' end,
         coalesce(muted_words(m.until, m.actor, c.at, v_zone), k.off_reason),
         c.told_as, c.call_at, null, false, true, null
  from called as c
  join targets as k on k.id = c.escalate_to
  left join call_mutings as m on m.alert_id = c.alert_id and m.escalate_to = c.escalate_to
  union all
  select f.alert_id, f.at, null, null, null, 'nobody',
         case when f.routine then 'routine: sent only by a rule that names its kind' else v_none end,
         coalesce(s.set_severity, f.severity), null, null, false, false, null
  from facts as f
  left join severities as s on s.alert_id = f.alert_id
  where not exists (select from chosen as c where c.alert_id = f.alert_id);
end $$;

revoke execute on function add_default_rules, alert_matter, alert_fact_of, describe_facts, moment_in, hours_between, match_alerts,
  pace_alerts, mutes_channel, mutes_over, last_tellings, route_alerts from public;
