// Asking Telegram for what people said: one at a time, through every trouble, and never twice in effect.
import { describe, expect, it } from 'vitest';
import { startTelegramSink, type FaultyMethod } from '../../../src/lab/telegram-sink.ts';
import { refusals, TelegramRefusal } from '../../../src/lab/telegram-refusal.ts';
import { Wake } from '../../../src/alertd/wake.ts';
import { defaultBotTuning, runBot } from '../../../src/alertd/bot/bot.ts';
import { httpFetch } from '../../../src/alertd/http-fetch.ts';
import { NetureonError } from '../../../src/lib/errors.ts';
import { createLog } from '../../../src/lib/log.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { claimBot } from '../../../src/store/bot.ts';
import { devices, recordScan } from '../../store/outbox-fixtures.ts';
import { around, CHAT, startAlertd, TOKEN } from '../fixture.ts';
import { changes, labels, newDevices, QUICK, withBot } from './fixture.ts';

const BOT = Number(TOKEN.split(':')[0]);

describe('two alertd', () => {
  it('take turns: one polls, the other stands by and takes over', async () => {
    const all = await withBot();
    await all.telegram.idle();
    const second = await startAlertd(all.settings);
    await second.line(/another alertd answers the Telegram bot/);
    all.telegram.say(CHAT, '/help');
    await all.telegram.nextMessage();
    await all.alertd.stop();
    await second.line(/the Telegram bot answers/);
    all.telegram.say(CHAT, '/help');
    await all.telegram.nextMessage();
    await all.telegram.idle();
    // Nothing was answered by both.
    expect(all.telegram.messages).toHaveLength(2);
  });

  it('follow a vanished one when its lease has run out', async () => {
    const all = await around();
    await claimBot(all.database.pool, 'default', BOT, null, 60_000);
    const alertd = await startAlertd({ ...all.settings, bot: { tuning: QUICK } });
    await alertd.line(/stands by/);
    await all.database.pool.query('update bot_leases set until = now()');
    await alertd.line(/the Telegram bot answers/);
    // Or has one that a clock far ahead made.
    await alertd.stop();
    await claimBot(all.database.pool, 'default', BOT, null, 60_000);
    await all.database.pool.query(`update bot_leases set until = now() + interval '1 year'`);
    await startAlertd({ ...all.settings, bot: { tuning: QUICK } });
    all.telegram.say(CHAT, '/help');
    await all.telegram.nextMessage();
  });

  it('of two sites say that each needs a bot of its own', async () => {
    const all = await withBot();
    await all.telegram.idle();
    await all.database.pool.query(`insert into sites (name) values ('barn') on conflict do nothing`);
    const barn = await startAlertd({ ...all.settings, site: 'barn' });
    expect(await barn.line(/belongs to another site/)).toMatch(/site=default.*a bot of its own/);
  });
});

describe('an update', () => {
  it('is confirmed only after it was done: what comes again changes nothing', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    await all.telegram.idle();
    // The daemon dies after it acted and before it could say so: here, its confirmation is lost.
    await all.alertd.stop();
    const [pressed] = message.keyboard[0] ?? [];
    const again = all.telegram.press(message, pressed?.text ?? '');
    const first = await startAlertd(all.settings);
    expect((await again).text).toBe('Espressif Inc.: known.');
    await all.telegram.idle();
    const shown = all.telegram.shown(message);
    await first.stop();
    const repeated = all.telegram.press(message, pressed?.data ?? '');
    await startAlertd(all.settings);
    expect((await repeated).text).toMatch(/^Already done by Anna/);
    await all.telegram.idle();
    expect(await changes(all)).toHaveLength(1);
    expect(all.telegram.shown(message).text).toBe(shown.text);
  });

  it('waits for the database however long it is away; what goes wrong otherwise is left out after three times', async () => {
    const all = await around();
    const lines: string[] = [];
    const tries: string[] = [];
    const stopping = new AbortController();
    const lastDone = new Wake();
    all.telegram.say(CHAT, 'first');
    all.telegram.say(CHAT, 'second');
    all.telegram.say(CHAT, 'third');
    const done = runBot({
      access: { token: TOKEN, apiRoot: all.telegram.apiRoot, fetch: httpFetch },
      db: all.database.pool,
      site: 'default',
      tuning: { ...defaultBotTuning, ...QUICK },
      log: createLog(line => lines.push(line)),
      clock: systemClock,
      random: Math.random,
      signal: stopping.signal,
      handle: ({ message }) => {
        const text = message?.text ?? '';
        tries.push(text);
        if (text === 'first' && tries.length <= 5)
          return Promise.reject(new NetureonError('database', 'PostgreSQL is away'));
        if (text === 'second') return Promise.reject(new TypeError('a mistake of ours'));
        if (text === 'third') lastDone.notify();
        return Promise.resolve();
      },
    });
    await lastDone.wait(60_000, new AbortController().signal);
    stopping.abort();
    await done;
    expect(tries).toEqual([
      ...Array.from({ length: 6 }, () => 'first'),
      'second',
      'second',
      'second',
      'third',
    ]);
    expect(lines.filter(line => line.includes('left out'))).toEqual([
      expect.stringContaining('a mistake of ours'),
    ]);
  });

  it('without text is answered with what there is', async () => {
    const all = await withBot();
    all.telegram.say(CHAT, '');
    expect((await all.telegram.nextMessage()).text).toContain('/devices');
  });
});

