// Two devices claim one address within a scan, or somebody claims the gateway's.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSession } from '../../src/store/session.ts';
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

const [A, B, C, ROUTER] = [macOf(1), macOf(2), macOf(3), macOf(254)];
const rest: Pair[] = Array.from({ length: 6 }, (_, n) => [`192.168.1.${100 + n}`, macOf(100 + n)]);
const at = (host: number, mac: string): Pair => [`192.168.1.${host}`, mac];

describe('ip_conflict', () => {
  test('is one open alert that names both, and ends with the first scan that shows one', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.set(A, 'name', 'Printer');
    await site.scans(5, [...rest, at(10, A), at(10, B), at(11, B)]);
    expect(await site.raised()).toEqual(['ip_conflict 192.168.1.10']);
    const [open] = await site.alerts();
    expect(open).toMatchObject({ severity: 'high', open: true, count: 1 });
    expect(open?.summary).toMatch(/^192\.168\.1\.10 is claimed by Printer and .*3c:37:12:01:00:02$/);
    expect(open?.detail).toMatchObject({ claimants: [{ mac: A, name: 'Printer' }, { mac: B }] });
    await site.scan([...rest, at(10, A), at(11, B)]);
    expect(await site.alerts()).toMatchObject([{ open: false }]);
    expect(await site.raised()).toEqual([]);
  });

  test('that comes and goes is one alert with a count', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    for (let n = 0; n < 5; n++) {
      await site.scan([...rest, at(10, A), at(10, B), at(11, B)]);
      await site.scan([...rest, at(10, A), at(11, B)]);
    }
    expect(await site.alerts()).toMatchObject([{ kind: 'ip_conflict', count: 5, open: false }]);
  });

  test('of an unknown MAC with a known device', async () => {
    await site.scan([...rest, at(10, A)]);
    await site.scan([...rest, at(10, A), at(10, C)]);
    expect((await site.raised()).sort()).toEqual(['ip_conflict 192.168.1.10', 'new_device 192.168.1.10']);
  });

  test('that was there at the first look', async () => {
    await site.scan([...rest, at(10, A), at(10, B)]);
    expect(await site.raised()).toEqual(['ip_conflict 192.168.1.10']);
  });

  test('ends when both have gone', async () => {
    await site.scan([...rest, at(10, A), at(10, B)]);
    await site.scans(4, rest);
    expect(await site.alerts()).toMatchObject([{ kind: 'ip_conflict', open: false }]);
    expect(await site.rows('select from contested_addresses where site_id = $site')).toEqual([]);
  });

  test('that the newcomer wins is no second cause', async () => {
    await site.scan([...rest, at(10, A), at(11, B)]);
    await site.scans(2, [...rest, at(10, A), at(10, B), at(11, B)]);
    await site.scans(5, [...rest, at(10, B), at(11, B)]);
    expect(await site.raised()).toEqual(['ip_conflict 192.168.1.10', 'mac_changed 192.168.1.10 routine']);
  });

  test('is none between the MACs of one device, or where all are ignored', async () => {
    await site.scan([...rest, at(10, A), at(11, B), at(12, C)]);
    await site.rows(
      `update device_macs set device_id = (select device_id from device_macs where site_id = $site and mac = $1)
       where site_id = $site and mac = $2`,
      [A, B],
    );
    await site.scan([...rest, at(10, A), at(10, B), at(12, C)]);
    expect(await site.raised()).toEqual([]);
    await site.set(A, 'state', 'ignored');
    await site.set(C, 'state', 'archived');
    await site.scan([...rest, at(10, A), at(10, C), at(12, C)]);
    expect(await site.raised()).toEqual([]);
  });

  test('on the same address of two networks is none', async () => {
    await site.scan([['10.0.0.5', A]], { network: '10.0.0.0/24' });
    await site.scan([['10.0.1.5', B]], { network: '10.0.1.0/24' });
    expect(await site.raised()).toEqual([]);
  });
});

describe('the address of the scanner itself', () => {
  const claim = async (macs: string[]) => {
    const session = await openSession(db.urlAs('netureon_scan'), { application: 'test' });
    await session.query('select record_own_claims($1, $2, $3, $4, $5, $6)', [
      site.name,
      '192.168.1.0/24',
      '',
      '192.168.1.50',
      macOf(50),
      macs,
    ]);
    await session.close();
  };

  test('claimed by another is a conflict until it has been quiet for minutes', async () => {
    // The scanner's role cannot set the clock, so this site lives in the present.
    await site.rows(`select set_config('netureon.clock', '', false)`);
    const scan = async () =>
      site.rows(
        `select * from record_scan($1, '192.168.1.0/24', 'lan0', 'packet', 1, 254, 1, 254, 0, null, $2, $3)`,
        [site.name, [A], ['192.168.1.10']],
      );
    await scan();
    await claim([A]);
    await claim([A]);
    expect(await site.alerts()).toMatchObject([
      { kind: 'ip_conflict', ip: '192.168.1.50', mac: A, open: true, count: 1, severity: 'high' },
    ]);
    await scan();
    expect(await site.alerts()).toMatchObject([{ open: true }]);
    await site.rows(
      `update contested_addresses set both_at = both_at - interval '3 minutes' where site_id = $site`,
    );
    await scan();
    expect(await site.alerts()).toMatchObject([{ open: false }]);
  });
});

