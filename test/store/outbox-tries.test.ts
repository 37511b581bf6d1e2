// What is kept of each try, and what a hold, a switch and a clock do to what waits.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outboxOf, type Claim, type Outbox } from '../../src/store/outbox.ts';
import { prune } from '../../src/store/retention.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const MAIL = {
  name: 'email',
  kind: 'email',
  target: 'a@example.test',
  settings: { to: ['a@example.test'] },
} as const;
const CHAT = {
  name: 'telegram:42',
  kind: 'telegram',
  target: 'chat 42',
  settings: { chatId: '42' },
} as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let database: TestDatabase;
let alertd: Pool;
let outbox: Outbox;

const query = <Row>(text: string, values: readonly unknown[] = []) => database.pool.query<Row>(text, values);

beforeAll(async () => {
  database = await freshDatabase();
  alertd = openPool(database.urlAs('netureon_alertd'), { application: 'test', max: 4 });
  outbox = outboxOf(alertd, 'default', randomUUID());
  await outbox.syncChannels([MAIL]);
});
afterAll(async () => {
  await alertd.close();
  await database.drop();
});
beforeEach(async () => {
  await query('truncate alerts, deliveries, message_tries, alertd_instances cascade');
  await query('delete from channels');
  await outbox.syncChannels([MAIL]);
});

/** Alerts with a delivery to the mail channel each, held for so long. */
async function queue(count: number, { holdMs, key = 'k' }: { holdMs?: number; key?: string } = {}) {
  const rows = await query<{ id: number }>(
    `insert into alerts (site_id, kind, severity, summary, dedup_key)
     select s.id, 'scan_failing', 'high', 'Nobody is looking ' || n, $1 || n
     from sites as s, generate_series(1, $2) as n where s.name = 'default' returning id`,
    [key, count],
  );
  if (holdMs !== undefined)
    await query(
      `update deliveries set hold_until = created_at + $1 * interval '1 ms' where alert_id = any ($2)`,
      [holdMs, rows.map(({ id }) => id)],
    );
}

async function claimed(): Promise<Claim> {
  const claim = await outbox.claim('email', MINUTE, 10_000);
  if (claim === undefined) throw new Error('nothing to claim');
  return claim;
}

const held = async () => (await outbox.claim('email', MINUTE, 10_000)) === undefined;
const tries = () => query(`select attempt, outcome, said, ms from message_tries order by id`);
const mailChannel = async () => {
  const [row] = await query<{ ok: boolean; failing: boolean; last_error: string | null }>(
    `select accepted_at is not null as ok, failing_since is not null as failing, last_error from channels where name = 'email'`,
  );
  return row;
};
/** As if the clock were set back by so long. */
const setBack = (by: string) =>
  query(
    `update deliveries set created_at = created_at + $1::interval, hold_until = hold_until + $1::interval,
       group_until = group_until + $1::interval, next_attempt_at = next_attempt_at + $1::interval`,
    [by],
  );

describe('each try', () => {
  it('is a row, and the channel shows how it fares', async () => {
    await queue(3);
    const first = await claimed();
    await outbox.retry(first, '451 later', 0, 12);
    expect(await mailChannel()).toEqual({ ok: false, failing: true, last_error: '451 later' });
    const [since] = await query<{ failing_since: Date }>('select failing_since from channels');
    await query(`update deliveries set next_attempt_at = now()`);
    await outbox.retry(await claimed(), '452 later still', 0, 13);
    expect(await query('select failing_since from channels')).toEqual([since]);
    // A daemon that is killed says nothing; the next one that takes the message does.
    await query(`update deliveries set next_attempt_at = now()`);
    await claimed();
    await query(`update deliveries set lease_until = now() - interval '1 s'`);
    const last = await claimed();
    expect(last.messageKey).toBe(first.messageKey);
    await outbox.delivered(last, '250 ok', 14);
    expect(await tries()).toEqual([
      { attempt: 1, outcome: 'retry', said: '451 later', ms: 12 },
      { attempt: 2, outcome: 'retry', said: '452 later still', ms: 13 },
      { attempt: 3, outcome: 'lost', said: 'the alert daemon never said what came of it', ms: null },
      { attempt: 4, outcome: 'accepted', said: '250 ok', ms: 14 },
    ]);
    expect(await mailChannel()).toEqual({ ok: true, failing: false, last_error: null });
  });

  it('that is refused for good is one, and nobody who lost the lease writes any', async () => {
    await queue(1);
    const mine = await claimed();
    await query(`update deliveries set lease_until = now() - interval '1 s'`);
    const theirs = await claimed();
    expect(await outbox.delivered(mine, 'late')).toBe('lost');
    await outbox.failed(theirs, '550 no such user');
    expect((await tries()).slice(1)).toEqual([
      { attempt: 2, outcome: 'rejected', said: '550 no such user', ms: null },
    ]);
  });

  it('tells of an alert once, however many reasons there are to tell it', async () => {
    await queue(1);
    await query(
      `insert into deliveries (site_id, alert_id, channel_id, state, escalation)
       select site_id, alert_id, channel_id, 'queued', true from deliveries`,
    );
    const claim = await claimed();
    expect(claim.alerts).toMatchObject([{ escalation: true, quiet: false, resolvedAt: null }]);
    await outbox.delivered(claim, 'ok');
    expect(await query('select distinct state from deliveries')).toEqual([{ state: 'delivered' }]);
  });
});

