// The outbox functions against a real PostgreSQL, called as the daemon's own role.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxOf, type Claim, type Outbox } from '../../src/store/outbox.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { devices, recordScan } from './outbox-fixtures.ts';

const MAIL = { name: 'email', kind: 'email', target: 'noc@example.test' } as const;
const CHAT = { name: 'telegram:42', kind: 'telegram', target: '42' } as const;
const MINUTE = 60_000;
const OFF = 'channel email is switched off: no running alert daemon has it in its configuration';

let database: TestDatabase;
let alertd: Pool;
let outbox: Outbox;

beforeAll(async () => {
  database = await freshDatabase();
  alertd = openPool(database.urlAs('netureon_alertd'), { application: 'test', max: 8 });
  outbox = outboxOf(alertd, 'default');
});
afterAll(async () => {
  await alertd.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query(
    'truncate alerts, deliveries, channels, rules, connections, device_macs, devices, networks, discovery_log cascade',
  );
  await database.pool.query(
    `insert into rules (site_id, name) select id, 'Everything' from sites where name = 'default'`,
  );
  await outbox.syncChannels([MAIL, CHAT]);
  await recordScan(database.pool, []); // the baseline, of nobody
  for (const channel of [MAIL, CHAT]) await outbox.delivered(await claimed(channel.name), 'ok');
});

async function claimed(channel: string, limit = 10_000): Promise<Claim> {
  const claim = await outbox.claim(channel, MINUTE, limit);
  if (claim === undefined) throw new Error(`nothing to claim for ${channel}`);
  return claim;
}

const states = (channel: string) =>
  database.pool.query<{ state: string; reason: string | null; n: number }>(
    `select d.state, d.reason, count(*)::int as n from deliveries as d join channels as c on c.id = d.channel_id
     where c.name = $1 and d.receipt is distinct from 'ok' group by 1, 2 order by 1, 2`,
    [channel],
  );

describe('claiming', () => {
  it('names a network of one link with its link', async () => {
    await database.pool.query(
      `select record_scan('default', 'fe80::/64', 'lan0', 'packet', 1, 1, 1, 1, 1, null,
                          array['3c:71:bf:00:00:aa']::macaddr[], array['fe80::aa']::inet[], null, 'lan0')`,
    );
    expect((await claimed('email')).alerts).toMatchObject([
      { kind: 'baseline', network: 'fe80::/64 on lan0' },
    ]);
  });

  it('makes one message of everything that waits, with what rendering needs', async () => {
    await recordScan(database.pool, devices(100));
    const claim = await claimed('email');
    expect(claim.alerts).toHaveLength(100);
    expect(claim.attempt).toBe(1);
    expect(claim.alerts.find(({ ip }) => ip === '192.168.1.10')).toMatchObject({
      kind: 'new_device',
      severity: 'medium',
      mac: '3c:71:bf:00:00:0a',
      ip: '192.168.1.10',
      network: '192.168.1.0/24',
      vendor: 'Espressif Inc.',
      randomMac: false,
      count: 1,
    });
    expect(await outbox.claim('email', MINUTE, 10)).toBeUndefined();
    // The other channel has its own message.
    expect((await claimed('telegram:42')).alerts).toHaveLength(100);
  });

  it('never gives the same delivery to two who ask at once', async () => {
    await recordScan(database.pool, devices(60));
    const claims = await Promise.all(Array.from({ length: 8 }, () => outbox.claim('email', MINUTE, 10)));
    const ids = claims.flatMap(claim => claim?.alerts.map(({ id }) => id) ?? []);
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(60);
  });

  it('repeats a message whose lease ran out whole, under its key, before anything new', async () => {
    await recordScan(database.pool, devices(3));
    const first = await claimed('email');
    await recordScan(database.pool, devices(5));
    await database.pool.query(
      `update deliveries set lease_until = now() - interval '1 s' where lease_until is not null`,
    );
    const second = await claimed('email');
    expect(second.messageKey).toBe(first.messageKey);
    expect(second.alerts).toEqual(first.alerts);
    expect(second.attempt).toBe(2);
    expect((await claimed('email')).alerts).toHaveLength(2);
    // The first holder comes back from the dead: it holds nothing any more.
    expect(await outbox.delivered(first, 'late')).toBe('lost');
    expect(await outbox.failed(first, 'late')).toBe('lost');
    expect(await outbox.retry(first, 'late', 0)).toBe('lost');
    expect(await outbox.delivered(second, 'fine')).toBe('delivered');
  });

  it('claims nothing of another site and nothing for an unknown channel', async () => {
    await recordScan(database.pool, devices(1));
    expect(await outboxOf(alertd, 'elsewhere').claim('email', MINUTE, 10)).toBeUndefined();
    expect(await outbox.claim('pigeon', MINUTE, 10)).toBeUndefined();
  });
});

