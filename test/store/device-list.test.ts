// The list of devices against a plain list in memory: search, filters, orders, pages; and the kept rows against rows
// computed anew, whatever was written and whoever read meanwhile.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countDevices, listDevices, refreshDeviceList } from '../../src/store/device-list.ts';
import { facetsOf } from '../../src/store/device-facets.ts';
import { decideDevice, renameDevice, undoChange } from '../../src/store/device-changes.ts';
import { mergeDevices } from '../../src/store/device-merge.ts';
import {
  DEVICE_SORTS,
  DEVICE_STATES,
  PRESENCES,
  type DeviceQuery,
  type DeviceSort,
} from '../../src/store/site-devices.ts';
import { recordScan } from '../../src/store/scan-record.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const ALL: DeviceQuery = {
  text: '',
  state: null,
  presence: null,
  network: null,
  sort: 'address',
  limit: 500,
  after: null,
};

const words = [
  'Anna',
  'Müller',
  'MÜLLER',
  'Straße',
  'printer',
  'phone 12',
  '100%',
  'a_b',
  'a\\b',
  'Ångström',
  "o'neil",
];
const said = fc.option(fc.constantFrom(...words), { nil: null, freq: 2 });
const device = fc.record({
  state: fc.constantFrom(...DEVICE_STATES),
  presence: fc.constantFrom(...PRESENCES),
  name: said,
  called: said,
  owner: said,
  kind: fc.option(fc.constantFrom('printer', 'Kamera'), { nil: null }),
  notes: fc.constantFrom('', 'Backups run at 03:00', 'behind the Müller door'),
  vendor: fc.option(fc.constantFrom('AVM GmbH', 'Apple, Inc.'), { nil: null }),
  watched: fc.boolean(),
  age: fc.integer({ min: 0, max: 60 * 24 * 60 }),
});
type Made = Parameters<Parameters<(typeof device)['map']>[0]>[0] & { n: number; mac: string; ip: string };

let sites = 0;
/** In the order of their numbers; ids grow with them. */
async function seed(rows: readonly Made[]): Promise<{ site: string; ids: number[] }> {
  const site = `list-${++sites}`;
  const made = await database.pool.query<{ id: number }>(
    `with s as materialized (select site_of($1) as id),
     n as (insert into networks (site_id, cidr, interface, last_scan_at, baseline_at)
           select id, '10.9.0.0/16', 'e', now(), now() from s returning site_id, id),
     r as materialized (select nextval('device_id_seq') as id, r.*
                        from jsonb_to_recordset($2) as r (n int, state text, presence text, name text, called text, owner text,
                          kind text, notes text, vendor text, watched boolean, age int, mac macaddr, ip inet) order by r.n),
     d as (insert into devices (site_id, id, state, name, called, owner, kind, notes, importance, first_seen_at)
           select s.id, r.id, r.state, r.name, r.called, r.owner, r.kind, r.notes,
                  case when r.watched then 'watched' else 'normal' end, now() - r.age * interval '1 minute' - interval '30 s'
           from r, s),
     m as (insert into device_macs (site_id, mac, device_id, vendor, first_seen_at)
           select s.id, r.mac, r.id, r.vendor, now() from r, s),
     c as (insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, misses, last_seen_at, opened_as)
           select s.id, r.id, n.id, r.mac, r.ip, now() - interval '1 day',
                  case when r.presence = 'gone' then now() - r.n * interval '1 minute' end,
                  case when r.presence = 'quiet' then 1 else 0 end, case when r.presence = 'quiet' then now() - r.n * interval '1 second' end,
                  'baseline' from r, s, n)
     select id from r order by n`,
    [site, JSON.stringify(rows)],
  );
  return { site, ids: made.map(({ id }) => id) };
}

const fold = (value: string) =>
  value
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll('ß', 'ss');