describe('gateway_changed', () => {
  const gateway = '192.168.1.1';
  const home = [...rest, at(1, ROUTER), at(11, B)];

  test('is critical when another MAC answers beside it, one alert, and ends when the old one alone answers', async () => {
    await site.scans(2, home, { gateway });
    expect(await site.rows('select gateway_mac::text from networks where site_id = $site')).toEqual([
      { gateway_mac: ROUTER },
    ]);
    await site.scans(20, [...home, at(1, B)], { gateway });
    expect(await site.raised()).toEqual(['gateway_changed 192.168.1.1']);
    expect(await site.alerts()).toMatchObject([
      {
        severity: 'critical',
        open: true,
        mac: B,
        detail: { old_mac: ROUTER, new_mac: B, old_answers: true, ip: gateway },
      },
    ]);
    await site.scan(home, { gateway });
    expect(await site.alerts()).toMatchObject([{ open: false }]);
    expect(await site.raised()).toEqual([]);
  });

  test('is raised when the old one is silent, by a known and accepted device, without a second alert', async () => {
    await site.scans(2, home, { gateway });
    await site.scans(10, [...rest, at(1, B), at(11, B)], { gateway });
    expect(await site.raised()).toEqual(['gateway_changed 192.168.1.1']);
    expect(await site.alerts()).toMatchObject([{ detail: { old_answers: false } }]);
  });

  test('in a network that is otherwise steady: the spoofer is known and was there', async () => {
    // The other claim was known before the gateway was: nothing opens, and it is still noticed.
    await site.scan([...home, at(1, B)]);
    await site.scan([...home, at(1, B)], { gateway });
    expect((await site.alerts(`kind = 'gateway_changed'`)).length).toBe(1);
  });

  test('is accepted by a person, and then the old one is the other', async () => {
    await site.scans(2, home, { gateway });
    const replaced = [...rest, at(1, C), at(11, B)];
    await site.scan(replaced, { gateway });
    const [network] = await site.rows<{ id: number }>('select id from networks where site_id = $site');
    const web = await openSession(db.urlAs('netureon_admin'), { application: 'test' });
    await web.query('select accept_gateway($1, $2, $3, $4)', [site.name, network?.id, C, 'anna']);
    await expect(
      web.query('select accept_gateway($1, $2, $3, $4)', [site.name, network?.id, macOf(77), 'anna']),
    ).rejects.toThrow('nobody has been seen');
    await expect(
      web.query('select accept_gateway($1, $2, $3, $4)', [site.name, 999_999, C, 'anna']),
    ).rejects.toThrow('there is no network');
    // Taken back, it is told of again; the person says the same again.
    await web.query('select accept_gateway($1, $2, $3, $4)', [site.name, network?.id, ROUTER, 'anna']);
    await site.scan(replaced, { gateway });
    expect(await site.alerts(`kind = 'gateway_changed'`)).toMatchObject([{ open: true }]);
    await web.query('select accept_gateway($1, $2, $3, $4)', [site.name, network?.id, C, 'anna']);
    await web.close();
    expect(await site.alerts(`kind = 'gateway_changed'`)).toMatchObject([{ open: false }]);
    await site.scans(3, replaced, { gateway });
    expect(await site.alerts(`kind = 'gateway_changed'`)).toMatchObject([{ open: false, count: 2 }]);
    await site.scan([...replaced, at(1, ROUTER)], { gateway, minutes: 120 });
    expect((await site.alerts(`kind = 'gateway_changed'`)).at(-1)).toMatchObject({
      open: true,
      detail: { old_mac: C, new_mac: ROUTER },
    });
  });

  test('is raised for a gateway that was away, and whose address another takes', async () => {
    await site.scans(2, home, { gateway });
    await site.scans(5, [...rest, at(11, B)], { gateway });
    await site.scan([...rest, at(1, B), at(11, B)], { gateway });
    expect(await site.raised()).toEqual(['gateway_changed 192.168.1.1']);
  });

  test('is not raised for a gateway that is silent, or that has two MACs of one device', async () => {
    await site.scans(2, home, { gateway });
    await site.scans(5, [...rest, at(11, B)], { gateway });
    await site.rows(
      `update device_macs set device_id = (select device_id from device_macs where site_id = $site and mac = $1)
       where site_id = $site and mac = $2`,
      [ROUTER, B],
    );
    await site.scans(2, [...rest, at(1, B)], { gateway });
    expect(await site.raised()).toEqual([]);
  });

  test('is raised when the scanner is led to another router', async () => {
    await site.scans(2, home, { gateway });
    await site.scan(home, { gateway: '192.168.1.11' });
    expect(await site.alerts()).toMatchObject([
      { kind: 'gateway_changed', detail: { ip: '192.168.1.11', old_ip: gateway, new_mac: B } },
    ]);
  });
});
