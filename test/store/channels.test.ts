// What people do to channels, against a real database and as the role of the site.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addChannel,
  listChannels,
  queueTest,
  removeChannel,
  switchChannel,
} from '../../src/store/channels.ts';
import type { ChannelInput } from '../../src/store/channels.ts';
import { openPool, openSession, type Pool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { devices, recordScan } from './outbox-fixtures.ts';

const SITE = 'default';
let database: TestDatabase;
let web: Pool;

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 2 });
});
afterAll(async () => {
  await web.close();
  await database.drop();
});

const add = (input: ChannelInput) => addChannel(web, SITE, input, 'anna');
async function added(input: ChannelInput): Promise<number> {
  const outcome = await add(input);
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.id;
}
const find = async (name: string) => (await listChannels(web, SITE)).find(one => one.name === name);

test('a channel that was added is listed with whom it reaches, and nothing that is secret', async () => {
  const id = await added({
    name: 'garden',
    kind: 'webhook',
    settings: { url: ' https://ha.example.test/api/webhook/s3cr3t ' },
  });
  expect(await find('garden')).toEqual({
    id,
    name: 'garden',
    kind: 'webhook',
    target: 'https://ha.example.test/…',
    origin: 'person',
    enabled: true,
    offAt: null,
    offBy: null,
    problem: null,
    acceptedAt: null,
    failingSince: null,
    lastError: null,
    waiting: 0,
  });
});

test.each<ChannelInput>([
  { name: 'Garden', kind: 'ntfy', settings: { topic: 'a' } },
  { name: '', kind: 'ntfy', settings: { topic: 'a' } },
  { name: 'x'.repeat(42), kind: 'ntfy', settings: { topic: 'a' } },
  { name: 'email', kind: 'email', settings: { to: ['a@b.test'] } },
  { name: 'ntfy:a', kind: 'ntfy', settings: { topic: 'a' } },
])('a name that cannot be one is refused with a sentence: $name', async input => {
  expect(await add(input)).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/^The name .*\.$/),
  });
});

test.each<[ChannelInput['kind'], ChannelInput['settings'], RegExp]>([
  ['email', { to: ['noc@example'.replace('@', ' at ')] }, /Each recipient must be a mail address such as/],
  ['email', { to: ['a@b.test', 'x@y.test\r\nBcc: z@z.test'] }, /must be a mail address/],
  ['email', { to: [] }, /mail addresses are missing/],
  ['email', { to: Array.from({ length: 51 }, (_, i) => `a${i}@b.test`) }, /51 mail addresses are too many/],
  ['email', { to: ['a\u0000@b.test'] }, /must be a mail address/],
  ['telegram', { chatId: 'anna' }, /chat must be a chat's number or @channelname, not "anna"/],
  ['telegram', {}, /chat is missing/],
  ['ntfy', { topic: 'a b' }, /topic must be an ntfy topic/],
  ['ntfy', { topic: 'docs' }, /topic must be an ntfy topic/],
  ['ntfy', { topic: 'x'.repeat(65) }, /topic must be an ntfy topic/],
  ['matrix', { room: 'alerts' }, /room must be a Matrix room such as/],
  ['matrix', { room: '#alerts:' }, /room must be a Matrix room such as/],
  ['matrix', { room: 7 }, /room is missing/],
  ['webhook', { url: 'ftp://example.test' }, /web address must be a web address/],
  ['webhook', { url: 'http://example.test/hook' }, /must begin with https:\/\//],
  ['webhook', { url: 'https://u:hunter22@example.test/' }, /must not hold a user or password/],
  ['webhook', { url: 'https://' }, /web address must be a web address/],
])(
  'recipients that cannot be reached are refused with a sentence: %s %j',
  async (kind, settings, sentence) => {
    const outcome = await add({ name: 'wrong', kind, settings });
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringMatching(sentence) });
    expect(JSON.stringify(outcome)).not.toContain('hunter22');
    expect(await find('wrong')).toBeUndefined();
  },
);

test.each([
  'http://192.168.1.5:8123/api/webhook/x',
  'http://[fd00::5]/x',
  'http://homeassistant.local/x',
  'http://localhost:9/x',
])('a receiver at home needs no certificate: %s', async url => {
  await removeChannel(web, SITE, await added({ name: 'near', kind: 'webhook', settings: { url } }), 'anna');
});

test('a name belongs to one channel, and is free again when that is removed; history can tell them apart', async () => {
  const first = await added({ name: 'shared', kind: 'ntfy', settings: { topic: 'one' } });
  expect(await add({ name: 'shared', kind: 'ntfy', settings: { topic: 'two' } })).toEqual({
    kind: 'refused',
    reason: 'There is a channel called shared already.',
  });
  expect(await removeChannel(web, SITE, first, 'bert')).toEqual({ kind: 'done', id: first });
  expect(await find('shared')).toBeUndefined();
  expect(await removeChannel(web, SITE, first, 'bert')).toEqual({ kind: 'missing' });
  const [before] = await database.pool.query('select name, removed_by from channels where id = $1', [first]);
  expect(before).toEqual({ name: 'shared', removed_by: 'bert' });
  await added({ name: 'shared', kind: 'ntfy', settings: { topic: 'two' } });
  expect(await find('shared')).toMatchObject({ target: 'topic two' });
  const [after] = await database.pool.query<{ name: string }>('select name from channels where id = $1', [
    first,
  ]);
  expect(after?.name).toMatch(new RegExp(`^shared \\(removed \\d{4}-\\d\\d-\\d\\d, #${first}\\)$`));
});

