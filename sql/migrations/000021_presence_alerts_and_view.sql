-- Opening connections, the alerts of scans and newcomers, and presence as people ask for it: as in 000006 to 000008, by
-- the one clock, with links, networks that fall silent, and exact misses.
-- Locks: functions and a view only.

-- As in 000006, but for the columns of silence and for networks with one prefix on several links.
-- Opens a connection for each (mac, ip) seen that has none. Returns {new, returned, moved}.
create or replace function open_connections(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_moved_macs macaddr[], p_at timestamptz
) returns integer[]
language plpgsql as $$
declare
  -- A network nobody has looked at for this long has lost its claim on its devices.
  c_abandoned constant interval := interval '10 minutes';
  v_baseline  boolean := p_network.baseline_at is null;
  v_counts    integer[];
begin
  perform add_devices(p_site_id, p_macs, case when v_baseline then 'known' else 'new' end, p_at);

  -- The same address may be open on an overlapping network (a /24 that became a /23). The narrower one keeps it,
  -- unless it is looked at no more. Of two links with one prefix the one that still sees it takes it over.
  if exists (select from networks where site_id = p_site_id and id <> p_network.id) then
    update connections as c set network_id = p_network.id, misses = 0, last_seen_at = null, missed_from = null, missed_looked_ms = null,
                                 gone_looked_ms = null
    from unnest(p_macs, p_ips) as s (mac, ip), networks as o
    where c.site_id = p_site_id and c.ended_at is null and c.mac = s.mac and c.ip = s.ip
      and o.site_id = p_site_id and o.id = c.network_id
      and (masklen(o.cidr) < masklen(p_network.cidr) or o.last_scan_at is null or o.last_scan_at < p_at - c_abandoned
           or o.id <> p_network.id and o.cidr = p_network.cidr and c.misses > 0);
  end if;

  -- One look into an index for each, whatever the statistics say: a site they do not know yet counts as one row there, and
  -- joins begin with it, once for everybody else.
  with seen as materialized (
    select u.mac, u.ip from (select distinct mac, ip from unnest(p_macs, p_ips) as a (mac, ip)) as u
    -- What is open on another network of this site stays there. Not "on conflict", which writes each row twice:
    -- add_devices has locked out whoever else opens connections of this site.
    where not exists (select from connections as c
                      where c.site_id = p_site_id and c.mac = u.mac and c.ip = u.ip and c.ended_at is null
                      offset 0)
  ), placed as materialized (
    select s.mac, s.ip, m.device_id, m.first_seen_at
    from seen as s
    cross join lateral (select d.device_id, d.first_seen_at from device_macs as d
                        where d.site_id = p_site_id and d.mac = s.mac offset 0) as m
  ), opened as (
    insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
    select p_site_id, s.device_id, p_network.id, s.mac, s.ip,
           -- Never before the end of its own history, even when the server's clock was set back.
           case when s.first_seen_at = p_at then p_at
                else greatest(p_at, (select max(c.ended_at) from connections as c
                                     where c.site_id = p_site_id and c.device_id = s.device_id
                                       and c.mac = s.mac and c.ip = s.ip)) end,
           case when v_baseline then 'baseline'
                when s.first_seen_at = p_at then 'new'
                when s.mac = any (p_moved_macs) then 'moved'
                when exists (select from connections as c
                             where c.site_id = p_site_id and c.mac = s.mac and c.ended_at is null) then 'added'
                else 'returned' end
    from placed as s
    order by s.mac, s.ip
    returning mac, opened_as
  ), each_mac as (
    select distinct mac, opened_as from opened
  )
  select array[count(*) filter (where opened_as in ('baseline', 'new')),
               count(*) filter (where opened_as = 'returned'),
               count(*) filter (where opened_as = 'moved')]
  into v_counts from each_mac;
  return v_counts;
end $$;

