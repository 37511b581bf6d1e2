// What a device said about itself, on its page: shown with its sources, and inert however hostile.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordProfile, type ToldProfile } from '../../src/store/profile.ts';
import { seedHome } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
let printer = 0;
let nameless = 0;
const page = async (path: string) => (await site.get(path)).text();
const idOf = async (where: string) =>
  (await site.database.pool.query<{ id: number }>(`select id from devices where ${where}`))[0]?.id ?? 0;
const tell = (deviceId: number, told: Partial<ToldProfile>) =>
  recordProfile(
    site.database.pool,
    'default',
    { deviceId, ip: '192.168.1.9' },
    {
      names: [],
      ports: [],
      echo: null,
      verdict: { osFamily: null, kind: null, confidence: 0, evidence: [] },
      model: null,
      problems: [],
      ...told,
    },
  );

beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, new Date());
  printer = await idOf(`name = 'Printer in the hall'`);
  nameless = await idOf(`state = 'new' order by id limit 1`);
});
afterAll(() => site.close());

describe('the profile on the page of a device', () => {
  it('says that nothing was asked yet, and takes a wish', async () => {
    expect(await page(`/devices/${printer}`)).toContain('It has not been asked yet.');
    const asked = await site.post(`/devices/${printer}/profile`, { back: `/devices/${printer}` });
    expect([asked.status, asked.headers.get('location')]).toEqual([303, `/devices/${printer}`]);
    expect(await page(`/devices/${printer}`)).toContain('It will be asked again within a minute.');
    expect((await site.post('/devices/999999/profile', {})).status).toBe(404);
    expect((await site.post('/devices/nobody/profile', {})).status).toBe(404);
  });

  it('shows what it is, its names with their source, its ports, and why', async () => {
    await tell(printer, {
      names: [{ source: 'mdns', name: 'BRN001BA96C90D4.local' }],
      ports: [
        {
          port: 80,
          state: 'open',
          service: 'http',
          facts: { title: 'Brother HL-L2350DW', server: 'debut/1.30' },
        },
        {
          port: 443,
          state: 'open',
          service: 'https',
          facts: { subject: 'BRN001', not_after: '2031-02-03T00:00:00Z' },
        },
      ],
      verdict: {
        osFamily: 'embedded',
        kind: 'printer',
        confidence: 0.93,
        evidence: [{ source: 'vendor', says: 'made by Brother', for: 'kind:printer', weight: 0.6 }],
      },
      problems: ['llmnr: no answer'],
    });
    const html = await page(`/devices/${printer}`);
    expect(html.replaceAll(/<[^>]+>/g, '')).toContain(
      'Almost certainly a printer running an embedded system.',
    );
    for (const shown of [
      'BRN001BA96C90D4.local',
      'Brother HL-L2350DW · debut/1.30',
      'certificate for BRN001 until 2031-02-03',
      'made by Brother',
      'llmnr: no answer',
    ])
      expect(html).toContain(shown);
  });

  it('keeps hostile names and banners inert', async () => {
    const hostile = `<script>alert(1)</script>\u202egnp.exe\u001b[31m"'><img src=x onerror=alert(1)>`;
    await tell(nameless, {
      names: [{ source: 'netbios', name: hostile }],
      ports: [{ port: 22, state: 'open', service: hostile.slice(0, 40), facts: { banner: hostile } }],
      verdict: {
        osFamily: hostile.slice(0, 40),
        kind: hostile.slice(0, 40),
        confidence: 0.5,
        evidence: [{ says: hostile, for: hostile, weight: 1 }],
      },
      model: hostile,
      problems: [hostile],
    });
    for (const path of [`/devices/${nameless}`, '/devices', '/']) {
      const html = await page(path);
      expect(html).not.toMatch(/<script>alert|<img|\u202e|\u001b/);
      expect(html).toContain('&lt;script&gt;');
    }
  });
});

it('a device nobody named is called as it calls itself, in quotes, and found by it', async () => {
  await tell(nameless, { names: [{ source: 'rdns', name: 'kettle.lan' }] });
  expect((await page('/devices?q=kettle')).replaceAll(/<\/?mark>/g, '')).toContain('<bdi>“kettle.lan”</bdi>');
  expect(await page(`/devices/${printer}`)).toContain('<bdi>Printer in the hall</bdi>');
});
