-- What is heard without being asked, with IPv6 among it: beside its link-local address a device has others, and every day
-- new temporary ones (RFC 8981). 250 devices would leave 90,000 rows a year for each prefix; here each keeps its latest
-- twelve, 3,000 in all, and what is heard of again is written four times a day.
-- Locks: replaces a function only.

-- Heard without being asked: an address of another network on this wire, one that no host may have, or an IPv6 address
-- that is not the link's own. Nobody can tell when such a device goes, so it is never "here": its interval ends when it was
-- last heard, and grows while it keeps being heard. Returns how many devices were new.
create or replace function note_heard(
  p_site_id integer, p_network networks, p_macs macaddr[], p_ips inet[], p_at timestamptz
) returns integer
language plpgsql as $$
declare
  -- A silence longer than this begins a new interval.
  c_pause constant interval := case family(p_network.cidr) when 4 then interval '10 minutes' else interval '36 hours' end;
  -- How stale "last heard" may be, so that what is heard in every scan is not written in every scan.
  c_stale constant interval := case family(p_network.cidr) when 4 then interval '5 minutes' else interval '6 hours' end;
  -- Of a device on one link by IPv6.
  c_kept    constant integer := 12;
  v_new     integer;
  v_devices bigint[];
begin
  perform add_devices(p_site_id, p_macs, case when p_network.baseline_at is null then 'known' else 'new' end, p_at);

  update connections as c set ended_at = greatest(c.ended_at, p_at)
  from unnest(p_macs, p_ips) as s (mac, ip)
  join device_macs as m on m.site_id = p_site_id and m.mac = s.mac
  where c.site_id = p_site_id and c.device_id = m.device_id and c.mac = s.mac and c.ip = s.ip
    and c.ended_at > p_at - c_pause and c.ended_at <= p_at - c_stale;

  with opened as (
    insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
    select p_site_id, h.device_id, p_network.id, h.mac, h.ip, h.started_at, h.started_at,
           case when p_network.baseline_at is null then 'baseline' when h.is_new then 'new' else 'added' end
    from (
      select distinct s.mac, s.ip, m.device_id, m.first_seen_at = p_at as is_new,
             -- The end of its history if that is recent, or ahead of a clock that was set back.
             (select max(coalesce(c.ended_at, 'infinity')) from connections as c
              where c.site_id = p_site_id and c.device_id = m.device_id and c.mac = s.mac and c.ip = s.ip) as last,
             p_at as started_at
      from unnest(p_macs, p_ips) as s (mac, ip)
      join device_macs as m on m.site_id = p_site_id and m.mac = s.mac
    ) as h
    where h.last is null or h.last <= p_at - c_pause
    returning mac, device_id, opened_as
  )
  select count(distinct mac) filter (where opened_as in ('baseline', 'new')), array_agg(distinct device_id)
  into v_new, v_devices from opened;

  if family(p_network.cidr) = 6 and v_devices is not null then
    delete from connections as c where c.site_id = p_site_id and c.id in (
      select h.id
      from (select o.id, row_number() over (partition by o.device_id order by o.ended_at desc, o.id desc) as nth
            from connections as o
            where o.site_id = p_site_id and o.device_id = any (v_devices) and o.network_id = p_network.id
              and o.ended_at is not null and not o.ip << p_network.cidr::inet) as h
      where h.nth > c_kept);
  end if;
  return v_new;
end $$;
