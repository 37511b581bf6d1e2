// API tokens against a real database: only a hash is kept, and a token never may more than its user.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '../../src/store/audit.ts';
import {
  addToken,
  holderOf,
  listTokens,
  revokeToken,
  tokenFrom,
  type TokenScope,
} from '../../src/store/api-tokens.ts';
import { visitorOfToken } from '../../src/web/api-token.ts';
import { actingDb, openDbs, type SiteDbs } from '../../src/web/dbs.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const SITE = 'default';
let database: TestDatabase;
let dbs: SiteDbs;
const ids = { viewer: 0, operator: 0, admin: 0 };

beforeAll(async () => {
  database = await freshDatabase();
  dbs = openDbs(database.urlAs('netureon_web'), { application: 'netureon web' });
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    const [row] = await database.pool.query<{ id: number }>(
      `insert into users (site_id, name, key, role, created_by)
       select id, $1, $1, $1, 'test' from sites where name = $2 returning id`,
      [role, SITE],
    );
    ids[role] = row?.id ?? 0;
  }
});
afterAll(async () => {
  await dbs.close();
  await database.drop();
});

async function made(
  role: keyof typeof ids,
  scopes: readonly TokenScope[],
  expiresAt: Date | null = null,
): Promise<{ token: string; id: number }> {
  const token = tokenFrom(randomBytes(32));
  const input = { userId: ids[role], name: 'backup', scopes, expiresAt };
  const outcome = await addToken(actingDb(dbs.own, role, 'site'), SITE, token, input, role);
  if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
  return { token, id: outcome.change };
}
const who = (token: string) => visitorOfToken(dbs.own, SITE, `Bearer ${token}`);

test('a token has 256 bits, and the database does not know it', async () => {
  const { token, id } = await made('operator', ['read']);
  expect(token).toMatch(/^nt_[A-Za-z0-9_-]{43}$/);
  const [row] = await database.pool.query<{ row: string }>(
    'select to_jsonb(t)::text as row from api_tokens as t where id = $1',
    [id],
  );
  expect(row?.row).not.toContain(token.slice(10));
  const { rows } = await listAudit(dbs.as.admin, SITE, { before: null, limit: 50, table: 'api_tokens' });
  expect(rows[0]).toMatchObject({ what: 'added', actor: 'operator', after: { name: 'backup' } });
  expect(JSON.stringify(rows)).not.toContain('token_hash');
});

test.each<[keyof typeof ids, TokenScope[], string | null]>([
  ['admin', ['read'], 'viewer'],
  ['admin', ['write'], 'operator'],
  ['admin', ['admin'], 'admin'],
  ['operator', ['read', 'write', 'metrics'], 'operator'],
  ['viewer', ['read'], 'viewer'],
  ['admin', ['metrics'], null],
])('%s with %j acts as %s', async (role, scopes, expected) => {
  const { token } = await made(role, scopes);
  expect(await who(token)).toMatchObject({
    kind: 'visitor',
    visitor: { role: expected, userId: ids[role], scopes },
  });
});

test.each<[keyof typeof ids, TokenScope[]]>([
  ['viewer', ['write']],
  ['viewer', ['admin']],
  ['operator', ['read', 'admin']],
])('%s gets no token for %j', async (role, scopes) => {
  await expect(made(role, scopes)).rejects.toThrow(/cannot do more than its user/);
});

test('what the user loses the token loses: role, then everything', async () => {
  const { token } = await made('admin', ['admin']);
  await database.pool.query(`update users set role = 'viewer' where id = $1`, [ids.admin]);
  expect(await who(token)).toMatchObject({ visitor: { role: 'viewer' } });
  await database.pool.query(`update users set disabled_at = now() where id = $1`, [ids.admin]);
  expect(await who(token)).toEqual({ kind: 'refused' });
  await database.pool.query(`update users set disabled_at = null, role = 'admin' where id = $1`, [ids.admin]);
  expect(await who(token)).toMatchObject({ visitor: { role: 'admin' } });
});

test('a revoked and an expired one are refused like one that never was', async () => {
  const { token, id } = await made('operator', ['read']);
  expect(await revokeToken(dbs.own, SITE, id, ids.viewer, 'viewer')).toEqual({ kind: 'missing' });
  expect(await revokeToken(dbs.own, SITE, id, ids.operator, 'operator')).toEqual({
    kind: 'changed',
    change: id,
  });
  expect(await revokeToken(dbs.own, SITE, id, ids.operator, 'operator')).toEqual({ kind: 'unchanged' });
  expect(await who(token)).toEqual({ kind: 'refused' });
  const late = await made('operator', ['read'], new Date(Date.now() + 60_000));
  await database.pool.query(`update api_tokens set expires_at = now() - interval '1 s' where id = $1`, [
    late.id,
  ]);
  expect(await who(late.token)).toEqual({ kind: 'refused' });
  expect(await who(tokenFrom(randomBytes(32)))).toEqual({ kind: 'refused' });
});

test.each([
  '',
  'Bearer',
  'Bearer x',
  'Basic bnRfYTo=',
  'Bearer nt_short',
  `Bearer nt_${'a'.repeat(43)} b`,
  'nt_a',
])('the header %j is no token', async header => {
  expect(await visitorOfToken(dbs.own, SITE, header)).toEqual({ kind: 'refused' });
});

test('no header is nobody', async () => {
  expect(await visitorOfToken(dbs.own, SITE, undefined)).toEqual({ kind: 'none' });
});

test('its use is noted, and not again within five minutes', async () => {
  const { token, id } = await made('operator', ['read']);
  const used = async () =>
    (await listTokens(dbs.as.admin, SITE, null)).find(one => one.id === id)?.lastUsedAt;
  expect(await used()).toBeNull();
  await holderOf(dbs.own, SITE, token);
  const first = await used();
  expect(first).toBeInstanceOf(Date);
  await holderOf(dbs.own, SITE, token);
  expect(await used()).toEqual(first);
  await database.pool.query(
    `update api_tokens set last_used_at = now() - interval '6 minutes' where id = $1`,
    [id],
  );
  await holderOf(dbs.own, SITE, token);
  expect((await used())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Infinity);
});

test('the tokens of others are for administrators, and nobody reads the table itself', async () => {
  expect((await listTokens(dbs.own, SITE, ids.viewer)).every(({ user }) => user === 'viewer')).toBe(true);
  for (const role of ['viewer', 'operator'] as const) {
    await expect(listTokens(dbs.as[role], SITE, null)).rejects.toMatchObject({ code: '42501' });
    await expect(revokeToken(dbs.as[role], SITE, 1, null, 'x')).rejects.toMatchObject({ code: '42501' });
    // Not even by naming somebody: whoever reaches the database as a visitor's role is nobody in particular there.
    await expect(listTokens(dbs.as[role], SITE, ids.admin)).rejects.toMatchObject({ code: '42501' });
    const input = { userId: ids.admin, name: 'up', scopes: ['admin'], expiresAt: null } as const;
    await expect(addToken(dbs.as[role], SITE, tokenFrom(randomBytes(32)), input, role)).rejects.toMatchObject(
      { code: '42501' },
    );
  }
  await expect(dbs.as.admin.query('select token_hash from api_tokens')).rejects.toMatchObject({
    code: '42501',
  });
});
