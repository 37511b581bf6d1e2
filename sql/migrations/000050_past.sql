-- The past by the minute for the site: who was here, under which name and decision, what was open, and when something
-- changed next. docs/HISTORY.md has the meaning; network_at and held_at (000028) give the same answers for one address
-- and for exports. And the hours of a week, counted once.
-- Locks: SHARE on connections, alerts and device_changes while their indexes are built: some ten seconds for each
-- million rows. Scans wait so long.

-- "Which intervals contain this minute?" Only history pays: what is open has an index of its own, and nothing here is
-- touched by a scan in which nobody goes.
create index connections_by_time on connections using gist (site_id, tstzrange(started_at, ended_at, '[]'))
  where ended_at is not null;
-- "When did somebody come next?" A first look at a network is no coming.
create index connections_started on connections (site_id, started_at) where opened_as <> 'baseline';
-- Of those that are open: who had come by then, without looking at each.
create index connections_open_since on connections (site_id, started_at) where ended_at is null;
-- greatest: a server's clock that was set back must not make an alert fail.
create index alerts_by_time on alerts using gist (site_id, tstzrange(opened_at, greatest(opened_at, resolved_at), '[]'))
  where resolved_at is not null and severity <> 'info' and kind not in ('new_device', 'test');
create index device_changes_by_time on device_changes (site_id, at);
create index device_profiles_tried on device_profiles (site_id, tried_at) where tried_at is not null;
create index device_changes_undone on device_changes (site_id, undone_at) where undone_at is not null;

