/**
 * When each device was there: one in ten stands all the time and was away a few times, six come and go as people do, three
 * (phones) more often. Whoever is here has one open connection (or two); seven in ten are.
 */
import type { Db } from '../../../src/store/session.ts';
import type { BigPlan } from '../seed-big.ts';
import { AGE_DAYS } from './devices.ts';

export async function fillConnections(db: Db, plan: BigPlan): Promise<void> {
  const { siteId, now, devices, firstDevice, days, intervals, networkIds } = plan;
  const age = AGE_DAYS.replaceAll('$DAYS', '$5::integer');
  // Times: each has k slots of its age and one visit a slot; where slots are days, a visit begins in a morning and ends in
  // an evening. Addresses: each has its own place in its network, and one in seven moves twice in its life.
  await db.query(
    `insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, misses, last_seen_at, opened_as)
     select $1, $4::bigint + g - 1, ($7::integer[])[network + 1], mac,
            '10.20.0.2'::inet + network * 65536 + band * $8::bigint + (g - 1) / cardinality($7::integer[]),
            started_at, case when not is_open then least(ended_at, $2::timestamptz - interval '2 minutes') end,
            case when is_open and g % 30 = 0 then 2 else 0 end,
            case when is_open and g % 30 = 0 then $2::timestamptz - interval '70 s' end,
            case when i > 0 then case when band <> before then 'moved' else 'returned' end
                 when age_days = $5::integer then 'baseline' else 'new' end
     from (
       select g, i, mac, age_days, i = k - 1 and g % 10 < 7 and g % 89 > 0 as is_open,
              case when roams then (g + 1) % n else g % n end as network,
              case when roams then 3 when g % 7 = 0 then 2 - 3 * i / k else 0 end as band,
              case when g % 7 = 0 then 2 - 3 * greatest(i - 1, 0) / k else 0 end as before,
              case when slot >= 2 then date_trunc('day', at) + interval '7 hours' + r1 * interval '5 hours'
                else at + r1 * 0.3 * slot * interval '1 day' end as started_at,
              case when slot >= 2 then date_trunc('day', at) + (floor(r2 * (slot - 1)) + 16 / 24.0 + r1 * 0.25) * interval '1 day'
                else at + (0.3 + 0.35 * r2) * slot * interval '1 day' end as ended_at
       from (
         select m.*, i, age_days / k as slot,
                $2::timestamptz - (age_days - i * age_days / k) * interval '1 day' as at,
                (g * 7919 + i * 104729) % 1000 / 1000.0 as r1, (g * 6271 + i * 15485863 % 1000003) % 1000 / 1000.0 as r2,
                n > 1 and g % 50 = 0 and i % 2 = 0 and i < k - 1 as roams
         from (
           select m.g, m.mac, (${age})::numeric as age_days, cardinality($7::integer[]) as n,
                  greatest(1, case when g % 97 = 0 then 2 when g % 10 = 0 then $6::float8 / $3 / 20
                    when g % 10 <= 6 then $6::float8 / $3 * 0.98 else $6::float8 / $3 * 1.37 end)::integer as k
           from (select distinct on (device_id) mac, (device_id - $4::bigint + 1)::integer as g
                 from device_macs where site_id = $1 order by device_id, mac) as m
           where g between 1 and $3::integer
         ) as m cross join lateral generate_series(0, k - 1) as i
       ) as slots
     ) as visits`,
    [siteId, now, devices, firstDevice, days, intervals, networkIds, Math.ceil(devices / networkIds.length)],
  );
  // One in twenty speaks IPv6 as well, for two days.
  await db.query(
    `insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
     select c.site_id, c.device_id, c.network_id, c.mac, 'fe80::1'::inet + c.id, greatest(c.started_at, $2::timestamptz - interval '2 days'), 'added'
     from connections as c where c.site_id = $1 and c.ended_at is null and (c.device_id - $3::bigint) % 20 = 3`,
    [siteId, now, firstDevice],
  );
}
