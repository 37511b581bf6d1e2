/** Services that speak first, recognised by what they say and not by the port. */
import { decodeText, facts } from './fact.ts';
import type { Facts } from './fact.ts';

export interface Recognised {
  readonly service: string | null;
  readonly facts: Facts;
}

const TELNET_COMMAND = 0xff;
const MYSQL_PROTOCOL = 10;

/** Whether the greeting is complete: there is no need to wait for more. */
export function isWholeGreeting(bytes: Uint8Array): boolean {
  if (bytes.at(-1) !== 0x0a) return false;
  const lines = decodeText(bytes).split('\n').slice(0, -1);
  const last = lines.at(-1) ?? '';
  // RFC 4253 §4.2: other lines may come before. RFC 5321 §4.2: a hyphen announces another line.
  if (lines.some(line => line.startsWith('SSH-'))) return true;
  return /^(?:[1-5]\d\d(?: |\r?$)|\+OK|-ERR|\* )|^RFB \d{3}\.\d{3}$/.test(last);
}

const TEXT_GREETINGS: readonly (readonly [says: RegExp, service: string])[] = [
  [/^SSH-\d/m, 'ssh'],
  [/^HTTP\/\d/, 'http'],
  [/^220[ -][^\n]*\b(?:E?SMTP|Postfix|Exim|Sendmail|MailEnable)\b/im, 'smtp'],
  [/^(?:220|421|530)[ -][^\n]*FTP/im, 'ftp'],
  [/^\+OK\b/, 'pop3'],
  [/^\* (?:OK|PREAUTH|BYE)\b/, 'imap'],
  [/^RFB \d{3}\.\d{3}\n/, 'vnc'],
  [/^20[01] [^\n]*NNTP/i, 'nntp'],
  [/^@RSYNCD: /, 'rsync'],
  [/^AMQP/, 'amqp'],
];

/** A bare reply code belongs to whoever that port is registered for. */
const CODE_BY_PORT: ReadonlyMap<number, string> = new Map([
  [21, 'ftp'],
  [2121, 'ftp'],
  [25, 'smtp'],
  [465, 'smtp'],
  [587, 'smtp'],
]);

export function recogniseGreeting(bytes: Uint8Array, port: number): Recognised {
  if (bytes.length === 0) return { service: null, facts: {} };
  if (bytes[0] === TELNET_COMMAND && (bytes[1] ?? 0) >= 0xf0)
    return { service: 'telnet', facts: facts({ banner: oneLine(decodeText(withoutTelnet(bytes))) }) };
  const mysql = mysqlVersion(bytes);
  if (mysql !== null) return { service: 'mysql', facts: facts({ version: mysql }) };
  const text = decodeText(bytes);
  const service =
    TEXT_GREETINGS.find(([says]) => says.test(text))?.[1] ??
    (/^[245]\d\d[ -]/.test(text) ? CODE_BY_PORT.get(port) : undefined) ??
    null;
  const banner = service === 'ssh' ? (/^SSH-[^\r\n]*/m.exec(text)?.[0] ?? text) : oneLine(text);
  return { service, facts: facts({ banner }) };
}

/** What the lines say, one after the other, with a blank between them. */
function oneLine(text: string): string {
  return text.trim().replace(/[ \t]*[\r\n]\s*/g, ' ');
}

/** Without option negotiation (RFC 854): three octets each, subnegotiations up to their end. */
function withoutTelnet(bytes: Uint8Array): Uint8Array {
  const text: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== TELNET_COMMAND) {
      text.push(bytes[at] ?? 0);
      continue;
    }
    const command = bytes[at + 1] ?? 0;
    if (command === 0xfa) {
      const end = bytes.indexOf(0xf0, at);
      at = end === -1 ? bytes.length : end;
    } else at += command >= 0xfb && command <= 0xfe ? 2 : 1;
  }
  return Uint8Array.from(text);
}

/** Of the first packet of a MySQL or MariaDB server: 3 octets of length, a number, the protocol, the version, a NUL. */
function mysqlVersion(bytes: Uint8Array): string | null {
  const [low = 0, middle = 0, high = 1, number, protocol] = bytes;
  const length = low | (middle << 8) | (high << 16);
  if (number !== 0 || high !== 0 || length + 4 < bytes.length || bytes.length < 8) return null;
  if (protocol === MYSQL_PROTOCOL) {
    const end = bytes.indexOf(0, 5);
    return end > 5 ? decodeText(bytes.subarray(5, end)) : null;
  }
  // An error packet (0xff, a number of two octets): `Host '10.0.0.7' is not allowed to connect`.
  return protocol === 0xff ? decodeText(bytes.subarray(7)).replace(/^#\w{5}/, '') : null;
}