it('tries that are older than the history go with it', async () => {
  await queue(2);
  await outbox.retry(await claimed(), 'busy', 0);
  await query(`update message_tries set at = now() - interval '500 days'`);
  await query(`update deliveries set next_attempt_at = now()`);
  await outbox.delivered(await claimed(), 'ok');
  await prune(database.pool, { log: 30, history: 400 }, new AbortController().signal);
  expect(await tries()).toMatchObject([{ outcome: 'accepted' }]);
});

describe('a hold', () => {
  it.each([8 * HOUR, 24 * HOUR, 8 * 24 * HOUR])(
    'of %d ms is kept, and counted in what is due',
    async holdMs => {
      await queue(2, { holdMs });
      expect(await held()).toBe(true);
      const due = (await outbox.nextDueMs('email')) ?? 0;
      expect(due).toBeGreaterThan(Math.min(holdMs, 24 * HOUR) - MINUTE);
      await query(`update deliveries set hold_until = now()`);
      expect((await claimed()).alerts).toHaveLength(2);
    },
  );

  it('ends no later than it should, and together, when the clock is set back', async () => {
    await queue(2, { holdMs: 8 * HOUR, key: 'a' });
    // Held until the same moment, made an hour later.
    await queue(1, { key: 'b' });
    await query(
      `update deliveries set created_at = created_at + interval '1 hour', hold_until = (select max(hold_until) from deliveries)
       where hold_until is null`,
    );
    await setBack('3 years');
    expect(await held()).toBe(true);
    const rows = await query<{ left_h: number; future: boolean }>(
      `select distinct round(extract(epoch from hold_until - now()) / 360)::int / 10.0 as left_h, created_at > now() as future
       from deliveries`,
    );
    expect(rows).toEqual([{ left_h: expect.anything() as unknown, future: false }]);
    expect(Number(rows[0]?.left_h)).toBe(7);
    await query(`update deliveries set hold_until = now()`);
    expect((await claimed()).alerts).toHaveLength(3);
  });

  it('that no rule makes holds nothing', async () => {
    await queue(1, { holdMs: 30 * 24 * HOUR });
    expect((await claimed()).alerts).toHaveLength(1);
  });

  it('of a day does not shorten the day of trying', async () => {
    await queue(1);
    await query(
      `update deliveries set created_at = now() - interval '25 h', hold_until = now() - interval '1 h'`,
    );
    await claimed();
    await query(`update deliveries set attempts = 20`);
    await query(`update deliveries set lease_until = now() - interval '1 s'`);
    expect((await claimed()).attempt).toBe(21);
  });
});

