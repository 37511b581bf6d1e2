import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { createApp } from '../../src/web/app.tsx';
import { allowedHosts } from '../../src/web/hosts.ts';
import type { LiveEvent } from '../../src/web/live.ts';
import { startServer } from '../../src/web/server.ts';
import { cookieKind } from '../../src/web/session-cookie.ts';
import { seedHome } from '../support/seed.ts';
import { goLive } from './served-site.ts';
import { HOST, testSite, type TestSite } from './support.ts';
import { PATIENT } from '../support/patience.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function openSite(more: { clock?: Clock } = {}): Promise<TestSite> {
  const site = await testSite(more);
  closing.push(() => site.close());
  await seedHome(site.database.pool, new Date());
  return site;
}

/** As a browser that is signed in there sends it. */
async function cookieOf(site: TestSite, port: number): Promise<string> {
  return `${cookieKind(`127.0.0.1:${port}`, undefined).name}=${await site.token('admin')}`;
}

/** Events as a page hears them, one at a time. */
function reader(response: Response) {
  const body = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    next: async (): Promise<string> => {
      while (!text.includes('\n\n')) {
        const { done, value } = await body.read();
        if (done) return 'end';
        text += decoder.decode(value, { stream: true });
      }
      const [event = '', ...rest] = text.split('\n\n');
      text = rest.join('\n\n');
      return event;
    },
    cancel: () => body.cancel(),
  };
}

describe('a page that is open', () => {
  it('hears of scans and changes, each once, and nothing of other sites', async () => {
    const site = await openSite();
    site.reconnect(); // what a listener says when it has connected
    await vi.waitFor(() => expect(site.live.version()).toMatch(/-1$/), PATIENT);
    const response = await site.get(`/events?since=${site.live.version()}`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('content-encoding')).toBeNull();
    const page = reader(response);
    expect(await page.next()).toMatch(/^retry: \d{4}\nid: \w+-1$/);

    site.notify('{"what":"scan","site":1}');
    expect(await page.next()).toMatch(/^event: netureon:scan\n/);
    await site.database.pool.query(`select decide_device('default', 29, 'accept', 'test')`);
    site.notify('{"what":"device","site":999}');
    site.notify('{"what":"device","site":1}');
    expect(await page.next()).toMatch(/^event: netureon:change\nid: \w+-2\n/);
    await page.cancel();
    await vi.waitFor(() => expect(site.live.subscribers).toBe(0), PATIENT);
  });

  it('that comes back, or was drawn before the last change, refreshes at once', async () => {
    const site = await openSite();
    const before = site.live.version();
    site.reconnect();
    await vi.waitFor(() => expect(site.live.version()).not.toBe(before), PATIENT);
    for (const response of [
      await site.get(`/events?since=${before}`),
      await site.get('/events', { 'last-event-id': 'another-process-7' }),
    ]) {
      const page = reader(response);
      await page.next();
      expect(await page.next()).toContain('event: netureon:change');
      await page.cancel();
    }
  });

  it('that does not read is dropped, not buffered for', async () => {
    let hurry = false;
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(hurry ? 1 : ms, signal) };
    const site = await openSite({ clock });
    await site.get('/events'); // the body is never read
    await vi.waitFor(() => expect(site.live.subscribers).toBe(1), PATIENT);
    hurry = true;
    site.notify('{"what":"scan","site":1}');
    await vi.waitFor(() => {
      site.notify('{"what":"scan","site":1}');
      expect(site.live.subscribers).toBe(0);
    }, PATIENT);
    expect(site.logged.join('\n')).toContain('dropped a page that does not read');
  });

  it('is refused when there are too many, and told so', async () => {
    const site = await openSite();
    for (let i = 0; i < 110; i++)
      await site.app.request(`http://${HOST}/events`, {
        method: 'HEAD',
        headers: { host: HOST, cookie: `${cookieKind(HOST, undefined).name}=${await site.token('admin')}` },
      });
    expect(site.live.subscribers).toBe(0);
    const pages = [];
    for (let i = 0; i < 600; i++) pages.push(await site.get('/events'));
    expect((await site.get('/events')).status).toBe(503);
    // Somebody else has not lost a place by it.
    pages.push(await site.as('viewer').get('/events'));
    expect(pages.at(-1)?.status).toBe(200);
    await pages.shift()?.body?.cancel();
    pages.push(await site.get('/events'));
    expect(pages.at(-1)?.status).toBe(200);
    await Promise.all(pages.map(async page => page.body?.cancel()));
  });
});

describe('with a real listener and a real server', () => {
  it('a change in the database reaches every open page; stopping ends their streams', async () => {
    const site = await openSite();
    const { live, server } = await goLive(site);
    const connected = new Promise<void>(resolve => {
      const stop = live.subscribe((event: LiveEvent) => {
        if (event === 'change') resolve(stop());
      });
    });
    await connected;
    const pages = await Promise.all(
      [1, 2, 3].map(async () =>
        reader(
          await fetch(`http://127.0.0.1:${server.port}/events?since=${live.version()}`, {
            headers: { cookie: await cookieOf(site, server.port) },
          }),
        ),
      ),
    );
    for (const page of pages) expect(await page.next()).toContain('retry:');

    const listeners = await site.database.pool.query(
      `select from pg_stat_activity where application_name = 'test listen' and datname = current_database()`,
    );
    expect(listeners).toHaveLength(1);
    await site.db.query(`select decide_device('default', 29, 'block', 'test')`);
    for (const page of pages) expect(await page.next()).toContain('event: netureon:change');

    await live.close();
    for (const page of pages) expect(await page.next()).toBe('end');
    await server.close();
  });

  it('speaks the format of a stream to a raw client, headers included', async () => {
    const site = await openSite();
    const server = await startServer(
      port => createApp({ ...site.options, hosts: allowedHosts({ host: '127.0.0.1', port }) }),
      { host: '127.0.0.1', port: 0 },
    );
    closing.push(() => server.close());
    const cookie = await cookieOf(site, server.port);
    const socket = connect(server.port, '127.0.0.1');
    const text = await new Promise<string>(resolve => {
      let heard = '';
      socket.on('data', data => {
        heard += String(data);
        if (heard.includes('retry: ')) resolve(heard);
      });
      socket.write(
        `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${cookie}\r\nAccept: text/event-stream\r\n\r\n`,
      );
    });
    socket.destroy();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.toLowerCase()).toContain('content-type: text/event-stream');
    expect(text.toLowerCase()).toContain('cache-control: no-cache');
    await vi.waitFor(() => expect(site.live.subscribers).toBe(0), PATIENT);
  });

  it('a port that is taken is said with the way out', async () => {
    const site = await openSite();
    const server = await startServer(() => createApp(site.options), { host: '127.0.0.1', port: 0 });
    closing.push(() => server.close());
    await expect(
      startServer(() => createApp(site.options), { host: '127.0.0.1', port: server.port }),
    ).rejects.toMatchObject({ code: 'io', remedy: expect.stringContaining('choose another port') });
  });
});
