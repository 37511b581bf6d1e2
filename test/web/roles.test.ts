/** Every route × every role, by real requests, against a table of this test's own; and what the database says by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser, changeUser, listUsers } from '../../src/store/users.ts';
import { ROLES, type Role } from '../../src/web/visit.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
  await Promise.all(ROLES.map(role => site.token(role)));
});
afterAll(() => site.close());

/** Written down by reading what each route is for, not from access.ts: the first pattern that fits says it. */
const EXPECTED: readonly (readonly [RegExp, Role | 'anyone'])[] = [
  [/^GET \/(?:assets\/:name|favicon\.ico|healthz|readyz)$/, 'anyone'],
  [/^(?:GET|POST) \/(?:welcome|sign-in)(?:\/|$)/, 'anyone'],
  [/^POST \/(?:theme|language|sign-out)$/, 'anyone'],
  [/^(?:GET|POST) \/l\/:token/, 'anyone'],
  [/^(?:GET|POST) \/account(?:\/|$)/, 'viewer'],
  [/^(?:GET|POST) \/keys(?:\/|$)/, 'viewer'],
  // Views of the list that somebody has saved are the own.
  [/^POST \/devices\/views(?:\/|$)/, 'viewer'],
  [/ \/(?:users|system|audit)(?:[./]|$)/, 'admin'],
  [/^POST \/(?:rules|channels|templates|networks|sensors)(?:\/|$)/, 'admin'],
  [/^GET \/(?:rules\/|templates\/|channels\/|sensors\/)/, 'admin'],
  [/^(?:GET|POST) \/import(?:\/|$)/, 'operator'],
  [/^GET \//, 'viewer'],
  [/^POST \//, 'operator'],
];

const routes = () => {
  const all = site.app.routes
    .filter(({ method, path }) => !path.endsWith('*') && method !== 'ALL')
    // The API answers programs; its own tests hold it to its own table.
    .filter(({ path }) => !path.startsWith('/api/') && path !== '/metrics')
    .map(({ method, path }) => `${method} ${path}`);
  return [...new Set(all)];
};

async function statusOf(role: Role | null, method: string, pattern: string): Promise<number> {
  // An id that nothing has: whoever may is told so, and nothing is changed.
  const path = pattern.replaceAll(/:\w+(?:\{[^}]*\})?/g, '999999999');
  const browser = site.as(role);
  const answer = await (method === 'GET' ? browser.get(path) : browser.post(path, {}));
  const to = answer.headers.get('location') ?? '';
  await answer.body?.cancel();
  return answer.status === 303 && /^\/(?:sign-in|welcome)/.test(to) ? 401 : answer.status;
}

it('lets each role do what it is for, and nothing else', async () => {
  const wrong: string[] = [];
  for (const route of routes()) {
    const [method = '', path = ''] = route.split(' ');
    const need = EXPECTED.find(([pattern]) => pattern.test(route))?.[1];
    if (need === undefined) wrong.push(`${route}: nobody said what it needs`);
    if (need === undefined || need === 'anyone') continue;
    for (const role of [null, ...ROLES] as const) {
      const status = await statusOf(role, method, path);
      const isAllowed = role !== null && ROLES.indexOf(role) >= ROLES.indexOf(need);
      const isRight =
        role === null ? status === 401 : isAllowed ? status !== 403 && status !== 401 : status === 403;
      if (!isRight || status >= 500) wrong.push(`${route} as ${role ?? 'nobody'}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(routes().length).toBeGreaterThan(60);
}, 240_000);

describe('the database', () => {
  const TRIES: readonly (readonly [Role, string])[] = [
    ['viewer', `select decide_device('default', 1, 'accept', 'x')`],
    ['viewer', `select mute_alerts('default', null, null, null, now(), now(), 'x', '')`],
    ['viewer', `update devices set name = 'x'`],
    ['viewer', `select * from users`],
    ['viewer', `select * from site_users`],
    ['viewer', `select add_user('default', 'x', 'x', 'admin', null, 'x')`],
    ['operator', `select set_user_role('default', 1, 'admin', 'x')`],
    ['operator', `select save_template('default', null, null, '', '', null, 'x')`],
    ['operator', `select * from sessions`],
    ['admin', `select * from sessions`],
    ['admin', `select password from users`],
    ['admin', `select open_session('default', 1, '\\x00', '', null)`],
    ['admin', `update users set role = 'admin'`],
  ];
  it.each(TRIES)('refuses %s by itself: %s', async (role, sql) => {
    const refused = await site.dbs.as[role].query(sql).catch((error: unknown) => error);
    expect(['42501', '42883']).toContain((refused as { code?: string }).code);
    // A function of another shape would be no proof.
    if (!sql.includes('mute_alerts')) expect((refused as { code?: string }).code).toBe('42501');
  });

  it('keeps the last administrator, also of two who demote each other at once', async () => {
    const other = await testSite();
    try {
      const ada = (await listUsers(other.db, 'default'))[0]?.id ?? 0;
      const user = { name: 'Bob', role: 'admin', passwordHash: null } as const;
      const added = await addUser(other.db, 'default', user, 'test');
      const bob = added.kind === 'done' ? added.id : 0;
      const both = await Promise.all([
        changeUser(other.db, 'default', ada, { role: 'viewer' }, 'Bob'),
        changeUser(other.db, 'default', bob, { disabled: true }, 'Ada'),
      ]);
      expect(both.map(({ kind }) => kind).toSorted()).toEqual(['done', 'refused']);
    } finally {
      await other.close();
    }
  });

  it('says on the page that the last administrator stays', async () => {
    const [ada] = (await listUsers(site.db, 'default')).filter(({ role }) => role === 'admin');
    for (const [path, fields] of [
      ['role', { role: 'viewer' }],
      ['switch', { on: 'no' }],
      ['remove', {}],
    ] as const) {
      const answer = await site.post(`/users/${ada?.id}/${path}`, fields);
      expect(answer.status).toBe(409);
      expect(await answer.text()).toContain('this is the last administrator');
    }
    expect((await site.get('/users')).status).toBe(200);
  });
});
