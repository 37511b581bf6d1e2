import { describe, expect, it } from 'vitest';
import { decodeText, facts } from '../../../src/scan/profile/fact.ts';
import { isWholeGreeting, recogniseGreeting } from '../../../src/scan/profile/greeting.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const mysql = (body: string) => bytes(`${String.fromCharCode(body.length)}\0\0\0${body}`);

describe('a greeting', () => {
  it.each([
    ['SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', 'ssh', 'SSH-2.0-OpenSSH_9.2p1 Debian-2'],
    ['Welcome\r\nto us\r\nSSH-1.99-Cisco-1.25\n', 'ssh', 'SSH-1.99-Cisco-1.25'],
    ['220 mail.lan ESMTP Postfix (Debian)\r\n', 'smtp', '220 mail.lan ESMTP Postfix (Debian)'],
    ['220-first\r\n220 mail.lan ESMTP\r\n', 'smtp', '220-first 220 mail.lan ESMTP'],
    ['220 (vsFTPd 3.0.3)\r\n', 'ftp', '220 (vsFTPd 3.0.3)'],
    ['421 Too many FTP users\r\n', 'ftp', '421 Too many FTP users'],
    ['+OK Dovecot ready.\r\n', 'pop3', '+OK Dovecot ready.'],
    ['* OK [CAPABILITY IMAP4rev1] ready\r\n', 'imap', '* OK [CAPABILITY IMAP4rev1] ready'],
    ['RFB 003.008\n', 'vnc', 'RFB 003.008'],
    ['@RSYNCD: 31.0\n', 'rsync', '@RSYNCD: 31.0'],
    ['something else\n', null, 'something else'],
  ])('%j', (greeting, service, banner) => {
    expect(recogniseGreeting(bytes(greeting), 1)).toEqual({ service, facts: { banner } });
  });

  it('of a bare code belongs to the port’s service', () => {
    expect(recogniseGreeting(bytes('220 ready\r\n'), 21).service).toBe('ftp');
    expect(recogniseGreeting(bytes('220 ready\r\n'), 25).service).toBe('smtp');
    expect(recogniseGreeting(bytes('220 ready\r\n'), 4711).service).toBeNull();
  });

  it('of telnet loses its negotiation', () => {
    const greeting = bytes('\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xf9\r\nlogin: ');
    expect(recogniseGreeting(greeting, 23)).toEqual({ service: 'telnet', facts: { banner: 'login:' } });
    expect(recogniseGreeting(bytes('\xff\xfb\x01\xff\xfa'), 23)).toEqual({ service: 'telnet', facts: {} });
  });

  it('of MySQL tells its version, or why it does not', () => {
    expect(recogniseGreeting(mysql('\x0a10.11.6-MariaDB-0+deb12u1\0rest'), 3306)).toEqual({
      service: 'mysql',
      facts: { version: '10.11.6-MariaDB-0+deb12u1' },
    });
    expect(recogniseGreeting(mysql("\xffj\x04Host '10.0.0.7' is not allowed"), 3306).facts).toEqual({
      version: "Host '10.0.0.7' is not allowed",
    });
    expect(recogniseGreeting(mysql('\x0ano end of this'), 3306).service).toBeNull();
  });

  it('is whole when its last line is', () => {
    for (const whole of [
      'SSH-2.0-x\r\n',
      '220 a\r\n',
      '220-a\r\n220 b\r\n',
      '220\r\n',
      'hello\nSSH-2.0-x\n',
      'RFB 003.008\n',
    ])
      expect(isWholeGreeting(bytes(whole)), whole).toBe(true);
    for (const part of ['', 'SSH-2.0-x', '220-a\r\n', '220-a\r\n220 b', 'hello\r\n'])
      expect(isWholeGreeting(bytes(part)), part).toBe(false);
  });
});

describe('hostile text', () => {
  it('becomes one harmless line of at most 500 characters', () => {
    const { facts: told } = recogniseGreeting(
      bytes(`SSH-2.0-\x1b[31mred\x00\x07<script>alert(1)</script>'; drop table x;--${'A'.repeat(4000)}\r\n`),
      22,
    );
    expect(told['banner']).toMatch(/^SSH-2\.0-\ufffd\[31mred\ufffd\ufffd<script>alert\(1\)/);
    expect(told['banner']).toHaveLength(500);
  });

  it('is read as UTF-8 or else as Windows-1252, and loses its overrides', () => {
    expect(decodeText(Uint8Array.from([0x63, 0xc3, 0xa9, 0xe2, 0x82]))).toBe('cé');
    expect(decodeText(Uint8Array.from([0x80, 0xff, 0xfe]))).toBe('€ÿþ');
    expect(facts({ title: 'abc\u202egpj', empty: ' ', none: null })).toEqual({ title: 'abc\ufffdgpj' });
  });
});
