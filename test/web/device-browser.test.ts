import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PATIENT } from '../support/patience.ts';
import { seedHome, type SeededSite } from '../support/seed.ts';
import { seedHeavy } from '../support/seed-heavy.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';

let browser: Browser;
let site: ServedSite;
let seeded: SeededSite;
let context: BrowserContext;
let page: Page;
let complaints: string[];

const open = async (path: string, options: Parameters<Browser['newContext']>[0] = {}) => {
  context = await browser.newContext({ viewport: { width: 375, height: 900 }, ...options });
  ({ page, complaints } = await openPage(context, site.url));
  await page.goto(site.url + path);
};
const idOf = async (name: string) =>
  (await site.database.pool.query<{ id: number }>('select id from devices where name = $1', [name]))[0]?.id ??
  0;
const SIZE = { intervals: 400, addresses: 240, alerts: 30, names: 130, ports: 5, notes: 3 };

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await serveSite();
  seeded = await seedHome(site.database.pool, new Date());
});
afterEach(async () => {
  await context.close();
  await site.close();
});

describe('with JavaScript', () => {
  it('shows another time in place, unfolds a list, and keeps both and what is typed when something changes', async () => {
    const id = await seedHeavy(site.database.pool, seeded, new Date(), SIZE);
    await open(`/devices/${id}`);
    await vi.waitFor(() => expect(site.live.subscribers).toBeGreaterThan(0), PATIENT);
    await page.getByRole('link', { name: '12 months' }).click();
    await page.locator('#device-presence a[aria-current="true"]', { hasText: '12 months' }).waitFor();
    expect(new URL(page.url()).search).toBe('?range=year');
    await page.locator('#names').getByRole('link', { name: 'Show all' }).click();
    await page.locator('#names tbody tr').nth(99).waitFor();
    await page.locator('#names').getByRole('link', { name: 'Older' }).click();
    await page.locator('#names').getByRole('link', { name: 'To the newest' }).waitFor();
    expect(await page.locator('#names tbody tr').count()).toBe(30);
    await page.getByLabel('Notes', { exact: true }).fill('half a sentence');
    await site.database.pool.query(`select decide_device('default', $1, 'block', 'somebody')`, [id]);
    await page.locator('#device-head .tag.blocked').waitFor();
    expect(await page.getByLabel('Notes', { exact: true }).inputValue()).toBe('half a sentence');
    expect(await page.locator('#names tbody tr').count()).toBe(30);
    expect(await page.locator('#device-presence a[aria-current="true"]').textContent()).toBe('12 months');
    expect(complaints).toEqual([]);
  });

  it('explains a stale edit in place and saves it by pressing once more', async () => {
    const nas = await idOf('NAS');
    await open(`/devices/${nas}`);
    await page.getByLabel('Name', { exact: true }).fill('Mine');
    await site.database.pool.query(
      `select rename_device('default', $1, 'Theirs', '', 'New notes', null, 'Ben')`,
      [nas],
    );
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('What differs').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Mine');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'Mine', level: 1 }).waitFor();
    expect(complaints.filter(text => !text.includes('409'))).toEqual([]);
  });

  it('takes a hostile name and 20,000 characters without harm or a wider page', async () => {
    const nas = await idOf('NAS');
    await site.database.pool.query('update devices set name = $2, owner = $3, notes = $4 where id = $1', [
      nas,
      `<img src=x onerror=alert(1)>${'ש'.repeat(60)}👩‍👩‍👧‍👦${'W'.repeat(80)}`,
      'علي‮gnp.exe',
      '</textarea><script>alert(1)</script>'.padEnd(20_000, 'M'),
    ]);
    for (const path of ['', '/notes', '/changes', '/first-hour', '/addresses']) {
      if (path === '') await open(`/devices/${nas}`);
      else await page.goto(`${site.url}/devices/${nas}${path}`);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([path, Number(width) <= 375]).toEqual([path, true]);
    }
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('without JavaScript', () => {
  it('walks through the lists by links and restores notes', async () => {
    const nas = await idOf('NAS');
    await site.database.pool.query(`select rename_device('default', $1, 'NAS', '', 'Second', null, 'Ben')`, [
      nas,
    ]);
    await site.database.pool.query(`select rename_device('default', $1, 'NAS', '', 'Third', null, 'Ben')`, [
      nas,
    ]);
    await open(`/devices/${nas}`, { javaScriptEnabled: false });
    await page.getByRole('link', { name: '7 days' }).click();
    expect(new URL(page.url()).search).toBe('?range=week');
    await page.getByRole('link', { name: 'Earlier versions of the notes' }).click();
    await page
      .getByRole('button', { name: /^Restore the version of/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'NAS', level: 1 }).waitFor();
    expect(await page.getByLabel('Notes', { exact: true }).inputValue()).toBe('Second');
    expect(complaints).toEqual([]);
  });
});
