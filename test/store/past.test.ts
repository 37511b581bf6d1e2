// The whole network as of a minute: against a plain replay of random lives, and as people had named it then.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blindOf, coverageOf, presenceHours } from '../../src/store/coverage.ts';
import { keptSince, pastNetworks, pastPage, pastSteps, type PastQuery } from '../../src/store/past.ts';
import { pastAlerts } from '../../src/store/past-alerts.ts';
import { pastDiff } from '../../src/store/past-diff.ts';
import { openSession, type Session } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { liveOn, MINUTE, replay, rng, stateAt, type Sweep } from './past-model.ts';

let db: TestDatabase;
let owner: Session;
beforeAll(async () => {
  db = await freshDatabase();
  owner = await openSession(db.url, { application: 'test' });
});
afterAll(async () => {
  await owner.close();
  await db.drop();
});

const T0 = Date.parse('2026-11-20T00:00:00Z');
const moment = (ms: number) => new Date(T0 + ms);
const minute = (n: number) => moment(n * MINUTE);
const macOf = (device: number) => `3c:37:12:00:00:${device.toString(16).padStart(2, '0')}`;
const setClock = (ms: number) =>
  owner.query(`select set_config('netureon.clock', $1, false)`, [moment(ms).toISOString()]);

async function forgetAll() {
  await owner.query(
    `truncate networks, devices, device_macs, connections, discovery_log, alerts, deliveries, coverage, device_changes,
              device_habits, presence_hours, device_names cascade`,
  );
}

async function record({ at, network, answers }: Sweep) {
  await setClock(at);
  await owner.query(
    `select * from record_scan('default', $1, 'e', 'packet', 1, 254, 1, 1, 1, null, $2::macaddr[], $3::inet[])`,
    [`10.${network}.0.0/24`, [...answers.keys()].map(macOf), [...answers.values()]],
  );
}

const ALL: Omit<PastQuery, 'at'> = { text: '', state: null, network: null, limit: 50, after: null };
const pageAt = (ms: number, more: Partial<PastQuery> = {}) =>
  pastPage(owner, 'default', { ...ALL, at: moment(ms), ...more });

describe.each([1, 2, 3, 4, 5, 6])('life %d', seed => {
  const random = rng(seed);
  const sweeps = liveOn(random, 2, 90);
  const intervals = replay(sweeps);
  const end = sweeps.at(-1)!.at;
  const now = end + 2 * MINUTE;

  beforeAll(async () => {
    await forgetAll();
    for (const sweep of sweeps) await record(sweep);
    await setClock(now);
  });

  test('is told as it was, at any moment', async () => {
    const edges = intervals.flatMap(one => [one.from, one.seen, one.over ?? end]);
    const moments = [
      -MINUTE,
      now,
      ...edges.slice(0, 40).flatMap(at => [at - 1, at, at + 1]),
      ...Array.from({ length: 40 }, () => Math.floor(random() * now)),
    ].filter(at => at <= now);
    const ids = new Map<number, number>();
    for (const { id, mac } of await owner.query<{ id: number; mac: string }>(
      'select device_id as id, mac::text as mac from device_macs',
    ))
      ids.set(id, Number.parseInt(mac.slice(-2), 16));
    for (const at of moments) {
      const { rows } = await pageAt(at);
      const told = new Map(
        rows.map(row => [
          ids.get(row.id),
          row.state === 'gone' || row.startedAt === null ? row.state : `${row.state} ${row.ip}`,
        ]),
      );
      const truth = new Map(
        [...stateAt(sweeps, intervals, at, now)].map(([device, { state, ip }]) => [
          device,
          ip === null ? state : `${state} ${ip}`,
        ]),
      );
      expect(Object.fromEntries(told), `at ${at / MINUTE} min`).toEqual(Object.fromEntries(truth));
    }
  });

  test('two of its moments differ as their lists do', async () => {
    for (let n = 0; n < 6; n++) {
      const [a, b] = [Math.floor(random() * now), Math.floor(random() * now)].toSorted((x, y) => x - y) as [
        number,
        number,
      ];
      const [then, later] = [stateAt(sweeps, intervals, a, now), stateAt(sweeps, intervals, b, now)];
      const there = (told: { state: string } | undefined) =>
        told?.state === 'here' || told?.state === 'quiet';
      const truth = { came: 0, went: 0, changed: 0, unknown: 0 };
      for (const device of new Set([...then.keys(), ...later.keys()])) {
        const [one, two] = [then.get(device), later.get(device)];
        if (one?.state === 'not_looked' || two?.state === 'not_looked') truth.unknown += 1;
        else if (there(two) && !there(one)) truth.came += 1;
        else if (there(one) && !there(two)) truth.went += 1;
        else if (there(one) && one?.ip !== two?.ip) truth.changed += 1;
      }
      expect((await pastDiff(owner, 'default', moment(a), moment(b), 10)).counts, `${a} to ${b}`).toEqual(
        truth,
      );
    }
  });

  test('its hours count each device once, and how long somebody looked', async () => {
    const hours = await presenceHours(owner, 'default', moment(0));
    const HOUR = 60 * MINUTE;
    expect(hours.map(({ hour }) => hour.getTime() - T0)).toEqual(
      Array.from({ length: Math.floor(now / HOUR) + 1 }, (_, n) => n * HOUR),
    );
    const coverage = await coverageOf(owner, 'default', moment(0), moment(now));
    for (const { hour, devices, lookedMs } of hours) {
      const from = hour.getTime() - T0;
      const lastOf = (one: (typeof intervals)[number]) =>
        one.over === null && one.misses === 0
          ? sweeps.filter(({ network }) => network === one.network).at(-1)!.at
          : one.seen;
      const seen = new Set(
        intervals.filter(one => one.from < from + HOUR && lastOf(one) >= from).map(({ device }) => device),
      );
      expect(devices).toBe(seen.size);
      const until = moment(Math.min(from + HOUR, now));
      const blind = blindOf(coverage, hour, until).reduce(
        (sum, span) => sum + span.to.getTime() - span.from.getTime(),
        0,
      );
      expect(Math.abs(lookedMs - (until.getTime() - hour.getTime() - blind))).toBeLessThanOrEqual(1000);
    }
  });

  test('is walked through by its changes, each way', async () => {
    let at = -MINUTE;
    const forth: number[] = [];
    for (;;) {
      const { after } = await pastSteps(owner, 'default', moment(at));
      if (after === null) break;
      at = after.getTime() - T0;
      expect(at).toBeGreaterThan(forth.at(-1) ?? -Infinity);
      forth.push(at);
    }
    for (const one of intervals.filter(({ from }) => from > sweeps.findLast(({ at }) => at <= 2000)!.at))
      expect(forth).toContain(one.from);
    const back: number[] = [];
    at = now + 10 * MINUTE;
    for (;;) {
      const { before } = await pastSteps(owner, 'default', moment(at));
      if (before === null) break;
      at = before.getTime() - T0;
      back.push(at);
    }
    expect(back.toReversed()).toEqual(forth);
  });
});

