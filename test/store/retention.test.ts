import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prune } from '../../src/store/retention.ts';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
  await db.pool.query(`insert into networks (site_id, cidr, interface) values (1, '10.0.0.0/24', 'e')`);
});
afterAll(() => db.drop());
beforeEach(() =>
  db.pool.query('truncate devices, device_macs, connections, discovery_log, alerts, deliveries cascade'),
);

const never = new AbortController().signal;
const NOTHING = {
  discovery_log: 0,
  connections: 0,
  alerts: 0,
  coverage: 0,
  names: 0,
  ports: 0,
  archived: 0,
  weeks: 0,
};

test('deletes what is old in several steps, and keeps each device’s last connection', async () => {
  await db.pool.query(`insert into devices (site_id, id, first_seen_at) values (1, 1, now()), (1, 2, now())`);
  // 12,000 scans, one every five seconds: less than a day, so that no week goes as a whole.
  await db.pool
    .query(`insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method)
    select 1, 1, now() - interval '24 h 20 min' + make_interval(secs => n * 5), 1, 'complete', 'packet' from generate_series(1, 12000) as n`);
  // Device 1: an interval on each of the last 20 days; device 2: one, 15 days ago.
  await db.pool
    .query(`insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
    select 1, 1, 1, macaddr '02:00:00:00:00:01', inet '10.0.0.1', now() - make_interval(days => n), now() - make_interval(days => n, hours => -1), 'returned'
    from generate_series(1, 20) as n
    union all select 1, 2, 1, macaddr '02:00:00:00:00:02', inet '10.0.0.2', now() - interval '15 days', now() - interval '14 days', 'new'`);
  await db.pool.query(`insert into alerts (site_id, kind, severity, summary, dedup_key, resolved_at)
    values (1, 'scan_failing', 'high', 'old', 'a', now() - interval '11 days'), (1, 'scan_failing', 'high', 'fresh', 'b', now()),
           (1, 'scan_failing', 'high', 'open', 'c', null), (1, 'scan_failing', 'high', 'unsent', 'd', now() - interval '11 days')`);
  await db.pool.query(`with channel as (
      insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'noc') returning id
    ) insert into deliveries (site_id, alert_id, channel_id, state)
      select 1, a.id, channel.id, case a.summary when 'unsent' then 'queued' else 'delivered' end
      from alerts as a, channel where a.summary in ('unsent', 'old')`);

  expect(await prune(db.pool, { log: 1, history: 10 }, never)).toEqual({
    ...NOTHING,
    discovery_log: 240,
    connections: 10,
    alerts: 1,
  });
  expect(
    await db.pool.query('select device_id, count(*) as n from connections group by 1 order by 1'),
  ).toEqual([
    { device_id: 1, n: 10 },
    { device_id: 2, n: 1 },
  ]);
  expect(await db.pool.query(`select summary from alerts where kind = 'scan_failing' order by id`)).toEqual([
    { summary: 'fresh' },
    { summary: 'open' },
    { summary: 'unsent' },
  ]);
  expect(await prune(db.pool, { log: 1, history: 10 }, never)).toEqual(NOTHING);
});

