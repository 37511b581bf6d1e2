// Mail servers as bad as they come, and what a stranger's device would like to put into a mail.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emailChannel, type EmailOptions } from '../../../src/alertd/channels/email.ts';
import type { Message } from '../../../src/alertd/channels/channel.ts';
import { startMailSink, type MailSinkOptions } from '../../../src/lab/mail-sink.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { composeDigest } from '../../../src/message/digest.ts';
import { SAMPLE_CONTEXT, sampleAlert } from '../../../src/message/samples.ts';
import type { OutboxAlert } from '../../../src/store/outbox.ts';

const never = new AbortController().signal;

function message(fields: Partial<OutboxAlert> = {}): Message {
  const alerts = [sampleAlert('new_device', fields)];
  return {
    key: '00000000-0000-4000-8000-000000000001',
    composedAt: new Date('2026-11-20T09:12:05Z'),
    alerts,
    digest: composeDigest(alerts, SAMPLE_CONTEXT),
  };
}

function channel(options: Partial<EmailOptions> & { url: string }) {
  const email = emailChannel({
    from: 'netureon <alerts@netureon.test>',
    to: ['noc@example.test'],
    site: 'default',
    ...options,
  });
  onTestFinished(() => email.close());
  return email;
}

async function sink(options: Omit<MailSinkOptions, 'clock'> = {}) {
  const mail = await startMailSink({ clock: systemClock, ...options });
  onTestFinished(() => mail.close());
  return mail;
}

/** A server that answers each line as it likes; `heard` is everything it was told. */
async function serverThat(answer: (line: string, socket: Socket) => void, greeting = '220 ready\r\n') {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (greeting !== '') socket.write(greeting);
    createInterface({ input: socket }).on('line', line => {
      heard.push(line);
      answer(line, socket);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, heard };
}

/** A certificate for `name` that ends in `days`; self-signed. */
function certificate(name: string, days: number) {
  const folder = mkdtempSync(join(tmpdir(), 'netureon-tls-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  try {
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key'];
    openssl('req', '-new', ...kind, '-subj', `/CN=${name}`, '-out', 'request');
    openssl('x509', '-req', '-in', 'request', '-signkey', 'key', '-days', String(days), '-out', 'cert');
    return {
      key: readFileSync(join(folder, 'key'), 'utf8'),
      cert: readFileSync(join(folder, 'cert'), 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a server', () => {
  it('that says one byte a second is left alone after our time, not after its', async () => {
    const { port } = await serverThat((_line, socket) => {
      const words = '250-hello there and welcome';
      let at = 0;
      const drip = setInterval(() => socket.write(words[at++ % words.length] ?? ' '), 50);
      socket.once('close', () => clearInterval(drip));
    });
    const outcome = await channel({ url: `smtp://127.0.0.1:${port}` }).send(
      message(),
      AbortSignal.timeout(700),
    );
    expect(outcome).toEqual({ kind: 'retry', scope: 'channel', reason: 'the mail server took too long' });
  });

  it.each([
    ['no SMTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', () => undefined],
    ['noise', '\u0000\u0001\u00ff\r\n', () => undefined],
    [
      'a reply without a code',
      '220 ready\r\n',
      (_: string, socket: Socket) => void socket.write('welcome!\r\n'),
    ],
    [
      'a code that is none',
      '220 ready\r\n',
      (_: string, socket: Socket) => void socket.write('999 what\r\n'),
    ],
    ['nothing, and hangs up', '', (_: string, socket: Socket) => void socket.destroy()],
  ])('that speaks %s is tried again', async (_, greeting, answer) => {
    const { port } = await serverThat(answer, greeting);
    const outcome = await channel({ url: `smtp://127.0.0.1:${port}` }).send(
      message(),
      AbortSignal.timeout(1500),
    );
    expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
  });

  it('whose reply never ends is cut off, and fills no memory', async () => {
    let sent = 0;
    const { port } = await serverThat((line, socket) => {
      if (!line.startsWith('EHLO')) return;
      const lines = '250-and another thing that you should know about\r\n'.repeat(1000);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(lines)) sent += lines.length;
        sent += lines.length;
      };
      socket.on('drain', pour);
      pour();
    });
    const before = process.memoryUsage().heapUsed;
    const outcome = await channel({ url: `smtp://127.0.0.1:${port}` }).send(
      message(),
      AbortSignal.timeout(1500),
    );
    expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
    expect(JSON.stringify(outcome).length).toBeLessThan(1000);
    expect(sent).toBeGreaterThan(100_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300 * 1024 * 1024);
  });

  it('whose name nobody knows', async () => {
    const outcome = await channel({ url: 'smtp://mail.netureon.invalid:25' }).send(message(), never);
    expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
    expect(JSON.stringify(outcome)).toMatch(/name is not known.*Check \[email\] url/);
  });

  it('that finds the mail too big refuses it for good', async () => {
    const mail = await sink();
    mail.faults.next({ kind: 'reply', at: 'data', code: 552, text: '5.3.4 Message too big' });
    expect(await channel({ url: mail.url }).send(message(), never)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/552.*too big/) as unknown,
    });
  });

  it.each([
    ['is for another name, too,', 'mail.example.test', 10],
    ['has run out', 'localhost', -1],
    ['nobody vouches for', 'localhost', 10],
  ])('whose certificate %s gets neither mail nor password', async (_, name, days) => {
    const mail = await sink({ tls: certificate(name, days), auth: { user: 'u', pass: 'secret' } });
    const outcome = await channel({ url: `smtp://u:secret@localhost:${mail.port}` }).send(message(), never);
    expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
    expect(JSON.stringify(outcome)).toMatch(/certificate/i);
    expect(mail.mails).toHaveLength(0);
  });
});

