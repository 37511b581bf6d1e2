import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieKind } from '../../src/web/session-cookie.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createHasher } from '../../src/web/password.ts';
import { randomBytes } from 'node:crypto';
import { TOTP } from 'otpauth';
import { plain } from './plain.ts';
import { HOST, testSite, type TestSite } from './support.ts';

const PASSWORD = 'seven green bicycles';
const COOKIE = cookieKind(HOST, undefined).name;

let site: TestSite;
let hash: string;
/** Who is signed in is remembered for a second: what is written past the site is heard after it. */
let passed = 0;
beforeAll(async () => {
  site = await testSite({
    clock: { ...systemClock, monotonic: () => systemClock.monotonic() + passed },
  });
  hash = (await createHasher(randomBytes).hash(PASSWORD)) ?? '';
});
afterAll(() => site.close());

let made = 0;
/** Each test its own person, so that no test waits for another's wrong passwords. */
async function somebody(role = 'viewer'): Promise<{ id: number; name: string }> {
  const name = `Person ${++made}`;
  const [row] = await site.database.pool.query<{ id: number }>(
    `insert into users (site_id, name, key, role, password, password_at, created_by)
     values (site_of('default'), $1, lower($1), $2, $3, now(), 'test') returning id`,
    [name, role, hash],
  );
  return { id: row?.id ?? 0, name };
}

const nobody = () => site.as(null);
const signIn = (name: string, password: string, headers: Record<string, string> = {}) =>
  nobody().post('/sign-in', { name, password, back: '/alerts?show=all' }, headers);
/** What a browser keeps of an answer. */
const cookiesOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map(one => one.split(';', 1)[0])
    .join('; ');

