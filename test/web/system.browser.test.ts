// Scans, networks, sensors, the system and the help in a browser: nothing that axe objects to, nothing wider than the
// window, and a network that is retired and brought back by its buttons, with scripts and without.
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';

const PATHS = ['/scans', '/scans?span=year', '/networks', '/networks/1', '/sensors', '/system', '/help'];

let browser: Browser;
let site: ServedSite;
let axe: string;
beforeAll(async () => {
  [browser, site] = await Promise.all([openBrowser(), serveSite()]);
  await seedHome(site.database.pool, new Date());
  await site.database.pool.query(
    `insert into networks (site_id, cidr, interface, name, last_scan_at, looking_since)
     select 1, ('10.' || n || '.0.0/24')::cidr, 'eth0', case when n % 3 = 0 then 'Floor ' || n end,
            now(), now() - make_interval(hours => n)
     from generate_series(1, 39) as n`,
  );
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

test.each([
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 375 },
] as const)('every page is sound: %j', async ({ colorScheme, width }) => {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const { page, complaints } = await openPage(context, site.url);
  for (const path of PATHS) {
    await page.goto(site.url + path);
    await page.evaluate(axe);
    const found = await page.evaluate<string[]>(
      `axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.html.slice(0, 200)).join(' | ')))`,
    );
    expect([path, found]).toEqual([path, []]);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect([path, Math.max(0, wide)]).toEqual([path, 0]);
  }
  expect(complaints).toEqual([]);
  await context.close();
});

test.each([true, false])('a network is retired and brought back (scripts: %s)', async javaScriptEnabled => {
  const context = await browser.newContext({ javaScriptEnabled });
  const { page, complaints } = await openPage(context, site.url);
  await page.goto(`${site.url}/networks/1`);
  await page.getByRole('button', { name: 'Retire', exact: true }).click();
  await page.locator('.toast').getByText('is retired').waitFor();
  await page.locator('.toast').getByRole('button').click();
  await page.getByText('is back as it was').waitFor();
  await page.getByRole('button', { name: 'Retire', exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});