describe('names and decisions', () => {
  const ANNA = 1;
  const GUEST = 2;
  const idOf = async (device: number) =>
    (
      await owner.query<{ id: number }>('select device_id as id from device_macs where mac = $1', [
        macOf(device),
      ])
    )[0]!.id;
  /** As if it had been done then. */
  const did = async (n: number, sql: string, values: readonly unknown[]) => {
    const [row] = await owner.query<{ change: number }>(`select ${sql} as change`, values);
    await owner.query('update device_changes set at = $2 where id = $1', [row!.change, minute(n)]);
    return row!.change;
  };
  const then = async (n: number) =>
    (await pageAt(n * MINUTE)).rows
      .map(({ name, decision, mac }) => `${mac?.slice(-2)} ${name ?? '-'} ${decision}`)
      .sort();

  beforeEach(async () => {
    await forgetAll();
    for (let n = 0; n <= 60; n++)
      await record({
        at: n * MINUTE,
        network: 0,
        answers: new Map([[ANNA, '10.0.0.1'], ...(n >= 10 ? [[GUEST, '10.0.0.2'] as const] : [])]),
      });
  });

  test('are those that held then, also what was taken back since', async () => {
    const [anna, guest] = [await idOf(ANNA), await idOf(GUEST)];
    await did(20, `rename_device('default', $1, 'Phone', '', '', null, 'x')`, [anna]);
    await did(30, `rename_device('default', $1, 'Annas phone', '', '', null, 'x')`, [anna]);
    const blocked = await did(40, `decide_device('default', $1, 'block', 'x')`, [guest]);
    await owner.query(`select undo_change('default', $1, 'x')`, [blocked]);
    await owner.query('update device_changes set undone_at = $2 where id = $1', [blocked, minute(50)]);
    expect(await then(5)).toEqual(['01 - known']);
    expect(await then(15)).toEqual(['01 - known', '02 - new']);
    expect(await then(25)).toEqual(['01 Phone known', '02 - new']);
    expect(await then(35)).toEqual(['01 Annas phone known', '02 - new']);
    expect(await then(45)).toEqual(['01 Annas phone known', '02 - blocked']);
    expect(await then(55)).toEqual(['01 Annas phone known', '02 - new']);
    const found = async (n: number, text: string) => (await pageAt(n * MINUTE, { text })).rows.length;
    expect([await found(25, 'annas'), await found(35, 'annas')]).toEqual([0, 1]);
    expect([await found(35, '3C-37-12'), await found(35, '10.0.0.2'), await found(35, '%')]).toEqual([
      2, 1, 0,
    ]);
    expect((await pageAt(45 * MINUTE)).counts).toMatchObject({ here: 2, blocked: 1, new: 0 });
    expect((await pastDiff(owner, 'default', minute(25), minute(45), 10)).rows).toMatchObject([
      { kind: 'changed', earlier: { name: 'Phone' }, later: { name: 'Annas phone' } },
      { kind: 'changed', earlier: { decision: 'new' }, later: { decision: 'blocked' } },
    ]);
  });

  test('a merge does not reach into the past, nor does taking it apart', async () => {
    const [anna, guest] = [await idOf(ANNA), await idOf(GUEST)];
    await did(20, `rename_device('default', $1, 'Phone', '', '', null, 'x')`, [anna]);
    const merged = await did(30, `merge_devices('default', $1, $2, null, null, 'x')`, [anna, guest]);
    const states = async (n: number) =>
      (await pageAt(n * MINUTE)).rows
        .map(({ id, state }) => `${id === anna ? 'anna' : 'guest'} ${state}`)
        .sort();
    expect(await states(25)).toEqual(['anna here', 'guest here']);
    expect(await states(35)).toEqual(['anna here']);
    await owner.query(`select undo_change('default', $1, 'x')`, [merged]);
    await owner.query('update device_changes set undone_at = $2 where id = $1', [merged, minute(40)]);
    expect(await states(25)).toEqual(['anna here', 'guest here']);
    expect(await states(35)).toEqual(['anna here']);
    expect(await states(45)).toEqual(['anna here', 'guest here']);
  });

  test('alerts were open from when they were raised until they ended or were acknowledged', async () => {
    await owner.query(
      `insert into alerts (site_id, kind, severity, summary, dedup_key, opened_at, last_at, resolved_at, acknowledged_at, acknowledged_by)
       select s.id, 'scan_failing', v.severity, v.summary, v.summary, $1::timestamptz + v.a * interval '1 minute', $1,
              $1::timestamptz + v.z * interval '1 minute', $1::timestamptz + v.k * interval '1 minute',
              case when v.k is not null then 'x' end
       from sites as s cross join (values ('high', 'over', 10, 20, null), ('low', 'open', 15, null, null),
         ('high', 'seen', 10, 40, 12), ('info', 'quiet', 5, null, null)) as v (severity, summary, a, z, k)
       where s.name = 'default'`,
      [minute(0)],
    );
    const open = async (n: number) =>
      (await pastAlerts(owner, 'default', minute(n), 5)).rows.map(({ summary }) => summary);
    expect([await open(9), await open(11), await open(16), await open(20), await open(50)]).toEqual([
      [],
      ['seen', 'over'],
      ['over', 'open'],
      ['open'],
      ['open'],
    ]);
    expect((await pastAlerts(owner, 'default', minute(16), 1)).total).toBe(2);
  });
});