describe('signing in', () => {
  it('leads back to where the person was, with a cookie that scripts and other sites cannot use', async () => {
    const { name } = await somebody();
    const answer = await signIn(name, PASSWORD);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/alerts?show=all');
    const cookie = answer.headers.getSetCookie().find(one => one.startsWith(`${COOKIE}=`)) ?? '';
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
    const page = await nobody().get('/', { cookie: cookiesOf(answer) });
    expect(page.status).toBe(200);
  });

  it('keeps no token: what the database has opens nothing', async () => {
    const { name, id } = await somebody();
    const token = /=([\w-]{43})/.exec(cookiesOf(await signIn(name, PASSWORD)))?.[1] ?? '';
    const rows = await site.database.pool.query<{ hash: string }>(
      `select encode(token_hash, 'base64') as hash from sessions where user_id = $1`,
      [id],
    );
    expect(rows).toHaveLength(1);
    expect(token).toHaveLength(43);
    const stolen = Buffer.from(rows[0]?.hash ?? '', 'base64').toString('base64url');
    expect((await nobody().get('/', { cookie: `${COOKIE}=${stolen}` })).status).toBe(303);
  });

  it('says the same of a wrong password, an unknown name and a disabled user, after the same work', async () => {
    const [wrong, off] = [await somebody(), await somebody()];
    await site.database.pool.query(`update users set disabled_at = now() where id = $1`, [off.id]);
    const tries = [
      [wrong.name, 'not this password'],
      ['Nobody At All', 'not this password'],
      [off.name, PASSWORD],
    ] as const;
    const answers: string[] = [];
    for (const [name, password] of tries) {
      const before = site.options.people.hasher.begun;
      const answer = await signIn(name, password);
      expect(answer.status).toBe(422);
      expect(site.options.people.hasher.begun - before).toBe(1);
      answers.push((await answer.text()).replaceAll(name, 'NAME').replaceAll(/data-now="\d+"/g, ''));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toContain('not this password');
  });

  it('gives a new token each time, and ends the one that was there (fixation)', async () => {
    const { name } = await somebody();
    const first = cookiesOf(await signIn(name, PASSWORD));
    const second = cookiesOf(await signIn(name, PASSWORD, { cookie: first }));
    expect(second).not.toBe(first);
    expect((await nobody().get('/', { cookie: first })).status).toBe(303);
    expect((await nobody().get('/', { cookie: second })).status).toBe(200);
    const planted = `${COOKIE}=${'A'.repeat(43)}`;
    const after = cookiesOf(await signIn(name, PASSWORD, { cookie: planted }));
    expect(after).not.toContain('A'.repeat(43));
    expect((await nobody().get('/', { cookie: planted })).status).toBe(303);
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/\r\nX: y'])(
    'comes back to this site only: %s',
    async back => {
      const { name } = await somebody();
      const answer = await nobody().post('/sign-in', { name, password: PASSWORD, back });
      expect(answer.headers.get('location')).toMatch(/^\/(?![/\\])/);
      expect(answer.headers.get('x')).toBeNull();
      const page = await nobody().get(`/sign-in?back=${encodeURIComponent(back)}`);
      expect(await page.text()).not.toContain('evil.example');
    },
  );

  it('hashes anew what was hashed with other parameters', async () => {
    const { name, id } = await somebody();
    // The same password by scrypt with ln=10, r=8, p=1.
    const { scryptSync } = await import('node:crypto');
    const salt = randomBytes(16);
    const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
    const old = `$scrypt$ln=10,r=8,p=1$${text(salt)}$${text(scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 1 }))}`;
    await site.database.pool.query('update users set password = $2 where id = $1', [id, old]);
    expect((await signIn(name, PASSWORD)).status).toBe(303);
    const [row] = await site.database.pool.query<{ password: string }>(
      'select password from users where id = $1',
      [id],
    );
    expect(row?.password).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
    expect((await signIn(name, PASSWORD)).status).toBe(303);
  });
});

/** Whoever has to wait, waits for an hour: a slow machine must not be given the time that a test takes. */
const hold = () =>
  site.database.pool.query(
    `update sign_in_tries set next_at = now() + interval '1 hour' where failures >= 5`,
  );

describe('guessing', () => {
  it('is slowed down, also when a hundred guess at once, and the owner’s own browser is not', async () => {
    const { name } = await somebody();
    const known = cookiesOf(await signIn(name, PASSWORD));
    const before = site.options.people.hasher.begun;
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, at) => signIn(name, `wrong password ${at}`)),
    );
    expect(guesses.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(34);
    expect(site.options.people.hasher.begun - before).toBeLessThanOrEqual(6);
    const refused = guesses.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/);
    await hold();
    // Elsewhere even the right one has to wait; the browser that was here before need not.
    expect((await signIn(name, PASSWORD)).status).toBe(429);
    expect((await signIn(name, PASSWORD, { cookie: known })).status).toBe(303);
  });

  it('delays unknown names just so', async () => {
    for (let at = 0; at < 5; at++)
      expect((await signIn('Never Was Here', 'wrong password')).status).toBe(422);
    await hold();
    expect((await signIn('Never Was Here', 'wrong password')).status).toBe(429);
  });

  it('ends by an administrator’s word, and by itself', async () => {
    const { name, id } = await somebody();
    for (let at = 0; at < 5; at++) await signIn(name, 'wrong password');
    await hold();
    expect((await signIn(name, PASSWORD)).status).toBe(429);
    expect((await site.post(`/users/${id}/unlock`, {})).status).toBe(303);
    expect((await signIn(name, PASSWORD)).status).toBe(303);
    for (let at = 0; at < 5; at++) await signIn(name, 'wrong password');
    await hold();
    await site.database.pool.query(`update sign_in_tries set next_at = next_at - interval '61 minutes'`);
    expect((await signIn(name, PASSWORD)).status).toBe(303);
  });

  it('a device cookie of somebody else, or a made-up one, is worth nothing', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const cookie = cookiesOf(await signIn(other.name, PASSWORD));
    for (let at = 0; at < 5; at++) await signIn(one.name, 'wrong password');
    await hold();
    const forged = `${COOKIE}_known=${randomBytes(32).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
    expect((await signIn(one.name, PASSWORD, { cookie })).status).toBe(429);
    expect((await signIn(one.name, PASSWORD, { cookie: forged })).status).toBe(429);
  });
});

describe('a session', () => {
  const statusWith = async (cookie: string) => (await nobody().get('/', { cookie })).status;

  it.each([
    ['unused for a week', `seen_at = seen_at - interval '8 days'`],
    ['a month old', `created_at = created_at - interval '31 days'`],
  ])('%s is over', async (_, change) => {
    const { name, id } = await somebody();
    const cookie = cookiesOf(await signIn(name, PASSWORD));
    expect(await statusWith(cookie)).toBe(200);
    await site.database.pool.query(`update sessions set ${change} where user_id = $1`, [id]);
    passed += 1000;
    expect(await statusWith(cookie)).toBe(303);
  });

  it.each([
    ['another role', { path: 'role', fields: { role: 'operator' } }],
    ['a new password', { path: 'password', fields: { password: 'nine yellow submarines' } }],
    ['being disabled', { path: 'switch', fields: { on: 'no' } }],
    ['being removed', { path: 'remove', fields: {} }],
  ])('is over at once by %s', async (_, { path, fields }) => {
    const { name, id } = await somebody();
    const cookie = cookiesOf(await signIn(name, PASSWORD));
    expect((await site.post(`/users/${id}/${path}`, fields as Record<string, string>)).status).toBe(303);
    expect(await statusWith(cookie)).toBe(303);
  });

  it('ends by signing out, also for whoever has copied the cookie', async () => {
    const { name } = await somebody();
    const cookie = cookiesOf(await signIn(name, PASSWORD));
    const out = await nobody().post('/sign-out', {}, { cookie });
    expect(out.headers.getSetCookie().join()).toMatch(/Max-Age=0/);
    expect(await statusWith(cookie)).toBe(303);
  });

  it('writes “last seen” every five minutes and not at each request', async () => {
    const { name, id } = await somebody();
    const cookie = cookiesOf(await signIn(name, PASSWORD));
    const seen = async () => {
      const [row] = await site.database.pool.query<{ at: Date; xmin: string }>(
        'select seen_at as at, xmin::text from sessions where user_id = $1',
        [id],
      );
      return row;
    };
    const before = await seen();
    await statusWith(cookie);
    expect(await seen()).toEqual(before);
    await site.database.pool.query(
      `update sessions set seen_at = seen_at - interval '6 minutes' where user_id = $1`,
      [id],
    );
    passed += 1000;
    await statusWith(cookie);
    expect((await seen())?.at.getTime()).toBeGreaterThan(before?.at.getTime() ?? Infinity);
  });

  it('is listed, and the others can be ended', async () => {
    const { name } = await somebody();
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';
    const here = cookiesOf(await signIn(name, PASSWORD, { 'user-agent': agent }));
    const there = cookiesOf(await signIn(name, PASSWORD, { 'user-agent': '<script>alert(1)</script>' }));
    const page = await (await nobody().get('/account', { cookie: here })).text();
    expect(page).toContain('Firefox on Linux');
    expect(page).not.toContain('<script>alert');
    expect((await nobody().post('/account/sessions/others/end', {}, { cookie: here })).status).toBe(303);
    expect(await statusWith(there)).toBe(303);
    expect(await statusWith(here)).toBe(200);
  });

  it('of somebody else cannot be ended', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const cookie = cookiesOf(await signIn(one.name, PASSWORD));
    const theirs = cookiesOf(await signIn(other.name, PASSWORD));
    const [row] = await site.database.pool.query<{ id: number }>(
      'select id from sessions where user_id = $1',
      [other.id],
    );
    expect((await nobody().post(`/account/sessions/${row?.id}/end`, {}, { cookie })).status).toBe(404);
    expect(await statusWith(theirs)).toBe(200);
  });
});

describe('who is not signed in', () => {
  it('is led to the sign-in page, and back', async () => {
    const answer = await nobody().get('/devices?q=printer');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/sign-in?back=%2Fdevices%3Fq%3Dprinter');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('gets a form back that waits to be sent again, without what is secret', async () => {
    const answer = await nobody().post('/devices/5/rename', {
      name: 'Anna’s <b>',
      notes: 'long text',
      password: 'hush',
    });
    expect(answer.status).toBe(401);
    const page = await answer.text();
    expect(page).toContain('action="/devices/5/rename"');
    expect(page).toContain('value="long text"');
    expect(page).not.toContain('hush');
    expect(page).not.toContain('<b>');
  });

  it('keeps a page as it is that htmx asks for, and says so in a corner', async () => {
    const answer = await nobody().post(
      '/devices/5/rename',
      { name: 'x' },
      {
        'hx-request': 'true',
        'hx-current-url': `http://${HOST}/devices/5`,
      },
    );
    expect(answer.status).toBe(401);
    expect(answer.headers.get('hx-retarget')).toBe('#toasts');
    expect(await answer.text()).toContain('/sign-in?back=%2Fdevices%2F5');
    expect((await nobody().get('/events')).status).toBe(401);
  });
});

