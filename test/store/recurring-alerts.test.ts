// Who claims the gateway's address, or anybody's, comes back: the same one is told again in a while, another one at once.
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { acknowledgeAlert } from '../../src/store/device-changes.ts';
import type { Db } from '../../src/store/session.ts';
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
const people: Db = { query: (text, values) => site.rows(text, values) };

const gateway = '192.168.1.1';
const [ROUTER, EIGHT, NINE] = [macOf(254), macOf(8), macOf(9)];
const home: Pair[] = [
  [gateway, ROUTER],
  ['192.168.1.8', EIGHT],
  ['192.168.1.9', NINE],
];

/** Scans in which these claim the gateway's address beside it; none: it is calm. */
const claim = (macs: string[], minutes = 1) =>
  site.scan([...home, ...macs.map((mac): Pair => [gateway, mac])], { gateway, minutes });

interface Row {
  id: number;
  mac: string;
  count: number;
  open: boolean;
  by: string | null;
  reopens: number | null;
  /** The device that has this MAC is the one that it is about. */
  own: boolean;
  /** Messages on their way or sent, and those for when nobody has acknowledged. */
  told: number;
  called: number;
}
const alerts = (kind = 'gateway_changed') =>
  site.rows<Row>(
    `select a.id, a.mac::text, a.count, a.resolved_at is null as open, a.acknowledged_by as by, a.reopens,
            m.device_id is not distinct from a.device_id as own,
            (select count(*)::integer from deliveries as d
             where d.site_id = a.site_id and d.alert_id = a.id and d.state = 'queued' and not d.escalation) as told,
            (select count(*)::integer from deliveries as d
             where d.site_id = a.site_id and d.alert_id = a.id and d.state = 'queued' and d.escalation) as called
     from alerts as a left join device_macs as m on m.site_id = a.site_id and m.mac = a.mac
     where a.site_id = $site and a.kind = $1 order by a.id`,
    [kind],
  );

/** Email, and whoever is called after a quarter of an hour. */
async function setUp(): Promise<void> {
  await site.rows('select site_of($1)', [site.name]);
  await site.rows(
    `insert into channels (site_id, name, kind, target)
     values ($site, 'email', 'email', 'anna@example.org'), ($site, 'telegram:42', 'telegram', '42')`,
  );
  await site.rows(
    `update rules set channels = array[e.id], escalate_after = '15 minutes', escalate_to = t.id
     from channels as e, channels as t
     where rules.site_id = $site and e.site_id = $site and e.name = 'email' and t.site_id = $site and t.name = 'telegram:42'`,
  );
  await site.scans(2, home, { gateway });
}

