// The time machine's sliders in a browser, with a script and without, and by keyboard alone.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { PATIENT } from '../support/patience.ts';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';

let browser: Browser;
let site: ServedSite;
let context: BrowserContext;
let page: Page;
let complaints: string[];
const NOW = new Date();

beforeAll(async () => {
  browser = await openBrowser();
  site = await serveSite();
  await seedHome(site.database.pool, NOW);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  await context.close();
});

const open = async (path: string, options: Parameters<Browser['newContext']>[0] = {}) => {
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    timezoneId: 'UTC',
    ...options,
  });
  ({ page, complaints } = await openPage(context, site.url));
  await page.goto(site.url + path);
};
const at = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000).toISOString().slice(0, 16);
const heading = () => page.locator('h1').innerText();

it('a slider that is moved by keys shows the minute at once, keeps the focus, and the address says where one is', async () => {
  await open(`/past?at=${at(3)}Z`);
  const before = await heading();
  expect(await page.locator('.slider-go').first().isVisible()).toBe(false);
  await page.locator('#slider-hour').focus();
  for (let n = 0; n < 8; n++) await page.keyboard.press('ArrowLeft');
  await page.getByText('Nobody looked at this minute.').waitFor();
  expect(await heading()).not.toBe(before);
  expect(await page.evaluate('document.activeElement.id')).toBe('slider-hour');
  await vi.waitFor(() => expect(new URL(page.url()).searchParams.get('at')).toMatch(/Z$/), PATIENT);
  const address = page.url();
  await page.reload();
  expect(page.url()).toBe(address);
  await page.getByText('Nobody looked at this minute.').waitFor();
});

it('what happens now does not move what was', async () => {
  await open(`/past?at=${at(3)}Z`);
  await vi.waitFor(() => expect(site.live.subscribers).toBeGreaterThan(0), PATIENT);
  let asked = 0;
  page.on('request', request => {
    if (request.url().includes('/past')) asked += 1;
  });
  const heard = page.evaluate(
    `new Promise(resolve => document.addEventListener('netureon:change', () => resolve(true), { once: true }))`,
  );
  await site.post('/devices/29/decide', { decision: 'accept', back: '/' });
  expect(await heard).toBe(true);
  // Whatever it asked for would have been asked for in the same turn.
  await page.evaluate('new Promise(requestAnimationFrame)');
  expect(asked).toBe(0);
  expect(await page.locator('.past-table tbody tr').count()).toBe(28);
});

it('without a script a slider is a form with a button', async () => {
  await open(`/past?at=${at(3)}Z`, { javaScriptEnabled: false });
  await page.locator('#slider-hour').focus();
  for (let n = 0; n < 8; n++) await page.keyboard.press('ArrowLeft');
  await page
    .locator('.past-slider', { has: page.locator('#slider-hour') })
    .getByRole('button')
    .click();
  await page.getByText('Nobody looked at this minute.').waitFor();
  await page.locator('#previous-change').click();
  await page.getByRole('link', { name: 'Now', exact: true }).click();
  expect(new URL(page.url()).pathname).toBe('/past');
  await page.getByText('Devices then').waitFor();
});

it('the map is walked by keyboard, and a device on it is one key away', async () => {
  await open('/map');
  await page.locator('a.map-node').first().focus();
  await page.keyboard.press('Tab');
  const href = String(await page.evaluate(`document.activeElement.getAttribute('href')`));
  expect(href).toMatch(/^\/devices\/\d+$/);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${href}`);
});

it.each(['/', '/past', '/map'])('%s needs no scrolling sideways at 375 px', async path => {
  await open(path, { viewport: { width: 375, height: 800 } });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
});
