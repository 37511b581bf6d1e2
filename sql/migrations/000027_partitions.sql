-- The log of scans by weeks, so that an old week goes in one piece, and prune over everything else that grows. Only a
-- whole partition gives its room back: by months the log of thirty days took that of sixty-one.
-- Two partitions at the edges take what no week takes, so that no clock and no pause of prune can make a scan fail.
-- They are ranges and not the DEFAULT partition: beside one of those no week could be detached without a lock that
-- scans wait for. Weeks begin on Monday, by UTC.
-- The log has no foreign keys any more. Sites and networks are never deleted, only record_scan writes here, and
-- attaching a week would lock both tables against every scan.
-- Locks: ACCESS EXCLUSIVE on discovery_log while its rows are copied: about a second per hundred thousand scans.

alter table discovery_log rename to discovery_log_whole;
alter table discovery_log_whole rename constraint discovery_log_pkey to discovery_log_whole_pkey;
alter sequence discovery_log_id_seq rename to discovery_log_whole_id_seq;

-- In an order that loses no room to alignment, in the one table that grows while nothing happens.
create table discovery_log (
  site_id     integer not null,
  network_id  integer,
  id          bigint generated always as identity,
  finished_at timestamptz not null,
  duration_ms integer not null constraint discovery_log_duration_ms_check check (duration_ms >= 0),
  probed      integer not null default 0,
  answered    integer not null default 0,
  frames      integer not null default 0,
  broadcasts  integer not null default 0,
  new         integer not null default 0,
  returned    integer not null default 0,
  moved       integer not null default 0,
  missing     integer not null default 0,
  -- As in 000004.
  outcome     text not null constraint discovery_log_outcome_check check (outcome in ('complete', 'partial', 'failed')),
  method      text not null constraint discovery_log_method_check check (method in ('packet', 'kernel', 'file', 'unknown')),
  problem     text,
  primary key (site_id, id, finished_at),
  constraint discovery_log_check check ((outcome = 'complete') = (problem is null))
) partition by range (finished_at);

create function monday_of(p_at timestamptz) returns timestamptz
language sql immutable parallel safe as $$
  select date_trunc('week', p_at at time zone 'UTC') at time zone 'UTC'
$$;

-- Whatever the session's time zone does in between.
create function weeks_after(p_monday timestamptz, p_n integer) returns timestamptz
language sql immutable parallel safe as $$
  select (p_monday at time zone 'UTC' + make_interval(weeks => p_n)) at time zone 'UTC'
$$;

create function discovery_log_week(p_monday timestamptz) returns text
language sql immutable parallel safe as $$
  select 'discovery_log_' || to_char(p_monday at time zone 'UTC', 'YYYY_MM_DD')
$$;

-- The partitions by time. pending: a detachment that was interrupted; nobody sees its rows any more.
create function discovery_log_partitions() returns table (name text, from_at timestamptz, to_at timestamptz, pending boolean)
language sql stable set timezone = 'UTC' as $$
  select c.relname::text,
         case when b.bound like '%FROM (MINVALUE)%' then '-infinity'
           else substring(b.bound from 'FROM \(''([^'']+)''\)')::timestamptz end,
         case when b.bound like '%TO (MAXVALUE)' then 'infinity'
           else substring(b.bound from 'TO \(''([^'']+)''\)')::timestamptz end,
         i.inhdetachpending
  from pg_inherits as i
  join pg_class as c on c.oid = i.inhrelid
  cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bound) as b
  where i.inhparent = 'public.discovery_log'::regclass
  order by 2
$$;

-- The weeks up to p_until, made before they are needed. Where prune has paused for so long that scans of today lie in
-- the last partition, that one becomes a partition of what it holds. Returns how many were made. The lock that this
-- takes is free of waiting: it is had at once or not (55P03), so that no scan queues behind it.
create function extend_discovery_log(p_until timestamptz) returns integer
language plpgsql set lock_timeout = '20ms' as $$
declare
  v_next  timestamptz := weeks_after(monday_of(clock_now()), 1);
  v_from  timestamptz;
  v_name  text;
  v_made  integer := 0;
  v_late  boolean;
