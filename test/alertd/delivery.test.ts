// A new device becomes a mail and a Telegram message, whatever the servers do meanwhile.
import { describe, expect, it, vi } from 'vitest';
import { refusals } from '../../src/lab/telegram-refusal.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import {
  around,
  CHAT,
  deliveryStates,
  eventually,
  startAlertd,
  telegramRow,
  TOKEN,
  type Around,
} from './fixture.ts';
import { PATIENT } from '../support/patience.ts';

/** Waits until no delivery is queued any more. */
const settled = ({ database, changed }: Around) =>
  eventually(
    changed,
    () => deliveryStates(database.pool),
    rows => rows.length > 0 && rows.every(({ state }) => state !== 'queued'),
  );

const DELIVERED = (n: number) => [
  { channel: 'email', state: 'delivered', n },
  { channel: `telegram:${CHAT}`, state: 'delivered', n },
];

describe('when all is well', () => {
  it('a new device is told by mail and by Telegram', async () => {
    const all = await around();
    const alertd = await startAlertd(all.settings);
    await recordScan(all.database.pool, devices(1));
    const [mail, message] = await Promise.all([all.mail.nextMessage(), all.telegram.nextMessage()]);
    expect(mail.subject).toBe('netureon: new device Espressif Inc. at 192.168.1.10');
    expect(mail.envelopeTo).toEqual(['noc@example.test']);
    expect(mail.messageId).toMatch(/^<?netureon\.[0-9a-f-]{36}@netureon\.test>?$/);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    for (const text of [mail.text, mail.html, message.text]) {
      expect(text).toContain('3c:71:bf:00:00:0a');
      expect(text).toContain('192.168.1.10');
      expect(text).toContain('192.168.1.0/24');
      expect(text).toContain('Espressif Inc.');
      expect(text).toContain('UTC');
      expect(text).toMatch(/https:\/\/netureon\.example\.test\/devices\/\d+/);
    }
    expect(await settled(all)).toEqual(DELIVERED(1));
    const receipts = await all.database.pool.query<{ receipt: string }>(
      'select receipt from deliveries where channel_id is not null order by channel_id',
    );
    expect(receipts.map(({ receipt }) => receipt)).toEqual([
      expect.stringMatching(/^250 /),
      `message ${message.messageId} in chat ${CHAT}`,
    ]);
    await alertd.stop();
    expect(alertd.lines.filter(line => line.includes('message sent'))).toHaveLength(2);
  });

  it('what happened while it was off is told when it starts', async () => {
    const all = await around();
    await (await startAlertd(all.settings)).stop(); // makes the channels known
    await recordScan(all.database.pool, devices(3));
    await startAlertd(all.settings);
    expect((await all.mail.nextMessage()).subject).toBe('netureon: 3 new devices on 192.168.1.0/24');
    expect(await settled(all)).toEqual(DELIVERED(3));
  });

  it('100 new devices are one mail with a table, and one message', async () => {
    const all = await around();
    await startAlertd(all.settings);
    await recordScan(all.database.pool, devices(100));
    expect(await settled(all)).toEqual(DELIVERED(100));
    expect(all.mail.mails.map(({ subject }) => subject)).toEqual([
      'netureon: 100 new devices on 192.168.1.0/24',
    ]);
    expect(all.mail.mails[0]?.html?.match(/3c:71:bf:/g)).toHaveLength(100);
    expect(all.telegram.messages).toHaveLength(1);
    expect(all.telegram.messages[0]?.text).toMatch(/… and \d+ more/);
  });

  it('says that it is alive', async () => {
    const all = await around();
    await startAlertd(all.settings);
    const beats = await vi.waitFor(async () => {
      const rows = await all.database.pool.query('select service, version from heartbeats');
      expect(rows).not.toHaveLength(0);
      return rows;
    }, PATIENT);
    expect(beats).toEqual([{ service: 'alertd', version: '0.0.0-test' }]);
  });
});

