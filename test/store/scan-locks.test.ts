// Two networks of one site are recorded at the same time: whoever writes about devices takes the site's lock before rows.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decideDevice, undoChange } from '../../src/store/device-changes.ts';
import { mergeDevices } from '../../src/store/device-merge.ts';
import { recordScan, type ScanReport } from '../../src/store/scan-record.ts';
import { openSession, type Db, type Session } from '../../src/store/session.ts';
import { retireNetwork } from '../../src/store/site-networks.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let gate: Session;
let one: Session;
let other: Session;
beforeAll(async () => {
  database = await freshDatabase();
  const open = () => openSession(database.url, { application: 'test' });
  [gate, one, other] = await Promise.all([open(), open(), open()]);
});
afterAll(async () => {
  await Promise.all([gate.close(), one.close(), other.close()]);
  await database.drop();
});
beforeEach(async () => {
  await gate.query(
    `truncate networks, devices, device_macs, connections, alerts, deliveries, discovery_log, device_changes, coverage,
       device_habits, watched_silences, device_names, device_ports, device_profiles cascade`,
  );
});

const T0 = Date.parse('2026-11-20T08:00:00Z');
const A = '10.1.0.0/24';
const B = '10.2.0.0/24';
const PHONE = '3c:37:12:00:00:01';
const CARD = '3c:37:12:00:00:02';
const STAYS = '3c:37:12:00:00:03';
const STRANGER = '3c:37:12:00:00:99';

const setClock = (db: Db, minute: number) =>
  db.query(`select set_config('netureon.clock', $1, false)`, [new Date(T0 + minute * 60_000).toISOString()]);
/** As recordScan, without its second try. */
const scan = (db: Db, network: string, seen: Record<string, string>) =>
  db.query(
    `select * from record_scan('default', $1, 'lan0', 'packet', 1, 254, 1, 1, 1, null, $2::macaddr[], $3::inet[])`,
    [network, Object.values(seen), Object.keys(seen)],
  );
const deviceOf = async (mac: string) =>
  (await gate.query<{ id: number }>('select device_id as id from device_macs where mac = $1', [mac]))[0]
    ?.id ?? 0;

/** A scan of each network per minute. */
async function live(minutes: readonly number[], networks: Record<string, Record<string, string>>) {
  for (const minute of minutes) {
    await setClock(gate, minute);
    for (const [network, seen] of Object.entries(networks)) await scan(gate, network, seen);
  }
}

/** Until so many wait for a lock of this database. */
async function waiting(sessions: number) {
  for (;;) {
    const [row] = await database.pool.query<{ n: number }>(
      `select count(*)::integer as n from pg_locks
       where not granted and pid in (select pid from pg_stat_activity where datname = current_database())`,
    );
    if ((row?.n ?? 0) >= sessions) return;
  }
}

/** Both want to make a device, and one after the other has come as far as it gets while somebody else does. */
async function interleave(minute: number, first: () => Promise<unknown>, second: () => Promise<unknown>) {
  await Promise.all([setClock(one, minute), setClock(other, minute)]);
  const lock = `hashtextextended('netureon devices ' || (select id from sites where name = 'default'), 0)`;
  await gate.query(`select pg_advisory_lock(${lock})`);
  const begun = first();
  await waiting(1);
  const both = Promise.all([begun, second()]);
  await Promise.race([waiting(2), both]);
  await gate.query(`select pg_advisory_unlock(${lock})`);
  return both;
}

