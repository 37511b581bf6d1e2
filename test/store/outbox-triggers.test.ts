// What a raw LISTEN client hears: one hint per statement, and none when there is nothing to send.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outboxOf } from '../../src/store/outbox.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { devices, recordScan } from './outbox-fixtures.ts';

let database: TestDatabase;
let client: Client;
const heard: string[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  client = new Client(database.url);
  await client.connect();
  client.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
  await client.query('listen netureon_alerts; listen netureon_changes; listen fence');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** What was heard during `work`, all of it: the fence comes last. */
async function during(work: () => Promise<unknown>): Promise<string[]> {
  heard.length = 0;
  await work();
  await database.pool.query(`select pg_notify('fence', '')`);
  while (!heard.includes('fence ')) await new Promise(resolve => client.once('notification', resolve));
  return heard.filter(line => line !== 'fence ').map(line => line.replace(/"site" : \d+/, '"site" : 1'));
}

const CHANGED = (what: string) => `netureon_changes {"what" : "${what}", "site" : 1}`;

it('hints once per scan, however many devices are new, and not at all when nothing can be sent', async () => {
  // The baseline raises an alert, but no channel is set up yet.
  expect((await during(() => recordScan(database.pool, []))).toSorted()).toEqual([
    CHANGED('alert'),
    CHANGED('scan'),
  ]);
  // Whoever serves channels is told that they changed.
  const channels = [
    { name: 'email', kind: 'email', target: 'a@example.test' },
    { name: 'telegram:1', kind: 'telegram', target: '1' },
  ] as const;
  const outbox = outboxOf(database.pool, 'default');
  await database.pool.query('update alerts set resolved_at = now()'); // or it would be queued for them
  expect(await during(() => outbox.syncChannels(channels))).toEqual(['netureon_alerts channels']);
  expect(await during(() => outbox.syncChannels(channels))).toEqual([]);
  expect((await during(() => recordScan(database.pool, devices(100)))).toSorted()).toEqual([
    'netureon_alerts ',
    CHANGED('alert'),
    CHANGED('scan'),
  ]);
  // A steady scan changes nothing that anyone is told of.
  expect(await during(() => recordScan(database.pool, devices(100)))).toEqual([CHANGED('scan')]);
});

it('tells pages when a delivery is marked', async () => {
  const outbox = outboxOf(database.pool, 'default');
  const claim = await outbox.claim('email', 60_000, 1000);
  if (claim === undefined) throw new Error('nothing to claim');
  expect(await during(() => outbox.retry(claim, 'later', 0))).toEqual([CHANGED('delivery')]);
  const again = await outbox.claim('email', 60_000, 1000);
  if (again === undefined) throw new Error('nothing to claim');
  expect(await during(() => outbox.delivered(again, 'ok'))).toEqual([CHANGED('delivery')]);
  expect(await during(() => outbox.delivered(again, 'ok'))).toEqual([]);
});

it('a scan that is rolled back tells nobody and leaves nothing to send', async () => {
  const events = await during(() =>
    expect(
      database.pool.transaction(async db => {
        await recordScan(db, devices(110));
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone'),
  );
  expect(events).toEqual([]);
  expect(await outboxOf(database.pool, 'default').claim('email', 60_000, 1000)).toBeUndefined();
});