describe('a mail server', () => {
  it('that is not there at first gets the mail when it is back, and holds up nobody', async () => {
    const all = await around();
    const alertd = await startAlertd(all.settings);
    await all.mail.refuse();
    await recordScan(all.database.pool, devices(1));
    await all.telegram.nextMessage();
    await alertd.line(/message not sent.*ECONNREFUSED/);
    await all.mail.reopen();
    await all.mail.nextMessage();
    expect(await settled(all)).toEqual(DELIVERED(1));
  });

  it('that breaks off before the end gets the same mail again', async () => {
    const all = await around();
    await startAlertd(all.settings);
    all.mail.faults.next({ kind: 'cut-after-keeping' });
    await recordScan(all.database.pool, devices(1));
    const first = await all.mail.nextMessage();
    const second = await all.mail.nextMessage();
    expect(second.messageId).toBe(first.messageId);
    expect(await settled(all)).toEqual(DELIVERED(1));
  });

  it('that greylists is asked again', async () => {
    const all = await around();
    const alertd = await startAlertd(all.settings);
    all.mail.faults.next({ kind: 'reply', at: 'rcpt', code: 451, text: '4.7.1 Greylisted' }, 2);
    await recordScan(all.database.pool, devices(1));
    await all.mail.nextMessage();
    expect(await settled(all)).toEqual(DELIVERED(1));
    expect(alertd.lines.filter(line => /not sent.*Greylisted/.test(line))).toHaveLength(2);
  });

  it('that refuses for good is not asked again, and the reason is kept', async () => {
    const all = await around();
    await startAlertd(all.settings);
    all.mail.faults.next({ kind: 'reply', at: 'rcpt', code: 550, text: '5.1.1 No such user' });
    await recordScan(all.database.pool, devices(1));
    expect(await settled(all)).toContainEqual({ channel: 'email', state: 'failed', n: 1 });
    const [row] = await all.database.pool.query<{ reason: string }>(
      `select reason from deliveries where state = 'failed'`,
    );
    expect(row?.reason).toMatch(/No such user.*Check from and to in \[email\]/);
    expect(all.mail.mails).toHaveLength(0);
  });

  it('that never answers is given up on in time, and Telegram does not wait for it', async () => {
    const all = await around();
    const alertd = await startAlertd({
      ...all.settings,
      tuning: { ...all.settings.tuning, sendTimeoutMs: 1_500 },
    });
    all.mail.faults.next({ kind: 'slow', at: 'data', ms: 60_000 });
    await recordScan(all.database.pool, devices(1));
    await all.telegram.nextMessage();
    await alertd.line(/not sent.*took too long/);
    // The server had not said yes: the mail comes again, and is the same.
    await all.mail.nextMessage();
    expect(await settled(all)).toEqual(DELIVERED(1));
  });
});

