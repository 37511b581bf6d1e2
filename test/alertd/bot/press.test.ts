// Buttons under messages: they act once, whoever presses, and the message shows it.
import { describe, expect, it } from 'vitest';
import { signButton } from '../../../src/alertd/bot/button.ts';
import { decideDevice } from '../../../src/store/device-changes.ts';
import { linkKey } from '../../../src/store/links.ts';
import { CHAT } from '../fixture.ts';
import { ANNA, BEN, changes, labels, newDevices, states, withBot, type WithBot } from './fixture.ts';

const FOUR = ['Known', 'Ignore', 'Block', 'Mute 1 h'];

/** The message once its edit has arrived. */
const edited = ({ telegram }: WithBot) => telegram.nextMessage(message => message.edited);

describe('a message about one device', () => {
  it('has buttons; one that is pressed acts, and the message says who did it', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    expect(labels(message)).toEqual([FOUR]);
    const toast = await all.telegram.press(message, 'Known');
    expect(toast.text).toBe('Espressif Inc.: known.');
    const after = await edited(all);
    expect(after.text).toMatch(/\n\n✓ known by Anna \(Telegram\), \w{3} \d+ \w{3} \d{4}, \d\d:\d\d UTC$/);
    // The rest is as it was, with its markup.
    expect(after.text.startsWith(message.text)).toBe(true);
    expect(after.entities).toEqual(message.entities);
    expect(labels(after)).toEqual([['↩ Undo']]);
    expect(await states(all)).toEqual([{ ip: '192.168.1.10', state: 'known' }]);
    expect(await changes(all)).toEqual([{ what: 'accept', actor: 'Anna (Telegram)', undone: null }]);
    const events = await all.database.pool.query(
      'select what, actor, detail ->> $1 as detail from alert_events',
      ['what'],
    );
    expect(events).toContainEqual({ what: 'acted', actor: 'Anna (Telegram)', detail: 'accept' });
  });

  it('can be taken back, by somebody else, and decided anew', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    await all.telegram.press(message, 'Known');
    await edited(all);
    expect((await all.telegram.press(message, '↩ Undo', BEN)).text).toContain('undone');
    const undone = await edited(all);
    expect(undone.text).toContain('↩ undone by Ben <b>Bold</b> (Telegram)');
    expect(labels(undone)).toEqual([FOUR]);
    expect(await states(all)).toEqual([{ ip: '192.168.1.10', state: 'new' }]);
    // What came back are other buttons than the one that acted.
    await all.telegram.press(message, 'Block', BEN);
    expect(labels(await edited(all))).toEqual([['↩ Undo']]);
    expect(await changes(all)).toMatchObject([
      { what: 'accept', undone: 'Ben <b>Bold</b> (Telegram)' },
      { what: 'block', actor: 'Ben <b>Bold</b> (Telegram)', undone: null },
    ]);
  });

  it('is decided once, when two press at once', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    const [anna, ben] = await Promise.all([
      all.telegram.press(message, 'Known', ANNA),
      all.telegram.press(message, 'Block', BEN),
    ]);
    expect(anna.text).toBe('Espressif Inc.: known.');
    expect(ben.text).toMatch(/^Nothing changed: Espressif Inc\. is known already, by Anna \(Telegram\), /);
    expect(await changes(all)).toHaveLength(1);
    expect(await states(all)).toEqual([{ ip: '192.168.1.10', state: 'known' }]);
  });

  it('takes the same button once, when it is pressed twice or by two', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    const toasts = await Promise.all(
      [ANNA, ANNA, BEN].map(who => all.telegram.press(message, 'Ignore', who)),
    );
    expect(toasts[0]?.text).toBe('Espressif Inc.: ignored.');
    for (const toast of toasts.slice(1)) expect(toast.text).toMatch(/^Already done by Anna \(Telegram\), /);
    expect(await changes(all)).toHaveLength(1);
    // Said once, however often it was pressed.
    await all.telegram.idle();
    expect(all.telegram.shown(message).text.match(/✓/g)).toHaveLength(1);
  });

  it('does not overrule who decided on the page meanwhile', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    const [device] = await all.database.pool.query<{ id: number }>('select id from devices');
    await decideDevice(all.database.pool, 'default', device?.id ?? 0, 'block', 'carla');
    const toast = await all.telegram.press(message, 'Known');
    expect(toast.text).toMatch(/^Nothing changed: Espressif Inc\. is blocked already, by carla, /);
    const after = await edited(all);
    expect(after.text).toMatch(/ℹ blocked already, by carla, /);
    expect(labels(after)).toEqual([['↩ Undo']]);
    expect(await states(all)).toEqual([{ ip: '192.168.1.10', state: 'blocked' }]);
  });

  it('cannot be taken back when something newer has changed it', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    await all.telegram.press(message, 'Known');
    await edited(all);
    const [device] = await all.database.pool.query<{ id: number }>('select id from devices');
    await decideDevice(all.database.pool, 'default', device?.id ?? 0, 'block', 'carla');
    expect((await all.telegram.press(message, '↩ Undo')).text).toMatch(/^Nothing changed: something newer/);
    expect(await states(all)).toEqual([{ ip: '192.168.1.10', state: 'blocked' }]);
  });

  it('can be muted for an hour, and unmuted', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    expect((await all.telegram.press(message, 'Mute 1 h')).text).toMatch(/^Espressif Inc\.: muted until /);
    expect(labels(await edited(all))).toEqual([['Known', 'Ignore', 'Block', 'Unmute']]);
    const running = () =>
      all.database.pool.query(
        `select actor, device_id is not null as one, round(extract(epoch from until - from_at) / 60) as minutes
         from mutes where ended_at is null`,
      );
    expect(await running()).toEqual([{ actor: 'Anna (Telegram)', one: true, minutes: '60' }]);
    await all.telegram.press(message, 'Unmute');
    expect(labels(await edited(all))).toEqual([FOUR]);
    expect(await running()).toEqual([]);
  });
});

