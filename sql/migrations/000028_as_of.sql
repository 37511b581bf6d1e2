-- Who held which address, and who was here, at any moment: answered from intervals and from the runs in which somebody
-- looked. "Not looked" is an answer of its own, with who was known before and who was seen first afterwards.
-- Locks: brief ACCESS EXCLUSIVE on connections for a column without a default and a trigger.

-- When its silence was taken for its absence: between ended_at and this it was quiet. Null: it was never called gone,
-- because its network is looked at no more, or because it went before this column came.
alter table connections add column gone_at timestamptz;

create function note_gone() returns trigger
language plpgsql as $$
begin
  new.gone_at := greatest(clock_now(), new.ended_at);
  return new;
end $$;

create trigger _060_note_gone before update of ended_at on connections
  for each row when (old.ended_at is null and new.ended_at is not null and new.misses > 0) execute function note_gone();

-- The run of looking at this network that p_at lies in; null: nobody looked. The present run goes on until a scan is
-- overdue. Both ends are scans, and belong to it.
create function looked_at(p_network networks, p_at timestamptz) returns tstzrange
language sql stable as $$
  select coalesce(
    (select c.during from coverage as c
     where c.site_id = p_network.site_id and c.network_id = p_network.id and c.during @> p_at
     order by upper(c.during) desc limit 1),
    case when p_network.looking_since <= p_at and p_at <= clock_now()
           and p_at <= p_network.last_scan_at
             + case when p_network.retired_at is null then not_looked_after() else interval '0' end
      then tstzrange(p_network.looking_since, p_network.last_scan_at, '[]') end)
$$;

-- The last scan of this network before p_at, or the first after it, where p_at itself lies in no run.
create function looked_before(p_network networks, p_at timestamptz) returns timestamptz
language sql stable as $$
  select greatest(
    (select max(upper(c.during)) from coverage as c
     where c.site_id = p_network.site_id and c.network_id = p_network.id and c.during << tstzrange(p_at, null)),
    case when p_network.last_scan_at <= p_at then p_network.last_scan_at end)
$$;

create function looked_after(p_network networks, p_at timestamptz) returns timestamptz
language sql stable as $$
  select least(
    (select min(lower(c.during)) from coverage as c
     where c.site_id = p_network.site_id and c.network_id = p_network.id and c.during >> tstzrange(null, p_at, '[]')),
    case when p_network.looking_since > p_at then p_network.looking_since end)
$$;

-- The last completed scan of a network up to a moment: whoever answered before and after it answered that one. null:
-- nobody looked within minutes, or the log of that time is no longer kept.
create function last_look(p_site_id integer, p_network integer, p_at timestamptz) returns timestamptz
language sql stable as $$
  select max(l.finished_at) from discovery_log as l
  where l.site_id = p_site_id and l.network_id = p_network and l.outcome = 'complete'
    and l.finished_at <= p_at and l.finished_at > p_at - not_looked_after()
$$;

-- NE404: there is no such site.
create function existing_site(p_site text) returns integer
language plpgsql stable as $$
declare
  v_site integer := (select id from sites where name = p_site);
begin
  if v_site is null then
    raise exception 'there is no site %', p_site using errcode = 'NE404';
  end if;
  return v_site;
end $$;

-- Who held p_ip at p_at. At least one row for each link that has a network with this address (two VLANs may use one
-- prefix), or one row in all where no network has it.
--   here        it answered before and after, or is answering now
--   quiet       it had been silent since last_seen_at, and was called gone later or not yet
--   gone        somebody looked and nobody held it; before_* tells who had
--   nobody      somebody looked, and until then nobody ever had held it
--   not_looked  nobody looked; before_* and after_* tell who was seen last before and first after
-- looked_*: the run of looking that the answer rests on. Of networks that overlap, any that was looked at counts. An
-- address outside every network may have been heard: then it is here for as long as it was, and not_looked otherwise.
create function held_at(p_site text, p_ip inet, p_at timestamptz)
returns table (
  state text, network cidr, link text, ip inet, device_id bigint, name text, vendor text, mac macaddr,
  started_at timestamptz, ended_at timestamptz, last_seen_at timestamptz, looked_from timestamptz, looked_to timestamptz,
  before_device_id bigint, before_name text, before_mac macaddr, before_at timestamptz,
  after_device_id bigint, after_name text, after_mac macaddr, after_at timestamptz
)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_site integer := existing_site(p_site);
  v_ip   inet := set_masklen(p_ip, case family(p_ip) when 4 then 32 else 128 end);
