/** What does not need a browser to be tried: every route against forged, odd and oversize requests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieKind } from '../../src/web/session-cookie.ts';
import { seedHome } from '../support/seed.ts';
import { routesOf } from './fuzz.ts';
import { HOST, testSite, type TestSite } from './support.ts';

const FORM = 'application/x-www-form-urlencoded';

let site: TestSite;
let cookie: string;

beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, new Date());
  cookie = `${cookieKind(HOST, undefined).name}=${await site.token('admin')}`;
});
afterAll(() => site.close());

const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
  Promise.resolve(
    site.app.request(`http://${HOST}${path}`, {
      method,
      headers: { host: HOST, cookie, ...headers },
      ...(body === undefined ? {} : { body }),
    }),
  );
const ours = { origin: `http://${HOST}`, 'content-type': FORM };
/** Programs come with a token instead, which no browser sends by itself. */
const forms = () =>
  routesOf(site)
    .filter(({ method, path }) => method !== 'GET' && !path.startsWith('/api/'))
    .map(({ method, path }) => ({ method, path: path.replaceAll(/:[a-z]+/gi, '1') }));

/** Of all that people decide. */
const state = async () =>
  (
    await site.database.pool.query<{ state: string }>(
      `select md5(string_agg(t, ',' order by t)) as state from (
         select d::text as t from devices as d union all select r::text from rules as r union all
         select c::text from channels as c union all select m::text from mutes as m union all
         select a.acknowledged_at::text from alerts as a) as t`,
    )
  )[0]?.state;

describe('every form', () => {
  it('is refused from another site, and changes nothing', async () => {
    const before = await state();
    expect(forms().length).toBeGreaterThan(25);
    for (const { method, path } of forms())
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null', 'sec-fetch-site': 'cross-site' },
        { origin: 'http://localhost.evil.example:8080', 'sec-fetch-site': 'cross-site' },
      ]) {
        const { status } = await send(
          method,
          path,
          { 'content-type': FORM, ...headers },
          'decision=block&on=no&step=save',
        );
        expect([method, path, status]).toEqual([method, path, 403]);
      }
    expect(await state()).toBe(before);
  });

  it('is 415 where it is no form, and 413 where it is too long', async () => {
    for (const { method, path } of forms()) {
      const { status } = await send(
        method,
        path,
        { origin: `http://${HOST}`, 'content-type': 'text/xml' },
        '<a/>',
      );
      expect([method, path, status]).toEqual([method, path, 415]);
      if (path === '/import') continue; // takes lists of devices, and bounds them by itself
      const long = await send(method, path, ours, `notes=${'x'.repeat(300 * 1024)}`);
      expect([method, path, long.status]).toEqual([method, path, 413]);
    }
  });

  it('leads back to this site only', async () => {
    for (const { method, path } of forms())
      for (const back of [
        'https://elsewhere.example/',
        '//elsewhere.example',
        '/\\elsewhere.example',
        '/.//elsewhere.example',
        '/\t/elsewhere.example',
        '/%0d%0aSet-Cookie:a=b',
      ]) {
        const body = new URLSearchParams({ back, next: back, return: back }).toString();
        const response = await send(method, path, ours, body);
        expect([path, back, response.status < 500]).toEqual([path, back, true]);
        const location = response.headers.get('location') ?? '/';
        expect([path, back, new URL(location, `http://${HOST}`).host]).toEqual([path, back, HOST]);
        expect(response.headers.getSetCookie().filter(one => one.startsWith('a='))).toEqual([]);
      }
  });
});

describe('every address', () => {
  it('answers methods that it does not know with 404 or 405, and guards each answer', async () => {
    for (const path of ['/', '/devices', '/rules', '/assets/site.css', '/nothing', '/l/x'])
      for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        // The standard's Request refuses TRACE itself.
        if (method === 'TRACE') continue;
        const response = await send(method, path, ours);
        expect([method, path, [401, 403, 404, 405].includes(response.status)]).toEqual([method, path, true]);
        expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      }
  });

  it('may not be framed, guessed or kept', async () => {
    for (const { method, path } of routesOf(site)) {
      if (method !== 'GET' || path.includes(':') || path.startsWith('/api/')) continue;
      const response = await send('GET', path, {});
      await response.body?.cancel();
      expect([path, response.headers.get('x-frame-options')]).toEqual([path, 'DENY']);
      expect([path, response.headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      expect(response.headers.get('content-security-policy')).not.toContain('unsafe-');
    }
  });

  it.each([
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/assets/....//....//etc/passwd',
    '/assets/site.css%00.js',
    '/assets/\\..\\package.json',
    '/assets/constructor',
    '/assets/__proto__',
    '/templates/mail/..%2f..%2fpackage.json',
    '/l/..%2f..%2fetc%2fpasswd',
  ])('%s is nothing', async path => {
    const response = await send('GET', path, {});
    // Addresses that nothing answers lead who is unknown there to where people sign in.
    expect([303, 400, 403, 404]).toContain(response.status);
    expect(await response.text()).not.toMatch(/root:|"dependencies"/);
  });

  it('takes odd headers as they are', async () => {
    const odd: Record<string, string>[] = [
      { 'accept-language': 'x'.repeat(5000) },
      { 'accept-language': ',;q=,,*;q=9' },
      { cookie: `${cookie}; tz=${'A/'.repeat(2000)}; language=%00; theme=%ff%fe; toast="` },
      { cookie: ';;;=;=;a' },
      { 'hx-request': '\u00ff'.repeat(100) },
      { 'if-none-match': '"'.repeat(2000) },
      { authorization: `Bearer nt_${'x'.repeat(5000)}` },
      {
        'x-forwarded-for': '1.1.1.1, ::1',
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
      },
      { 'x-http-method-override': 'DELETE' },
    ];
    for (const headers of odd)
      for (const path of ['/', '/devices', '/assets/site.css', '/sign-in']) {
        const response = await send('GET', path, headers);
        expect([path, Object.keys(headers), response.status < 500]).toEqual([
          path,
          Object.keys(headers),
          true,
        ]);
        expect(await response.text()).not.toContain('evil.example');
      }
    expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
  });
});
