// "Who held this address at that moment?" — answered from scans that were recorded with the owner's clock.
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { heldAt, knownTime, networkAt, type Holding } from '../../src/store/as-of.ts';
import { openSession, type Session } from '../../src/store/session.ts';
import { listManagedNetworks, retireNetwork } from '../../src/store/site-networks.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
let owner: Session;
beforeAll(async () => {
  db = await freshDatabase();
});
beforeAll(async () => {
  owner = await openSession(db.url, { application: 'test' });
});
afterAll(async () => {
  await owner.close();
  await db.drop();
});
/** A site where nobody has looked yet. */
const forgetAll = () =>
  db.pool.query(
    'truncate networks, devices, device_macs, connections, discovery_log, alerts, deliveries, coverage cascade',
  );

const T0 = Date.parse('2026-11-20T00:00:00Z');
const minute = (n: number) => new Date(T0 + n * 60_000);
const ANNA = '3c:37:12:00:00:0a';
const BEN = '3c:37:12:00:00:0b';
const LAN = '192.168.1.0/24';
const IP = '192.168.1.40';

type Sighting = readonly [mac: string, ip: string];

/** A scan each minute from..to (inclusive) that sees these. */
async function scans(
  from: number,
  to: number,
  seen: readonly Sighting[],
  { network = LAN, link = '' }: { network?: string; link?: string } = {},
) {
  for (let n = from; n <= to; n++) {
    await setClock(n);
    await owner.query(
      `select * from record_scan('default', $1, 'e', 'packet', 1, 254, 1, 1, 1, null, $2::macaddr[], $3::inet[], null, $4)`,
      [network, seen.map(([mac]) => mac), seen.map(([, ip]) => ip), link],
    );
  }
}
const setClock = (n: number) =>
  owner.query(`select set_config('netureon.clock', $1, false)`, [minute(n).toISOString()]);

/** As the site's role, whose clock is the server's: every moment here is past by then. */
const held = async (at: number, ip = IP) => (await heldAt(owner, 'default', ip, minute(at))).map(brief);
const at = async (n: number) => (await networkAt(owner, 'default', minute(n))).map(brief);

/** The state and who, short enough to compare in a line; minutes instead of times. */
function brief(one: Holding) {
  const m = (time: Date | null | undefined) => (time == null ? null : (time.getTime() - T0) / 60_000);
  return {
    state: one.state,
    ...(one.device === null
      ? {}
      : { mac: one.device.mac, from: m(one.startedAt), to: m(one.endedAt), seen: m(one.lastSeenAt) }),
    ...(one.looked === null ? {} : { looked: [m(one.looked.from), m(one.looked.to)] }),
    ...(one.before === null ? {} : { before: [one.before.mac, m(one.before.at)] }),
    ...(one.after === null ? {} : { after: [one.after.mac, m(one.after.at)] }),
  };
}