begin
  return query
  with nets as materialized (
    select n.id, n.cidr, n.link, n.cidr >>= v_ip as inside, looked_at(n, p_at) as run,
           looked_before(n, p_at) as before_at, looked_after(n, p_at) as after_at, n.last_scan_at
    from networks as n where n.site_id = v_site
  ), held as materialized (
    -- Everything that is known of this address; a year of leases is some hundred rows.
    select n.id as network_id, n.cidr, n.link, n.inside, c.id, c.device_id, c.mac, c.started_at, c.ended_at, c.gone_at,
           coalesce(c.ended_at, c.last_seen_at, n.last_scan_at) as seen_at
    from nets as n
    cross join lateral (
      -- Two, because there are two indexes: one of what is open, one of history.
      select * from connections as o
      where o.site_id = v_site and o.network_id = n.id and o.ip = v_ip and o.ended_at is null
      union all
      select * from connections as o
      where o.site_id = v_site and o.network_id = n.id and o.ip = v_ip and o.ended_at is not null
    ) as c
  ), links as materialized (
    select n.link, bool_or(n.inside) as inside,
           -- The narrowest network that was looked at.
           (array_agg(n.run order by masklen(n.cidr) desc) filter (where n.inside and n.run is not null))[1] as run,
           (array_agg(n.cidr order by n.run is null, masklen(n.cidr) desc) filter (where n.inside))[1] as cidr,
           max(n.before_at) filter (where n.inside) as before_at, min(n.after_at) filter (where n.inside) as after_at
    from nets as n
    where n.inside or n.id in (select h.network_id from held as h where h.started_at <= p_at and h.seen_at >= p_at)
    group by n.link
  ), present as materialized (
    select l.run, h.*, case when p_at <= h.seen_at or h.ended_at is null and h.seen_at = n.last_scan_at
                                 then 'here' else 'quiet' end as state
    from links as l
    join held as h on h.link = l.link
    join nets as n on n.id = h.network_id
    where (l.run is not null or not h.inside and p_at <= h.seen_at)
      and h.started_at <= p_at and (h.ended_at is null or greatest(h.gone_at, h.ended_at) >= p_at)
      -- Called gone at this very moment: gone.
      and (h.gone_at is null or p_at < h.gone_at or p_at <= h.ended_at)
  )
  select p.state, case when p.inside then p.cidr end, p.link, v_ip, p.device_id, d.name, m.vendor, p.mac,
         p.started_at, p.ended_at,
         case when p.seen_at <= p_at then p.seen_at else last_look(v_site, p.network_id, p_at) end,
         lower(p.run), upper(p.run),
         null::bigint, null::text, null::macaddr, null::timestamptz,
         null::bigint, null::text, null::macaddr, null::timestamptz
  from present as p
  join devices as d on d.site_id = v_site and d.id = p.device_id
  left join device_macs as m on m.site_id = v_site and m.mac = p.mac
  union all
  select case when l.run is null then 'not_looked' when b.device_id is null then 'nobody' else 'gone' end,
         l.cidr, l.link, v_ip, null, null, null, null, null, null, null, lower(l.run), upper(l.run),
         b.device_id, bd.name, b.mac, b.at, a.device_id, ad.name, a.mac, a.at
  from (select * from links union all
        select '', false, null, null, null, null where not exists (select from links)) as l
  left join lateral (
    -- Never later than the last scan that could have seen it.
    select h.device_id, h.mac, least(h.seen_at, case when l.run is null and h.inside then l.before_at else p_at end) as at
    from held as h
    where (h.link = l.link or not l.inside) and h.started_at <= p_at
      and (not h.inside or l.run is not null or h.started_at <= l.before_at)
    order by 3 desc, h.started_at desc limit 1
  ) as b on true
  left join lateral (
    select h.device_id, h.mac, greatest(h.started_at, case when h.started_at <= p_at then l.after_at end) as at
    from held as h
    where (h.link = l.link or not l.inside) and l.run is null
      and (h.started_at > p_at or h.inside and h.seen_at >= l.after_at)
    order by 3, h.started_at limit 1
  ) as a on true
  left join devices as bd on bd.site_id = v_site and bd.id = b.device_id
  left join devices as ad on ad.site_id = v_site and ad.id = a.device_id
  where not exists (select from present as p where p.link = l.link)
  order by 3, 1, 8;
