// What routing costs, counted in calls: it must not grow with the alerts, nor do mutes multiply it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession, type Session } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let session: Session;
const MUTES = 5;

beforeAll(async () => {
  database = await freshDatabase();
  session = await openSession(database.url, { application: 'test' });
  await session.query(`set track_functions = 'all'`);
  await session.query(`select site_of('default')`);
  await session.query(
    `insert into devices (site_id, id, state, first_seen_at) select 1, n, 'known', now() from generate_series(1, 200) as n`,
  );
  await session.query(
    `insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'a@b'), (1, 'chat', 'telegram', '1')`,
  );
  await session.query(
    `insert into mutes (site_id, device_id, from_at, until, ended_at, actor)
     select 1, n, now() - interval '2 hours', now() + interval '1 hour', case when n % 2 = 0 then now() - interval '1 hour' end, 'Anna'
     from generate_series(1, $1::integer * 2) as n`,
    [MUTES],
  );
});
afterAll(async () => {
  await session.close();
  await database.drop();
});

/** Calls of each function while `work` runs; what PostgreSQL inlines is not counted. */
async function callsIn(work: string): Promise<Record<string, number>> {
  // Within a transaction the counts only grow.
  await session.query('begin');
  const before = await calls();
  await session.query(work);
  const after = await calls();
  await session.query('commit');
  return Object.fromEntries([...after].map(([name, n]) => [name, n - (before.get(name) ?? 0)]));
}

async function calls(): Promise<Map<string, number>> {
  const rows = await session.query<{ name: string; calls: number }>(
    `select funcname as name, sum(calls)::integer as calls from pg_stat_xact_user_functions
     where schemaname = 'public' group by 1`,
  );
  return new Map(rows.map(row => [row.name, row.calls]));
}

it.each(['new_device', 'mac_changed'])('of a burst of %s: not by the alert', async kind => {
  const counted = await callsIn(
    `insert into alerts (site_id, kind, severity, device_id, summary, dedup_key)
     select 1, '${kind}', 'medium', n, 'x', '${kind}' || n from generate_series(1, 200) as n`,
  );
  // A mute that has ended is not asked at all.
  expect(counted['device_root'] ?? 0).toBeLessThanOrEqual(2 * MUTES);
  expect(counted).toMatchObject({ route_alerts: 1, mutes_over: 1 });
  expect(counted['last_tellings'] ?? 0).toBe(kind === 'mac_changed' ? 1 : 0);
  const muted = await session.query<{ n: number }>(
    `select count(*)::integer as n from deliveries join alerts as a on a.id = alert_id
     where reason like 'muted until%' and a.kind = '${kind}'`,
  );
  expect(muted).toEqual([{ n: 2 * MUTES }]);
});

it('of a rehearsal: not by the alert either', async () => {
  const counted = await callsIn(`select rehearse_rules('default', null, null, 30)`);
  expect(counted).toMatchObject({ route_alerts: 1, mutes_over: 1 });
  expect(counted['device_root'] ?? 0).toBeLessThanOrEqual(2 * MUTES);
});

it('no plan that forbids joins is thought to be so dear that it is compiled', async () => {
  expect(
    await session.query(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace
         and proconfig::text ~ 'enable_[a-z]+=off' and not 'jit=off' = any (proconfig)`,
    ),
  ).toEqual([]);
});
