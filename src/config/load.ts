/** Merges flags, environment, configuration file and defaults, in this order of precedence. Pure: what it reads, it is handed. */
import { parse as parseToml, TomlError } from 'smol-toml';
import { codeOf, messageOf, NetureonError } from '../lib/errors.ts';
import { passwordsOf } from '../lib/log.ts';
import { environmentName, SETTINGS, type Config, type Setting } from './schema.ts';

export type Flags = { readonly [K in keyof Config]?: { readonly flag: string; readonly value: unknown } };

export interface Sources {
  /** Values given on the command line, by setting. */
  readonly flags: Flags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The configuration file's text and where it came from; null when there is none. */
  readonly file: { readonly path: string; readonly text: string } | null;
  /** Reads a secret's file; throws where it cannot. */
  readonly readSecret: (path: string) => string;
}

export interface Problem {
  /** Where the value came from: `--rate`, `NETUREON_SCAN_RATE`, `[scan] rate in /etc/netureon/netureon.toml`. */
  readonly where: string;
  readonly problem: string;
  readonly remedy: string;
}

/** All problems of a configuration as one error, exit code 2. */
export function configurationError(problems: readonly Problem[]): NetureonError {
  const lines = problems.map(({ where, problem, remedy }) => `  ${where} ${problem}\n    → ${remedy}`);
  const title = problems.length === 1 ? 'There is a problem' : `There are ${problems.length} problems`;
  return new NetureonError('usage', `${title} with the configuration:\n${lines.join('\n')}`);
}

interface Found {
  readonly where: string;
  readonly input: unknown;
}

/** A setting with a problem has its default in `config`, so that a command can look for problems of its own as well. */
export function loadConfig(sources: Sources): {
  config: Config;
  secrets: string[];
  problems: Problem[];
  /** Where each setting that somebody gave came from. */
  origins: ReadonlyMap<keyof Config, string>;
} {
  const problems: Problem[] = [];
  const file = readFile(sources, problems);
  rejectUnknown(sources, file, problems);
  const config: Record<string, unknown> = {};
  const broken = new Set<keyof Config>();
  const named = new Set<keyof Config>();
  const secrets: string[] = [];
  const origins = new Map<keyof Config, string>();
  for (const [name, setting] of Object.entries(SETTINGS) as [keyof Config, Setting][]) {
    const before = problems.length;
    const found = find(name, setting, sources, file, problems);
    const parsed = found === undefined ? { value: setting.default } : setting.parse(found.input);
    if ('problem' in parsed) {
      const remedy = `for example: ${setting.key} = ${setting.example}`;
      problems.push({ where: found?.where ?? setting.key, problem: parsed.problem, remedy });
    }
    if (problems.length > before) broken.add(name);
    if (found !== undefined) {
      named.add(name);
      origins.set(name, found.where);
    }
    config[name] = 'problem' in parsed ? setting.default : parsed.value;
    if (setting.secret && typeof config[name] === 'string') secrets.push(...secretParts(name, config[name]));
  }
  rejectIncomplete(config as Config, { broken, named }, problems);
  return { config: config as Config, secrets, problems, origins };
}

type Tables = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function readFile({ file }: Sources, problems: Problem[]): Tables {
  if (file === null) return {};
  try {
    const tables: Record<string, Readonly<Record<string, unknown>>> = {};
    for (const [section, table] of Object.entries(parseToml(file.text))) {
      if (typeof table === 'object' && table !== null && !Array.isArray(table) && !(table instanceof Date))
        tables[section] = table;
      else
        problems.push({
          where: `${section} in ${file.path}`,
          problem: 'stands outside every section',
          remedy: 'put it below its [section]',
        });
    }
    return tables;
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    const line = error instanceof TomlError ? ` (line ${error.line})` : '';
    problems.push({
      where: file.path,
      problem: `is not valid TOML: ${reason.replace(/^Invalid TOML document: /, '')}${line}`,
      remedy: 'see the example file in docs/CONFIGURATION.md',
    });
    return {};
  }
}

