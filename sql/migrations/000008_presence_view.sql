-- Presence as people ask for it: one row per open connection and per device's latest closed one would be two ideas;
-- this view is the first of them, with "last seen" filled in from the network while nothing was missed.
-- Locks: new view only.

create view device_presence as
select c.site_id, c.id as connection_id, c.device_id, c.network_id, c.mac, c.ip, c.started_at, c.ended_at, c.misses,
       c.opened_as,
       coalesce(c.ended_at, c.last_seen_at, n.last_scan_at) as last_seen_at,
       case when c.ended_at is not null then 'gone' when c.misses > 0 then 'quiet' else 'here' end as presence
from connections as c
join networks as n on n.site_id = c.site_id and n.id = c.network_id;
