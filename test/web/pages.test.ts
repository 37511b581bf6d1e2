import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { seedHome } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
/** The time, where it has to stand still. */
let standing: Date | undefined;
const text = async (path: string, headers?: Record<string, string>) => (await site.get(path, headers)).text();
/** What a reader sees, without the markup. */
const read = async (path: string) =>
  (await text(path))
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/&#39;/g, "'")
    .replaceAll(/\s+/g, ' ');
const mainOf = (html: string) =>
  /<main[\s\S]*<\/main>/.exec(html)?.[0].replaceAll(/\d+ s ago|data-now="\d+"/g, '');
const idOf = async (where: string) =>
  (await site.database.pool.query<{ id: number }>(`select id from devices where ${where}`))[0]!.id;

beforeAll(async () => {
  site = await testSite({ clock: { ...systemClock, now: () => standing ?? new Date() } });
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site.close());

describe('every page', () => {
  it.each([
    '/',
    '/devices',
    '/alerts',
    '/alerts?show=all',
    '/scans',
    '/scans?show=changes',
    '/scans?show=problems',
    '/rules',
    '/rules/new',
    '/channels',
    '/templates',
    '/templates/edit',
  ])('%s comes whole to a browser and as its main part to htmx', async path => {
    standing = new Date(); // what is drawn twice tells the same ages
    onTestFinished(() => void (standing = undefined));
    const whole = await site.get(path);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('vary')).toContain('HX-Request');
    expect(whole.headers.get('cache-control')).toBe('no-store');
    const page = await whole.text();
    expect(page).toMatch(/^<!doctype html><html lang="en"/);
    for (const landmark of ['<header', '<nav aria-label="Main"', '<main id="main"', '<footer'])
      expect(page.split(landmark)).toHaveLength(2);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page).not.toMatch(/ style="|<style|<script(?! src=)| on[a-z]+="/);

    const part = await text(path, { 'hx-request': 'true' });
    expect(part).toMatch(/^<title>[^<]+<\/title><main id="main"/);
    expect(part).not.toContain('<html');
    expect(mainOf(part)).toBe(mainOf(page));
  });

  it('asks for nothing outside: every link, form and file is of this site', async () => {
    for (const path of [
      '/',
      '/devices',
      '/alerts',
      '/scans',
      '/rules',
      '/rules/new',
      '/channels',
      '/templates',
    ])
      for (const [, url] of (await text(path)).matchAll(/(?:href|src|action)="([^"]*)"/g))
        expect(url).toMatch(/^[/#](?!\/)/);
  });

  it('carries the theme that the reader chose', async () => {
    expect(await text('/', { cookie: 'theme=dark' })).toContain('<html lang="en" data-theme="dark">');
    expect(await text('/', { cookie: 'theme=%22%3E%3Cscript%3E' })).toContain('<html lang="en">');
    const chosen = await site.post('/theme', { theme: 'dark', back: '/scans' });
    expect(chosen.headers.get('location')).toBe('/scans');
    expect(chosen.headers.get('set-cookie')).toMatch(/^theme=dark; .*SameSite=Lax/);
  });
});

describe('the overview', () => {
  it('answers the four questions', async () => {
    const page = await read('/');
    expect(page).toContain('22 devices here, 2 new, everything else as usual.');
    expect(page).toMatch(/Last looked \d+ s ago at 192\.168\.1\.0\/24 \(254 asked, \d+ answered, [\d.]+ s\)/);
    expect(page).toMatch(
      /To decide .*Espressif device 192\.168\.1\.77 3c:71:bf:4a:90:12 first seen 4 min ago .*Accept Ignore Block/,
    );
    expect(page).toContain('Block: an alert each time it comes back.');
    expect(page).toContain('Printer in the hall moved to 192.168.1.12');
    expect(page).toContain("Anna's phone came back");
    expect(page).toMatch(/here 22 .*quiet 1 .*gone 7/);
    expect(page).toMatch(/24 h coverage 9\d %/);
  });

  it('says in the first line what a person should act on', async () => {
    const { pool } = site.database;
    await pool.query(
      `update heartbeats set seen_at = now() - interval '10 minutes' where service = 'alertd'`,
    );
    await pool.query(`update networks set last_scan_at = now() - interval '3 hours'`);
    const page = await read('/');
    expect(page).toContain(
      'Alert delivery has not reported for 10 min. Alerts are kept and sent when it is back.',
    );
    expect(page).toContain('Nobody is looking at 192.168.1.0/24: the last complete scan was 3 h ago.');
    expect(page).not.toContain('as usual');
    const html = await text('/');
    expect(html).toContain('class="status bad"');
    // Who was here three hours ago is not said to be seen now.
    expect(html).not.toContain('<span class="muted">now</span>');
    await pool.query(`update heartbeats set seen_at = now()`);
    await pool.query(`update networks set last_scan_at = now()`);
  });
});

describe('a fresh install', () => {
  it('says what is looked at, when the first result comes and how to try the demo', async () => {
    const fresh = await testSite();
    const page = (await (await fresh.get('/')).text()).replaceAll(/<[^>]+>/g, '');
    expect(page).toContain('the private networks this machine is part of');
    expect(page).toContain('within a minute');
    expect(page).toContain('npm run demo');
    await fresh.database.pool.query(
      `select record_scan_failure('default', null, '-', 'no interface has a private IPv4 network')`,
    );
    const stuck = (await (await fresh.get('/')).text()).replaceAll(/<[^>]+>/g, '');
    expect(stuck).toContain('There is no network to look at.');
    expect(stuck).toContain('no interface has a private IPv4 network');
    expect(stuck).toContain('[scan]');
    for (const path of ['/devices', '/alerts', '/scans']) expect((await fresh.get(path)).status).toBe(200);
    await fresh.close();
  });
});

describe('a device', () => {
  it('shows its intervals, MACs, vendor and alerts', async () => {
    const page = await read(`/devices/${await idOf(`name = 'Printer in the hall'`)}`);
    expect(page).toContain('192.168.1.12 00:1b:a9:6c:90:d4');
    expect(page).toMatch(/changed its address/);
    expect(page).toContain('Brother industries');
    const fresh = await read(`/devices/${await idOf(`state = 'new' order by id limit 1`)}`);
    expect(fresh).toContain('New device: Espressif Inc. at 192.168.1.77');
    expect(fresh).toMatch(/Sent to Home mail (?:\d+ \w+, )?\d\d:\d\d Story/);
  });

  it.each(['999999', '0', '-1', 'x', '1e3', '99999999999999999999'])('/devices/%s is not found', async id => {
    const response = await site.get(`/devices/${id}`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('There is no such device.');
  });

  it('says that it is quiet, and why', async () => {
    const page = await read(`/devices/${await idOf(`name = 'Ben''s phone'`)}`);
    expect(page).toContain('Missed 2 of the last 3 complete scans; after 3 in a row it is gone.');
  });
});

describe('alerts and scans', () => {
  it('lists open alerts, and all with their receipts', async () => {
    expect(await read('/alerts')).not.toContain('Nobody is looking');
    const all = await read('/alerts?show=all');
    expect(all).toContain('First look at 192.168.1.0/24: 28 devices');
    expect(all).toMatch(/Nobody is looking at 192\.168\.1\.0\/24.* over since/);
  });

  it('says once why a message was not delivered', async () => {
    const { pool } = site.database;
    await pool.query(
      `update deliveries set state = 'failed', reason = 'gave up: 550 no such mailbox', last_error = '550 no such mailbox'
       where id = (select max(id) from deliveries)`,
    );
    const page = await read('/alerts?show=all');
    expect(page.split('550 no such mailbox')).toHaveLength(2);
    expect(page).toContain('Not delivered to Home mail: gave up: 550 no such mailbox');
    await pool.query(
      `update deliveries set state = 'delivered', reason = null, last_error = null
       where id = (select max(id) from deliveries)`,
    );
  });

  it('shows every scan with its outcome, and pages through all of them', async () => {
    const [counted] = await site.database.pool.query<{ n: number }>(
      'select count(*) as n from discovery_log',
    );
    let seen = 0;
    let path: string | undefined = '/scans';
    for (let pages = 0; path !== undefined && pages < 50; pages++) {
      const page = await text(path);
      seen += page.match(/<tr class="(?:complete|partial|failed)">/g)?.length ?? 0;
      path = /href="(\/scans\?before=\d+)"/.exec(page)?.[1];
    }
    expect(seen).toBe(counted?.n);
    expect(await read('/scans?show=problems')).toContain('eth0 went down during the scan');
  });
});

it('shows a link to the demo inbox when there is one, and allows nothing more', async () => {
  const demo = await testSite({ demoInboxUrl: 'http://127.0.0.1:8025/' });
  const response = await demo.get('/');
  expect(await response.text()).toContain('href="http://127.0.0.1:8025/"');
  expect(response.headers.get('content-security-policy')).not.toContain('8025');
  await demo.close();
});
