import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedHome, seedMany } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
/** The names in the order of the rows. */
const names = async (query: string) =>
  [
    ...(await (await site.get(`/devices?${query}`)).text())
      .replace(/<\/?mark>/g, '')
      .matchAll(/<th scope="row"[^>]*><a [^>]*><bdi>([^<]*)<\/bdi>/g),
  ].map(([, name]) => (name ?? '').replaceAll('&#39;', "'"));

describe('search in a home', () => {
  beforeAll(async () => {
    site = await testSite();
    await seedHome(site.database.pool, new Date());
  });
  afterAll(() => site.close());

  it.each([
    ['name', 'printer', ['Printer in the hall']],
    ['part of a name, any case', 'ANNA', ["Anna's phone", "Anna's laptop"]],
    ['owner', 'clara', ['Tablet']],
    ['notes', '03:00', ['NAS']],
    ['vendor', 'nintendo', ['Game console']],
    ['address', '192.168.1.53', ['Hue bridge']],
    ['MAC with colons', '00:17:88:2b:6f:55', ['Hue bridge']],
    ['MAC with hyphens, upper case', '00-17-88-2B-6F-55', ['Hue bridge']],
    ['MAC with dots', '0017.882b.6f55', ['Hue bridge']],
    ['bare MAC', '0017882B6F55', ['Hue bridge']],
    ['part of a MAC', '2b:6f', ['Hue bridge']],
    ['every word', 'ben phone', ["Ben's phone"]],
    ['wildcards are letters', '%', []],
    ['nobody', 'zeppelin', []],
  ])('finds by %s', async (_what, text, expected) => {
    expect(await names(`q=${encodeURIComponent(text)}`)).toEqual(expected);
  });

  it.each([
    ['state=new', 2],
    ['state=blocked', 1],
    ['presence=quiet', 1],
    ['presence=gone', 7],
    ['presence=here&state=known', 20],
    ['network=999', 0],
    ['network=99999999999999', 30],
    ['state=nonsense&sort=nonsense', 30],
  ])('filters by %s', async (query, count) => {
    expect(await names(query)).toHaveLength(count);
  });

  it('sorts by address as numbers, with those that are gone last', async () => {
    const shown = await names('');
    expect(shown.slice(0, 5)).toEqual(['fritz.box', 'Office switch', 'Pi-hole', 'Ubiquiti device', 'NAS']);
    expect(shown.indexOf('Printer in the hall')).toBeLessThan(shown.indexOf("Anna's phone"));
    expect(shown.at(-1)).toBe('Random MAC device');
  });

  it('sorts by name, last seen, first seen and vendor', async () => {
    expect((await names('sort=name')).slice(0, 2)).toEqual(["Anna's laptop", "Anna's phone"]);
    expect((await names('sort=first')).slice(0, 2)).toEqual(['Espressif device', 'Random MAC device']);
    expect((await names('sort=seen')).at(-1)).toBe('Old camera');
    expect((await names('sort=vendor')).slice(0, 3)).toEqual([
      "Anna's laptop",
      "Ben's phone",
      'Apple device',
    ]);
  });

  it.each(['e30', 'WzFd', '%00', 'bm9wZQ'])('a page that never was (%s) is refused', async after => {
    expect((await site.get(`/devices?after=${after}`)).status).toBe(400);
  });
});

describe('ten thousand devices', () => {
  beforeAll(async () => {
    site = await testSite();
    await seedMany(site.database.pool, new Date(), 10_000);
  });
  afterAll(() => site.close());

  it('come in pages of 50, of at most 60 KB compressed', async () => {
    const response = await site.get('/devices', { 'accept-encoding': 'gzip' });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect((await response.arrayBuffer()).byteLength).toBeLessThanOrEqual(60 * 1024);
    expect(await names('')).toHaveLength(50);
    expect(await (await site.get('/devices')).text()).toContain('10,000 devices');
  });

  it.each(['address', 'name', 'seen', 'first', 'vendor'])(
    'sorted by %s, every device is on exactly one page',
    async sort => {
      const ids: string[] = [];
      let path: string | undefined = `/devices?sort=${sort}&q=desk`;
      while (path !== undefined) {
        const page = await (await site.get(path)).text();
        ids.push(...[...page.matchAll(/<tr role="row" id="device-(\d+)"/g)].map(([, id]) => id ?? ''));
        path = /class="button" href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
      }
      const [counted] = await site.database.pool.query<{ n: number }>(
        `select count(*) as n from devices where name like 'Desk%'`,
      );
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBe(counted?.n);
    },
  );
});
