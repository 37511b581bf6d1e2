// The mail channel against a real SMTP server: logins, certificates, refused recipients, connections that went away.
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import type { Message } from '../../../src/alertd/channels/channel.ts';
import { emailChannel, sendsPasswordAbroad, type EmailOptions } from '../../../src/alertd/channels/email.ts';
import { composeDigest } from '../../../src/message/digest.ts';
import { whenFormat } from '../../../src/message/when.ts';
import { startMailSink, type MailSinkOptions } from '../../../src/lab/mail-sink.ts';
import { systemClock } from '../../../src/lib/clock.ts';

// A self-signed certificate that comes with the server package: nobody trusts it.
const selfSigned: { key: string; cert: string } = createRequire(import.meta.url)(
  'smtp-server/lib/tls-options.js',
)();

function message(n = 1): Message {
  return {
    key: `00000000-0000-4000-8000-00000000000${n}`,
    composedAt: new Date('2026-11-20T09:12:05Z'),
    alerts: [],
    digest: composeDigest(
      [
        {
          id: n,
          kind: 'new_device',
          severity: 'medium',
          summary: 'New device',
          detail: {},
          deviceId: n,
          deviceName: 'Bürodrucker “Zoë”',
          deviceState: null,
          deviceKind: null,
          owner: null,
          mac: '3c:71:bf:00:00:01',
          vendor: 'Espressif Inc.',
          randomMac: false,
          ip: '192.168.1.77',
          networkId: 1,
          network: '192.168.1.0/24',
          openedAt: new Date('2026-11-20T09:12:05Z'),
          resolvedAt: null,
          acknowledgedAt: null,
          count: 1,
          reopens: null,
          escalation: false,
          quiet: false,
          afterMute: false,
        },
      ],
      { site: 'default', publicUrl: undefined, when: whenFormat('UTC') },
    ),
  };
}

const never = new AbortController().signal;

async function sink(options: Omit<MailSinkOptions, 'clock'> = {}) {
  const mail = await startMailSink({ clock: systemClock, ...options });
  onTestFinished(() => mail.close());
  return mail;
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

const withLogin = (url: string, user: string, password: string) =>
  url.replace('//', `//${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);

it('says who sends what, in any script, and that nobody answers', async () => {
  const mail = await sink();
  expect(await channel({ url: mail.url }).send(message(), never)).toMatchObject({
    kind: 'accepted',
    receipt: expect.stringMatching(/^250 2\.0\.0 Kept as 1/) as unknown,
  });
  const [got] = mail.mails;
  expect(got?.subject).toBe('netureon: new device Bürodrucker “Zoë” at 192.168.1.77');
  expect(got?.text).toContain('Bürodrucker “Zoë”');
  expect(got?.html).toContain('Bürodrucker “Zoë”');
  expect(got?.parsed.from).toEqual({ address: 'alerts@netureon.test', name: 'netureon' });
  expect(got?.headers.get('list-id')).toBe('<default.netureon.netureon.test>');
  expect(new Date(got?.headers.get('date') ?? '')).toEqual(new Date('2026-11-20T09:12:05Z'));
  // RFC 5321 §4.5.3.1.6: no line over 998 octets.
  expect(
    Math.max(...(got?.raw.toString('latin1').split('\r\n') ?? []).map(line => line.length)),
  ).toBeLessThan(998);
});

it('logs in; a wrong password is for the operator to mend, and is told to nobody', async () => {
  const mail = await sink({ auth: { user: 'netureon', pass: 'right p@ss/word' } });
  const right = channel({ url: withLogin(mail.url, 'netureon', 'right p@ss/word') });
  expect(await right.send(message(), never)).toMatchObject({ kind: 'accepted' });
  const wrong = await channel({ url: withLogin(mail.url, 'netureon', 'wrong p@ss') }).send(message(), never);
  expect(wrong).toMatchObject({ kind: 'retry', scope: 'channel' });
  expect(JSON.stringify(wrong)).toMatch(
    /refuses the login: .*535.*Correct user and password in \[email\] url/,
  );
  expect(JSON.stringify(wrong)).not.toMatch(/wrong p|wrong%20p/);
  const none = await channel({ url: mail.url }).send(message(), never);
  expect(none).toMatchObject({
    kind: 'retry',
    scope: 'channel',
    reason: expect.stringMatching(/login/) as unknown,
  });
});

it.each(['PLAIN', 'LOGIN'])('tells no password that the server repeats after AUTH %s', async method => {
  const server = createServer(socket => {
    socket.on('error', () => undefined).write('220 ready\r\n');
    createInterface({ input: socket }).on('line', line => {
      if (line.startsWith('EHLO')) socket.write(`250-here\r\n250 AUTH ${method}\r\n`);
      else if (line === 'AUTH LOGIN') socket.write('334 VXNlcm5hbWU6\r\n');
      else if (line === Buffer.from('netureon').toString('base64')) socket.write('334 UGFzc3dvcmQ6\r\n');
      else socket.write(`535 what is ${line}\r\n`);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const url = withLogin(`smtp://127.0.0.1:${port}`, 'netureon', 'right p@ss/word');
  const outcome = await channel({ url }).send(message(), never);
  expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining('what is') as unknown });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  for (const secret of ['right p@ss/word', '\0netureon\0right p@ss/word'])
    expect(JSON.stringify(outcome)).not.toContain(base64(secret));
});

