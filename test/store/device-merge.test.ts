import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideDevice, readChange, renameDevice, undoChange } from '../../src/store/device-changes.ts';
import { mergeDevices, rootOf } from '../../src/store/device-merge.ts';
import { namesOf, portsOf } from '../../src/store/device-lists.ts';
import { openPool, openSession, type Pool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { at, burntIn, forgetAll, random, rehearse, type Rehearsal } from './people-fixtures.ts';

let database: TestDatabase;
let web: Pool;
let lan: Rehearsal;

const GATEWAY = at(burntIn(1), 1);
const PHONE = at(random(1), 10);
const AGAIN = at(random(2), 11);
const OTHER = at(burntIn(9), 20);

const side = (device: number) => ({ device, revision: null });
const merge = (into: number, from: number, actor = 'Anna') =>
  mergeDevices(web, 'default', side(into), side(from), actor);
const changeOf = async (outcome: ReturnType<typeof merge>) => {
  const made = await outcome;
  if (made.kind !== 'changed') throw new Error(`expected a change, got ${made.kind}`);
  return made.change;
};
const undo = (change: number) => undoChange(web, 'default', change, 'Ben');

/** Everything but the record of changes itself, and the counter that rises with each. */
const everything = async () => {
  const tables = await Promise.all(
    [
      `select site_id, id, state, threat, name, owner, kind, notes, importance, first_seen_at, decided_at, down_after,
              on_return, merged_into from devices order by id`,
      'select * from watched_silences order by device_id',
      'select * from device_macs order by mac',
      'select * from connections order by id',
      'select * from alerts order by id',
      'select * from device_names order by device_id, source, name',
      'select id, device_a, device_b, state, actor, change_id from merge_suggestions order by id',
    ].map(sql => database.pool.query(sql)),
  );
  return tables;
};
/** What holds at every moment, whoever merged what. */
const broken = async () =>
  database.pool.query(`select c.id, c.mac, c.device_id, m.device_id as of_mac from connections as c
                       join device_macs as m using (site_id, mac) where c.device_id <> m.device_id`);

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 4 });
});
afterAll(async () => {
  await web.close();
  await database.drop();
});
beforeEach(async () => {
  await lan?.session.close();
  lan = await rehearse(database);
  await forgetAll(lan.session);
  await lan.scan(GATEWAY, OTHER);
  await lan.scan(GATEWAY, OTHER, PHONE);
  await lan.leaveOnly(GATEWAY, OTHER);
  await lan.scan(GATEWAY, OTHER, AGAIN);
});
afterAll(() => lan.session.close());

