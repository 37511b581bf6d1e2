// People answer many alerts at once while messages are sent: one waits for the other, and never both.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openSession, type Session } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let gate: Session;
let one: Session;
let other: Session;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  const open = () => openSession(database.url, { application: 'test locks' });
  [gate, one, other] = await Promise.all([open(), open(), open()]);
  await gate.query('truncate alerts, deliveries, channels cascade');
  return () => Promise.all([gate, one, other].map(session => session.close()));
});

/** Until so many wait for a lock of this database. */
const waiting = (sessions: number) =>
  expect
    .poll(() =>
      database.pool.query(
        `select distinct pid from pg_locks
         where not granted and pid in (select pid from pg_stat_activity where datname = current_database())`,
      ),
    )
    .toHaveLength(sessions);

/** Whose causes are in this order, as are their numbers; the rows themselves lie the other way round. */
async function alerts(causes: readonly string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const cause of causes) {
    const [row] = await gate.query<{ id: number }>(
      `insert into alerts (site_id, kind, severity, summary, dedup_key) values (1, 'ip_changed', 'medium', 'Moved', $1) returning id`,
      [cause],
    );
    ids.push(row?.id ?? 0);
  }
  for (const id of ids.toReversed())
    await gate.query('update alerts set count = count + 1 where id = $1', [id]);
  return ids;
}

test('two who acknowledge all, and come by the alerts in different ways', async () => {
  const [, middle] = await alerts(['a', 'b', 'c']);
  await one.query('set enable_indexscan = off; set enable_bitmapscan = off');
  await other.query('set enable_seqscan = off; set enable_bitmapscan = off');
  await gate.query('begin');
  await gate.query('update alerts set count = count + 1 where id = $1', [middle]);
  const all = `select acknowledge_all('default', null, null, $1) as n`;
  const both = Promise.all([one.query(all, ['Anna']), other.query(all, ['Ben'])]);
  await Promise.race([waiting(2), both]);
  await gate.query('commit');
  expect((await both).flat().toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
    { n: 0 },
    { n: 3 },
  ]);
});

test('one who acknowledges all, and a message that is marked as sent', async () => {
  const ids = await alerts(['a', 'b', 'c']);
  await gate.query(`delete from deliveries`);
  await gate.query(
    `insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'anna@example.org')`,
  );
  await gate.query(`delete from deliveries`);
  // Somebody is to be called about each, the latest first.
  for (const id of ids.toReversed())
    await gate.query(
      `insert into deliveries (site_id, alert_id, channel_id, state, escalation) select 1, $1, id, 'queued', true from channels`,
      [id],
    );
  await gate.query('begin');
  await gate.query('select from deliveries where alert_id = $1 for update', [ids[1]]);
  await one.query('begin');
  const [claimed] = await one.query<{ key: string; token: string }>(
    `select message_key as key, lease_token as token from claim_deliveries('default', 'email', interval '1 min', 10)`,
  );
  const acknowledged = other.query(`select acknowledge_all('default', null, null, 'Anna') as n`);
  await waiting(1);
  await one.query('commit');
  // It has looked at the first, which is on its way now, and waits for the second.
  await expect
    .poll(() =>
      database.pool.query(`select from pg_stat_activity where pg_blocking_pids(pid) && (
        select array_agg(pid) from pg_stat_activity where query like 'select from deliveries%' and state = 'idle in transaction')`),
    )
    .toHaveLength(1);
  const marked = one.query(`select mark_delivered('default', 'email', $1, $2, 'taken', 5) as state`, [
    claimed?.key,
    claimed?.token,
  ]);
  await Promise.race([waiting(2), marked]);
  await gate.query('commit');
  expect(await Promise.all([acknowledged, marked])).toEqual([[{ n: 3 }], [{ state: 'delivered' }]]);
  expect(await gate.query('select state from deliveries order by alert_id')).toEqual([
    { state: 'delivered' },
    { state: 'suppressed' },
    { state: 'delivered' },
  ]);
});
