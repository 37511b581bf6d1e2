import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { linkOf, signLink, type SignedLink } from '../../src/message/links.ts';
import { linkKey } from '../../src/store/links.ts';
import { seedHome } from '../support/seed.ts';
import { plain } from './plain.ts';
import { HOST, testSite, type TestSite } from './support.ts';

let site: TestSite | undefined;
let stranger: number;
let alert: { id: number; openedAt: Date };
let link: SignedLink;
let token: string;

const here = () => site!;
const query = <Row>(sql: string, values: unknown[] = []) => here().database.pool.query<Row>(sql, values);
const state = async () =>
  (await query<{ state: string }>('select state from devices where id = $1', [stranger]))[0]!.state;
const opened = async () =>
  (await query(`select from alert_events where what = 'link_opened' and alert_id = $1`, [alert.id])).length;
const get = (path = `/l/${token}`, headers = {}) => here().get(path, headers);
const proofIn = (html: string) => /name="proof" value="([\w-]+)"/.exec(html)?.[1] ?? '';
/** Opens the page and presses a button on it, as a browser under no-referrer does. */
const press = async (what: string, headers: Record<string, string> = { origin: 'null' }) =>
  here().post(`/l/${token}`, { do: what, proof: proofIn(await (await get()).text()) }, headers);
const landed = async (response: Response) => {
  expect(response.status).toBe(303);
  return get(response.headers.get('location') ?? '');
};

beforeEach(async () => {
  await site?.close();
  site = await testSite();
  await seedHome(site.database.pool, new Date());
  const [row] = await query<{ id: number; device: number; openedAt: Date }>(
    `select a.id, a.device_id as device, a.opened_at as "openedAt" from alerts as a join devices as d on d.id = a.device_id
     where a.kind = 'new_device' and d.state = 'new' and a.resolved_at is null and a.acknowledged_at is null order by d.id limit 1`,
  );
  stranger = row!.device;
  alert = row!;
  const key = await linkKey(site.dbs.own, 'default');
  link = linkOf(key, alert, 'email', new Date());
  token = signLink(key, link);
});
afterAll(() => site?.close());

describe('looking at a link', () => {
  it('shows what it is about and what can be done, and changes nothing but that it was opened', async () => {
    const before = await state();
    const response = await get(`/l/${token}?do=block`);
    expect(response.status).toBe(200);
    const html = await response.text();
    expect(plain(html)).toContain('Block Espressif device');
    expect(plain(html)).toContain('Nothing has happened yet.');
    expect(html).toMatch(/<p class="chosen"><button name="do" value="block" class="danger">Block<\/button>/);
    for (const other of ['accept', 'ignore', 'mute', 'acknowledge'])
      expect(html).toContain(`value="${other}"`);
    expect(await state()).toBe(before);
    expect(await opened()).toBe(1);
    expect(await query('select from used_links')).toEqual([]);
  });

  it('is told to nobody and kept by no search engine', async () => {
    const response = await get();
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-robots-tag')).toContain('noindex');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await response.text();
    expect(html).toContain('<meta name="robots" content="noindex, nofollow"/>');
    expect(html).not.toContain('data-since');
  });

  it('ten times by a mail scanner is opened once, by HEAD not at all', async () => {
    await here().app.request(`http://${HOST}/l/${token}`, { method: 'HEAD', headers: { host: HOST } });
    expect(await opened()).toBe(0);
    for (let i = 0; i < 10; i += 1)
      for (const action of ['accept', 'block', 'mute', 'acknowledge'])
        expect((await get(`/l/${token}?do=${action}`, { 'sec-fetch-site': 'cross-site' })).status).toBe(200);
    expect(await opened()).toBe(1);
    expect(await state()).toBe('new');
  });

  it.each(['destroy', '<script>', 'block%00', ''])('?do=%s chooses nothing', async what => {
    const html = await (await get(`/l/${token}?do=${encodeURIComponent(what)}`)).text();
    expect(plain(html)).toContain('What should happen?');
  });
});

