/** An attacker's words in every column that takes them, and every page looked at in a real browser. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PATIENT } from '../support/patience.ts';
import { seedHome } from '../support/seed.ts';
import { openBrowser, openPage, serveSite, type ServedSite } from './browser.ts';
import { crawl, kindOf } from './crawl.ts';

/** Each would do something that is seen if it were not taken for text: `window.owned`, an element, a request. */
const HOSTILE: Readonly<Record<string, string>> = {
  script: '<script>owned=1</script><img src=x onerror=owned=1><svg onload=owned=1>',
  attribute: `x" autofocus onfocus="owned=1" '><iframe srcdoc="<script>parent.owned=1</script>">`,
  address: 'javascript:owned=1//https://elsewhere.example/<base href=https://elsewhere.example/>',
  template: '{{ "owned" }}${owned=1}{% raw %}<%= owned=1 %>=cmd|calc!A0,+1,@sum',
  hidden: 'safe\u202egnp.exe\u2066\u200b',
};

/** Not for people: the site could not be found by them, nobody could sign in, or they are the registry's. */
const KEPT =
  /^(?:sites|oui|oui_edition|schema_migrations|link_keys|sessions|recovery_codes|heartbeats|discovery_log_.*)$/;
/** The program's own words, which nobody writes. */
const KEPT_COLUMNS =
  /^(?:password|totp_secret|key|role|key_hash|token_hash|language|zone|theme|time_zone|state|presence|what|outcome|via|table_name|source|level|by_.*)$|^(?:mutes|templates)\.kind$/;

let browser: Browser;
let site: ServedSite;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await serveSite();
  await seedHome(site.database.pool, new Date());
});
afterEach(() => site.close());

/** Into all columns of text that a check does not refuse it for. @returns their names */
async function plant(text: string): Promise<string[]> {
  const { pool } = site.database;
  const columns = await pool.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns
       join information_schema.tables using (table_schema, table_name)
      where table_schema = 'public' and table_type = 'BASE TABLE' and data_type = 'text' and is_generated = 'NEVER'
      order by 1, 2`,
  );
  const planted: string[] = [];
  for (const { table, column } of columns) {
    if (KEPT.test(table) || KEPT_COLUMNS.test(column) || KEPT_COLUMNS.test(`${table}.${column}`)) continue;
    for (const length of [10_000, 200, 60, 40]) {
      const taken = await pool
        .transaction(async db => {
          await db.query(`set local session_replication_role = replica`);
          await db.query(`update "${table}" set "${column}" = left($1, $2 - 12) || ctid`, [text, length]);
          return true;
        })
        // A check or a unique name says no: then nobody else can put it there either.
        .catch(() => false);
      if (!taken) continue;
      planted.push(`${table}.${column}`);
      break;
    }
  }
  return planted;
}

describe('whatever strangers, servers and people wrote', () => {
  it.each(Object.keys(HOSTILE))('%s is text on every page', { timeout: 240_000 }, async kind => {
    const text = HOSTILE[kind] ?? '';
    const planted = await plant(text);
    expect(planted).toEqual(expect.arrayContaining(['devices.name', 'devices.owner', 'devices.notes', 'alerts.summary', 'rules.name', 'channels.name', 'users.name'])); // prettier-ignore
    const seen = await crawl(site, ['/']);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, complaints } = await openPage(context, site.url);
    page.on('dialog', dialog => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const kinds = new Set<string>();
    for (const { path, status, html } of seen) {
      expect([path, status < 500]).toEqual([path, true]);
      if (!html.startsWith('<!doctype') || kinds.has(kindOf(path)) || /\/mail\//.test(path)) continue;
      kinds.add(kindOf(path));
      await page.goto(site.url + path, { waitUntil: 'load' });
      const found = await page.evaluate(`({
        owned: typeof owned !== 'undefined',
        injected: [...document.querySelectorAll('img, base, object, embed, iframe[srcdoc], svg[onload], [autofocus], script:not([src])')]
          .map(e => e.outerHTML.slice(0, 100)),
        events: [...document.querySelectorAll('*')]
          .flatMap(e => e.getAttributeNames().filter(n => /^on/.test(n)).map(n => e.tagName + ' ' + n)),
        away: [...document.querySelectorAll('a[href], form[action], iframe[src]')]
          .map(e => new URL(e.getAttribute('href') ?? e.getAttribute('action') ?? e.getAttribute('src'), location.href))
          .filter(url => url.origin !== location.origin).map(String),
        hidden: [...document.querySelectorAll('body *')]
          .filter(e => e.childElementCount === 0 && e.closest('pre, textarea') === null && /[\\u202e\\u2066\\u200b]/.test(e.textContent))
          .map(e => e.outerHTML.slice(0, 200)),
      })`);
      expect([path, found]).toEqual([path, { owned: false, injected: [], events: [], away: [], hidden: [] }]);
    }
    await context.close();
    // Chromium writes every 4xx into its console.
    expect(complaints.filter(line => !/status of 4\d\d/.test(line))).toEqual([]);
    expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
  });
});

describe('in the address', () => {
  it('nothing that is reflected does anything', { timeout: 120_000 }, async () => {
    const context = await browser.newContext();
    const { page, complaints } = await openPage(context, site.url);
    const text = encodeURIComponent(`"><script>owned=1</script>${HOSTILE['attribute']}`);
    for (const path of [
      '/devices',
      '/alerts',
      '/scans',
      '/past',
      '/rules/new',
      '/templates',
      '/templates/edit',
      '/audit',
      '/',
    ])
      for (const name of [
        'q',
        'toast',
        'at',
        'state',
        'sort',
        'before',
        'channel',
        'name',
        'owners',
        'show',
      ]) {
        await page.goto(`${site.url}${path}?${name}=${text}`);
        const owned = await page.evaluate(
          `typeof owned !== 'undefined' || document.querySelectorAll('iframe[srcdoc], script:not([src]), [autofocus]').length > 0`,
        );
        expect([path, name, owned]).toEqual([path, name, false]);
      }
    await context.close();
    // Chromium writes every 4xx into its console.
    expect(complaints.filter(line => !/status of 4\d\d/.test(line))).toEqual([]);
  });
});

describe('a page of somebody else', () => {
  it('cannot frame the site, nor press its buttons', PATIENT, async () => {
    const context = await browser.newContext();
    const { page } = await openPage(context, site.url);
    await page.goto(`${site.url}/`);
    const other = 'http://elsewhere.test';
    await page.route(`${other}/trap`, route =>
      route.fulfill({
        contentType: 'text/html',
        body: `<iframe src="${site.url}/"></iframe><form id="f" method="post" action="${site.url}/devices/1/decide"><input name="decision" value="block"></form>`,
      }),
    );
    await page.goto(`${other}/trap`);
    const frame = page.frames().find(one => one.parentFrame() !== null);
    expect(frame?.url()).not.toBe(`${site.url}/`);
    const before = await site.database.pool.query('select state from devices where id = 1');
    await Promise.all([
      page.waitForResponse(
        response => response.url().endsWith('/devices/1/decide') && response.status() === 403,
      ),
      page.evaluate(`document.getElementById('f').submit()`),
    ]);
    expect(await site.database.pool.query('select state from devices where id = 1')).toEqual(before);
    await context.close();
  });
});
