import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite | undefined;
let stranger: number;
const here = () => site!;
const device = async (id = stranger) =>
  (
    await here().database.pool.query<{
      state: string;
      name: string | null;
      owner: string | null;
      notes: string;
      revision: number;
    }>('select state, name, owner, notes, revision from devices where id = $1', [id])
  )[0]!;
const plain = (html: string) =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&#39;', "'");
/** Follows the redirect as a browser does. */
const follow = async (response: Response) => {
  expect(response.status).toBe(303);
  return (await here().get(response.headers.get('location') ?? '')).text();
};

beforeEach(async () => {
  await site?.close();
  site = await testSite();
  await seedHome(site.database.pool, new Date());
  const [row] = await site.database.pool.query<{ id: number }>(
    `select id from devices where state = 'new' order by id limit 1`,
  );
  stranger = row!.id;
});
afterAll(() => site?.close());

describe('deciding', () => {
  it.each([
    ['accept', 'known', 'accepted'],
    ['ignore', 'ignored', 'ignored'],
    ['block', 'blocked', 'blocked'],
  ])('%s: the device is %s, the next page says so and offers the way back', async (decision, state, word) => {
    const back = '/devices?q=espressif';
    const response = await here().post(`/devices/${stranger}/decide`, { decision, back });
    expect(response.headers.get('location')).toMatch(/^\/devices\?q=espressif&toast=change\.\d+$/);
    expect((await device()).state).toBe(state);
    const page = await follow(response);
    expect(plain(page)).toContain(`Espressif device 192.168.1.77 ${word}. Undo`);
    const undo = /action="(\/changes\/\d+\/undo)"/.exec(page)?.[1] ?? '';
    const undone = await follow(await here().post(undo, { back }));
    expect(plain(undone)).toContain('Undone. Espressif device 192.168.1.77 is as it was.');
    expect((await device()).state).toBe('new');
  });

  it('in a list htmx gets the row in its place, the toast beside it', async () => {
    const response = await here().post(
      `/devices/${stranger}/decide`,
      { decision: 'accept', back: '/devices' },
      { 'hx-request': 'true', 'hx-target': `tr#device-${stranger}` },
    );
    expect(response.status).toBe(200);
    const html = await response.text();
    expect(html).toMatch(new RegExp(`^<tr role="row" id="device-${stranger}"`));
    expect(html).toContain('<div id="toasts" role="status" aria-live="polite" hx-swap-oob="true">');
    expect(html.match(/<tr/g)).toHaveLength(1);
  });

  it('refuses to undo what somebody changed since, in words, and keeps it', async () => {
    await here().post(`/devices/${stranger}/decide`, { decision: 'accept', back: '/' });
    const [change] = await here().database.pool.query<{ id: number }>('select id from device_changes');
    await here().post(`/devices/${stranger}/decide`, { decision: 'block', back: '/' });
    const page = await follow(await here().post(`/changes/${change!.id}/undo`, { back: '/' }));
    expect(plain(page)).toContain(
      'Not undone: Espressif device 192.168.1.77 was changed again since, and that was kept.',
    );
    expect((await device()).state).toBe('blocked');
  });

  it.each([
    ['/devices/999999/decide', { decision: 'accept' }, 404],
    ['/devices/abc/decide', { decision: 'accept' }, 404],
    ['/changes/999999/undo', {}, 404],
    ['/alerts/999999/acknowledge', {}, 404],
  ])('%s is not found', async (path, fields, status) => {
    expect((await here().post(path, fields as Record<string, string>)).status).toBe(status);
  });

  it('an unknown decision changes nothing', async () => {
    const response = await here().post(`/devices/${stranger}/decide`, { decision: 'destroy' });
    expect(response.status).toBe(400);
    expect((await device()).state).toBe('new');
  });

  it.each(['https://evil.example/', '//evil.example/', '/\\evil.example/', 'javascript:alert(1)', ''])(
    'never sends the reader elsewhere (%s)',
    async back => {
      const response = await here().post(`/devices/${stranger}/decide`, { decision: 'accept', back });
      expect(response.headers.get('location')).toMatch(/^\/\?toast=change\.\d+$/);
    },
  );
});

const rename = (fields: Record<string, string>) =>
  here().post(`/devices/${stranger}/rename`, {
    name: '',
    owner: '',
    notes: '',
    revision: '0',
    back: `/devices/${stranger}`,
    ...fields,
  });

describe('renaming', () => {
  it('keeps name, owner and notes', async () => {
    const page = await follow(await rename({ name: ' Kettle ', owner: 'Clara', notes: 'by the\r\nsink' }));
    expect(await device()).toMatchObject({
      name: 'Kettle',
      owner: 'Clara',
      notes: 'by the\nsink',
      revision: 1,
    });
    expect(plain(page)).toContain('Kettle saved. Undo');
  });

  it.each([
    ['name', 'x'.repeat(201), 'At most 200 characters.'],
    ['owner', 'x'.repeat(201), 'At most 200 characters.'],
    ['notes', 'x'.repeat(20_001), 'At most 20,000 characters.'],
    ['name', 'a\u0000b', 'invisible control characters'],
    ['name', 'a\u202eb', 'invisible control characters'],
  ])('%s that cannot be kept comes back with the reason and what was typed', async (field, value, reason) => {
    const response = await rename({ owner: 'Clara', [field]: value });
    expect(response.status).toBe(422);
    const html = await response.text();
    expect(html).toContain(`id="${field}-error"`);
    expect(html).toContain(`aria-describedby="${field}-error"`);
    expect(plain(html)).toContain(reason);
    if (field !== 'owner') expect(html).toContain('value="Clara"');
    expect(html).toContain(value.slice(0, 200).replaceAll('\u0000', '\u0000'));
    expect((await device()).revision).toBe(0);
  });

  it('of two people, the second is told and loses nothing of what was typed', async () => {
    await rename({ name: 'Kettle' });
    const late = await rename({ name: 'Toaster' });
    expect(late.status).toBe(409);
    const html = await late.text();
    expect(plain(html)).toContain('Somebody else changed this device meanwhile.');
    expect(html).toContain('value="Toaster"');
    expect((await device()).name).toBe('Kettle');
    const revision = /name="revision" value="(\d+)"/.exec(html)?.[1] ?? '';
    await rename({ name: 'Toaster', revision });
    expect((await device()).name).toBe('Toaster');
  });

  it('more than a form holds is refused whole', async () => {
    const response = await rename({ notes: 'x'.repeat(300 * 1024) });
    expect(response.status).toBe(413);
    expect((await device()).notes).toBe('');
  });
});

it('acknowledges an alert and opens it again', async () => {
  const [alert] = await here().database.pool.query<{ id: number }>(
    `select id from alerts where kind = 'new_device' limit 1`,
  );
  const page = await follow(await here().post(`/alerts/${alert!.id}/acknowledge`, { back: '/alerts' }));
  expect(plain(page)).toContain('Alert acknowledged. Undo');
  expect(page).not.toContain(`id="alert-${alert!.id}"`);
  const again = await follow(await here().post(`/alerts/${alert!.id}/reopen`, { back: '/alerts' }));
  expect(again).toContain(`id="alert-${alert!.id}"`);
});

it('what a link says about a change is looked up, never believed', async () => {
  for (const toast of ['change.999999', 'stale.abc', '<script>', 'change.1<script>', 'change'])
    expect(await (await here().get(`/?toast=${encodeURIComponent(toast)}`)).text()).toContain(
      'aria-live="polite"></div>',
    );
});
