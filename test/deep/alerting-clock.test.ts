// The clock of the machine that PostgreSQL runs on jumps, while messages wait for every reason there is: nothing is lost,
// nothing is held for longer than it should have been, and nothing is sent twice.
import { expect, it, vi } from 'vitest';
import type { Db } from '../../src/store/session.ts';
import { openPool } from '../../src/store/session.ts';
import { saveRule, type RuleInput } from '../../src/store/rules.ts';
import { CHAT, servers, startAlertd, type Servers } from '../alertd/fixture.ts';
import { spawnAlertd } from '../alertd/faults/process.ts';
import { startOwnServer, startUnder, tempFolder, toldTime, type ToldTime } from '../alertd/faults/server.ts';
import { devices, recordScan, type Seen } from '../store/outbox-fixtures.ts';
import { PLAIN } from '../store/rules/fixtures.ts';
import { PATIENT } from '../support/patience.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A network for each way of waiting, with one newcomer. */
const WAYS = ['grouped', 'quiet', 'escalated', 'retried', 'in flight', 'waiting'] as const;
type Way = (typeof WAYS)[number];
const networkOf = (way: Way) => `192.168.${WAYS.indexOf(way) + 1}.0/24`;
const newcomers = Object.fromEntries(WAYS.map((way, n) => [way, devices(1, n * 256 + 10)[0]])) as Record<
  Way,
  Seen
>;
const arrive = (db: Db, way: Way) => recordScan(db, [newcomers[way]], { network: networkOf(way) });

async function ruled(db: Db): Promise<void> {
  const channels = await db.query<{ id: number; name: string }>('select id, name from channels');
  const channel = (name: string) => channels.find(one => one.name === name)?.id ?? 0;
  const save = async (way: Way, input: Partial<RuleInput>) => {
    const [network] = await db.query<{ id: number }>('select id from networks where cidr = $1', [
      networkOf(way),
    ]);
    const rule = {
      ...PLAIN,
      name: way,
      networks: [network?.id ?? 0],
      channels: [channel('email')],
      ...input,
    };
    expect(
      await saveRule(db, 'default', { id: null, revision: null, input: rule, actor: 'Anna' }),
    ).toMatchObject({
      kind: 'done',
    });
  };
  const [now] = await db.query<{ from: string; to: string }>(
    `select to_char(clock_timestamp() at time zone 'UTC' - interval '1 hour', 'HH24:MI') as from,
            to_char(clock_timestamp() at time zone 'UTC' + interval '3 hours', 'HH24:MI') as to`,
  );
  await save('grouped', { groupS: HOUR });
  await save('quiet', { quietFrom: now?.from ?? '', quietTo: now?.to ?? '', timeZone: 'UTC' });
  await save('escalated', { escalateAfterS: 30 * MINUTE, escalateTo: channel(`telegram:${CHAT}`) });
}

interface Told {
  /** How often each newcomer is in a mail. */
  readonly mail: Record<Way, number>;
  readonly telegram: Record<Way, number>;
}

function told({ mail, telegram }: Servers): Told {
  const count = (texts: readonly (string | undefined)[]) =>
    Object.fromEntries(
      WAYS.map(way => [way, texts.filter(text => text?.includes(newcomers[way].mac)).length]),
    ) as Record<Way, number>;
  return {
    mail: count(mail.mails.map(({ text }) => text)),
    telegram: count(telegram.messages.map(({ text }) => text)),
  };
}

const ONCE: Told = {
  mail: { grouped: 1, quiet: 1, escalated: 1, retried: 1, 'in flight': 1, waiting: 1 },
  // No rule of ours is about Telegram, so it is told at once; and a second time when nobody acknowledged.
  telegram: { grouped: 1, quiet: 1, escalated: 2, retried: 1, 'in flight': 1, waiting: 1 },
};
const HELD: Told = {
  mail: { ...ONCE.mail, grouped: 0, quiet: 0 },
  telegram: { ...ONCE.telegram, escalated: 1 },
};
const QUIET: Told = { ...ONCE, mail: { ...ONCE.mail, quiet: 0 } };

