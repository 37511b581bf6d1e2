// The time machine and the map as a browser without a script gets them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf, localMinute, parseAt } from '../../src/web/past-time.ts';
import { layoutOf, NODE, WIDTH } from '../../src/web/map-layout.ts';
import { seedHome, seedMany } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
const HOUR = 3_600_000;
const NOW = new Date();
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR).toISOString().replace(/\.\d+Z/, 'Z');

beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, NOW);
});
afterAll(() => site.close());

const get = async (path: string, cookie?: string) => {
  const answer = await site.get(path, cookie === undefined ? {} : { cookie });
  const html = await answer.text();
  return { status: answer.status, html, words: html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ') };
};

describe('the time machine', () => {
  it('shows who was here at a minute, who was gone, and says since when', async () => {
    const { status, words, html } = await get(`/past?at=${ago(3)}`);
    expect(status).toBe(200);
    expect(words).toContain('21 devices here, 7 gone.');
    // It came three minutes ago.
    expect(words).not.toContain('192.168.1.77');
    // It has another address since.
    expect(words).toMatch(/Printer in the hall here 192\.168\.1\.9 /);
    expect((await get('/past')).words).toMatch(/Printer in the hall here 192\.168\.1\.12 /);
    expect(html).toContain('type="datetime-local"');
  });

  it('says of a minute when nobody looked that nothing is known, and calls nobody gone', async () => {
    const { words, html } = await get(`/past?at=${ago(12)}`);
    expect(words).toContain('Nobody looked at this minute.');
    expect(words).toMatch(/not looked , last look before \d\d:\d\d , next look \d\d:\d\d/);
    expect(html).not.toContain('<tr class="gone"');
    expect(html).not.toContain('<tr class="here"');
  });

  it('before the first look, nothing was looked at', async () => {
    const { status, words } = await get('/past?at=2020-01-01T00:00');
    expect(status).toBe(200);
    expect(words).toContain('Nobody had looked yet.');
    expect(words).toContain('not looked');
  });

  it('compares two minutes, whichever is named first', async () => {
    const one = await get(`/past?at=${ago(3)}&vs=${ago(0)}`);
    const two = await get(`/past?at=${ago(0)}&vs=${ago(3)}`);
    for (const { words } of [one, two]) {
      expect(words).toContain('devices came');
      expect(words).toContain('from 192.168.1.9 to 192.168.1.12');
    }
    expect((await get(`/past?at=${ago(3)}&vs=${ago(12)}`)).words).toContain('cannot be compared');
  });

  it('searches and filters within the minute', async () => {
    expect((await get(`/past?at=${ago(3)}&q=anna`)).words).toContain('2 found');
    expect((await get(`/past?at=${ago(3)}&state=gone`)).html).not.toContain('<tr class="here"');
    expect((await get(`/past?q=${encodeURIComponent('<script>alert(1)</script>')}`)).html).not.toContain(
      '<script>alert',
    );
  });

  it('goes by its sliders without a script: a minute of a day, an hour since the first look', async () => {
    const day = ago(3).slice(0, 10);
    const minute = Number(ago(3).slice(11, 13)) * 60 + Number(ago(3).slice(14, 16));
    const { html } = await get(`/past?day=${day}&minute=${minute}`, 'tz=Etc/UTC');
    expect(html).toContain(`value="${ago(3).slice(0, 16)}"`);
    expect((await get('/past?hour=0', 'tz=Etc/UTC')).status).toBe(200);
    expect((await get(`/past?day=${day}&minute=1440`, 'tz=Etc/UTC')).status).toBe(400);
  });

  it.each([
    ['at=2026-02-30T10:00', 'Write a date and a time'],
    ['at=yesterday', 'Write a date and a time'],
    ['at=9999-01-01T00:00', 'still to come'],
    [`at=${'x'.repeat(300)}`, 'Write a date and a time'],
    ['vs=24:61', 'Write a date and a time'],
    ['q=%00', 'invisible control characters'],
    [`q=${'x'.repeat(201)}`, 'At most 200 characters'],
    ['state=asleep', 'There is no such state'],
    ['network=-1', 'This is no network'],
    ['after=%27', 'This page of the list does not exist'],
    ['after=AAAA', 'This page of the list does not exist'],
    ['hour=x', 'no place on the slider'],
    ['day=2026-13-01&minute=5', 'no place on the slider'],
  ])('%s is told at its field', async (query, sentence) => {
    const { status, words } = await get(`/past?${query}`);
    expect([status, words.includes(sentence)]).toEqual([400, true]);
    expect(words).toContain('Devices then');
  });

  it('of a network that does not exist there is no page', async () => {
    expect((await get('/past?network=999')).status).toBe(404);
  });

  it('keeps the second of a moment whose minute nobody touched', async () => {
    const at = ago(3);
    const local = localMinute(new Date(at), 'Etc/UTC');
    const { html } = await get(`/past?at=${local}&was=${at}`, 'tz=Etc/UTC');
    expect(html).toContain(`name="was" value="${at.replace('Z', '.000Z')}"`);
  });

  it('speaks German', async () => {
    expect((await get(`/past?at=${ago(12)}`, 'language=de')).words).toContain(
      'Zu dieser Minute sah niemand hin.',
    );
  });
});

describe('days of 23 and 25 hours', () => {
  const ZONE = 'Europe/Berlin';
  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-11-20', 24],
  ])('%s has %d', (day, hours) => {
    const { from, to } = dayOf(day, ZONE)!;
    expect((to.getTime() - from.getTime()) / HOUR).toBe(hours);
  });

  it('the hour that clocks show twice is two moments, and both can be named', () => {
    const first = parseAt('2026-10-25T02:30', ZONE)!;
    const second = parseAt('2026-10-25T01:30Z', ZONE)!;
    expect(second.getTime() - first.getTime()).toBe(HOUR);
    expect(localMinute(first, ZONE)).toBe(localMinute(second, ZONE));
    expect(parseAt('2026-10-25T02:30+01:00', ZONE)).toEqual(second);
  });

  it('one that they skip is after the change', () => {
    expect(localMinute(parseAt('2026-03-29T02:30', ZONE)!, ZONE)).toBe('2026-03-29T03:30');
  });

  it.each([
    '2026-02-29T00:00',
    '2026-11-20',
    '2026-11-20T24:00',
    '2026-11-20T10:60',
    '2026-11-20T10:10:60',
    'T10:10',
    '',
  ])('%s is no moment', text => expect(parseAt(text, ZONE)).toBeUndefined());
});