describe('marking', () => {
  it('keeps the receipt', async () => {
    await recordScan(database.pool, devices(2));
    expect(await outbox.delivered(await claimed('email'), '250 kept as 7')).toBe('delivered');
    const rows = await database.pool.query(
      `select distinct state, receipt, attempts, lease_until, finished_at is not null as finished
       from deliveries where receipt <> 'ok'`,
    );
    expect(rows).toEqual([
      { state: 'delivered', receipt: '250 kept as 7', attempts: 1, lease_until: null, finished: true },
    ]);
  });

  it('waits before a repeated try, and says for how long', async () => {
    await recordScan(database.pool, devices(2));
    expect(await outbox.nextDueMs('email')).toBe(0);
    const first = await claimed('email');
    expect(await outbox.nextDueMs('email')).toBeGreaterThan(MINUTE / 2); // the lease
    expect(await outbox.retry(first, '451 later', 30_000)).toBe('queued');
    expect(await outbox.claim('email', MINUTE, 10)).toBeUndefined();
    const ms = await outbox.nextDueMs('email');
    expect(ms).toBeGreaterThan(10_000);
    expect(ms).toBeLessThanOrEqual(30_000);
    await database.pool.query(`update deliveries set next_attempt_at = now() where state = 'queued'`);
    expect((await claimed('email')).messageKey).toBe(first.messageKey);
  });

  it('has nothing due when nothing waits', async () => {
    expect(await outbox.nextDueMs('email')).toBeUndefined();
  });

  it('gives up for everyone to see after a day and ten tries', async () => {
    await recordScan(database.pool, devices(2));
    await database.pool.query(
      `update deliveries set created_at = now() - interval '25 hours' where state = 'queued'`,
    );
    // A daemon that was off for the day: not given up after its first try.
    expect(await outbox.retry(await claimed('email'), 'refused', 0)).toBe('queued');
    await database.pool.query(`update deliveries set attempts = 9 where state = 'queued'`);
    expect(await outbox.retry(await claimed('email'), 'connection refused', 0)).toBe('failed');
    expect(await states('email')).toEqual([
      { state: 'failed', reason: 'gave up after 24 h: connection refused', n: 2 },
    ]);
  });

  it('gives up on a message that kills its daemon at every try', async () => {
    await recordScan(database.pool, devices(2));
    await claimed('email');
    await database.pool.query(
      `update deliveries set created_at = now() - interval '25 hours', attempts = 10,
       lease_until = now() - interval '1 s' where lease_until is not null`,
    );
    expect(await outbox.claim('email', MINUTE, 10)).toBeUndefined();
    expect(await states('email')).toEqual([
      { state: 'failed', reason: 'gave up after 24 h: no answer', n: 2 },
    ]);
  });

  it('is not held up by a clock that was set back', async () => {
    await recordScan(database.pool, devices(1));
    const first = await claimed('email');
    await database.pool.query(
      `update deliveries set lease_until = now() + interval '3 days' where lease_until is not null`,
    );
    expect(await outbox.nextDueMs('email')).toBe(0);
    const second = await claimed('email');
    expect(second.messageKey).toBe(first.messageKey);
    await outbox.retry(second, 'busy', 1000);
    await database.pool.query(
      `update deliveries set next_attempt_at = now() + interval '3 days' where state = 'queued'`,
    );
    expect((await claimed('email')).messageKey).toBe(first.messageKey);
    // Never tried: due whatever the time says, also within the hour that a retry may ask for.
    await database.pool.query(
      `update deliveries set next_attempt_at = now() + interval '30 min' where attempts = 0`,
    );
    expect((await claimed('telegram:42')).alerts).toHaveLength(1);
  });
});

