import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetureonError } from '../../src/lib/errors.ts';
import { allowedHosts, isLoopback, parseListen } from '../../src/web/hosts.ts';
import type { Pool } from '../../src/store/session.ts';
import { seedHome } from '../support/seed.ts';
import { cookieKind } from '../../src/web/session-cookie.ts';
import { HOST, testSite, type TestSite } from './support.ts';

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site.close());

it('every answer carries the headers, errors too', async () => {
  for (const path of ['/', '/devices/999999', '/assets/site.js', '/nowhere']) {
    const { headers } = await site.get(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('x-frame-options')).toBe('DENY');
  }
});

describe('the Host header', () => {
  it.each([HOST, 'localhost:8080', '[::1]:8080', 'LOCALHOST:8080', '192.168.1.5:8080', '[fd00::5]:8080'])(
    '%s is ours',
    async host => {
      expect((await site.get('/', { host })).status).toBe(200);
    },
  );

  it.each([
    'evil.example:8080',
    '127.0.0.1:8081',
    '127.0.0.1',
    'localhost.evil.example:8080',
    '192.168.1.5:8081',
    '192.168.1.999:8080',
    '192.168.1.5.evil.example:8080',
    '*:8080',
    '',
  ])('%s is refused, whatever is asked for', async host => {
    for (const path of ['/', '/devices', '/events', '/assets/site.js'])
      expect((await site.get(path, { host })).status).toBe(421);
  });

  it('the public address is one more', () => {
    expect(allowedHosts({ host: '127.0.0.1', port: 8080 }, 'https://net.example.org/')).toContain(
      'net.example.org',
    );
  });
});

const changes = async () => (await site.database.pool.query('select from device_changes')).length;
const FORM = 'application/x-www-form-urlencoded';
const press = async (headers: Record<string, string>) =>
  site.app.request(`http://${HOST}/devices/1/decide`, {
    method: 'POST',
    body: 'decision=block',
    headers: {
      host: HOST,
      'content-type': FORM,
      cookie: `${cookieKind(HOST, undefined).name}=${await site.token('admin')}`,
      ...headers,
    },
  });

describe('a form', () => {
  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['nowhere', {}],
    ['another site as text', { origin: 'https://evil.example', 'content-type': 'text/plain' }],
    [
      'another site in capitals',
      { origin: 'https://evil.example', 'content-type': `${FORM.toUpperCase()}\t; x` },
    ],
  ])('from %s changes nothing', async (_from, headers) => {
    const response = await press(headers);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('nothing was changed');
    expect(await changes()).toBe(0);
  });

  it('must be a form', async () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain'])
      expect((await press({ origin: `http://${HOST}`, 'content-type': type })).status).toBe(415);
    expect(await changes()).toBe(0);
  });

  it.each([`\u00a0${FORM}`, `${FORM}\u00a0`, `${FORM}x`, `;${FORM}`, ''])(
    'of another site is not let through as %j either',
    async type => {
      const { status } = await press({ origin: 'https://evil.example', 'content-type': type });
      expect([403, 415]).toContain(status);
      expect(await changes()).toBe(0);
    },
  );

  it('from our own page is taken, by Origin or by Sec-Fetch-Site', async () => {
    expect((await press({ origin: `http://${HOST}` })).status).toBe(303);
    expect((await press({ 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  });
});

describe('what a device says', () => {
  const HOSTILE = {
    script: '<script>alert(1)</script><img src=x onerror=alert(1)>',
    attribute: `" autofocus onfocus="alert(1)" x='`,
    rtl: 'safe\u202egnp.exe',
    terminal: '\u001b]0;owned\u0007',
    long: 'ñ'.repeat(5000),
    entity: '&lt;b&gt;&amp;',
  };

  it.each(Object.entries(HOSTILE))('%s is inert on every page', async (_what, text) => {
    const { pool } = site.database;
    // Names are bounded by the table; vendors, summaries and problems are not.
    await pool.query(`update devices set name = $1, owner = $1, notes = $1 where id = 1`, [
      text.slice(0, 200),
    ]);
    await pool.query('update device_macs set vendor = $1', [text]);
    await pool.query('update alerts set summary = $1', [text]);
    await pool.query('update deliveries set receipt = $1', [text]);
    await pool.query(`update discovery_log set problem = $1 where outcome <> 'complete'`, [text]);
    await pool.query('update devices set name = null where id > 20');
    for (const path of [
      '/',
      '/devices',
      '/devices/1',
      '/devices/29',
      '/alerts?show=all',
      '/scans?show=problems',
    ]) {
      const html = await (await site.get(path)).text();
      const tags = html.replaceAll(/"[^"]*"/g, '""');
      expect(/<script>|<img|<[^>]*\s(?:on\w+|autofocus)[\s=>]/.exec(tags)?.[0]).toBeUndefined();
      // The edit form gives back what is kept, character by character; elsewhere it is made harmless.
      const shown = html.replaceAll(/<(?:input|textarea)[^>]*>(?:[^<]*<\/textarea>)?/g, '');
      // oxlint-disable-next-line no-control-regex -- that is what it looks for
      expect(/[\u202e\u001b\u0007]/.exec(shown)?.[0]).toBeUndefined();
      expect(shown.includes('ñ'.repeat(401))).toBe(false);
    }
  });
});

describe('where it listens', () => {
  it.each([
    ['127.0.0.1:8080', true],
    ['localhost:8080', true],
    ['[::1]:8080', true],
    ['127.8.8.8:1', true],
    ['0.0.0.0:8080', false],
    ['[::]:8080', false],
    ['192.168.1.5:8080', false],
    ['example.org:80', false],
    ['127.0.0.1.evil.example:80', false],
    ['127.1.evil:80', false],
  ])('%s: this machine alone? %s', (text, alone) => {
    expect(isLoopback(parseListen(text).host)).toBe(alone);
  });

  it.each(['8080', '', '127.0.0.1:99999', '[zz]:80', '[127.0.0.1]:80', 'a b:80'])(
    '%j is refused with the way out',
    text => {
      expect(() => parseListen(text)).toThrow(
        expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('127.0.0.1:8080') }),
      );
    },
  );
});