describe('Telegram', () => {
  it('that is asked too often is left alone for as long as it says', async () => {
    const all = await around();
    const alertd = await startAlertd(all.settings);
    all.telegram.faults.next({ kind: 'refuse', refusal: refusals.tooManyRequests(1) });
    const begunAt = performance.now();
    await recordScan(all.database.pool, devices(1));
    await alertd.line(/not sent.*Too Many Requests/);
    // More arrive meanwhile; they wait too, and do not disturb it.
    await recordScan(all.database.pool, devices(3));
    await all.mail.nextMessage(({ subject }) => subject.includes('2 new devices'));
    await all.telegram.nextMessage();
    // It was refused after this began, and a second is what the server asked for: never less.
    expect(performance.now() - begunAt).toBeGreaterThan(1000);
    expect(await settled(all)).toEqual(DELIVERED(3));
    expect(alertd.lines.filter(line => line.includes('not sent'))).toHaveLength(1);
  });

  it.each([
    ['cut', { kind: 'cut' }],
    ['bad gateway', { kind: 'bad-gateway' }],
    ['internal error', { kind: 'refuse', refusal: refusals.internal() }],
  ] as const)('in trouble (%s) is tried again', async (_, fault) => {
    const all = await around();
    const alertd = await startAlertd(all.settings);
    all.telegram.faults.next(fault);
    await recordScan(all.database.pool, devices(1));
    await all.telegram.nextMessage();
    expect(await settled(all)).toEqual(DELIVERED(1));
    expect(alertd.lines.join('\n')).not.toContain(TOKEN);
  });

  it.each([
    ['blocked', refusals.blockedByUser(), /blocked by the user.*Unblock the bot/],
    ['kicked', refusals.kicked(), /kicked.*add it there again/],
    ['migrated', refusals.migrated(-1001), /supergroup.*Put -1001 in place of 4242/],
  ])('that will never take it (%s) fails with what to do', async (_, refusal, reason) => {
    const all = await around();
    await startAlertd(all.settings);
    all.telegram.faults.next({ kind: 'refuse', refusal });
    await recordScan(all.database.pool, devices(1));
    await settled(all);
    const [row] = await all.database.pool.query<{ reason: string }>(
      `select reason from deliveries where state = 'failed'`,
    );
    expect(row?.reason).toMatch(reason);
  });

  it('with a chat that does not exist, or a token that is wrong', async () => {
    const all = await around();
    const wrong = `123456789:${'B'.repeat(35)}`;
    const chats = { ...all.settings, channels: [...all.settings.channels, telegramRow(999)] };
    const first = await startAlertd(chats);
    await recordScan(all.database.pool, devices(1));
    expect(await settled(all)).toContainEqual({ channel: 'telegram:999', state: 'failed', n: 1 });
    expect(await first.line(/refused for good/)).toMatch(/Say \/start/);
    await first.stop();
    // A wrong token is the operator's to mend: what waits is sent once it is right.
    const { apiRoot } = all.telegram;
    const second = await startAlertd({
      ...chats,
      credentials: { ...chats.credentials, telegram: { token: wrong, apiRoot } },
    });
    await recordScan(all.database.pool, devices(2));
    expect(await second.line(/not sent.*telegram:4242|telegram:4242.*Unauthorized/)).toMatch(/Correct token/);
    expect(second.lines.join('\n')).not.toContain(wrong);
    await second.stop();
    await startAlertd(all.settings);
    await all.telegram.nextMessage(({ text }) => text.includes('192.168.1.11'));
  });
});

describe('two at once', () => {
  it('never send a message twice', async () => {
    const all = await around();
    const tuning = { ...all.settings.tuning, batch: 1 };
    await Promise.all([startAlertd({ ...all.settings, tuning }), startAlertd({ ...all.settings, tuning })]);
    await recordScan(all.database.pool, devices(60));
    expect(await settled(all)).toEqual(DELIVERED(60));
    expect(all.mail.mails).toHaveLength(60);
    expect(new Set(all.mail.mails.map(({ messageId }) => messageId)).size).toBe(60);
    expect(all.telegram.messages).toHaveLength(60);
  });
});

describe('stopping', () => {
  it('finishes what is in flight and begins nothing new', async () => {
    const all = await around();
    const alertd = await startAlertd({ ...all.settings, tuning: { ...all.settings.tuning, batch: 1 } });
    all.mail.faults.next({ kind: 'slow', at: 'data', ms: 300 });
    await recordScan(all.database.pool, devices(2));
    await all.telegram.nextMessage();
    const inFlight = `select from deliveries as d join channels as c on c.id = d.channel_id
      where c.name = 'email' and d.lease_until is not null`;
    await expect.poll(() => all.database.pool.query(inFlight)).toHaveLength(1);
    await alertd.stop();
    expect(all.mail.mails).toHaveLength(1);
    expect(await deliveryStates(all.database.pool)).toContainEqual({
      channel: 'email',
      state: 'delivered',
      n: 1,
    });
    expect(await deliveryStates(all.database.pool)).toContainEqual({
      channel: 'email',
      state: 'queued',
      n: 1,
    });
    const [held] = await all.database.pool.query('select from deliveries where lease_until is not null');
    expect(held).toBeUndefined();
  });
});
