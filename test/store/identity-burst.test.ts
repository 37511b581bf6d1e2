// What one station invents: a flood of MACs, and answers in the name of others.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

const network = '10.9.0.0/16';
const ip = (n: number) => `10.9.${n >> 8}.${n & 255}`;
const known: Pair[] = Array.from({ length: 40 }, (_, n) => [ip(n + 10), macOf(n + 10)]);
/** Other MACs in each call. */
const invented = (count: number, round: number): Pair[] =>
  Array.from({ length: count }, (_, n) => [
    ip(256 + n),
    `02:${round.toString(16).padStart(2, '0')}:aa:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
  ]);
const rowsOf = async () => {
  const [sizes] = await site.rows<Record<string, number>>(
    `select (select count(*)::integer from devices where site_id = $site) as devices,
            (select count(*)::integer from connections where site_id = $site) as connections,
            (select count(*)::integer from alerts where site_id = $site) as alerts,
            (select count(*)::integer from deliveries where site_id = $site) as deliveries`,
  );
  return sizes;
};

describe('arp_flood', () => {
  test('is one alert and no device, however long it lasts; the known stay, and it ends', async () => {
    await site.scan(known, { network });
    const before = (await rowsOf())!;
    for (let round = 0; round < 8; round++) {
      await site.scan([...known, ...invented(3000, round)], { network });
    }
    expect(await rowsOf()).toEqual({
      ...before,
      alerts: before['alerts']! + 1,
      deliveries: before['deliveries']! + 1,
    });
    expect(await site.alerts()).toMatchObject([
      {
        kind: 'arp_flood',
        severity: 'high',
        open: true,
        count: 8,
        detail: { unseen: 3000, held: 3000, peak: 3000, network },
      },
    ]);
    const [flood] = await site.alerts();
    expect(flood?.detail['sample']).toHaveLength(20);
    expect((await site.here()).length).toBe(known.length);
    await site.scan(known, { network });
    expect(await site.alerts()).toMatchObject([{ kind: 'arp_flood', open: false }]);
    expect(await site.rows('select from arp_floods where site_id = (select $site)')).toEqual([]);
  });

  test('a known device that moves or sleeps in the middle of it is treated as ever', async () => {
    await site.scan(known, { network });
    await site.scan([...known.slice(1), [ip(5), known[0]![1]], ...invented(500, 1)], { network });
    expect(await site.raised()).toEqual([`arp_flood`, `ip_changed ${ip(5)} routine`]);
    await site.scans(5, [...known.slice(2), ...invented(500, 2)], { network });
    expect((await site.here()).includes(`${known[1]![0]} ${known[1]![1]}`)).toBe(false);
  });

  test('a newcomer that stays is found in the middle of it', async () => {
    const newcomer: Pair = [ip(9), macOf(9)];
    await site.scan(known, { network });
    await site.scan([...known, newcomer, ...invented(500, 1)], { network });
    expect(await site.raised()).toEqual(['arp_flood']);
    await site.scan([...known, newcomer, ...invented(500, 2)], { network });
    expect(await site.raised()).toEqual([`new_device ${ip(9)}`]);
  });

  test('of MACs that stay lets 256 in per hour', async () => {
    await site.scan(known, { network });
    await site.scans(50, [...known, ...invented(1000, 1)], { network });
    expect((await rowsOf())!['devices']).toBe(known.length + 256);
  });

  test('that drips in is one too', async () => {
    await site.scan(known, { network });
    for (let round = 0; round < 30; round++) await site.scan([...known, ...invented(16, round)], { network });
    expect((await rowsOf())!['devices']).toBe(known.length + 256);
    expect((await site.alerts(`kind = 'arp_flood'`)).length).toBe(1);
  });

  test('is none where as many are known, and at a first look', async () => {
    await site.scan(invented(3000, 1), { network });
    await site.scan(
      [...invented(3000, 1), ...invented(1000, 2).map(([, mac], n): Pair => [ip(5000 + n), mac])],
      {
        network,
      },
    );
    expect((await site.alerts(`kind = 'arp_flood'`)).length).toBe(0);
    expect((await rowsOf())!['devices']).toBe(4000);
  });

  test('that claims the addresses of known devices raises no conflicts', async () => {
    await site.scan(known, { network });
    await site.scan(
      [...known, ...invented(300, 1).map(([, mac], n): Pair => [known[n % known.length]![0], mac])],
      {
        network,
      },
    );
    expect(await site.raised()).toEqual(['arp_flood']);
  });
});

describe('proxy_arp', () => {
  const lan = '192.168.7.0/24';
  const host = (n: number) => `192.168.7.${n}`;
  const [ROUTER, A] = [macOf(200), macOf(201)];
  const answers = (from: number, to: number, mac = ROUTER): Pair[] =>
    Array.from({ length: to - from + 1 }, (_, n) => [host(from + n), mac]);

  test('is one low alert, its own address stays, and the others make no connections', async () => {
    await site.scan(
      [
        [host(1), ROUTER],
        [host(2), A],
      ],
      { network: lan },
    );
    await site.scans(40, [...answers(100, 199), [host(1), ROUTER], [host(2), A]], { network: lan });
    expect(await site.raised()).toEqual(['proxy_arp']);
    expect(await site.alerts()).toMatchObject([
      { severity: 'low', open: true, mac: ROUTER, detail: { addresses: 100, covers: 0, first: host(100) } },
    ]);
    expect(await site.here()).toEqual([`${host(1)} ${ROUTER}`, `${host(2)} ${A}`]);
    await site.scans(
      20,
      [
        [host(1), ROUTER],
        [host(2), A],
      ],
      { network: lan },
    );
    expect(await site.alerts()).toMatchObject([{ open: false }]);
  });

  test('at the first look: the gateway’s address, or the lowest, is its own', async () => {
    await site.scan([...answers(1, 200), [host(250), A]], { network: lan, gateway: host(100) });
    expect(await site.here()).toEqual([`${host(100)} ${ROUTER}`, `${host(250)} ${A}`]);
  });

  test('is no cover for taking one address afterwards', async () => {
    await site.scan(
      [
        [host(1), ROUTER],
        [host(2), A],
      ],
      { network: lan },
    );
    await site.scans(2, [...answers(100, 199, macOf(66)), [host(1), ROUTER], [host(2), A]], { network: lan });
    await site.scan(
      [
        [host(100), macOf(66)],
        [host(2), macOf(66)],
        [host(1), ROUTER],
        [host(2), A],
      ],
      {
        network: lan,
      },
    );
    expect(await site.raised()).toContain(`ip_conflict ${host(2)}`);
  });

  test('that covers known devices is medium, and no conflict', async () => {
    const devices: Pair[] = Array.from({ length: 8 }, (_, n) => [host(100 + n), macOf(n + 1)]);
    await site.scan([[host(1), ROUTER], ...devices], { network: lan });
    await site.scans(3, [...answers(100, 199), [host(1), ROUTER], ...devices], { network: lan });
    expect(await site.raised()).toEqual(['proxy_arp']);
    expect(await site.alerts()).toMatchObject([{ severity: 'medium', detail: { covers: 8 } }]);
  });

  test('stays known when a scan asks for a part only', async () => {
    await site.scan(
      [
        [host(1), ROUTER],
        [host(2), A],
      ],
      { network: lan },
    );
    await site.scan([...answers(100, 199), [host(1), ROUTER], [host(2), A]], { network: lan });
    await site.scan([...answers(100, 109), [host(1), ROUTER], [host(2), A]], { network: lan });
    expect((await site.here()).length).toBe(2);
  });

  test('that claims the gateway’s address too is both', async () => {
    await site.scans(
      2,
      [
        [host(1), ROUTER],
        [host(2), A],
      ],
      { network: lan, gateway: host(1) },
    );
    await site.scan([...answers(3, 254, A), [host(1), A], [host(1), ROUTER], [host(2), A]], {
      network: lan,
      gateway: host(1),
    });
    expect((await site.raised()).sort()).toEqual(['gateway_changed 192.168.7.1', 'proxy_arp']);
  });

  test('is neither a server with ten aliases nor a network full of honest devices', async () => {
    await site.scan(
      [
        [host(1), ROUTER],
        [host(2), A],
      ],
      { network: lan },
    );
    await site.scan([...answers(10, 19, A), [host(1), ROUTER], [host(2), A]], { network: lan });
    expect(await site.raised()).toEqual([]);
    expect((await site.here()).length).toBe(12);
    await site.scan(
      Array.from({ length: 4000 }, (_, n): Pair => [ip(n + 1), macOf(n, 7)]),
      { network },
    );
    expect(await site.raised()).toEqual([]);
  });
});
