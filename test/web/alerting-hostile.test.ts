/** What strangers' devices, people and servers say is inert on every page of alerting, and those pages are guarded. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkOf, signLink } from '../../src/message/links.ts';
import { linkKey } from '../../src/store/links.ts';
import { seedHome } from '../support/seed.ts';
import { HOST, testSite, type TestSite } from './support.ts';

const HOSTILE = {
  script: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  attribute: `" autofocus onfocus="alert(1)" x='`,
  rtl: 'safe\u202egnp.exe',
  terminal: '\u001b]0;owned\u0007',
  entity: '&lt;b&gt;&amp;',
  liquid: '{{ site }}{% raw %}',
};

let site: TestSite;
let pages: string[];
const query = <Row>(sql: string, values: unknown[] = []) => site.database.pool.query<Row>(sql, values);

beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, new Date());
  const [alert] = await query<{ id: number; openedAt: Date }>(
    `select id, opened_at as "openedAt" from alerts where kind = 'new_device' order by id limit 1`,
  );
  const [rule] = await query<{ id: number }>('select min(id) as id from rules');
  const [channel] = await query<{ id: number }>('select min(id) as id from channels');
  await query(
    `insert into mutes (site_id, device_id, until, actor) values (1, 1, now() + interval '1 hour', 'x')`,
  );
  await query(
    `insert into templates (site_id, channel_id, kind, subject, body, made_by) values (1, $1, null, 'x', 'x', 'x')`,
    [channel!.id],
  );
  await query(
    `update rules set devices = array[1], owners = array['x'], vendors = array['x'] where id = $1`,
    [rule!.id],
  );
  const key = await linkKey(site.dbs.own, 'default');
  const token = signLink(key, linkOf(key, alert!, 'email', new Date()));
  pages = [
    '/alerts?show=all',
    `/alerts/${alert!.id}`,
    '/rules',
    `/rules/${rule!.id}`,
    '/rules/new?devices=1',
    '/channels',
    '/templates',
    `/templates/edit?channel=${channel!.id}`,
    `/l/${token}?do=block`,
  ];
});
afterAll(() => site.close());

/** Without the values of fields, which give back what is kept, character by character. */
const shown = (html: string) =>
  html
    .replaceAll(/<(?:input|textarea)[^>]*>(?:[^<]*<\/textarea>)?/g, '')
    .replaceAll(/<option[^>]*>/g, '<option>');
const isHarmless = (html: string) => {
  const tags = html.replaceAll(/"[^"]*"/g, '""');
  expect(/<script>|<img|<[^>]*\s(?:on\w+|autofocus)[\s=>]/.exec(tags)?.[0]).toBeUndefined();
  // oxlint-disable-next-line no-control-regex -- that is what it looks for
  expect(/[\u202e\u001b\u0007]/.exec(shown(html))?.[0]).toBeUndefined();
};

