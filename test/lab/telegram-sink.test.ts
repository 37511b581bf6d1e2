import { Api, GrammyError, HttpError } from 'grammy';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { refusals } from '../../src/lab/telegram-refusal.ts';
import { startTelegramSink } from '../../src/lab/telegram-sink.ts';
import type { TelegramSink } from '../../src/lab/telegram-sink.ts';

type Post = (
  path: string,
  init?: RequestInit,
) => Promise<{ status: number; body: unknown; headers: Headers }>;

const TOKEN = `123456789:${'A'.repeat(35)}`;

async function sinkForTest(): Promise<{ sink: TelegramSink; api: Api; post: Post }> {
  const sink = await startTelegramSink({ clock: systemClock, token: TOKEN, chatIds: [42, -1001] });
  onTestFinished(() => sink.close());
  const post: Post = async (path, init = {}) => {
    const response = await fetch(`${sink.apiRoot}${path}`, { method: 'POST', ...init });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };
  return { sink, api: new Api(TOKEN, { apiRoot: sink.apiRoot }), post };
}

describe('the Telegram stand-in', () => {
  it('takes messages from a real client and numbers them', async () => {
    const { sink, api } = await sinkForTest();
    expect(await api.getMe()).toMatchObject({ id: 123456789, is_bot: true });
    const first = await api.sendMessage(42, 'Anna&#39;s <b>phone</b>', { parse_mode: 'HTML' });
    expect(first).toMatchObject({
      message_id: 1,
      chat: { id: 42, type: 'private' },
      text: "Anna's phone",
      entities: [{ type: 'bold', offset: 7, length: 5 }],
    });
    expect((await api.sendMessage(-1001, 'a < b & c')).message_id).toBe(2);
    expect(await sink.nextMessage(message => message.chatId === -1001)).toMatchObject({ text: 'a < b & c' });
    expect(await sink.nextMessage()).toMatchObject({ messageId: 1, source: 'Anna&#39;s <b>phone</b>' });
  });

  it('takes queries and forms too', async () => {
    const { post } = await sinkForTest();
    const form = new URLSearchParams({ chat_id: '42', text: 'form' });
    expect((await post(`/bot${TOKEN}/sendMessage`, { body: form })).body).toMatchObject({
      result: { text: 'form' },
    });
    const multipart = new FormData();
    multipart.set('chat_id', '42');
    multipart.set('text', 'multipart');
    expect((await post(`/bot${TOKEN}/SENDMESSAGE`, { body: multipart })).body).toMatchObject({
      result: { text: 'multipart' },
    });
    const query = await post(`/bot${TOKEN}/sendMessage?chat_id=42&text=query`);
    expect(query.body).toMatchObject({ ok: true, result: { text: 'query' } });
  });

  it('edits a message that it knows, to something else', async () => {
    const { sink, api } = await sinkForTest();
    await api.sendMessage(42, 'before');
    await api.editMessageText(42, 1, 'after');
    expect(sink.messages.at(-1)).toMatchObject({ messageId: 1, text: 'after', edited: true });
    await expect(api.editMessageText(42, 1, 'after')).rejects.toThrow(/message is not modified/);
    await expect(api.editMessageText(42, 9, 'after')).rejects.toThrow(/message to edit not found/);
  });

  it.each([
    ['/bot1:short/getMe', 404, 'Not Found'],
    [`/bot999999:${'B'.repeat(35)}/getMe`, 401, 'Unauthorized'],
    [`/bot${TOKEN}/sendPigeon`, 404, 'Not Found: method not found'],
    ['/', 404, 'Not Found'],
  ])('answers %s with %i', async (path, status, description) => {
    const { post } = await sinkForTest();
    const answer = await post(path);
    expect(answer).toMatchObject({ status, body: { ok: false, error_code: status, description } });
  });

  it.each([
    [{ text: 'x' }, 'Bad Request: chat_id is empty'],
    [{ chat_id: 43, text: 'x' }, 'Bad Request: chat not found'],
    [{ chat_id: 42 }, 'Bad Request: message text is empty'],
    [{ chat_id: 42, text: '' }, 'Bad Request: message text is empty'],
    [{ chat_id: 42, text: ' \n' }, 'Bad Request: text must be non-empty'],
    [{ chat_id: 42, text: '<b> </b>', parse_mode: 'HTML' }, 'Bad Request: text must be non-empty'],
    [{ chat_id: 42, text: 'x'.repeat(4097) }, 'Bad Request: message is too long'],
    [{ chat_id: 42, text: '🦆'.repeat(2049) }, 'Bad Request: message is too long'],
    [{ chat_id: 42, text: 'x', parse_mode: 'LaTeX' }, 'Bad Request: unsupported parse_mode'],
    [
      { chat_id: 42, text: 'a<br>b', parse_mode: 'HTML' },
      `Bad Request: can't parse entities: Unsupported start tag "br" at byte offset 1`,
    ],
  ])('refuses %j', async (parameters, description) => {
    const { post, sink } = await sinkForTest();
    const json = { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json' } };
    expect(await post(`/bot${TOKEN}/sendMessage`, json)).toMatchObject({
      status: 400,
      body: { ok: false, error_code: 400, description },
    });
    expect(sink.messages).toEqual([]);
  });

  it('counts 4,096 characters after the markup is read', async () => {
    const { api } = await sinkForTest();
    const text = `<b>${'&amp;'.repeat(4096)}</b>`;
    expect((await api.sendMessage(42, text, { parse_mode: 'HTML' })).text).toBe('&'.repeat(4096));
  });

  it('refuses a body that is not what it says', async () => {
    const { post } = await sinkForTest();
    for (const [type, body] of [
      ['application/json', '{"chat_id":'],
      ['application/json', '[1]'],
      ['application/xml', '<x/>'],
    ] as const)
      expect(
        (await post(`/bot${TOKEN}/sendMessage`, { body, headers: { 'content-type': type } })).status,
      ).toBe(400);
  });

  it('makes the troubles of the real one when told, and none for getMe', async () => {
    const { sink, api, post } = await sinkForTest();
    sink.faults.next({ kind: 'refuse', refusal: refusals.tooManyRequests(7) });
    await api.getMe();
    const limited = await post(`/bot${TOKEN}/sendMessage?chat_id=42&text=x`);
    expect(limited).toMatchObject({
      status: 429,
      body: { description: 'Too Many Requests: retry after 7', parameters: { retry_after: 7 } },
    });
    expect(limited.headers.get('retry-after')).toBe('7');
    sink.faults.next({ kind: 'refuse', refusal: refusals.blockedByUser() });
    await expect(api.sendMessage(42, 'x')).rejects.toThrow(GrammyError);
    sink.faults.next({ kind: 'refuse', refusal: refusals.migrated(-1002) });
    await expect(api.sendMessage(42, 'x')).rejects.toMatchObject({
      parameters: { migrate_to_chat_id: -1002 },
    });
    sink.faults.next({ kind: 'bad-gateway' });
    await expect(api.sendMessage(42, 'x')).rejects.toThrow(HttpError);
    sink.faults.next({ kind: 'cut' });
    await expect(api.sendMessage(42, 'x')).rejects.toThrow(HttpError);
    expect(sink.messages).toEqual([]);
    sink.faults.next({ kind: 'cut-after-keeping' });
    await expect(api.sendMessage(42, 'kept')).rejects.toThrow(HttpError);
    expect(sink.messages).toMatchObject([{ text: 'kept' }]);
  });

  it('is late when told', async () => {
    const sleeps: number[] = [];
    const clock = { ...systemClock, sleep: async (ms: number) => void sleeps.push(ms) };
    const sink = await startTelegramSink({ clock, token: TOKEN, chatIds: [42] });
    onTestFinished(() => sink.close());
    sink.faults.next({ kind: 'slow', ms: 60_000 });
    await new Api(TOKEN, { apiRoot: sink.apiRoot }).sendMessage(42, 'x');
    expect(sleeps).toEqual([60_000]);
    expect(sink.messages).toHaveLength(1);
  });
});

describe('its buttons', () => {
  const keyboard = (data: string, count = 1) => ({
    reply_markup: {
      inline_keyboard: [Array.from({ length: count }, () => ({ text: 'b', callback_data: data }))],
    },
  });

  it('are shown, pressed, and answered once', async () => {
    const { sink, api } = await sinkForTest();
    await api.sendMessage(42, 'which?', keyboard('x'.repeat(64)));
    const message = await sink.nextMessage();
    expect(message.keyboard).toEqual([[{ text: 'b', data: 'x'.repeat(64) }]]);
    const toast = sink.press(message, 'b', { id: 9, firstName: 'Ben', lastName: 'B' });
    const [update] = await api.getUpdates();
    expect(update?.callback_query).toMatchObject({
      data: 'x'.repeat(64),
      from: { id: 9, first_name: 'Ben', last_name: 'B' },
      message: { message_id: 1, text: 'which?', chat: { id: 42 } },
    });
    const id = update?.callback_query?.id ?? '';
    await expect(api.answerCallbackQuery(id, { text: 'x'.repeat(201) })).rejects.toThrow(/MESSAGE_TOO_LONG/);
    await api.answerCallbackQuery(id, { text: 'done' });
    expect(await toast).toMatchObject({ text: 'done', alert: false });
    await expect(api.answerCallbackQuery(id)).rejects.toThrow(/query is too old/);
    await api.editMessageReplyMarkup(42, 1);
    expect(sink.shown(message).keyboard).toEqual([]);
    await expect(api.editMessageReplyMarkup(42, 1)).rejects.toThrow(/message is not modified/);
  });

  it.each([
    [keyboard('x'.repeat(65)), /BUTTON_DATA_INVALID/],
    [keyboard('é'.repeat(33)), /BUTTON_DATA_INVALID/],
    [keyboard(''), /BUTTON_DATA_INVALID/],
    [keyboard('x', 9), /reply markup is too long/],
    [
      {
        reply_markup: {
          inline_keyboard: Array.from({ length: 101 }, () => [{ text: 'b', callback_data: 'x' }]),
        },
      },
      /too long/,
    ],
    [{ reply_markup: { inline_keyboard: [[{ text: '', callback_data: 'x' }]] } }, /not empty/],
  ])('are refused: %j', async (extra, reason) => {
    const { sink, api } = await sinkForTest();
    await expect(api.sendMessage(42, 'x', extra)).rejects.toThrow(reason);
    expect(sink.messages).toEqual([]);
  });

  it('come with entities inside the text, of types that exist', async () => {
    const { api } = await sinkForTest();
    const sent = await api.sendMessage(42, 'abc', { entities: [{ type: 'bold', offset: 0, length: 3 }] });
    expect(sent.entities).toEqual([{ type: 'bold', offset: 0, length: 3 }]);
    await expect(
      api.sendMessage(42, 'abc', { entities: [{ type: 'bold', offset: 1, length: 3 }] }),
    ).rejects.toThrow(/out of the text/);
    await expect(
      api.sendMessage(42, 'abc', { entities: [{ type: 'loud' as 'bold', offset: 0, length: 1 }] }),
    ).rejects.toThrow(/unknown type loud/);
  });
});

describe('its updates', () => {
  it('are kept until they are confirmed', async () => {
    const { sink, api } = await sinkForTest();
    const first = sink.say(42, '/help@x now');
    sink.say(77, 'hello', { id: 9, firstName: 'Ben' });
    const updates = await api.getUpdates({ limit: 1 });
    expect(updates).toMatchObject([
      {
        update_id: first,
        message: { text: '/help@x now', entities: [{ type: 'bot_command', offset: 0, length: 7 }] },
      },
    ]);
    expect(await api.getUpdates()).toHaveLength(2);
    expect(await api.getUpdates({ offset: first + 1 })).toMatchObject([{ message: { chat: { id: 77 } } }]);
    expect(await api.getUpdates({ offset: -1 })).toHaveLength(1);
    expect(await api.getUpdates({ offset: first + 2 })).toEqual([]);
  });

  it('wake who waits for them, and only one may wait', async () => {
    const { sink, api } = await sinkForTest();
    const first = api.getUpdates({ timeout: 50 });
    await sink.idle();
    const second = api.getUpdates({ timeout: 50 });
    await expect(first).rejects.toThrow(/409: Conflict: terminated by other getUpdates/);
    sink.say(42, 'now');
    expect(await second).toHaveLength(1);
  });

  it('are only of the kinds that were asked for', async () => {
    const { sink, api } = await sinkForTest();
    await api.getUpdates({ allowed_updates: ['callback_query'] });
    sink.say(42, 'unheard');
    expect(await api.getUpdates()).toEqual([]);
    await expect(api.getUpdates({ limit: 101 })).rejects.toThrow(/invalid offset, limit or timeout/);
  });

  it('come with a menu of commands', async () => {
    const { sink, api } = await sinkForTest();
    await api.setMyCommands([{ command: 'devices', description: 'Who is here' }]);
    expect(sink.commands).toEqual([{ command: 'devices', description: 'Who is here' }]);
    await expect(api.setMyCommands([{ command: 'Devices!', description: 'x' }])).rejects.toThrow(
      /BOT_COMMAND_INVALID/,
    );
  });
});

it('lets a chat have so many messages in a minute, when told', async () => {
  const sink = await startTelegramSink({
    clock: systemClock,
    token: TOKEN,
    chatIds: [42, 43],
    flood: { perMinute: 2 },
  });
  onTestFinished(() => sink.close());
  const api = new Api(TOKEN, { apiRoot: sink.apiRoot });
  await api.sendMessage(42, '1');
  await api.sendMessage(42, '2');
  await expect(api.sendMessage(42, '3')).rejects.toMatchObject({ error_code: 429 });
  await api.sendMessage(43, '1');
});
