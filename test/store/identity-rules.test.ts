import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  changesOf,
  decideDevice,
  undoChange,
  watchDevice,
  type Outcome,
} from '../../src/store/device-changes.ts';
import { applyIdentityRules } from '../../src/store/device-merge.ts';
import { outboxOf } from '../../src/store/outbox.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { acceptSuggestion, openSuggestions, rulesOf, suggestMerges } from '../../src/store/suggestions.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { at, burntIn, forgetAll, random, rehearse, type Rehearsal } from './people-fixtures.ts';

let database: TestDatabase;
let web: Pool;
let lan: Rehearsal;

const GATEWAY = at(burntIn(1), 1);
const PHONE = at(random(1), 10);
const AGAIN = at(random(2), 11);
const THIRD = at(random(3), 12);
const NAME = 'annas-pixel-phone';

let phone: number;

const apply = () => applyIdentityRules(lan.session, 'default');
const alertsOf = (kind: string) =>
  database.pool.query<{
    id: number;
    device_id: number;
    open: boolean;
    severity: string;
    routine: boolean;
    summary: string;
    detail: Record<string, unknown>;
  }>(
    `select id, device_id, resolved_at is null as open, severity, routine, summary, detail from alerts where kind = $1 order by id`,
    [kind],
  );
const deliveries = () =>
  database.pool.query<{ state: string; reason: string | null; held: boolean }>(
    `select d.state, d.reason, coalesce(d.hold_until between now() + interval '2 minutes' and now() + interval '3 minutes', false) as held
     from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
     where a.kind = 'new_device' order by d.id desc`,
  );
const changeOf = (outcome: Outcome) => {
  if (outcome.kind !== 'changed') throw new Error(`expected a change, got ${outcome.kind}`);
  return outcome.change;
};

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 2 });
  lan = await rehearse(database);
});
afterAll(async () => {
  await lan.session.close();
  await web.close();
  await database.drop();
});
/** Anna's phone came with a second MAC, and somebody said "always". Nobody of hers is here now. */
beforeEach(async () => {
  await forgetAll(lan.session);
  await outboxOf(database.pool, 'default').syncChannels([]);
  await lan.scan(GATEWAY);
  await lan.scan(GATEWAY, PHONE);
  await lan.named(PHONE.mac, NAME);
  phone = await lan.deviceOf(PHONE.mac);
  await web.query(`select rename_device('default', $1, 'Anna''s phone', '', '', null, 'Anna')`, [phone]);
  await decideDevice(web, 'default', phone, 'accept', 'Anna');
  await lan.leaveOnly(GATEWAY);
  await lan.scan(GATEWAY, AGAIN);
  await lan.named(AGAIN.mac, NAME);
  await suggestMerges(lan.session, 'default');
  const [suggestion] = await openSuggestions(web, 'default', null, 1);
  await acceptSuggestion(web, 'default', suggestion!.id, true, 'Anna');
  await lan.leaveOnly(GATEWAY);
  await outboxOf(database.pool, 'default').syncChannels([
    { name: 'email', kind: 'email', target: 'anna@example.test' },
  ]);
  // What the channel was late for is told now.
  const outbox = outboxOf(database.pool, 'default');
  const late = await outbox.claim('email', 60_000, 100);
  if (late !== undefined) await outbox.delivered(late, 'ok');
});

