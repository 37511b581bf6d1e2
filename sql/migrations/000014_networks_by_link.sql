-- Networks are told apart by the link they were seen on as well: two VLANs may have one prefix, and every link has fe80::/64.
-- link is '' for an ordinary network of this machine: the name of the interface may change and the network stays the same.
-- Locks: brief ACCESS EXCLUSIVE on networks (a handful of rows).

alter table networks add column link text not null default '' check (length(link) <= 64);
alter table networks drop constraint networks_site_id_cidr_key;
alter table networks add constraint networks_site_id_cidr_link_key unique (site_id, cidr, link);

-- The key of an ordinary network is the one that it always had: a scan that began before this migration still excludes
-- one that begins after it.
drop function scan_lock_key(text, cidr);
create function scan_lock_key(p_site text, p_network cidr, p_link text default '') returns bigint
language sql immutable as $$
  select hashtextextended('netureon scan ' || p_site || ' ' || p_network::text
                            || case when p_link = '' then '' else ' ' || p_link end, 0)
$$;

-- The link-local network of a sensor's link bears the sensor's name: two scanners of one site may both call their card eth0.
create function scanner_link(p_network cidr, p_link text) returns text
language sql stable as $$
  select case when family(p_network) = 6 and p_network <<= 'fe80::/10' and session_user like 'netureon\_sensor\_%'
           then substr(session_user::text, length('netureon_sensor_') + 1) || ':' || p_link else p_link end
$$;
revoke execute on function scan_lock_key, scanner_link from public;
