-- What pages ask of tables that have grown for years: every filter of the Alerts page finds its rows by an index in the
-- order of its page, and many alerts are acknowledged and taken back as one step that has a number.
-- Locks: SHARE on alerts, deliveries, alert_events and merge_suggestions while their indexes are built: some seconds per
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

create index alert_events_batch on alert_events (site_id, (detail ->> 'batch')) where detail ? 'batch';
create index alert_events_batch_of on alert_events (site_id, actor, id desc) where what = 'acknowledged' and detail ? 'batch';
create index merge_suggestions_open on merge_suggestions (site_id, id) where state = 'open';

-- Older alerts whose sentence, address or MAC matches, newest first. A page asks it only when the newest thousands gave
-- too few: then the pattern is rare, whatever the statistics think.
create function older_alerts_like(p_site_id integer, p_pattern text, p_before bigint, p_limit integer) returns setof bigint
language sql stable set enable_seqscan = off as $$
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