describe('two networks at once, of which each waits for the other no longer', () => {
  test('see one watched device again', async () => {
    const [a, b] = [{ '10.1.0.1': PHONE, '10.1.0.3': STAYS }, { '10.2.0.1': PHONE }];
    await live([0, 1], { [A]: a, [B]: b });
    await gate.query(`update devices set importance = 'watched' where id = $1`, [await deviceOf(PHONE)]);
    await live([2, 3], { [A]: { '10.1.0.3': STAYS }, [B]: {} });
    expect(await gate.query('select from watched_silences')).toHaveLength(1);
    await interleave(
      4,
      () => scan(one, B, { '10.2.0.7': PHONE }),
      () => scan(other, A, { ...a, '10.1.0.99': STRANGER }),
    );
    expect(await gate.query('select from watched_silences')).toEqual([]);
  });

  test('see the two cards of one merged laptop again', async () => {
    const [a, b] = [{ '10.1.0.1': PHONE, '10.1.0.3': STAYS }, { '10.2.0.2': CARD }];
    await live([0, 1], { [A]: a, [B]: b });
    await mergeDevices(
      gate,
      'default',
      { device: await deviceOf(PHONE), revision: null },
      { device: await deviceOf(CARD), revision: null },
      'Anna',
    );
    await live([2, 3], { [A]: { '10.1.0.3': STAYS }, [B]: {} });
    await interleave(
      4,
      () => scan(one, B, { '10.2.0.7': CARD }),
      () => scan(other, A, { ...a, '10.1.0.99': STRANGER }),
    );
    expect(await gate.query('select cardinality(silences) as n from device_habits')).toEqual([{ n: 1 }]);
  });

  test('and a /24 takes over from a /23 what comes back there', async () => {
    const [wide, narrow] = ['10.1.0.0/23', A];
    await live([0, 1], { [wide]: { '10.1.0.1': PHONE, '10.1.1.3': STAYS }, [narrow]: {} });
    await live([2], { [wide]: { '10.1.1.3': STAYS }, [narrow]: {} });
    await interleave(
      3,
      () => scan(one, narrow, { '10.1.0.1': PHONE }),
      () => scan(other, wide, { '10.1.0.1': PHONE, '10.1.1.3': STAYS, '10.1.1.99': STRANGER }),
    );
    expect(
      await gate.query(
        `select n.cidr::text, p.presence from device_presence as p
         join networks as n on n.id = p.network_id where p.mac = $1`,
        [PHONE],
      ),
    ).toEqual([{ cidr: narrow, presence: 'here' }]);
  });
});

test('a steady tick waits for nobody who writes about devices', async () => {
  await live([0, 1], { [A]: { '10.1.0.1': PHONE }, [B]: {} });
  await one.query('begin');
  await setClock(one, 2);
  await scan(one, B, { '10.2.0.9': STRANGER });
  await setClock(other, 2);
  await other.query(`set statement_timeout = '20s'`);
  expect(await scan(other, A, { '10.1.0.1': PHONE })).toEqual([
    { new: 0, returned: 0, moved: 0, missing: 0 },
  ]);
  await one.query('commit');
});

test('a network is retired while another takes a device of it over', async () => {
  await live([0, 1], { '10.1.0.0/23': { '10.1.0.1': PHONE }, [A]: {} });
  const [wide] = await gate.query<{ id: number }>(`select id from networks where cidr = '10.1.0.0/23'`);
  await interleave(
    2,
    () => scan(one, A, { '10.1.0.1': PHONE }),
    () => retireNetwork(other, 'default', wide?.id ?? 0, 'Anna'),
  );
  expect(await gate.query('select ended_at from connections')).toEqual([{ ended_at: null }]);
});