begin
  select p.from_at into v_from from discovery_log_partitions() as p where p.name = 'discovery_log_future';
  if v_from >= p_until then
    return 0;
  end if;
  if v_from is null then
    -- Detached by a prune that got no further.
    select max(p.to_at) into strict v_from from discovery_log_partitions() as p;
    if v_from >= p_until and v_from = 'infinity' then
      raise exception 'discovery_log has a last partition of another name' using errcode = 'data_corrupted';
    end if;
  else
    alter table discovery_log detach partition discovery_log_future;
  end if;
  v_late := v_from < v_next;

  if to_regclass('public.discovery_log_future') is not null then
    alter table discovery_log_future rename to discovery_log_ahead;
  else
    create table discovery_log_ahead (like discovery_log including defaults including constraints);
  end if;
  create table discovery_log_future (like discovery_log including defaults including constraints);
  if v_late then
    insert into discovery_log_future select * from discovery_log_ahead where finished_at >= v_next;
    delete from discovery_log_ahead where finished_at >= v_next;
    v_name := discovery_log_week(v_from);
    execute format('alter table discovery_log_ahead rename to %I', v_name);
    execute format('alter table discovery_log attach partition %I for values from (%L) to (%L)', v_name, v_from, v_next);
    v_made := 1;
    v_from := v_next;
  else
    insert into discovery_log_future select * from discovery_log_ahead;
    drop table discovery_log_ahead;
  end if;

  while v_from < p_until loop
    v_next := weeks_after(v_from, 1);
    v_name := discovery_log_week(v_from);
    execute format('create table %I (like discovery_log including defaults including constraints)', v_name);
    execute format('insert into %I select * from discovery_log_future where finished_at < %L', v_name, v_next);
    execute format('delete from discovery_log_future where finished_at < %L', v_next);
    execute format('alter table discovery_log attach partition %I for values from (%L) to (%L)', v_name, v_from, v_next);
    v_made := v_made + 1;
    v_from := v_next;
  end loop;
  execute format('alter table discovery_log attach partition discovery_log_future for values from (%L) to (maxvalue)', v_from);
  return v_made;
end $$;

do $$
declare
  -- Two years at most: what is older was written by a clock that was wrong, or is not to go for long.
  v_first timestamptz := monday_of(greatest(
    coalesce((select min(finished_at) from discovery_log_whole), clock_now()), clock_now() - interval '2 years'));
begin
  execute format('create table discovery_log_past partition of discovery_log for values from (minvalue) to (%L)', v_first);
  execute format('create table discovery_log_future partition of discovery_log for values from (%L) to (maxvalue)', v_first);
  while v_first < weeks_after(monday_of(clock_now()), 13) loop
    alter table discovery_log detach partition discovery_log_future;
    execute format('create table %I partition of discovery_log for values from (%L) to (%L)',
                   discovery_log_week(v_first), v_first, weeks_after(v_first, 1));
    v_first := weeks_after(v_first, 1);
    execute format('alter table discovery_log attach partition discovery_log_future for values from (%L) to (maxvalue)', v_first);
  end loop;
end $$;

insert into discovery_log (id, finished_at, site_id, network_id, duration_ms, probed, answered, frames, broadcasts,
                           new, returned, moved, missing, outcome, method, problem) overriding system value
select id, finished_at, site_id, network_id, duration_ms, probed, answered, frames, broadcasts,
       new, returned, moved, missing, outcome, method, problem
from discovery_log_whole;
select setval(pg_get_serial_sequence('discovery_log', 'id'), coalesce((select max(id) from discovery_log_whole), 0) + 1, false);
drop table discovery_log_whole;

create trigger _100_alert_on_scan after insert on discovery_log
  referencing new table as scans for each statement execute function alert_on_scan();
create trigger _120_note_report after insert on discovery_log
  referencing new table as reports for each statement execute function note_report();
grant select on discovery_log to netureon_web;

