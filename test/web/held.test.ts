// What was tried against the site by people who may not, and does not work.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addToken, holderOf, tokenFrom } from '../../src/store/api-tokens.ts';
import { proxyUser } from '../../src/store/web-sessions.ts';
import { setOwnPassword, trySignIn } from '../../src/store/sign-in.ts';
import { addUser, changeUser } from '../../src/store/users.ts';
import { csvLine } from '../../src/web/alerts-csv.ts';
import type { Alert } from '../../src/store/site-alerts.ts';
import { testSite, type TestSite } from './support.ts';

const HASH = '$scrypt$ln=14,r=8,p=5$aaaaaaaaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
let site: TestSite;
beforeAll(async () => {
  site = await testSite();
});
afterAll(() => site.close());

let made = 0;
async function user(): Promise<{ id: number; name: string }> {
  const name = `Person ${++made}`;
  const outcome = await addUser(site.db, 'default', { name, role: 'admin', passwordHash: HASH }, 'test');
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return { id: outcome.id, name };
}
async function keyOf(userId: number): Promise<string> {
  const token = tokenFrom(randomBytes(32));
  const input = { userId, name: 'stolen', scopes: ['admin'], expiresAt: null } as const;
  await addToken(site.dbs.own, 'default', token, input, 'test');
  return token;
}
const tries = async () =>
  (await site.database.pool.query<{ n: number }>('select count(*)::integer as n from sign_in_tries'))[0]?.n;
const bucket = () => randomBytes(32);

it('a proxy’s name is taken exactly: one that only folds to an administrator’s is nobody', async () => {
  const { name } = await user();
  const asking = (as: string) =>
    proxyUser(site.dbs.own, 'default', { name: as, role: null, defaultRole: 'viewer' });
  expect(await asking(name)).toMatchObject({ name, role: 'admin' });
  for (const near of [name.toLowerCase(), name.replace('P', '\u1d3e'), name.replace('o', '\u00ba')])
    expect(await asking(near)).toBe('near');
  expect(await asking(name.toUpperCase())).toBe('near');
});

it('an administrator’s session alone neither resets the own password nor ends the own code', async () => {
  const [me] = await site.database.pool.query<{ id: number; name: string }>(
    `select u.id, u.name from users as u join sessions as s on s.user_id = u.id order by s.id limit 1`,
  );
  for (const what of ['password', 'totp-off']) {
    const answer = await site.post(`/users/${me?.id}/${what}`, { password: 'a new one for the thief' });
    expect([what, answer.status]).toEqual([what, 422]);
  }
  const [after] = await site.database.pool.query('select password from users where id = $1', [me?.id]);
  expect(after).toEqual({ password: null });
});

it('who must wait leaves no rows behind, whatever names are made up', async () => {
  const address = { bucket: bucket(), free: 0, most: 900 };
  await trySignIn(site.dbs.own, 'default', [address]);
  const before = await tries();
  for (let i = 0; i < 30; i++)
    expect(
      await trySignIn(site.dbs.own, 'default', [address, { bucket: bucket(), free: 5, most: 60 }]),
    ).toBeGreaterThan(0);
  expect(await tries()).toBe(before);
});

it('a flood of names is bounded, and drives out no delay that somebody ran into', async () => {
  const own = { bucket: bucket(), free: 0, most: 900 };
  for (let i = 0; i < 2; i++) {
    await trySignIn(site.dbs.own, 'default', [own]);
    await site.database.pool.query(`update sign_in_tries set next_at = '-infinity' where bucket = $1`, [
      own.bucket,
    ]);
  }
  await site.database.pool.query(
    `insert into sign_in_tries (site_id, bucket, failures, tried_at, next_at)
     select site_of('default'), sha256(i::text::bytea), 1, now(), '-infinity' from generate_series(1, 20500) as i`,
  );
  await trySignIn(site.dbs.own, 'default', [{ bucket: bucket(), free: 5, most: 60 }]);
  expect(await tries()).toBeLessThanOrEqual(20_000);
  const [row] = await site.database.pool.query<{ failures: number }>(
    'select failures from sign_in_tries where bucket = $1',
    [own.bucket],
  );
  expect(row).toEqual({ failures: 2 });
});

it('a new password ends the keys, whoever sets it', async () => {
  const reset = await user();
  const one = await keyOf(reset.id);
  expect(await holderOf(site.dbs.own, 'default', one)).toMatchObject({ state: 'active' });
  await changeUser(site.db, 'default', reset.id, { passwordHash: HASH }, 'boss');
  expect(await holderOf(site.dbs.own, 'default', one)).toMatchObject({ state: 'revoked' });
  const own = await user();
  const other = await keyOf(own.id);
  expect(await setOwnPassword(site.dbs.own, 'default', own.id, HASH, `${HASH}b`)).toBe(true);
  expect(await holderOf(site.dbs.own, 'default', other)).toMatchObject({ state: 'revoked' });
});

it.each(['/account/password', '/account/totp/off', '/users/1/password', '/keys', '/rules'])(
  'what is secret never comes back to who is not signed in: %s',
  async path => {
    const secrets = { old: 'my-old-1', password: 'my-new-2', repeat: 'my-rep-3', code: 'my-cod-4' };
    const answer = await site.as(null).post(path, secrets);
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toMatch(/my-(old|new|rep|cod)/);
  },
);

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
  'the list knows no parameter %s, and does not fail by it',
  async name => {
    for (const path of ['/devices', '/export', '/alerts', '/audit', '/past', '/scans', '/review']) {
      const { status } = await site.get(`${path}?${name}=1&${name}=2`);
      expect([path, status < 500]).toEqual([path, true]);
    }
  },
);

it('a spreadsheet computes nothing of an alert, whatever its cells are separated by', () => {
  const alert = {
    id: 1,
    kind: 'new_device',
    severity: 'info',
    state: 'open',
    summary: `'=1+1`,
    deviceName: 'x;=1+1\u202e',
    count: 1,
    openedAt: new Date(0),
    lastAt: new Date(0),
    deliveries: [],
  } as unknown as Alert;
  const line = csvLine(alert);
  expect(line).toContain(`,''=1+1,`);
  expect(line).toContain('"x;=1+1\ufffd"');
});
