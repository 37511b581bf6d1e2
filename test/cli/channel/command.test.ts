// `netureon channel` as people call it: with servers that are strict, and with and without a database.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startMailSink, type MailSink } from '../../../src/lab/mail-sink.ts';
import { startMatrixSink, type MatrixMessage } from '../../../src/lab/matrix-sink.ts';
import { startNtfySink, type NtfyMessage } from '../../../src/lab/ntfy-sink.ts';
import { startTelegramSink, type TelegramSink } from '../../../src/lab/telegram-sink.ts';
import { startWebhookSink, type WebhookMessage } from '../../../src/lab/webhook-sink.ts';
import type { HttpSink } from '../../../src/lab/http-sink.ts';
import { systemClock as clock } from '../../../src/lib/clock.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const SECRET = 'a-secret-of-the-receiver-0123456789';
const NTFY_TOKEN = 'tk_0123456789abcdefghijklmnopqrs';
const MATRIX_TOKEN = 'syt_bmV0dXJlb24_kJhGfDsAqWeR_1a2b3c';
const BOT = `123456789:${'A'.repeat(35)}`;

let program: string;
let folder: string;
let database: TestDatabase;
let webhook: HttpSink<WebhookMessage>;
let ntfy: HttpSink<NtfyMessage>;
let matrix: HttpSink<MatrixMessage>;
let mail: MailSink;
let telegram: TelegramSink;

beforeAll(async () => {
  program = await bundle('src/cli/main.ts');
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'netureon-channel-'));
  webhook = await startWebhookSink({ clock, secret: SECRET });
  ntfy = await startNtfySink({ clock, token: NTFY_TOKEN });
  matrix = await startMatrixSink({
    clock,
    token: MATRIX_TOKEN,
    rooms: ['!a:x.test'],
    aliases: { '#a:x.test': '!a:x.test' },
  });
  mail = await startMailSink({ clock });
  telegram = await startTelegramSink({ clock, token: BOT, chatIds: [42] });
});
afterAll(async () => {
  await Promise.all([webhook, ntfy, matrix, mail, telegram].map(sink => sink.close()));
  await database.drop();
  await rm(folder, { recursive: true });
});

