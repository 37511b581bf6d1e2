import { expect, test } from 'vitest';
import { openPool } from '../../src/store/session.ts';
import { createTurns } from '../../src/store/turns.ts';
import { freshDatabase } from '../support/database.ts';

test('turns are given in the order of asking, no more than there are', async () => {
  const turns = createTurns(1, 60_000);
  const order: string[] = [];
  const first = await turns.take();
  const second = turns.take().then(end => {
    order.push('second');
    return end;
  });
  const third = turns.take().then(end => {
    order.push('third');
    return end;
  });
  first();
  first();
  (await second)();
  (await third)();
  expect(order).toEqual(['second', 'third']);
  (await turns.take())();
});

test('who gives up leaves the line to those behind', async () => {
  const turns = createTurns(1, 20);
  const end = await turns.take();
  await expect(turns.take()).rejects.toMatchObject({ code: 'busy' });
  const next = turns.take();
  end();
  (await next)();
});

test('a pool that is in use for longer than connecting may take is waited for; then it is busy, not away', async () => {
  const database = await freshDatabase();
  const options = { application: 'test turns', max: 1, connectTimeoutMs: 1500 };
  const patient = openPool(database.url, options);
  const impatient = openPool(database.url, { ...options, lineTimeoutMs: 50 });
  await Promise.all([patient.query('select 1'), impatient.query('select 1')]);
  const [, late] = await Promise.all([
    patient.query('select pg_sleep(2)'),
    patient.query<{ one: number }>('select 1 as one'),
  ]);
  expect(late).toEqual([{ one: 1 }]);
  const [kept, refused] = await Promise.allSettled([
    impatient.query('select pg_sleep(2)'),
    impatient.query('select 1'),
  ]);
  expect(kept.status).toBe('fulfilled');
  expect(refused).toMatchObject({
    reason: { code: 'busy', message: 'all 1 connections to PostgreSQL were in use for 0.05 s' },
  });
  await Promise.all([patient.close(), impatient.close()]);
  await database.drop();
});
