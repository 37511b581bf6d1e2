-- What a visitor of the site may do is what the visitor's database role may do: the site looks and acts as
-- netureon_viewer, netureon_operator or netureon_admin, each able to do what the one before can. The site's own login,
-- netureon_web, takes one of them on for each request and inherits nothing from them: by itself it knows who is signed
-- in, says that it is alive, and honours signed links.
-- Locks: the privileges of functions and tables, for a moment. Roles belong to the whole cluster: another database may
-- have made them already, even at this moment.

do $$
declare
  v_role text;
begin
  foreach v_role in array array['netureon_viewer', 'netureon_operator', 'netureon_admin'] loop
    begin
      if not exists (select from pg_roles where rolname = v_role) then
        execute format('create role %I nologin', v_role);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- a concurrent migration of another database was faster; the role is there
    end;
  end loop;
end $$;

-- From PostgreSQL 16 on, whether a membership inherits is decided when it is granted, by what the member is then.
do $$
declare
  v_try integer := 0;
begin
  loop
    begin
      if not (select rolinherit from pg_roles where rolname = 'netureon_operator') then
        alter role netureon_operator inherit;
      end if;
      if (select rolinherit from pg_roles where rolname = 'netureon_web') then
        alter role netureon_web noinherit;
      end if;
      if not pg_has_role('netureon_operator', 'netureon_viewer', 'member') then
        grant netureon_viewer to netureon_operator;
      end if;
      if not pg_has_role('netureon_admin', 'netureon_operator', 'member') then
        grant netureon_operator to netureon_admin;
      end if;
      if not pg_has_role('netureon_web', 'netureon_admin', 'member') then
        grant netureon_admin to netureon_web;
      end if;
      -- Whoever migrates may act as them too: `netureon rule`, `channel` and others do. A superuser may anyway.
      if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant netureon_admin to %I', current_user);
      end if;
      exit;
    exception when internal_error or unique_violation then
      -- "tuple concurrently updated": another database of this cluster is migrated at this moment
      v_try := v_try + 1;
      if v_try = 50 then raise; end if;
      perform pg_sleep(0.1);
    end;
  end loop;
end $$;

grant usage on schema public to netureon_viewer, netureon_operator, netureon_admin;

revoke select on sites, networks, devices, device_macs, connections, device_presence, discovery_log, alerts, channels,
  rules, deliveries, heartbeats, oui_edition, device_changes, device_habits, coverage, merge_suggestions,
  identity_rules, device_names, device_ports, device_profiles, sensors, mutes, message_tries, alert_events, templates
  from netureon_web;
grant select on sites, networks, devices, device_macs, connections, device_presence, discovery_log, alerts, channels,
  rules, deliveries, heartbeats, oui_edition, device_changes, device_habits, coverage, merge_suggestions,
  identity_rules, device_names, device_ports, device_profiles, sensors, mutes, message_tries, alert_events, templates
  to netureon_viewer;
-- What the site needs before it knows who is there.
grant select on sites to netureon_web;

-- Looking.
revoke execute on function presence_reason, network_words, device_root, device_family, name_rank, held_at, network_at,
  alert_state, is_urgent, severity_rank, services_of, find_devices, rehearse_rules, running_mutes, failing_channels,
  site_templates
  from netureon_web;
grant execute on function clock_now, presence_reason, network_words, device_root, device_family, name_rank, held_at,
  network_at, alert_state, is_urgent, severity_rank, services_of, find_devices, rehearse_rules, running_mutes,
  failing_channels, site_templates
  to netureon_viewer;

-- Deciding about devices and alerts.
revoke execute on function decide_device, rename_device, undo_change, acknowledge_alert, accept_gateway, merge_devices,
  archive_device, watch_device, accept_suggestion, dismiss_suggestion, forget_rule, request_profile, mute_alerts,
  unmute_alerts, acknowledge_all, undo_acknowledge_all
  from netureon_web;
grant execute on function decide_device, rename_device, undo_change, acknowledge_alert, accept_gateway, merge_devices,
  archive_device, watch_device, accept_suggestion, dismiss_suggestion, forget_rule, request_profile, mute_alerts,
  unmute_alerts, acknowledge_all, undo_acknowledge_all
  to netureon_operator;

-- Deciding how it works: rules, channels, texts, networks.
revoke execute on function retire_network, rename_network, save_rule, move_rule, switch_rule, snooze_rule, remove_rule,
  restore_rule, set_time_zone, save_template, remove_template, add_channel, remove_channel, switch_channel, queue_test
  from netureon_web;
grant execute on function retire_network, rename_network, save_rule, move_rule, switch_rule, snooze_rule, remove_rule,
  restore_rule, set_time_zone, save_template, remove_template, add_channel, remove_channel, switch_channel, queue_test
  to netureon_admin;
