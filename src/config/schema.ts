/**
 * config: one schema of every setting, and a pure `load` that merges flags, environment, file and defaults and tells
 * every problem at once. Imports lib.
 *
 * This file: the settings. `--help`, the example file, docs/CONFIGURATION.md and the environment names all come from
 * this table. A parser turns text (flag, environment) or a TOML value into the setting, or into a sentence that says
 * what is wrong; the remedy is the help text's example.
 */
import { formatCidr, parseCidr } from '../lib/ipv4.ts';

export type Parsed<T> = { readonly value: T } | { readonly problem: string };
type Parser<T> = (input: unknown) => Parsed<T>;

export interface Setting<T = unknown> {
  readonly section: string;
  readonly key: string;
  readonly help: string;
  /** How it looks in the example file. */
  readonly example: string;
  readonly parse: Parser<T>;
  readonly default: T;
  /** Never shown; also read from `<key>_file` and from systemd credentials. */
  readonly secret?: true;
  /** An environment name besides NETUREON_<SECTION>_<KEY>. */
  readonly alias?: string;
}

function setting<T>(
  name: string,
  parse: Parser<T>,
  fallback: T,
  example: string,
  help: string,
  extra: { secret?: true; alias?: string } = {},
): Setting<T> {
  const [section = '', key = ''] = name.split('.');
  return { section, key, help, example, parse, default: fallback, ...extra };
}

const none = undefined;

export const SETTINGS = {
  siteName: setting('site.name', siteName, 'default', '"default"', 'The site that this machine reports for.'),
  databaseUrl: setting<string | undefined>(
    'database.url',
    urlOf('postgres', 'postgresql'),
    none,
    '"postgres:///netureon?host=/run/postgresql"',
    'PostgreSQL to use. Without it, `up` runs an embedded server.',
    { secret: true, alias: 'DATABASE_URL' },
  ),
  scanInterfaces: setting(
    'scan.interfaces',
    listOf(interfaceName),
    [] as string[],
    '["eth0"]',
    'Interfaces to scan. Empty: every interface with a private IPv4 network.',
  ),
  scanNetworks: setting(
    'scan.networks',
    listOf(cidr),
    [] as string[],
    '["192.168.1.0/24"]',
    'Networks to scan. Empty: those of the interfaces. A network of more than 4,096 addresses is only scanned when it is named here.',
  ),
  scanRate: setting<number | 'max'>(
    'scan.rate',
    rate,
    1000,
    '1000',
    'Frames per second, or "max". The default is gentle to Wi-Fi.',
  ),
  scanAllowPublic: setting(
    'scan.allow_public',
    bool,
    false,
    'false',
    'Also scan networks with public addresses that are named in networks.',
  ),
  scanMethod: setting<'auto' | 'packet' | 'kernel'>(
    'scan.method',
    oneOf('auto', 'packet', 'kernel'),
    'auto',
    '"auto"',
    'packet: ARP frames of our own (needs CAP_NET_RAW). kernel: let the kernel ask (slower, no privilege). auto: the first that works.',
  ),
  scanTimeout: setting(
    'scan.timeout',
    integer(1, 3600),
    25,
    '25',
    'Seconds after which a scan gives up and counts as not looked.',
  ),
  scanInterval: setting(
    'scan.interval',
    integer(1, 86_400),
    30,
    '30',
    'Seconds between two scans of `up`. Under systemd the timer decides.',
  ),
  emailUrl: setting<string | undefined>(
    'email.url',
    urlOf('smtp', 'smtps'),
    none,
    '"smtp://user:password@mail.example.org:587"',
    'The mail server. Without it no mail is sent.',
    { secret: true },
  ),
  emailFrom: setting<string | undefined>(
    'email.from',
    mailAddress,
    none,
    '"netureon@example.org"',
    'Sender of the mails.',
  ),
  emailTo: setting(
    'email.to',
    listOf(mailAddress),
    [] as string[],
    '["admin@example.org"]',
    'Who gets the mails.',
  ),
  telegramToken: setting<string | undefined>(
    'telegram.token',
    telegramToken,
    none,
    '"123456:ABC-DEF1234ghIkl"',
    'The token of your bot, from @BotFather. Without it nothing is sent to Telegram.',
    { secret: true },
  ),
  telegramChatIds: setting(
    'telegram.chat_ids',
    listOf(chatId),
    [] as string[],
    '["123456789"]',
    'The chats that get the messages.',
  ),
  telegramApiRoot: setting(
    'telegram.api_root',
    required(urlOf('https', 'http')),
    'https://api.telegram.org',
    '"https://api.telegram.org"',
    'Where the Bot API is served.',
  ),
  webListen: setting(
    'web.listen',
    listenAddress,
    '127.0.0.1:8080',
    '"127.0.0.1:8080"',
    'Address and port of the site. Only loopback until the site has logins.',
  ),
  webPublicUrl: setting<string | undefined>(
    'web.public_url',
    urlOf('http', 'https'),
    none,
    '"https://netureon.example.org"',
    'The address people open the site at; links in messages begin with it.',
  ),
  retentionLogDays: setting(
    'retention.log_days',
    integer(1, 3650),
    30,
    '30',
    'Days that the log of scans is kept.',
  ),
  retentionHistoryDays: setting(
    'retention.history_days',
    integer(1, 36_500),
    400,
    '400',
    'Days that ended connections and resolved alerts are kept.',
  ),
} as const;