-- A scan that could not begin (no interface, no permission, no network). p_network may be null.
create function record_scan_failure(
  p_site text, p_network cidr, p_interface text, p_problem text, p_link text default ''
) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site integer := site_of(p_site);
begin
  if p_network is not null then
    perform record_scan(p_site, p_network, p_interface, 'unknown', 0, 0, 0, 0, 0, p_problem, '{}', '{}', null, p_link);
    return;
  end if;
  update sites set scan_failures = scan_failures + 1 where id = v_site;
  insert into discovery_log (site_id, finished_at, duration_ms, outcome, method, problem)
  values (v_site, clock_now(), 0, 'failed', 'unknown', p_problem);
end $$;

-- Alerts: as in 000007, by the one clock, and for networks that fell silent.

create or replace function alert_on_opened() returns trigger
language plpgsql as $$
begin
  if exists (select from opened where opened_as = 'new') then
    insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
    select distinct on (o.site_id, o.device_id)
           o.site_id, 'new_device', 'medium', o.device_id, o.network_id, o.mac, o.ip,
           'New device: ' || coalesce(m.vendor, case when m.is_local then 'random MAC' else 'unknown vendor' end)
             || ' at ' || host(o.ip),
           jsonb_build_object('vendor', m.vendor, 'random_mac', m.is_local), 'new_device:' || o.device_id
    from opened as o
    join device_macs as m on m.site_id = o.site_id and m.mac = o.mac
    where o.opened_as = 'new'
    order by o.site_id, o.device_id, o.ip
    on conflict (site_id, dedup_key) where resolved_at is null
      do update set count = alerts.count + 1, last_at = clock_now();
  end if;

  -- Most sites block nobody: the probe of a tiny index saves them the join.
  if not exists (select from devices as d
                 where d.state = 'blocked' and d.site_id in (select distinct site_id from opened)) then
    return null;
  end if;
  insert into alerts (site_id, kind, severity, device_id, network_id, mac, ip, summary, detail, dedup_key)
  select distinct on (o.site_id, o.device_id)
         o.site_id, 'blocked_device_seen', 'critical', o.device_id, o.network_id, o.mac, o.ip,
         'Blocked device is here: ' || coalesce(d.name, m.vendor, o.mac::text) || ' at ' || host(o.ip),
         jsonb_build_object('vendor', m.vendor, 'random_mac', m.is_local), 'blocked_device_seen:' || o.device_id
  from opened as o
  join devices as d on d.site_id = o.site_id and d.id = o.device_id and d.state = 'blocked'
  join device_macs as m on m.site_id = o.site_id and m.mac = o.mac
  order by o.site_id, o.device_id, o.ip
  on conflict (site_id, dedup_key) where resolved_at is null
    do update set count = alerts.count + 1, last_at = clock_now();
  return null;
end $$;

create or replace function resolve_on_closed() returns trigger
language plpgsql as $$
begin
  update alerts as a set resolved_at = clock_now()
  from (select distinct c.site_id, c.device_id from closed as c where c.ended_at is not null) as c
  where a.site_id = c.site_id and a.device_id = c.device_id
    and a.kind = 'blocked_device_seen' and a.resolved_at is null
    and not exists (select from connections as o
                    where o.site_id = c.site_id and o.device_id = c.device_id and o.ended_at is null);
  return null;
end $$;

-- A network as a person knows it: 192.168.1.0/24, or fe80::/64 on lan0.
create function network_words(p_network networks) returns text
language sql immutable parallel safe as $$
  select p_network.cidr::text || case when p_network.link = '' then '' else ' on ' || p_network.link end
$$;

create or replace function alert_on_scan() returns trigger
language plpgsql as $$
declare
  -- Consecutive failures before anyone is told: a single lost scan is not news.
  c_failures constant integer := 3;
  -- A /16 of devices does not belong into one row; the page has them all.
  c_listed   constant integer := 500;
