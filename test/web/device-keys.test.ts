// The list and the queue of new devices by keyboard alone, in a browser.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';

let browser: Browser;
let site: ServedSite;
beforeAll(async () => {
  browser = await openBrowser();
  site = await serveSite();
  await seedHome(site.database.pool, new Date());
}, 120_000);
afterAll(async () => {
  await browser.close();
  await site.close();
});

const stateOf = async (label: string) =>
  (
    await site.database.pool.query<{ state: string }>(
      `select d.state from devices as d join device_macs as m on m.site_id = d.site_id and m.device_id = d.id where m.mac = $1`,
      [label],
    )
  )[0]?.state;

describe('keys', { timeout: 120_000 }, () => {
  it('walk through the list, choose, decide and take it back', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, complaints } = await openPage(context, site.url);
    await page.goto(`${site.url}/devices`);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await page.locator('tr.current').count()).toBe(1);
    expect(await page.locator('tr.current th.name a').textContent()).toBe('Office switch');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await expect.poll(() => page.locator('#bulk-count').textContent()).toBe('(2)');
    await page.keyboard.press('i');
    await page.getByText('2 devices ignored.').waitFor();
    expect(await stateOf('00:0c:43:7a:01:c2')).toBe('ignored');
    await page.keyboard.press('u');
    await page.getByText('Undone: everything is as it was.').waitFor();
    expect(await stateOf('00:0c:43:7a:01:c2')).toBe('known');
    // What is typed is text.
    await page.keyboard.press('/');
    await page.keyboard.type('ab');
    expect(await page.locator('#q').inputValue()).toBe('ab');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('decide about the next one after a name and Enter, and press nothing by Space', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, complaints } = await openPage(context, site.url);
    await page.goto(`${site.url}/review`);
    const first = (await page.locator('#review-device a').textContent()) ?? '';
    await page.keyboard.press('e');
    await page.keyboard.type('Desk lamp');
    await page.keyboard.press('Enter');
    await page.getByText('1 device waits for a decision.').waitFor();
    const focus = () => page.evaluate('document.activeElement?.id');
    await expect.poll(focus).toBe('review-device');
    expect(await page.locator('#review-device a').textContent()).not.toBe(first);
    await page.keyboard.press('Space');
    await page.keyboard.press('m');
    await page.getByText('there is nothing to merge').waitFor();
    // Neither the letter nor the name of the one before.
    expect(await page.locator('#review-name').inputValue()).toBe('');
    await page.getByText('1 device waits for a decision.').waitFor();
    // The last decision leads to the page, not to its own Undo.
    await page.keyboard.press('b');
    await page.getByText('Nothing to decide.').waitFor();
    await expect.poll(focus).toBe('main');
    await site.database.pool.query(
      `update devices set state = 'new', name = null, decided_at = null
       where id in (select device_id from device_macs where mac in ('3c:71:bf:4a:90:12', '6e:04:9b:7f:20:cd'))`,
    );
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('decide about new devices one after the other', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, complaints } = await openPage(context, site.url);
    await page.goto(`${site.url}/review`);
    await page.getByText('2 devices wait for a decision.').waitFor();
    await page.keyboard.press('e');
    await page.keyboard.type('Plug');
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    await page.getByText('1 device waits for a decision.').waitFor();
    expect(await stateOf('3c:71:bf:4a:90:12')).toBe('known');
    await page.keyboard.press('b');
    await page.getByText('Nothing to decide.').waitFor();
    expect(await stateOf('6e:04:9b:7f:20:cd')).toBe('blocked');
    await page.keyboard.press('u');
    await page.getByText('1 device waits for a decision.').waitFor();
    expect(await stateOf('6e:04:9b:7f:20:cd')).toBe('new');
    expect(complaints).toEqual([]);
    await context.close();
  });
});