type SettingsTable = typeof SETTINGS;
export type Config = {
  readonly [K in keyof SettingsTable]: SettingsTable[K] extends Setting<infer T> ? T : never;
};

/** `NETUREON_SCAN_RATE` for `[scan] rate`. */
export function environmentName(setting: Setting): string {
  return `NETUREON_${setting.section}_${setting.key}`.toUpperCase();
}

function bool(input: unknown): Parsed<boolean> {
  if (typeof input === 'boolean') return { value: input };
  if (input === 'true' || input === '1' || input === 'yes') return { value: true };
  if (input === 'false' || input === '0' || input === 'no') return { value: false };
  return { problem: `must be true or false, not ${show(input)}` };
}

function integer(least: number, most: number): Parser<number> {
  return input => {
    const value = typeof input === 'string' && /^\d+$/.test(input) ? Number(input) : input;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      return { problem: `must be a whole number from ${least} to ${most}, not ${show(input)}` };
    return { value };
  };
}

function rate(input: unknown): Parsed<number | 'max'> {
  if (input === 'max') return { value: 'max' };
  const parsed = integer(1, 10_000_000)(input);
  return 'value' in parsed
    ? parsed
    : { problem: `must be frames per second from 1 to 10000000, or max, not ${show(input)}` };
}

function oneOf<const T extends string>(...choices: readonly T[]): Parser<T> {
  return input => {
    const found = choices.find(choice => choice === input);
    return found === undefined
      ? { problem: `must be ${choices.join(', ')}, not ${show(input)}` }
      : { value: found };
  };
}

/** A TOML array, or text with commas between the items. */
function listOf<T>(parse: Parser<T | undefined>): Parser<T[]> {
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
    for (const item of items as unknown[]) {
      const parsed = parse(item);
      if ('problem' in parsed) return parsed;
      if (parsed.value !== undefined) values.push(parsed.value);
    }
    return { value: values };
  };
}

function urlOf(...schemes: readonly string[]): Parser<string | undefined> {
  return input => {
    const expected = `must be a URL that begins with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`;
    if (typeof input !== 'string') return { problem: `${expected}, not ${show(input)}` };
    // The value may hold a password: a problem never repeats it.
    if (!schemes.some(scheme => input.startsWith(`${scheme}://`))) return { problem: expected };
    // postgres:///name has no host, which is a socket to pg and an error to URL.
    const parsable = input.replace(
      /^(postgres(?:ql)?:\/\/)(\/|[^/@]*@\/)/,
      (_, scheme: string, rest: string) => `${scheme}${rest.slice(0, -1)}localhost/`,
    );
    return URL.canParse(parsable) ? { value: input } : { problem: `${expected}; this one cannot be read` };
  };
}

function required<T>(parse: Parser<T | undefined>): Parser<T> {
  return input => {
    const parsed = parse(input);
    if ('problem' in parsed) return parsed;
    return parsed.value === undefined ? { problem: 'must not be empty' } : { value: parsed.value };
  };
}

function siteName(input: unknown): Parsed<string> {
  if (typeof input === 'string' && /^[a-z0-9][a-z0-9._-]{0,62}$/.test(input)) return { value: input };
  return { problem: `must be 1 to 63 of a-z, 0-9, dot, dash and underscore, not ${show(input)}` };
}

function interfaceName(input: unknown): Parsed<string> {
  // IFNAMSIZ: 15 bytes and a NUL; the kernel takes anything but slashes and white space (dev_valid_name).
  if (typeof input === 'string' && /^[^\s/:]{1,15}$/.test(input)) return { value: input };
  return { problem: `must be the name of an interface, not ${show(input)}` };
}

function cidr(input: unknown): Parsed<string> {
  const parsed = typeof input === 'string' ? parseCidr(input) : undefined;
  if (parsed === undefined)
    return { problem: `must be an IPv4 network such as 192.168.1.0/24, not ${show(input)}` };
  return { value: formatCidr(parsed) };
}

function mailAddress(input: unknown): Parsed<string> {
  // Enough to catch what was mistyped; the server has the last word (RFC 5321 §4.1.2).
  if (typeof input === 'string' && /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()\\]{1,255}$/.test(input))
    return { value: input };
  return { problem: `must be a mail address such as admin@example.org, not ${show(input)}` };
}

function telegramToken(input: unknown): Parsed<string> {
  if (typeof input === 'string' && /^\d+:[A-Za-z0-9_-]{10,}$/.test(input)) return { value: input };
  return { problem: 'must be a bot token such as 123456:ABC-DEF… from @BotFather' };
}

function chatId(input: unknown): Parsed<string> {
  const text = typeof input === 'number' && Number.isSafeInteger(input) ? String(input) : input;
  if (typeof text === 'string' && /^(?:-?\d{1,20}|@[A-Za-z]\w{3,31})$/.test(text)) return { value: text };
  return { problem: `must be a chat's number or @channelname, not ${show(input)}` };
}

function listenAddress(input: unknown): Parsed<string> {
  const match =
    typeof input === 'string' ? /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(input) : null;
  if (match === null || Number(match[2]) > 65_535)
    return { problem: `must be an address and a port such as 127.0.0.1:8080, not ${show(input)}` };
  return { value: match[0] };
}

function show(input: unknown): string {
  return JSON.stringify(input) ?? String(input);
}
