-- What people do from a chat: buttons under messages, which act once, and commands, which look. Who calls has checked
-- the button's signature (src/alertd/bot/button.ts) and that the chat is one of the site's.
-- Locks: new objects only.

-- Of several alert daemons one asks Telegram for what people said: it gives every update to one asker. A lease and not
-- an advisory lock: it needs no connection of its own, and whoever vanished without a word is succeeded when it runs out.
create table bot_leases (
  site_id integer not null references sites (id) on delete cascade,
  -- Telegram's number of the bot: the part of its token that is no secret.
  bot_id  bigint not null unique,
  holder  uuid not null,
  until   timestamptz not null,
  primary key (site_id, bot_id)
);

-- Takes or renews the lease. p_holder: from the call before, null at first. holder null: another one has it, for `site`.
create function claim_bot(p_site text, p_bot bigint, p_holder uuid, p_lease interval)
returns table (holder uuid, site text)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_now    timestamptz := clock_timestamp();
  v_site   integer := site_of(p_site);
  v_holder uuid := coalesce(p_holder, gen_random_uuid());
begin
  insert into bot_leases as l (site_id, bot_id, holder, until) values (v_site, p_bot, v_holder, v_now + p_lease)
  on conflict (bot_id) do update set site_id = excluded.site_id, holder = excluded.holder, until = excluded.until
    -- One that ends further ahead than anyone asks for was made by a clock that has been set back since.
    where l.holder = v_holder or l.until <= v_now or l.until > v_now + interval '10 minutes';
  return query
    select case when l.holder = v_holder then v_holder end, s.name
    from bot_leases as l join sites as s on s.id = l.site_id where l.bot_id = p_bot;
end $$;

