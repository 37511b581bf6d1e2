// The Matrix channel against a homeserver that insists on the protocol.
import { describe, expect, it, onTestFinished } from 'vitest';
import { matrixChannel } from '../../../src/alertd/channels/matrix.ts';
import type { HttpFault } from '../../../src/lab/http-sink.ts';
import { matrixHtmlProblem } from '../../../src/lab/matrix-html.ts';
import { startMatrixSink, type MatrixSinkOptions } from '../../../src/lab/matrix-sink.ts';
import { httpFetch } from '../../../src/alertd/http-fetch.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { alertOf, burst, HOSTILE, KEY, messageOf, never, UNSAFE } from './messages.ts';

const TOKEN = 'syt_bmV0dXJlb24_kJhGfDsAqWeR_1a2b3c';
const ROOM = '!Abc/def+1:example.test';
const ALIAS = '#alerts:example.test';

async function server(
  options: Partial<MatrixSinkOptions> = {},
  { room = ROOM, token = TOKEN }: { room?: string; token?: string } = {},
) {
  const aliases: Record<string, string> = { [ALIAS]: ROOM };
  const sink = await startMatrixSink({
    clock: systemClock,
    token: TOKEN,
    rooms: [ROOM],
    aliases,
    ...options,
  });
  onTestFinished(() => sink.close());
  const channel = matrixChannel({
    name: `matrix:${room}`,
    target: `room ${room}`,
    url: sink.url,
    token,
    room,
    fetch: httpFetch,
  });
  return { sink, channel, aliases };
}