/** @param toml the whole configuration; nothing comes from the machine the test runs on */
async function netureon(toml: string, args: readonly string[], input = '') {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.toml`);
  await writeFile(file, toml);
  const own = Object.entries(process.env).filter(([name]) => !/^(?:NETUREON_|DATABASE_URL)/.test(name));
  const env = { ...Object.fromEntries(own), HOME: folder, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder };
  const child = spawn(process.execPath, [program, '--config', file, 'channel', ...args], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(input);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (more: string) => (text[name] += more));
  await once(child, 'close');
  return { code: child.exitCode, ...text };
}

const ntfyToml = () => `[ntfy]\nurl = "${ntfy.url}"\ntopics = ["alerts"]\ntoken = "${NTFY_TOKEN}"\n`;
const all = () => `
[email]
url = "${mail.url}"
from = "netureon@example.test"
to = ["noc@example.test"]
[telegram]
token = "${BOT}"
chat_ids = [42]
api_root = "${telegram.apiRoot}"
[webhook]
url = "${webhook.url}/hook/t0ken"
secret = "${SECRET}"
${ntfyToml()}
[matrix]
url = "${matrix.url}"
token = "${MATRIX_TOKEN}"
rooms = ["#a:x.test"]
`;
const withDatabase = (toml: string) => `[database]\nurl = "${database.url}"\n${toml}`;

describe('channel test, without a database', () => {
  test('needs no name where there is one channel, and prints the receipt', async () => {
    expect(await netureon(ntfyToml(), ['test'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^ntfy:alerts: accepted: message m\d{11} in topic alerts\n$/),
      stderr: '',
    });
    expect(await ntfy.nextMessage()).toMatchObject({
      title: expect.stringMatching(/^netureon: test message/i),
    });
  });

  test('tries every channel with --all, each with its own receipt', async () => {
    const { code, stdout } = await netureon(all(), ['test', '--all', '--json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        name: 'email',
        kind: 'email',
        target: 'noc@example.test',
        outcome: 'accepted',
        said: expect.stringMatching(/^250 /),
      },
      {
        name: 'telegram:42',
        kind: 'telegram',
        target: 'chat 42',
        outcome: 'accepted',
        said: expect.stringMatching(/^message \d+ in chat 42/),
      },
      {
        name: 'webhook',
        kind: 'webhook',
        target: `${webhook.url}/…`,
        outcome: 'accepted',
        said: 'HTTP 200: {"ok":true}',
      },
      {
        name: 'ntfy:alerts',
        kind: 'ntfy',
        target: 'topic alerts',
        outcome: 'accepted',
        said: expect.stringMatching(/^message m/),
      },
      {
        name: 'matrix:#a:x.test',
        kind: 'matrix',
        target: 'room #a:x.test',
        outcome: 'accepted',
        said: expect.stringMatching(/^event \$/),
      },
    ]);
    expect(code).toBe(0);
    expect((await webhook.nextMessage()).json).toMatchObject({ test: true, alerts: [{ kind: 'test' }] });
    expect((await matrix.nextMessage()).body).toContain('Test message');
  });

  test('one that is stuck does not keep the others waiting, and is told with what to do', async () => {
    ntfy.faults.next({ kind: 'cut' });
    webhook.faults.next({ kind: 'answer', status: 410 });
    const { code, stdout, stderr } = await netureon(all(), ['test', '--all']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^email: accepted: 250 /m);
    expect(stdout).toMatch(/^webhook: refused: .*HTTP 410.*remove this channel/m);
    expect(stdout).toMatch(
      /^ntfy:alerts: not accepted now: cannot reach the ntfy server: .*Check \[ntfy\] url$/m,
    );
    expect(stdout).toMatch(/^matrix:#a:x\.test: accepted: event /m);
    for (const secret of [SECRET, NTFY_TOKEN, MATRIX_TOKEN, BOT, 't0ken'])
      expect(stdout + stderr).not.toContain(secret);
  });

  test.each([
    ['a name is needed', ['test'], /there are 5 channels\n {2}→ name one of email, telegram:42, /],
    ['a name is wrong', ['test', 'mail'], /there is no channel mail\n {2}→ name one of email, /],
  ])('%s: exit 2', async (_name, args, sentence) => {
    expect(await netureon(all(), args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(sentence),
    });
  });

  test('nothing is configured: exit 2, and where to read on', async () => {
    expect(await netureon('', ['test'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no channel to try\n {2}→ set one up in the configuration/),
    });
  });
});

test('what is missing in the configuration is told all at once', async () => {
  const { code, stderr } = await netureon(
    '[webhook]\nurl = "https://x.test"\n[ntfy]\ntopics = ["a"]\n[matrix]\nurl = "https://x.test"\n',
    ['test'],
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/4 problems/);
  for (const part of [
    '[webhook] secret is missing',
    '[ntfy] url is missing',
    '[matrix] token is missing',
    '[matrix] rooms is missing',
  ])
    expect(stderr).toContain(part);
});

describe('with a database', () => {
  test('a channel is added, tried, shown, switched off and on, and removed', async () => {
    const config = withDatabase(ntfyToml());
    expect(await netureon(config, ['add', 'anna', 'ntfy', '--to', 'annas-phone'])).toMatchObject({
      code: 0,
      stdout: 'Channel anna is added. Try it: netureon channel test anna\n',
      stderr: '',
    });
    expect(await netureon(config, ['test', 'anna'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^anna: accepted: message m\d+ in topic annas-phone\n$/),
    });
    expect(JSON.parse((await netureon(config, ['list', '--json'])).stdout)).toMatchObject([
      {
        name: 'anna',
        kind: 'ntfy',
        target: 'topic annas-phone',
        origin: 'person',
        settings: { topic: 'annas-phone' },
      },
    ]);
    expect((await netureon(config, ['list'])).stdout).toMatch(
      /^anna +ntfy +topic annas-phone +on +never +0$/m,
    );
    expect(await netureon(config, ['off', 'anna'])).toMatchObject({ code: 0 });
    expect((await netureon(config, ['show', 'anna'])).stdout).toMatch(/^State: +off since .*, by \S+$/m);
    expect(await netureon(config, ['on', 'anna'])).toMatchObject({ code: 0 });
    expect(await netureon(config, ['remove', 'anna'])).toMatchObject({ code: 0 });
    expect(await netureon(config, ['remove', 'anna'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no channel anna\n {2}→ see `netureon channel list`/),
    });
    expect((await netureon(config, ['list'])).stdout).toMatch(/^No channels/);
  });

  test('an address that is a secret is read from standard input', async () => {
    const config = withDatabase(`[webhook]\nsecret = "${SECRET}"\n`);
    const added = await netureon(config, ['add', 'hook', 'webhook', '--to', '-'], `${webhook.url}/s3cret\n`);
    expect(added).toMatchObject({ code: 0, stderr: '' });
    const tried = await netureon(config, ['test', 'hook']);
    expect(tried).toMatchObject({ code: 0, stdout: 'hook: accepted: HTTP 200: {"ok":true}\n' });
    expect((await webhook.nextMessage(({ path }) => path === '/s3cret')).json).toMatchObject({
      channel: 'hook',
    });
    await netureon(config, ['remove', 'hook']);
  });

  test('one that cannot be used from here says so when it is added, and when it is tried', async () => {
    const config = withDatabase('');
    expect(await netureon(config, ['add', 'room', 'matrix', '--to', '#a:x.test'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        'no Matrix server is configured. Set url and token in the [matrix] section',
      ),
    });
    expect(await netureon(config, ['test', 'room'])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('room: cannot be used: no Matrix server is configured'),
    });
    await netureon(config, ['remove', 'room']);
  });

  test.each([
    [['add', 'x', 'sms', '--to', '1'], /"sms" is no kind of channel\n {2}→ kinds are: email, telegram/],
    [['add', 'Anna', 'ntfy', '--to', 'x'], /The name must be 1 to 41 of a-z/],
    [['add', 'x', 'email', '--to', 'anna at example'], /must be a mail address such as/],
    [['add', 'x', 'ntfy', '--to', 'a', '--to', 'b'], /reaches one topic/],
    [['add', 'x', 'ntfy'], /required option '--to <recipient>' not specified/],
    [['show', 'nobody'], /there is no channel nobody/],
  ])('%j is refused', async (args, sentence) => {
    expect(await netureon(withDatabase(''), args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(sentence),
    });
  });
});

test('a database that is away does not keep a configured channel from being tried', async () => {
  const config = `[database]\nurl = "postgres://127.0.0.1:9/none"\n${ntfyToml()}`;
  expect(await netureon(config, ['test', 'ntfy:alerts'])).toMatchObject({ code: 0, stderr: '' });
  expect(await netureon(config, ['test', '--all'])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('channels that people added are not known here: cannot reach PostgreSQL'),
  });
});