describe('a code besides the password', () => {
  it('is asked for, is good once, and can be replaced by a recovery code that is good once', async () => {
    const { name, id } = await somebody();
    const cookie = cookiesOf(await signIn(name, PASSWORD));
    const own = (path: string, fields: Record<string, string>) => nobody().post(path, fields, { cookie });
    expect((await own('/account/totp/begin', { old: 'not my password' })).status).toBe(422);
    const begun = await (await own('/account/totp/begin', { old: PASSWORD })).text();
    expect(begun).toContain('<svg');
    const secret = /class="totp-key">([A-Z2-7 ]+)</.exec(begun)?.[1]?.replaceAll(' ', '') ?? '';
    const totp = new TOTP({ secret, algorithm: 'SHA1', digits: 6, period: 30 });
    expect((await own('/account/totp/confirm', { code: '000000' })).status).toBe(422);
    const confirmed = await own('/account/totp/confirm', { code: totp.generate() });
    const codes = [...(await confirmed.text()).matchAll(/<code>([a-z2-7-]{19})<\/code>/g)].map(
      ([, code]) => code ?? '',
    );
    expect(codes).toHaveLength(10);

    const begin = async () => {
      const asked = await signIn(name, PASSWORD, { cookie });
      expect(asked.status).toBe(200);
      expect(asked.headers.getSetCookie()).toEqual([]);
      return /name="pending" value="([^"]+)"/.exec(await asked.text())?.[1] ?? '';
    };
    const withCode = (pending: string, code: string) =>
      nobody().post('/sign-in/code', { pending, code, back: '/' }, { cookie });
    const pending = await begin();
    // The one that switched it on is used up.
    expect((await withCode(pending, totp.generate())).status).toBe(422);
    const next = totp.generate({ timestamp: Date.now() + 30_000 });
    const [a, b] = await Promise.all([withCode(pending, next), withCode(pending, next)]);
    expect([a.status, b.status].toSorted((x, y) => x - y)).toEqual([303, 422]);
    const [recovery = ''] = codes;
    expect((await withCode(await begin(), recovery)).status).toBe(303);
    expect((await withCode(await begin(), recovery)).status).toBe(422);
    // Nothing of it is in the database as it is.
    const [row] = await site.database.pool.query<{ all: string }>(
      `select string_agg(encode(code_hash, 'hex'), ' ') as all from recovery_codes where user_id = $1`,
      [id],
    );
    expect(row?.all.split(' ')).toHaveLength(9);
    // A pending sign-in that somebody made up, or of another user, is nothing.
    expect((await withCode(pending.replace(/^\d+/, '1'), next)).status).toBe(422);
  });

  it('is slowed down as well', async () => {
    const { name, id } = await somebody();
    await site.database.pool.query(
      `update users set totp_secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', totp_at = now() where id = $1`,
      [id],
    );
    const asked = await (await signIn(name, PASSWORD)).text();
    const pending = /name="pending" value="([^"]+)"/.exec(asked)?.[1] ?? '';
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        nobody().post('/sign-in/code', { pending, code: String(100_000 + at), back: '/' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(6);
  });
});

it('a password is refused that is short, common, the name or too long; and never comes back', async () => {
  for (const password of ['short', 'password1234', 'Ada Lovelace', 'aaaaaaaaaaaa', 'x'.repeat(1001)]) {
    const answer = await site.post('/users', { name: 'Ada Lovelace', role: 'viewer', password });
    expect(answer.status).toBe(422);
    const page = await answer.text();
    expect(page).toContain('id="password-error"');
    expect(page).toContain('value="Ada Lovelace"');
    if (password !== 'Ada Lovelace') expect(page).not.toContain(password);
  }
});

it.each(['', ' ', '<b>x</b>', 'a\r\nSet-Cookie: x=y', '\u202eadmin', 'x'.repeat(61)])(
  'a name such as %j is refused',
  async name => {
    expect((await site.post('/users', { name, role: 'viewer', password: PASSWORD })).status).toBe(422);
  },
);

it('the same name in other letters is taken', async () => {
  expect((await site.post('/users', { name: 'Grace', role: 'viewer', password: PASSWORD })).status).toBe(303);
  const again = await site.post('/users', { name: 'GRACE', role: 'admin', password: PASSWORD });
  expect(again.status).toBe(422);
  expect(plain(await again.text())).toContain('Somebody has this name already.');
});
