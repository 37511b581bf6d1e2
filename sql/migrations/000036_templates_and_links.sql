-- Texts that people wrote themselves, and links in messages that act: each once, and only what was signed.
-- Who calls has read the link's signature already (src/message/link.ts): nothing forged comes here. What does come is
-- bounded all the same: there is one link for each alert and channel, what is kept of it ends with it, and an alert
-- remembers so many openings and no more.
-- Locks: brief SHARE on alert_events for a new index; it is a new table.

-- A link is opened once as far as the story goes, however often a reader's virus scanner fetches it.
create unique index alert_events_link_opened on alert_events (site_id, (detail ->> 'link')) where what = 'link_opened';

-- The key that signs this site's links: made when it is first asked for, from two random UUIDs (244 random bits).
-- NE404: there is no such site.
create function link_key(p_site text) returns bytea
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := (select id from sites where name = p_site);
  v_key  bytea;
begin
  if v_site is null then
    raise exception 'there is no site %', p_site using errcode = 'NE404';
  end if;
  select key into v_key from link_keys where site_id = v_site;
  if v_key is null then
    insert into link_keys (site_id, key)
    values (v_site, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))
    on conflict do nothing;
    select key into v_key from link_keys where site_id = v_site;
  end if;
  return v_key;
end $$;

-- NE404: no such alert.
create function alert_of_link(p_site text, p_alert bigint) returns alerts
language plpgsql as $$
declare
  v_alert alerts;
begin
  select a.* into v_alert from alerts as a join sites as s on s.id = a.site_id where s.name = p_site and a.id = p_alert;
  if v_alert.id is null then
    raise exception 'there is no alert %', p_alert using errcode = 'NE404';
  end if;
  return v_alert;
end $$;