it.each([
  ['STARTTLS', false],
  ['TLS from the first byte', true],
])('trusts no certificate that nobody vouches for: %s', async (_, implicit) => {
  const mail = await sink({ tls: { key: selfSigned.key, cert: selfSigned.cert, implicit } });
  const outcome = await channel({ url: mail.url }).send(message(), never);
  expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
  expect(JSON.stringify(outcome)).toMatch(/certificate/);
  expect(mail.mails).toHaveLength(0);
});

it('says in the receipt who of several did not get it', async () => {
  const mail = await sink();
  mail.faults.next({ kind: 'reply', at: 'rcpt', code: 550, text: '5.1.1 No such user' });
  const outcome = await channel({ url: mail.url, to: ['gone@example.test', 'noc@example.test'] }).send(
    message(),
    never,
  );
  expect(outcome).toMatchObject({
    kind: 'accepted',
    receipt: expect.stringMatching(/not accepted for gone@example\.test$/) as unknown,
  });
  expect(mail.mails[0]?.envelopeTo).toEqual(['noc@example.test']);
});

it('is not disturbed by a server that dropped the idle connection', async () => {
  const mail = await sink();
  const email = channel({ url: mail.url });
  expect(await email.send(message(1), never)).toMatchObject({ kind: 'accepted' });
  await mail.refuse();
  await mail.reopen();
  expect(await email.send(message(2), never)).toMatchObject({ kind: 'accepted' });
  expect(mail.mails).toHaveLength(2);
});

it.each([
  [{ kind: 'reply', at: 'connect', code: 421, text: '4.3.2 Closing' }, 'channel'],
  [{ kind: 'reply', at: 'mail', code: 421, text: '4.3.2 Closing' }, 'channel'],
  [{ kind: 'reply', at: 'mail', code: 452, text: '4.3.1 Full' }, 'message'],
  [{ kind: 'reply', at: 'data', code: 451, text: '4.3.0 Later' }, 'message'],
  [{ kind: 'cut', at: 'mail' }, 'channel'],
  [{ kind: 'cut', at: 'data' }, 'channel'],
] as const)('tries again after %j', async (fault, scope) => {
  const mail = await sink();
  const email = channel({ url: mail.url });
  mail.faults.next(fault, 2); // nodemailer asks once more by itself where nothing was sent yet
  expect(await email.send(message(), never)).toMatchObject({ kind: 'retry', scope });
  mail.faults.clear();
  expect(await email.send(message(), never)).toMatchObject({ kind: 'accepted' });
});

it.each(['mail', 'rcpt', 'data'] as const)('takes a 5yz answer to %s for final', async at => {
  const mail = await sink();
  mail.faults.next({ kind: 'reply', at, code: 554, text: '5.7.1 Not wanted' });
  const email = channel({ url: mail.url });
  expect(await email.send(message(1), never)).toMatchObject({
    kind: 'rejected',
    reason: expect.stringMatching(/Not wanted/) as unknown,
  });
  expect(await email.send(message(2), never)).toMatchObject({ kind: 'accepted' });
});

it('takes offence at DATA for one at the words, and at MAIL or RCPT for one at the addresses', async () => {
  const mail = await sink();
  const email = channel({ url: mail.url });
  const after = async (at: 'mail' | 'rcpt' | 'data', code: number) => {
    mail.faults.next({ kind: 'reply', at, code, text: 'Not wanted' });
    return email.send(message(), never);
  };
  expect(await after('data', 554)).toMatchObject({
    about: 'content',
    reason: expect.stringMatching(/refused the text.*Let its filters pass/) as unknown,
  });
  expect(await after('data', 451)).toMatchObject({ kind: 'retry', about: 'content' });
  for (const at of ['mail', 'rcpt'] as const) {
    const outcome = await after(at, 550);
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/Check from and to/) as unknown });
    expect(outcome).not.toHaveProperty('about');
  }
});

it('has a Message-ID of its own for the plain text', async () => {
  const mail = await sink();
  const email = channel({ url: mail.url });
  await email.send(message(), never);
  await email.send({ ...message(), plain: true }, never);
  expect(mail.mails.map(({ messageId }) => messageId)).toEqual([
    '<netureon.00000000-0000-4000-8000-000000000001@netureon.test>',
    '<netureon.00000000-0000-4000-8000-000000000001.plain@netureon.test>',
  ]);
});

it('gives a password to another machine over TLS only', () => {
  expect(sendsPasswordAbroad('smtp://u:p@mail.example.test:587')).toBe(true);
  expect(sendsPasswordAbroad('smtp://u:p@127.0.0.1.example.test')).toBe(true);
  expect(sendsPasswordAbroad('smtps://u:p@mail.example.test')).toBe(false); // TLS anyway
  expect(sendsPasswordAbroad('smtp://mail.example.test')).toBe(false);
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
    expect(sendsPasswordAbroad(`smtp://u:p@${host}:25`)).toBe(false);
});
