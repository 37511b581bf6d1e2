import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';
import { PATIENT } from '../support/patience.ts';

const STRANGER = 29;

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
const visible = (text: string) => page.getByText(text).first().waitFor();
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const device = async (id: number) =>
  (
    await site.database.pool.query<{
      state: string;
      merged_into: number | null;
      importance: string;
      down_after: string;
    }>('select state, merged_into, importance, down_after::text from devices where id = $1', [id])
  )[0];
const idOf = async (name: string) =>
  (await site.database.pool.query<{ id: number }>('select id from devices where name = $1', [name]))[0]?.id ??
  0;

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
  it('answers a suggestion and takes the answer back without leaving the page', async () => {
    const nas = await idOf('NAS');
    await site.database.pool.query(
      `insert into merge_suggestions (site_id, device_a, device_b, reasons, score, made_at)
       values (1, $1, $2, '[{"reason": "adjacent_macs", "points": 70}]', 70, now())`,
      [nas, STRANGER],
    );
    await open('/');
    await visible('Is this the same device?');
    await page.getByRole('button', { name: /^Merge Espressif device/ }).click();
    await visible('NAS and the other are one device now.');
    await page.locator('.pairs').waitFor({ state: 'detached' });
    expect((await device(STRANGER))?.merged_into).toBe(nas);
    await page.getByRole('button', { name: /^Undo:/ }).click();
    await visible('Undone. NAS is as it was.');
    await visible('Is this the same device?');
    expect(new URL(page.url()).pathname).toBe('/');
    expect(complaints).toEqual([]);
  });

  it('asks which one is meant, in place, and merges with the one that is chosen', async () => {
    await open(`/devices/${STRANGER}`);
    await page.getByLabel('Which other device').fill('speaker');
    await page.keyboard.press('Enter');
    await visible('Which one is it?');
    await press('Merge with Speaker bath');
    await visible('Speaker bath and the other are one device now.');
    expect((await device(STRANGER))?.merged_into).toBe(await idOf('Speaker bath'));
    // An old address of it, a bookmark or a message, shows what it has become.
    await page.goto(`${site.url}/devices/${STRANGER}`);
    await page.getByRole('heading', { name: 'Speaker bath', level: 1 }).waitFor();
    expect(complaints.filter(text => !text.includes('422'))).toEqual([]);
  });

  it('does not untick what somebody is about to save', async () => {
    await open('/devices/5');
    await vi.waitFor(() => expect(site.live.subscribers).toBeGreaterThan(0), PATIENT);
    const watched = page.getByLabel('Tell me when it goes away');
    await watched.check();
    await page.getByLabel('Notes').focus();
    await site.database.pool.query(`select decide_device('default', 29, 'accept', 'somebody')`);
    await page.getByRole('button', { name: '1 change, show' }).first().waitFor();
    expect(await watched.isChecked()).toBe(true);
    await press('Apply');
    await visible('saved.');
    expect((await device(5))?.importance).toBe('watched');
    expect(complaints).toEqual([]);
  });
});

describe('without JavaScript', () => {
  const plain = { javaScriptEnabled: false } as const;

  it('watches with a limit, after a wrong one was explained', async () => {
    await open('/devices/5', plain);
    await page.getByLabel('Tell me when it goes away').check();
    await page.getByLabel('After how many minutes of silence').fill('soon');
    await press('Apply');
    await visible('Minutes, from 0.5 to 43,200');
    expect(await page.getByLabel('Tell me when it goes away').isChecked()).toBe(true);
    await page.getByLabel('After how many minutes of silence').fill('2.5');
    await press('Apply');
    await visible('saved.');
    expect(await device(5)).toMatchObject({ importance: 'watched', down_after: '00:02:30' });
  });

  it('puts away and brings back; merges by address and takes it apart', async () => {
    await open('/devices/5', plain);
    await page.getByLabel('say nothing, it stays put away').check();
    await press('Put away');
    await visible('put away.');
    await visible('It raises nothing when it comes back.');
    expect((await device(5))?.state).toBe('archived');
    await page.locator('.toast').getByRole('button').click();
    await visible('Undone.');
    expect((await device(5))?.state).toBe('known');

    await page.goto(`${site.url}/devices/${STRANGER}`);
    await page.getByLabel('Which other device').fill('192.168.1.9');
    await press('Merge');
    await visible('Which other device');
    await page.getByLabel('Which other device').fill('192.168.1.5');
    await press('Merge');
    await visible('NAS and the other are one device now.');
    await page.locator('.toast').getByRole('button').click();
    await visible('Undone.');
    expect((await device(STRANGER))?.state).toBe('new');
  });
});
