/** From text (flag, environment) or a TOML value to a setting, or a sentence that says what is wrong with it. */
import { isIP } from 'node:net';
import { formatCidr, formatIpv4, parseCidr, parseIpv4 } from '../lib/ipv4.ts';
import { isTimeZone } from '../lib/time-zone.ts';
import {
  chatIdProblem,
  mailAddressProblem,
  roomProblem,
  topicProblem,
  unencryptedProblem,
} from '../lib/recipient.ts';

export type Parsed<T> = { readonly value: T } | { readonly problem: string };
export type Parser<T> = (input: unknown) => Parsed<T>;

export function bool(input: unknown): Parsed<boolean> {
  if (typeof input === 'boolean') return { value: input };
  if (input === 'true' || input === '1' || input === 'yes') return { value: true };
  if (input === 'false' || input === '0' || input === 'no') return { value: false };
  return { problem: `must be true or false, not ${show(input)}` };
}

export function integer(least: number, most: number): Parser<number> {
  return input => {
    const value = typeof input === 'string' && /^\d+$/.test(input) ? Number(input) : input;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      return { problem: `must be a whole number from ${least} to ${most}, not ${show(input)}` };
    return { value };
  };
}

export function rate(input: unknown): Parsed<number | 'max'> {
  if (input === 'max') return { value: 'max' };
  const parsed = integer(1, 10_000_000)(input);
  return 'value' in parsed
    ? parsed
    : { problem: `must be frames per second from 1 to 10000000, or max, not ${show(input)}` };
}

export function oneOf<const T extends string>(...choices: readonly T[]): Parser<T> {
  return input => {
    const found = choices.find(choice => choice === input);
    return found === undefined
      ? { problem: `must be ${choices.join(', ')}, not ${show(input)}` }
      : { value: found };
  };
}

/** A TOML array, or text with commas between the items. */
export function listOf<T>(parse: Parser<T | undefined>): Parser<T[]> {
  return input => {
    const items =
      typeof input === 'string'
        ? input
            .split(',')
            .map(item => item.trim())
            .filter(Boolean)
        : input;
    if (!Array.isArray(items)) return { problem: `must be a list, not ${show(input)}` };
    const values: T[] = [];
    const problems: string[] = [];
    for (const item of items as unknown[]) {
      const parsed = parse(item);
      if ('problem' in parsed) problems.push(parsed.problem);
      else if (parsed.value !== undefined) values.push(parsed.value);
    }
    return problems.length > 0 ? { problem: problems.join('; ') } : { value: values };
  };
}