function holds(row: Made, query: DeviceQuery): boolean {
  if (query.state === null ? row.state === 'archived' : ![query.state].flat().includes(row.state))
    return false;
  if (query.presence !== null && ![query.presence].flat().includes(row.presence)) return false;
  if ((query.owner ?? []).length > 0 && !query.owner?.some(owner => fold(owner) === fold(row.owner ?? '-')))
    return false;
  if (query.watched != null && query.watched !== row.watched) return false;
  const everything = fold(
    [row.name, row.called, row.owner, row.kind, row.notes, row.vendor, row.ip]
      .filter(part => part !== null)
      .join('\n'),
  );
  return query.text
    .split(' ')
    .filter(word => word !== '')
    .every(word => {
      const digits = word.toLowerCase().replace(/[:.-]/g, '');
      const isMac = /^[0-9a-f]{2,12}$/.test(digits) && !/^\d{1,3}(\.\d{1,3})+$/.test(word);
      return everything.includes(fold(word)) || (isMac && row.mac.replaceAll(':', '').includes(digits));
    });
}

/** As the page sorts: what has no value last in either direction. */
function keyOf(row: Made, sort: DeviceSort): { readonly has: boolean; readonly key: string | number } {
  const text = (value: string | null) => ({ has: value !== null, key: value === null ? '' : fold(value) });
  switch (sort) {
    case 'address':
      return { has: row.presence !== 'gone', key: row.n };
    case 'name': {
      const name = row.name ?? row.called;
      return name !== null
        ? text(name)
        : { has: false, key: row.vendor === null ? `2${row.mac}` : `1${fold(row.vendor)}` };
    }
    case 'presence':
      return { has: true, key: PRESENCES.indexOf(row.presence) };
    case 'state':
      return { has: true, key: ['new', 'blocked', 'known', 'ignored', 'archived'].indexOf(row.state) };
    case 'vendor':
      return text(row.vendor);
    case 'owner':
      return text(row.owner);
    case 'kind':
      return text(row.kind);
    case 'mac':
      return { has: true, key: row.n };
    case 'first':
      return { has: true, key: row.age };
    case 'seen':
      return {
        has: true,
        key: row.presence === 'here' ? 0 : row.presence === 'quiet' ? 1 + row.n : 60 * (1 + row.n),
      };
    default:
      return { has: true, key: 0 };
  }
}

function reference(rows: readonly Made[], query: DeviceQuery): Made[] {
  const sign = query.reverse === true ? -1 : 1;
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  return rows
    .filter(row => holds(row, query))
    .sort((a, b) => {
      const [left, right] = [keyOf(a, query.sort), keyOf(b, query.sort)];
      if (left.has !== right.has) return left.has ? -1 : 1;
      return sign * (compare(left.key, right.key) || a.n - b.n);
    });
}

const query = fc.record({
  text: fc.constantFrom(
    '',
    'müller',
    'STRASSE',
    '100%',
    'a_b',
    'a\\b',
    'print anna',
    '02:00',
    '10.9.0.1',
    'angstrom',
    'avm',
    '%',
  ),
  state: fc.constantFrom(null, 'new' as const, ['known', 'archived'] as const),
  presence: fc.constantFrom(null, 'here' as const, ['gone', 'quiet'] as const),
  owner: fc.constantFrom([], ['anna'], ['ANNA', 'Müller']),
  watched: fc.constantFrom(null, true, false),
  sort: fc.constantFrom(...DEVICE_SORTS),
  reverse: fc.boolean(),
  limit: fc.integer({ min: 1, max: 7 }),
});

