import { afterAll, beforeAll, expect, test } from 'vitest';
import { prune } from '../../src/store/retention.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const never = new AbortController().signal;

test('deletes what is old in several steps, and keeps each device’s last connection', async () => {
  await db.pool.query(`insert into networks (site_id, cidr, interface) values (1, '10.0.0.0/24', 'e')`);
  await db.pool.query(`insert into devices (site_id, id, first_seen_at) values (1, 1, now()), (1, 2, now())`);
  // 12,000 scans, one a minute: about 8.3 days of log.
  await db.pool
    .query(`insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method)
    select 1, 1, now() - make_interval(mins => n), 1, 'complete', 'packet' from generate_series(1, 12000) as n`);
  // Device 1: an interval on each of the last 20 days; device 2: one, 15 days ago.
  await db.pool
    .query(`insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
    select 1, 1, 1, macaddr '02:00:00:00:00:01', inet '10.0.0.1', now() - make_interval(days => n), now() - make_interval(days => n, hours => -1), 'returned'
    from generate_series(1, 20) as n
    union all select 1, 2, 1, macaddr '02:00:00:00:00:02', inet '10.0.0.2', now() - interval '15 days', now() - interval '14 days', 'new'`);
  await db.pool.query(`insert into alerts (site_id, kind, severity, summary, dedup_key, resolved_at)
    values (1, 'scan_failing', 'high', 'old', 'a', now() - interval '11 days'), (1, 'scan_failing', 'high', 'fresh', 'b', now()),
           (1, 'scan_failing', 'high', 'open', 'c', null), (1, 'scan_failing', 'high', 'unsent', 'd', now() - interval '11 days')`);
  await db.pool.query(`with channel as (
      insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'noc') returning id
    ) insert into deliveries (site_id, alert_id, channel_id, state)
      select 1, a.id, channel.id, case a.summary when 'unsent' then 'queued' else 'delivered' end
      from alerts as a, channel where a.summary in ('unsent', 'old')`);

  expect(await prune(db.pool, 'default', { log: 1, history: 10 }, never)).toEqual({
    discovery_log: 12_000 - 1_439,
    connections: 10,
    alerts: 1,
  });
  expect(
    await db.pool.query('select device_id, count(*) as n from connections group by 1 order by 1'),
  ).toEqual([
    { device_id: 1, n: 10 },
    { device_id: 2, n: 1 },
  ]);
  expect(await db.pool.query(`select summary from alerts where kind = 'scan_failing' order by id`)).toEqual([
    { summary: 'fresh' },
    { summary: 'open' },
    { summary: 'unsent' },
  ]);
  expect(await prune(db.pool, 'default', { log: 1, history: 10 }, never)).toEqual({
    discovery_log: 0,
    connections: 0,
    alerts: 0,
  });
});