end $$;

-- Everything at once: of each network that was looked at, who was here or quiet; of each that was not, who was there
-- when it was looked at last (before_*), and again when it was next (after_*). A network with nobody has one row
-- without an address. The columns are those of held_at.
create function network_at(p_site text, p_at timestamptz)
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
  v_from    timestamptz;
begin
  -- The earliest moment that is asked about: of a network that was not looked at, that of its last scan.
  select min(case when looked_at(n, p_at) is null then coalesce(looked_before(n, p_at), p_at) else p_at end)
  into v_from from networks as n where n.site_id = v_site;

  return query
  with nets as materialized (
    select n.id, n.cidr, n.link, n.last_scan_at, r.run, looked_after(n, p_at) as after_at,
           case when r.run is null then looked_before(n, p_at) else p_at end as at,
           last_look(v_site, n.id, p_at) as look
    from networks as n cross join lateral (select looked_at(n, p_at) as run) as r
    where n.site_id = v_site
  ), held as materialized (
    select c.network_id, c.device_id, c.mac, c.ip, c.started_at, c.ended_at, c.gone_at, c.last_seen_at
    from connections as c where c.site_id = v_site and c.ended_at is null and c.started_at <= p_at
    union all
    select c.network_id, c.device_id, c.mac, c.ip, c.started_at, c.ended_at, c.gone_at, c.last_seen_at
    from connections as c
    where c.site_id = v_site and c.ended_at is not null
      and tstzrange(c.started_at, c.ended_at) && tstzrange(v_from - c_silence, p_at, '[]')
    union all
    -- Seen once: an empty range, which overlaps nothing.
    select c.network_id, c.device_id, c.mac, c.ip, c.started_at, c.ended_at, c.gone_at, c.last_seen_at
    from connections as c
    where c.site_id = v_site and c.ended_at between v_from - c_silence and p_at and c.started_at = c.ended_at
  ), present as materialized (
    select n.id, n.cidr, n.link, n.run, n.at, n.after_at, n.look, h.device_id, h.mac, h.ip, h.started_at, h.ended_at,
           coalesce(h.ended_at, h.last_seen_at, n.last_scan_at) as seen_at,
           n.at <= coalesce(h.ended_at, h.last_seen_at, 'infinity') as here
    from nets as n
    join held as h on h.network_id = n.id
    where h.started_at <= n.at
      and (h.ended_at is null or h.ended_at >= n.at or n.run is not null and h.gone_at > n.at)
  )
  select case when p.run is null then 'not_looked' when p.here then 'here' else 'quiet' end,
         case when p.ip <<= p.cidr then p.cidr end, p.link, p.ip,
         case when p.run is not null then p.device_id end, case when p.run is not null then d.name end, m.vendor,
         case when p.run is not null then p.mac end, p.started_at, p.ended_at,
         case when p.run is null then least(p.seen_at, p.at) when p.seen_at <= p.at then p.seen_at else p.look end,
         lower(p.run), upper(p.run),
         case when p.run is null then p.device_id end, case when p.run is null then d.name end,
         case when p.run is null then p.mac end, case when p.run is null then least(p.seen_at, p.at) end,
         case when p.run is null and p.seen_at >= p.after_at then p.device_id end,
         case when p.run is null and p.seen_at >= p.after_at then d.name end,
         case when p.run is null and p.seen_at >= p.after_at then p.mac end,
         case when p.run is null and p.seen_at >= p.after_at then p.after_at end
  from present as p
  join devices as d on d.site_id = v_site and d.id = p.device_id
  left join device_macs as m on m.site_id = v_site and m.mac = p.mac
  union all
  select case when n.run is null then 'not_looked' else 'nobody' end, n.cidr, n.link, null, null, null, null, null, null,
         null, null, lower(n.run), upper(n.run), null, null, null, null, null, null, null, null
  from nets as n
  where not exists (select from present as p where p.id = n.id)
  order by 2, 3, 4, 8;
end $$;

revoke execute on function last_look, note_gone, looked_at, looked_before, looked_after, existing_site, held_at, network_at
  from public;
grant execute on function held_at, network_at to netureon_web;
