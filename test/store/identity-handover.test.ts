// An address passes from one device to another: arpwatch's words, and who is told.
import { afterAll, beforeAll, beforeEach, afterEach, expect, test, describe } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { FedSite, macOf, type Pair } from './identity-site.ts';

let db: TestDatabase;
let site: FedSite;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  site = await FedSite.open(db);
});
afterEach(() => site.close());

const [A, B, C, D] = [macOf(1), macOf(2), macOf(3), macOf(4)];
const rest: Pair[] = Array.from({ length: 6 }, (_, n) => [`192.168.1.${100 + n}`, macOf(100 + n)]);
const at = (host: number, mac: string): Pair => [`192.168.1.${host}`, mac];

describe('a live address', () => {
  test('that another known device takes over is told of at once', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.scan([...rest, at(10, B)]);
    expect(await site.raised()).toEqual(['mac_changed 192.168.1.10']);
    expect(await site.alerts()).toMatchObject([
      {
        severity: 'medium',
        mac: B,
        open: false,
        count: 1,
        detail: { old: { mac: A }, new: { mac: B }, changes: 1 },
      },
    ]);
    await site.scans(6, [...rest, at(10, B)]);
    expect(await site.raised()).toEqual([]);
  });

  test('that an unknown MAC takes over (a new network card, or somebody posing) is a new device and a change', async () => {
    await site.scan([...rest, at(10, A)]);
    await site.scan([...rest, at(10, B)]);
    expect((await site.raised()).sort()).toEqual(['mac_changed 192.168.1.10', 'new_device 192.168.1.10']);
  });

  test('of a watched device is high', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.set(A, 'importance', 'watched');
    await site.scan([...rest, at(10, B)]);
    expect(await site.alerts(`kind = 'mac_changed'`)).toMatchObject([{ severity: 'high' }]);
  });

  test('that goes back to the one before is a flip flop; three changes within a day are high, and two messages', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.scan([...rest, at(10, B)]);
    expect(await site.raised()).toEqual(['mac_changed 192.168.1.10']);
    await site.scan([...rest, at(10, A)]);
    expect(await site.raised()).toEqual(['flip_flop 192.168.1.10']);
    for (let n = 0; n < 10; n++) await site.scan([...rest, at(10, n % 2 === 0 ? B : A)]);
    expect(await site.raised()).toEqual(['flip_flop 192.168.1.10']);
    const flips = await site.alerts(`kind = 'flip_flop'`);
    expect(flips.map(({ severity }) => severity)).toEqual(['medium', 'high']);
    expect(Math.max(...flips.map(({ count }) => count))).toBeGreaterThanOrEqual(9);
  });

  test('that returns to a third holder is reused', async () => {
    await site.scan([...rest, at(10, A), at(11, B), at(12, C)]);
    for (const mac of [B, C, A]) await site.scan([...rest, at(10, mac)]);
    expect(await site.raised()).toEqual([
      'mac_changed 192.168.1.10',
      'mac_changed 192.168.1.10',
      'mac_reused 192.168.1.10',
    ]);
  });

  test('two that swap their addresses are two changes, and no conflict', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.scan([...rest, at(10, B), at(11, A)]);
    expect(await site.raised()).toEqual(['mac_changed 192.168.1.10', 'mac_changed 192.168.1.11']);
    expect(await site.rows('select from contested_addresses where site_id = $site')).toEqual([]);
  });

  test('many at once have one cause, and are one row', async () => {
    const hosts = Array.from({ length: 60 }, (_, n) => n + 10);
    await site.scan(hosts.map(n => at(n, macOf(n))));
    await site.scan(hosts.map(n => at(n, macOf(n === 69 ? 10 : n + 1))));
    expect(await site.raised()).toEqual(['mac_changed']);
    expect(await site.alerts()).toMatchObject([{ severity: 'medium', detail: { total: 60 } }]);
  });
});