test('a long list is walked by key, each device once', async () => {
  await forgetAll();
  await record({
    at: 0,
    network: 0,
    answers: new Map(Array.from({ length: 200 }, (_, n) => [n, `10.0.0.${n + 1}`])),
  });
  await setClock(MINUTE);
  const seen: number[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof pageAt>> = await pageAt(1000, { after, limit: 37 });
    expect(page.total).toBe(200);
    seen.push(...page.rows.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  expect(new Set(seen).size).toBe(200);
  expect(seen).toHaveLength(200);
  await expect(pageAt(1000, { after: 'nonsense' })).rejects.toMatchObject({ code: 'usage' });
});

test('a site that nobody looked at yet has no past, and one that does not exist neither', async () => {
  await forgetAll();
  for (const site of ['default', 'elsewhere']) {
    expect(await pastPage(owner, site, { ...ALL, at: moment(0) })).toMatchObject({
      total: 0,
      rows: [],
      next: null,
    });
    expect(await pastNetworks(owner, site, moment(0))).toEqual([]);
    expect((await keptSince(owner, site)).first).toBeNull();
    expect(await presenceHours(owner, site, moment(0))).toBeInstanceOf(Array);
  }
});

test('the viewer’s role may ask for all of it', async () => {
  const viewer = await openSession(db.urlAs('netureon_viewer'), { application: 'test' });
  const at = new Date();
  await pastPage(viewer, 'default', { ...ALL, at, text: 'x 10.0', network: 1 });
  await pastDiff(viewer, 'default', at, at, 5);
  await pastAlerts(viewer, 'default', at, 5);
  await pastSteps(viewer, 'default', at);
  await coverageOf(viewer, 'default', at, at);
  expect((await presenceHours(viewer, 'default', new Date(at.getTime() - 3_600_000))).length).toBe(2);
  await viewer.close();
});
