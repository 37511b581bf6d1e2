// Many devices at once, saved lists, the queue of new ones: the forms as a browser without JavaScript sends them, what
// comes back when they make no sense, and who may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { plain } from './plain.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site.close());

const post = (path: string, fields: Record<string, string>) => site.post(path, fields);
const text = async (response: Response | Promise<Response>) => plain(await (await response).text());
const follow = async (response: Response) => text(site.get(response.headers.get('location') ?? '/nowhere'));
const states = () =>
  site.database.pool.query<{ state: string; n: number }>(
    'select state, count(*)::integer as n from devices group by state order by state',
  );
const idOf = async (name: string) => {
  const [row] = await site.database.pool.query<{ id: number }>('select id from devices where name = $1', [
    name,
  ]);
  return String(row?.id);
};

describe('many at once', () => {
  it('all that match are changed, told, and put back by one button', async () => {
    const before = await states();
    const done = await post('/devices/bulk', {
      list: 'q=speaker',
      act: 'owner',
      value: 'Küche',
      all: 'yes',
      expect: '2',
    });
    expect(done.status).toBe(303);
    expect(await follow(done)).toContain('Owner of 2 devices set. Undo');
    expect(await text(site.get('/devices?q=owner:küche'))).toContain('2 devices');
    const [, bulk] = /bulk\.(\d+)/.exec(done.headers.get('location') ?? '') ?? [];
    expect(await follow(await post(`/devices/bulk/${bulk}/undo`, { back: '/devices' }))).toContain(
      'Undone: everything is as it was.',
    );
    expect(await states()).toEqual(before);
    expect((await post(`/devices/bulk/${bulk}/undo`, { back: '/devices' })).status).toBe(409);
  });

  it('tells what was so already', async () => {
    const done = await post('/devices/bulk', { list: 'q=speaker', act: 'accept', all: 'yes' });
    expect(await follow(done)).toContain('0 devices accepted. 2 were so already.');
  });

  it('more than were seen are not changed', async () => {
    const again = await post('/devices/bulk', { list: 'q=speaker', act: 'block', all: 'yes', expect: '1' });
    expect(again.status).toBe(409);
    expect(await text(again)).toContain('2 devices match by now, not 1.');
  });

  it.each([
    [{ act: '', all: 'yes' }, 'Say what to do with them.'],
    [{ act: 'explode', all: 'yes' }, 'Say what to do with them.'],
    [{ act: 'accept' }, 'Choose at least one device'],
    [{ act: 'accept', id: 'x' }, 'Choose at least one device'],
    [{ act: 'note', all: 'yes', value: ' ' }, 'A note needs a text.'],
    [{ act: 'kind', all: 'yes', value: 'x'.repeat(61) }, 'At most 60 characters.'],
    [{ act: 'owner', all: 'yes', value: 'a\u0000b' }, 'invisible control characters'],
  ])('%j comes back with what was wrong, and nothing is changed', async (fields, sentence) => {
    const before = await states();
    const again = await post('/devices/bulk', { list: 'q=speaker', ...fields });
    expect(again.status).toBe(422);
    const html = await again.text();
    expect(plain(html)).toContain(sentence);
    expect(plain(html)).toContain('2 devices');
    expect(html).toContain('aria-invalid="true"');
    expect(await states()).toEqual(before);
  });

  it('nobody undoes what never was', async () => {
    expect((await post('/devices/bulk/99999/undo', { back: '/devices' })).status).toBe(404);
    expect((await post('/devices/bulk/x/undo', { back: '/devices' })).status).toBe(404);
  });
});

describe('saved lists', () => {
  it('open what was saved, under its name, and are gone when removed', async () => {
    const saved = await post('/devices/views', {
      list: 'presence=gone&sort=name&cols=mac',
      name: 'Away <b>',
    });
    expect(saved.status).toBe(303);
    const page = await (await site.get('/devices')).text();
    expect(page).toContain('href="/devices?presence=gone&amp;sort=name&amp;cols=mac"');
    expect(page).toContain('Away &lt;b&gt;');
    const [, id] = /\/devices\/views\/(\d+)\/remove/.exec(page) ?? [];
    expect((await post(`/devices/views/${id}/remove`, { back: '/devices', shared: 'no' })).status).toBe(303);
    expect((await post(`/devices/views/${id}/remove`, { back: '/devices', shared: 'no' })).status).toBe(404);
    expect(await (await site.get('/devices')).text()).not.toContain('Away');
  });

  it('need a name', async () => {
    const again = await post('/devices/views', { list: 'q=anna', name: ' ' });
    expect(again.status).toBe(422);
    expect(await text(again)).toContain('A name of 1 to 60 characters.');
  });
});

