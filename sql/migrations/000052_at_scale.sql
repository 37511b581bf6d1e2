-- What pages ask of tables that have grown for years: every filter of the Alerts page finds its rows by an index in the
-- order of its page, and many alerts are acknowledged and taken back as one step that has a number.
-- Locks: SHARE on alerts, deliveries, alert_events, merge_suggestions and discovery_log while their indexes are built: some seconds per
-- million rows.

set local maintenance_work_mem = '256MB';

-- Parts of words are found by it; it comes with PostgreSQL, as btree_gist does.
create extension if not exists pg_trgm;

-- Those that go on, newest first: what is open is counted and filtered without the rest.
create index alerts_live on alerts (site_id, id desc) include (severity, kind, acknowledged_at) where resolved_at is null;
create index alerts_of_device on alerts (site_id, device_id, id desc) where device_id is not null;
drop index alerts_by_device;
create index alerts_of_kind on alerts (site_id, kind, id desc);
create index alerts_of_network on alerts (site_id, network_id, id desc) where network_id is not null;
-- Milder ones are so many that the newest are at hand.
create index alerts_serious on alerts (site_id, severity, id desc) where severity in ('high', 'critical');
create index alerts_acknowledged on alerts (site_id, acknowledged_by, id desc) where acknowledged_by is not null;
create index alerts_by_opening on alerts (site_id, opened_at, id);
create index alerts_by_text on alerts
  using gin ((summary || ' ' || coalesce(host(ip), '') || ' ' || coalesce(mac::text, '')) gin_trgm_ops);

-- What became of messages, per channel.
create index deliveries_outcome on deliveries (site_id, state, channel_id, alert_id desc);

-- What one message told together.
create index deliveries_together on deliveries (message_key) where message_key is not null;
-- The log by time, for nothing: scans are written in its order.
create index discovery_log_times on discovery_log using brin (finished_at) with (pages_per_range = 16, autosummarize = on);

create index alert_events_batch on alert_events (site_id, (detail ->> 'batch')) where detail ? 'batch';
create index alert_events_batch_of on alert_events (site_id, actor, id desc) where what = 'acknowledged' and detail ? 'batch';
create index merge_suggestions_open on merge_suggestions (site_id, id) where state = 'open';

-- Older alerts whose sentence, address or MAC matches, newest first. A page asks it only when the newest thousands gave
-- too few: then the pattern is rare, whatever the statistics think.
create function older_alerts_like(p_site_id integer, p_pattern text, p_before bigint, p_limit integer) returns setof bigint
language sql stable set enable_seqscan = off set jit = off as $$
  with hit as materialized (
    select a.id from alerts as a
    where a.site_id = p_site_id and a.id < p_before
      and (a.summary || ' ' || coalesce(host(a.ip), '') || ' ' || coalesce(a.mac::text, '')) ilike p_pattern
  )
  select id from hit order by id desc limit p_limit
$$;

-- These alerts, as far as they are open. batch: by which it is taken back; null where nothing was done.
create function acknowledge_alerts(p_site text, p_alerts bigint[], p_actor text, out batch uuid, out alerts integer)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site constant integer := (select id from sites where name = p_site);
  v_ids  bigint[];
  v_now  timestamptz;
begin
  -- Locked in order and before any is written: two who press at once would wait for each other.
  v_ids := array(
    select a.id from public.alerts as a
    where a.site_id = v_site and a.id = any (p_alerts) and a.resolved_at is null and a.acknowledged_at is null
    order by a.id for no key update);
  alerts := cardinality(v_ids);
  if alerts = 0 then
    return;
  end if;
  batch := gen_random_uuid();
  v_now := clock_now();
  perform set_config('netureon.batch', batch::text, true);
  update public.alerts as a set acknowledged_at = v_now, acknowledged_by = p_actor
  where a.site_id = v_site and a.id = any (v_ids);
  perform set_config('netureon.batch', '', true);
end $$;