test('of every site, and by kind: routine alerts, coverage, names, ports, privacy addresses', async () => {
  await db.pool.query(`select site_of('elsewhere')`);
  await db.pool.query(
    `insert into networks (site_id, cidr, interface) select id, '10.0.0.0/24', 'e' from sites where name = 'elsewhere' on conflict do nothing`,
  );
  await db.pool.query(
    `insert into devices (site_id, id, state, first_seen_at) select id, 10 + id, 'known', now() from sites`,
  );
  await db.pool.query(`insert into alerts (site_id, kind, severity, summary, dedup_key, resolved_at, routine)
    select s.id, 'ip_changed', 'info', days || routine::text, days || routine::text, now() - make_interval(days => days), routine
    from sites as s, (values (89), (91)) as d (days), (values (true), (false)) as r (routine)`);
  await db.pool.query(`insert into coverage (site_id, network_id, during)
    select site_id, id, tstzrange(now() - make_interval(days => days + 1), now() - make_interval(days => days))
    from networks, (values (1), (500)) as d (days)`);
  await db.pool
    .query(`insert into device_names (site_id, device_id, source, name, first_seen_at, last_seen_at)
    select id, 10 + id, 'mdns', 'n' || days, now() - interval '999 days', now() - make_interval(days => days) from sites, (values (1), (500)) as d (days)`);
  await db.pool
    .query(`insert into device_ports (site_id, device_id, ip, port, first_seen_at, last_seen_at, closed_at)
    select id, 10 + id, '10.0.0.9', port, now() - interval '999 days', now() - interval '500 days', case port when 22 then now() - interval '500 days' end
    from sites, (values (22), (80)) as p (port)`);
  // A temporary address, one made of the MAC, one of the link, and an IPv4 address, all 40 days ago; and the last.
  await db.pool
    .query(`insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
    select n.site_id, 10 + n.site_id, n.id, macaddr '3c:37:12:00:00:01', ip::inet, now() - make_interval(days => days + 1), now() - make_interval(days => days), 'returned'
    from networks as n, (values ('2001:db8::1234', 40), ('fd00::3e37:12ff:fe00:1', 40), ('fe80::99', 40), ('10.0.0.1', 40), ('2001:db8::1', 1)) as v (ip, days)`);

  expect(await prune(db.pool, { log: 30, history: 400 }, never)).toEqual({
    ...NOTHING,
    connections: 2,
    alerts: 2,
    coverage: 2,
    names: 2,
    ports: 2,
  });
  expect(
    await db.pool.query(`select host(ip) as ip from connections where site_id = 1 order by connections.ip`),
  ).toEqual([
    { ip: '10.0.0.1' },
    { ip: '2001:db8::1' },
    { ip: 'fd00::3e37:12ff:fe00:1' },
    { ip: 'fe80::99' },
  ]);
  expect(await db.pool.query('select distinct summary from alerts order by 1')).toEqual([
    { summary: '89false' },
    { summary: '89true' },
    { summary: '91false' },
  ]);
});

test('mutes that ended and rules that were removed go with the history, those that still count stay', async () => {
  await db.pool.query(`insert into mutes (site_id, from_at, until, ended_at, actor, note)
    select 1, now() - make_interval(days => began), now() + make_interval(days => until), now() - make_interval(days => ended), 'Anna', note
    from (values (800, -401, null, 'ran out'), (800, 10, 401, 'ended by hand'), (800, 10, null, 'runs'),
                 (800, -399, null, 'of late')) as v (began, until, ended, note)`);
  await db.pool.query(`insert into removed_rules (site_id, rule_id, rule, removed_at, removed_by)
    values (1, 901, '{}', now() - interval '401 days', 'Anna'), (1, 902, '{}', now() - interval '399 days', 'Anna')`);
  await prune(db.pool, { log: 30, history: 400 }, never);
  expect(await db.pool.query('select note from mutes order by id')).toEqual([
    { note: 'runs' },
    { note: 'of late' },
  ]);
  expect(await db.pool.query('select rule_id from removed_rules')).toEqual([{ rule_id: 902 }]);
});

