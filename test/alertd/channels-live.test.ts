// Channels of every kind beside one another in one alertd: stuck ones keep nobody waiting, and what people add is served at once.
import { expect, onTestFinished, test } from 'vitest';
import type { HttpFault } from '../../src/lab/http-sink.ts';
import { startMatrixSink } from '../../src/lab/matrix-sink.ts';
import { startNtfySink } from '../../src/lab/ntfy-sink.ts';
import { startWebhookSink } from '../../src/lab/webhook-sink.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { addChannel, listChannels, queueTest, switchChannel } from '../../src/store/channels.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { around, eventually, startAlertd } from './fixture.ts';

const SECRET = 'a-secret-of-the-receiver-0123456789';
const SITE = 'default';

async function house() {
  const base = await around();
  const webhook = await startWebhookSink({ clock, secret: SECRET });
  const ntfy = await startNtfySink({ clock, token: 'tk_0123456789abcdef' });
  const matrix = await startMatrixSink({ clock, token: 'syt_0123456789', rooms: ['!a:x.test'] });
  onTestFinished(async () => {
    await Promise.all([webhook, ntfy, matrix].map(sink => sink.close()));
  });
  const settings = {
    ...base.settings,
    channels: [
      ...base.settings.channels,
      { name: 'webhook', kind: 'webhook', target: `${webhook.url}/…`, settings: {} },
      { name: 'ntfy:alerts', kind: 'ntfy', target: 'topic alerts', settings: { topic: 'alerts' } },
      { name: 'matrix:!a:x.test', kind: 'matrix', target: 'room !a:x.test', settings: { room: '!a:x.test' } },
    ] as const,
    credentials: {
      ...base.settings.credentials,
      webhook: { url: `${webhook.url}/hook`, secret: SECRET },
      ntfy: { url: ntfy.url, token: 'tk_0123456789abcdef' },
      matrix: { url: matrix.url, token: 'syt_0123456789' },
    },
  };
  const db = base.database.pool;
  const find = async (name: string) => (await listChannels(db, SITE)).find(one => one.name === name);
  return { ...base, settings, webhook, ntfy, matrix, db, find };
}

test('one alert reaches every kind of channel, each with its own receipt', async () => {
  const { settings, webhook, ntfy, matrix, mail, telegram, db, changed } = await house();
  await startAlertd(settings);
  await recordScan(db, devices(1));
  await Promise.all([webhook, ntfy, matrix, mail, telegram].map(sink => sink.nextMessage()));
  const receipts = await eventually(
    changed,
    () =>
      db.query<{ name: string; receipt: string }>(
        `select c.name, d.receipt from deliveries as d join channels as c on c.id = d.channel_id
         where d.state = 'delivered' order by c.name`,
      ),
    rows => rows.length === 5,
  );
  expect(receipts).toEqual([
    { name: 'email', receipt: expect.stringMatching(/^250 /) },
    { name: 'matrix:!a:x.test', receipt: expect.stringMatching(/^event \$.* in room !a:x\.test$/) },
    { name: 'ntfy:alerts', receipt: expect.stringMatching(/^message m\d+ in topic alerts$/) },
    { name: 'telegram:4242', receipt: expect.stringMatching(/^message \d+ in chat 4242/) },
    { name: 'webhook', receipt: 'HTTP 200: {"ok":true}' },
  ]);
});

test.each<[string, HttpFault]>([
  ['does not answer', { kind: 'slow', ms: 3_600_000 }],
  ['is down', { kind: 'answer', status: 503, headers: { 'retry-after': '3600' } }],
  ['cuts the line', { kind: 'cut' }],
])('a webhook that %s keeps nobody else waiting', async (_name, fault) => {
  const { settings, webhook, ntfy, matrix, mail, telegram, db } = await house();
  webhook.faults.always(fault);
  await startAlertd({ ...settings, tuning: { ...settings.tuning, stopMs: 10 } });
  for (const first of [10, 20, 30]) {
    await recordScan(db, devices(1, first));
    await Promise.all([ntfy, matrix, mail, telegram].map(sink => sink.nextMessage()));
  }
  expect(webhook.messages).toEqual([]);
});

test('an answer that was lost makes no second event, and no second post is kept', async () => {
  const { settings, webhook, matrix, ntfy, db, changed } = await house();
  for (const sink of [webhook, matrix, ntfy]) sink.faults.next({ kind: 'cut-after-keeping' });
  await startAlertd(settings);
  await recordScan(db, devices(1));
  await eventually(
    changed,
    () => db.query(`select from deliveries where state = 'delivered'`),
    rows => rows.length === 5,
  );
  expect([webhook.messages.length, matrix.messages.length]).toEqual([1, 1]);
  expect([webhook.repeated.length, matrix.repeated.length]).toEqual([1, 1]);
  const ids = ntfy.messages.map(({ sequenceId }) => sequenceId);
  expect(ids, 'the second replaces the first').toEqual([ids[0], ids[0]]);
});

test('what a person adds is served while alertd runs, and its test has a receipt', async () => {
  const { settings, ntfy, db, changed, find } = await house();
  await startAlertd(settings);
  const added = await addChannel(
    db,
    SITE,
    { name: 'anna', kind: 'ntfy', settings: { topic: 'annas-phone' } },
    'anna',
  );
  const id = added.kind === 'done' ? added.id : 0;
  expect(await queueTest(db, SITE, id, 'anna')).toMatchObject({ kind: 'done' });
  expect(await ntfy.nextMessage()).toMatchObject({ topic: 'annas-phone', message: expect.any(String) });
  const channel = await eventually(
    changed,
    () => find('anna'),
    found => found?.acceptedAt !== null,
  );
  expect(channel).toMatchObject({ problem: null, failingSince: null, waiting: 0 });

  await switchChannel(db, SITE, id, false, 'anna');
  await recordScan(db, devices(1));
  expect(await ntfy.nextMessage()).toMatchObject({ topic: 'alerts' });
  expect(ntfy.messages.map(({ topic }) => topic)).toEqual(['annas-phone', 'alerts']);
});

test('a channel without credentials here says so, and nothing is lost for the others', async () => {
  const { settings, mail, db, changed, find } = await house();
  const { matrix: _none, ...credentials } = settings.credentials;
  const channels = settings.channels.filter(({ kind }) => kind !== 'matrix');
  await startAlertd({ ...settings, credentials, channels });
  await addChannel(db, SITE, { name: 'room', kind: 'matrix', settings: { room: '#a:x.test' } }, 'anna');
  const channel = await eventually(
    changed,
    () => find('room'),
    found => found?.problem !== null,
  );
  expect(channel?.problem).toBe('no Matrix server is configured. Set url and token in the [matrix] section');
  await recordScan(db, devices(1));
  await mail.nextMessage();
});
