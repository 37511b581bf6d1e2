// The webhook channel against a receiver that verifies, and against whatever else may answer.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signatureOf, webhookChannel } from '../../../src/alertd/channels/webhook.ts';
import type { HttpFault } from '../../../src/lab/http-sink.ts';
import { startWebhookSink, type WebhookSinkOptions } from '../../../src/lab/webhook-sink.ts';
import { httpFetch, type Fetch } from '../../../src/alertd/http-fetch.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { selfSigned } from '../../scan/profile/servers.ts';
import { alertOf, burst, HOSTILE, KEY, messageOf, never, UNSAFE } from './messages.ts';

const SECRET = 'a-secret-of-the-receiver-0123456789';

async function receiver(options: Partial<WebhookSinkOptions> = {}, fetch: Fetch = httpFetch) {
  const sink = await startWebhookSink({ clock: systemClock, secret: SECRET, ...options });
  onTestFinished(() => sink.close());
  const channelTo = (url: string, secret = SECRET) =>
    webhookChannel({ name: 'webhook', target: 'the receiver', url, secret, site: 'home', fetch });
  return { sink, channelTo, channel: channelTo(`${sink.url}/hook/t0ken-in-the-path`) };
}

describe('a message', () => {
  it('is posted, signed, and accepted with the receiver’s own words', async () => {
    const { sink, channel } = await receiver();
    expect(await channel.send(messageOf(), never)).toEqual({
      kind: 'accepted',
      receipt: 'HTTP 200: {"ok":true}',
    });
    const [{ key, json } = { key: '', json: {} }] = sink.messages;
    expect(key).toBe(KEY);
    expect(json).toMatchObject({
      version: 1,
      id: KEY,
      site: 'home',
      channel: 'webhook',
      test: false,
      severity: 'medium',
      subject: 'netureon: new device Espressif Inc. at 192.168.1.77',
      text: expect.stringContaining('MAC address: 3c:71:bf:00:00:4d'),
      link: 'https://netureon.example.test/devices/77',
      alerts: [
        {
          id: 1,
          kind: 'new_device',
          opened_at: '2026-11-20T09:12:05.000Z',
          resolved_at: null,
          device: { id: 77, name: null, mac: '3c:71:bf:00:00:4d', ip: '192.168.1.77', state: 'new' },
          network: '192.168.1.0/24',
        },
      ],
      alerts_left_out: 0,
    });
  });

  it('that comes again is told by its key', async () => {
    const { sink, channel } = await receiver();
    sink.faults.next({ kind: 'cut-after-keeping' });
    const message = messageOf();
    expect(await channel.send(message, never)).toMatchObject({ kind: 'retry', scope: 'channel' });
    expect(await channel.send(message, never)).toMatchObject({ kind: 'accepted' });
    expect(sink.messages).toHaveLength(1);
    expect(sink.repeated).toEqual([KEY]);
  });

  it('cannot be forged by what devices call themselves, and stays within bounds', async () => {
    const { sink, channel } = await receiver();
    expect(await channel.send(messageOf(burst()), never)).toMatchObject({ kind: 'accepted' });
    const { json, source } = await sink.nextMessage();
    expect(source.length).toBeLessThan(512 * 1024);
    expect(json['alerts']).toHaveLength(500);
    expect(json['alerts_left_out']).toBe(9500);
    const texts: string[] = [];
    JSON.stringify(json, (_key, value: unknown) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    expect(texts.length).toBeGreaterThan(2000);
    expect(texts.filter(text => UNSAFE.test(text))).toEqual([]);
  });

  it('of names in three bytes a letter stays within what receivers are promised', async () => {
    const { sink, channel } = await receiver();
    const alerts = burst(500, '㍍'.repeat(80));
    const wide = alerts.map(alert => ({ ...alert, summary: '㍍'.repeat(500), owner: '㍍'.repeat(200) }));
    expect(await channel.send(messageOf(wide), never)).toMatchObject({ kind: 'accepted' });
    const { json, source } = await sink.nextMessage();
    expect(Buffer.byteLength(source)).toBeLessThanOrEqual(512 * 1024);
    const told = (json['alerts'] as unknown[]).length;
    expect(told).toBeGreaterThan(50);
    expect(json['alerts_left_out']).toBe(500 - told);
  });

  it('that was too large goes once more, far smaller, and not as the one that was refused', async () => {
    const { sink, channel } = await receiver();
    sink.faults.next({ kind: 'answer', status: 413 });
    const message = messageOf(burst(500));
    expect(await channel.send(message, never)).toMatchObject({ kind: 'rejected', about: 'content' });
    expect(await channel.send({ ...message, plain: true }, never)).toMatchObject({ kind: 'accepted' });
    const { key, json, source } = await sink.nextMessage();
    expect(key).not.toBe(KEY);
    expect(json['id']).toBe(key);
    expect(Buffer.byteLength(source)).toBeLessThan(64 * 1024);
  });

  it('has the text of a template where there is one', async () => {
    const { sink, channel } = await receiver();
    const custom = { subject: 'Achtung', text: 'Neu: 192.168.1.77' };
    await channel.send(messageOf([alertOf()], { custom }), never);
    expect(sink.messages[0]?.json).toMatchObject({ subject: 'Achtung', text: 'Neu: 192.168.1.77' });
  });

  it('says that it is a test', async () => {
    const { sink, channel } = await receiver();
    await channel.send(messageOf([alertOf({ kind: 'test', deviceId: null, mac: null })]), never);
    expect(sink.messages[0]?.json).toMatchObject({ test: true, alerts: [{ device: null }] });
  });

  it('goes to an address with a user by Basic authentication', async () => {
    const { sink, channelTo } = await receiver();
    const url = sink.url.replace('://', '://anna:p%40ss@');
    expect(await channelTo(url).send(messageOf(), never)).toMatchObject({ kind: 'accepted' });
    expect(sink.messages[0]?.authorization).toBe(`Basic ${Buffer.from('anna:p@ss').toString('base64')}`);
  });
});

const CLIENTS: [string, Fetch][] = [
  ['alertd’s own client', httpFetch],
  ['Node’s', fetch],
];

describe.each(CLIENTS)('an answer, by %s', (_client, client) => {
  const answer = (status: number, headers: Record<string, string> = {}, body = ''): HttpFault => ({
    kind: 'answer',
    status,
    headers,
    body,
  });
  const inAMinute = { date: 'Fri, 20 Nov 2026 09:00:00 GMT', 'retry-after': 'Fri, 20 Nov 2026 09:01:00 GMT' };

  it.each<[string, HttpFault, object]>([
    ['429 with seconds', answer(429, { 'retry-after': '7' }), { kind: 'retry', afterMs: 7000 }],
    ['429 with a date', answer(429, inAMinute), { kind: 'retry', afterMs: 60_000 }],
    ['429 with nonsense', answer(429, { 'retry-after': 'soon' }), { kind: 'retry' }],
    ['429 with a year', answer(429, { 'retry-after': '31536000' }), { kind: 'retry', afterMs: 3_600_000 }],
    ['408', answer(408), { kind: 'retry', scope: 'channel' }],
    ['425', answer(425), { kind: 'retry', scope: 'channel' }],
    ['503', answer(503, { 'retry-after': '30' }), { kind: 'retry', afterMs: 30_000 }],
    ['404', answer(404), { kind: 'rejected', reason: expect.stringContaining('correct the address') }],
    ['410', answer(410), { kind: 'rejected', reason: expect.stringContaining('remove this channel') }],
    [
      '400',
      answer(400, {}, 'bad field'),
      { kind: 'rejected', reason: expect.stringContaining('HTTP 400: bad field') },
    ],
    [
      'a redirect',
      answer(302, { location: 'https://elsewhere.test/login?x' }),
      { kind: 'retry', reason: expect.stringContaining('a redirect to https://elsewhere.test,') },
    ],
    [
      'a page',
      answer(200, {}, '<!DOCTYPE html><title>All is well</title><p>…'),
      { kind: 'accepted', receipt: 'HTTP 200: All is well' },
    ],
    ['nothing', answer(204), { kind: 'accepted', receipt: 'HTTP 204' }],
    ['a cut', { kind: 'cut' }, { kind: 'retry', reason: expect.stringContaining('the connection broke') }],
    [
      'words to do harm',
      answer(200, {}, HOSTILE),
      { kind: 'accepted', receipt: expect.not.stringMatching(UNSAFE) },
    ],
  ])('%s', async (_name, fault, outcome) => {
    const { sink, channel } = await receiver({}, client);
    sink.faults.next(fault);
    expect(await channel.send(messageOf(), never)).toMatchObject(outcome);
    expect(sink.messages).toEqual([]);
  });

  it('that does not end is not waited for: the status has said it', async () => {
    const { sink, channel } = await receiver({}, client);
    sink.faults.next({ kind: 'endless' });
    const outcome = await channel.send(messageOf(), never);
    expect(outcome).toEqual({ kind: 'accepted', receipt: expect.stringMatching(/^HTTP 200: x{119}…$/) });
  });

  it('that breaks off has said with its status that the message is accepted', async () => {
    const { sink, channel } = await receiver({}, client);
    sink.faults.next({ kind: 'cut-in-answer' });
    expect(await channel.send(messageOf(), never)).toEqual({
      kind: 'accepted',
      receipt: 'HTTP 200: {"half":',
    });
  });

  it('that does not come is given up, and tried again', async () => {
    const { sink, channel } = await receiver({}, client);
    sink.faults.next({ kind: 'slow', ms: 60_000 });
    const over = new AbortController();
    const sending = channel.send(messageOf(), over.signal);
    over.abort();
    expect(await sending).toEqual({ kind: 'retry', scope: 'channel', reason: 'the webhook took too long' });
  });

  it('to a wrong secret says so, and never repeats the secret or the address', async () => {
    const { sink, channelTo } = await receiver({}, client);
    const wrong = channelTo(`${sink.url}/hook/t0ken-in-the-path`, 'another-secret-0123456789');
    const outcome = await wrong.send(messageOf(), never);
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('[webhook] secret') });
    sink.faults.next(answer(500, {}, 'cannot POST /hook/t0ken-in-the-path with another-secret-0123456789'));
    const echoed = await wrong.send(messageOf(), never);
    expect(JSON.stringify([outcome, echoed])).not.toMatch(/t0ken|another-secret/);
  });
});