test('newcomers that nobody decided about or saw for a month are put away, and return as new', async () => {
  await db.pool.query(`insert into devices (site_id, id, state, name, importance, first_seen_at)
    select 1, id, state, name, importance, now() - interval '60 days'
    from (values (1, 'new', null, 'normal'), (2, 'known', null, 'normal'), (3, 'new', 'Tablet', 'normal'),
                 (4, 'new', null, 'watched'), (5, 'new', null, 'normal'), (6, 'new', null, 'normal')) as v (id, state, name, importance)`);
  await db.pool.query(
    `insert into device_macs (site_id, mac, device_id, first_seen_at) select 1, '02:00:00:00:00:00'::macaddr, 1, now()`,
  );
  await db.pool
    .query(`insert into connections (site_id, device_id, network_id, mac, ip, started_at, ended_at, opened_as)
    select 1, id, (select id from networks where site_id = 1), ('02:00:00:00:00:0' || id)::macaddr, inet '10.0.0.0' + id, now() - interval '60 days', ended, 'new'
    from (values (1, now() - interval '31 days'), (5, now() - interval '29 days'), (6, null)) as v (id, ended)`);
  await db.pool.query(`insert into alerts (site_id, kind, severity, summary, dedup_key, device_id)
    values (1, 'new_device', 'medium', 'who?', 'new_device:1', 1)`);

  expect(await prune(db.pool, { log: 30, history: 400 }, never)).toEqual({ ...NOTHING, archived: 1 });
  expect(await db.pool.query('select id, state from devices order by id')).toEqual(
    ['archived', 'known', 'new', 'new', 'new', 'new'].map((state, i) => ({ id: i + 1, state })),
  );
  expect(await db.pool.query('select resolved_at is not null as resolved from alerts')).toEqual([
    { resolved: true },
  ]);
  await db.pool.query(
    `insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
     select 1, 1, id, '02:00:00:00:00:01', '10.0.0.1', now(), 'returned' from networks where site_id = 1`,
  );
  expect(await db.pool.query('select state from devices where id = 1')).toEqual([{ state: 'new' }]);
});

