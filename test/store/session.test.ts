import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSqlError, openPool, openSession, type Db } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { startProxy, type Proxy } from './half-open.ts';

let db: TestDatabase;
let proxy: Proxy;
beforeAll(async () => {
  db = await freshDatabase();
  proxy = await startProxy(db.url);
});
afterAll(async () => {
  await proxy.close();
  await db.drop();
});

const SLEEP = 'select pg_sleep(60)';
const options = { application: 'test session', queryTimeoutMs: 3000 };

/** Resolves when the server works on `SLEEP` for this application. */
const asleep = (application: string) =>
  expect
    .poll(() =>
      db.pool.query('select from pg_stat_activity where application_name = $1 and query = $2', [
        application,
        SLEEP,
      ]),
    )
    .toHaveLength(1);

describe.each([
  ['session', (application: string) => openSession(proxy.url, { application })],
  ['pool', async (application: string) => openPool(proxy.url, { application, max: 1 })],
])('a %s whose connection is lost in the middle of a query', (kind, open) => {
  test.each([
    ['ends', () => proxy.cut()],
    ['is reset', () => proxy.reset()],
  ])('because it %s says so, with a remedy', async (how, lose) => {
    const application = `test ${kind} ${how}`;
    const connection = await open(application);
    const answer = connection.query(SLEEP).catch((error: unknown) => error);
    await asleep(application);
    lose();
    expect(await answer).toMatchObject({
      code: 'database',
      message: expect.stringMatching(/^the connection to PostgreSQL was lost: /),
      remedy: expect.stringContaining('run this again'),
    });
    await connection.close();
  });
});

test('a connection that does not answer is lost too', async () => {
  const session = await openSession(proxy.url, options);
  await expect(session.query(SLEEP)).rejects.toMatchObject({
    code: 'database',
    message: 'the connection to PostgreSQL was lost: Query read timeout',
  });
  await session.close();
});

test('what the server says keeps its SQLSTATE, and a fault of the program stays one', async () => {
  const session: Db & { close(): Promise<void> } = await openSession(proxy.url, { application: 'test' });
  const refused = await session.query('select 1/0').catch((error: unknown) => error);
  expect(isSqlError(refused) && refused.code).toBe('22012');
  const circular: unknown[] = [];
  circular.push({ circular });
  await expect(session.query('select $1::jsonb', [{ circular }])).rejects.toThrow(TypeError);
  await session.close();
});

test('a connection that is asked several things at once answers each, one after the other', async () => {
  const warned: string[] = [];
  const onWarning = ({ message }: Error) => warned.push(message);
  process.on('warning', onWarning);
  const session = await openSession(db.url, { application: 'test' });
  const ask = (on: Db) =>
    Promise.allSettled([
      on.query('select 1 as n'),
      on.query('select 1/0'),
      on.query('select $1::integer as n', [3]),
    ]);
  const answers = [
    { status: 'fulfilled', value: [{ n: 1 }] },
    { status: 'rejected', reason: expect.objectContaining({ code: '22012' }) },
    { status: 'fulfilled', value: [{ n: 3 }] },
  ];
  expect(await ask(session)).toEqual(answers);
  await db.pool.transaction(async inside => {
    expect(await Promise.all([inside.query('select 1 as n'), inside.query('select 2 as n')])).toEqual([
      [{ n: 1 }],
      [{ n: 2 }],
    ]);
  });
  await session.close();
  // Warnings are told on the next turn of the loop.
  await new Promise(resolve => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warned).toEqual([]);
});

test('one statement of a pool may take longer than others, and the server stops when it takes too long', async () => {
  const pool = openPool(db.url, { application: 'test patience', max: 1, queryTimeoutMs: 200 });
  expect(await pool.queryWithin(10_000, 'select pg_sleep(0.4), $1::integer as n', [7])).toMatchObject([
    { n: 7 },
  ]);
  await expect(pool.queryWithin(100, SLEEP)).rejects.toMatchObject({ code: '57014' });
  // The connection is sound, and its limits are as they were.
  expect(await pool.query('show statement_timeout')).toEqual([{ statement_timeout: '0' }]);
  expect(
    await db.pool.query(`select state from pg_stat_activity where application_name = 'test patience'`),
  ).toEqual([{ state: 'idle' }]);
  await pool.close();
});
