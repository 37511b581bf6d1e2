import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beginScan } from '../../../src/store/scan-record.ts';
import { openSession } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { A, B, C, none, siteOf } from './site.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const site = () => siteOf(db.pool);

describe('several networks', () => {
  test('one device on two networks is one device with two connections', async () => {
    const { scan, rows, presence } = site();
    await scan({ '192.168.1.2': A });
    await scan({ '10.0.0.2': A }, { network: '10.0.0.0/24' });
    expect(await rows('select count(*) as n from devices where site_id = $site')).toEqual([{ n: 1 }]);
    await scan({ '10.0.0.2': A }, { network: '10.0.0.0/24' });
    expect((await presence()).map(row => row.presence)).toEqual(['here', 'here']);
  });

  test('an abandoned network hands its devices to the one that replaced it', async () => {
    const { scan, presence, rows } = site();
    await scan({ '192.168.1.2': A });
    await rows(
      `update networks set last_scan_at = now() - interval '1 hour' where site_id = $site returning 1`,
    );
    expect(await scan({ '192.168.1.2': A }, { network: '192.168.0.0/23' })).toEqual(none);
    expect(await presence()).toMatchObject([{ presence: 'here', misses: 0 }]);
    expect(
      await rows(
        'select n.cidr::text from connections c join networks n on n.id = c.network_id where c.site_id = $site',
      ),
    ).toEqual([{ cidr: '192.168.0.0/23' }]);
  });
});

describe('two scans at once', () => {
  test('of one network: the second is refused until the first has gone', async () => {
    const first = await openSession(db.url, { application: 'test' });
    const second = await openSession(db.url, { application: 'test' });
    const ask = async (session: typeof first) =>
      (await beginScan(session, 'busy', ['10.0.0.0/24', '10.0.1.0/24'])).map(({ granted }) => granted);
    expect(await ask(first)).toEqual([true, true]);
    expect(await ask(second)).toEqual([false, false]);
    await first.close();
    await expect.poll(() => ask(second)).toEqual([true, true]);
    await second.close();
  });

  test('of two networks that see the same new devices: each becomes one device', async () => {
    const { scan, rows } = site();
    const networks = ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24'];
    await Promise.all(networks.map(network => scan({}, { network })));
    await Promise.all(
      networks.map((network, n) =>
        scan(Object.fromEntries([A, B, C].map((mac, i) => [`10.${n + 1}.0.${i + 2}`, mac])), { network }),
      ),
    );
    expect(await rows('select count(*) as n from devices where site_id = $site')).toEqual([{ n: 3 }]);
    expect(await rows('select count(*) as n from connections where site_id = $site')).toEqual([{ n: 12 }]);
  });

  test('known devices are handed to the scan', async () => {
    const { name, scan } = site();
    await scan({ '192.168.1.2': A });
    const session = await openSession(db.url, { application: 'test' });
    const [permit] = await beginScan(session, name, ['192.168.1.0/24']);
    expect(permit?.known).toEqual([{ mac: A, ip: '192.168.1.2' }]);
    await session.close();
  });
});

describe('networks with one prefix on several links', () => {
  const record = (name: string, network: string, link: string, seen: Record<string, string>) =>
    db.pool.query<{ new: number; moved: number; missing: number }>(
      `select new, moved, missing from record_scan($1, $2, 'lan0', 'packet', 1, 1, 1, 1, 1, null, $3, $4, null, $5)`,
      [name, network, Object.values(seen), Object.keys(seen), link],
    );

  test('are two networks, each with its own scans and its own lock', async () => {
    const { name, rows } = site();
    await record(name, '10.0.0.0/24', '', { '10.0.0.2': A });
    await record(name, '10.0.0.0/24', 'lan0.20', { '10.0.0.3': C });
    await record(name, '10.0.0.0/24', 'lan0.20', { '10.0.0.3': C });
    expect(await rows(`select link, scans from networks where site_id = $site order by link`)).toEqual([
      { link: '', scans: 1 },
      { link: 'lan0.20', scans: 2 },
    ]);
    const [first, second] = [
      await openSession(db.url, { application: 'test' }),
      await openSession(db.url, { application: 'test' }),
    ];
    const ask = (session: typeof first, links: string[] | null) =>
      session.query(
        `select link, granted, macs::text[], scans from begin_scan($1, array['10.0.0.0/24', '10.0.0.0/24']::cidr[], $2) limit 2`,
        [name, links],
      );
    expect(await ask(first, ['', 'lan0.20'])).toEqual([
      { link: '', granted: true, macs: [A], scans: 1 },
      { link: 'lan0.20', granted: true, macs: [C], scans: 2 },
    ]);
    expect(await ask(second, ['lan0.30', 'lan0.20'])).toEqual([
      { link: 'lan0.30', granted: true, macs: [], scans: 0 },
      { link: 'lan0.20', granted: false, macs: [C], scans: 2 },
    ]);
    await first.close();
    await second.close();
  });

  test('share a device: it stays with the one that saw it, until the other alone does', async () => {
    const { name, rows, presence } = site();
    const seen = { 'fe80::1': A };
    const link = () =>
      rows(`select n.link from connections as c join networks as n on n.site_id = c.site_id and n.id = c.network_id
            where c.site_id = $site and c.ended_at is null`);
    await record(name, 'fe80::/64', 'lan0', seen);
    await record(name, 'fe80::/64', 'lan1', seen);
    expect(await link()).toEqual([{ link: 'lan0' }]);
    await record(name, 'fe80::/64', 'lan0', {});
    await record(name, 'fe80::/64', 'lan1', seen);
    expect(await link()).toEqual([{ link: 'lan1' }]);
    expect(await presence()).toMatchObject([{ presence: 'here' }]);
  });

  test('a failure is that of one of them', async () => {
    const { name, rows } = site();
    await db.pool.query(`select record_scan_failure($1, '10.0.0.0/24', 'lan0', 'no carrier', 'lan0.20')`, [
      name,
    ]);
    expect(await rows('select link, failures from networks where site_id = $site')).toEqual([
      { link: 'lan0.20', failures: 1 },
    ]);
  });
});

test('every address of an IPv6 network counts as asked', async () => {
  const { scan, presence } = site();
  const network = { network: 'fe80::/64' };
  await scan({ 'fe80::': A, 'fe80::ffff:ffff:ffff:ffff': C, 'fe80::2': B }, network);
  expect((await presence()).map(row => row.presence)).toEqual(['here', 'here', 'here']);
  for (let i = 0; i < 3; i++) await scan({ 'fe80::2': B }, network);
  expect((await presence()).map(row => row.presence).sort()).toEqual(['gone', 'gone', 'here']);
  await scan({ '2001:db8::1': A }, network);
  expect((await presence()).at(-1)).toMatchObject({ ip: '2001:db8::1', presence: 'gone' });
});
