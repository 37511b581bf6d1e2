import { expect, test, vi } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { PATIENT } from '../support/patience.ts';
import { openBrowser, openPage, serveSite } from './browser.ts';

const HEARD = 'document.documentElement.dataset.heard';
/** How often a page has heard of a change. */
const COUNT = `document.addEventListener('netureon:change', () => (${HEARD} = Number(${HEARD} ?? 0) + 1))`;

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
      for (const page of pages) await page.waitForFunction(`${HEARD} === '1'`);
      // The one that has it goes: another takes over.
      await pages[0]!.close();
      await vi.waitFor(() => expect(site.live.subscribers).toBe(1), PATIENT);
      await site.db.query(`select decide_device('default', 30, 'accept', 'test')`);
      await pages[1]!.waitForFunction(`${HEARD} === '2'`);
    } finally {
      await browser.close();
      await site.close();
    }
  },
);
