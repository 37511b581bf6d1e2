// Every operation of the API with every kind of token: by the role of its user, by its scopes, and without one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationsOf } from '../../../src/web/api/app.ts';
import type { ApiNeed } from '../../../src/web/api/operation.ts';
import { ROLES, type Role } from '../../../src/web/visit.ts';
import { cookieKind } from '../../../src/web/session-cookie.ts';
import { HOST } from '../support.ts';
import { apiSite, type ApiSite } from './support.ts';

let site: ApiSite;
let operations: { method: string; path: string; need: ApiNeed }[];
const tokens = new Map<Role, string>();

beforeAll(async () => {
  site = await apiSite();
  for (const role of ROLES) tokens.set(role, await site.keyOf(role));
  operations = [
    ...operationsOf(site.options).map(({ method, path, need }) => ({ method, path, need })),
    { method: 'get', path: '/devices/export', need: 'viewer' },
    { method: 'post', path: '/devices/import', need: 'operator' },
    { method: 'post', path: '/imports/{id}/undo', need: 'operator' },
  ];
});
afterAll(() => site.close());

const asked = (method: string, path: string, token: string | null, headers = {}) =>
  // A thing that is not there: who may ask is told so, and nothing changes.
  site.ask(method.toUpperCase(), path.replace('{id}', '99999'), {
    token,
    json: method === 'get' ? undefined : {},
    headers,
  });

test.each(ROLES)('a token of a %s', async role => {
  const refused = [];
  for (const { method, path, need } of operations) {
    const { status } = await asked(method, path, tokens.get(role) ?? '');
    const may = need === 'anyone' || ROLES.indexOf(role) >= ROLES.indexOf(need);
    if ((status === 403) === may || status === 401) refused.push(`${method} ${path}: ${status}`);
  }
  expect(refused).toEqual([]);
  expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
});

test.each([
  ['none', null],
  ['a token that never was', `nt_${'a'.repeat(43)}`],
  ['something else', 'secret'],
])('%s opens nothing', async (_, token) => {
  for (const { method, path } of operations) {
    const response = await asked(method, path, token);
    expect(response.status, `${method} ${path}`).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('a token for metrics alone reads no devices, and others read no metrics', async () => {
  const metrics = await site.keyOf('admin', ['metrics']);
  expect((await site.ask('GET', '/devices', { token: metrics })).status).toBe(403);
  expect((await site.get('/metrics', { authorization: `Bearer ${metrics}` })).status).toBe(200);
  expect((await site.get('/metrics', { authorization: `Bearer ${tokens.get('admin')}` })).status).toBe(401);
  expect((await site.get('/metrics')).status).toBe(401);
});

test('the cookie of a browser that is signed in counts nowhere, so no other site can act by it', async () => {
  for (const { method, path } of operations) {
    const cookie = `${cookieKind(HOST, undefined).name}=${await site.token('admin')}`;
    expect((await asked(method, path, null, { cookie })).status, `${method} ${path}`).toBe(401);
  }
});

test('an administrator who became a viewer has a token that looks and no more', async () => {
  const token = await site.keyOf('admin');
  await site.database.pool.query(`update users set role = 'viewer' where name = 'Ada'`);
  try {
    expect((await site.ask('GET', '/audit', { token })).status).toBe(403);
    expect(
      (await site.ask('POST', '/devices/1/decide', { token, json: { decision: 'accept' } })).status,
    ).toBe(403);
    expect((await site.ask('GET', '/devices', { token })).status).toBe(200);
  } finally {
    await site.database.pool.query(`update users set role = 'admin' where name = 'Ada'`);
  }
});