describe('an address that was handed on', () => {
  // Anna 0..10, silent from 11, called gone at 13; Ben 20..30 and here; nobody looked 31..59; again from 60.
  beforeAll(async () => {
    await forgetAll();
    await scans(0, 10, [[ANNA, IP]]);
    await scans(11, 19, []);
    await scans(20, 30, [[BEN, IP]]);
    await scans(60, 65, [[BEN, IP]]);
  });
  beforeEach(() => setClock(66));
  const first = [0, 30];

  test.each([
    ['at its first scan', 0, { state: 'here', mac: ANNA, from: 0, to: 10, seen: 0, looked: first }],
    ['in between', 5.5, { state: 'here', mac: ANNA, from: 0, to: 10, seen: 5, looked: first }],
    [
      'exactly when it was seen last',
      10,
      { state: 'here', mac: ANNA, from: 0, to: 10, seen: 10, looked: first },
    ],
    ['in its silence', 12, { state: 'quiet', mac: ANNA, from: 0, to: 10, seen: 10, looked: first }],
    ['exactly when it was called gone', 13, { state: 'gone', looked: first, before: [ANNA, 10] }],
    ['while nobody had it', 16, { state: 'gone', looked: first, before: [ANNA, 10] }],
    [
      'exactly when the next one had it',
      20,
      { state: 'here', mac: BEN, from: 20, to: null, seen: 20, looked: first },
    ],
    [
      'at the last scan before the gap',
      30,
      { state: 'here', mac: BEN, from: 20, to: null, seen: 30, looked: first },
    ],
    ['while nobody looked', 45, { state: 'not_looked', before: [BEN, 30], after: [BEN, 60] }],
    [
      'at the first scan after the gap',
      60,
      { state: 'here', mac: BEN, from: 20, to: null, seen: 60, looked: [60, 65] },
    ],
    ['now', 66, { state: 'here', mac: BEN, from: 20, to: null, seen: 65, looked: [60, 65] }],
    ['before the first scan', -1, { state: 'not_looked', after: [ANNA, 0] }],
    ['in the future', 67, { state: 'not_looked', before: [BEN, 65] }],
  ])('%s', async (_what, when, answer) => {
    expect(await held(when)).toEqual([answer]);
  });

  test('is told for the whole network too', async () => {
    expect(await at(5)).toEqual([{ state: 'here', mac: ANNA, from: 0, to: 10, seen: 5, looked: first }]);
    expect(await at(12)).toEqual([{ state: 'quiet', mac: ANNA, from: 0, to: 10, seen: 10, looked: first }]);
    expect(await at(16)).toEqual([{ state: 'nobody', looked: first }]);
    expect(await at(45)).toEqual([{ state: 'not_looked', before: [BEN, 30], after: [BEN, 60] }]);
    expect(await at(-1)).toEqual([{ state: 'not_looked' }]);
  });

  test('an address nobody ever had, and one outside every network', async () => {
    expect(await held(5, '192.168.1.99')).toEqual([{ state: 'nobody', looked: first }]);
    expect(await held(45, '192.168.1.99')).toEqual([{ state: 'not_looked' }]);
    expect(await held(5, '10.9.9.9')).toEqual([{ state: 'not_looked' }]);
    expect(await held(5, 'fe80::1')).toEqual([{ state: 'not_looked' }]);
    // Written with a prefix length it is still one address.
    expect(await held(5, `${IP}/24`)).toMatchObject([{ state: 'here' }]);
  });

  test('a scanner that is overdue has not looked', async () => {
    await setClock(65 + 4.9);
    expect(await held(65 + 4.9)).toMatchObject([{ state: 'here', seen: 65 }]);
    await setClock(65 + 5.1);
    expect(await held(65 + 5.1)).toEqual([{ state: 'not_looked', before: [BEN, 65] }]);
  });

  test('the database says when it was first looked at', async () => {
    expect(await knownTime(owner, 'default')).toMatchObject({ first: minute(0) });
    expect(await knownTime(owner, 'elsewhere')).toMatchObject({ first: null });
  });
});

describe('after the present run', () => {
  beforeEach(async () => {
    await forgetAll();
    await scans(60, 65, [[BEN, IP]]);
    await setClock(66);
  });

  test('a retired network is looked at no more, from its last scan on', async () => {
    const [network] = await listManagedNetworks(owner, 'default');
    await retireNetwork(owner, 'default', network?.id ?? 0, 'anna');
    expect(await held(65)).toMatchObject([{ state: 'here', mac: BEN, to: 65 }]);
    expect(await held(65.5)).toEqual([{ state: 'not_looked', before: [BEN, 65] }]);
    expect(await at(65.5)).toEqual([{ state: 'not_looked', before: [BEN, 65] }]);
  });

  test('who went while nobody looked is known before, and whoever came after', async () => {
    await scans(120, 125, [[ANNA, IP]]);
    await setClock(126);
    expect(await held(100)).toEqual([{ state: 'not_looked', before: [BEN, 65], after: [ANNA, 120] }]);
    // Ben was not seen again: it was silent from the first scan that looked, and gone with the third.
    expect(await held(121)).toMatchObject([
      { mac: ANNA, state: 'here' },
      { mac: BEN, state: 'quiet' },
    ]);
    expect(await held(124)).toMatchObject([{ mac: ANNA }]);
  });
});

