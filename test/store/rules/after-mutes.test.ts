// When a mute ends: what it withheld and is still open is told once, in one message.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { storyOf } from '../../../src/store/alert-story.ts';
import { acknowledgeAlert } from '../../../src/store/device-changes.ts';
import { listMutes, mute, unmute, type MuteInput } from '../../../src/store/mutes.ts';
import { openPool, type Pool } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { introOf } from '../../../src/message/life.ts';
import { whenFormat } from '../../../src/message/when.ts';
import { outboxOf } from '../../../src/store/outbox.ts';
import { devices, recordScan } from '../outbox-fixtures.ts';

const HOUR = 3_600_000;
let database: TestDatabase;
let web: Pool;
beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 4 });
  await recordScan(database.pool, devices(1));
  await database.pool.query(
    `insert into channels (site_id, name, kind, target)
     select id, n, 'email', 'a@b' from sites, unnest(array['email', 'phone']) as n`,
  );
});
afterAll(async () => {
  await web.close();
  await database.drop();
});
let known = 1;
beforeEach(async () => {
  await database.pool.query('truncate rules, mutes, alerts cascade');
  await database.pool.query('select add_default_rules(1)');
});

const muted = async (input: Partial<MuteInput> = {}): Promise<number> => {
  const outcome = await mute(web, 'default', {
    until: new Date(Date.now() + HOUR),
    actor: 'anna',
    ...input,
  });
  if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
  return outcome.change;
};
/** So many devices that were never seen before join. */
const join = (n: number) => recordScan(database.pool, devices((known += n)));
/** As if that much time had passed since the mute began. */
const endInTime = (id: number, ago = '1 second') =>
  database.pool.query(
    `update mutes set from_at = now() - interval '1 day', until = now() - $2::interval where id = $1`,
    [id, ago],
  );
const tick = () => database.pool.query('select watch_over()');
const rows = () => {
  return database.pool.query<Record<string, unknown>>(
    `select c.name as channel, d.state, d.after_mute as "afterMute", d.hold_until as "holdUntil", d.escalation,
            d.reason like 'muted until %' as muted
     from deliveries as d join channels as c on c.site_id = d.site_id and c.id = d.channel_id order by d.id`,
  );
};
const waiting = async () => (await rows()).filter(({ state }) => state === 'queued');
const alerts = async () =>
  (await database.pool.query<{ id: number }>('select id from alerts order by id')).map(({ id }) => id);

it('that a person ends: what it withheld waits at once, and the story says so', async () => {
  const id = await muted();
  await join(3);
  expect(await waiting()).toEqual([]);
  expect(await listMutes(web, 'default')).toMatchObject([{ id, withheld: 3 }]);
  expect(await unmute(web, 'default', id, 'bert')).toEqual({ kind: 'changed', change: id });
  expect(await waiting()).toEqual(
    expect.arrayContaining([
      { channel: 'email', state: 'queued', afterMute: true, holdUntil: null, escalation: false, muted: null },
    ]),
  );
  expect(await waiting()).toHaveLength(6);
  const { steps } = (await storyOf(web, 'default', (await alerts())[0]!))!;
  const texts = steps.map(({ text }) => text);
  expect(texts).toContainEqual(expect.stringMatching(/^Not sent to email: muted until .* by anna\.$/));
  expect(texts).toContain(
    'Queued for email by the rule “Everything else”: it is no longer muted, and still open.',
  );
  // Once, however often somebody looks.
  await tick();
  await tick();
  expect(await rows()).toHaveLength(12);
});

it('by time: with the next slow poll, in one message, and only what nobody has seen to', async () => {
  const id = await muted();
  await join(4);
  const [over, seen] = await alerts();
  await database.pool.query('update alerts set resolved_at = now() where id = $1', [over]);
  await acknowledgeAlert(web, 'default', seen!, true, 'anna');
  await tick();
  expect(await waiting()).toEqual([]);
  await endInTime(id);
  await tick();
  expect(await waiting()).toHaveLength(4);
  const claim = await outboxOf(database.pool, 'default').claim('email', 60_000, 100);
  const context = { site: 'default', publicUrl: undefined, when: whenFormat('UTC') };
  expect(introOf(claim!.alerts, claim!.alerts, context)).toEqual({
    text: 'While it was muted: 2 alerts.',
    subject: 'while it was muted: ',
  });
});

it('what was being written as it ended is told by a later poll; a minute on the mute is settled', async () => {
  const id = await muted();
  await join(1);
  await endInTime(id);
  await tick();
  expect(await waiting()).toHaveLength(2);
  // A scan that began before the end commits only now.
  await database.pool.query(`update mutes set until = now() + interval '1 hour' where id = $1`, [id]);
  await join(1);
  await endInTime(id);
  await tick();
  expect(await waiting()).toHaveLength(4);
  const settled = () =>
    database.pool.query<{ done: boolean }>('select settled_at is not null as done from mutes');
  expect(await settled()).toEqual([{ done: false }]);
  await endInTime(id, '61 seconds');
  await tick();
  expect(await settled()).toEqual([{ done: true }]);
  expect(await waiting()).toHaveLength(4);
});

it('what another mute covers waits for that one', async () => {
  const all = await muted();
  const phone = await database.pool.query<{ id: number }>(`select id from channels where name = 'phone'`);
  const quiet = await muted({ channelId: phone[0]!.id, until: new Date(Date.now() + 2 * HOUR) });
  await join(2);
  expect((await listMutes(web, 'default')).map(({ withheld }) => withheld)).toEqual([2, 2]);
  await unmute(web, 'default', all, 'anna');
  expect((await waiting()).map(({ channel }) => channel)).toEqual(['email', 'email']);
  await unmute(web, 'default', quiet, 'anna');
  expect((await waiting()).map(({ channel }) => channel)).toEqual(['email', 'email', 'phone', 'phone']);
});

it('into quiet hours: held until they end, for all together', async () => {
  await database.pool.query(
    `update rules set enabled = true, from_time = null, to_time = null, quiet_from = (now() - interval '1 hour')::time,
            quiet_to = (now() + interval '2 hours')::time, time_zone = current_setting('TimeZone')
     where name = 'Quiet nights'`,
  );
  const id = await muted();
  await join(2);
  await unmute(web, 'default', id, 'anna');
  const held = await waiting();
  expect(held).toHaveLength(4);
  expect(new Set(held.map(({ holdUntil }) => String(holdUntil))).size).toBe(1);
  expect(held[0]?.['holdUntil']).toBeInstanceOf(Date);
});

it('whom to call when nobody acknowledges is called from the end of the mute on', async () => {
  await database.pool.query(
    `update rules set channels = array(select id from channels where name = 'email'), escalate_after = interval '10 minutes',
            escalate_to = (select id from channels where name = 'phone') where name = 'Everything else'`,
  );
  const id = await muted();
  await join(1);
  await unmute(web, 'default', id, 'anna');
  expect(await waiting()).toMatchObject([
    { channel: 'email', escalation: false, afterMute: true, holdUntil: null },
    { channel: 'phone', escalation: true, afterMute: false, holdUntil: expect.any(Date) },
  ]);
});
