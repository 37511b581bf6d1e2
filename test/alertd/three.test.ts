// Three daemons on one outbox, each its own process, one killed in the middle.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { around, deliveryStates, eventually, startAlertd } from './fixture.ts';
import { spawnAlertd } from './spawned.ts';

it('three at once, one of them killed: nothing is lost, and twice comes at most what it held', async () => {
  const all = await around();
  const settings = {
    ...all.settings,
    tuning: { ...all.settings.tuning, batch: 1, leaseMs: 8_000, pollMs: 300 },
  };
  await (await startAlertd(settings)).stop(); // makes the channels known
  // Beside a thousand that are known, newcomers are no flood.
  await recordScan(all.database.pool, devices(1000, 10_000), { network: '10.0.0.0/8' });
  await all.database.pool.query(
    `update deliveries set state = 'suppressed', reason = 'not of this test' where state = 'queued'`,
  );
  await recordScan(all.database.pool, devices(150));
  const [first, second, third] = await Promise.all([
    spawnAlertd(settings),
    spawnAlertd(settings),
    spawnAlertd(settings),
  ]);
  const died = once(first, 'exit');
  all.mail.watch(({ id }) => id === 25 && first.kill('SIGKILL'));
  await died;
  await eventually(
    all.changed,
    () => deliveryStates(all.database.pool),
    rows => rows.every(({ state }) => state !== 'queued'),
  );
  for (const child of [second, third]) {
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  }
  expect((await deliveryStates(all.database.pool)).filter(({ state }) => state === 'delivered')).toEqual([
    { channel: 'email', state: 'delivered', n: 150 },
    { channel: 'telegram:4242', state: 'delivered', n: 150 },
  ]);
  const ids = all.mail.mails.map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(150);
  expect(ids.length).toBeLessThanOrEqual(151);
  expect(all.telegram.messages.length).toBeLessThanOrEqual(151);
  // What the killed one held has its story: a try that nobody reported on, and the one that came through.
  const lost = await all.database.pool.query<{ outcomes: string[] }>(
    `select array_agg(outcome order by id) as outcomes from message_tries group by channel_id, message_key
     having count(*) > 1`,
  );
  for (const { outcomes } of lost) expect(outcomes).toEqual(['lost', 'accepted']);
});