describe('the server’s clock was set back by an hour', () => {
  // Anna from 60 on; Ben came at 120, and at 125 the clock said 65.
  beforeEach(async () => {
    await forgetAll();
    await scans(60, 119, [[ANNA, '192.168.1.41']]);
    await scans(120, 125, [
      [ANNA, '192.168.1.41'],
      [BEN, IP],
    ]);
    await scans(66, 70, [
      [ANNA, '192.168.1.41'],
      [BEN, IP],
    ]);
    await setClock(70);
  });

  test('and whoever came before that is here, not in the future', async () => {
    expect(await held(70)).toMatchObject([{ state: 'here', mac: BEN, from: 66 }]);
    expect(await at(70)).toMatchObject([
      { state: 'here', mac: BEN },
      { state: 'here', mac: ANNA, from: 60 },
    ]);
    expect(await held(65)).toMatchObject([{ state: 'nobody' }]);
  });

  test('and when the clock has come so far again, that hour was Ben’s', async () => {
    await scans(71, 140, [
      [ANNA, '192.168.1.41'],
      [BEN, IP],
    ]);
    await setClock(141);
    expect(await held(90)).toMatchObject([{ state: 'here', mac: BEN, from: 66 }]);
    expect(await held(130)).toMatchObject([{ state: 'here', mac: BEN, from: 66 }]);
  });

  test('and whoever goes then was here until its last answer, by that clock', async () => {
    await scans(71, 80, [[ANNA, '192.168.1.41']]);
    await setClock(81);
    expect(await held(69)).toMatchObject([{ state: 'here', mac: BEN, from: 66, to: 70 }]);
    expect(await held(80)).toMatchObject([{ state: 'gone', before: [BEN, 70] }]);
  });
});

test('a clock set back between two visits does not let the second begin within the first', async () => {
  await forgetAll();
  await scans(0, 60, [[BEN, IP]]);
  await scans(61, 70, []);
  await scans(71, 75, [[BEN, IP]]);
  await scans(30, 32, [[BEN, IP]]);
  await setClock(33);
  expect(await held(32)).toMatchObject([{ state: 'here', mac: BEN, from: 0, to: 60 }]);
  await scans(33, 40, []);
  expect(await owner.query('select count(*)::integer as n from connections where ended_at is null')).toEqual([
    { n: 0 },
  ]);
});

describe('networks', () => {
  beforeEach(forgetAll);

  test('two that claim one address were both there', async () => {
    await scans(0, 3, [
      [ANNA, IP],
      [BEN, IP],
    ]);
    expect((await held(2)).map(row => ('mac' in row ? row.mac : null))).toEqual([ANNA, BEN]);
  });

  test('a network that was added later was not looked at before', async () => {
    await scans(0, 5, [[ANNA, '10.0.0.7']], { network: '10.0.0.0/24' });
    await scans(3, 5, [[BEN, IP]]);
    await setClock(6);
    expect(await held(1)).toEqual([{ state: 'not_looked', after: [BEN, 3] }]);
    expect(await at(1)).toEqual([
      { state: 'here', mac: ANNA, from: 0, to: null, seen: 1, looked: [0, 5] },
      { state: 'not_looked' },
    ]);
  });

  test('of networks that overlap, any that was looked at counts', async () => {
    await scans(0, 5, [[ANNA, IP]]);
    await scans(20, 25, [[ANNA, IP]], { network: '192.168.0.0/23' });
    await setClock(26);
    expect(await held(5)).toMatchObject([{ state: 'here', looked: [0, 5] }]);
    expect(await held(12)).toMatchObject([{ state: 'not_looked', before: [ANNA, 5], after: [ANNA, 20] }]);
    expect(await held(22)).toMatchObject([{ state: 'here', mac: ANNA, looked: [20, 25] }]);
    expect(await held(22, '192.168.1.99')).toEqual([{ state: 'nobody', looked: [20, 25] }]);
  });

  test('two links with one prefix are two answers', async () => {
    await scans(0, 5, [[ANNA, IP]], { link: 'lan0.10' });
    await scans(3, 5, [], { link: 'lan0.20' });
    await setClock(6);
    expect(await held(4)).toMatchObject([{ state: 'here', mac: ANNA }, { state: 'nobody' }]);
    expect(await held(1)).toMatchObject([{ state: 'here', mac: ANNA }, { state: 'not_looked' }]);
  });

  test('IPv6 is answered like IPv4, each link by itself', async () => {
    const ip = 'fe80::3e37:12ff:fe00:a';
    await scans(0, 5, [[ANNA, ip]], { network: 'fe80::/64', link: 'lan0' });
    await setClock(6);
    expect(await held(4, ip)).toEqual([
      { state: 'here', mac: ANNA, from: 0, to: null, seen: 4, looked: [0, 5] },
    ]);
    expect(await held(4, 'fe80::1')).toEqual([{ state: 'nobody', looked: [0, 5] }]);
  });

  test('an address outside every network is here for as long as it was heard', async () => {
    await scans(0, 20, [
      [ANNA, IP],
      [BEN, '172.16.0.9'],
    ]);
    await scans(21, 40, [[ANNA, IP]]);
    expect(await held(10, '172.16.0.9')).toMatchObject([{ state: 'here', mac: BEN }]);
    expect(await held(35, '172.16.0.9')).toMatchObject([
      { state: 'not_looked', before: [BEN, expect.any(Number)] },
    ]);
    expect(await held(-5, '172.16.0.9')).toMatchObject([{ state: 'not_looked', after: [BEN, 0] }]);
  });
});

