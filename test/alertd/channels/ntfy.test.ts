// The ntfy channel against a server as strict as ntfy's own.
import { expect, it, onTestFinished } from 'vitest';
import { ntfyChannel } from '../../../src/alertd/channels/ntfy.ts';
import { startNtfySink, type NtfySinkOptions } from '../../../src/lab/ntfy-sink.ts';
import { httpFetch } from '../../../src/alertd/http-fetch.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { AlertSeverity } from '../../../src/store/outbox.ts';
import { alertOf, burst, HOSTILE, KEY, messageOf, never, UNSAFE } from './messages.ts';

const TOKEN = 'tk_0123456789abcdefghijklmnopqrs';

async function server(options: Partial<NtfySinkOptions> = {}, { topic = 'alerts', token = TOKEN } = {}) {
  const sink = await startNtfySink({ clock: systemClock, token: TOKEN, ...options });
  onTestFinished(() => sink.close());
  const channel = ntfyChannel({
    name: `ntfy:${topic}`,
    target: `topic ${topic}`,
    url: sink.url,
    topic,
    ...(token === '' ? {} : { token }),
    fetch: httpFetch,
  });
  return { sink, channel };
}

it('publishes with a title in UTF-8, a priority, tags and the way to the device', async () => {
  const { sink, channel } = await server();
  const outcome = await channel.send(messageOf([alertOf({ vendor: 'Bürogeräte 😀' })]), never);
  expect(outcome).toEqual({ kind: 'accepted', receipt: 'message m00000000001 in topic alerts' });
  expect(sink.messages).toMatchObject([
    {
      topic: 'alerts',
      title: 'netureon: new device Bürogeräte 😀 at 192.168.1.77',
      message: expect.stringContaining('MAC address: 3c:71:bf:00:00:4d\n'),
      priority: 3,
      tags: ['bell', 'new_device'],
      click: 'https://netureon.example.test/devices/77',
      actions: [{ label: 'Show the device', url: 'https://netureon.example.test/devices/77' }],
      sequenceId: KEY,
    },
  ]);
});

it.each<[AlertSeverity, number]>([
  ['info', 2],
  ['low', 2],
  ['medium', 3],
  ['high', 4],
  ['critical', 5],
])('%s has priority %d', async (severity, priority) => {
  const { sink, channel } = await server();
  await channel.send(messageOf([alertOf({ severity })]), never);
  expect(sink.messages).toMatchObject([{ priority }]);
});

it.each([
  ['a burst of hostile names', burst(10_000)],
  ['four bytes for each character', burst(300, '😀'.repeat(30))],
  ['quotes, which JSON doubles', burst(300, '"\\'.repeat(60))],
  ['many kinds at once', [...burst(40), alertOf({ kind: 'scan_failing' }), alertOf({ kind: 'ip_conflict' })]],
])('stays within what the server takes: %s', async (_name, alerts) => {
  const { sink, channel } = await server();
  expect(await channel.send(messageOf(alerts), never)).toMatchObject({ kind: 'accepted' });
  const [{ message, title } = { message: '', title: '' }] = sink.messages;
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
  expect(`${title}${message}`).not.toMatch(UNSAFE);
  if (alerts.length > 100) expect(message).toMatch(/… and [\d,]+ more lines$/);
});

it('sends the text of a template, cut where it is too long, even if it is one line', async () => {
  const { sink, channel } = await server();
  for (const text of ['Neu: <b>kein Fett</b>', '😀'.repeat(5000)])
    await channel.send(messageOf([alertOf()], { custom: { subject: 'Betreff', text } }), never);
  expect(sink.messages).toMatchObject([
    { title: 'Betreff', message: 'Neu: <b>kein Fett</b>' },
    { message: expect.stringMatching(/^(?:😀){900,1023}…$/u) },
  ]);
});

it.each<[string, Parameters<typeof server>, object]>([
  [
    'a wrong token',
    [{}, { token: 'tk_wrong' }],
    { kind: 'retry', reason: expect.stringContaining('Correct token in [ntfy]') },
  ],
  [
    'no token',
    [{}, { token: '' }],
    { kind: 'retry', reason: expect.stringContaining('Set token in [ntfy]') },
  ],
  [
    'a topic of others',
    [{ forbidden: ['alerts'] }],
    { kind: 'retry', reason: expect.stringContaining('write to alerts') },
  ],
  [
    'a topic that is none',
    [{}, { topic: 'a/b' }],
    { kind: 'rejected', reason: expect.stringContaining('topic invalid') },
  ],
])('%s: says what to do', async (_name, [options, given], outcome) => {
  const { sink, channel } = await server(options, given);
  const said = await channel.send(messageOf(), never);
  expect(said).toMatchObject(outcome);
  expect(JSON.stringify(said)).not.toMatch(/tk_/);
  expect(sink.messages).toEqual([]);
});

const limited = JSON.stringify({ code: 42901, http: 429, error: 'limit reached: too many requests' });

it.each<[string, Parameters<Awaited<ReturnType<typeof server>>['sink']['faults']['next']>[0], object]>([
  [
    '429',
    { kind: 'answer', status: 429, headers: { 'retry-after': '9' }, body: limited },
    { kind: 'retry', afterMs: 9000, reason: 'ntfy: HTTP 429: limit reached: too many requests' },
  ],
  ['500', { kind: 'answer', status: 500, body: '{}' }, { kind: 'retry', scope: 'channel' }],
  [
    'a portal’s page',
    { kind: 'answer', status: 200, body: '<html>log in</html>' },
    { kind: 'retry', reason: expect.stringContaining('not ntfy') },
  ],
  [
    'another server',
    { kind: 'answer', status: 404, body: 'Not Found' },
    { kind: 'retry', reason: expect.stringContaining('Check [ntfy] url') },
  ],
  [
    'an id to do harm',
    { kind: 'answer', status: 200, body: JSON.stringify({ id: HOSTILE }) },
    { kind: 'accepted', receipt: expect.not.stringMatching(UNSAFE) },
  ],
  [
    'a redirect',
    { kind: 'answer', status: 308, headers: { location: '/x' } },
    { kind: 'retry', reason: expect.stringContaining('redirect') },
  ],
  [
    'half an answer',
    { kind: 'cut-in-answer' },
    { kind: 'retry', reason: expect.stringContaining('ntfy: the answer broke off: the connection broke') },
  ],
  ['a cut', { kind: 'cut' }, { kind: 'retry', scope: 'channel' }],
  ['no end', { kind: 'endless' }, { kind: 'retry', reason: expect.stringContaining('not ntfy') }],
])('answered by %s', async (_name, fault, outcome) => {
  const { sink, channel } = await server();
  sink.faults.next(fault);
  expect(await channel.send(messageOf(), never)).toMatchObject(outcome);
});
