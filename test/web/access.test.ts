import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACCESS, needOf } from '../../src/web/access.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
});
afterAll(() => site.close());

/** What programs ask says of each operation who may, by token; test/web/api/roles.test.ts asks it of all of them. */
const isForPrograms = (path: string) => /^\/(?:api(?:\/|$)|metrics$)/.test(path);

const registered = () =>
  site.app.routes.filter(
    ({ method, path }) => !isForPrograms(path) && (method !== 'ALL' || !path.endsWith('*')),
  );

it('says of every route who may use it', () => {
  const silent = registered().filter(({ method, path }) => needOf(method, path) === undefined);
  expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  expect(registered().length).toBeGreaterThan(40);
});

it('says it once', () => {
  const rows = ACCESS.map(([method, path]) => `${method} ${path}`);
  expect(rows.filter((row, at) => rows.indexOf(row) !== at)).toEqual([]);
});

it('refuses a route that nobody has thought of, to administrators too', async () => {
  const other = await testSite();
  try {
    other.app.get('/forgotten', c => c.text('secret'));
    const answer = await other.get('/forgotten');
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain('secret');
    expect(other.logged.join('\n')).toContain('a route has no row in access.ts method=GET path=/forgotten');
  } finally {
    await other.close();
  }
});