test('a site that is not there is an error with a remedy', async () => {
  await expect(heldAt(owner, 'elsewhere', IP, minute(0))).rejects.toMatchObject({
    message: 'there is no site elsewhere',
    remedy: 'choose one of: default',
  });
  await expect(networkAt(owner, 'elsewhere', minute(0))).rejects.toMatchObject({ code: 'usage' });
});

test('the site’s role may ask, and the one that answers /who in a chat', async () => {
  await forgetAll();
  await scans(0, 1, [[ANNA, IP]]);
  for (const [role, allowed] of [
    ['netureon_viewer', true],
    ['netureon_alertd', true],
    ['netureon_scan', false],
  ] as const) {
    const session = await openSession(db.urlAs(role), { application: 'test' });
    onTestFinished(() => session.close());
    const asked = heldAt(session, 'default', IP, minute(0));
    if (allowed) await expect(asked).resolves.toHaveLength(1);
    else await expect(asked).rejects.toMatchObject({ code: '42501' });
  }
});

describe('a long history', () => {
  /** How many rows of connections a call reads by going through all of them; the plans inside a function are not shown. */
  const sequentialScans = async (call: string) => {
    const before = await owner.query<{ n: number }>(
      `select seq_tup_read as n from pg_stat_xact_user_tables where relname = 'connections'`,
    );
    const rows = await owner.query(call);
    const after = await owner.query<{ n: number }>(
      `select seq_tup_read as n from pg_stat_xact_user_tables where relname = 'connections'`,
    );
    return { rows, read: (after[0]?.n ?? 0) - (before[0]?.n ?? 0) };
  };

  test('is not read through', async () => {
    await forgetAll();
    await scans(0, 1, [[ANNA, IP]]);
    await owner.query(`insert into devices (site_id, id, state, first_seen_at)
      select 1, 1000 + n, 'known', now() from generate_series(1, 250) as n`);
    // 250 addresses, one visit a day for two months: enough for the planner to mind.
    await owner.query(
      `insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
      select 1, 1000 + n, w.id, ('02:00:00:00:00:' || lpad(to_hex(n), 2, '0'))::macaddr, inet '192.168.1.0' + n,
             $1::timestamptz - make_interval(days => d, hours => 10), $1::timestamptz - make_interval(days => d), 'returned'
      from networks as w, generate_series(1, 250) as n, generate_series(1, 60) as d`,
      [minute(0)],
    );
    await owner.query(
      `insert into coverage (site_id, network_id, during)
      select 1, id, tstzrange($1::timestamptz - interval '366 days', $1::timestamptz - interval '1 hour') from networks`,
      [minute(0)],
    );
    await owner.query('analyze connections');
    await owner.query('begin');
    const moment = `'${new Date(T0 - 50 * 86_400_000 - 5 * 3_600_000).toISOString()}'`;
    const one = await sequentialScans(`select * from held_at('default', '${IP}', ${moment})`);
    expect(one.rows).toMatchObject([{ state: 'here', mac: '02:00:00:00:00:28' }]);
    const all = await sequentialScans(`select * from network_at('default', ${moment})`);
    expect(all.rows).toHaveLength(250);
    expect([one.read, all.read]).toEqual([0, 0]);
    await owner.query('rollback');
  });
});