describe('search, filters, orders and pages', () => {
  test('are those of a plain list in memory, every row once', async () => {
    const lists = fc.array(device, { minLength: 0, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(lists, fc.array(query, { minLength: 6, maxLength: 12 }), async (made, queries) => {
        const rows = made.map((row, index) => ({
          ...row,
          n: index + 1,
          mac: `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
          ip: `10.9.0.${index + 1}`,
        }));
        const { site, ids } = await seed(rows);
        for (const asked of queries) {
          const wanted: DeviceQuery = { ...ALL, ...asked };
          const expected = reference(rows, wanted).map(({ n }) => ids[n - 1]);
          const found: number[] = [];
          let after: string | null = null;
          do {
            const page = await listDevices(database.pool, site, { ...wanted, after });
            expect(page.total).toBe(expected.length);
            expect(page.rows.length).toBeLessThanOrEqual(wanted.limit);
            found.push(...page.rows.map(({ id }) => id));
            after = page.next;
          } while (after !== null);
          expect({ asked, found }).toEqual({ asked, found: expected });
          const facets = await facetsOf(database.pool, site, wanted);
          expect(facets.total).toBe(expected.length);
          for (const { value, count } of facets.presence)
            expect({ value, count }).toEqual({
              value,
              count: rows.filter(row => holds(row, { ...wanted, presence: value })).length,
            });
          for (const { value, count } of facets.state)
            expect({ value, count }).toEqual({
              value,
              count: rows.filter(row => holds(row, { ...wanted, state: value })).length,
            });
        }
      }),
      { numRuns: 8 },
    );
  });

  test('finds by network, quoted words, one field and what a device is', async () => {
    const plain = {
      state: 'known',
      presence: 'here',
      called: null,
      owner: null,
      kind: null,
      notes: '',
      vendor: null,
      watched: false,
      age: 1,
    } as const;
    const rows = [
      { ...plain, n: 1, name: 'Desk phone', mac: '02:aa:00:00:00:01', ip: '10.9.0.3' },
      { ...plain, n: 2, name: 'phone of Desk', mac: '02:aa:00:00:00:02', ip: '10.9.0.17', owner: 'Anna' },
      { ...plain, n: 3, name: 'owner:anna', mac: '02:aa:00:00:00:03', ip: 'fe80::1', watched: true },
      { ...plain, n: 4, name: null, mac: '02:aa:00:00:00:04', ip: '2001:db8::4', presence: 'gone' as const },
    ];
    const { site, ids } = await seed(rows);
    const find = async (text: string) =>
      (await listDevices(database.pool, site, { ...ALL, text, sort: 'mac' })).rows.map(
        ({ id }) => ids.indexOf(id) + 1,
      );
    expect(await find('10.9.0.0/28')).toEqual([1]);
    expect(await find('10.9.0.5/28')).toEqual([1]);
    expect(await find('fe80::/10')).toEqual([3]);
    expect(await find('2001:0db8:0:0:0:0:0:4')).toEqual([4]);
    expect(await find('"desk phone"')).toEqual([1]);
    expect(await find('owner:anna')).toEqual([2]);
    expect(await find('"owner:anna"')).toEqual([3]);
    expect(await find('is:watched')).toEqual([3]);
    expect(await find('is:gone is:random')).toEqual([4]);
    expect(await find('is:nonsense')).toEqual([]);
    expect(await find('mac:aa0000-00:01')).toEqual([1]);
  });
});

describe('what is kept', () => {
  /** Rows that differ from how they would be computed now, after being brought up to date. */
  const stale = async (site: string) => {
    await refreshDeviceList(database.pool, site);
    const rows = await database.pool.query<{ id: number }>(
      `with s as (select id from sites where name = $1),
       fresh as (select r.* from s, device_list_rows(s.id, (select array_agg(d.id) from devices as d where d.site_id = s.id)) as r)
       select coalesce(f.device_id, l.device_id) as id
       from fresh as f full join (select l.* from device_list as l join s on s.id = l.site_id) as l
         on l.device_id = f.device_id
       where f is distinct from l`,
      [site],
    );
    return rows.map(({ id }) => id);
  };
  const scan = (site: string, network: string, hosts: readonly number[]) =>
    recordScan(database.pool, site, {
      network,
      interface: 'e',
      method: 'packet',
      durationMs: 1,
      probed: 50,
      answered: hosts.length,
      frames: 50,
      broadcasts: 0,
      problem: null,
      macs: hosts.map(host => `02:00:00:0a:00:${host.toString(16).padStart(2, '0')}`),
      ips: hosts.map(host => `10.8.0.${host}`),
    });

  test('is what would be computed anew, after any scans, decisions, merges and their undoing', async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('scan' as const),
          hosts: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 20 }),
        }),
      },
      fc.record({
        do: fc.constantFrom(
          'accept' as const,
          'block' as const,
          'rename' as const,
          'merge' as const,
          'acknowledge' as const,
          'profile' as const,
        ),
        a: fc.nat(),
        b: fc.nat(),
      }),
      fc.record({ do: fc.constant('undo' as const), a: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async steps => {
        const site = `kept-${++sites}`;
        await scan(site, '10.8.0.0/24', [1, 2, 3, 4, 5]);
        for (const what of steps) {
          const ids = (
            await database.pool.query<{ id: number }>(
              'select d.id from devices as d join sites as s on s.id = d.site_id where s.name = $1 order by d.id',
              [site],
            )
          ).map(({ id }) => id);
          const pick = (n: number) => ids[n % ids.length] ?? 0;
          if (what.do === 'scan') await scan(site, '10.8.0.0/24', what.hosts);
          else if (what.do === 'undo') {
            const changes = await database.pool.query<{ id: number }>(
              'select c.id from device_changes as c join sites as s on s.id = c.site_id where s.name = $1 order by c.id desc limit 3',
              [site],
            );
            const change = changes[what.a % 3];
            if (change !== undefined) await undoChange(database.pool, site, change.id, 'Anna');
          } else if (what.do === 'rename')
            // One that has become part of another is stale: nothing to be seen.
            await renameDevice(
              database.pool,
              site,
              pick(what.a),
              { name: `n${what.b % 5}`, owner: 'Ö', notes: '' },
              null,
              'Anna',
            );
          else if (what.do === 'merge')
            await mergeDevices(
              database.pool,
              site,
              { device: pick(what.a), revision: null },
              { device: pick(what.b), revision: null },
              'Anna',
            );
          else if (what.do === 'acknowledge')
            await database.pool.query(
              `update alerts set acknowledged_at = now(), acknowledged_by = 'Anna'
               where site_id = (select id from sites where name = $1) and device_id = $2`,
              [site, pick(what.a)],
            );
          else if (what.do === 'profile')
            await database.pool.query(
              `insert into device_profiles (site_id, device_id, kind) select id, $2, 'printer' from sites where name = $1
               on conflict (site_id, device_id) do update set kind = case when device_profiles.kind is null then 'camera' end`,
              [site, pick(what.a)],
            );
          else await decideDevice(database.pool, site, pick(what.a), what.do, 'Anna');
          expect(await stale(site)).toEqual([]);
        }
      }),
      { numRuns: 5 },
    );
  });

  test('is whole while scans are recorded and many read at once', async () => {
    const site = `kept-${++sites}`;
    await scan(site, '10.8.0.0/24', [1, 2, 3]);
    const hosts = (round: number) =>
      Array.from({ length: 20 }, (_, i) => i + 1).filter(n => (n * 7 + round) % 3 > 0);
    const writing = (async () => {
      for (let round = 0; round < 15; round++) await scan(site, '10.8.0.0/24', hosts(round));
    })();
    const reading = Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 15; n++) {
        const page = await listDevices(database.pool, site, ALL);
        expect(new Set(page.rows.map(({ id }) => id)).size).toBe(page.rows.length);
      }
    });
    await Promise.all([writing, ...reading]);
    expect(await stale(site)).toEqual([]);
    const marks = await database.pool.query(
      'select from device_list_marks as m join sites as s on s.id = m.site_id where s.name = $1',
      [site],
    );
    expect(marks).toEqual([]);
  });

  test('has a version that stays while nothing changes', async () => {
    const site = `kept-${++sites}`;
    await scan(site, '10.8.0.0/24', [1, 2, 3]);
    const first = await refreshDeviceList(database.pool, site);
    await scan(site, '10.8.0.0/24', [1, 2, 3]);
    expect(await refreshDeviceList(database.pool, site)).toEqual(first);
    await scan(site, '10.8.0.0/24', [1, 2]);
    expect((await refreshDeviceList(database.pool, site)).version).toBeGreaterThan(first.version);
    expect(await countDevices(database.pool, first.siteId, { ...ALL, presence: 'quiet' })).toBe(1);
  });

  test('of a site that does not exist is empty', async () => {
    expect(await listDevices(database.pool, 'nowhere', ALL)).toEqual({ rows: [], total: 0, next: null });
  });
});
