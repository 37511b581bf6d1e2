/**
 * A short text that differs when anything on the pages does, beyond "looked again, all as before". It is asked for after
 * every scan, so each part is the end of an index or a count of what is few, however long the site has been watched.
 */
import type { Db } from './session.ts';

export async function siteVersion(db: Db, site: string): Promise<string> {
  const [row] = await db.query<{ version: string }>(
    `select concat_ws('.',
       (select max(c.id) from connections as c where c.site_id = s.id),
       -- Which are quiet, not how many: one that is quiet and one that is back in the same scan are two changes.
       (select concat_ws('-', count(*), sum(hashint8extended(c.id, 0)) filter (where c.misses > 0))
        from connections as c where c.site_id = s.id and c.ended_at is null),
       (select max(c.id) from device_changes as c where c.site_id = s.id),
       (select max(c.undone_at) from device_changes as c where c.site_id = s.id and c.undone_at is not null),
       (select concat_ws('-', max(m.id), count(*)) from merge_suggestions as m where m.site_id = s.id and m.state = 'open'),
       -- Whatever becomes of an alert is an event of it.
       (select max(a.id) from alerts as a where a.site_id = s.id),
       (select max(e.id) from alert_events as e where e.site_id = s.id),
       -- A message is queued, tried, and then not queued any more.
       (select max(d.id) from deliveries as d where d.site_id = s.id),
       (select max(t.id) from message_tries as t where t.site_id = s.id),
       (select concat_ws('-', sum(q.waiting), sum(q.attempts))
        from channels as c
        cross join lateral (select count(*) as waiting, sum(d.attempts) as attempts from deliveries as d
                            where d.channel_id = c.id and d.state = 'queued') as q
        where c.site_id = s.id),
       (select md5(string_agg(concat_ws(' ', r.id, r.position, r.revision, r.enabled, r.snoozed_until), ',' order by r.id))
        from rules as r where r.site_id = s.id),
       (select md5(string_agg(concat_ws(' ', c.id, c.enabled, c.off_at, c.removed_at, c.problem, c.failing_since), ',' order by c.id))
        from channels as c where c.site_id = s.id),
       (select concat_ws('-', max(m.id), count(m.ended_at)) from mutes as m where m.site_id = s.id),
       (select count(*) from networks as n where n.site_id = s.id and n.last_scan_at is not null),
       (select coalesce(sum(least(n.failures, 9)), 0) from networks as n where n.site_id = s.id),
       least(s.scan_failures, 9)) as version
     from sites as s where s.name = $1`,
    [site],
  );
  return row?.version ?? 'empty';
}

/** The id that notifications carry for this site; undefined until the site exists. */
export async function siteId(db: Db, site: string): Promise<number | undefined> {
  const [row] = await db.query<{ id: number }>('select id from sites where name = $1', [site]);
  return row?.id;
}