describe.each(CLIENTS)('a server that cannot be reached, by %s', (_client, client) => {
  it.each([
    ['https://127.0.0.1:25/t0ken', /HTTP is not spoken at that port|refuses the connection/],
    ['https://does-not-exist.invalid/t0ken', /DNS/],
  ])('%s', async (url, reason) => {
    const { channelTo } = await receiver({}, client);
    const outcome = await channelTo(url).send(messageOf(), never);
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringMatching(reason) });
    expect(JSON.stringify(outcome)).not.toContain('t0ken');
  });

  it('because nobody listens there', async () => {
    const { sink, channel } = await receiver({}, client);
    await sink.close();
    expect(await channel.send(messageOf(), never)).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('it refuses the connection (ECONNREFUSED)'),
    });
  });

  it('for its certificate is told apart from all others', async () => {
    const tls = selfSigned('/CN=localhost', 'DNS:localhost');
    const { sink, channelTo } = await receiver({ tls }, client);
    expect(await channelTo(sink.url).send(messageOf(), never)).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)'),
    });
  });

  it('because it speaks plain HTTP where TLS is asked for says so', async () => {
    const { sink, channelTo } = await receiver({}, client);
    const outcome = await channelTo(sink.url.replace('http:', 'https:')).send(messageOf(), never);
    expect(outcome).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('it does not speak TLS'),
    });
  });
});

