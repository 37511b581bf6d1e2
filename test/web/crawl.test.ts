import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { crawl, formsOf, kindOf, linksOf, type Form, type Seen } from './crawl.ts';
import { HOST, testSite, type TestSite } from './support.ts';

let site: TestSite;
let seen: Seen[];
let german: Seen[];

beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, new Date());
  seen = await crawl(site, ['/']);
  const inGerman = { get: (path: string) => site.get(path, { 'accept-language': 'de' }) };
  german = await crawl(inGerman, ['/']);
});
afterAll(() => site.close());

const STACK = /\n\s+at \S|node_modules|NetureonError|\[object Object\]|>undefined<|>null<|>NaN</;

describe('every page that a visitor comes to', () => {
  it('is there, and says nothing that is not meant for him', () => {
    expect(seen.length).toBeGreaterThan(20);
    for (const { path, status, html } of seen) {
      expect([path, status < 400]).toEqual([path, true]);
      expect([path, STACK.exec(html)?.[0]]).toEqual([path, undefined]);
    }
    expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
  });

  it('has links that lead somewhere, also within the page', () => {
    for (const { path, html } of seen) {
      const ids = new Set(Array.from(html.matchAll(/\sid="([^"]*)"/g), ([, id]) => id));
      for (const [, id] of html.matchAll(/\shref="#([^"]+)"/g))
        expect([path, ids.has(id)]).toEqual([path, true]);
    }
  });

  it('speaks the language of its reader', () => {
    expect(new Set(german.map(({ path }) => kindOf(path)))).toEqual(
      new Set(seen.map(({ path }) => kindOf(path))),
    );
    for (const { path, html } of german)
      if (html.startsWith('<!doctype') && !path.startsWith('/templates/mail/'))
        expect([path, /<html lang="(\w+)"/.exec(html)?.[1]]).toEqual([path, 'de']);
  });
});

/** What would end the visit, or take minutes. */
const NOT_PRESSED = /^\/sign-out|^\/account\/sign-out/;

describe('every button, without JavaScript', () => {
  it('leads to a page', async () => {
    const forms = new Map<string, Form>();
    for (const { path, html } of seen)
      for (const form of formsOf(html, path)) {
        const key = `${form.method} ${kindOf(form.action)} ${JSON.stringify(form.buttons)}`;
        if (!forms.has(key) && !NOT_PRESSED.test(form.action)) forms.set(key, form);
      }
    expect(forms.size).toBeGreaterThan(20);
    for (const form of forms.values())
      for (const button of form.buttons) {
        const fields = button === null ? form.fields : [...form.fields, button];
        const said = [form.from, form.action, button, queryOf(fields)];
        const response = await press(form, fields);
        // Empty forms may be refused with their errors, and what was pressed before may have changed something.
        expect([...said, response.status, response.status < 500 && response.status !== 404]).toEqual([
          ...said,
          response.status,
          true,
        ]);
        const location = response.headers.get('location');
        if (location === null) {
          if (!(response.headers.get('content-type') ?? '').startsWith('text/html'))
            await response.body?.cancel();
          else expect(STACK.exec(await response.text())?.[0]).toBeUndefined();
          continue;
        }
        expect(location).toMatch(/^\/(?!\/)/);
        const after = await site.get(location);
        expect([...said, location, after.status < 400]).toEqual([...said, location, true]);
        await after.body?.cancel();
      }
    expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
  });
});

function queryOf(fields: Form['fields']): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) query.append(name, value);
  return query.toString();
}

async function press(form: Form, fields: Form['fields']): Promise<Response> {
  const query = queryOf(fields);
  if (form.method === 'get') return site.get(`${form.action.split('?', 1)[0]}?${query}`);
  return await site.app.request(`http://${HOST}${form.action}`, {
    method: 'POST',
    body: query,
    headers: {
      host: HOST,
      origin: `http://${HOST}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
  });
}

it('finds links, forms and buttons as a browser would', () => {
  const html = `<a href="/a?x=1&amp;y=2#z">a</a><a href="https://elsewhere/">b</a><a href="#c">c</a>
    <form method="post" action="/do"><input name="t" value="&quot;q&quot;"><input type="checkbox" name="on" value="1" checked>
    <input type="checkbox" name="off" value="1"><select name="s"><option value="1"></option><option value="2" selected></option></select>
    <textarea name="n">a &lt; b</textarea><button name="b" value="1">1</button><button>2</button></form>`;
  expect(linksOf(html, '/from')).toEqual([{ from: '/from', path: '/a?x=1&y=2' }]);
  expect(formsOf(html, '/from')).toEqual([
    {
      from: '/from',
      action: '/do',
      method: 'post',
      fields: [
        ['t', '"q"'],
        ['on', '1'],
        ['n', 'a < b'],
        ['s', '2'],
      ],
      buttons: [['b', '1'], null],
    },
  ]);
});
