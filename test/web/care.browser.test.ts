/** Every page for everybody: by axe-core, light and dark, at a telephone's width and a desk's, with and without scripts. */
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';
import { crawl, kindOf } from './crawl.ts';

const LOOKS = [
  { name: 'light, 1440 px', colorScheme: 'light', width: 1440, scripts: true },
  { name: 'dark, 375 px', colorScheme: 'dark', width: 375, scripts: true },
  { name: 'light, 375 px, without scripts', colorScheme: 'light', width: 375, scripts: false },
  { name: 'dark, 1440 px, without scripts', colorScheme: 'dark', width: 1440, scripts: false },
] as const;

let browser: Browser;
let site: ServedSite;
let paths: string[];
let axe: string;

beforeAll(async () => {
  [browser, site] = await Promise.all([openBrowser(), serveSite()]);
  await seedHome(site.database.pool, new Date());
  const kinds = new Map<string, string>();
  for (const { path, status, html } of await crawl(site, ['/']))
    if (status === 200 && html.startsWith('<!doctype') && !/\/mail\//.test(path))
      // One of each: a number or a question more makes no other page.
      kinds.set(kindOf(path).replace(/\?.*/, ''), path);
  paths = [...kinds.values()];
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

async function open(look: (typeof LOOKS)[number], language = 'en'): Promise<[BrowserContext, Page]> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.colorScheme,
    reducedMotion: 'reduce',
    locale: language,
  });
  // What a browser without scripts has; axe is one, and has to run.
  if (!look.scripts) await context.route(/\.js(?:\?|$)/, route => route.abort());
  const { page } = await openPage(context, site.url);
  return [context, page];
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations)`,
  );
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 160))
        .join(' | ')}`,
  );
}

/** Opens every fold, so that what is in it is looked at as well. */
const UNFOLD = `for (const fold of document.querySelectorAll('main details')) fold.open = true`;

describe.each(LOOKS)('$name', look => {
  it('has nothing that axe-core finds fault with', { timeout: 300_000 }, async () => {
    const [context, page] = await open(look);
    const found: Record<string, string[]> = {};
    for (const path of paths) {
      await page.goto(site.url + path);
      await page.evaluate(UNFOLD);
      const faults = await violations(page);
      if (faults.length > 0) found[path] = faults;
    }
    await context.close();
    expect(found).toEqual({});
  });
});

describe('German at 375 px', () => {
  it('fits, folded and unfolded', { timeout: 300_000 }, async () => {
    const [context, page] = await open(LOOKS[1], 'de');
    const wide: Record<string, unknown> = {};
    for (const path of paths) {
      await page.goto(site.url + path);
      for (const unfold of ['0', UNFOLD]) {
        await page.evaluate(unfold);
        // A scroll bar of its own takes from the width here, unlike on a telephone.
        const isWide = await page.evaluate('document.documentElement.scrollWidth > 375');
        if (isWide === true)
          wide[path] = await page.evaluate(
            `[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 375).slice(0, 3)
               .map(e => e.outerHTML.slice(0, 120))`,
          );
      }
    }
    await context.close();
    expect(wide).toEqual({});
  });
});