describe('the documented ways to verify', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/ALERTS.md'), 'utf8');
  const body = '{"version":1,"text":"Bürodrucker 😀"}';
  const example = (language: string) =>
    new RegExp(`\`\`\`${language}\\n([^]*?\\bverify\\b[^]*?)\`\`\``).exec(page)?.[1] ?? '';
  const header = (secret: string, at = new Date()) => signatureOf(body, secret, at);
  const cases = [
    [header(SECRET), true],
    [header('another'), false],
    [header(SECRET, new Date(Date.now() - 3600_000)), false],
    ['t=1,v1=00', false],
    ['', false],
  ] as const;

  it('in Node does what it says', async () => {
    const source = example('js');
    expect(source).toContain('timingSafeEqual');
    const module = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
      verify: (body: string, header: string, secret: string) => boolean;
    };
    expect(cases.map(([given]) => module.verify(body, given, SECRET))).toEqual(cases.map(([, good]) => good));
  });

  it('in Python does what it says', () => {
    const source = example('python');
    expect(source).toContain('compare_digest');
    const run = `${source}\nimport json, sys\nfor h in json.loads(sys.argv[1]):\n    print(verify(sys.argv[2].encode(), h, "${SECRET}"))\n`;
    const said = execFileSync('python3', ['-c', run, JSON.stringify(cases.map(([given]) => given)), body]);
    expect(said.toString().trim().split('\n')).toEqual(cases.map(([, good]) => (good ? 'True' : 'False')));
  });
});