describe('pressing a button', () => {
  it.each([
    ['accept', 'known', 'is known from now on.'],
    ['ignore', 'ignored', 'is ignored from now on.'],
    ['block', 'blocked', 'is blocked: there is an alert each time it comes back.'],
  ])('%s acts once and can be taken back', async (what, becomes, words) => {
    const page = await landed(await press(what));
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(plain(html)).toContain(words);
    expect(await state()).toBe(becomes);
    const again = await here().post(`/l/${token}`, { do: 'block', proof: 'x' }, { origin: 'null' });
    expect(again.status).toBe(403);
    const done = /name="done" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const undone = await landed(await here().post(`/l/${token}/undo`, { done }, { origin: 'null' }));
    expect(plain(await undone.text())).toContain('Undone.');
    expect(await state()).toBe('new');
  });

  it('acknowledges and mutes, told by whom', async () => {
    expect(plain(await (await landed(await press('acknowledge'))).text())).toContain(
      'This alert is acknowledged.',
    );
    const [row] = await query<{ by: string }>('select acknowledged_by as by from alerts where id = $1', [
      alert.id,
    ]);
    expect(row!.by).toBe('a link sent to email');
  });

  it('mutes for an hour, and ends it again', async () => {
    const html = await (await landed(await press('mute'))).text();
    expect(plain(html)).toContain('is muted for an hour.');
    const running = () => query('select from mutes where ended_at is null');
    expect(await running()).toHaveLength(1);
    const done = /name="done" value="([^"]+)"/.exec(html)?.[1] ?? '';
    await here().post(`/l/${token}/undo`, { done }, { origin: 'null' });
    expect(await running()).toEqual([]);
  });

  it('of two at once one acts', async () => {
    const proof = proofIn(await (await get()).text());
    const both = await Promise.all(
      ['accept', 'block'].map(what => here().post(`/l/${token}`, { do: what, proof }, { origin: 'null' })),
    );
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 409]);
    expect(await query('select from device_changes')).toHaveLength(1);
  });

  it('after it has acted says so, by whom and what, and what to do instead', async () => {
    await press('ignore');
    for (const response of [await get(), await get(`/l/${token}?do=block`)]) {
      expect(response.status).toBe(409);
      const words = plain(await response.text());
      expect(words).toContain('This link has acted already.');
      expect(words).toContain('by a link sent to email : “Ignore”.');
    }
    expect(await state()).toBe('ignored');
  });
});

describe('what does not act', () => {
  const refused = async (response: Response, status: number, words: string) => {
    expect(response.status).toBe(status);
    expect(plain(await response.text())).toContain(words);
    expect(await state()).toBe('new');
  };
  const post = (path: string) =>
    here().post(path, { do: 'block', proof: 'x'.repeat(43) }, { origin: 'null' });

  it('a forged one', async () => {
    const flipped = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`;
    const foreign = signLink(Buffer.alloc(32, 1), link);
    for (const wrong of [flipped, foreign, token.slice(0, -1), `${token}A`, 'x', 'A'.repeat(2000), '%00']) {
      await refused(await get(`/l/${wrong}`), 403, 'This link is not ours.');
      await refused(await post(`/l/${wrong}`), 403, 'This link is not ours.');
    }
    expect(await opened()).toBe(0);
  });

  it('an expired one', async () => {
    const key = await linkKey(here().dbs.own, 'default');
    token = signLink(key, { ...link, expiresAt: new Date(Date.now() - 1000) });
    await refused(await get(), 410, 'This link has expired.');
    expect(await opened()).toBe(0);
  });

  it('one whose alert is gone', async () => {
    const key = await linkKey(here().dbs.own, 'default');
    token = signLink(key, { ...link, alertId: 999_999 });
    await refused(await get(), 410, 'This alert is not kept any more.');
    await refused(await post(`/l/${token}`), 410, 'This alert is not kept any more.');
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another site, told by the browser', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' }],
  ])('a form of %s, even with the right proof', async (_from, headers) => {
    const response = await press('block', headers);
    expect(response.status).toBe(403);
    expect(await state()).toBe('new');
  });

  it('a form that was not read here', async () => {
    const others = await here().post(`/l/${token}`, { do: 'block' }, { origin: 'null' });
    await refused(others, 403, 'Open the link once more.');
    const own = await here().post(`/l/${token}`, { do: 'block' });
    await refused(own, 403, 'Open the link once more.');
    const undo = await here().post(`/l/${token}/undo`, { done: 'block.1.x' });
    await refused(undo, 403, 'Open the link once more.');
  });

  it('a button that there is not', async () => {
    const response = await press('destroy');
    expect(response.status).toBe(400);
    expect(await state()).toBe('new');
  });
});

it('works from our own page as browsers send it, and by the public address', async () => {
  await site?.close();
  site = undefined;
  const open = await testSite({
    publicUrl: 'https://net.example.org/',
    hosts: ['127.0.0.1:8080', 'net.example.org'],
  });
  site = open;
  await seedHome(open.database.pool, new Date());
  const key = await linkKey(open.dbs.own, 'default');
  const [row] = await query<{ id: number; openedAt: Date; device: number }>(
    `select id, opened_at as "openedAt", device_id as device from alerts where kind = 'new_device' limit 1`,
  );
  stranger = row!.device;
  token = signLink(key, linkOf(key, row!, 'email', new Date()));
  const headers = { host: 'net.example.org' };
  const page = await open.get(`/l/${token}?do=accept`, { ...headers, 'sec-fetch-site': 'cross-site' });
  expect(page.status).toBe(200);
  const proof = proofIn(await page.text());
  const pressed = await open.post(
    `/l/${token}`,
    { do: 'ignore', proof },
    { ...headers, origin: 'null', 'sec-fetch-site': 'same-origin' },
  );
  expect(pressed.status).toBe(303);
  expect(pressed.headers.get('location')).toMatch(/^\/l\//);
  expect(await state()).toBe('ignored');
});
