import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { seedHome, seedMany } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';
import { PATIENT } from '../support/patience.ts';

let browser: Browser;
let site: ServedSite;
let context: BrowserContext;
let page: Page;
let complaints: string[];

const open = async (path: string, options: Parameters<Browser['newContext']>[0] = {}) => {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  ({ page, complaints } = await openPage(context, site.url));
  await page.goto(site.url + path);
};
const stateOf = async (id: number) =>
  (await site.database.pool.query<{ state: string }>('select state from devices where id = $1', [id]))[0]
    ?.state;
const visible = (text: string) => page.getByText(text).first().waitFor();
/** The live stream is up: from here on the page hears of changes. */
const connected = () => vi.waitFor(() => expect(site.live.subscribers).toBeGreaterThan(0), PATIENT);
const joins = (mac: string, ip: string) =>
  site.database.pool.query(
    `with d as (insert into devices (site_id, state, first_seen_at) values (1, 'new', now()) returning site_id, id),
          m as (insert into device_macs (site_id, mac, device_id, vendor, first_seen_at)
                select site_id, $1, id, vendor_of($1), now() from d)
     insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
     select site_id, id, 1, $1, $2, now(), 'new' from d`,
    [mac, ip],
  );

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await serveSite();
  await seedHome(site.database.pool, new Date());
});
afterEach(async () => {
  await context.close();
  await site.close();
});

describe('with JavaScript', () => {
  afterEach(() => expect(complaints).toEqual([]));

  it('accepts and undoes without leaving the page, and keeps the keyboard where it was', async () => {
    await open('/');
    const address = page.url();
    await page.getByRole('button', { name: 'Accept Espressif device' }).focus();
    await page.keyboard.press('Enter');
    await visible('Espressif device 192.168.1.77 accepted.');
    expect(await stateOf(29)).toBe('known');
    await page.locator('#decide-29').waitFor({ state: 'detached' });
    await visible('22 devices here, 1 new, everything else as usual.');
    await vi.waitFor(
      async () => expect(await page.evaluate('document.activeElement.textContent')).toBe('Undo'),
      PATIENT,
    );
    await page.keyboard.press('Enter');
    await visible('Undone. Espressif device 192.168.1.77 is as it was.');
    await page.locator('#decide-29').waitFor();
    expect(await stateOf(29)).toBe('new');
    expect(page.url()).toBe(address);
  });

  it('shows who joins, and does not move what the pointer is on', async () => {
    await open('/');
    await connected();
    await joins('3c:71:bf:00:00:99', '192.168.1.99');
    await page.locator('#decide').getByText('192.168.1.99').waitFor();
    await visible('23 devices here, 3 new, everything else as usual.');

    await page.locator('#device-1').hover();
    await joins('3c:71:bf:00:00:98', '192.168.1.98');
    await page.locator('#decide').getByText('192.168.1.98').waitFor();
    const bar = page.getByRole('button', { name: '2 changes, show' });
    await bar.waitFor();
    expect(await page.locator('#presence').getByText('192.168.1.98').count()).toBe(0);
    await bar.click();
    await page.locator('#presence').getByText('192.168.1.98').waitFor();
    expect(await page.locator('.stale').count()).toBe(0);
  });

  it('ticks, and starts anew after each scan', async () => {
    await open('/');
    await connected();
    const ticks = page.locator('.looked time');
    const seconds = async () => Number(/^(\d+) s ago$/.exec((await ticks.textContent()) ?? '')?.[1]);
    const before = await seconds();
    await vi.waitFor(async () => expect(await seconds()).toBeGreaterThan(before), PATIENT);
    await site.database.pool.query(
      `select record_scan('default', '192.168.1.0/24', 'eth0', 'packet', 300, 254, 23, 300, 254, null,
              array_agg(mac), array_agg(ip)) from connections where ended_at is null`,
    );
    await vi.waitFor(async () => expect(await seconds()).toBeLessThan(before), PATIENT);
  });

  it('finds as you type, and the address says what is shown', async () => {
    await open('/devices');
    await page.getByPlaceholder('Name, address, MAC').pressSequentially('anna');
    await visible('2 devices');
    expect(page.url()).toContain('q=anna');
    expect(await page.locator('.devices tbody tr').count()).toBe(2);
    expect(await page.evaluate('document.activeElement.id')).toBe('q');
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('link').click();
    await vi.waitFor(() => expect(page.url()).toContain('sort=name'), PATIENT);
  });

  it('decides in the list without losing the place', async () => {
    await site.database.pool.query(
      'truncate networks, devices, device_macs, connections, alerts, discovery_log cascade',
    );
    await seedMany(site.database.pool, new Date(), 400);
    await open('/devices');
    await connected();
    await page.getByRole('link', { name: 'Show 50 more' }).click();
    await vi.waitFor(async () => expect(await page.locator('.devices tbody tr').count()).toBe(101), PATIENT);
    const accept = page.getByRole('button', { name: /^Accept / }).first();
    const name = ((await accept.getAttribute('aria-label')) ?? '').replace('Accept ', '');
    await accept.click();
    await visible(`${name} accepted.`);
    expect(await page.locator('.devices tbody tr').count()).toBe(101);
    // One's own change is no news, the next one is.
    await connected();
    expect(await page.locator('.stale').count()).toBe(0);
  });

  it('keeps the theme that was chosen, from the first paint of the next page', async () => {
    await open('/', { colorScheme: 'light' });
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Theme' }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.goto(`${site.url}/devices`);
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(await ground()).toBe(dark);
  });

  it('gives a refused form back with the reason, in place', async () => {
    await open('/devices/29');
    await page.getByLabel('Name').fill('Kettle');
    await site.database.pool.query(`select decide_device('default', 29, 'accept', 'somebody')`);
    await page.getByRole('button', { name: 'Save' }).click();
    await visible('Somebody else changed this device meanwhile.');
    expect(await page.getByLabel('Name').inputValue()).toBe('Kettle');
    await page.getByRole('button', { name: 'Save' }).click();
    await visible('Kettle saved.');
    // Chromium writes every 4xx into its console.
    complaints.splice(0, complaints.length, ...complaints.filter(text => !text.includes('409')));
  });

  it('does not take a draft away when something changes elsewhere', async () => {
    await open('/devices/5');
    await connected();
    await page.getByLabel('Notes').fill('half a sent');
    await site.database.pool.query(`select decide_device('default', 29, 'accept', 'somebody')`);
    await page.getByRole('button', { name: '1 change, show' }).first().waitFor();
    expect(await page.getByLabel('Notes').inputValue()).toBe('half a sent');
  });

  it.each(['/', '/devices', '/devices/5', '/devices/29', '/alerts?show=all', '/scans'])(
    '%s fits 375 px, and fingers',
    async path => {
      await open(path, { viewport: { width: 375, height: 800 }, hasTouch: true, isMobile: true });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
      const low = await page.evaluate(
        `[...document.querySelectorAll('button:not(.small, .link), .top nav a, .tabs a, input:not([type=hidden]), select')]
           .filter(e => e.offsetParent !== null && (e.closest('.check') ?? e).getBoundingClientRect().height < (e.closest('.devices') ? 34 : 44))
           .map(e => e.outerHTML.slice(0, 80))`,
      );
      expect(low).toEqual([]);
      const wide = await page.evaluate(
        `[...document.querySelectorAll('.panel table')]
           .filter(e => e.getBoundingClientRect().right > e.closest('.panel').getBoundingClientRect().right)
           .map(e => e.className)`,
      );
      expect(wide).toEqual([]);
    },
  );

  it('every control has a name, every id is there once, headings descend by one', async () => {
    await open('/');
    for (const path of ['/', '/devices', '/devices/29', '/alerts?show=all', '/scans']) {
      await page.goto(site.url + path);
      const faults = await page.evaluate(`(() => {
        const faults = [];
        const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('twice: ' + id);
        for (const e of document.querySelectorAll('button, a, input:not([type=hidden]), select, textarea')) {
          const name = e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent;
          if (name.trim() === '') faults.push('nameless: ' + e.outerHTML.slice(0, 80));
        }
        for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
          for (const id of (e.getAttribute('aria-labelledby') ?? e.getAttribute('aria-describedby')).split(' '))
            if (document.getElementById(id) === null) faults.push('points nowhere: ' + id);
        let level = 0;
        for (const e of document.querySelectorAll('h1, h2, h3')) {
          const next = Number(e.tagName[1]);
          if (next > level + 1) faults.push('skips a level: ' + e.textContent);
          level = next;
        }
        return faults;
      })()`);
      expect(faults).toEqual([]);
    }
  });
});