function rejectUnknown({ env, file }: Sources, tables: Tables, problems: Problem[]): void {
  const all = Object.values(SETTINGS) as Setting[];
  const keysOf = (section: string) =>
    all
      .filter(setting => setting.section === section)
      .flatMap(s => (s.secret ? [s.key, `${s.key}_file`] : [s.key]));
  for (const [section, table] of Object.entries(tables)) {
    const keys = keysOf(section);
    const where = (key: string) => `[${section}]${key} in ${file?.path ?? ''}`;
    if (keys.length === 0) {
      const sections = [...new Set(all.map(setting => setting.section))].join(', ');
      problems.push({ where: where(''), problem: 'is not a section', remedy: `sections are: ${sections}` });
      continue;
    }
    for (const key of Object.keys(table)) {
      if (!keys.includes(key))
        problems.push({
          where: where(` ${key}`),
          problem: 'is not a setting',
          remedy: `settings of [${section}] are: ${keys.join(', ')}`,
        });
    }
  }
  const names = all.flatMap(s =>
    s.secret ? [environmentName(s), `${environmentName(s)}_FILE`] : [environmentName(s)],
  );
  const sections = new Set(all.map(setting => setting.section.toUpperCase()));
  for (const name of Object.keys(env)) {
    const section = /^NETUREON_([A-Z]+)_/.exec(name)?.[1];
    if (section !== undefined && sections.has(section) && !names.includes(name))
      problems.push({
        where: name,
        problem: 'is not a setting',
        remedy: `names are: ${names.filter(n => n.startsWith(`NETUREON_${section}_`)).join(', ')}`,
      });
  }
}

function find(
  name: keyof Config,
  setting: Setting,
  sources: Sources,
  tables: Tables,
  problems: Problem[],
): Found | undefined {
  const { flags, env, file } = sources;
  const flag = flags[name];
  if (flag !== undefined) return { where: flag.flag, input: flag.value };
  const variable = environmentName(setting);
  if (env[variable]) return { where: variable, input: env[variable] };
  if (setting.alias !== undefined && env[setting.alias])
    return { where: setting.alias, input: env[setting.alias] };
  if (setting.secret) {
    const credential = env['CREDENTIALS_DIRECTORY'];
    const paths: [string, unknown][] = [
      [`${variable}_FILE`, env[`${variable}_FILE`]],
      [`[${setting.section}] ${setting.key}_file`, tables[setting.section]?.[`${setting.key}_file`]],
    ];
    for (const [where, path] of paths) {
      if (path !== undefined && path !== '') return readSecret(where, path, sources, problems);
    }
    // systemd.exec(5) LoadCredential: a file named after the setting, present only when the unit loads it.
    if (credential) {
      const name = `${setting.section}.${setting.key}`;
      const found = readSecret(`credential ${name}`, `${credential}/${name}`, sources, problems, 'optional');
      if (found !== undefined) return found;
    }
  }
  const value = tables[setting.section]?.[setting.key];
  return value === undefined
    ? undefined
    : { where: `[${setting.section}] ${setting.key} in ${file?.path ?? ''}`, input: value };
}

/** @param presence optional: that there is no such file is no problem */
function readSecret(
  where: string,
  path: unknown,
  { readSecret: read }: Sources,
  problems: Problem[],
  presence: 'required' | 'optional' = 'required',
): Found | undefined {
  if (typeof path !== 'string') {
    problems.push({
      where,
      problem: `must be the path of a file, not ${JSON.stringify(path)}`,
      remedy: 'put the path between quotes',
    });
    return undefined;
  }
  try {
    return { where: `${where} (${path})`, input: read(path).trim() };
  } catch (error) {
    if (presence === 'optional' && codeOf(error) === 'ENOENT') return undefined;
    problems.push({
      where,
      problem: `cannot be read: ${messageOf(error)}`,
      remedy: 'check the path and who may read it',
    });
    return undefined;
  }
}

interface Given {
  readonly broken: ReadonlySet<keyof Config>;
  readonly named: ReadonlySet<keyof Config>;
}

/**
 * Settings that only make sense together. One that has a problem of its own counts as given; so does an empty list that
 * somebody wrote down: nobody from here, people add their channels themselves.
 */