export function urlOf(...schemes: readonly string[]): Parser<string | undefined> {
  return input => {
    const expected = `must be a URL that begins with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`;
    if (typeof input !== 'string') return { problem: `${expected}, not ${show(input)}` };
    // The value may hold a password: a problem never repeats it.
    if (!schemes.some(scheme => input.startsWith(`${scheme}://`))) return { problem: expected };
    const parsable = input
      // Several servers, as libpq writes them, are an error to URL: each by itself has to be right.
      .replace(/^(postgres(?:ql)?:\/\/(?:[^/]*@)?)((?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?,)+/i, '$1')
      // postgres:///name has no host, which is a socket to pg and an error to URL.
      .replace(
        /^(postgres(?:ql)?:\/\/)(\/|[^/@]*@\/)/,
        (_, scheme: string, rest: string) => `${scheme}${rest.slice(0, -1)}localhost/`,
      );
    if (!URL.canParse(parsable)) return { problem: `${expected}; this one cannot be read` };
    const { username, password } = new URL(parsable);
    return isEncoded(username) && isEncoded(password)
      ? { value: input }
      : { problem: 'has a % in its user or password that begins no code; a % itself is written %25' };
  };
}

/** Every % begins the code of a byte, and the bytes are UTF-8: what reads the URL later throws at anything else. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

export function required<T>(parse: Parser<T | undefined>): Parser<T> {
  return input => {
    const parsed = parse(input);
    if ('problem' in parsed) return parsed;
    return parsed.value === undefined ? { problem: 'must not be empty' } : { value: parsed.value };
  };
}

export function siteName(input: unknown): Parsed<string> {
  if (typeof input === 'string' && /^[a-z0-9][a-z0-9._-]{0,62}$/.test(input)) return { value: input };
  return { problem: `must be 1 to 63 of a-z, 0-9, dot, dash and underscore, not ${show(input)}` };
}

/** A name of the IANA database. */
export function timeZone(input: unknown): Parsed<string> {
  if (typeof input === 'string' && isTimeZone(input)) return { value: input };
  return { problem: `must be a time zone such as Europe/Berlin, not ${show(input)}` };
}

export function interfaceName(input: unknown): Parsed<string> {
  // IFNAMSIZ: 15 bytes and a NUL; the kernel takes anything but slashes and white space (dev_valid_name).
  if (typeof input === 'string' && /^[^\s/:]{1,15}$/.test(input)) return { value: input };
  return { problem: `must be the name of an interface, not ${show(input)}` };
}

export function cidr(input: unknown): Parsed<string> {
  const parsed = typeof input === 'string' ? parseCidr(input) : undefined;
  if (parsed === undefined)
    return { problem: `must be an IPv4 network such as 192.168.1.0/24, not ${show(input)}` };
  return { value: formatCidr(parsed) };
}

export function ipv4Address(input: unknown): Parsed<string> {
  const parsed = typeof input === 'string' ? parseIpv4(input) : undefined;
  if (parsed === undefined)
    return { problem: `must be an IPv4 address such as 192.168.1.1, not ${show(input)}` };
  return { value: formatIpv4(parsed) };
}

/** A TCP port, or the name of a list of them. */
export function portOrPreset<const T extends string>(...presets: readonly T[]): Parser<number | T> {
  return input => {
    const preset = presets.find(name => name === input);
    if (preset !== undefined) return { value: preset };
    const port = integer(1, 65_535)(input);
    return 'value' in port
      ? port
      : { problem: `must be ports from 1 to 65535 or one of ${presets.join(', ')}, not ${show(input)}` };
  };
}

export const mailAddress = checkedBy(mailAddressProblem);
export const ntfyTopic = checkedBy(topicProblem);
export const matrixRoom = checkedBy(roomProblem);

/** What is no text is told like a text that is wrong. */
function checkedBy(problemOf: (text: string) => string | undefined): Parser<string> {
  return input => {
    const problem = problemOf(typeof input === 'string' ? input : show(input));
    if (problem !== undefined) return { problem };
    return typeof input === 'string' ? { value: input } : { problem: `must be text, not ${show(input)}` };
  };
}

/** A line of printable characters without spaces. Never repeated: it is a secret. */
export function secretText(leastLength: number, what: string): Parser<string | undefined> {
  return input =>
    typeof input === 'string' && /^[\x21-\x7e]+$/.test(input) && input.length >= leastLength
      ? { value: input }
      : { problem: `must be ${what}` };
}

/** Over TLS, or to where nobody else listens. */
export function webUrl(input: unknown): Parsed<string | undefined> {
  const parsed = urlOf('https', 'http')(input);
  if ('problem' in parsed || parsed.value === undefined) return parsed;
  const problem = unencryptedProblem(parsed.value);
  return problem === undefined ? parsed : { problem };
}

/** The address of a server: nothing but scheme, host, port and perhaps a path before what the server serves. */
export function serverUrl(input: unknown): Parsed<string | undefined> {
  const parsed = webUrl(input);
  if ('problem' in parsed || parsed.value === undefined) return parsed;
  const { search, hash, username, password } = new URL(parsed.value);
  if (username !== '' || password !== '')
    return { problem: 'must not hold a user or password: set token instead' };
  return search === '' && hash === ''
    ? { value: parsed.value.replace(/\/+$/, '') }
    : { problem: 'must be the address of the server alone, without ? and #' };
}

export function telegramToken(input: unknown): Parsed<string> {
  if (typeof input === 'string' && /^\d+:[A-Za-z0-9_-]{10,}$/.test(input)) return { value: input };
  return { problem: 'must be a bot token such as 123456:ABC-DEF… from @BotFather' };
}

export function chatId(input: unknown): Parsed<string> {
  return checkedBy(chatIdProblem)(
    typeof input === 'number' && Number.isSafeInteger(input) ? String(input) : input,
  );
}

export function listenAddress(input: unknown): Parsed<string> {
  const match =
    typeof input === 'string' ? /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(input) : null;
  // Not 0, "any that is free": nobody would know where to find the site.
  if (match === null || Number(match[2]) > 65_535 || Number(match[2]) === 0)
    return { problem: `must be an address and a port such as 127.0.0.1:8080, not ${show(input)}` };
  return { value: match[0] };
}

/** `netureon.lan`, `netureon.lan:8443` */
export function hostName(input: unknown): Parsed<string> {
  const match =
    typeof input === 'string' ? /^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::(\d{1,5}))?$/i.exec(input) : null;
  if (match === null || Number(match[1] ?? 80) > 65_535)
    return { problem: `must be a name such as netureon.lan, perhaps with a port, not ${show(input)}` };
  return { value: match[0].toLowerCase() };
}

/** An HTTP field name (RFC 9110 §5.1) that is no header of HTTP's own. */
export function headerName(input: unknown): Parsed<string | undefined> {
  const own = /^(?:host|cookie|origin|authorization|connection|content-.*|x-forwarded-for)$/i;
  if (typeof input === 'string' && /^[a-z][a-z0-9-]{0,60}$/i.test(input) && !own.test(input))
    return { value: input };
  return { problem: `must be the name of a header such as X-Remote-User, not ${show(input)}` };
}

/** An address or a network of either kind. All addresses at once would be no choice. */
export function proxyNetwork(input: unknown): Parsed<string> {
  const problem = { problem: `must be an address or network such as 127.0.0.1/32, not ${show(input)}` };
  if (typeof input !== 'string') return problem;
  const [address = '', length, more] = input.split('/');
  const widest = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || more !== undefined) return problem;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= widest))
    return problem;
  return { value: input };
}

export function show(input: unknown): string {
  return JSON.stringify(input) ?? String(input);
}