-- Every open alert of a kind, at least so severe, of a network or device (null: any), up to the newest that the person
-- had before them.
create function acknowledge_matching(
  p_site text, p_kind text, p_severity text, p_network integer, p_device bigint, p_upto bigint, p_actor text,
  out batch uuid, out alerts integer
)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  select t.batch, t.alerts into batch, alerts
  from acknowledge_alerts(p_site, array(
    select a.id from public.alerts as a join sites as s on s.id = a.site_id
    where s.name = p_site and a.resolved_at is null and a.acknowledged_at is null and a.id <= p_upto
      and (p_kind is null or a.kind = p_kind) and (p_network is null or a.network_id = p_network)
      and (p_severity is null or severity_rank(a.severity) >= severity_rank(p_severity))
      and (p_device is null or a.device_id = p_device)), p_actor) as t;
end $$;

-- Opens again what one such step acknowledged and nobody has since. Returns how many.
create function undo_acknowledged(p_site text, p_batch uuid, p_actor text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site constant integer := (select id from sites where name = p_site);
  v_at   timestamptz;
  v_by   text;
  v_ids  bigint[];
  v_n    integer;
begin
  select min(e.at), min(e.actor), array_agg(e.alert_id) into v_at, v_by, v_ids from alert_events as e
  where e.site_id = v_site and e.detail ? 'batch' and e.detail ->> 'batch' = p_batch::text and e.what = 'acknowledged';
  if v_ids is null then
    raise exception 'nothing was acknowledged as %', p_batch using errcode = 'NE404';
  end if;
  perform lock_alerts(v_site, v_ids);
  perform set_config('netureon.actor', p_actor, true);
  update alerts as a set acknowledged_at = null, acknowledged_by = null
  where a.site_id = v_site and a.id = any (v_ids) and a.acknowledged_at = v_at and a.acknowledged_by = v_by;
  get diagnostics v_n = row_count;
  perform set_config('netureon.actor', '', true);
  return v_n;
end $$;

-- How many alerts one such step acknowledged; 0: there was none.
create function acknowledged_in(p_site text, p_batch uuid) returns integer
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*)::integer from alert_events as e join sites as s on s.id = e.site_id
  where s.name = p_site and e.detail ? 'batch' and e.detail ->> 'batch' = p_batch::text and e.what = 'acknowledged'
$$;

revoke execute on function older_alerts_like, acknowledge_alerts, acknowledge_matching, undo_acknowledged, acknowledged_in
  from public;
grant execute on function older_alerts_like, acknowledged_in to netureon_viewer;
grant execute on function acknowledge_alerts, acknowledge_matching, undo_acknowledged to netureon_operator;

-- As in 000041; what is withheld is read once, and who a muted device is now is asked once for each mute.
create or replace function running_mutes(p_site text)
returns table (id bigint, device_id bigint, device text, kind text, network_id integer, network text, channel_id integer,
               channel text, from_at timestamptz, until timestamptz, actor text, note text, withheld bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with running as materialized (
    select m.*, device_root(m.site_id, m.device_id) as root
    from mutes as m join sites as s on s.id = m.site_id
    where s.name = p_site and m.ended_at is null and m.until > clock_now()
  ), withheld as materialized (
    select a.kind, a.network_id, o.channel_id, a.device_id, a.severity = 'critical' as critical, a.id
    from deliveries as o
    join alerts as a on a.site_id = o.site_id and a.id = o.alert_id
    where o.site_id = (select s.id from sites as s where s.name = p_site) and exists (select from running)
      and o.state = 'suppressed' and not o.mute_settled and o.reason like 'muted until %'
  ), counted as materialized (
    select m.id, count(distinct w.id) as alerts
    from running as m
    join withheld as w on (m.kind is null or m.kind = w.kind)
      and (m.network_id is null or m.network_id = w.network_id)
      and (m.channel_id is null or m.channel_id = w.channel_id)
      and (m.device_id is null or w.device_id = m.root)
      and (not w.critical or m.device_id is not null or m.kind is not null)
    group by m.id
  )
  select m.id, m.device_id, case when d.id is not null then device_title(d) end, m.kind, m.network_id,
         case when n.id is not null then coalesce(n.name, network_words(n)) end, m.channel_id, c.name, m.from_at, m.until,
         m.actor, m.note, coalesce(w.alerts, 0)
  from running as m
  left join counted as w on w.id = m.id
  left join devices as d on d.site_id = m.site_id and d.id = m.device_id
  left join networks as n on n.site_id = m.site_id and n.id = m.network_id
  left join channels as c on c.site_id = m.site_id and c.id = m.channel_id
$$;