describe('files', () => {
  it('are kept for ever under their hash, and asked about otherwise', async () => {
    const page = await (await site.get('/')).text();
    const url = /src="(\/assets\/site\.js\?v=[0-9a-f]{12})"/.exec(page)?.[1] ?? '';
    const file = await site.get(url);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(file.headers.get('cache-control')).toContain('immutable');
    const etag = file.headers.get('etag') ?? '';
    expect((await site.get('/assets/site.js')).headers.get('cache-control')).toBe('no-cache');
    expect((await site.get('/assets/site.js', { 'if-none-match': `W/${etag}` })).status).toBe(304);
  });

  it.each(['/assets/../package.json', '/assets/%2e%2e%2fpackage.json', '/assets/nothing.js', '/assets/'])(
    '%s is not one',
    async path => {
      expect((await site.get(path)).status).toBe(404);
    },
  );
});

describe('when something fails', () => {
  it('the page has a number, the log has the rest under it', async () => {
    const broken: Pool = {
      query: async () => {
        throw new Error('secret detail of the database');
      },
      queryWithin: async () => {
        throw new Error('unused');
      },
      transaction: async () => {
        throw new Error('unused');
      },
      close: async () => undefined,
    };
    const failing = await testSite({ db: broken });
    const response = await failing.get('/');
    expect(response.status).toBe(500);
    const html = await response.text();
    expect(html).not.toContain('secret detail');
    const id = /under <span class="mono">([0-9a-f]{8})<\/span>/.exec(html)?.[1] ?? 'no id';
    expect(failing.logged.join('\n')).toMatch(
      new RegExp(`error page failed: secret detail of the database id=${id} .*stack=`),
    );
    await failing.close();
  });

  it.each([
    ['cannot be reached', new NetureonError('database', 'cannot reach PostgreSQL at postgres://x')],
    ['is being stopped', Object.assign(new Error('terminating connection'), { code: '57P01' })],
    ['was cut off', new NetureonError('database', 'the connection to PostgreSQL was lost: read ECONNRESET')],
  ])('a database that %s is said in words', async (_how, error) => {
    const away: Pool = {
      query: async () => {
        throw error;
      },
      queryWithin: async () => {
        throw new Error('unused');
      },
      transaction: async () => {
        throw new Error('unused');
      },
      close: async () => undefined,
    };
    const failing = await testSite({ db: away });
    const response = await failing.get('/');
    expect(response.status).toBe(503);
    const page = await response.text();
    expect(page).toContain('<h1>The database does not answer</h1>');
    expect(page).toContain(
      'What is stored is safe. Until it is back, nothing new is stored and no alert is sent.',
    );
    await failing.close();
  });
});