describe('a channel that a person', () => {
  const switchOff = (by: string | null) =>
    query(
      `update channels set off_at = case when $1::text is null then null else now() end, off_by = $1 where name = 'email'`,
      [by],
    );
  const states = () =>
    query(`select state, reason, count(*)::int as n from deliveries group by 1, 2 order by 1, 2`);

  it('switches off suppresses what waits, saying who; switched on again it catches up with what is open', async () => {
    await queue(3);
    await switchOff('Anna');
    expect(await states()).toEqual([
      { state: 'suppressed', reason: 'channel email is switched off by Anna', n: 3 },
    ]);
    expect(await held()).toBe(true);
    expect(await outbox.channels()).toEqual([]);
    await query(`update alerts set resolved_at = now() where summary like '%1'`);
    await switchOff(null);
    expect((await claimed()).alerts).toHaveLength(2);
    expect(await outbox.channels()).toMatchObject([
      { name: 'email', origin: 'config', settings: MAIL.settings },
    ]);
  });

  it('switches off while a message is on its way lets it arrive, and does not try it again', async () => {
    await queue(1, { key: 'a' });
    const first = await claimed();
    await switchOff('Anna');
    expect(await outbox.delivered(first, 'ok')).toBe('delivered');
    await switchOff(null);
    await queue(1, { key: 'b' });
    const second = await claimed();
    await switchOff('Ben');
    await outbox.retry(second, 'busy', 0);
    expect(await states()).toContainEqual({
      state: 'suppressed',
      reason: 'channel email is switched off by Ben',
      n: 1,
    });
  });

  it('adds is served by every daemon, and its trouble is told unless another one can', async () => {
    await query(
      `insert into channels (site_id, name, kind, target, settings, origin)
       select id, 'phones', 'ntfy', 'topic x', '{"topic": "x"}', 'person' from sites where name = 'default'`,
    );
    const other = outboxOf(alertd, 'default', randomUUID());
    await other.syncChannels([MAIL, CHAT]);
    expect((await outbox.channels()).map(({ name }) => name)).toEqual(['email', 'phones']);
    expect((await other.channels()).map(({ name }) => name)).toEqual(['email', 'phones', 'telegram:42']);
    const problem = () =>
      query<{ problem: string | null }>(`select problem from channels where name = 'phones'`);
    await outbox.reportProblems({ phones: 'no ntfy server is configured' });
    expect(await problem()).toEqual([{ problem: null }]);
    await other.reportProblems({ phones: 'none here either' });
    expect(await problem()).toEqual([{ problem: 'none here either' }]);
    await outbox.reportProblems({});
    expect(await problem()).toEqual([{ problem: null }]);
  });
});

describe('a site without channels', () => {
  it('tells its first ones of what the last day left open, each once and in one message', async () => {
    await query('delete from channels');
    await queue(5);
    await query(`update alerts set resolved_at = now() where summary like '%1'`);
    await query(
      `update deliveries set created_at = now() - interval '25 h'
       where alert_id in (select id from alerts where summary like '%2')`,
    );
    expect(await query('select distinct state, reason, channel_id from deliveries')).toEqual([
      { state: 'suppressed', reason: 'no channel is set up', channel_id: null },
    ]);
    await outbox.syncChannels([MAIL, CHAT]);
    for (const channel of ['email', 'telegram:42']) {
      const claim = await outbox.claim(channel, MINUTE, 10_000);
      expect(claim?.alerts.map(({ summary }) => summary.slice(-1))).toEqual(['3', '4', '5']);
      expect(await outbox.claim(channel, MINUTE, 10_000)).toBeUndefined();
    }
    // Who comes later is told of what comes later.
    await outbox.syncChannels([MAIL, CHAT, { ...MAIL, name: 'boss' }]);
    expect(await outbox.claim('boss', MINUTE, 10_000)).toBeUndefined();
  });
});

describe('two daemons with different configurations', () => {
  const enabled = () =>
    query<{ name: string }>('select name from channels where enabled order by name').then(rows =>
      rows.map(({ name }) => name),
    );

  it('leave each other their channels, as long as they live', async () => {
    const other = outboxOf(alertd, 'default', randomUUID());
    await other.syncChannels([CHAT]);
    expect(await enabled()).toEqual(['email', 'telegram:42']);
    await outboxOf(alertd, 'default', randomUUID()).syncChannels([]);
    expect(await enabled()).toEqual(['email', 'telegram:42']);
    // One stops, and whoever starts next decides.
    await other.stopped();
    expect(await enabled()).toEqual(['email', 'telegram:42']);
    await outboxOf(alertd, 'default', randomUUID()).syncChannels([MAIL]);
    expect(await enabled()).toEqual(['email']);
  });

  it('know one that was killed by its silence', async () => {
    const killed = outboxOf(alertd, 'default', randomUUID());
    await killed.syncChannels([CHAT]);
    await outbox.syncChannels([MAIL]);
    await outbox.heartbeat('1', new Date());
    expect(await enabled()).toEqual(['email', 'telegram:42']);
    await query(
      `update alertd_instances set seen_at = now() - interval '4 min' where declares = '{telegram:42}'`,
    );
    await outbox.heartbeat('1', new Date());
    expect(await enabled()).toEqual(['email']);
  });

  it('are not disturbed by a guest who sends what is due', async () => {
    await queue(1);
    await outbox.retry(await claimed(), 'busy', HOUR);
    await outbox.stopped();
    const guest = outboxOf(alertd, 'default', randomUUID());
    await guest.syncChannels([CHAT], true);
    expect(await enabled()).toEqual(['email', 'telegram:42']);
    expect(await outbox.nextDueMs('email')).toBeGreaterThan(50 * MINUTE);
  });
});

it('nothing notifies but by hints, which a full queue does not turn into errors', async () => {
  const rows = await query(
    `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosrc ~ '\\mpg_notify\\(' order by 1`,
  );
  expect(rows).toEqual([{ proname: 'hint' }]);
});