describe('the map', () => {
  it('draws each device that is here as a link, and says that the gateway is not known', async () => {
    const { html, words } = await get('/map');
    expect(html).toMatch(
      /<a class="map-node device" href="\/devices\/\d+"><title>fritz.box, 192.168.1.1, here<\/title>/,
    );
    expect(words).toContain('gateway not known');
    expect(words).toContain('7 devices that are gone are not drawn');
  });

  it('shows the gateway where it is known', async () => {
    await site.database.pool.query(
      `update networks set gateway_ip = '192.168.1.1', gateway_mac = '3c:a6:2f:10:22:31'`,
    );
    const { html } = await get('/map');
    expect(html).toContain('<title>fritz.box, Gateway 192.168.1.1, here</title>');
    expect(html.split('>fritz.box<')).toHaveLength(3); // once drawn, once in the list
  });

  it('tells many devices by groups whose links lead to as many', async () => {
    const many = await testSite();
    await seedMany(many.database.pool, NOW, 400);
    const html = await (await many.get('/map')).text();
    const groups = [...html.matchAll(/<a class="map-node group" href="([^"]+)"><title>[^<]*?(\d+) devices/g)];
    expect(groups.length).toBeGreaterThan(3);
    for (const [, href = '', n] of groups.slice(0, 3)) {
      const list = await (await many.get(href.replaceAll('&amp;', '&'))).text();
      expect(list.replaceAll(/<[^>]+>/g, ' '), href).toMatch(new RegExp(`\\b${n}\\b`));
    }
    await many.close();
  });

  it('is laid out the same each time, and nothing lies upon another', () => {
    expect(layoutOf(31)).toEqual(layoutOf(31));
    for (const count of [0, 1, 6, 7, 30, 150]) {
      const { nodes, gateway, scanner, height } = layoutOf(count);
      const all = [...nodes, gateway, scanner];
      for (const [n, a] of all.entries()) {
        expect(a.x >= 0 && a.x + NODE.width <= WIDTH && a.y + NODE.height <= height).toBe(true);
        for (const b of all.slice(n + 1))
          expect(Math.abs(a.x - b.x) >= NODE.width || Math.abs(a.y - b.y) >= NODE.height).toBe(true);
      }
    }
  });
});

describe('the overview', () => {
  it('has a strip of when somebody looked and the hours of the week as a table', async () => {
    const { html, words } = await get('/');
    expect(html).toContain('aria-label="192.168.1.0/24: looked at 93 % of the last 24 hours"');
    expect(words).toContain('Devices here, by day and hour');
    expect(html).toMatch(/<td class="heat-\d" title="[^"]+: \d+ devices"/);
    expect(html).toContain('title="not looked"');
  });

  it('tells of a sensor that is silent, and what to do', async () => {
    const { pool } = site.database;
    await pool.query(
      `insert into sensors (site_id, name, role, last_report_at) select id, 'attic', 'netureon_sensor_attic', now() - interval '9 minutes' from sites`,
    );
    const { words } = await get('/');
    expect(words).toContain('The sensor attic has not reported for 9 min.');
    expect(words).toContain('netureon sensor remove attic');
    await pool.query('delete from sensors');
  });

  it('is German as a whole', async () => {
    const { words } = await get('/', 'language=de');
    expect(words).toContain('22 Geräte da, 2 neu, sonst alles wie immer.');
    expect(words).toContain('Zu entscheiden');
    expect(words).toContain('kam zurück');
  });
});