begin
  -- Each behind a question: an insert of nothing still wakes the triggers of alerts, in every scan.
  if exists (select from scans as s
             join networks as n on n.site_id = s.site_id and n.id = s.network_id
             where s.outcome = 'complete' and n.baseline_at is null) then
    insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key, routine)
    select s.site_id, 'baseline', 'info', s.network_id,
           'First look at ' || network_words(n) || ': ' || f.total || case f.total when 1 then ' device' else ' devices' end,
           jsonb_build_object('total', f.total, 'devices', coalesce(f.listed, '[]')), 'baseline:' || s.network_id,
           -- The same wire was looked at by IPv4 already: nobody there is news.
           family(n.cidr) = 6 and exists (select from networks as o
                                          where o.site_id = n.site_id and o.interface = n.interface
                                            and family(o.cidr) = 4 and o.baseline_at is not null)
    from scans as s
    join networks as n on n.site_id = s.site_id and n.id = s.network_id and n.baseline_at is null
    cross join lateral (
      select (select count(*) from connections as c
              where c.site_id = s.site_id and c.network_id = s.network_id and c.ended_at is null) as total,
             (select jsonb_agg(jsonb_build_object('mac', c.mac, 'ip', host(c.ip), 'vendor', m.vendor,
                                                  'device_id', c.device_id) order by c.ip)
              from (select * from connections as c
                    where c.site_id = s.site_id and c.network_id = s.network_id and c.ended_at is null
                    order by c.ip limit c_listed) as c
              join device_macs as m on m.site_id = c.site_id and m.mac = c.mac) as listed
      offset 0 -- counted once, not once for each mention
    ) as f
    where s.outcome = 'complete'
    on conflict (site_id, dedup_key) where resolved_at is null do nothing;
  end if;

  if exists (select from scans where outcome <> 'complete') then
    insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key)
    select s.site_id, 'scan_failing', 'high', s.network_id,
           'Nobody is looking' || coalesce(' at ' || network_words(n), '') || ': '
             || coalesce(n.failures, t.scan_failures) || ' scans in a row did not complete',
           jsonb_build_object('problem', s.problem), 'scan_failing:' || coalesce(s.network_id::text, 'site')
    from scans as s
    join sites as t on t.id = s.site_id
    left join networks as n on n.site_id = s.site_id and n.id = s.network_id
    where s.outcome <> 'complete' and coalesce(n.failures, t.scan_failures) >= c_failures
      -- Nobody means to look at a retired one.
      and n.retired_at is null and (n.outage_since is null or n.outage_believed)
    on conflict (site_id, dedup_key) where resolved_at is null
      do update set count = alerts.count + 1, last_at = clock_now();

    insert into alerts (site_id, kind, severity, network_id, summary, detail, dedup_key, routine)
    select s.site_id, 'network_outage', 'high', s.network_id,
           'Most of ' || network_words(n) || ' fell silent at once',
           jsonb_build_object('problem', s.problem, 'since', n.outage_since), 'network_outage:' || s.network_id,
           -- What falls silent by IPv6 does so by IPv4; and an office that is switched off at six is no news on the third
           -- evening.
           family(n.cidr) = 6 or 2 <= (select count(distinct (a.opened_at at time zone 'UTC')::date) from alerts as a
                 where a.site_id = s.site_id and a.network_id = s.network_id and a.kind = 'network_outage'
                   and a.opened_at between s.finished_at - interval '8 days' and s.finished_at - interval '12 hours'
                   and abs(mod(extract(epoch from s.finished_at - a.opened_at)::bigint + 43200, 86400) - 43200) <= 2700)
    from scans as s
    join networks as n on n.site_id = s.site_id and n.id = s.network_id
    where s.outcome <> 'complete' and n.failures >= c_failures and n.outage_since is not null and not n.outage_believed
      and n.retired_at is null
    on conflict (site_id, dedup_key) where resolved_at is null
      do update set count = alerts.count + 1, last_at = clock_now();
  end if;

  if exists (select from scans as s
             join sites as t on t.id = s.site_id
             join networks as n on n.site_id = s.site_id and n.id = s.network_id
             where s.outcome = 'complete' and (n.failures > 0 or t.scan_failures > 0)) then
    update alerts as a set resolved_at = clock_now()
    from scans as s
    cross join lateral (values ('scan_failing:site'), ('scan_failing:' || s.network_id)) as k (dedup_key)
    where s.outcome = 'complete' and a.site_id = s.site_id and a.resolved_at is null and a.dedup_key = k.dedup_key;
  end if;

  -- For pages that are open: something was looked at. A hint, as every NOTIFY here.
  perform pg_notify('netureon_changes', json_build_object('what', 'scan', 'site', site_id)::text)
  from (select distinct site_id from scans) as s;
  return null;