describe('the log of scans', () => {
  /** As the owner, whose clock can be set. */
  const at = async (time: string) => {
    const session = await openSession(db.url, { application: 'test' });
    await session.query(`select set_config('netureon.clock', $1, false)`, [time]);
    return session;
  };
  const log = (from: string, until: string, step: string) =>
    db.pool.query(`insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method)
      select 1, id, at, 1, 'complete', 'packet' from networks, generate_series('${from}'::timestamptz, '${until}', '${step}') as at where site_id = 1`);
  const partitions = async () =>
    (
      await db.pool.query<{ name: string }>(
        `select name || ' ' || coalesce(nullif(extract(year from to_at)::text, 'Infinity'), 'for ever') as name from discovery_log_partitions()`,
      )
    ).map(({ name }) => name.replace('discovery_log_', ''));

  test('takes every time there is, and each has a partition', async () => {
    await log('1999-01-01', '1999-01-01', '1 s');
    await log('2999-01-01', '2999-01-01', '1 s');
    await log('2026-11-20', '2026-11-20', '1 s');
    expect(
      await db.pool.query(`select tableoid::regclass::text as part from discovery_log order by finished_at`),
    ).toEqual([
      { part: 'discovery_log_past' },
      { part: expect.stringMatching(/^discovery_log_\d{4}_\d\d_\d\d$|past|future/) },
      { part: 'discovery_log_future' },
    ]);
  });

  test('drops whole weeks, keeps the rest by the day, and makes the weeks ahead', async () => {
    const start = await db.pool.query<{ last: Date }>(
      `select max(from_at) as last from discovery_log_partitions()`,
    );
    const last = start[0]!.last.toISOString();
    // Nobody pruned for five months after the last one that was made.
    await log(last, new Date(Date.parse(last) + 150 * 86_400_000).toISOString(), '1 h');
    const later = new Date(Date.parse(last) + 150 * 86_400_000).toISOString();
    const session = await at(later);
    const first = await prune(session, { log: 30, history: 400 }, never);
    expect(first.discovery_log).toBe(120 * 24);
    expect(first.weeks).toBeGreaterThan(0);
    expect(
      await db.pool.query(
        `select count(*) as n from discovery_log where finished_at < $1::timestamptz - interval '30 days'`,
        [later],
      ),
    ).toEqual([{ n: 0 }]);
    expect(await db.pool.query('select count(*) as n from discovery_log')).toEqual([{ n: 30 * 24 + 1 }]);
    // What had to take over is an ordinary partition now, which goes when all of it is old.
    expect((await partitions()).at(-1)).toBe('future for ever');
    expect(
      await db.pool.query(
        `select count(*) as n from discovery_log_partitions()
      where from_at > $1::timestamptz and to_at < 'infinity'`,
        [later],
      ),
    ).toEqual([{ n: 12 }]);
    await session.query(`select set_config('netureon.clock', $1, false)`, [
      new Date(Date.parse(later) + 70 * 86_400_000).toISOString(),
    ]);
    const second = await prune(session, { log: 30, history: 400 }, never);
    expect(second.weeks).toBeGreaterThanOrEqual(1);
    expect(await db.pool.query('select count(*) as n from discovery_log')).toEqual([{ n: 0 }]);
    expect(
      await db.pool.query(
        `select relname from pg_class where relname like 'discovery\\_log\\_%' and relkind = 'r' and not relispartition`,
      ),
    ).toEqual([]);
    await session.close();
  });

  test('a prune that was interrupted is finished by the next one', async () => {
    const [first] = await db.pool.query<{ name: string; from: Date; to: Date }>(
      `select name, from_at as "from", to_at as "to" from discovery_log_partitions() where from_at > '-infinity' limit 1`,
    );
    await log(first!.from.toISOString(), first!.from.toISOString(), '1 s');
    const session = await at(new Date(first!.to.getTime() + 32 * 86_400_000).toISOString());
    const reader = await openSession(db.url, { application: 'test' });
    await reader.query('begin');
    await reader.query('select count(*) from discovery_log');
    // One detachment is left pending, and the last partition was detached and not attached again.
    await session.query(`set lock_timeout = '10ms'`);
    await expect(
      session.query(`alter table discovery_log detach partition ${first!.name} concurrently`),
    ).rejects.toMatchObject({ code: '55P03' });
    await reader.query('commit');
    await session.query('set lock_timeout = 0');
    expect(await db.pool.query('select name from discovery_log_partitions() where pending')).toEqual([
      { name: first!.name },
    ]);
    await session.query('alter table discovery_log detach partition discovery_log_future concurrently').then(
      () => expect.unreachable('one detachment at a time'),
      () => undefined,
    );
    const { weeks: dropped } = await prune(session, { log: 30, history: 400 }, never);
    expect(dropped).toBe(1);
    await session.query('alter table discovery_log detach partition discovery_log_future concurrently');
    await prune(session, { log: 30, history: 400 }, never);
    expect((await partitions()).at(-1)).toBe('future for ever');
    await log('2999-01-01', '2999-01-01', '1 s');
    for (const one of [session, reader]) await one.close();
  });

  test('no scan waits while it is pruned, even when prune itself has to wait', async () => {
    const [last] = await db.pool.query<{ at: Date }>(
      `select max(from_at) as at from discovery_log_partitions()`,
    );
    const start = last!.at.getTime();
    await log(last!.at.toISOString(), new Date(start + 100 * 86_400_000).toISOString(), '2 min');
    const now = new Date(start + 100 * 86_400_000).toISOString();
    const pruner = await at(now);
    await prune(pruner, { log: 90, history: 400 }, never);
    const scanner = await at(now);
    // It would wait for the reader's end: for ever.
    await scanner.query(`set lock_timeout = '20s'`);
    const tick = () =>
      scanner.query(
        `select * from record_scan('default', '10.0.0.0/24', 'e', 'packet', 1, 1, 1, 1, 1, null, '{3c:37:12:00:00:01}', '{10.0.0.1}')`,
      );
    const reader = await openSession(db.url, { application: 'test' });
    await reader.query('begin');
    await reader.query('select count(*) from discovery_log');
    // Ten weeks later, with weeks that are old by then, and a reader who keeps them from going.
    for (const one of [pruner, scanner])
      await one.query(`select set_config('netureon.clock', $1, false)`, [
        new Date(start + 170 * 86_400_000).toISOString(),
      ]);
    const state = { done: false };
    const pruning = prune(pruner, { log: 30, history: 400 }, never).finally(() => (state.done = true));
    await expect
      .poll(() =>
        db.pool.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%concurrently%' and datname = current_database()`,
        ),
      )
      .toHaveLength(1);
    for (let i = 0; i < 20; i++) expect(await tick()).toHaveLength(1);
    await reader.query('commit');
    let ticks = 0;
    for (; !state.done; ticks++) expect(await tick()).toHaveLength(1);
    expect(ticks).toBeGreaterThan(0);
    expect((await pruning).weeks).toBeGreaterThanOrEqual(1);
    for (const one of [pruner, scanner, reader]) await one.close();
  });
});