-- Each network as of p_at. looked_*: the run of looking that p_at lies in, null where nobody looked; at: the moment that
-- is told of, p_at or the last look before it, null before the first.
create function past_networks(p_site_id integer, p_at timestamptz)
returns table (id integer, cidr cidr, link text, looked_from timestamptz, looked_to timestamptz, at timestamptz,
               after_at timestamptz, retired_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select n.id, n.cidr, n.link, lower(r.run), upper(r.run),
         case when r.run is null then looked_before(n, p_at) else p_at end,
         case when r.run is null then looked_after(n, p_at) end,
         case when n.retired_at <= p_at then n.retired_at end
  from networks as n cross join lateral (select looked_at(n, p_at) as run) as r
  where n.site_id = p_site_id
  order by n.cidr, n.link
$$;

-- Where a device was last up to p_at.
create function past_last(p_site_id integer, p_device bigint, p_at timestamptz)
returns table (mac macaddr, ip inet, network_id integer, seen_at timestamptz)
language sql stable as $$
  select c.mac, c.ip, c.network_id, least(coalesce(c.ended_at, c.last_seen_at, n.last_scan_at, c.started_at), p_at)
  from (select * from connections as o
        where o.site_id = p_site_id and o.device_id = p_device and o.started_at <= p_at
        order by o.started_at desc limit 1) as c
  join networks as n on n.site_id = c.site_id and n.id = c.network_id
$$;

-- What people had decided about devices by p_at, for those that were changed since: before the first change after a
-- moment stands what held at it. Undoing a change is one too.
create function past_facts(p_site_id integer, p_at timestamptz)
returns table (device_id bigint, decision text, name text, owner text)
language sql stable security definer set search_path = public, pg_temp as $$
  with later as materialized (
    select c.at, c.id, c.device_id, c.other_id, c.what, c.before as facts, c.detail -> 'from_before' as other_facts
    from device_changes as c where c.site_id = p_site_id and c.at > p_at
    union all
    select c.undone_at, c.id, c.device_id, c.other_id, c.what, c.after, c.detail -> 'from_after'
    from device_changes as c where c.site_id = p_site_id and c.undone_at > p_at
  )
  select distinct on (e.device_id) e.device_id, e.facts ->> 'state', e.facts ->> 'name', e.facts ->> 'owner'
  from (select l.at, l.id, l.device_id, l.facts from later as l
        union all
        select l.at, l.id, l.other_id, l.other_facts from later as l where l.what = 'merge') as e
  where e.facts is not null
  order by e.device_id, e.at, e.id
$$;

-- Whose a MAC was at p_at, for those that a merge (or its undoing) gave to another device since.
create function past_owners(p_site_id integer, p_at timestamptz) returns table (mac macaddr, device_id bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct on (e.mac) e.mac, e.device_id
  from (select c.at, c.id, c.other_id as device_id, m::macaddr as mac
        from device_changes as c cross join lateral jsonb_array_elements_text(c.detail -> 'macs') as m
        where c.site_id = p_site_id and c.at > p_at and c.what = 'merge'
        union all
        select c.undone_at, c.id, c.device_id, m::macaddr
        from device_changes as c cross join lateral jsonb_array_elements_text(c.detail -> 'macs') as m
        where c.site_id = p_site_id and c.undone_at > p_at and c.what = 'merge') as e
  order by e.mac, e.at, e.id
$$;

-- Every device that was known at p_at, one row each, as it was then:
--   here        it answered before and after, or is answering now
--   quiet       it had been silent since seen_at, and was called gone later or not yet
--   gone        its network was looked at, and it was not there
--   not_looked  nobody looked at its network at that moment; seen_at is of the last look before it
-- Of several addresses one where it answered, the lowest. mac, ip, network_id and seen_at are null for devices that were
-- not there at the last look: past_last tells where they had been, which is worth asking only for those on one page.
-- p_networks: null for all of the site.
create function past_devices(p_site_id integer, p_at timestamptz)
returns table (device_id bigint, state text, mac macaddr, ip inet, network_id integer, started_at timestamptz,
               seen_at timestamptz, decision text, name text, owner text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  -- Nobody's silence lasts longer than this before it is called gone, in time looked.
  c_silence constant interval := interval '1 day';
  v_looked  boolean; -- at all of them
  v_blind   boolean; -- at none of them
begin
  select coalesce(bool_and(n.looked_from is not null), false), coalesce(bool_and(n.looked_from is null), true)
  into v_looked, v_blind
  -- Who was on a network that is retired by then is gone from it.
  from past_networks(p_site_id, p_at) as n where n.retired_at is null;

  return query
  with nets as materialized (
    select n.id, n.looked_from is not null as looked, n.at, w.last_scan_at
    from past_networks(p_site_id, p_at) as n
    join networks as w on w.site_id = p_site_id and w.id = n.id
    where n.at is not null and (n.retired_at is null or n.looked_from is not null)
  ), open as materialized (
    select c.network_id, c.device_id, c.mac, c.ip, c.started_at, c.ended_at, c.gone_at, c.last_seen_at
    from connections as c where c.site_id = p_site_id and c.ended_at is null and c.started_at <= p_at
  ), ended as materialized (
    select c.network_id, c.device_id, c.mac, c.ip, c.started_at, c.ended_at, c.gone_at, c.last_seen_at, m.at
    from (select distinct n.at from nets as n) as m
    cross join lateral (
      select * from connections as o
      where o.site_id = p_site_id and o.ended_at is not null
        and tstzrange(o.started_at, o.ended_at, '[]') && tstzrange(m.at - c_silence, m.at, '[]')
    ) as c
  ), owners as materialized (
    select * from past_owners(p_site_id, p_at)
  ), present as materialized (
    select n.id as network_id, coalesce(w.device_id, h.device_id) as device_id, h.mac, h.ip, h.started_at,
           least(coalesce(h.ended_at, h.last_seen_at, n.last_scan_at), n.at) as seen_at,
           case when not n.looked then 'not_looked'
                when n.at <= coalesce(h.ended_at, h.last_seen_at, 'infinity') then 'here' else 'quiet' end as state
    from nets as n
    join (select o.*, null::timestamptz as at from open as o union all select * from ended) as h
      on h.network_id = n.id and (h.at is null or h.at = n.at)
    left join owners as w on w.mac = h.mac
    where h.started_at <= n.at
      and (h.ended_at is null or h.ended_at >= n.at or n.looked and h.gone_at > n.at)
  ), best as materialized (
    select distinct on (p.device_id) p.*
    from present as p
    order by p.device_id, case p.state when 'here' then 0 when 'quiet' then 1 else 2 end, p.ip, p.mac
  ), facts as materialized (
    select * from past_facts(p_site_id, p_at)
  ), moved as materialized (
    -- Devices whose MACs were others then, and which those were.
    select t.device_id, array_agg(distinct m.device_id) as holders, array_agg(m.mac) as macs
    from (select w.device_id from owners as w
          union select m.device_id from owners as w join device_macs as m on m.site_id = p_site_id and m.mac = w.mac) as t
    left join lateral (
      select m.mac, m.device_id from device_macs as m
      where m.site_id = p_site_id and m.device_id = t.device_id and m.mac not in (select w.mac from owners as w)
      union all
      select m.mac, m.device_id from owners as w join device_macs as m on m.site_id = p_site_id and m.mac = w.mac
      where w.device_id = t.device_id
    ) as m on true
    group by t.device_id
  ), known as materialized (
    select d.id, b.state, b.mac, b.ip, b.network_id, b.started_at, b.seen_at,
           case when f.device_id is null then d.state else f.decision end as decision,
           case when f.device_id is null then d.name else f.name end as name,
           case when f.device_id is null then d.owner else f.owner end as owner, m.holders, m.macs
    from devices as d
    left join best as b on b.device_id = d.id
    left join facts as f on f.device_id = d.id
    left join moved as m on m.device_id = d.id
    where d.site_id = p_site_id and d.first_seen_at <= p_at
  ), lost as materialized (
    -- Where those had been who were not there: only if that decides about their state, or a merge hides it.
    select k.id, l.mac, l.ip, l.network_id, l.seen_at
    from (select * from known as n where n.state is null and n.holders is null and not v_looked and not v_blind) as k
    cross join lateral past_last(p_site_id, k.id, p_at) as l
    union all
    select k.id, l.mac, l.ip, l.network_id, l.seen_at
    from (select * from known as n where n.state is null and n.holders is not null) as k
    cross join lateral (
      select c.mac, c.ip, c.network_id, least(coalesce(c.ended_at, c.last_seen_at, w.last_scan_at, c.started_at), p_at) as seen_at
      from connections as c join networks as w on w.site_id = c.site_id and w.id = c.network_id
      where c.site_id = p_site_id and c.device_id = any (k.holders) and c.mac = any (k.macs) and c.started_at <= p_at
      order by c.started_at desc limit 1
    ) as l
  )
  select k.id,
         coalesce(k.state, case when v_looked then 'gone' when v_blind then 'not_looked'
                                -- A network without a row here was not looked at before, or is retired.
                                when coalesce(n.looked, true) then 'gone' else 'not_looked' end),
         coalesce(k.mac, l.mac), coalesce(k.ip, l.ip), coalesce(k.network_id, l.network_id), k.started_at,
         coalesce(k.seen_at, l.seen_at), k.decision, k.name, k.owner
  from known as k
  left join lost as l on l.id = k.id
  left join nets as n on n.id = l.network_id
  where k.state is not null or k.decision <> 'archived';
end $$;

-- The runs in which each network was looked at, cut to p_from..p_to. The present one goes on until a scan is overdue.
create function runs_of_looking(p_site_id integer, p_from timestamptz default '-infinity', p_to timestamptz default 'infinity')
returns table (network_id integer, begins timestamptz, ends timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, greatest(r.begins, p_from), least(r.ends, p_to)
  from (
    select n.id, lower(c.during) as begins, upper(c.during) as ends
    from networks as n
    cross join lateral (
      select o.during from coverage as o
      where o.site_id = n.site_id and o.network_id = n.id and o.during && tstzrange(p_from, p_to, '[]')
    ) as c
    where n.site_id = p_site_id
    union all
    select n.id, n.looking_since,
           case when n.retired_at is null
             then greatest(n.last_scan_at, least(n.last_scan_at + not_looked_after(), clock_now())) else n.last_scan_at end
    from networks as n where n.site_id = p_site_id and n.looking_since is not null
  ) as r
  where r.begins <= p_to and r.ends >= p_from
$$;

-- What changed last before p_at, and first after it: somebody came or fell silent, a run of looking began or ended, a
-- person decided something. A silence is seen a second after the last answer.
create function past_steps(p_site_id integer, p_at timestamptz) returns table (before_at timestamptz, after_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select greatest(
           (select max(c.started_at) from connections as c
            where c.site_id = p_site_id and c.opened_as <> 'baseline' and c.started_at < p_at),
           (select max(c.ended_at) + interval '1 s' from connections as c
            where c.site_id = p_site_id and c.ended_at is not null and c.ended_at < p_at - interval '1 s'),
           (select max(c.at) from device_changes as c where c.site_id = p_site_id and c.at < p_at),
           (select max(case when r.ends < p_at then r.ends when r.begins < p_at then r.begins end) from runs_of_looking(p_site_id) as r)),
         least(
           (select min(c.started_at) from connections as c
            where c.site_id = p_site_id and c.opened_as <> 'baseline' and c.started_at > p_at),
           (select min(c.ended_at) + interval '1 s' from connections as c
            where c.site_id = p_site_id and c.ended_at is not null and c.ended_at > p_at - interval '1 s'),
           (select min(c.at) from device_changes as c where c.site_id = p_site_id and c.at > p_at),
           (select min(case when r.begins > p_at then r.begins when r.ends > p_at then r.ends end) from runs_of_looking(p_site_id) as r))
$$;

-- How many devices were here in each hour (at any minute of it), and for how much of it somebody looked at one network at
-- least. Counted when somebody asks, and again while a silence may still turn out to have been none.
create table presence_hours (
  site_id    integer not null references sites (id) on delete cascade,
  hour       timestamptz not null check (extract(epoch from hour)::bigint % 3600 = 0),
  devices    integer not null check (devices >= 0),
  looked_s   integer not null check (looked_s between 0 and 3600),
  counted_at timestamptz not null,
  primary key (site_id, hour)
);
grant select on presence_hours to netureon_viewer;

create function hour_number(p_at timestamptz) returns integer
language sql immutable parallel safe as $$ select floor(extract(epoch from p_at) / 3600)::integer $$;

-- The hours from p_from to the last that has begun, a month at most. Somebody who counts already is not waited for.
create function count_presence(p_site text, p_from timestamptz)
returns table (hour timestamptz, devices integer, looked_s integer)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  -- Nobody is given longer before it is called gone; two hours for whoever runs late.
  c_settled constant interval := interval '26 hours';
  c_fresh   constant interval := interval '15 minutes';
  v_site    integer := (select s.id from sites as s where s.name = p_site);
  v_now     timestamptz := clock_now();
  v_first   integer := greatest(hour_number(p_from), hour_number(v_now) - 24 * 31);
  v_last    integer := hour_number(v_now);
  v_from    integer;
  v_to      integer;
begin
  if v_site is null then
    return; -- nobody has looked yet
  end if;
  select min(h), max(h) into v_from, v_to
  from generate_series(v_first, v_last) as h
  left join presence_hours as p on p.site_id = v_site and p.hour = to_timestamp(h * 3600::bigint)
  where p.counted_at is null or p.counted_at < p.hour + c_settled and p.counted_at not between v_now - c_fresh and v_now;

  if v_from is not null and pg_try_advisory_xact_lock(hashtextextended('netureon hours ' || v_site, 0)) then
    with seen as materialized (
      -- One hour counts a device once, however often it came and under however many addresses.
      select c.device_id, greatest(hour_number(c.started_at), v_from) as first,
             least(hour_number(coalesce(c.ended_at, c.last_seen_at, n.last_scan_at)), v_to) as last
      from (select * from connections as o
            where o.site_id = v_site and o.ended_at is null and o.started_at < to_timestamp((v_to + 1) * 3600::bigint)
            union all
            select * from connections as o
            where o.site_id = v_site and o.ended_at is not null
              and tstzrange(o.started_at, o.ended_at, '[]')
                  && tstzrange(to_timestamp(v_from * 3600::bigint), to_timestamp((v_to + 1) * 3600::bigint))) as c
      join networks as n on n.site_id = c.site_id and n.id = c.network_id
    ), parts as (
      select greatest(s.first, s.until + 1) as first, s.last
      from (select w.first, w.last, max(w.last) over (partition by w.device_id order by w.first, w.last
                                                      rows between unbounded preceding and 1 preceding) as until
            from seen as w where w.last >= w.first) as s
      where s.until is null or s.last > s.until
    ), edges as (
      select e.h, sum(e.n) as n
      from (select p.first as h, 1 as n from parts as p union all select p.last + 1, -1 from parts as p) as e group by e.h
    ), counted as (
      select h, (sum(coalesce(e.n, 0)) over (order by h))::integer as devices
      from generate_series(v_from, v_to) as h left join edges as e using (h)
    ), looked as materialized (
      select range_agg(tstzrange(r.begins, r.ends)) as during
      from runs_of_looking(v_site, to_timestamp(v_from * 3600::bigint), to_timestamp((v_to + 1) * 3600::bigint)) as r
    )
    insert into presence_hours as p (site_id, hour, devices, looked_s, counted_at)
    select v_site, to_timestamp(c.h * 3600::bigint), c.devices,
           coalesce((select sum(extract(epoch from upper(u) - lower(u)))
                     from unnest(l.during * tstzmultirange(tstzrange(to_timestamp(c.h * 3600::bigint),
                                                                     to_timestamp((c.h + 1) * 3600::bigint)))) as u), 0)::integer,
           v_now
    from counted as c cross join looked as l
    order by c.h
    on conflict (site_id, hour) do update
    set devices = excluded.devices, looked_s = excluded.looked_s, counted_at = excluded.counted_at;
    delete from presence_hours as p where p.site_id = v_site and p.hour < v_now - interval '40 days';
  end if;

  return query
  select p.hour, p.devices, p.looked_s from presence_hours as p
  where p.site_id = v_site and p.hour >= to_timestamp(v_first * 3600::bigint) and p.hour <= v_now order by p.hour;
end $$;

-- As in 000028, by the index of this migration.
create or replace function network_at(p_site text, p_at timestamptz)
returns table (
  state text, network cidr, link text, ip inet, device_id bigint, name text, vendor text, mac macaddr,
  started_at timestamptz, ended_at timestamptz, last_seen_at timestamptz, looked_from timestamptz, looked_to timestamptz,
  before_device_id bigint, before_name text, before_mac macaddr, before_at timestamptz,
  after_device_id bigint, after_name text, after_mac macaddr, after_at timestamptz
)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  -- Nobody's silence lasts longer than this before it is called gone, in time looked.
  c_silence constant interval := interval '1 day';
  v_site    integer := existing_site(p_site);
begin
  return query
  with nets as materialized (
    select n.id, n.cidr, n.link, w.last_scan_at, tstzrange(n.looked_from, n.looked_to, '[]') as run,
           n.looked_from is not null as looked, n.after_at, n.at, last_look(v_site, n.id, p_at) as look
    from past_networks(v_site, p_at) as n
    join networks as w on w.site_id = v_site and w.id = n.id
  ), held as materialized (
    select c.network_id, c.device_id, c.mac, c.ip, c.started_at, c.ended_at, c.gone_at, c.last_seen_at,
           null::timestamptz as at
    from connections as c where c.site_id = v_site and c.ended_at is null and c.started_at <= p_at
    union all
    select c.network_id, c.device_id, c.mac, c.ip, c.started_at, c.ended_at, c.gone_at, c.last_seen_at, m.at
    from (select distinct n.at from nets as n where n.at is not null) as m
    cross join lateral (
      select * from connections as o
      where o.site_id = v_site and o.ended_at is not null
        and tstzrange(o.started_at, o.ended_at, '[]') && tstzrange(m.at - c_silence, m.at, '[]')
    ) as c
  ), present as materialized (
    select n.id, n.cidr, n.link, n.run, n.looked, n.at, n.after_at, n.look, h.device_id, h.mac, h.ip, h.started_at,
           h.ended_at, coalesce(h.ended_at, h.last_seen_at, n.last_scan_at) as seen_at,
           n.at <= coalesce(h.ended_at, h.last_seen_at, 'infinity') as here
    from nets as n
    join held as h on h.network_id = n.id and (h.at is null or h.at = n.at)
    where h.started_at <= n.at
      and (h.ended_at is null or h.ended_at >= n.at or n.looked and h.gone_at > n.at)
  )
  select case when not p.looked then 'not_looked' when p.here then 'here' else 'quiet' end,
         case when p.ip <<= p.cidr then p.cidr end, p.link, p.ip,
         case when p.looked then p.device_id end, case when p.looked then d.name end, m.vendor,
         case when p.looked then p.mac end, p.started_at, p.ended_at,
         case when not p.looked then least(p.seen_at, p.at) when p.seen_at <= p.at then p.seen_at else p.look end,
         case when p.looked then lower(p.run) end, case when p.looked then upper(p.run) end,
         case when not p.looked then p.device_id end, case when not p.looked then d.name end,
         case when not p.looked then p.mac end, case when not p.looked then least(p.seen_at, p.at) end,
         case when not p.looked and p.seen_at >= p.after_at then p.device_id end,
         case when not p.looked and p.seen_at >= p.after_at then d.name end,
         case when not p.looked and p.seen_at >= p.after_at then p.mac end,
         case when not p.looked and p.seen_at >= p.after_at then p.after_at end
  from present as p
  join devices as d on d.site_id = v_site and d.id = p.device_id
  left join device_macs as m on m.site_id = v_site and m.mac = p.mac
  union all
  select case when n.looked then 'nobody' else 'not_looked' end, n.cidr, n.link, null, null, null, null, null, null,
         null, null, case when n.looked then lower(n.run) end, case when n.looked then upper(n.run) end,
         null, null, null, null, null, null, null, null
  from nets as n
  where not exists (select from present as p where p.id = n.id)
  order by 2, 3, 4, 8;
end $$;

revoke execute on function past_networks, past_last, past_facts, past_owners, past_devices, past_steps, runs_of_looking,
  hour_number, count_presence from public;
grant execute on function past_networks, past_last, past_facts, past_devices, past_steps, runs_of_looking, count_presence
  to netureon_viewer;

-- /status in a chat says what the overview says.
grant select on device_profiles, sensors to netureon_alertd;