end $$;

-- Presence as people ask for it.

-- misses is exact: a device that is asleep costs no write per scan, so its row counts only the first three.
drop view device_presence;
create view device_presence as
select c.site_id, c.id as connection_id, c.device_id, c.network_id, c.mac, c.ip, c.started_at, c.ended_at,
       case when c.ended_at is null and c.missed_from is not null then greatest(c.misses, n.scans - c.missed_from + 1)
         else c.misses end::integer as misses,
       c.opened_as,
       coalesce(c.ended_at, c.last_seen_at, n.last_scan_at) as last_seen_at,
       case when c.ended_at is not null then 'gone' when c.misses > 0 then 'quiet' else 'here' end as presence,
       -- How long it has been silent, and how long it may be before it is called gone; null until the third miss.
       case when c.ended_at is null then n.looked_ms - c.missed_looked_ms end as silent_ms,
       c.gone_looked_ms - c.missed_looked_ms as patience_ms
from connections as c
join networks as n on n.site_id = c.site_id and n.id = c.network_id;

-- Why a device is said to be here, quiet or gone: the numbers that src/store/presence-reason.ts makes a sentence of.
-- Of its connections the best one speaks: answering before quiet before the last that ended. No row: never seen.
create function presence_reason(p_site text, p_device bigint)
returns table (
  state text, misses integer, last_seen_at timestamptz,
  habit text, -- steady, sleeper, or learning: looked at for less than a day
  silences integer, usual_s integer, longest_s integer, -- of the last week; nine of ten are no longer; of 30 days
  learned_ms bigint, -- the limit if no person had set one
  silent_ms bigint, patience_ms bigint, -- looked time; patience is what it is given beyond three misses
  watched boolean, limit_ms bigint, own_limit boolean, -- silent for longer than the limit: device_down
  retired_at timestamptz -- its network's: nobody looks there since
)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.presence, p.misses, p.last_seen_at,
         case when is_sleeper(h, clock_now()) then 'sleeper' when k.known_ms < 86400000 then 'learning' else 'steady' end,
         (select count(*) from unnest(h.ended_at) as u (at) where u.at > clock_now() - interval '7 days')::integer,
         h.usual_s, h.longest_s, learned_limit_ms(h, k.known_ms, 1, clock_now()),
         p.silent_ms, coalesce(p.patience_ms, patience_ms(h, clock_now())),
         d.importance = 'watched',
         coalesce(to_ms(d.down_after), w.limit_ms, learned_limit_ms(h, k.known_ms, 1, clock_now())), d.down_after is not null,
         n.retired_at
  from sites as s
  join devices as d on d.site_id = s.id and d.id = p_device
  join lateral (
    select * from device_presence as p
    where p.site_id = d.site_id and p.device_id = d.id
    order by p.ended_at is not null, p.misses > 0, p.last_seen_at desc limit 1
  ) as p on true
  join networks as n on n.site_id = p.site_id and n.id = p.network_id
  left join device_habits as h on h.site_id = d.site_id and h.device_id = d.id
  left join watched_silences as w on w.site_id = d.site_id and w.device_id = d.id
  cross join lateral (select looked_since_ms(n, d.first_seen_at, clock_now()) as known_ms) as k
  where s.name = p_site
$$;

revoke execute on function not_looked_after, to_ms, week_of, in_words, begin_scan, follow_habits, is_sleeper, patience_ms,
  looked_since_ms, learned_limit_ms, note_silences, lock_devices, record_scan, turn_back, mass_silence, end_outage, come_back, note_returns,
  close_moved, fall_silent, begin_watched_silences, end_watched_silences, due_silences, tell_who_is_down, watch_silent,
  record_scan_failure, network_words, presence_reason from public;
grant execute on function begin_scan, record_scan, record_scan_failure to netureon_scan;
grant execute on function presence_reason, network_words to netureon_web;
grant select on device_presence, device_habits, coverage to netureon_web;