-- Scans that are too old but share their partition with some that are not. Returns how many went.
create function prune_log(p_before timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  v_gone integer;
begin
  delete from discovery_log as l
  where l.finished_at < p_before and (l.site_id, l.id) in (
    select o.site_id, o.id from discovery_log as o where o.finished_at < p_before order by o.site_id, o.id limit p_limit);
  get diagnostics v_gone = row_count;
  return v_gone;
end $$;

-- Everything else that grows with time, of every site: one step, which deletes at most p_limit rows of a kind and site.
-- A device keeps its last connection, which says when and where it was last seen.
drop function prune(text, integer, integer, integer);
create function prune(p_history_days integer, p_limit integer)
returns table (connections integer, alerts integer, coverage integer, names integer, ports integer, archived integer)
language plpgsql as $$
#variable_conflict use_column
declare
  -- What was worth a row but no message, and addresses that were made to be forgotten (RFC 8981), are of use for weeks.
  c_routine constant integer := 90;
  c_privacy constant integer := 30;
  -- A newcomer that nobody decided about, named or saw for so long was a visitor or an invention.
  c_visitor constant integer := 30;
  v_now     constant timestamptz := clock_now();
  v_history constant timestamptz := v_now - make_interval(days => p_history_days);
  v_routine constant timestamptz := v_now - make_interval(days => least(c_routine, p_history_days));
  v_privacy constant timestamptz := v_now - make_interval(days => least(c_privacy, p_history_days));
  v_visitor constant timestamptz := v_now - make_interval(days => c_visitor);
  v_site    integer;
  v_name    text;
  v_n       integer;
  v_counts  integer[] := array[0, 0, 0, 0, 0, 0];
begin
  for v_site, v_name in select s.id, s.name from sites as s order by s.id loop
    delete from connections as c where c.site_id = v_site and c.id in (
      select o.id from connections as o
      where o.site_id = v_site and o.ended_at < v_privacy
        and (o.ended_at < v_history or is_privacy_address(o.ip))
        and exists (select from connections as n
                    where n.site_id = v_site and n.device_id = o.device_id
                      and (n.started_at > o.started_at or n.started_at = o.started_at and n.id > o.id))
      order by o.ended_at limit p_limit);
    get diagnostics v_n = row_count;
    v_counts[1] := v_counts[1] + v_n;

    delete from alerts as a where a.site_id = v_site and a.id in (
      select o.id from alerts as o
      where o.site_id = v_site and o.resolved_at < case when o.routine then v_routine else v_history end
        -- A message that is still to be sent is not history, however long its server has been away.
        and not exists (select from deliveries as d
                        where d.site_id = v_site and d.alert_id = o.id and d.state = 'queued')
      order by o.id limit p_limit);
    get diagnostics v_n = row_count;
    v_counts[2] := v_counts[2] + v_n;

    delete from coverage as c where c.ctid in (
      select o.ctid from coverage as o where o.site_id = v_site and upper(o.during) < v_history limit p_limit);
    get diagnostics v_n = row_count;
    v_counts[3] := v_counts[3] + v_n;

    delete from device_names as n where n.site_id = v_site and n.last_seen_at < v_history;
    get diagnostics v_n = row_count;
    v_counts[4] := v_counts[4] + v_n;

    delete from device_ports as p where p.site_id = v_site and p.closed_at < v_history;
    get diagnostics v_n = row_count;
    v_counts[5] := v_counts[5] + v_n;

    v_counts[6] := v_counts[6] + archive_visitors(v_name, v_visitor, p_limit);
  end loop;
  return query select v_counts[1], v_counts[2], v_counts[3], v_counts[4], v_counts[5], v_counts[6];
end $$;

-- A temporary address (RFC 8981), or one that cannot be told from it: global or ULA, without ff:fe amid its last half.
create function is_privacy_address(p_ip inet) returns boolean
language sql immutable parallel safe as $$
  select family(p_ip) = 6 and not p_ip << inet 'fe80::/10'
     and (p_ip & inet '::ff:fe00:0') <> inet '::ff:fe00:0'
$$;

-- Devices are archived, not deleted: these come back as new when they are seen again, with an alert.
create function archive_visitors(p_site text, p_before timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  v_device   bigint;
  v_archived integer := 0;
begin
  for v_device in
    select d.id from devices as d join sites as s on s.id = d.site_id
    where s.name = p_site and d.state = 'new' and d.name is null and d.importance = 'normal' and d.first_seen_at < p_before
      and not exists (select from connections as c
                      where c.site_id = d.site_id and c.device_id = d.id
                        and (c.ended_at is null or c.ended_at >= p_before))
    order by d.id limit p_limit
  loop
    perform archive_device(p_site, v_device, 'new', 'netureon prune');
    v_archived := v_archived + 1;
  end loop;
  return v_archived;
end $$;

revoke execute on function monday_of, weeks_after, discovery_log_week, discovery_log_partitions, extend_discovery_log,
  prune_log, prune, is_privacy_address, archive_visitors from public;