describe('a merge', () => {
  it('moves the MACs with all they did, puts the other away, and answers "who is that?"', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    await decideDevice(web, 'default', into, 'accept', 'Anna');
    const change = await changeOf(merge(into, from));
    expect(await lan.deviceOf(AGAIN.mac)).toBe(into);
    expect(await broken()).toEqual([]);
    const [gone] = await database.pool.query('select state, merged_into from devices where id = $1', [from]);
    expect(gone).toEqual({ state: 'archived', merged_into: into });
    const open = await database.pool.query(
      `select from alerts where kind = 'new_device' and resolved_at is null and device_id in ($1, $2)`,
      [into, from],
    );
    expect(open).toEqual([]);
    expect(await readChange(web, 'default', change)).toMatchObject({
      what: 'merge',
      deviceId: into,
      otherId: from,
    });
    expect(await rootOf(web, 'default', from)).toBe(into);
  });

  it('keeps what people said about the one, and fills from the other what it lacks', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    await renameDevice(web, 'default', into, { name: 'Anna', owner: '', notes: '' }, null, 'Anna');
    await renameDevice(web, 'default', from, { name: 'Ben', owner: 'Ben', notes: 'blue' }, null, 'Anna');
    await web.query(`select watch_device('default', $1, true, interval '10 minutes', 'Anna')`, [from]);
    await decideDevice(web, 'default', from, 'ignore', 'Anna');
    await merge(into, from);
    const [merged] = await database.pool.query(
      `select name, owner, notes, state, importance, down_after::text, first_seen_at = (select min(started_at) from connections where device_id = $1) as earliest
       from devices where id = $1`,
      [into],
    );
    expect(merged).toEqual({
      name: 'Anna',
      owner: 'Ben',
      notes: 'blue',
      state: 'ignored',
      importance: 'watched',
      down_after: '00:10:00',
      earliest: true,
    });
  });

  it('reads together what both told of themselves', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    await lan.named(PHONE.mac, 'annas-phone');
    await lan.named(AGAIN.mac, 'annas-phone');
    await lan.named(AGAIN.mac, 'ANNAS-PHONE', 'netbios');
    for (const [device, last] of [
      [into, '1 hour'],
      [from, '1 minute'],
    ] as const)
      await database.pool.query(
        `insert into device_ports (site_id, device_id, ip, port, service, first_seen_at, last_seen_at)
         values (1, $1, '192.168.7.10', 80, $2::text, now() - interval '1 day', now() - $2::text::interval)`,
        [device, last],
      );
    const change = await changeOf(merge(into, from));
    const all = { after: null, limit: 10 };
    const names = (await namesOf(web, 'default', into, all)).rows.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['ANNAS-PHONE', 'annas-phone']);
    expect((await portsOf(web, 'default', into, all)).rows).toMatchObject([
      { port: 80, service: '1 minute' },
    ]);
    await undo(change);
    expect((await namesOf(web, 'default', into, all)).rows).toHaveLength(1);
  });

  it('never loses that one of the two is blocked', async () => {
    const [into, from] = [await lan.deviceOf(OTHER.mac), await lan.deviceOf(AGAIN.mac)];
    await decideDevice(web, 'default', from, 'block', 'Anna');
    await merge(into, from);
    const [merged] = await database.pool.query('select state from devices where id = $1', [into]);
    expect(merged).toEqual({ state: 'blocked' });
  });

  it('is refused with itself, with one that is part of another or put away, and when either was changed', async () => {
    const [a, b, c] = [
      await lan.deviceOf(PHONE.mac),
      await lan.deviceOf(AGAIN.mac),
      await lan.deviceOf(OTHER.mac),
    ];
    expect(await merge(a, a)).toEqual({ kind: 'refused', why: 'A device cannot be merged with itself.' });
    expect(await merge(a, 999_999)).toEqual({ kind: 'missing' });
    expect(await mergeDevices(web, 'elsewhere', side(a), side(b), 'Anna')).toEqual({ kind: 'missing' });
    expect(await mergeDevices(web, 'default', side(a), { device: b, revision: 7 }, 'Anna')).toEqual({
      kind: 'stale',
    });
    await merge(a, b);
    for (const outcome of [
      await merge(a, b),
      await merge(b, a),
      await merge(c, b),
      await decideDevice(web, 'default', b, 'block', 'x'),
    ])
      expect(outcome).toEqual({ kind: 'stale' });
    await web.query(`select archive_device('default', $1, 'stay', 'Anna')`, [c]);
    expect(await merge(a, c)).toEqual({ kind: 'stale' });
  });

  it('does not reach into another site', async () => {
    const [into] = [await lan.deviceOf(PHONE.mac)];
    await lan.session.query(
      `select record_scan('elsewhere', '10.1.0.0/24', 'lan0', 'packet', 1, 254, 1, 1, 1, null, '{3c:71:bf:00:01:01}', '{10.1.0.1}')`,
    );
    const far = await lan.deviceOf('3c:71:bf:00:01:01');
    expect(await merge(into, far)).toEqual({ kind: 'missing' });
  });
});