describe('whatever is stored', () => {
  it.each(Object.entries(HOSTILE))('%s is inert on every page', async (_what, text) => {
    await query('update devices set name = $1, owner = $1 where id = 1', [text]);
    await query('update alerts set summary = $1, device_id = 1, detail = $2', [
      text,
      JSON.stringify({ problem: text, before: text, claimants: [{ name: text, mac: text }], vendor: text }),
    ]);
    await query(
      `update deliveries set state = 'failed', receipt = $1, last_error = $1, reason = $1, rule_name = $1`,
      [text],
    );
    await query(
      'update rules set name = $1, owners = array[$1], vendors = array[$1] where id = (select min(id) from rules)',
      [text],
    );
    await query(
      `update channels set name = $1, target = $1, problem = $1, last_error = $1, off_by = $1, failing_since = now()`,
      [text],
    );
    await query('update mutes set actor = $1, note = $1', [text]);
    await query('update templates set made_by = $1, subject = $1, body = $1', [text]);
    await query(
      `insert into alert_events (site_id, alert_id, what, actor, detail)
       select 1, id, 'acknowledged', $1, jsonb_build_object('channel', $1::text, 'what', $1::text) from alerts order by id limit 1`,
      [text],
    );
    for (const columns of ['off_at = now()', 'off_at = null', 'problem = null', 'failing_since = null']) {
      await query(`update channels set ${columns}`);
      isHarmless(await (await site.get('/channels')).text());
    }
    for (const path of pages) {
      const response = await site.get(path);
      expect([path, response.status]).toEqual([path, 200]);
      isHarmless(await response.text());
    }
  });

  it.each(Object.values(HOSTILE))('%j in a form comes back as text', async text => {
    for (const [path, fields] of [
      [
        '/rules',
        { name: text, owners: text, quiet: text, channels: text, kinds: text, addDevice: text, days: text },
      ],
      ['/channels', { name: text, kind: 'email', to: text }],
      ['/channels', { name: text, kind: text, to: text }],
      ['/templates', { subject: text, body: `{% if %}${text}`, step: 'save' }],
      ['/templates/preview', { subject: text, body: text }],
    ] as const) {
      const response = await site.post(path, fields);
      expect(response.status).toBeLessThan(500);
      isHarmless(await response.text());
    }
  });
});

const STATE = `select md5(string_agg(t::text, ',')) as state from (
  select r::text from rules as r union all select c::text from channels as c union all select m::text from mutes as m
  union all select t::text from templates as t) as t`;

describe('every form', () => {
  const forms = [
    '/rules',
    '/rules/1',
    '/rules/1/switch',
    '/rules/1/move',
    '/rules/1/snooze',
    '/rules/1/remove',
    '/rules/1/restore',
    '/channels',
    '/channels/1/test',
    '/channels/1/switch',
    '/channels/1/remove',
    '/templates',
    '/templates/preview',
    '/templates/1/remove',
    '/mutes',
    '/mutes/1/end',
    '/alerts/acknowledge',
    '/alerts/reopen',
  ];
  it.each(forms)(
    '%s is refused from elsewhere, by another name, as anything else, and too large',
    async path => {
      const before = await query(STATE);
      const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      expect((await site.post(path, {}, elsewhere)).status).toBe(403);
      // A page that tells no origin is believed only behind a link, where a proof stands for it.
      expect((await site.post(path, {}, { origin: 'null' })).status).toBe(403);
      expect((await site.post(path, {}, { host: 'evil.example:8080' })).status).toBe(421);
      expect((await site.post(path, {}, { 'content-type': 'application/json' })).status).toBe(415);
      expect((await site.post(path, { name: 'x'.repeat(300 * 1024) })).status).toBe(413);
      expect(await query(STATE)).toEqual(before);
    },
  );

  it.each(['/rules/1/switch', '/channels/1/test', '/mutes', '/alerts/acknowledge', '/templates/preview'])(
    'GET %s does nothing',
    async path => {
      const before = await query(STATE);
      expect([404, 405]).toContain((await site.get(path)).status);
      expect(await query(STATE)).toEqual(before);
    },
  );
});

it('what an address says was done is looked up, never believed', async () => {
  for (const toast of [
    'rule-saved.999999',
    'channel-added.999999',
    'muted.999999',
    'all-acknowledged.<script>',
    'all-acknowledged.',
    'rule-removed.x',
    'nothing.1',
    'toString.1',
  ])
    expect(await (await site.get(`/rules?toast=${encodeURIComponent(toast)}`)).text()).toContain(
      'aria-live="polite"></div>',
    );
});

it('a link that mail programs have cut, or that somebody else signed, is one short page', async () => {
  for (const token of ['a', 'A'.repeat(3000), '%F0%9F', '..%2f..%2fetc', '<script>']) {
    const response = await site.app.request(`http://${HOST}/l/${token}`, { headers: { host: HOST } });
    expect([400, 403, 404, 422]).toContain(response.status);
    isHarmless(await response.text());
  }
});