describe('a message about several', () => {
  it('numbers its lines as its rows of buttons, and each acts by itself', async () => {
    const all = await withBot();
    const message = await newDevices(all, 3);
    expect(message.text).toMatch(/^1\. 192\.168\.1\.10 .*\n2\. 192\.168\.1\.11 .*\n3\. 192\.168\.1\.12 /m);
    expect(labels(message)).toEqual([1, 2, 3].map(n => FOUR.map(label => `${n} ${label}`)));
    // Both pressed before either is shown: neither undoes what the other showed.
    await Promise.all([
      all.telegram.press(message, '2 Block', BEN),
      all.telegram.press(message, '3 Known', ANNA),
    ]);
    await all.telegram.idle();
    const after = all.telegram.shown(message);
    expect(labels(after)).toEqual([FOUR.map(label => `1 ${label}`), ['2 ↩ Undo'], ['3 ↩ Undo']]);
    expect(after.text).toMatch(/✓ 2: blocked by Ben.*\n✓ 3: known by Anna/);
    expect(await states(all)).toEqual([
      { ip: '192.168.1.10', state: 'new' },
      { ip: '192.168.1.11', state: 'blocked' },
      { ip: '192.168.1.12', state: 'known' },
    ]);
  });

  it('has six rows of buttons, and for more devices none', async () => {
    const all = await withBot();
    const six = await newDevices(all, 6);
    expect(six.keyboard).toHaveLength(6);
    await all.telegram.press(six, '6 Known');
    await edited(all);
    await all.database.pool.query('truncate alerts cascade');
    const seven = await newDevices(all, 13);
    expect(seven.text).toContain('7 new devices');
    expect(seven.keyboard).toEqual([]);
  });
});

