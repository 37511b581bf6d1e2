import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordScanFailure } from '../../../src/store/scan-record.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { A, none, siteOf } from './site.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const site = () => siteOf(db.pool);

describe('alerts', () => {
  test('a new device has one alert, however many addresses it took', async () => {
    const { scan, alerts } = site();
    await scan({});
    await scan({}, { ips: ['192.168.1.2', '192.168.1.3'], macs: [A, A] });
    await scan({ '192.168.1.2': A });
    expect((await alerts()).slice(1)).toEqual([
      {
        kind: 'new_device',
        summary: expect.stringMatching(/^New device: AVM.* at 192\.168\.1\.2$/),
        count: 1,
        open: true,
      },
    ]);
  });

  test('a blocked device alerts each time it comes, and the alert ends when it goes', async () => {
    const { scan, alerts, rows } = site();
    await scan({ '192.168.1.2': A });
    await rows(`update devices set state = 'blocked' where site_id = $site returning 1`);
    await scan({ '192.168.1.2': A });
    expect(await alerts()).toHaveLength(1); // it was here when it was blocked: the person knows
    for (let visit = 1; visit <= 2; visit++) {
      for (let i = 0; i < 3; i++) await scan({});
      await scan({ '192.168.1.2': A });
    }
    expect((await alerts()).slice(1)).toMatchObject([
      { kind: 'blocked_device_seen', open: false },
      { kind: 'blocked_device_seen', open: true },
    ]);
  });

  test('scans that keep failing are one alert, which a completed one ends', async () => {
    const { scan, alerts } = site();
    await scan({});
    const fail = () => scan({}, { problem: 'eth0 is down', probed: 0 });
    await fail();
    await fail();
    expect(await alerts()).toHaveLength(1);
    for (let i = 0; i < 4; i++) await fail();
    expect((await alerts()).slice(1)).toMatchObject([{ kind: 'scan_failing', count: 4, open: true }]);
    await scan({});
    expect((await alerts()).slice(1)).toMatchObject([{ kind: 'scan_failing', open: false }]);
  });

  test('so are scans that cannot choose a network', async () => {
    const { name, alerts, scan } = site();
    const failure = { network: null, interface: '', problem: 'no private network' };
    for (let i = 0; i < 3; i++) await recordScanFailure(db.pool, name, failure);
    expect(await alerts()).toMatchObject([{ kind: 'scan_failing', open: true }]);
    await scan({});
    expect(await alerts()).toMatchObject([{ kind: 'scan_failing', open: false }, { kind: 'baseline' }]);
  });

  test('without a channel the delivery says so; with one it is queued, in the same transaction', async () => {
    const { scan, rows } = site();
    await scan({});
    expect(await rows('select state, reason from deliveries where site_id = $site')).toEqual([
      { state: 'suppressed', reason: 'no channel is set up' },
    ]);
    await rows(
      `insert into channels (site_id, name, kind, target) values ($site, 'email', 'email', 'a@example.org') returning 1`,
    );
    await scan({ '192.168.1.2': A });
    expect(
      await rows(
        `select d.state, d.reason, c.name from deliveries d left join channels c on c.id = d.channel_id where d.site_id = $site order by d.id desc limit 1`,
      ),
    ).toEqual([{ state: 'queued', reason: null, name: 'email' }]);
    expect(
      await rows(
        'select 1 from alerts a where a.site_id = $site and not exists (select from deliveries d where d.alert_id = a.id)',
      ),
    ).toEqual([]);
  });
});

test('a blocked device that changes its address has not left in between', async () => {
  const { scan, alerts, rows } = site();
  await scan({});
  await scan({ '192.168.1.2': A });
  await rows(`update devices set state = 'blocked' where site_id = $site returning 1`);
  await scan({ '192.168.1.3': A });
  await scan({ '192.168.1.4': A });
  expect((await alerts()).filter(({ kind }) => kind === 'blocked_device_seen')).toMatchObject([
    { open: true, count: 2 },
  ]);
});

describe('references to devices are kept by the database, a statement at a time', () => {
  const refused = { code: '23503' };
  test('a connection, a MAC and an alert need a device that exists', async () => {
    const { scan, rows } = site();
    await scan({ '192.168.1.2': A });
    const nobody = 'select max(id) + 1000 from devices';
    await expect(
      rows(
        `insert into device_macs (site_id, mac, device_id, first_seen_at) values ($site, '02:00:00:00:09:09', (${nobody}), now())`,
      ),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`update device_macs set device_id = (${nobody}) where site_id = $site`),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`update connections set device_id = (${nobody}) where site_id = $site`),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
      values ($site, (${nobody}), 1, '02:00:00:00:09:09', '10.9.9.9', now(), 'new')`),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`insert into alerts (site_id, kind, severity, device_id, summary, dedup_key)
      values ($site, 'new_device', 'low', (${nobody}), 'x', 'x')`),
    ).rejects.toMatchObject(refused);
  });

  test('and a device is never deleted', async () => {
    const { scan, rows } = site();
    await scan({ '192.168.1.2': A });
    await expect(rows('delete from devices where site_id = $site')).rejects.toThrow('archived, not deleted');
  });
});

test('10,000 devices in a first look become 10,000 devices in one go; 10,000 unknown MACs later become none', async () => {
  const { scan, rows, alerts } = site();
  const network = '10.0.0.0/16';
  const index = Array.from({ length: 10_000 }, (_, i) => i);
  const ips = index.map(i => `10.0.${i >> 8}.${i & 255}`);
  const macs = (third: number) =>
    index.map(
      i =>
        `02:00:00:0${third}:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    );
  const first = { network, ips, macs: macs(1) };
  expect(await scan({}, first)).toEqual({ ...none, new: 10_000 });
  expect(await scan({}, first)).toEqual(none);
  expect(await scan({}, { network, ips: [...ips, ...ips], macs: [...macs(1), ...macs(2)] })).toEqual(none);
  expect(await rows('select count(*) as n from devices where site_id = $site')).toEqual([{ n: 10_000 }]);
  expect((await alerts()).map(({ kind }) => kind)).toEqual(['baseline', 'arp_flood']);
});