describe('a watched device that is down', () => {
  const downs = () =>
    database.pool.query<{ device_id: number; dedup_key: string; open: boolean }>(
      `select device_id, dedup_key, resolved_at is null as open from alerts where kind = 'device_down' order by id`,
    );
  let phone: number;
  beforeEach(async () => {
    phone = await lan.deviceOf(PHONE.mac);
    await lan.scan(GATEWAY, OTHER, AGAIN, PHONE);
    await web.query(`select watch_device('default', $1, true, interval '1 minute', 'Anna')`, [phone]);
    await lan.leaveOnly(GATEWAY, OTHER, AGAIN);
    for (let n = 0; n < 4; n++) await lan.scan(GATEWAY, OTHER, AGAIN);
  });

  it('is back when it turns out to be one that is here; undone, it is down as before', async () => {
    expect(await downs()).toMatchObject([{ device_id: phone, open: true }]);
    const before = await everything();
    const change = await changeOf(merge(phone, await lan.deviceOf(AGAIN.mac)));
    expect(await downs()).toMatchObject([{ open: false }]);
    for (let n = 0; n < 3; n++) await lan.scan(GATEWAY, OTHER, AGAIN);
    expect((await downs()).filter(({ open }) => open)).toEqual([]);
    await undo(change);
    expect(await downs()).toMatchObject([{ device_id: phone, open: true }]);
    expect((await everything())[1]).toEqual(before[1]);
  });

  it('stays down as a part of another that is away, until one of its MACs returns', async () => {
    const other = await lan.deviceOf(AGAIN.mac);
    await lan.leaveOnly(GATEWAY, OTHER);
    const before = await everything();
    const change = await changeOf(merge(other, phone));
    expect(await downs()).toEqual([{ device_id: other, dedup_key: `device_down:${other}`, open: true }]);
    await undo(change);
    expect(await everything()).toEqual(before);
    await merge(other, phone);
    await lan.scan(GATEWAY, OTHER, AGAIN);
    expect((await downs()).filter(({ open }) => open)).toEqual([]);
  });
});

describe('undoing a merge', () => {
  it('restores everything, alerts as well', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    await renameDevice(web, 'default', from, { name: 'Ben', owner: 'Ben', notes: 'blue' }, null, 'Anna');
    const before = await everything();
    const change = await changeOf(merge(into, from));
    expect(await everything()).not.toEqual(before);
    expect(await undo(change)).toEqual({ kind: 'changed', change });
    expect(await everything()).toEqual(before);
    expect(await undo(change)).toEqual({ kind: 'stale' });
  });

  it('gives back what the MACs did meanwhile', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    const change = await changeOf(merge(into, from));
    await lan.leaveOnly(GATEWAY, OTHER);
    await lan.scan(GATEWAY, OTHER, PHONE, at(AGAIN.mac, 30));
    await undo(change);
    expect(await broken()).toEqual([]);
    const macs = await database.pool.query<{ mac: string; device_id: number }>(
      'select distinct mac::text, device_id from connections where device_id in ($1, $2) order by device_id',
      [into, from],
    );
    expect(macs).toEqual([
      { mac: PHONE.mac, device_id: into },
      { mac: AGAIN.mac, device_id: from },
    ]);
  });

  it('is refused while something newer stands, of either device; nested merges come apart from the outside in', async () => {
    const [a, b, c] = [
      await lan.deviceOf(PHONE.mac),
      await lan.deviceOf(AGAIN.mac),
      await lan.deviceOf(OTHER.mac),
    ];
    const before = await everything();
    const inner = await changeOf(merge(a, b));
    const outer = await changeOf(merge(c, a));
    expect(await lan.deviceOf(AGAIN.mac)).toBe(c);
    expect(await rootOf(web, 'default', b)).toBe(c);
    expect(await undo(inner)).toEqual({ kind: 'stale' });
    await renameDevice(web, 'default', c, { name: 'Kettle', owner: '', notes: '' }, null, 'Anna');
    expect(await undo(outer)).toEqual({ kind: 'stale' });
    const [renamed] = await database.pool.query<{ id: number }>(
      `select id from device_changes where what = 'rename'`,
    );
    await undo(renamed!.id);
    expect(await undo(outer)).toMatchObject({ kind: 'changed' });
    expect(await undo(inner)).toMatchObject({ kind: 'changed' });
    expect(await everything()).toEqual(before);
  });

  it('a change of before the merge cannot be undone while it stands', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    const accepted = await changeOf(decideDevice(web, 'default', from, 'accept', 'Anna'));
    const change = await changeOf(merge(into, from));
    expect(await undo(accepted)).toEqual({ kind: 'stale' });
    await undo(change);
    expect(await undo(accepted)).toMatchObject({ kind: 'changed' });
  });

  it('leaves the database as it was after any merges and their undoing in reverse', async () => {
    const crowd = Array.from({ length: 6 }, (_, n) => at(random(40 + n), 40 + n));
    await lan.scan(GATEWAY, OTHER, AGAIN, ...crowd);
    await lan.leaveOnly(GATEWAY, OTHER, ...crowd.slice(0, 3));
    const ids = await Promise.all([PHONE, AGAIN, OTHER, ...crowd].map(({ mac }) => lan.deviceOf(mac)));
    await decideDevice(web, 'default', ids[3]!, 'block', 'Anna');
    await decideDevice(web, 'default', ids[4]!, 'ignore', 'Anna');
    await renameDevice(web, 'default', ids[5]!, { name: 'Named', owner: 'Me', notes: '' }, null, 'Anna');
    await web.query(`select watch_device('default', $1, true, null, 'Anna')`, [ids[6]]);
    const before = await everything();
    const index = fc.nat({ max: ids.length - 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(index, index), { maxLength: 8 }), async pairs => {
        const made: number[] = [];
        for (const [into, from] of pairs) {
          const outcome = await merge(ids[into]!, ids[from]!);
          if (outcome.kind === 'changed') made.push(outcome.change);
        }
        expect(await broken()).toEqual([]);
        for (const change of made.toReversed())
          expect(await undo(change)).toEqual({ kind: 'changed', change });
        expect(await everything()).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });
});