it('a middleman who strips STARTTLS gets no password, and no mail', async () => {
  const { port, heard } = await serverThat((line, socket) => {
    if (/^(?:EHLO|HELO)/.test(line)) socket.write('250-here\r\n250 AUTH PLAIN LOGIN\r\n');
    else if (line === 'QUIT') socket.end('221 bye\r\n');
    else socket.write('502 what\r\n');
  });
  // An address that leads to this machine and is not counted as its own, as that of a server elsewhere.
  const outcome = await channel({ url: `smtp://user:correct-horse@0.0.0.0:${port}` }).send(
    message(),
    AbortSignal.timeout(5000),
  );
  expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
  expect(heard.some(line => line.startsWith('EHLO'))).toBe(true);
  expect(heard.filter(line => /^(?:AUTH|MAIL|DATA)/.test(line))).toEqual([]);
  expect(heard.join()).not.toContain(Buffer.from('correct-horse').toString('base64').slice(0, 12));
});

describe('what a device calls itself', () => {
  it('adds no header, no recipient and no line, whatever it is', async () => {
    const mail = await sink();
    const email = channel({ url: mail.url });
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        'x\r\nBcc: victim@example.test',
        'x\nSubject: other\n\nbody',
        '=?utf-8?B?Qmxh?=\r\n',
        '\u202eRTL שלום',
        '👩‍👩‍👧‍👦'.repeat(50),
        'x'.repeat(10_000),
        '.\r\nMAIL FROM:<a@b>\r\n',
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, text, async (deviceName, vendor) => {
        const outcome = await email.send(message({ deviceName, vendor, summary: deviceName }), never);
        expect(outcome).toMatchObject({ kind: 'accepted' });
        const got = mail.mails.at(-1);
        expect(got?.envelopeTo).toEqual(['noc@example.test']);
        expect([...(got?.headers.keys() ?? [])].toSorted()).toEqual(
          [
            'auto-submitted',
            'content-type',
            'date',
            'from',
            'in-reply-to',
            'list-id',
            'message-id',
            'mime-version',
            'references',
            'subject',
            'to',
            'x-auto-response-suppress',
          ].toSorted(),
        );
        expect(got?.parsed.to).toHaveLength(1);
        expect(got?.subject.length).toBeLessThanOrEqual(120);
        expect(got?.subject).toMatch(/^netureon home: new device /);
        const lines = got?.raw.toString('latin1').split('\r\n') ?? [];
        expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(998);
        expect(got?.raw.length).toBeLessThan(102 * 1024);
      }),
      { numRuns: 40 },
    );
  });

  it('is no encoded word of the subject', async () => {
    const mail = await sink();
    const deviceName = '=?utf-8?q?All_is_well?=';
    await channel({ url: mail.url }).send(message({ deviceName }), never);
    expect(mail.mails[0]?.subject).toBe('netureon home: new device = ?utf-8?q?All_is_well?= at 192.168.1.77');
    expect(mail.mails[0]?.raw.toString()).not.toMatch(/^Subject:.*=\?utf-8\?q/im);
  });

  it('emoji and other scripts arrive as they are', async () => {
    const mail = await sink();
    await channel({ url: mail.url }).send(message({ deviceName: 'Zoës 🖨️ プリンタ שלום' }), never);
    expect(mail.mails[0]?.subject).toContain('Zoës 🖨️ プリンタ שלום');
    expect(mail.mails[0]?.html).toContain('Zoës 🖨️ プリンタ שלום');
  });
});

describe('addresses that are not ASCII', () => {
  it('an internationalised domain is written as the DNS has it', async () => {
    const { port, heard } = await serverThat((line, socket) => {
      if (line.startsWith('DATA')) socket.write('354 go on\r\n');
      else if (line === '.' || !/^[A-Z]{4}/.test(line)) socket.write(line === '.' ? '250 kept\r\n' : '');
      else socket.write('250 ok\r\n');
    });
    const url = `smtp://127.0.0.1:${port}`;
    const outcome = await channel({ url, to: ['noc@bücher.example'] }).send(
      message(),
      AbortSignal.timeout(3000),
    );
    expect(outcome).toMatchObject({ kind: 'accepted' });
    expect(heard).toContain('RCPT TO:<noc@xn--bcher-kva.example>');
  });

  it('a local part is refused clearly where the server knows no SMTPUTF8', async () => {
    const { port } = await serverThat((line, socket) => {
      if (line.startsWith('EHLO')) socket.write('250 here\r\n');
      else if (line.startsWith('MAIL')) socket.write('250 ok\r\n');
      else if (line.startsWith('RCPT')) socket.write('553 5.6.7 non-ASCII address\r\n');
      else socket.write('250 ok\r\n');
    });
    const outcome = await channel({ url: `smtp://127.0.0.1:${port}`, to: ['zoë@example.test'] }).send(
      message(),
      never,
    );
    expect(outcome).toMatchObject({ kind: 'rejected' });
    expect(JSON.stringify(outcome)).toMatch(/SMTPUTF8|non-ASCII/);
  });
});