describe('a new random MAC that gives the name', () => {
  it('is recognised: one device, its alert answered with the reason, the held message never sent', async () => {
    await lan.scan(GATEWAY, THIRD);
    expect((await deliveries())[0]).toEqual({ state: 'queued', reason: null, held: true });
    const outbox = outboxOf(database.pool, 'default');
    expect(await outbox.claim('email', 60_000, 10)).toBeUndefined();
    expect(await outbox.nextDueMs('email')).toBeGreaterThan(120_000);

    await lan.named(THIRD.mac, `${NAME}.local`);
    expect(await apply()).toEqual({ recognised: 1, doubted: 0, released: 0 });
    expect(await lan.deviceOf(THIRD.mac)).toBe(phone);
    const alert = (await alertsOf('new_device')).at(-1);
    expect(alert).toMatchObject({ open: false, detail: { resolved_because: `recognised as Anna's phone` } });
    expect((await deliveries())[0]).toMatchObject({
      state: 'suppressed',
      reason: `recognised as Anna's phone`,
    });
    expect((await changesOf(web, 'default', phone, 1))[0]).toMatchObject({ what: 'merge', actor: 'rule' });
    expect(await alertsOf('name_changed')).toMatchObject([
      {
        device_id: phone,
        open: false,
        severity: 'low',
        routine: true,
        summary: `Recognised ${THIRD.mac} at ${THIRD.ip} as Anna's phone by its name`,
        detail: { name: NAME, source: 'mdns' },
      },
    ]);
    expect((await rulesOf(web, 'default', phone))[0]).toMatchObject({ applied: 1 });
    expect(await apply()).toEqual({ recognised: 0, doubted: 0, released: 0 });
  });

  it('is told of by a rule that asks for such names', async () => {
    await database.pool.query(
      `insert into rules (site_id, name, kinds) values (1, 'names', array['name_changed'])`,
    );
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    await apply();
    const claim = await outboxOf(database.pool, 'default').claim('email', 60_000, 10);
    await database.pool.query(`delete from rules where name = 'names'`);
    expect(claim?.alerts).toMatchObject([{ kind: 'name_changed', severity: 'low', mac: THIRD.mac }]);
  });

  it('is told of after all when a person takes them apart', async () => {
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    await apply();
    const outbox = outboxOf(database.pool, 'default');
    expect(await outbox.claim('email', 60_000, 10)).toBeUndefined();
    const [change] = await changesOf(web, 'default', phone, 1);
    changeOf(await undoChange(web, 'default', change!.id, 'Anna'));
    expect((await deliveries())[0]).toEqual({ state: 'queued', reason: null, held: false });
    expect((await outbox.claim('email', 60_000, 10))?.alerts).toMatchObject([
      { kind: 'new_device', mac: THIRD.mac },
    ]);
  });

  it('is told apart by an undo, and the rule does not do it again', async () => {
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    await apply();
    const [change] = await changesOf(web, 'default', phone, 1);
    changeOf(await undoChange(web, 'default', change!.id, 'Anna'));
    expect(await lan.deviceOf(THIRD.mac)).not.toBe(phone);
    expect((await alertsOf('new_device')).at(-1)).toMatchObject({ open: true, detail: { random_mac: true } });
    expect(await apply()).toEqual({ recognised: 0, doubted: 0, released: 0 });
    await suggestMerges(lan.session, 'default');
    expect(await openSuggestions(web, 'default', null, 10)).toEqual([]);
  });

  it('is told of at once when it gives another name: nobody waits the three minutes for it', async () => {
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, 'bens-tablet-of-doom');
    expect(await apply()).toEqual({ recognised: 0, doubted: 0, released: 1 });
    const claim = await outboxOf(database.pool, 'default').claim('email', 60_000, 10);
    expect(claim?.alerts).toMatchObject([{ kind: 'new_device', mac: THIRD.mac }]);
  });

  it('is told of after three minutes when it gives none', async () => {
    await lan.scan(GATEWAY, THIRD);
    await database.pool.query(
      `update deliveries set hold_until = now() - interval '1 second' where hold_until is not null`,
    );
    const outbox = outboxOf(database.pool, 'default');
    expect(await outbox.nextDueMs('email')).toBe(0);
    expect((await outbox.claim('email', 60_000, 10))?.alerts).toHaveLength(1);
  });

  it('is not waited for longer by a clock that was set back', async () => {
    await lan.scan(GATEWAY, THIRD);
    await database.pool.query(
      `update deliveries set created_at = created_at + interval '1 day', hold_until = hold_until + interval '1 day'
       where hold_until is not null`,
    );
    const outbox = outboxOf(database.pool, 'default');
    expect(await outbox.claim('email', 60_000, 10)).toBeUndefined();
    expect(await outbox.nextDueMs('email')).toBeLessThanOrEqual(3 * 60_000);
  });

  it('becomes blocked with the device that is, and that is told', async () => {
    await decideDevice(web, 'default', phone, 'block', 'Anna');
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    await apply();
    expect(await alertsOf('blocked_device_seen')).toMatchObject([{ device_id: phone, open: true }]);
  });
});

it('recognises several at once beside scans that are being recorded, and nobody waits for good', async () => {
  const names = [1, 2, 3].map(n => `bens-gadget-no-${n}`);
  const before = [1, 2, 3].map(n => at(random(20 + n), 20 + n));
  const after = [1, 2, 3].map(n => at(random(30 + n), 30 + n));
  await lan.scan(GATEWAY, ...before);
  for (const [n, { mac }] of before.entries()) {
    await decideDevice(web, 'default', await lan.deviceOf(mac), 'accept', 'Anna');
    await lan.session.query(
      `insert into identity_rules (site_id, device_id, source, name, made_at, actor) values (1, $1, 'mdns', $2, now(), 'Anna')`,
      [await lan.deviceOf(mac), names[n]],
    );
  }
  await lan.leaveOnly(GATEWAY);
  await lan.scan(GATEWAY, ...after);
  for (const [n, { mac }] of after.entries()) await lan.named(mac, names[n]!);
  await lan.scan(GATEWAY);
  const scanner = await rehearse(database, new Date(Date.now() + 86_400_000));
  await scanner.session.query('begin');
  // Back from silence, and somebody new: it holds connections, then waits for or holds the making of devices.
  await scanner.scan(GATEWAY, ...after.slice(1), at(random(90), 90));
  const applied = apply();
  await scanner.session.query('commit');
  expect(await applied).toMatchObject({ recognised: 3, doubted: 0 });
  for (const [n, { mac }] of after.entries())
    expect(await lan.deviceOf(mac)).toBe(await lan.deviceOf(before[n]!.mac));
  await scanner.session.close();
});

