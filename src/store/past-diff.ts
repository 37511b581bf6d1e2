/** Two moments side by side: who came, who went, and who had another address, name or decision. */
import { CALLED_THEN, type PastState } from './past.ts';
import type { Db } from './session.ts';
import type { DeviceState } from './site-devices.ts';

/** unknown: at one of the two moments nobody looked, so that nothing can be said. */
export type PastDifference = 'came' | 'went' | 'changed' | 'unknown';

export interface PastSide {
  readonly state: PastState | null;
  readonly ip: string | null;
  readonly mac: string | null;
  readonly name: string | null;
  readonly decision: DeviceState | null;
}

export interface PastChange {
  readonly kind: Exclude<PastDifference, 'unknown'>;
  readonly id: number;
  readonly called: string | null;
  readonly vendor: string | null;
  readonly isRandomMac: boolean;
  /** At the earlier and the later moment. */
  readonly earlier: PastSide;
  readonly later: PastSide;
}

export interface PastDiff {
  readonly counts: Readonly<Record<PastDifference, number>>;
  /** At most `limit` of each kind. */
  readonly rows: readonly PastChange[];
}

/** @param from not after `to` */
export async function pastDiff(db: Db, site: string, from: Date, to: Date, limit: number): Promise<PastDiff> {
  const rows = await db.query<PastChange & { n: number; kind: PastDifference }>(
    `with site as (select id from sites where name = $1),
     sides as materialized (
       select device_id as id, a.state as a_state, a.ip as a_ip, a.mac as a_mac, a.name as a_name, a.decision as a_decision,
              b.state as b_state, b.ip as b_ip, b.mac as b_mac, b.name as b_name, b.decision as b_decision,
              coalesce(a.state in ('here', 'quiet'), false) as a_here, coalesce(b.state in ('here', 'quiet'), false) as b_here
       from past_devices((select id from site), $2) as a
       full join past_devices((select id from site), $3) as b using (device_id)
     ),
     judged as materialized (
       select s.*, case
         when a_state = 'not_looked' or b_state = 'not_looked' then 'unknown'
         when b_here and not a_here then 'came'
         when a_here and not b_here then 'went'
         when a_here and (a_ip, a_mac) is distinct from (b_ip, b_mac) then 'changed'
         when a_state is not null and b_state is not null
              and (a_name, a_decision) is distinct from (b_name, b_decision) then 'changed' end as kind
       from sides as s
     ),
     ranked as (
       select j.*, count(*) over (partition by kind)::integer as n,
              row_number() over (partition by kind order by coalesce(j.b_ip, j.a_ip), j.id) as rank
       from judged as j where kind is not null
     )
     select r.kind, r.n, r.id, m.vendor, coalesce(m.is_local, false) as "isRandomMac",
            coalesce(${CALLED_THEN('r.id', '$3')},
                     case when not exists (select from device_names as x
                                           where x.site_id = d.site_id and x.device_id = d.id) then d.called end) as called,
            json_build_object('state', a_state, 'ip', host(a_ip), 'mac', a_mac, 'name', a_name, 'decision', a_decision) as earlier,
            json_build_object('state', b_state, 'ip', host(b_ip), 'mac', b_mac, 'name', b_name, 'decision', b_decision) as later
     from ranked as r
     join devices as d on d.site_id = (select id from site) and d.id = r.id
     left join lateral (
       select vendor, is_local from device_macs as x
       where x.site_id = d.site_id and x.device_id = d.id and (x.mac = coalesce(r.b_mac, r.a_mac) or r.b_mac is null and r.a_mac is null)
       order by x.first_seen_at, x.mac limit 1
     ) as m on true
     where r.rank <= case when r.kind = 'unknown' then 1 else $4 end
     order by r.kind, r.rank`,
    [site, from, to, limit],
  );
  const counts = { came: 0, went: 0, changed: 0, unknown: 0 };
  for (const { kind, n } of rows) counts[kind] = n;
  return { counts, rows: rows.filter(({ kind }) => (kind as PastDifference) !== 'unknown') };
}
