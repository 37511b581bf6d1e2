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