create function release_bot(p_bot bigint, p_holder uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  delete from bot_leases where bot_id = p_bot and holder = p_holder
$$;

-- Whom the bot obeys: numbers of chats and @names. Who switched a channel off wants nothing done through it either.
create function bot_chats(p_site text) returns setof text
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(c.settings ->> 'chatId', substr(c.name, length('telegram:') + 1))
  from channels as c join sites as s on s.id = c.site_id
  where s.name = p_site and c.kind = 'telegram' and c.enabled and c.off_at is null and c.removed_at is null
$$;

-- How things stand with an alert, for the buttons under it. change: the decision that can be taken back; mute: the
-- running one that a button could have made.
create function bot_standing(p_site_id integer, p_alert bigint)
returns table (
  kind text, title text, device_id bigint, state text, open boolean, acknowledged boolean,
  change bigint, decision text, decided_by text, decided_at timestamptz, mute bigint, muted_by text, muted_until timestamptz
)
language sql stable set search_path = public, pg_temp as $$
  select a.kind, coalesce(device_title(d), a.summary), d.id, d.state, a.resolved_at is null, a.acknowledged_at is not null,
         c.id, c.what, c.actor, c.at, m.id, m.actor, m.until
  from alerts as a
  left join devices as d on d.site_id = a.site_id and d.id = device_root(a.site_id, a.device_id)
  left join lateral (
    select id, what, actor, at from (
      select id, what, actor, at, undone_at from device_changes
      where site_id = d.site_id and device_id = d.id and what not in ('apart', 'forget') and undone_at is null
      order by id desc limit 1
    ) as latest
    where what in ('accept', 'ignore', 'block') and at >= a.opened_at
  ) as c on true
  left join lateral (
    select id, actor, until from mutes
    where site_id = a.site_id and ended_at is null and from_at <= clock_now() and until > clock_now() and channel_id is null
      and (a.device_id is not null and device_id = d.id and kind is null and network_id is null
           or a.device_id is null and device_id is null and kind = a.kind and network_id is not distinct from a.network_id)
    order by until desc limit 1
  ) as m on true
  where a.site_id = p_site_id and a.id = p_alert
$$;

-- Does what a button says, once: using it up and acting are one transaction, and of two who press at the same moment the
-- second waits for the first and finds it used. p_state: the device's when the button was made; who decided meanwhile
-- (on a page, by another message) is not overruled. p_ref: the change or mute that is taken back.
-- outcome: done, used (before), decided (by another), expired, missing (no such alert or device), stale (it cannot be
-- taken back any more). used_by and used_at: who pressed it when, of done and used. The rest says how things stand then.
create function press_button(
  p_site text, p_link uuid, p_expires timestamptz, p_alert bigint, p_action text, p_state text, p_ref bigint, p_actor text
) returns table (
  outcome text, used_by text, used_at timestamptz,
  kind text, title text, device_id bigint, state text, open boolean, acknowledged boolean,
  change bigint, decision text, decided_by text, decided_at timestamptz, mute bigint, muted_by text, muted_until timestamptz
)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  -- A button lives for a week; one that claims longer was not made by us.
  c_longest constant interval := interval '8 days';
  c_mute    constant interval := interval '1 hour';
  v_now     timestamptz := clock_timestamp();
  v_site    integer := (select id from sites where name = p_site);
  v_alert   alerts;
  v_before  record;
  v_outcome text := 'done';
  v_used    used_links;
  v_change  bigint;
begin
  select a.* into v_alert from alerts as a where a.site_id = v_site and a.id = p_alert;
  select * into v_before from bot_standing(v_site, p_alert);
  if v_alert.id is null or v_alert.device_id is not null and v_before.device_id is null then
    return query select 'missing', null, null::timestamptz, s.* from (select 1) as one left join bot_standing(v_site, p_alert) as s on true;
    return;
  end if;
  if p_expires <= v_now or p_expires > v_now + c_longest then
    return query select 'expired', null, null::timestamptz, s.* from bot_standing(v_site, p_alert) as s;
    return;
  end if;

  insert into used_links (site_id, link_id, expires_at, actor, what)
  values (v_site, p_link, p_expires, p_actor, p_action)
  on conflict do nothing;
  if not found then
    select * into v_used from used_links where site_id = v_site and link_id = p_link;
    return query select 'used', v_used.actor, v_used.used_at, s.* from bot_standing(v_site, p_alert) as s;
    return;
  end if;
  delete from used_links where site_id = v_site and expires_at < v_now - interval '1 day';

  begin
    if p_action in ('accept', 'ignore', 'block') then
      -- The decision's own lock, taken before the look: of two who decide at once, the second sees what the first did.
      perform device_for_change(p_site, v_before.device_id);
      if (select d.state from devices as d where d.site_id = v_site and d.id = v_before.device_id) is distinct from p_state then
        v_outcome := 'decided';
      else
        v_change := decide_device(p_site, v_before.device_id, p_action, p_actor);
      end if;
    elsif p_action = 'undo' then
      perform undo_change(p_site, p_ref, p_actor);
      v_change := p_ref;
    elsif p_action = 'mute' then
      perform mute_alerts(p_site, v_before.device_id,
                          case when v_before.device_id is null then v_alert.kind end,
                          case when v_before.device_id is null then v_alert.network_id end,
                          null, clock_now() + c_mute, p_actor, 'by a button under a message');
    elsif p_action = 'unmute' then
      v_outcome := case when unmute_alerts(p_site, p_ref, p_actor) is null then 'stale' else 'done' end;
    elsif p_action in ('acknowledge', 'unacknowledge') then
      perform acknowledge_alert(p_site, p_alert, p_action = 'acknowledge', p_actor);
    else
      raise exception 'a button cannot do “%”', left(p_action, 40) using errcode = '22023';
    end if;
  exception
    when sqlstate 'NE409' or sqlstate 'NE422' then v_outcome := 'stale';
    when sqlstate 'NE404' then v_outcome := 'missing';
  end;
  if v_outcome <> 'done' then
    delete from used_links where site_id = v_site and link_id = p_link; -- nothing was done: it is not used up
    return query select v_outcome, null, null::timestamptz, s.* from bot_standing(v_site, p_alert) as s;
    return;
  end if;
  if p_action in ('accept', 'ignore', 'block', 'undo', 'mute', 'unmute') then
    insert into alert_events (site_id, alert_id, what, actor, detail)
    select v_site, p_alert, case p_action when 'mute' then 'muted' else 'acted' end, p_actor,
           jsonb_strip_nulls(jsonb_build_object('what', p_action, 'by', 'button', 'change', v_change,
                                                'until', case p_action when 'mute' then s.muted_until end))
    from bot_standing(v_site, p_alert) as s;
    perform hint('netureon_changes', json_build_object('what', 'alert', 'site', v_site)::text);
  end if;
  return query select v_outcome, p_actor, v_now, s.* from bot_standing(v_site, p_alert) as s;
end $$;

revoke execute on function claim_bot, release_bot, bot_chats, bot_standing, press_button from public;
grant execute on function claim_bot, release_bot, bot_chats, press_button to netureon_alertd;
-- Commands answer what pages show, from the same tables. Nothing can be written through these, and no secret is in them.
grant select on sites, networks, devices, device_macs, connections, device_presence, discovery_log, alerts, channels,
  alert_events, deliveries, heartbeats, mutes to netureon_alertd;
grant execute on function network_words, held_at, severity_rank, alert_state, is_urgent to netureon_alertd;
