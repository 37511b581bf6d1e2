-- What is older than it needs to be goes, in small steps, so that no tick waits for it: the log of scans, ended
-- connections (but for each device's last, which says when it was last seen) and resolved alerts with their deliveries.
-- Locks: new function only. At run time: rows that nobody updates any more.

create function prune(p_site text, p_log_days integer, p_history_days integer, p_limit integer)
returns table (discovery_log integer, connections integer, alerts integer)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site    integer := site_of(p_site);
  v_history timestamptz := now() - make_interval(days => p_history_days);
  v_scans       integer;
  v_connections integer;
  v_alerts      integer;
begin
  delete from discovery_log as l where l.site_id = v_site and l.id in (
    select o.id from discovery_log as o
    where o.site_id = v_site and o.finished_at < now() - make_interval(days => p_log_days)
    order by o.id limit p_limit);
  get diagnostics v_scans = row_count;

  delete from connections as c where c.site_id = v_site and c.id in (
    select o.id from connections as o
    where o.site_id = v_site and o.ended_at < v_history
      and exists (select from connections as n
                  where n.site_id = v_site and n.device_id = o.device_id and n.started_at > o.started_at)
    order by o.id limit p_limit);
  get diagnostics v_connections = row_count;

  delete from alerts as a where a.site_id = v_site and a.id in (
    select o.id from alerts as o
    where o.site_id = v_site and o.resolved_at < v_history
      -- A message that is still to be sent is not history, however long its server has been away.
      and not exists (select from deliveries as d
                      where d.site_id = v_site and d.alert_id = o.id and d.state = 'queued')
    order by o.id limit p_limit);
  get diagnostics v_alerts = row_count;
  return query select v_scans, v_connections, v_alerts;
end $$;

revoke execute on function prune from public;
