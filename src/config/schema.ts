/**
 * config: one schema of every setting, and a pure `load` that merges flags, environment, file and defaults and tells
 * every problem at once. Imports lib.
 *
 * This file: the settings. `--help`, the example file, docs/CONFIGURATION.md and the environment names all come from
 * this table. A parser turns text (flag, environment) or a TOML value into the setting, or into a sentence that says
 * what is wrong; the remedy is the help text's example.
 */

import {
  bool,
  chatId,
  cidr,
  headerName,
  hostName,
  integer,
  interfaceName,
  ipv4Address,
  listOf,
  listenAddress,
  mailAddress,
  matrixRoom,
  ntfyTopic,
  oneOf,
  portOrPreset,
  proxyNetwork,
  rate,
  required,
  secretText,
  serverUrl,
  siteName,
  telegramToken,
  timeZone,
  urlOf,
  webUrl,
  type Parser,
} from './parsers.ts';
import { taggedNetwork, type TaggedNetwork } from './tagged-network.ts';

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

const PORT_PRESETS = ['common', 'telling', 'top100', 'none'] as const;
export type PortPreset = (typeof PORT_PRESETS)[number];

export const SETTINGS = {
  siteName: setting('site.name', siteName, 'default', '"default"', 'The site that this machine reports for.'),
  siteTimeZone: setting<string | undefined>(
    'site.time_zone',
    timeZone,
    none,
    '"Europe/Berlin"',
    'Where the people of the site sleep: the hours of rules go by it. Default: the zone of the machine that runs alertd.',
  ),
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
  scanVlans: setting(
    'scan.vlans',
    listOf(taggedNetwork),
    [] as TaggedNetwork[],
    '["eth0.20 10.20.0.0/24", "eth0.30 10.30.0.0/24 10.30.0.2"]',
    'Networks behind 802.1Q tags, to scan besides the others: INTERFACE.VLAN NETWORK, and the address to send from if there is one. Tagged frames leave by the interface as they are: it needs no VLAN interface, and on a switch it must be a trunk that carries the VLAN.',
  ),
  scanFullSweepEvery: setting<number | undefined>(
    'scan.full_sweep_every',
    integer(1, 1000),
    none,
    '1',
    'In how many scans the addresses with nobody known are all asked, a part in each; who is known is asked in every scan. More means fewer broadcasts, and that a new device is found later. Default: 1 up to a /24, 2 for a /23, 4 for a /22, and so on up to 20. A network is first scanned whole.',
  ),
  scanIpv6: setting(
    'scan.ipv6',
    bool,
    false,
    'true',
    'Also look at each link by IPv6: who is there (link-local addresses), and which other addresses they have. One or two multicasts to all per scan; only known neighbours that stay silent are asked by themselves. Needs CAP_NET_RAW.',
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
    'Also choose public networks of the interfaces. One that is named is scanned without it.',
  ),
  scanMethod: setting<'auto' | 'packet' | 'kernel'>(
    'scan.method',
    oneOf('auto', 'packet', 'kernel'),
    'auto',
    '"auto"',
    'packet: ARP frames of our own (needs CAP_NET_RAW). kernel: let the kernel ask (slower, no privilege). auto: the first that works.',
  ),
  scanTimeout: setting<number | undefined>(
    'scan.timeout',
    integer(1, 3600),
    none,
    '25',
    'Seconds after which a scan gives up and counts as not looked. Default: as long as the networks need at that rate, at least 25.',
  ),
  scanInterval: setting(
    'scan.interval',
    integer(1, 240),
    30,
    '30',
    'Seconds between two scans of `up`; five minutes without a scan count as not looked. Under systemd the timer decides.',
  ),
  profileEnabled: setting(
    'profile.enabled',
    bool,
    true,
    'true',
    'Ask devices for their names, ports and kind. false: only when told to, with `netureon profile --device`.',
  ),
  profilePorts: setting<(number | PortPreset)[]>(
    'profile.ports',
    listOf(portOrPreset(...PORT_PRESETS)),
    ['telling'],
    '["telling", 9090]',
    'TCP ports to try. Lists: common (13 ports), telling (those and what tells kinds of devices apart), top100, none.',
  ),
  profileGentle: setting(
    'profile.gentle',
    bool,
    true,
    'true',
    'Spare fragile devices: never touch the ports that make a printer print, one connection at a time to what may be one.',
  ),
  profileConcurrency: setting(
    'profile.concurrency',
    integer(1, 64),
    8,
    '8',
    'How many devices are asked at the same time.',
  ),
  profileEvery: setting(
    'profile.every',
    integer(1, 365),
    7,
    '7',
    'Days after which a device is asked again.',
  ),
  profileTimeout: setting(
    'profile.timeout',
    integer(1, 30),
    2,
    '2',
    'Seconds that a device has for each thing it is asked.',
  ),
  profileResolvers: setting(
    'profile.resolvers',
    listOf(ipv4Address),
    [] as string[],
    '["192.168.1.1"]',
    'Name servers to ask for the names of addresses. Empty: those of this machine, as far as they have private addresses.',
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
  telegramCommands: setting(
    'telegram.commands',
    bool,
    true,
    'true',
    'Put buttons under messages and answer commands such as /devices in these chats. false: only send.',
  ),
  webhookUrl: setting<string | undefined>(
    'webhook.url',
    webUrl,
    none,
    '"https://example.org/hooks/netureon"',
    'Where each message is posted as JSON, signed with the secret. Without it nothing is posted.',
    { secret: true },
  ),
  webhookSecret: setting<string | undefined>(
    'webhook.secret',
    secretText(
      16,
      'at least 16 printable characters without spaces, for example from `openssl rand -hex 32`',
    ),
    none,
    '"a-long-random-text-that-the-receiver-knows-too"',
    'What the receiver checks the signature with. People’s own webhooks are signed with it too.',
    { secret: true },
  ),
  ntfyUrl: setting<string | undefined>(
    'ntfy.url',
    serverUrl,
    none,
    '"https://ntfy.sh"',
    'The ntfy server. Without it nothing is sent to ntfy.',
  ),
  ntfyTopics: setting(
    'ntfy.topics',
    listOf(ntfyTopic),
    [] as string[],
    '["netureon-k3Qz8vWm2xTd"]',
    'The topics that get the messages. On a public server whoever guesses a topic reads along.',
  ),
  ntfyToken: setting<string | undefined>(
    'ntfy.token',
    secretText(8, 'an access token such as tk_… from `ntfy token add`'),
    none,
    '"tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"',
    'An access token of the ntfy server, where topics are protected.',
    { secret: true },
  ),
  matrixUrl: setting<string | undefined>(
    'matrix.url',
    serverUrl,
    none,
    '"https://matrix.example.org"',
    'The Matrix homeserver of the account that sends. Without it nothing is sent to Matrix.',
  ),
  matrixToken: setting<string | undefined>(
    'matrix.token',
    secretText(8, 'the access token of an account, printable characters without spaces'),
    none,
    '"syt_bmV0dXJlb24_kJhGfDsAqWeR_1a2b3c"',
    'An access token of that account.',
    { secret: true },
  ),
  matrixRooms: setting(
    'matrix.rooms',
    listOf(matrixRoom),
    [] as string[],
    '["#alerts:example.org"]',
    'The rooms that get the messages, by id or alias. The account must have joined them; they must not be encrypted.',
  ),
  alertsPingUrl: setting<string | undefined>(
    'alerts.ping_url',
    urlOf('https', 'http'),
    none,
    '"https://hc-ping.com/your-uuid"',
    'Asked every minute while scans come in and messages get through; with /fail behind it, and why, when not. Whoever serves it tells you when nothing was asked for a while: then this machine is down, or alertd is.',
    { secret: true },
  ),
  webListen: setting(
    'web.listen',
    listenAddress,
    '127.0.0.1:8080',
    '"127.0.0.1:8080"',
    'Address and port of the site. Until an administrator exists it is served to this machine only, whatever is said here.',
  ),
  webPublicUrl: setting<string | undefined>(
    'web.public_url',
    urlOf('http', 'https'),
    none,
    '"https://netureon.example.org"',
    'The address people open the site at; links in messages begin with it.',
  ),
  webHosts: setting(
    'web.hosts',
    listOf(hostName),
    [],
    '["netureon.lan"]',
    'Further names that people open the site by, with a port where it is not the usual one; any name that is not known is refused. Addresses, the names of this machine and of public_url are known.',
  ),
  webTrustedProxies: setting(
    'web.trusted_proxies',
    listOf(proxyNetwork),
    [],
    '["127.0.0.1/32"]',
    'Addresses of reverse proxies in front of the site, in CIDR notation: their X-Forwarded-For, and auth_header if set, is believed. Nobody else’s is.',
  ),
  webAuthHeader: setting<string | undefined>(
    'web.auth_header',
    headerName,
    none,
    '"X-Remote-User"',
    'The header in which a trusted proxy says who is signed in. Off unless set. The proxy must set or remove it in every request.',
  ),
  webAuthRoleHeader: setting<string | undefined>(
    'web.auth_role_header',
    headerName,
    none,
    '"X-Remote-Role"',
    'The header in which it says the role: viewer, operator or admin. Without it people have the role that an administrator gave them here.',
  ),
  webAuthRole: setting(
    'web.auth_role',
    oneOf('viewer', 'operator', 'admin'),
    'viewer',
    '"viewer"',
    'The role of who comes through the proxy for the first time.',
  ),
  webMetrics: setting(
    'web.metrics',
    oneOf('token', 'loopback'),
    'token',
    '"token"',
    'Who reads /metrics: only who shows a token with the scope metrics, or also any program of this machine.',
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
  retentionAuditDays: setting(
    'retention.audit_days',
    integer(1, 36_500),
    730,
    '730',
    'Days that the audit log is kept: who changed what.',
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