describe('the gateway’s address', () => {
  test('claimed by another than before is an alert of its own, whatever was acknowledged', async () => {
    await setUp();
    await claim([NINE]);
    const [first] = await alerts();
    expect(first).toMatchObject({ mac: NINE, told: 1, called: 1 });
    await acknowledgeAlert(people, site.name, first!.id, true, 'Anna');
    await claim([]);
    await claim([EIGHT]);
    expect(await alerts()).toEqual([
      { ...first, open: false, by: 'Anna', called: 0 },
      {
        id: expect.any(Number) as number,
        mac: EIGHT,
        count: 1,
        open: true,
        by: null,
        reopens: first!.id,
        own: true,
        told: 1,
        called: 1,
      },
    ]);
    const [{ summary } = { summary: '' }] = await site.alerts(
      `kind = 'gateway_changed' and count = 1 and reopens is null`,
    );
    expect(summary).toContain(NINE);
  });

  test('claimed by another beside the first is told of while the first goes on, and is about the other', async () => {
    await setUp();
    await claim([NINE]);
    await claim([EIGHT, NINE]);
    await claim([EIGHT, NINE]);
    expect(await alerts()).toMatchObject([
      { mac: NINE, open: false, own: true, told: 1 },
      { mac: EIGHT, open: true, own: true, told: 1, count: 1 },
    ]);
    // One of the two is left: nothing new.
    await claim([NINE]);
    expect(await alerts()).toMatchObject([{ open: false }, { mac: EIGHT, open: true, own: true, count: 2 }]);
    expect((await site.alerts(`kind = 'gateway_changed'`))[1]?.summary).toContain(EIGHT);
  });

  test('claimed by the same within the hour is open anew, acknowledged by nobody, and somebody is called', async () => {
    await setUp();
    await claim([NINE]);
    const [first] = await alerts();
    await acknowledgeAlert(people, site.name, first!.id, true, 'Anna');
    await claim([]);
    await claim([NINE], 10);
    expect(await alerts()).toEqual([{ ...first, count: 2, open: true, by: null, told: 1, called: 1 }]);
    // Going on is no reason to ask again.
    await acknowledgeAlert(people, site.name, first!.id, true, 'Anna');
    await claim([NINE], 10);
    expect(await alerts()).toMatchObject([{ by: 'Anna', count: 3 }]);
  });

  test('claimed by the same again and again is told again, once an hour', async () => {
    await setUp();
    for (let n = 0; n < 8; n++) {
      await claim([NINE], 29);
      await claim([]);
    }
    const rows = await alerts();
    // Claims of four hours, half an hour apart.
    expect(rows.map(({ count, told }) => [count, told])).toEqual(Array.from({ length: 4 }, () => [2, 1]));
    expect(rows.map(({ reopens }) => reopens)).toEqual([null, ...rows.slice(0, 3).map(({ id }) => id)]);
  });

  test('claimed by one MAC after another is five alerts in an hour, and the last lists the others', async () => {
    await setUp();
    for (let n = 0; n < 20; n++) await claim([macOf(100 + n)]);
    expect(await alerts()).toHaveLength(5);
    const [last] = await site.rows<{ claimants: number }>(
      `select cardinality(claimants) as claimants from alerts where site_id = $site and kind = 'gateway_changed' and resolved_at is null`,
    );
    expect(last).toEqual({ claimants: 16 });
    await claim([macOf(150)], 60);
    expect(await alerts()).toHaveLength(6);
  });
});

test('an address that others claim now than before is told again, about the one who is new', async () => {
  await setUp();
  const [A, B, C] = [macOf(30), macOf(31), macOf(32)];
  const conflict = (...macs: string[]) =>
    site.scan([...home, ...macs.map((mac): Pair => ['192.168.1.30', mac])], { gateway });
  await conflict(A);
  await conflict(A, B);
  const [first] = await alerts('ip_conflict');
  await conflict(A);
  await conflict(A, C);
  await conflict(A);
  await conflict(A, B);
  expect(await alerts('ip_conflict')).toEqual([
    { ...first, mac: B, own: true, count: 2, open: true, told: 1 },
    expect.objectContaining({ mac: C, own: true, count: 1, open: false, reopens: first!.id, told: 1 }) as Row,
  ]);
});

test('an alert never becomes one about another device', async () => {
  await setUp();
  const macs = [EIGHT, NINE, macOf(10), macOf(11)];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.subarray(macs), fc.integer({ min: 1, max: 70 })), { minLength: 5, maxLength: 15 }),
      async scans => {
        const about = new Map<number, string>();
        for (const [who, minutes] of scans) {
          await claim(who, minutes);
          const rows = await site.rows<{ id: number; is: string; open: boolean; claimants: string[] }>(
            `select id, concat_ws(' ', device_id, mac, ip) as is, resolved_at is null as open, claimants::text[] as claimants
             from alerts where site_id = $site and kind = 'gateway_changed'`,
          );
          for (const { id, is } of rows) {
            expect(about.get(id) ?? is).toBe(is);
            about.set(id, is);
          }
          const open = rows.filter(row => row.open);
          expect(open).toHaveLength(who.length === 0 ? 0 : 1);
          expect(open[0]?.claimants ?? []).toEqual(expect.arrayContaining(who));
        }
      },
    ),
    { numRuns: 6 },
  );
});
