// The forecast of a rehearsal is what the live path does over time: message by message, for rules that nobody thought of.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALERT_KINDS } from '../../../src/store/alert-kinds.ts';
import type { RuleInput } from '../../../src/store/rules.ts';
import { openSession, type Session } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { PLAIN } from './fixtures.ts';
import {
  at,
  DEVICES,
  live,
  makeSite,
  rehearsed,
  STEP_S,
  unsent,
  useRules,
  type Happening,
} from './replay.ts';

let database: TestDatabase;
let session: Session;
beforeAll(async () => {
  database = await freshDatabase();
  session = await openSession(database.url, { application: 'test' });
  await makeSite(session);
});
afterAll(async () => {
  await session.close();
  await database.drop();
});

const KINDS = ['device_down', 'new_device', 'mac_changed', 'ip_conflict', 'port_opened'] as const;
const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
const THIRTY_DAYS = (30 * 86_400) / STEP_S;

/** Most of what happens happens close to something else: on few days, within two and a half hours. */
const happenings: fc.Arbitrary<Happening[]> = fc
  .tuple(
    fc.array(
      fc.integer({ min: 0, max: THIRTY_DAYS - 60_000 }).map(step => step - (step % 4320)),
      { minLength: 1, maxLength: 4 },
    ),
    fc.array(
      fc.record({
        day: fc.nat(3),
        step: fc.integer({ min: 0, max: 900 }),
        kind: fc.constantFrom(...KINDS),
        severity: fc.constantFrom(...SEVERITIES),
        routine: fc.boolean(),
        device: fc.option(fc.integer({ min: 0, max: DEVICES.length - 1 }), { freq: 6 }),
        endsAfter: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 4 }),
        seenAfter: fc.option(fc.integer({ min: 1, max: 300 }), { freq: 1 }),
      }),
      { minLength: 10, maxLength: 35 },
    ),
  )
  .map(([days, all]) =>
    all.map(({ day, step, ...rest }) => ({
      ...rest,
      atS: ((days[day % days.length] ?? 0) + step) * STEP_S,
    })),
  );

const clock = fc.constantFrom('00:00', '06:30', '07:00', '11:00', '12:30', '22:00', '23:59');
const hours = fc.option(fc.tuple(clock, clock).filter(([from, to]) => from !== to));
const some = <T>(...all: readonly T[]) => fc.option(fc.subarray([...all], { minLength: 1 }), { freq: 1 });

const rule: fc.Arbitrary<RuleInput> = fc
  .record({
    kinds: some(...ALERT_KINDS.filter(kind => [...KINDS, 'device_back'].includes(kind))),
    minSeverity: fc.constantFrom(...SEVERITIES.slice(0, 4)),
    networks: fc.option(fc.constantFrom([1], [2]), { freq: 1 }),
    devices: fc.option(fc.constantFrom([1], [2, 3]), { freq: 1 }),
    owners: fc.option(fc.constantFrom(['anna'], ['Bert', 'nobody']), { freq: 1 }),
    deviceKinds: fc.option(fc.constantFrom(['camera'], ['phone', 'printer']), { freq: 1 }),
    states: fc.option(fc.constantFrom(['new'], ['known', 'blocked']), { freq: 1 }),
    vendors: fc.option(fc.constantFrom(['APPLE'], ['espressif', 'hp']), { freq: 1 }),
    randomMac: fc.option(fc.boolean(), { freq: 1 }),
    watched: fc.option(fc.boolean(), { freq: 1 }),
    days: fc.option(fc.constantFrom([1, 2, 3, 4, 5], [6, 7]), { freq: 1 }),
    hours,
    quiet: hours,
    timeZone: fc.option(fc.constantFrom('America/New_York', 'Europe/Berlin', 'Asia/Kolkata')),
    action: fc.constantFrom('send' as const, 'send' as const, 'send' as const, 'silence' as const),
    channels: fc.option(fc.constantFrom([1], [2])),
    setSeverity: fc.option(fc.constantFrom(...SEVERITIES), { freq: 1 }),
    cooldownS: fc.option(fc.constantFrom(60, 600, 7200, 172_800)),
    groupS: fc.option(fc.constantFrom(10, 60, 300, 3600)),
    escalation: fc.option(fc.tuple(fc.constantFrom(60, 1800), fc.constantFrom(1, 2)), { freq: 1 }),
  })
  .map(({ hours: when, quiet, escalation, ...rest }) => ({
    ...PLAIN,
    ...rest,
    fromTime: when?.[0] ?? null,
    toTime: when?.[1] ?? null,
    quietFrom: quiet?.[0] ?? null,
    quietTo: quiet?.[1] ?? null,
    escalateAfterS: escalation?.[0] ?? null,
    escalateTo: escalation?.[1] ?? null,
  }));

const mutes = fc.array(
  fc.record({
    fromS: fc.integer({ min: 0, max: 30 * 86_400 }),
    days: fc.integer({ min: 1, max: 5 }),
    device: fc.option(fc.integer({ min: 1, max: DEVICES.length })),
    kind: fc.option(fc.constantFrom(...KINDS)),
    network: fc.option(fc.constantFrom(1, 2)),
    channel: fc.option(fc.constantFrom(1, 2)),
  }),
  { maxLength: 2 },
);

it(
  'what was forecast is what is sent, and what is not sent was forecast as well',
  { timeout: 600_000 },
  async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 1, maxLength: 5 }),
        mutes,
        happenings,
        async (rules, muted, all) => {
          await useRules(session, rules);
          for (const { fromS, days, device, kind, network, channel } of muted)
            await session.query(
              `insert into mutes (site_id, device_id, kind, network_id, channel_id, from_at, until, actor)
           values (1, $1, $2, $3, $4, $5, $6, 'Anna')`,
              [device, kind, network, channel, at(fromS), at(fromS + days * 86_400)],
            );
          const messages = await live(session, all);
          expect(await rehearsed(session)).toEqual(messages);
          const silent = await unsent(session);
          expect(silent.rehearsed).toEqual(silent.live);
          sent += messages.length;
        },
      ),
      { numRuns: Number(process.env['REPLAYS'] ?? 6), endOnFailure: true },
    );
    expect(sent).toBeGreaterThan(0);
  },
);