describe('beside a scan that is being recorded', () => {
  const scanSql = `select record_scan('default', '192.168.7.0/24', 'lan0', 'packet', 10, 254, 3, 300, 254, null, $1::macaddr[], $2::inet[])`;
  const seenAs = (...seen: { mac: string; ip: string }[]) => [
    seen.map(({ mac }) => mac),
    seen.map(({ ip }) => ip),
  ];

  it('waits for it, and what it opened goes along', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    const scanner = await openSession(database.url, { application: 'test' });
    await scanner.query('begin');
    // Silent, moved and new at once: the scan holds connections and the making of devices.
    await scanner.query(scanSql, seenAs(GATEWAY, at(AGAIN.mac, 77), at(random(77), 78)));
    const merging = merge(into, from);
    await scanner.query('commit');
    expect((await merging).kind).toBe('changed');
    expect(await broken()).toEqual([]);
    await scanner.close();
  });

  it('is waited for, and the scan then knows whose the MAC is', async () => {
    const [into, from] = [await lan.deviceOf(PHONE.mac), await lan.deviceOf(AGAIN.mac)];
    const person = await openSession(database.url, { application: 'test' });
    await person.query('begin');
    await mergeDevices(person, 'default', side(into), side(from), 'Anna');
    const scanning = database.pool.query(scanSql, seenAs(GATEWAY, at(AGAIN.mac, 78)));
    await person.query('commit');
    await scanning;
    expect(await broken()).toEqual([]);
    await person.close();
  });

  it('many of both at once neither block each other for good nor disagree', async () => {
    const crowd = Array.from({ length: 8 }, (_, n) => at(random(60 + n), 60 + n));
    await lan.scan(GATEWAY, ...crowd);
    const ids = await Promise.all(crowd.map(({ mac }) => lan.deviceOf(mac)));
    const scans = async () => {
      for (let n = 0; n < 15; n++)
        await database.pool.query(
          scanSql,
          seenAs(
            GATEWAY,
            ...crowd
              .filter((_, k) => (k + n) % 3 !== 0)
              .map(({ mac }, k) => at(mac, 100 + ((k * 7 + n) % 90))),
          ),
        );
    };
    const people = async (offset: number) => {
      for (let n = 0; n < 8; n++) {
        const made = await merge(ids[(n + offset) % 8]!, ids[(n + offset + 3) % 8]!);
        if (made.kind === 'changed') await undo(made.change);
      }
    };
    await Promise.all([scans(), people(0), people(1)]);
    expect(await broken()).toEqual([]);
  });
});
