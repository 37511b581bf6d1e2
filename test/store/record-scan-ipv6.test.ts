import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { FedSite, type Pair } from './identity-site.ts';

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

const mac = (n: number) => `3c:37:12:00:00:${n.toString(16).padStart(2, '0')}`;
const ipv4 = (count: number) =>
  Array.from({ length: count }, (_, i): Pair => [`192.168.1.${i + 1}`, mac(i + 1)]);
const local = (n: number): Pair => [`fe80::${n.toString(16)}`, mac(n)];

/** One completed look at lan0 by IPv6. */
async function look(pairs: readonly Pair[], minutes = 1, link = 'lan0') {
  await site.wait(minutes);
  const [changes] = await site.rows<{ new: number; returned: number; moved: number; missing: number }>(
    `select * from record_scan($1, 'fe80::/64', $4, 'packet', 300, $5, $5, 2, 2, null, $2, $3, p_link => $4)`,
    [site.name, pairs.map(([, one]) => one), pairs.map(([ip]) => ip), link, pairs.length],
  );
  return changes;
}

const ipv6Presence = () =>
  site.rows<{ ip: string; mac: string; presence: string }>(
    `select host(ip) as ip, mac::text, presence from device_presence
     where site_id = $site and family(ip) = 6 order by ip, started_at`,
  );
const kinds = async () =>
  (await site.rows<{ kind: string }>('select kind from alerts where site_id = $site order by id')).map(
    ({ kind }) => kind,
  );
const rowsHeard = async () =>
  (
    await site.rows<{ n: number }>(
      `select count(*)::integer as n from connections where site_id = $site and family(ip) = 6 and not ip << 'fe80::/10'`,
    )
  )[0]?.n;

it('attaches link-local addresses to the devices of their MACs, without an alert for each', async () => {
  await site.scans(2, ipv4(3));
  await look([local(1), local(2)]);
  expect(await look([local(1), local(2), local(3)])).toEqual({ new: 0, returned: 0, moved: 0, missing: 0 });
  expect(await kinds()).toEqual(['baseline', 'baseline']);
  expect(await site.rows('select count(*)::integer as devices from devices where site_id = $site')).toEqual([
    { devices: 3 },
  ]);
  expect(
    await site.rows(
      `select array_agg(host(ip) order by ip) as ips from connections where site_id = $site group by device_id order by min(ip)`,
    ),
  ).toEqual([1, 2, 3].map(n => ({ ips: [`192.168.1.${n}`, `fe80::${n}`] })));
});

it('makes a device of a MAC that speaks IPv6 only: known in the first look, new and told of later', async () => {
  await look([local(1)]);
  expect(await look([local(1), local(0xaa)])).toMatchObject({ new: 1 });
  expect(
    await site.rows(
      `select d.state, m.mac::text from devices as d join device_macs as m on m.site_id = d.site_id and m.device_id = d.id
       where d.site_id = $site order by m.mac`,
    ),
  ).toEqual([
    { state: 'known', mac: mac(1) },
    { state: 'new', mac: mac(0xaa) },
  ]);
  expect(await kinds()).toEqual(['baseline', 'new_device']);
});

it('tells when a neighbour is silent and when it is gone, and keeps links apart', async () => {
  await look([local(1), local(2)]);
  await look([local(1)], 1, 'lan1');
  await look([local(1)]);
  expect((await ipv6Presence()).map(({ ip, presence }) => `${ip} ${presence}`)).toEqual([
    'fe80::1 here',
    'fe80::2 quiet',
  ]);
  await look([local(1)]);
  await look([local(1)]);
  expect((await ipv6Presence()).map(({ ip, presence }) => `${ip} ${presence}`)).toEqual([
    'fe80::1 here',
    'fe80::2 gone',
  ]);
  expect(await look([local(1), local(2)])).toMatchObject({ returned: 1 });
  expect(
    await site.rows('select cidr::text, link from networks where site_id = $site order by link'),
  ).toEqual([
    { cidr: 'fe80::/64', link: 'lan0' },
    { cidr: 'fe80::/64', link: 'lan1' },
  ]);
});

it('never says of another address that it is here, and notes it once as long as it is heard', async () => {
  await look([local(1)]);
  const both: Pair[] = [local(1), ['fd66::1', mac(1)]];
  for (let hour = 0; hour < 30; hour++) await look(both, 60);
  expect(await ipv6Presence()).toEqual([
    { ip: 'fd66::1', mac: mac(1), presence: 'gone' },
    { ip: 'fe80::1', mac: mac(1), presence: 'here' },
  ]);
  const [heard] = await site.rows<{ hours: number; writes: boolean }>(
    `select extract(epoch from ended_at - started_at) / 3600 as hours from connections
     where site_id = $site and ip = 'fd66::1'`,
  );
  // Written four times a day, so "last heard" may be six hours old.
  expect(Number(heard?.hours)).toBeGreaterThanOrEqual(23);
  // A day and a half of silence, and it is another time.
  await look([local(1)], 37 * 60);
  await look(both);
  expect(await rowsHeard()).toBe(2);
});

it('keeps the latest twelve of the addresses that change every day, whatever the year brings', async () => {
  const devices = [1, 2, 3, 4, 5];
  const day = (n: number): Pair[] =>
    devices.flatMap(one => [
      local(one),
      [`2001:db8::${n.toString(16)}:${one}`, mac(one)],
      ['fd66::' + one, mac(one)],
    ]);
  await look(day(0));
  for (let n = 1; n <= 100; n++) await look(day(n), 24 * 60);
  expect(await rowsHeard()).toBe(devices.length * 12);
  const [last] = await site.rows<{ n: number }>(
    `select count(*)::integer as n from connections where site_id = $site and host(ip) like '2001:db8::64:%'`,
  );
  expect(last?.n).toBe(devices.length);
  // The one that stays is among them, with its whole history.
  expect(
    await site.rows(
      `select count(*)::integer as n from connections where site_id = $site and ip <<= 'fd66::/16'`,
    ),
  ).toEqual([{ n: devices.length }]);
  expect(await kinds()).toEqual(['baseline']);
});

it('bounds what one station that invents addresses leaves behind', async () => {
  await look([local(1)]);
  for (let n = 0; n < 20; n++)
    await look([
      local(1),
      ...Array.from({ length: 16 }, (_, i): Pair => [`2001:db8:${n + 1}::${i + 1}`, mac(1)]),
    ]);
  expect(await rowsHeard()).toBeLessThanOrEqual(12);
});
