import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { PATIENT } from '../support/patience.ts';
import { openBrowser, openPage, serveSite } from './browser.ts';

const HEARD = 'document.documentElement.dataset.heard';
/** How often a page has heard of a change. */
const COUNT = `document.addEventListener('netureon:change', () => (${HEARD} = Number(${HEARD} ?? 0) + 1))`;

/** The page's policy forbids what waitForFunction does; asking from outside is no script of the page. */
const heard = (page: Page, times: string) =>
  vi.waitFor(async () => expect(await page.evaluate(HEARD)).toBe(times), PATIENT);

test(
  'of eight pages in one browser one has the stream, and all hear of a change',
  { timeout: 280_000 },
  async () => {
    const site = await serveSite();
    await seedHome(site.database.pool, new Date());
    const browser = await openBrowser();
    try {
      const context = await browser.newContext();
      const pages = [];
      for (let n = 0; n < 8; n++) {
        const { page } = await openPage(context, site.url);
        await page.goto(`${site.url}/alerts`);
        await page.evaluate(COUNT);
        pages.push(page);
      }
      await vi.waitFor(() => expect(site.live.subscribers).toBe(1), PATIENT);
      await site.db.query(`select decide_device('default', 29, 'accept', 'test')`);
      for (const page of pages) await heard(page, '1');
      // The one that has it goes: another takes over.
      await pages[0]!.close();
      await vi.waitFor(() => expect(site.live.subscribers).toBe(1), PATIENT);
      await site.db.query(`select decide_device('default', 30, 'accept', 'test')`);
      await heard(pages[1]!, '2');
    } finally {
      await browser.close();
      await site.close();
    }
  },
);
