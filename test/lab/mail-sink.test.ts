import { connect } from 'node:net';
import { once } from 'node:events';
import { createTransport } from 'nodemailer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { startMailSink } from '../../src/lab/mail-sink.ts';
import type { MailFault, MailSink, MailSinkOptions } from '../../src/lab/mail-sink.ts';

const mail = {
  from: 'netureon@example.org',
  to: 'anna@example.org',
  subject: 'A new device: café 🦆',
  text: 'It is there.',
  html: '<p>It is <b>there</b>.</p>',
  messageId: '<delivery-1@netureon>',
};

async function sinkForTest(options: Partial<MailSinkOptions> = {}): Promise<MailSink> {
  const sink = await startMailSink({ clock: systemClock, ...options });
  onTestFinished(() => sink.close());
  return sink;
}

function transportTo(sink: MailSink, auth?: { user: string; pass: string }) {
  const transport = createTransport({
    host: '127.0.0.1',
    port: sink.port,
    ...(auth && { auth }),
    socketTimeout: 60_000,
  });
  onTestFinished(() => transport.close());
  return transport;
}

describe('the mail sink', () => {
  it('keeps what it is sent, and hands each mail to one who waits', async () => {
    const sink = await sinkForTest();
    const early = sink.nextMessage(received => received.subject === 'second');
    const transport = transportTo(sink);
    await transport.sendMail(mail);
    await transport.sendMail({ ...mail, subject: 'second', bcc: 'ben@example.org' });
    expect(await early).toMatchObject({ id: 2, envelopeTo: ['anna@example.org', 'ben@example.org'] });
    const first = await sink.nextMessage();
    expect(first).toMatchObject({
      id: 1,
      envelopeFrom: 'netureon@example.org',
      subject: mail.subject,
      messageId: '<delivery-1@netureon>',
      text: 'It is there.\n',
    });
    expect(first.html).toContain('<b>there</b>');
    expect(first.headers.get('message-id')).toBe('<delivery-1@netureon>');
    expect(sink.mails).toHaveLength(2);
    await expect(sink.nextMessage(undefined, AbortSignal.timeout(10))).rejects.toThrow(/timeout/);
  });

  it.each<[string, MailFault, object]>([
    ['greylists', { kind: 'reply', at: 'rcpt', code: 451 }, { responseCode: 451 }],
    [
      'knows no such mailbox',
      { kind: 'reply', at: 'rcpt', code: 550, text: 'no such user' },
      { responseCode: 550 },
    ],
    ['refuses the sender', { kind: 'reply', at: 'mail', code: 553 }, { responseCode: 553 }],
    ['refuses the text', { kind: 'reply', at: 'data', code: 554 }, { responseCode: 554 }],
    ['is too busy', { kind: 'reply', at: 'connect', code: 421 }, { responseCode: 421 }],
    ['breaks off at the start', { kind: 'cut', at: 'connect' }, { code: 'ECONNECTION' }],
    ['breaks off after DATA', { kind: 'cut', at: 'data' }, { code: 'ECONNECTION' }],
  ])('%s when told, once, and keeps nothing', async (_name, fault, error) => {
    const sink = await sinkForTest();
    sink.faults.next(fault);
    await expect(transportTo(sink).sendMail(mail)).rejects.toMatchObject(error);
    expect(sink.mails).toEqual([]);
    await transportTo(sink).sendMail(mail);
    expect(sink.mails).toHaveLength(1);
  });

  it('keeps a mail and breaks off before it says so', async () => {
    const sink = await sinkForTest();
    sink.faults.next({ kind: 'cut-after-keeping' });
    await expect(transportTo(sink).sendMail(mail)).rejects.toMatchObject({ code: 'ECONNECTION' });
    expect(sink.mails).toHaveLength(1);
  });

  it('greylists as often as told', async () => {
    const sink = await sinkForTest();
    sink.faults.next({ kind: 'reply', at: 'rcpt', code: 451 }, 2);
    await expect(transportTo(sink).sendMail(mail)).rejects.toMatchObject({ responseCode: 451 });
    await expect(transportTo(sink).sendMail(mail)).rejects.toMatchObject({ responseCode: 451 });
    await transportTo(sink).sendMail(mail);
  });

  it('is late when told', async () => {
    const sleeps: number[] = [];
    const clock = { ...systemClock, sleep: async (ms: number) => void sleeps.push(ms) };
    const sink = await sinkForTest({ clock });
    sink.faults.always({ kind: 'slow', at: 'data', ms: 60_000 });
    await transportTo(sink).sendMail(mail);
    sink.faults.clear();
    await transportTo(sink).sendMail(mail);
    expect(sleeps).toEqual([60_000]);
  });

  it('lets nobody send without the right password', async () => {
    const sink = await sinkForTest({ auth: { user: 'netureon', pass: 'correct horse' } });
    await expect(transportTo(sink).sendMail(mail)).rejects.toMatchObject({ responseCode: 530 });
    const wrong = transportTo(sink, { user: 'netureon', pass: 'wrong' });
    await expect(wrong.sendMail(mail)).rejects.toMatchObject({ responseCode: 535 });
    await transportTo(sink, { user: 'netureon', pass: 'correct horse' }).sendMail(mail);
    expect(sink.mails).toHaveLength(1);
  });

  it('refuses connections until it listens again', async () => {
    const sink = await sinkForTest();
    const open = connect(sink.port, '127.0.0.1');
    await once(open, 'data');
    const broken = once(open, 'close');
    await sink.refuse();
    await broken;
    await expect(transportTo(sink).sendMail(mail)).rejects.toMatchObject({ code: 'ESOCKET' });
    await sink.reopen();
    await transportTo(sink).sendMail(mail);
    expect(sink.mails).toHaveLength(1);
  });
});