test('a test is one alert, over at once, with one delivery to that channel, whatever the rules say', async () => {
  const other = await added({ name: 'other', kind: 'ntfy', settings: { topic: 'other' } });
  const id = await added({ name: 'tried', kind: 'ntfy', settings: { topic: 'tried' } });
  await database.pool.query(`update rules set kinds = array['test', 'new_device'] where enabled`);
  const queued = await queueTest(web, SITE, id, 'anna');
  expect(queued).toMatchObject({ kind: 'done' });
  const rows = await database.pool.query(
    `select a.kind, a.resolved_at is not null as over, a.summary, d.channel_id, d.state
     from alerts as a join deliveries as d on d.site_id = a.site_id and d.alert_id = a.id where a.id = $1`,
    [queued.kind === 'done' ? queued.id : 0],
  );
  expect(rows).toEqual([
    { kind: 'test', over: true, summary: 'Test message, asked for by anna', channel_id: id, state: 'queued' },
  ]);
  expect(await queueTest(web, SITE, id, 'anna'), 'pressed twice').toEqual(queued);
  expect(await find('tried')).toMatchObject({ waiting: 1 });
  expect(await find('other')).toMatchObject({ id: other, waiting: 0 });
});

describe('a channel that is switched off', () => {
  test('says who did it, cannot be tried, and is on again', async () => {
    const id = await added({ name: 'nightly', kind: 'telegram', settings: { chatId: '-100123' } });
    expect(await switchChannel(web, SITE, id, false, 'bert')).toEqual({ kind: 'done', id });
    expect(await find('nightly')).toMatchObject({ offAt: expect.any(Date), offBy: 'bert' });
    expect(await queueTest(web, SITE, id, 'anna')).toEqual({
      kind: 'refused',
      reason: 'The channel nightly is switched off: switch it on first.',
    });
    expect(await switchChannel(web, SITE, id, true, 'anna')).toEqual({ kind: 'done', id });
    expect(await find('nightly')).toMatchObject({ offAt: null, offBy: null });
  });

  test('that nobody has is missing', async () => {
    expect(await switchChannel(web, SITE, 999_999, true, 'anna')).toEqual({ kind: 'missing' });
    expect(await queueTest(web, SITE, 999_999, 'anna')).toEqual({ kind: 'missing' });
    expect(await switchChannel(web, 'nowhere', 1, true, 'anna')).toEqual({ kind: 'missing' });
  });
});

test('a channel of the configuration is not removed here, unless no daemon has it any more', async () => {
  const [row] = await database.pool.query<{ id: number }>(
    `insert into channels (site_id, name, kind, target) select id, 'email', 'email', 'a@b.test' from sites returning id`,
  );
  const id = row?.id ?? 0;
  expect(await removeChannel(web, SITE, id, 'anna')).toMatchObject({
    kind: 'refused',
    reason: 'The channel email comes from the configuration: take it out there, or switch it off.',
  });
  await database.pool.query('update channels set enabled = false where id = $1', [id]);
  expect(await removeChannel(web, SITE, id, 'anna')).toEqual({ kind: 'done', id });
});

test('a channel with a problem says it instead of being tried', async () => {
  const id = await added({ name: 'broken', kind: 'matrix', settings: { room: '!a:example.test' } });
  await database.pool.query(`update channels set problem = 'no Matrix server is configured' where id = $1`, [
    id,
  ]);
  expect(await queueTest(web, SITE, id, 'anna')).toEqual({
    kind: 'refused',
    reason: 'The channel broken cannot be used: no Matrix server is configured.',
  });
});

test('what people add is told to daemons and pages at once, and used by the next alert', async () => {
  const heard: string[] = [];
  const client = new pg.Client({ connectionString: database.url });
  client.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
  await client.connect();
  await client.query('listen netureon_alerts');
  await client.query('listen netureon_changes');
  await recordScan(database.pool, []);
  heard.length = 0;
  const id = await added({ name: 'fresh', kind: 'ntfy', settings: { topic: 'fresh' } });
  await client.query('select 1'); // notifications arrive before the answer of the next statement
  await client.end();
  expect(heard).toContain('netureon_alerts channels');
  expect(heard).toContainEqual(
    expect.stringMatching(/^netureon_changes \{"what" : "channel", "site" : \d+\}$/),
  );
  await recordScan(database.pool, devices(1));
  const rows = await database.pool.query(`select state from deliveries where channel_id = $1`, [id]);
  expect(rows).toEqual([{ state: 'queued' }]);
});

test('only the site may do this, not the scanner', async () => {
  const scan = await openSession(database.urlAs('netureon_scan'), { application: 'test' });
  try {
    await expect(switchChannel(scan, SITE, 1, false, 'x')).rejects.toThrow(/permission denied/);
  } finally {
    await scan.close();
  }
});
test('what waits for a channel that is removed is not sent, and says so', async () => {
  const id = await added({ name: 'leaving', kind: 'ntfy', settings: { topic: 'leaving' } });
  await queueTest(web, SITE, id, 'anna');
  await removeChannel(web, SITE, id, 'anna');
  const rows = await database.pool.query('select state, reason from deliveries where channel_id = $1', [id]);
  expect(rows).toEqual([
    { state: 'suppressed', reason: expect.stringContaining('channel leaving was removed') },
  ]);
});