describe('without JavaScript', () => {
  const plain = { javaScriptEnabled: false } as const;

  it('accepts and undoes', async () => {
    await open('/', plain);
    await page.getByRole('button', { name: 'Accept Espressif device' }).click();
    await visible('Espressif device 192.168.1.77 accepted.');
    expect(await stateOf(29)).toBe('known');
    await page.getByRole('button', { name: 'Undo: Espressif device 192.168.1.77 accepted' }).click();
    await visible('Undone. Espressif device 192.168.1.77 is as it was.');
    expect(await stateOf(29)).toBe('new');
  });

  it('renames, finds, pages, acknowledges and changes the theme', async () => {
    await open('/devices/29', plain);
    await page.getByLabel('Name').fill('Kettle');
    await page.getByRole('button', { name: 'Save' }).click();
    await visible('Kettle saved.');
    await page.goto(`${site.url}/`);
    await page.getByPlaceholder('Find a device').fill('kettle');
    await page.keyboard.press('Enter');
    await visible('1 device');
    await page.goto(`${site.url}/alerts`);
    await page.getByRole('button', { name: /^Acknowledge: New device: Espressif/ }).click();
    await visible('Alert acknowledged.');
    await page.getByRole('button', { name: 'Theme' }).click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.goto(`${site.url}/scans`);
    await page.getByRole('link', { name: 'Older scans' }).click();
    await visible('Older scans');
  });
});