describe('channels', () => {
  it('that come back get what is still open of the last day', async () => {
    await recordScan(database.pool, devices(4));
    await outbox.syncChannels([CHAT]);
    await database.pool.query(
      `update alerts set resolved_at = now() where id = (select min(id) from alerts where kind = 'new_device')`,
    );
    const suppressed = (n: number) => ({ state: 'suppressed', reason: OFF, n });
    expect(await states('email')).toEqual([suppressed(4)]);
    await outbox.syncChannels([MAIL]);
    expect(await states('email')).toEqual([{ state: 'queued', reason: null, n: 3 }, suppressed(1)]);
    await database.pool.query(`update deliveries set created_at = now() - interval '2 days'`);
    await outbox.syncChannels([CHAT]);
    await outbox.syncChannels([MAIL]);
    expect(await states('email')).toEqual([suppressed(4)]);
  });

  it('follow the configuration; what waited for one switched off is suppressed with the reason', async () => {
    await recordScan(database.pool, devices(4));
    await outbox.syncChannels([CHAT, { ...MAIL, name: 'email-2' }]);
    expect(await states('email')).toEqual([{ state: 'suppressed', reason: OFF, n: 4 }]);
    expect(await states('telegram:42')).toEqual([{ state: 'queued', reason: null, n: 4 }]);
    expect(await outbox.claim('email', MINUTE, 10)).toBeUndefined();
    await outbox.syncChannels([{ ...MAIL, target: 'boss@example.test' }, CHAT]);
    expect(await database.pool.query('select name, target, enabled from channels order by name')).toEqual([
      { name: 'email', target: 'boss@example.test', enabled: true },
      { name: 'email-2', target: 'noc@example.test', enabled: false },
      { name: 'telegram:42', target: '42', enabled: true },
    ]);
  });

  it('are tried at once when the daemon starts anew', async () => {
    await recordScan(database.pool, devices(1));
    await outbox.retry(await claimed('email'), 'bad password', 15 * MINUTE);
    await outbox.syncChannels([MAIL, CHAT]);
    expect((await claimed('email')).attempt).toBe(2);
  });

  it('may be synchronised by many daemons at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => outbox.syncChannels([CHAT, MAIL])));
    expect(await database.pool.query('select name from channels order by name')).toHaveLength(2);
  });
});

it('new deliveries do not wait for a claim that is still open', async () => {
  const held = await database.pool.transaction(async db => {
    await db.query(`select * from claim_deliveries('default', 'email', '1 min', 10)`);
    await recordScan(database.pool, devices(2)); // another connection; would dead-lock this test if it waited
    return true;
  });
  expect(held).toBe(true);
  expect((await claimed('email')).alerts).toHaveLength(2);
});

it('the daemon role can call what it needs and touch nothing by hand', async () => {
  await outbox.heartbeat('0.0.0-test', new Date());
  await expect(alertd.query('update deliveries set state = state')).rejects.toThrow(/permission denied/);
  await expect(alertd.query(`select give_up(null, null, now())`)).rejects.toThrow(/permission denied/);
  await expect(
    openPool(database.urlAs('netureon_scan'), { application: 'test', max: 1 }).query(
      `select next_due('default', 'email')`,
    ),
  ).rejects.toThrow(/permission denied/);
});