describe('Telegram', () => {
  it.each<[FaultyMethod, string]>([
    ['getme', 'cut'],
    ['setmycommands', 'cut'],
    ['getupdates', 'cut'],
    ['getupdates', 'bad-gateway'],
    ['answercallbackquery', 'cut'],
    ['editmessagetext', 'cut'],
    ['editmessagetext', 'cut-after-keeping'],
    ['editmessagetext', 'bad-gateway'],
  ])('in trouble at %s (%s) is asked again', async (method, kind) => {
    const all = await around();
    all.telegram.faultsOf(method).next({ kind } as { kind: 'cut' | 'bad-gateway' | 'cut-after-keeping' }, 2);
    const alertd = await startAlertd({ ...all.settings, bot: { tuning: QUICK } });
    const message = await newDevices({ ...all });
    const { text } = await all.telegram.press(message, 'Known');
    expect(text).toBe('Espressif Inc.: known.');
    await all.telegram.idle();
    expect(labels(all.telegram.shown(message))).toEqual([['↩ Undo']]);
    expect(alertd.lines.join('\n')).not.toContain(TOKEN);
  });

  it.each<FaultyMethod>(['getupdates', 'answercallbackquery', 'editmessagetext'])(
    'that is asked too often (%s) is left alone for as long as it says',
    async method => {
      const all = await withBot();
      const message = await newDevices(all);
      await all.telegram.idle();
      all.telegram.faultsOf(method).next({ kind: 'refuse', refusal: refusals.tooManyRequests(1) });
      await all.telegram.press(message, 'Known');
      await all.telegram.idle();
      expect(labels(all.telegram.shown(message))).toEqual([['↩ Undo']]);
    },
  );

  it('that does not show what was done has it done all the same, and the next is heard', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    all.telegram
      .faultsOf('editmessagetext')
      .next({ kind: 'refuse', refusal: new TelegramRefusal(400, "Bad Request: message can't be edited") });
    await all.telegram.press(message, 'Known');
    expect(await all.alertd.line(/did not show what a button did/)).toContain("can't be edited");
    all.telegram.faults.next({ kind: 'refuse', refusal: refusals.blockedByUser() });
    all.telegram.say(CHAT, '/help');
    expect(await all.alertd.line(/did not take an answer/)).toContain('blocked by the user');
    all.telegram.say(CHAT, '/help');
    await all.telegram.nextMessage(({ text }) => text.includes('/devices'));
    expect(await changes(all)).toHaveLength(1);
  });

  it('that does not know the token is asked now and then, the reason is told, and mail goes on', async () => {
    const all = await around();
    const wrong = `123456789:${'B'.repeat(35)}`;
    const credentials = {
      ...all.settings.credentials,
      telegram: { token: wrong, apiRoot: all.telegram.apiRoot },
    };
    const alertd = await startAlertd({ ...all.settings, credentials, bot: { tuning: QUICK } });
    expect(await alertd.line(/does not know the bot/)).toMatch(/correct token in \[telegram\]/);
    await recordScan(all.database.pool, devices(1));
    await all.mail.nextMessage();
    expect(await alertd.line(/not sent.*Unauthorized/)).toMatch(/Correct token/);
    expect(alertd.lines.filter(line => line.includes('does not know the bot'))).toHaveLength(1);
    expect(alertd.lines.join('\n')).not.toContain(wrong);
  });

  it('that another program polls (409) is shared, and told once', async () => {
    const all = await withBot();
    await all.telegram.idle();
    const { token, apiRoot } = { token: TOKEN, apiRoot: all.telegram.apiRoot };
    const poll = () => fetch(`${apiRoot}/bot${token}/getUpdates?timeout=0`, { method: 'POST' });
    await poll();
    expect(await all.alertd.line(/another program asks/)).toMatch(/409 Conflict.*commands = false/);
    all.telegram.say(CHAT, '/help');
    await all.telegram.nextMessage();
    await all.alertd.line(/the Telegram bot answers/);
    expect(all.alertd.lines.filter(line => line.includes('another program'))).toHaveLength(1);
  });

  it('that hangs up in the middle of a poll is asked again', async () => {
    const all = await withBot();
    await all.telegram.idle();
    all.telegram.hangUp();
    all.telegram.say(CHAT, '/help');
    expect((await all.telegram.nextMessage()).text).toContain('/devices');
  });

  it('that lets no poll hang is not asked without pause', async () => {
    const all = await around();
    const sink = await startTelegramSink({ clock: systemClock, token: TOKEN, chatIds: [CHAT] });
    const credentials = { ...all.settings.credentials, telegram: { token: TOKEN, apiRoot: sink.apiRoot } };
    const alertd = await startAlertd({
      ...all.settings,
      credentials,
      bot: { tuning: { ...QUICK, pollS: 0 } },
    });
    sink.say(CHAT, '/help');
    await sink.nextMessage();
    const before = sink.calls.get('getupdates') ?? 0;
    sink.say(CHAT, '/help');
    await sink.nextMessage();
    expect((sink.calls.get('getupdates') ?? 0) - before).toBeLessThanOrEqual(2);
    await alertd.stop();
    await sink.close();
  });

  it('is told at the end what was done, so that nobody does it again', async () => {
    const all = await withBot();
    all.telegram.say(CHAT, '/help');
    await all.telegram.nextMessage();
    await all.alertd.stop();
    expect(await all.database.pool.query('select from bot_leases')).toEqual([]);
    await startAlertd(all.settings);
    await all.telegram.idle();
    expect(all.telegram.messages).toHaveLength(1);
  });
});

it('without commands there are neither buttons nor polls', async () => {
  const all = await around();
  await startAlertd(all.settings);
  expect((await newDevices(all)).keyboard).toEqual([]);
  expect(all.telegram.calls.get('getupdates')).toBeUndefined();
});
