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