-- A person looked at the page behind a link. Returns whether this was the first time.
create function open_link(p_site text, p_link uuid, p_alert bigint, p_channel text, p_actor text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c_most  constant integer := 20;
  v_alert alerts := alert_of_link(p_site, p_alert);
begin
  if (select count(*) >= c_most from alert_events
      where site_id = v_alert.site_id and alert_id = v_alert.id and what = 'link_opened') then
    return false;
  end if;
  insert into alert_events (site_id, alert_id, what, actor, detail)
  values (v_alert.site_id, v_alert.id, 'link_opened', p_actor, jsonb_build_object('link', p_link, 'channel', p_channel))
  on conflict do nothing;
  if not found then
    return false;
  end if;
  perform hint('netureon_changes', json_build_object('what', 'alert', 'site', v_alert.site_id)::text);
  return true;
end $$;

-- What became of a link: used_at is null while it can still act.
create function link_use(p_site text, p_link uuid)
returns table (used_at timestamptz, what text, actor text)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.used_at, u.what, u.actor
  from used_links as u join sites as s on s.id = u.site_id where s.name = p_site and u.link_id = p_link
$$;

-- Does what the link's reader chose, once: using it up and acting are one transaction, and of two who press at the same
-- moment the second waits for the first and finds it used.
-- outcome: done (change: of the device, null when it already was so), used (when, what and by whom), expired.
-- NE404: the alert or its device is not there. NE422: it makes no sense for this alert.
create function act_by_link(
  p_site text, p_link uuid, p_expires timestamptz, p_alert bigint, p_channel text, p_what text, p_actor text
) returns table (outcome text, change bigint, until timestamptz, used_at timestamptz, used_what text, used_by text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  -- A link lives for a week; one that claims longer was not made by us.
  c_longest constant interval := interval '8 days';
  c_mute    constant interval := interval '1 hour';
  v_alert   alerts := alert_of_link(p_site, p_alert);
  v_now     timestamptz := clock_timestamp();
  v_device  bigint;
  v_change  bigint;
  v_until   timestamptz;
begin
  if p_what not in ('accept', 'ignore', 'block', 'mute', 'acknowledge') then
    raise exception 'a link cannot do “%”', left(p_what, 40) using errcode = 'NE422';
  end if;
  if p_expires <= v_now or p_expires > v_now + c_longest then
    return query select 'expired', null::bigint, null::timestamptz, null::timestamptz, null::text, null::text;
    return;
  end if;
  delete from used_links as u where u.site_id = v_alert.site_id and u.expires_at < v_now - interval '1 day';

  insert into used_links (site_id, link_id, expires_at, actor, what)
  values (v_alert.site_id, p_link, p_expires, p_actor, p_what)
  on conflict do nothing;
  if not found then
    return query select 'used', null::bigint, null::timestamptz, u.used_at, u.what, u.actor
                 from used_links as u where u.site_id = v_alert.site_id and u.link_id = p_link;
    return;
  end if;

  if p_what in ('accept', 'ignore', 'block') then
    if v_alert.device_id is null then
      raise exception 'this alert is about no single device' using errcode = 'NE422';
    end if;
    -- What was one device may be part of another since.
    v_device := device_root(v_alert.site_id, v_alert.device_id);
    v_change := decide_device(p_site, v_device, p_what, p_actor);
  elsif p_what = 'mute' then
    -- Its device, whatever it does; or this kind of trouble, there.
    v_until := v_now + c_mute;
    insert into mutes (site_id, device_id, kind, network_id, from_at, until, actor, note)
    values (v_alert.site_id, device_root(v_alert.site_id, v_alert.device_id),
            case when v_alert.device_id is null then v_alert.kind end,
            case when v_alert.device_id is null then v_alert.network_id end,
            v_now, v_until, p_actor, 'by a link in a message');
  else
    perform acknowledge_alert(p_site, p_alert, true, p_actor);
  end if;
  if p_what <> 'acknowledge' then
    insert into alert_events (site_id, alert_id, what, actor, detail)
    values (v_alert.site_id, v_alert.id, case p_what when 'mute' then 'muted' else 'acted' end, p_actor,
            jsonb_strip_nulls(jsonb_build_object('what', p_what, 'by', 'link', 'channel', p_channel, 'change', v_change, 'until', v_until)));
  end if;
  return query select 'done', v_change, v_until, null::timestamptz, null::text, null::text;
end $$;

-- Every template of a site. The alert daemon reads them through this.
create function site_templates(p_site text)
returns table (id integer, channel_id integer, channel text, kind text, subject text, body text, revision integer,
               made_by text, updated_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select t.id, t.channel_id, c.name, t.kind, t.subject, t.body, t.revision, t.made_by, t.updated_at
  from templates as t
  join sites as s on s.id = t.site_id
  left join channels as c on c.site_id = t.site_id and c.id = t.channel_id
  where s.name = p_site
  order by c.name nulls last, t.kind nulls last
$$;

-- Writes the one template of a channel (null: all) and kind (null: all). p_revision: of the one that the person was
-- looking at, null where there was none; NE409: somebody wrote it since. NE404: no such site or channel. Whether its
-- Liquid is right is found out before (src/message/template.ts).
create function save_template(
  p_site text, p_channel integer, p_kind text, p_subject text, p_body text, p_revision integer, p_actor text
) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_site integer := (select id from sites where name = p_site);
  v_id   integer;
begin
  if v_site is null
     or p_channel is not null
        and not exists (select from channels where site_id = v_site and id = p_channel and removed_at is null) then
    raise exception 'there is no such channel' using errcode = 'NE404';
  end if;
  if p_revision is null then
    insert into templates (site_id, channel_id, kind, subject, body, made_by)
    values (v_site, p_channel, p_kind, p_subject, p_body, p_actor)
    on conflict (site_id, channel_id, kind) do nothing
    returning id into v_id;
  else
    update templates
    set subject = p_subject, body = p_body, made_by = p_actor, updated_at = clock_timestamp(), revision = revision + 1
    where site_id = v_site and channel_id is not distinct from p_channel and kind is not distinct from p_kind
      and revision = p_revision
    returning id into v_id;
  end if;
  if v_id is null then
    raise exception 'somebody else has written this template meanwhile' using errcode = 'NE409';
  end if;
  return v_id;
end $$;

-- NE404: there is no such template.
create function remove_template(p_site text, p_id integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from templates as t using sites as s where s.name = p_site and t.site_id = s.id and t.id = p_id;
  if not found then
    raise exception 'there is no template %', p_id using errcode = 'NE404';
  end if;
end $$;

revoke execute on function link_key, alert_of_link, open_link, link_use, act_by_link, site_templates, save_template,
  remove_template from public;
grant execute on function link_key, site_templates to netureon_alertd, netureon_web;
grant execute on function open_link, link_use, act_by_link, save_template, remove_template to netureon_web;
