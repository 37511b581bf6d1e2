/** Chromium presses every button of every page, as it finds them: no script fails, nothing is refused, no page is missing. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PATIENT } from '../support/patience.ts';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from '../web/browser.ts';
import { crawl, kindOf } from '../web/crawl.ts';

let browser: Browser;
let site: ServedSite;

beforeAll(async () => {
  [browser, site] = await Promise.all([openBrowser(), serveSite()]);
  await seedHome(site.database.pool, new Date());
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** The visit ends by these, and so would the test. */
const NOT_PRESSED = /\/sign-out|\/account\/sessions|\/users\/\d+\/(?:remove|switch|role)/;

/** What tells a button from the others that do the same elsewhere: where its form goes, and what it says there. */
const BUTTONS = `[...document.querySelectorAll('button')].map((button, index) => ({
  index,
  action: button.form?.getAttribute('action') ?? '',
  name: button.name,
  value: /^\\d+$/.test(button.value) ? '#' : button.value,
  label: button.form === null ? button.textContent : '',
  isOff: button.disabled,
}))`;

interface Button {
  readonly index: number;
  readonly action: string;
  readonly name: string;
  readonly value: string;
  readonly label: string;
  readonly isOff: boolean;
}

/** Opens what folds, so that what is in it can be pressed, and fills in nothing. */
const UNFOLD = `for (const fold of document.querySelectorAll('details')) fold.open = true`;

/** So long a press may take until it asks for something. */
const ASKED_MS = 5000;

/** What a button set off may still be under way. */
async function goTo(page: Page, url: string): Promise<void> {
  for (let tries = 0; ; tries += 1)
    try {
      await page.goto(url);
      return;
    } catch (error) {
      const isInterrupted =
        error instanceof Error && error.message.includes('interrupted by another navigation');
      if (!isInterrupted || tries === 5) throw error;
      await page.waitForLoadState();
    }
}

async function press(page: Page, path: string, { index }: Button): Promise<void> {
  await goTo(page, site.url + path);
  await page.evaluate(UNFOLD);
  const target = page.locator('button').nth(index);
  if (!(await target.isVisible()) || !(await target.isEnabled())) return;
  const asks = await page.evaluate(
    `(button => button.type === 'submit' && button.form?.matches(':valid:not(.theme)'))(document.querySelectorAll('button')[${index}])`,
  );
  // A script may have taken it over and ask nothing.
  const answer =
    asks === true ? page.waitForEvent('response', { timeout: ASKED_MS }).catch(() => undefined) : undefined;
  // By the keyboard, before which nothing can lie.
  await target.focus();
  await page.keyboard.press('Enter');
  await answer;
  await page.waitForLoadState();
  await vi.waitFor(async () => expect(await page.locator('.htmx-request').count()).toBe(0), PATIENT);
}

it('every button of every page can be pressed', { timeout: 1_800_000 }, async () => {
  const pages = new Map<string, string>();
  for (const { path, status, html } of await crawl(site, ['/']))
    if (status === 200 && html.startsWith('<!doctype') && !/\/mail\//.test(path))
      pages.set(kindOf(path).replace(/\?.*/, ''), path);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const pressed = new Set<string>();
  const faults: string[] = [];
  const { page, complaints } = await openPage(context, site.url);
  page.on('response', response => {
    // Refusals with the reason are answers; what is changed by one button is missing for another.
    if (response.status() >= 500) complaints.push(`answers ${response.status()} at ${response.url()}`);
  });
  for (const path of pages.values()) {
    await goTo(page, site.url + path);
    for (const button of await page.evaluate<Button[]>(BUTTONS)) {
      const key = `${kindOf(button.action)} ${button.name}=${button.value} ${button.label}`;
      if (button.isOff || NOT_PRESSED.test(button.action) || pressed.has(key)) continue;
      pressed.add(key);
      await press(page, path, button);
      // Chromium writes every 4xx into its console.
      const said = complaints.splice(0).filter(line => !/status of 4\d\d/.test(line));
      faults.push(...said.map(fault => `${path} ${key}: ${fault}`));
    }
  }
  expect(pressed.size).toBeGreaterThan(50);
  expect(faults).toEqual([]);
  expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
});