describe('a message', () => {
  it('is an event with plain text and HTML', async () => {
    const { sink, channel } = await server();
    const outcome = await channel.send(messageOf(), never);
    const [event] = sink.messages;
    expect(outcome).toEqual({ kind: 'accepted', receipt: `event ${event?.eventId} in room ${ROOM}` });
    expect(event).toMatchObject({ roomId: ROOM, txnId: KEY });
    expect(event?.body).toContain('New device Espressif Inc. at 192.168.1.77\n\nName: not named yet\n');
    expect(event?.html).toContain(
      '<p><strong>New device Espressif Inc. at 192.168.1.77</strong></p><ul><li>',
    );
    expect(event?.html).toContain('<a href="https://netureon.example.test/devices/77">');
  });

  it('that comes again is the same event', async () => {
    const { sink, channel } = await server();
    sink.faults.next({ kind: 'cut-after-keeping' });
    const message = messageOf();
    expect(await channel.send(message, never)).toMatchObject({ kind: 'retry', scope: 'channel' });
    expect(await channel.send(message, never)).toMatchObject({ kind: 'accepted' });
    expect(sink.messages).toHaveLength(1);
    expect(sink.repeated).toEqual([KEY]);
  });

  it('goes to the room that an alias names now', async () => {
    const moved = '!moved:example.test';
    const { sink, channel, aliases } = await server({ rooms: [ROOM, moved] }, { room: ALIAS });
    expect(await channel.send(messageOf(), never)).toMatchObject({
      kind: 'accepted',
      receipt: expect.stringMatching(/^event \$\w+ in room #alerts:example\.test$/),
    });
    aliases[ALIAS] = moved;
    sink.faults.next({ kind: 'answer', status: 502, body: '' });
    expect(await channel.send(messageOf([alertOf()], { key: KEY.replace('6', '7') }), never)).toMatchObject({
      kind: 'retry',
    });
    await channel.send(messageOf([alertOf()], { key: KEY.replace('6', '8') }), never);
    expect(sink.messages.map(({ roomId }) => roomId)).toEqual([ROOM, moved]);
  });

  it.each([
    ['hostile names', burst(1)],
    ['a burst of them', burst(10_000)],
    ['four bytes for each character', burst(300, '😀'.repeat(30))],
    ['quotes', burst(300, '"&<'.repeat(40))],
  ])('is valid and within bounds: %s', async (_name, alerts) => {
    const { sink, channel } = await server();
    expect(await channel.send(messageOf(alerts), never)).toMatchObject({ kind: 'accepted' });
    const [{ body, html } = { body: '', html: '' }] = sink.messages;
    expect(body + html).not.toMatch(UNSAFE);
    expect(html).not.toMatch(/<img|javascript:"/);
    if (alerts.length > 1) expect(body).toMatch(/left out|… and/);
  });

  it('has the text of a template, escaped, line by line', async () => {
    const { sink, channel } = await server();
    await channel.send(
      messageOf([alertOf()], { custom: { subject: 'Neu <da>', text: 'a & b\n<script>' } }),
      never,
    );
    expect(sink.messages).toMatchObject([
      {
        body: 'Neu <da>\n\na & b\n<script>',
        html: '<p><strong>Neu &lt;da&gt;</strong></p><p>a &amp; b<br>&lt;script&gt;</p>',
      },
    ]);
  });
});

const refusal = (status: number, json: object, headers = {}): HttpFault => ({
  kind: 'answer',
  status,
  headers,
  body: JSON.stringify(json),
});

it.each<[string, HttpFault, object]>([
  [
    'M_LIMIT_EXCEEDED',
    refusal(429, { errcode: 'M_LIMIT_EXCEEDED', error: 'Too Many Requests', retry_after_ms: 2500 }),
    { kind: 'retry', afterMs: 2500 },
  ],
  [
    'Retry-After',
    refusal(429, { errcode: 'M_LIMIT_EXCEEDED' }, { 'retry-after': '3' }),
    { kind: 'retry', afterMs: 3000 },
  ],
  [
    'a wait that is no number',
    refusal(429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 'soon' }),
    { kind: 'retry', scope: 'channel' },
  ],
  [
    'a wait of a year',
    refusal(429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1e300 }),
    { kind: 'retry', afterMs: 3_600_000 },
  ],
  ['M_TOO_LARGE', refusal(413, { errcode: 'M_TOO_LARGE', error: 'event too large' }), { kind: 'rejected' }],
  [
    '500',
    refusal(500, { errcode: 'M_UNKNOWN', error: 'Internal server error' }),
    { kind: 'retry', scope: 'channel' },
  ],
  [
    'a proxy',
    { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' },
    { kind: 'retry', scope: 'channel' },
  ],
  [
    'something else',
    { kind: 'answer', status: 404, body: 'Not Found' },
    { kind: 'retry', reason: expect.stringContaining('Check [matrix] url') },
  ],
  [
    'invalid JSON',
    { kind: 'answer', status: 200, body: '{"event_id":' },
    { kind: 'retry', reason: expect.stringContaining('not a Matrix homeserver') },
  ],
  [
    'words to do harm',
    refusal(400, { errcode: HOSTILE, error: TOKEN }),
    { kind: 'rejected', reason: expect.not.stringMatching(UNSAFE) },
  ],
  [
    'a redirect',
    { kind: 'answer', status: 301, headers: { location: 'https://x.test/' } },
    { kind: 'retry' },
  ],
  [
    'half an answer',
    { kind: 'cut-in-answer' },
    { kind: 'retry', reason: expect.stringContaining('Matrix: the answer broke off: the connection broke') },
  ],
  ['a cut', { kind: 'cut' }, { kind: 'retry', scope: 'channel' }],
  ['no end', { kind: 'endless' }, { kind: 'retry', scope: 'channel' }],
])('answered by %s', async (_name, fault, outcome) => {
  const { sink, channel } = await server();
  sink.faults.next(fault);
  const said = await channel.send(messageOf(), never);
  expect(said).toMatchObject(outcome);
  expect(JSON.stringify(said)).not.toContain(TOKEN);
});

it.each<[string, Parameters<typeof server>, object]>([
  [
    'a token that is not valid any more',
    [{}, { token: 'syt_old' }],
    { kind: 'retry', reason: expect.stringMatching(/M_UNKNOWN_TOKEN.*correct token in \[matrix\]/) },
  ],
  [
    'a room that the account is not in',
    [{ rooms: [] }],
    { kind: 'rejected', reason: expect.stringMatching(/M_FORBIDDEN.*Invite the account/) },
  ],
  [
    'an alias that nobody has',
    [{ aliases: {} }, { room: ALIAS }],
    { kind: 'rejected', reason: expect.stringMatching(/M_NOT_FOUND.*Check the room #alerts/) },
  ],
])('%s: says what to do', async (_name, [options, given], outcome) => {
  const { channel } = await server(options, given);
  expect(await channel.send(messageOf(), never)).toMatchObject(outcome);
});

it.each([
  ['<p>ok &amp; <a href="https://x.test/">x</a><br></p>', undefined],
  ['<p>a & b</p>', 'an ampersand that is not escaped'],
  ['<p>1 < 2</p>', 'an angle bracket that is not escaped'],
  ['<p><b>x</p></b>', '</p> closes nothing'],
  ['<p>x', '<p> is not closed'],
  ['<script>x</script>', '<script> is not allowed'],
  ['<p onclick="x">y</p>', '<p> may not have onclick="x"'],
  ['<a href="javascript:x">y</a>', '<a> may not have href="javascript:x"'],
])('the lab’s server knows good HTML: %s', (html, problem) => {
  expect(matrixHtmlProblem(html)).toBe(problem);
});