test('two networks, merges, decisions and profiles at once: no deadlock, no tick is lost', async () => {
  const TICKS = 50;
  const hosts = Array.from({ length: 8 }, (_, n) => n + 1);
  const macOf = (network: number, host: number) => `3c:37:12:0${network}:00:0${host}`;
  const run = { over: false };
  const sessions = await Promise.all(
    Array.from({ length: 6 }, () => openSession(database.url, { application: 'test' })),
  );
  const [ticksOfA, ticksOfB, merger, profiler, decider, gatekeeper] = sessions as [
    Session,
    Session,
    Session,
    Session,
    Session,
    Session, // prettier-ignore
  ];
  /** The same for every run: a host answers in five of eight scans, every fourth from another address. */
  const answers = (network: number, tick: number) =>
    Object.fromEntries(
      hosts
        .filter(host => ((tick * 7 + host * 5 + network * 3) >> 1) % 8 < 5)
        .map(host => [`10.${network}.0.${host + (tick % 12 < 3 ? 100 : 0)}`, macOf(network, host)]),
    );
  const tick = async (db: Session, network: number, cidr: string) => {
    for (let n = 1; n <= TICKS; n++) {
      await setClock(db, n);
      await scan(db, cidr, { ...answers(network, n), [`10.${network}.0.200`]: PHONE });
    }
  };
  await live([0], {
    [A]: Object.fromEntries(hosts.map(host => [`10.1.0.${host}`, macOf(1, host)])),
    [B]: Object.fromEntries(hosts.map(host => [`10.2.0.${host}`, macOf(2, host)])),
  });
  await gate.query(`update devices set importance = 'watched', down_after = '1 minute'`);
  const ids: [number, number][] = [];
  for (const host of hosts) ids.push([await deviceOf(macOf(1, host)), await deviceOf(macOf(2, host))]);
  const forever = async (work: (round: number) => Promise<unknown>) => {
    for (let round = 0; !run.over; round++) await work(round);
  };
  const pair = (round: number) => ids[round % ids.length] as [number, number];
  try {
    const others = [
      forever(async round => {
        const [into, from] = pair(round);
        const side = (device: number) => ({ device, revision: null });
        const made = await mergeDevices(merger, 'default', side(into), side(from), 'Anna');
        if (made.kind === 'changed') await undoChange(merger, 'default', made.change, 'Ben');
      }),
      forever(round =>
        profiler.query(`select record_profile('default', $1, '10.1.0.1', $2)`, [
          pair(round + 1)[round % 2],
          JSON.stringify({
            names: [{ source: 'mdns', name: `name-${round % 3}` }],
            ports: [{ port: 22, state: round % 2 === 0 ? 'open' : 'closed' }],
          }),
        ]),
      ),
      forever(round =>
        decideDevice(
          decider,
          'default',
          pair(round + 2)[round % 2] ?? 0,
          round % 3 === 0 ? 'block' : 'accept',
          'Cleo',
        ),
      ),
      forever(() => gatekeeper.query('select check_silence()')),
    ];
    const ticks = Promise.all([tick(ticksOfA, 1, A), tick(ticksOfB, 2, B)]).finally(() => {
      run.over = true;
    });
    await Promise.all([ticks, ...others]);
  } finally {
    run.over = true;
    await Promise.all(sessions.map(session => session.close()));
  }
  expect(
    await gate.query(
      `select n.cidr::text, count(*)::integer as scans from discovery_log as g join networks as n on n.id = g.network_id
       where g.outcome = 'complete' or g.problem like '%fell silent%' group by n.cidr order by n.cidr`,
    ),
  ).toEqual([
    { cidr: A, scans: TICKS + 1 },
    { cidr: B, scans: TICKS + 1 },
  ]);
  expect(
    await gate.query(`select c.mac from connections as c join device_macs as m using (site_id, mac)
                      where c.device_id <> m.device_id`),
  ).toEqual([]);
}, 60_000);

describe('a tick that PostgreSQL ended for the sake of another', () => {
  const report: ScanReport = {
    network: A,
    interface: 'lan0',
    method: 'packet',
    durationMs: 1,
    probed: 254,
    answered: 0,
    frames: 1,
    broadcasts: 1,
    problem: null,
    macs: [],
    ips: [], // prettier-ignore
  };
  /** A database that refuses with these codes, one after the other, and then does as it is told. */
  const refusing = (...codes: string[]): Db & { refused: string[] } => ({
    refused: [],
    query(text, values) {
      const code = codes.shift();
      if (code === undefined) return gate.query(text, values);
      this.refused.push(code);
      return Promise.reject(Object.assign(new Error(code), { code }));
    },
  });

  test.each(['40P01', '40001'])('with %s is recorded at the second try', async code => {
    const db = refusing(code);
    expect(await recordScan(db, 'default', report)).toEqual({ new: 0, returned: 0, moved: 0, missing: 0 });
    expect(db.refused).toEqual([code]);
    expect(await gate.query('select outcome from discovery_log')).toEqual([{ outcome: 'complete' }]);
  });

  test('twice is an error, and so is anything else at once', async () => {
    await expect(recordScan(refusing('40P01', '40001'), 'default', report)).rejects.toThrow('40001');
    const db = refusing('42501', '42501');
    await expect(recordScan(db, 'default', report)).rejects.toThrow('42501');
    expect(db.refused).toEqual(['42501']);
    expect(await gate.query('select from discovery_log')).toEqual([]);
  });
});