describe('an address that means nothing', () => {
  it.each([
    ['sort=nonsense', 'There is no such order'],
    ['after=e30', 'does not exist; it begins at the top'],
    ['limit=0', '1 to 500 rows'],
    ['state=nonsense', 'has no such value'],
    ['cols=nonsense', 'There is no such column'],
    [`q=${'x'.repeat(201)}`, 'too long'],
    ['q=a%00b', 'invisible characters'],
  ])('%s: the usual list with a sentence', async (query, sentence) => {
    const response = await site.get(`/devices?${query}`);
    expect(response.status).toBe(400);
    const page = await text(response);
    expect(page).toContain(sentence);
    expect(page).toContain('30 devices');
  });
});

describe('the queue of new devices', () => {
  it('names and accepts in one step, shows the next, and takes both back', async () => {
    const first = await (await site.get('/review')).text();
    expect(plain(first)).toContain('2 devices wait for a decision.');
    const [, device = ''] = /name="device" value="(\d+)"/.exec(first) ?? [];
    const [, next = ''] = /name="next" value="(\d+)"/.exec(first) ?? [];
    const done = await post('/review', { device, next, act: 'accept', name: 'Plug' });
    const page = await follow(done);
    expect(page).toContain('Plug accepted.');
    expect(page).toContain('1 device waits for a decision.');
    const [, changes = ''] = /reviewed\.([\d.]+)/.exec(done.headers.get('location') ?? '') ?? [];
    expect(changes).toMatch(/^\d+\.\d+$/);
    expect((await post('/review', { device, act: 'block', name: '' })).status).toBe(409);
    expect(await follow(await post('/review/undo', { changes, back: `/review?at=${device}` }))).toContain(
      'Undone.',
    );
    const [row] = await site.database.pool.query('select name, state from devices where id = $1', [device]);
    expect(row).toEqual({ name: null, state: 'new' });
  });

  it('merges with one that looks the same', async () => {
    const [, device = ''] =
      /name="device" value="(\d+)"/.exec(await (await site.get('/review')).text()) ?? [];
    const other = await idOf('Hue bridge');
    await site.database.pool.query(
      `insert into merge_suggestions (site_id, device_a, device_b, reasons, score, made_at)
       select site_id, $1, $2, '[{"reason": "adjacent_macs", "points": 40}]', 40, now() from devices where id = $1`,
      [other, device],
    );
    const page = await (await site.get(`/review?at=${device}`)).text();
    expect(plain(page)).toContain('Is it one of these? Hue bridge');
    const [, act = ''] = /value="(merge-\d+)"/.exec(page) ?? [];
    expect(await follow(await post('/review', { device, act, name: '' }))).toContain('are one device now');
    const [row] = await site.database.pool.query('select merged_into from devices where id = $1', [device]);
    expect(String(row?.['merged_into' as never])).toBe(other);
  });

  it('a decision that is none, a name that does not fit: the same page says so', async () => {
    const [, device = ''] =
      /name="device" value="(\d+)"/.exec(await (await site.get('/review')).text()) ?? [];
    const none = await post('/review', { device, act: 'explode', name: 'Kept' });
    expect(none.status).toBe(422);
    expect(await none.text()).toContain('value="Kept"');
    expect((await post('/review', { device, act: 'accept', name: 'x'.repeat(201) })).status).toBe(422);
    expect((await post('/review', { device: '999999', act: 'accept', name: '' })).status).toBe(404);
    expect((await post('/review', { device: 'x', act: 'accept', name: '' })).status).toBe(404);
    expect((await site.get('/review?at=nonsense')).status).toBe(400);
  });

  it('is empty when everything is decided', async () => {
    await post('/devices/bulk', { list: 'state=new', act: 'accept', all: 'yes' });
    expect(await text(site.get('/review'))).toContain('Nothing to decide.');
  });
});

describe('a viewer', () => {
  it('sees the list without boxes and buttons, and is refused what they would do', async () => {
    const viewer = site.as('viewer');
    const page = await (await viewer.get('/devices')).text();
    expect(page).toContain('30 devices'.slice(3));
    expect(page).not.toContain('name="id"');
    expect(page).not.toContain('action="/devices/bulk"');
    expect((await viewer.post('/devices/bulk', { list: '', act: 'accept', all: 'yes' })).status).toBe(403);
    expect((await viewer.post('/review', { device: '1', act: 'accept', name: '' })).status).toBe(403);
    const shared = await viewer.post('/devices/views', { list: 'q=x', name: 'Ours', shared: 'yes' });
    expect(shared.status).not.toBe(303);
    expect((await viewer.post('/devices/views', { list: 'q=x', name: 'Mine' })).status).toBe(303);
    expect(await (await site.get('/devices')).text()).not.toContain('Mine');
  });
});
