import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { checkZone, languageOf, siteZoneReader } from '../../src/web/locale.ts';
import { amount, ago, duration, formatAt, sameDay, took } from '../../src/web/times.ts';
import { de } from '../../src/web/text/de.ts';
import { duringVisit, visitDb, type Visit } from '../../src/web/visit.ts';
import { seedHome } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

describe('the language of a browser', () => {
  it.each([
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.5', 'de'],
    ['en-US,en;q=0.9,de;q=0.8', 'en'],
    ['fr-CH, fr;q=0.9, de;q=0.4, en;q=0.3', 'de'],
    ['de;q=0, en;q=0.1', 'en'],
    ['de;q=0', undefined],
    ['fr', undefined],
    ['*', 'en'],
    ['', undefined],
    ['DE', 'de'],
    ['de;q=9', undefined],
    ['deutsch', undefined],
    [`${'fr,'.repeat(50)}de`, undefined],
  ])('%s is %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});

it.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  ['UTC', 'UTC'],
  ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['Europe/Nowhere', undefined],
  ['+01:00', undefined],
  ['"><script>', undefined],
  [`Europe/${'a'.repeat(80)}`, undefined],
  [null, undefined],
])('takes %s for the zone %s', (text, zone) => {
  expect(checkZone(text)).toBe(zone);
});

describe('times in the visitor’s language and zone', () => {
  const visit: Visit = { visitor: null, db: visitDb, language: 'de', text: de, zone: 'Asia/Tokyo' };
  const at = new Date('2026-11-20T15:30:05Z');

  it('are written as people there write them', () => {
    duringVisit(visit, () => {
      expect(formatAt(at, 'clock')).toBe('00:30');
      expect(formatAt(at, 'exact')).toMatch(/^Samstag, 21\. November 2026 um 00:30:05 (?:GMT\+9|JST)$/);
      expect(amount(1234.5, 1)).toBe('1.234,5');
      expect([duration(3 * 86_400_000), ago(3 * 86_400_000), ago(12_345), took(812)]).toEqual([
        '3 Tage',
        'vor 3 Tagen',
        'vor 12 s',
        '0,8 s',
      ]);
      expect(sameDay(at, new Date('2026-11-20T14:59:59Z'))).toBe(false);
      expect(sameDay(at, new Date('2026-11-21T14:59:59Z'))).toBe(true);
    });
  });

  it('are English and of UTC outside of a visit', () => {
    expect(formatAt(at, 'exact')).toBe('Friday, 20 November 2026 at 15:30:05 UTC');
    expect([amount(1234567), ago(60_000)]).toEqual(['1,234,567', '1 min ago']);
  });
});

describe('a visitor', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await testSite();
    await seedHome(site.database.pool, new Date());
  });
  afterAll(() => site.close());
  const lang = async (headers: Record<string, string>) =>
    /<html lang="(\w+)"/.exec(await (await site.get('/scans', headers)).text())?.[1];

  it('reads the language of the cookie, else of the browser, else English', async () => {
    expect(await lang({})).toBe('en');
    expect(await lang({ 'accept-language': 'de-DE' })).toBe('de');
    expect(await lang({ 'accept-language': 'de-DE', cookie: 'language=en' })).toBe('en');
    expect(await lang({ 'accept-language': 'de-DE', cookie: 'language=xx' })).toBe('de');
  });

  it('chooses it below each page, and comes back', async () => {
    const chosen = await site.post('/language', { language: 'de', back: '/scans' });
    expect(chosen.headers.get('location')).toBe('/scans');
    expect(chosen.headers.get('set-cookie')).toMatch(/^language=de; .*SameSite=Lax/);
    const refused = await site.post('/language', { language: '"><b>', back: '//elsewhere' });
    expect([refused.headers.get('location'), refused.headers.get('set-cookie')]).toEqual(['/', null]);
  });

  it('reads times in the zone of the cookie, else of the site', async () => {
    const shown = async (cookie: string) =>
      / title="([^"]+)" data-time/.exec(await (await site.get('/scans', { cookie })).text())?.[1];
    expect(await shown('')).toMatch(/ UTC$/);
    expect(await shown('tz=Europe/Nowhere')).toMatch(/ UTC$/);
    expect(await shown('tz=Asia/Kathmandu')).toMatch(/ GMT\+5:45$/);
  });

  it('whose site has a zone reads in that, and one who cannot be asked keeps the last known', async () => {
    let asked = 0;
    const answers = [[{ zone: 'Europe/Berlin' }], null, [{ zone: 'Europe/Nowhere' }]];
    let now = 0;
    const db = {
      query: async () => {
        const answer = answers[asked++];
        if (answer === null) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
        return answer as never;
      },
    };
    const read = siteZoneReader(db, 'default', { ...systemClock, monotonic: () => now });
    expect(await read()).toBe('Europe/Berlin');
    expect(await read()).toBe('Europe/Berlin');
    now = 61_000;
    expect(await read()).toBe('Europe/Berlin');
    expect(await read()).toBe('UTC');
    expect(asked).toBe(3);
  });
});
