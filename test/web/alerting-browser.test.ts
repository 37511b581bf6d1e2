import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { linkOf, signLink } from '../../src/message/links.ts';
import { linkKey } from '../../src/store/links.ts';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';

/** In the page: fields, buttons and links without a name, ids that there are twice, and how much it is too wide. */
const LOOK = `(() => {
  const isNamed = element =>
    (element.getAttribute('aria-label') ?? element.textContent ?? '').trim() !== '' ||
    element.hasAttribute('aria-labelledby') || (element.labels?.length ?? 0) > 0;
  const all = document.querySelectorAll('button, a, select, textarea, summary, input:not([type=hidden])');
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  return {
    unnamed: [...all].filter(element => !isNamed(element)).map(element => element.outerHTML.slice(0, 120)),
    twice: ids.filter((id, index) => ids.indexOf(id) !== index),
    wide: document.documentElement.scrollWidth - innerWidth,
  };
})()`;

let browser: Browser;
let site: ServedSite;
let context: BrowserContext;
let page: Page;
let complaints: string[];

const query = <Row>(sql: string, values: unknown[] = []) => site.database.pool.query<Row>(sql, values);
const open = async (path: string, options: Parameters<Browser['newContext']>[0] = {}) => {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  ({ page, complaints } = await openPage(context, site.url));
  await page.goto(site.url + path);
};
const visible = (text: string | RegExp) => page.getByText(text).first().waitFor();
const press = (name: string | RegExp) =>
  page
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .click();
const listening = () =>
  vi.waitFor(() => expect(site.live.subscribers).toBeGreaterThan(0), { timeout: 10_000 });

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
  it('tries a rule, saves it, removes it and brings it back, without leaving the pages', async () => {
    await open('/rules/new');
    await page.getByLabel('Name of the rule').fill('Nights');
    await page.getByLabel('Quiet hours').fill('late');
    await press('Try it on the last 30 days');
    await page.getByRole('link', { name: 'Quiet hours' }).click();
    expect(await page.getByLabel('Quiet hours').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Quiet hours').fill('22:00-07:00');
    await press('Try it on the last 30 days');
    await visible(/This would have sent|It would have sent nothing/);
    await press(/^Save/);
    await visible('Nights');
    await visible('saved.');
    expect(new URL(page.url()).pathname).toBe('/rules');
    await page.getByLabel('More for “Nights”').click();
    await press('Remove “Nights”');
    await visible('The rule is removed.');
    await page.getByRole('button', { name: /^Undo/ }).click();
    await visible('is back where it was.');
    expect(complaints.filter(text => !text.includes('422'))).toEqual([]);
  });

  it('opens the fold that hides what is wrong', async () => {
    await open('/rules/new');
    await page.getByLabel('Name of the rule').fill('x');
    await page.getByText('More: network, vendor, time of day').click();
    await page.getByLabel('Time zone of this rule').fill('Mars/Olympus');
    await page.getByText('More: network, vendor, time of day').click();
    await press('Try it on the last 30 days');
    await page
      .getByText(/is no time zone/)
      .last()
      .waitFor();
    await page.getByLabel('Time zone of this rule').waitFor({ state: 'visible' });
  });

  it('shows the answer to a test as it comes, without a reload', async () => {
    await open('/channels');
    await listening();
    await press(/^Send a test to/);
    await visible('on its way');
    await query(
      `update deliveries set state = 'delivered', attempts = 1, receipt = '250 Ok: it came', finished_at = now()
       where alert_id = (select max(id) from alerts where kind = 'test')`,
    );
    await page.mouse.move(0, 0);
    await page.getByRole('heading', { name: 'Channels' }).click();
    await query(`select pg_notify('netureon_changes', '{"site":1}')`);
    await visible('250 Ok: it came');
    expect(complaints).toEqual([]);
  });

  it('shows what would be sent while a text is written, and what is wrong with it', async () => {
    await open('/templates/edit?kind=new_device');
    const text = page.getByLabel('Text', { exact: true });
    await text.fill('A stranger: {{ device.mac }} <script>alert(1)</script>');
    await page.frameLocator('iframe').getByText('A stranger: 3c:71:bf:00:00:4d').last().waitFor();
    await text.fill('{{ device.nmae }}');
    await visible(/there is no device\.nmae/);
    expect(await text.inputValue()).toBe('{{ device.nmae }}');
    expect(complaints).toEqual([]);

    await press('Save');
    await page.locator('#body-error').waitFor();
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Right again: {{ alert.title }}');
    // What was said about a text is about the text as it was.
    await page.locator('#body-error').waitFor({ state: 'detached' });
    await press('Save');
    await visible('The text is saved');
  });

  it('acknowledges all that are shown, filters in place, and mutes', async () => {
    await open('/alerts');
    await press(/^Acknowledge these/);
    await visible('alerts acknowledged.');
    await page.getByRole('button', { name: /^Undo/ }).click();
    await visible('open again.');
    await page.getByLabel('Any severity').selectOption('high');
    await visible('No alert is like that.');
    expect(new URL(page.url()).search).toBe('?severity=high');
    await page.goto(`${site.url}/alerts`);
    await page
      .getByLabel(/^Mute:/)
      .first()
      .click();
    await press('1 h');
    await visible('Muted now');
    expect(complaints).toEqual([]);
  });
});

describe('a link in a mail', () => {
  const tokenOf = async () => {
    const key = await linkKey(site.dbs.own, 'default');
    const [alert] = await query<{ id: number; openedAt: Date }>(
      `select id, opened_at as "openedAt" from alerts where device_id = 29 and kind = 'new_device'`,
    );
    return signLink(key, linkOf(key, alert!, 'email', new Date()));
  };
  const state = async () =>
    (await query<{ state: string }>('select state from devices where id = 29'))[0]?.state;

  it.each([true, false])('acts after a look and is taken back (JavaScript: %s)', async javaScriptEnabled => {
    await open(`/l/${await tokenOf()}?do=block`, { javaScriptEnabled });
    await visible('Nothing has happened yet.');
    expect(await state()).toBe('new');
    await press('Block');
    await visible('is blocked');
    expect(await state()).toBe('blocked');
    await press('Undo');
    await visible('is as it was.');
    expect(await state()).toBe('new');
    expect(complaints).toEqual([]);
  });
});

describe('every new page', () => {
  const PAGES = [
    '/alerts',
    '/alerts/1',
    '/rules',
    '/rules/new',
    '/channels',
    '/templates',
    '/templates/edit',
  ];

  it('names every field and button, and never scrolls sideways', async () => {
    for (const width of [375, 1440]) {
      await open('/', { viewport: { width, height: 900 } });
      for (const path of PAGES) {
        await page.goto(site.url + path);
        const found = await page.evaluate<{ unnamed: string[]; twice: string[]; wide: number }>(LOOK);
        expect({ path, ...found }).toEqual({ path, unnamed: [], twice: [], wide: expect.any(Number) });
        expect(found.wide).toBeLessThanOrEqual(0);
      }
      await context.close();
    }
    await open('/');
  });

  it('works by keyboard alone: a rule is moved and stays under the finger', async () => {
    await open('/rules');
    const [first, second] = await page.locator('.rule-name a').allTextContents();
    await page.getByRole('button', { name: `Move “${first ?? ''}” down` }).focus();
    await page.keyboard.press('Enter');
    await vi.waitFor(async () =>
      expect((await page.locator('.rule-name a').allTextContents()).slice(0, 2)).toEqual([second, first]),
    );
    expect(await page.evaluate('document.activeElement.tagName')).not.toBe('BODY');
    expect(complaints).toEqual([]);
  });
});
