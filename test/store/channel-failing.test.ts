// Nothing gets through a channel: the others tell of it, and it ends by itself.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { addChannel, listChannels, removeChannel, switchChannel } from '../../src/store/channels.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { outboxOf, type Claim } from '../../src/store/outbox.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { devices, recordScan } from './outbox-fixtures.ts';

let database: TestDatabase;
let web: Pool;
let known = 0;
beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 2 });
});
afterAll(async () => {
  await web.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query('truncate alerts, channels cascade');
  await addChannel(
    web,
    'default',
    { name: 'mail', kind: 'email', settings: { to: ['a@b.example'] } },
    'anna',
  );
  await addChannel(web, 'default', { name: 'push', kind: 'ntfy', settings: { topic: 'home' } }, 'anna');
  await recordScan(database.pool, devices(++known));
});

const outbox = () => outboxOf(database.pool, 'default');
const idOf = async (name: string) => (await listChannels(web, 'default')).find(one => one.name === name)!.id;
const claim = async (channel: string): Promise<Claim> => {
  await database.pool.query(
    `update deliveries set next_attempt_at = now(), hold_until = null where state = 'queued'`,
  );
  return (await outbox().claim(channel, 60_000, 1000))!;
};
const fail = async (minutes: number) => {
  await outbox().retry(await claim('mail'), '451 4.3.0 try again later', 1000);
  await database.pool.query(
    `update channels set failing_since = now() - $1 * interval '1 minute' where name = 'mail'`,
    [minutes],
  );
};
const look = async () =>
  (await database.pool.query<{ raised: number }>('select watch_over() as raised')).map(
    ({ raised }) => raised,
  );
const told = () =>
  database.pool.query<Record<string, unknown>>(
    `select a.summary, a.severity, a.detail ->> 'last_error' as error, a.detail ->> 'resolved_because' as because,
              array(select c.name from deliveries as d join channels as c on c.site_id = d.site_id and c.id = d.channel_id
                    where d.site_id = a.site_id and d.alert_id = a.id and d.state = 'queued' order by c.name) as through
       from alerts as a where a.kind = 'channel_failing' order by a.id`,
  );

it('for ten minutes: told once, through the others as well, until a message is accepted', async () => {
  await fail(9);
  expect(await look()).toEqual([0]);
  await fail(11);
  expect(await look()).toEqual([1]);
  expect(await look()).toEqual([0]);
  expect(await told()).toEqual([
    {
      summary: expect.stringMatching(/^Nothing has got through the channel mail for 1[12] min$/),
      severity: 'high',
      error: '451 4.3.0 try again later',
      because: null,
      through: ['mail', 'push'],
    },
  ]);
  expect(await web.query(`select name, error from failing_channels('default')`)).toEqual([
    { name: 'mail', error: '451 4.3.0 try again later' },
  ]);
  await outbox().delivered(await claim('mail'), '250 ok');
  expect(await told()).toMatchObject([{ because: 'a message was accepted' }]);
  expect(await look()).toEqual([0]);
  expect(await web.query(`select name from failing_channels('default')`)).toEqual([]);
});

it('until it is switched off; on again it has a fresh start', async () => {
  await fail(11);
  await look();
  const mail = await idOf('mail');
  await switchChannel(web, 'default', mail, false, 'anna');
  expect(await told()).toMatchObject([{ because: 'the channel was switched off by anna' }]);
  await switchChannel(web, 'default', mail, true, 'anna');
  expect(await look()).toEqual([0]);
  expect(await told()).toHaveLength(1);
});

it('until it is removed', async () => {
  await fail(11);
  await look();
  await removeChannel(web, 'default', await idOf('mail'), 'anna');
  expect(await told()).toMatchObject([{ because: 'the channel was removed' }]);
  expect(await look()).toEqual([0]);
});

it('again within a day: it is the same, reopened', async () => {
  for (let n = 0; n < 2; n++) {
    await fail(11);
    await look();
    await outbox().delivered(await claim('mail'), '250 ok');
    await recordScan(database.pool, devices(++known));
  }
  const rows = await database.pool.query<{ reopens: number | null }>(
    `select reopens from alerts where kind = 'channel_failing' order by id`,
  );
  expect(rows.map(({ reopens }) => reopens === null)).toEqual([true, false]);
});