/** Everything waits, for six different reasons. */
async function everythingWaits(all: Servers, db: Db): Promise<void> {
  const delivery = async (way: Way, condition: string) => {
    const rows = await db.query(
      `select from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
       join channels as c on c.id = d.channel_id where c.kind = 'email' and a.mac = $1::macaddr and ${condition}`,
      [newcomers[way].mac],
    );
    expect(rows, `${way}: ${condition}`).toHaveLength(1);
  };
  await arrive(db, 'escalated');
  await vi.waitFor(() => expect(told(all).mail.escalated).toBe(1), PATIENT);
  await vi.waitFor(() => delivery('escalated', `d.state = 'delivered'`), PATIENT);
  await arrive(db, 'grouped');
  await arrive(db, 'quiet');
  await delivery(
    'grouped',
    `d.state = 'queued' and d.hold_until > clock_timestamp() + interval '50 minutes'`,
  );
  await delivery(
    'quiet',
    `d.state = 'queued' and d.quiet and d.hold_until > clock_timestamp() + interval '2 hours'`,
  );
  all.mail.faults.next({ kind: 'reply', at: 'data', code: 451 });
  await arrive(db, 'retried');
  await vi.waitFor(() => delivery('retried', 'd.attempts = 1 and d.lease_until is null'), PATIENT);
  all.mail.faults.next({ kind: 'slow', at: 'data', ms: 2_000 });
  await arrive(db, 'in flight');
  await vi.waitFor(() => delivery('in flight', 'd.lease_until is not null'), PATIENT);
  await arrive(db, 'waiting');
}

async function scene(together: boolean): Promise<{ all: Servers; db: Db; time: ToldTime }> {
  const all = await servers();
  const server = await startOwnServer({ settings: ['fsync=off'] });
  await server.stop();
  const time = await toldTime(await tempFolder());
  await startUnder(server, time.env);
  const pool = openPool(server.url(), { application: 'test', max: 2 });
  for (const way of WAYS) await recordScan(pool, [], { network: networkOf(way) });
  await pool.query('update alerts set resolved_at = now()');
  const plain = all.settings(server.url('netureon_alertd'));
  const settings = {
    ...plain,
    tuning: {
      ...plain.tuning,
      pollMs: 200,
      heartbeatMs: 1_000,
      retry: { baseMs: 20 * 60_000, capMs: 20 * 60_000, floorMs: 10 * 60_000 },
    },
  };
  if (together) await (await spawnAlertd(settings, time.env)).line(/alertd is ready/);
  else await startAlertd(settings);
  await ruled(pool);
  return { all, db: pool, time };
}

/** What is held moves with a clock that is set back, as soon as the daemon looks. */
const nothingFromTheFuture = (db: Db) =>
  vi.waitFor(async () => {
    const rows = await db.query(
      `select from deliveries where state = 'queued' and created_at > clock_timestamp() + interval '1 minute'`,
    );
    expect(rows).toEqual([]);
  }, PATIENT);

it.each([
  { jump: 2 * HOUR, together: true },
  { jump: -2 * HOUR, together: true },
  { jump: DAY, together: true },
  { jump: -DAY, together: true },
  { jump: -2 * HOUR, together: false },
  { jump: DAY, together: false },
])('a jump of $jump seconds, of alertd’s clock as well: $together', async ({ jump, together }) => {
  const { all, db, time } = await scene(together);
  await everythingWaits(all, db);
  const becomes = (expected: Told) => vi.waitFor(() => expect(told(all)).toEqual(expected), PATIENT);

  await time.set(jump);
  if (jump < 0) {
    await nothingFromTheFuture(db);
    await becomes(HELD);
    await time.set(jump + HOUR + MINUTE);
    await becomes(QUIET);
    await time.set(jump + 4 * HOUR);
  } else if (jump < DAY) {
    await becomes(QUIET);
    await time.set(jump + 2 * HOUR);
  }
  await becomes(ONCE);
  await vi.waitFor(async () => {
    const states = await db.query<{ state: string }>(
      'select distinct state from deliveries where channel_id is not null',
    );
    expect(states).toEqual([{ state: 'delivered' }]);
  }, PATIENT);
  const ids = all.mail.mails.map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(told(all)).toEqual(ONCE);
});
