// Hours and quiet hours by the clocks of people: two zones, over the changes of their clocks.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { momentIn } from '../../../src/lib/time-zone.ts';
import { saveRule, type RuleInput } from '../../../src/store/rules.ts';
import { openSession, type Session } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { PLAIN } from './fixtures.ts';
import { setClock } from './replay.ts';

let database: TestDatabase;
let session: Session;
beforeAll(async () => {
  database = await freshDatabase();
  session = await openSession(database.url, { application: 'test' });
  await session.query(`select site_of('default')`);
  await session.query(
    `insert into channels (site_id, name, kind, target) values (1, 'anna', 'email', 'a@b'), (1, 'bert', 'email', 'b@b')`,
  );
});
afterAll(async () => {
  await session.close();
  await database.drop();
});

const rules = async (...inputs: Partial<RuleInput>[]) => {
  await session.query('truncate rules, alerts cascade');
  for (const [index, input] of inputs.toReversed().entries())
    expect(
      await saveRule(session, 'default', {
        id: null,
        revision: null,
        input: { ...PLAIN, name: `rule ${index}`, ...input },
        actor: 'test',
      }),
    ).toMatchObject({ kind: 'done' });
};

/** Until when each channel waits with an alert that is raised then; undefined: it is not told. */
async function heldAt(moment: string, severity = 'medium'): Promise<Record<string, string | null>> {
  await setClock(session, new Date(moment));
  await session.query(
    `insert into alerts (site_id, kind, severity, summary, dedup_key) values (1, 'scan_failing', $1, 'x', random()::text)`,
    [severity],
  );
  const rows = await session.query<{ name: string; hold: Date | null }>(
    `select c.name, d.hold_until as hold from deliveries as d join channels as c on c.id = d.channel_id
     where d.alert_id = (select max(id) from alerts) and d.state = 'queued'`,
  );
  await setClock(session, null);
  return Object.fromEntries(rows.map(({ name, hold }) => [name, hold?.toISOString() ?? null]));
}

describe('two people sleep in two zones', () => {
  const night = { quietFrom: '22:00', quietTo: '07:00' };
  beforeAll(() =>
    rules(
      { channels: [1], ...night, timeZone: 'Europe/Berlin' },
      { channels: [2], ...night, timeZone: 'America/New_York' },
    ),
  );

  it.each([
    // An ordinary night: 23:30 in Berlin is 17:30 in New York.
    ['2026-10-20T21:30:00Z', { anna: '2026-10-21T05:00:00.000Z', bert: null }],
    // Europe has set its clocks back (25 October), America not yet: 7:00 in Berlin is 6:00 UTC now.
    ['2026-10-24T21:30:00Z', { anna: '2026-10-25T06:00:00.000Z', bert: null }],
    ['2026-10-25T00:30:00Z', { anna: '2026-10-25T06:00:00.000Z', bert: null }],
    ['2026-10-26T03:00:00Z', { anna: '2026-10-26T06:00:00.000Z', bert: '2026-10-26T11:00:00.000Z' }],
    // The night in which America follows.
    ['2026-11-01T03:00:00Z', { anna: '2026-11-01T06:00:00.000Z', bert: '2026-11-01T12:00:00.000Z' }],
    // The nights in which they are set forward.
    ['2026-03-08T06:30:00Z', { anna: null, bert: '2026-03-08T11:00:00.000Z' }],
    ['2026-03-29T00:30:00Z', { anna: '2026-03-29T05:00:00.000Z', bert: null }],
    ['2026-03-29T05:00:00Z', { anna: null, bert: '2026-03-29T11:00:00.000Z' }],
  ])('raised at %s', async (moment, expected) => {
    expect(await heldAt(moment)).toEqual(expected);
  });

  it('and critical wakes both', async () => {
    expect(await heldAt('2026-10-26T03:00:00Z', 'critical')).toEqual({ anna: null, bert: null });
  });
});

it('ends quiet hours once where clocks show their end twice, and where they skip it', async () => {
  await rules({ channels: [1], quietFrom: '01:00', quietTo: '02:30', timeZone: 'Europe/Berlin' });
  // 25 October: 02:30 comes at 00:30 UTC and again at 01:30 UTC.
  expect(await heldAt('2026-10-25T00:10:00Z')).toEqual({ anna: '2026-10-25T00:30:00.000Z' });
  expect(await heldAt('2026-10-25T00:40:00Z')).toEqual({ anna: null });
  expect(await heldAt('2026-10-25T01:10:00Z')).toEqual({ anna: null });
  // 29 March: there is no 02:30; an hour and a half after 01:00 it is 03:30.
  expect(await heldAt('2026-03-29T00:30:00Z')).toEqual({ anna: '2026-03-29T01:30:00.000Z' });
  expect(await heldAt('2026-03-29T01:30:00Z')).toEqual({ anna: null });
});

it('hours over midnight belong to the day on which they begin', async () => {
  await rules({ channels: [1], days: [5], fromTime: '22:00', toTime: '07:00', timeZone: 'Europe/Berlin' });
  const told = async (moment: string) => 'anna' in (await heldAt(moment));
  expect(await told('2026-11-20T20:59:00Z')).toBe(false);
  expect(await told('2026-11-20T21:00:00Z')).toBe(true); // Friday
  expect(await told('2026-11-21T05:59:00Z')).toBe(true); // Saturday morning
  expect(await told('2026-11-21T06:00:00Z')).toBe(false);
  expect(await told('2026-11-20T05:00:00Z')).toBe(false); // Friday morning
  expect(await told('2026-11-21T22:00:00Z')).toBe(false); // Saturday evening
});

it('SQL and the program agree on the moment at which clocks show a time', async () => {
  for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC'])
    for (const day of ['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'])
      for (const time of ['00:00', '01:30', '01:45', '02:00', '02:15', '02:30', '03:00', '23:59']) {
        const [row] = await session.query<{ at: Date }>(`select moment_in($1, $2::timestamp) as at`, [
          zone,
          `${day} ${time}`,
        ]);
        expect([zone, day, time, row?.at]).toEqual([zone, day, time, momentIn(zone, `${day} ${time}`)]);
      }
  expect(momentIn('UTC', '2026-02-30')).toBeUndefined();
  expect(momentIn('UTC', 'soon')).toBeUndefined();
});