describe('an alert without a device', () => {
  it('can be acknowledged, once, and taken back', async () => {
    const all = await withBot();
    for (let i = 0; i < 3; i++)
      await all.database.pool.query(
        `select record_scan_failure('default', '192.168.1.0/24', 'eth0', 'interface eth0 is down')`,
      );
    const message = await all.telegram.nextMessage();
    expect(labels(message)).toEqual([['Acknowledge', 'Mute 1 h']]);
    await all.telegram.press(message, 'Acknowledge');
    expect(labels(await edited(all))).toEqual([['↩ Undo', 'Mute 1 h']]);
    const who = () =>
      all.database.pool.query(`select acknowledged_by as who from alerts where kind = 'scan_failing'`);
    expect(await who()).toEqual([{ who: 'Anna (Telegram)' }]);
    await all.telegram.press(message, '↩ Undo');
    expect(labels(await edited(all))).toEqual([['Acknowledge', 'Mute 1 h']]);
    expect(await who()).toEqual([{ who: null }]);
  });
});

describe('nothing happens', () => {
  it('when a button is forged or changed', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    const [known, , block] = message.keyboard[0]?.map(({ data }) => data ?? '') ?? [];
    const forged = [
      'accept:1',
      '',
      known?.replace(/^k/, 'b'),
      `${known}A`,
      known?.slice(0, -1),
      `${block?.slice(0, block.lastIndexOf('.'))}.${known?.slice(known.lastIndexOf('.') + 1)}`,
      signButton(new Uint8Array(32), {
        action: 'accept',
        alertId: 1,
        state: 'new',
        ref: null,
        expiresAt: new Date(Date.now() + 1e6),
        nonce: 'aaaaaa',
      }),
      `${'x'.repeat(63)}\u0000`,
    ];
    for (const data of forged)
      expect((await all.telegram.press(message, data ?? '')).text, data).toBe(
        'This button is not one of netureon’s.',
      );
    expect(await changes(all)).toEqual([]);
    expect(all.telegram.shown(message)).toEqual(message);
  });

  it('when it is too old, or signed for longer than buttons live', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    const key = await linkKey(all.database.pool, 'default');
    const [alert] = await all.database.pool.query<{ id: number }>(
      `select id from alerts where kind = 'new_device'`,
    );
    const old = (days: number) =>
      signButton(key, {
        action: 'block',
        alertId: alert?.id ?? 0,
        state: 'new',
        ref: null,
        expiresAt: new Date(Date.now() + days * 86_400_000),
        nonce: 'aaaaaa',
      });
    for (const days of [-0.01, -100, 30])
      expect((await all.telegram.press(message, old(days))).text).toMatch(/older than a week/);
    expect(await states(all)).toEqual([{ ip: '192.168.1.10', state: 'new' }]);
  });

  it('in a chat that is not configured, and nothing is told there', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    const data = message.keyboard[0]?.[0]?.data ?? '';
    const stranger = { ...message, chatId: 666, messageId: 1 };
    const toast = await all.telegram.press(stranger, data, BEN);
    expect(toast.text).toBe('Sorry, this bot only answers the people it was set up for.');
    expect(await changes(all)).toEqual([]);
    await all.telegram.press(stranger, data, BEN);
    expect(all.alertd.lines.filter(line => line.includes('not configured'))).toHaveLength(1);
  });

  it('when the alert is no longer kept', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    await all.database.pool.query('delete from deliveries');
    await all.database.pool.query('delete from alerts');
    expect((await all.telegram.press(message, 'Block')).text).toBe('That alert is no longer kept.');
    expect(labels(await edited(all))).toEqual([]);
  });

  it('in a chat whose channel a person has switched off', async () => {
    const all = await withBot();
    const message = await newDevices(all);
    await all.database.pool.query(`update channels set off_at = now(), off_by = 'carla' where name = $1`, [
      `telegram:${CHAT}`,
    ]);
    expect((await all.telegram.press(message, 'Known')).text).toMatch(/^Sorry/);
    expect(await changes(all)).toEqual([]);
  });
});