describe('is not recognised', () => {
  it('a MAC from the factory, whatever it says', async () => {
    const other = at(burntIn(60), 60);
    await lan.scan(GATEWAY, other);
    await lan.named(other.mac, NAME);
    expect(await apply()).toMatchObject({ recognised: 0, doubted: 0 });
  });

  it('one that somebody has decided about', async () => {
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    await decideDevice(web, 'default', await lan.deviceOf(THIRD.mac), 'ignore', 'Anna');
    expect(await apply()).toMatchObject({ recognised: 0 });
  });

  it('a name from another source than the rule speaks of', async () => {
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME, 'netbios');
    expect(await apply()).toMatchObject({ recognised: 0 });
  });

  it('for a device that is put away', async () => {
    await web.query(`select archive_device('default', $1, 'stay', 'Anna')`, [phone]);
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    expect(await apply()).toMatchObject({ recognised: 0 });
  });
});

describe('a station that lies', () => {
  it('while the device is here is an alert and no merge, now and when the device has left', async () => {
    await lan.scan(GATEWAY, AGAIN);
    await lan.scan(GATEWAY, AGAIN, THIRD);
    expect((await deliveries())[0]).toMatchObject({ state: 'queued', held: false });
    await lan.named(THIRD.mac, NAME);
    expect(await apply()).toMatchObject({ recognised: 0, doubted: 1 });
    const liar = await lan.deviceOf(THIRD.mac);
    expect(await alertsOf('name_changed')).toMatchObject([
      {
        device_id: liar,
        open: true,
        summary: expect.stringMatching(/^Says it is Anna's phone while Anna's phone is here/),
      },
    ]);
    expect(await apply()).toMatchObject({ recognised: 0, doubted: 0 });
    await lan.leaveOnly(GATEWAY, THIRD);
    expect(await apply()).toMatchObject({ recognised: 0, doubted: 0 });
    await decideDevice(web, 'default', liar, 'block', 'Anna');
    expect(await alertsOf('name_changed')).toMatchObject([{ open: false }]);
  });

  it('while the device is away is found out when it comes home', async () => {
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    expect(await apply()).toMatchObject({ recognised: 1 });
    for (let n = 0; n < 6; n++) await lan.scan(GATEWAY, THIRD, AGAIN);
    expect(await apply()).toMatchObject({ recognised: 0, doubted: 1 });
    expect((await alertsOf('name_changed')).slice(1)).toMatchObject([
      {
        device_id: phone,
        open: true,
        summary: expect.stringMatching(/^Two stations say they are Anna's phone/),
      },
    ]);
    expect(await apply()).toMatchObject({ doubted: 0 });
  });

  it('is explained once a person takes the two apart', async () => {
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    await apply();
    for (let n = 0; n < 6; n++) await lan.scan(GATEWAY, THIRD, AGAIN);
    expect(await apply()).toMatchObject({ doubted: 1 });
    const [change] = await changesOf(web, 'default', phone, 1);
    changeOf(await undoChange(web, 'default', change!.id, 'Anna'));
    expect((await alertsOf('name_changed')).map(({ open }) => open)).toEqual([false, false]);
    expect(await apply()).toMatchObject({ recognised: 0, doubted: 0 });
  });

  it('is high when the device is watched', async () => {
    await watchDevice(web, 'default', phone, true, null, 'Anna');
    await lan.scan(GATEWAY, THIRD);
    await lan.named(THIRD.mac, NAME);
    await apply();
    for (let n = 0; n < 6; n++) await lan.scan(GATEWAY, THIRD, AGAIN);
    await apply();
    expect((await alertsOf('name_changed')).at(-1)).toMatchObject({ severity: 'high', routine: false });
  });
});

it('an overlap of minutes, while an access point still answers for the old MAC, is no lie', async () => {
  await lan.scan(GATEWAY, AGAIN);
  for (let n = 0; n < 4; n++) await lan.scan(GATEWAY, AGAIN, THIRD);
  await lan.scan(GATEWAY, THIRD);
  await lan.named(THIRD.mac, NAME);
  expect(await apply()).toMatchObject({ recognised: 1, doubted: 0 });
});

it('nothing is held in a site without rules, nor for a MAC that names its vendor', async () => {
  await lan.scan(GATEWAY, at(burntIn(61), 61));
  expect((await deliveries())[0]).toMatchObject({ state: 'queued', held: false });
  await database.pool.query('delete from identity_rules');
  await lan.scan(GATEWAY, THIRD);
  expect((await deliveries())[0]).toMatchObject({ state: 'queued', held: false });
});