describe('an address whose holder went long ago', () => {
  test('is a lease: a row, resolved, and nobody is told', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.scans(5, [...rest, at(11, B)]);
    await site.scan([...rest, at(10, B)], { minutes: 600 });
    expect(await site.raised()).toEqual(['mac_changed 192.168.1.10 routine']);
    expect(await site.alerts()).toMatchObject([{ severity: 'info', open: false }]);
    expect(
      await site.rows(`select state, reason from deliveries where site_id = $site and alert_id in
                       (select id from alerts where site_id = $site and kind = 'mac_changed')`),
    ).toMatchObject([{ state: 'suppressed' }]);
  });

  test('counts on for a week, so that 200 leases a day stay few rows', async () => {
    const devices = Array.from({ length: 20 }, (_, n) => macOf(n + 20));
    await site.scan([...rest, ...devices.map((mac, n) => at(n + 10, mac))]);
    for (let day = 0; day < 6; day++) {
      await site.scans(4, rest, { minutes: 60 });
      await site.scan([...rest, ...devices.map((mac, n) => at(((n + day + 1) % 20) + 10, mac))], {
        minutes: 600,
      });
    }
    const [{ n } = { n: 0 }] = await site.rows<{ n: number }>(
      'select count(*)::integer as n from alerts where site_id = $site and routine',
    );
    expect(n).toBeGreaterThan(0);
    expect(n).toBeLessThanOrEqual(80);
    expect(await site.alerts(`not routine and kind <> 'scan_failing' and kind <> 'network_outage'`)).toEqual(
      [],
    );
  });

  test('an ignored device that gets it is no news', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.set(B, 'state', 'ignored');
    await site.scans(5, [...rest, at(11, B)]);
    await site.scan([...rest, at(10, B)], { minutes: 600 });
    expect(await site.raised()).toEqual([]);
  });

  test('nor is it sent who takes the live address of an ignored device', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.set(A, 'state', 'ignored');
    await site.scan([...rest, at(10, B)]);
    expect(await site.raised()).toEqual(['mac_changed 192.168.1.10 routine']);
  });

  test('an ignored device that takes a live one is', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.set(B, 'state', 'ignored');
    await site.scan([...rest, at(10, B)]);
    expect(await site.raised()).toEqual(['mac_changed 192.168.1.10']);
  });
});

describe('a device on another address', () => {
  test('that nobody held has changed its address: routine', async () => {
    await site.scan([...rest, at(10, A)]);
    await site.scan([...rest, at(20, A)]);
    expect(await site.raised()).toEqual(['ip_changed 192.168.1.20 routine']);
    expect(await site.alerts()).toMatchObject([{ detail: { old: '192.168.1.10', new: '192.168.1.20' } }]);
  });

  test('is told of when the device is watched', async () => {
    await site.scan([...rest, at(10, A)]);
    await site.set(A, 'importance', 'watched');
    await site.scan([...rest, at(20, A)]);
    expect(await site.raised()).toEqual(['ip_changed 192.168.1.20']);
  });

  test('that only gained one has not changed it', async () => {
    await site.scan([...rest, at(10, A)]);
    await site.scan([...rest, at(10, A), at(20, A)]);
    expect(await site.raised()).toEqual([]);
  });
});

test('a device after six months is back, whoever had forgotten it', async () => {
  await site.scan([...rest, at(10, A), at(11, B)]);
  await site.scans(5, rest);
  await site.scan([...rest, at(11, B)], { minutes: 60 * 24 * 100 });
  expect(await site.raised()).toEqual([]);
  await site.scan([...rest, at(10, A)], { minutes: 60 * 24 * 100 });
  expect(await site.raised()).toEqual(['mac_returned 192.168.1.10']);
  await site.scan([...rest, at(10, A)]);
  expect(await site.raised()).toEqual([]);
});

test('the MACs of one device pass its address among themselves without a word', async () => {
  await site.scan([...rest, at(10, A), at(11, D)]);
  await site.rows(
    `update device_macs as m set device_id = (select device_id from device_macs where site_id = $site and mac = $1)
     where site_id = $site and mac = $2`,
    [A, D],
  );
  await site.rows(
    `update connections as c set device_id = m.device_id from device_macs as m
     where c.site_id = $site and m.site_id = c.site_id and m.mac = c.mac`,
  );
  await site.scan([...rest, at(10, D)]);
  await site.scan([...rest, at(10, A)]);
  await site.scan([...rest, at(10, A), at(10, D)]);
  expect(await site.raised()).toEqual([]);
});