function rejectIncomplete(config: Config, { broken, named }: Given, problems: Problem[]): void {
  const wanted = (name: keyof Config) => {
    const value = config[name];
    return broken.has(name) || (Array.isArray(value) ? value.length > 0 : value !== undefined);
  };
  const given = (name: keyof Config) => wanted(name) || (named.has(name) && Array.isArray(config[name]));
  for (const { name, because, reason, remedy } of NEEDED) {
    const { section, key } = SETTINGS[name];
    if (wanted(because) && !given(name))
      problems.push({ where: `[${section}] ${key}`, problem: `is missing, but ${reason}`, remedy });
  }
}

const NEEDED: readonly { name: keyof Config; because: keyof Config; reason: string; remedy: string }[] = [
  {
    name: 'webTrustedProxies',
    because: 'webAuthHeader',
    reason: 'a header says who is signed in, and anybody can send one',
    remedy: 'name the proxy, for example: trusted_proxies = ["127.0.0.1/32"]',
  },
  {
    name: 'webAuthHeader',
    because: 'webAuthRoleHeader',
    reason: 'a header with the role is set',
    remedy: 'for example: auth_header = "X-Remote-User"',
  },
  {
    name: 'emailFrom',
    because: 'emailUrl',
    reason: 'a mail server is set',
    remedy: 'for example: from = "netureon@example.org"',
  },
  {
    name: 'emailTo',
    because: 'emailUrl',
    reason: 'a mail server is set',
    remedy: 'for example: to = ["admin@example.org"]',
  },
  {
    name: 'emailUrl',
    because: 'emailTo',
    reason: 'mails have a recipient',
    remedy: 'for example: url = "smtp://mail.example.org:587"',
  },
  {
    name: 'telegramChatIds',
    because: 'telegramToken',
    reason: 'a token is set',
    remedy: 'send your bot a message, then for example: chat_ids = ["123456789"]',
  },
  {
    name: 'telegramToken',
    because: 'telegramChatIds',
    reason: 'chats are set',
    remedy: 'ask @BotFather for one, then: token_file = "/etc/netureon/telegram.token"',
  },
  {
    name: 'webhookSecret',
    because: 'webhookUrl',
    reason: 'a webhook is set, and what is posted there is signed',
    remedy: 'make one with `openssl rand -hex 32`, then: secret_file = "/etc/netureon/webhook.secret"',
  },
  {
    name: 'ntfyTopics',
    because: 'ntfyUrl',
    reason: 'an ntfy server is set',
    remedy: 'for example: topics = ["netureon-k3Qz8vWm2xTd"]; or topics = [] if people add them on the site',
  },
  {
    name: 'ntfyUrl',
    because: 'ntfyTopics',
    reason: 'topics are set',
    remedy: 'for example: url = "https://ntfy.sh"',
  },
  {
    name: 'ntfyUrl',
    because: 'ntfyToken',
    reason: 'a token for it is set',
    remedy: 'for example: url = "https://ntfy.example.org"',
  },
  {
    name: 'matrixToken',
    because: 'matrixUrl',
    reason: 'a Matrix server is set',
    remedy: 'log in as the account that sends, then: token_file = "/etc/netureon/matrix.token"',
  },
  {
    name: 'matrixRooms',
    because: 'matrixUrl',
    reason: 'a Matrix server is set',
    remedy: 'for example: rooms = ["#alerts:example.org"]; or rooms = [] if people add them on the site',
  },
  {
    name: 'matrixUrl',
    because: 'matrixToken',
    reason: 'a token for it is set',
    remedy: 'for example: url = "https://matrix.example.org"',
  },
  {
    name: 'matrixUrl',
    because: 'matrixRooms',
    reason: 'rooms are set',
    remedy: 'for example: url = "https://matrix.example.org"',
  },
];

/** Whoever knows the path of these may use them. */
const SECRET_PATHS: ReadonlySet<keyof Config> = new Set(['webhookUrl', 'alertsPingUrl']);

/** What may appear nowhere: the secret itself; of a URL its passwords, and its path where that is one. */
function secretParts(name: keyof Config, value: string): string[] {
  if (!SECRET_PATHS.has(name)) return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? passwordsOf(value) : [value];
  const { pathname, search } = new URL(value);
  return [...passwordsOf(value), pathname, search].filter(part => part.length > 1);
}
