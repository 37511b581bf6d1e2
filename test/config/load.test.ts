import { describe, expect, test } from 'vitest';
import { exampleFile, settingsTable } from '../../src/config/document.ts';
import { configurationError, loadConfig, type Sources } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/schema.ts';

const PATH = '/etc/netureon/netureon.toml';

function load(sources: Partial<Sources> & { toml?: string } = {}) {
  const { toml, ...rest } = sources;
  return loadConfig({
    flags: {},
    env: {},
    file: toml === undefined ? null : { path: PATH, text: toml },
    readSecret: path => {
      throw new Error(`ENOENT: ${path}`);
    },
    ...rest,
  });
}

test('without anything, every setting has its default', () => {
  const { config, problems } = load();
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    scanRate: 1000,
    webListen: '127.0.0.1:8080',
    scanInterfaces: [],
    databaseUrl: undefined,
  });
});

test('a flag beats the environment, which beats the file, which beats the default', () => {
  const toml = '[scan]\nrate = 10';
  const env = { NETUREON_SCAN_RATE: '20' };
  expect(load({ toml }).config.scanRate).toBe(10);
  expect(load({ toml, env }).config.scanRate).toBe(20);
  expect(load({ toml, env, flags: { scanRate: { flag: '--rate', value: 'max' } } }).config.scanRate).toBe(
    'max',
  );
});

test('DATABASE_URL works, and NETUREON_DATABASE_URL is more specific', () => {
  const socket = 'postgres:///netureon?host=/run/postgresql';
  expect(load({ env: { DATABASE_URL: socket } }).config.databaseUrl).toBe(socket);
  const env = { DATABASE_URL: socket, NETUREON_DATABASE_URL: 'postgres://db/netureon' };
  expect(load({ env }).config.databaseUrl).toBe('postgres://db/netureon');
});

test.each([
  'postgres:///netureon?host=/run/postgresql',
  'postgres://user:p%40ss@[::1]:5433/netureon?sslmode=require',
  'postgres://user@/netureon?host=/tmp',
  'postgresql://a:b@h1:5432/netureon',
])('%s is a database URL', url => {
  expect(load({ env: { DATABASE_URL: url } }).problems).toEqual([]);
});

describe('all problems come at once', () => {
  test('with where they are and what to do', () => {
    const toml = `
      [scan]
      networks = ["192.168.1.0/33"]
      rate = "fast"
      interfces = ["eth0"]
      [email]
      url = "mail.example.org"
      [telegram]
      chat_ids = [42]
      [wbe]
      listen = "x"`;
    const { problems } = load({ toml, env: { NETUREON_WEB_LISTEN: 'nowhere', NETUREON_SCAN_SPEED: '1' } });
    expect(problems.map(({ where }) => where)).toEqual([
      `[scan] interfces in ${PATH}`,
      `[wbe] in ${PATH}`,
      'NETUREON_SCAN_SPEED',
      `[scan] networks in ${PATH}`,
      `[scan] rate in ${PATH}`,
      `[email] url in ${PATH}`,
      'NETUREON_WEB_LISTEN',
      '[email] from',
      '[email] to',
      '[telegram] token',
    ]);
    expect(problems.every(({ problem, remedy }) => problem !== '' && remedy !== '')).toBe(true);
    const error = configurationError(problems);
    expect(error.code).toBe('usage');
    expect(error.message).toMatch(/^There are 10 problems with the configuration:\n/);
  });

  test('a file that is no TOML is one of them, with its line', () => {
    const { problems } = load({ toml: '[scan]\nrate = = 3', env: { NETUREON_SCAN_RATE: '-1' } });
    expect(problems).toMatchObject([
      { where: PATH, problem: expect.stringMatching(/not valid TOML.*line 2/) },
      { where: 'NETUREON_SCAN_RATE' },
    ]);
  });

  test('and all of one list', () => {
    const { problems } = load({ toml: '[scan]\nnetworks = ["one", "10.0.0.0/8", "two"]' });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.problem).toMatch(/"one".*"two"/);
  });

  test.each([
    ['[database]\nurl = "postgres://u:100%pure@db/x"', 'url'],
    ['[database]\nurl_file = 5', 'url_file'],
    ['[scan]\nrate = true', 'rate'],
    ['[scan]\nallow_public = "perhaps"', 'allow_public'],
    ['[scan]\ninterfaces = "a b"', 'interfaces'],
    ['[scan]\nmethod = "magic"', 'method'],
    ['[email]\nto = ["a@b@c"]\nurl="smtp://x"\nfrom="a@b"', 'to'],
    ['[email]\nfrom = "x\\r\\nBcc: y@z"', 'from'],
    ['[telegram]\ntoken = "123"\nchat_ids = [1]', 'token'],
    ['[telegram]\ntoken = "123:abcdefghijkl"\nchat_ids = ["no"]', 'chat_ids'],
    ['[web]\nlisten = "127.0.0.1:99999"', 'listen'],
    ['[web]\nlisten = "127.0.0.1:0"', 'listen'],
    ['[retention]\nlog_days = 0', 'log_days'],
    ['[site]\nname = "Main Site"', 'name'],
    ['stray = 1', 'stray'],
  ])('%j', (toml, key) => {
    const { problems } = load({ toml });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.where).toContain(key);
  });
});

describe('channels', () => {
  const problemsOf = (toml: string) =>
    load({ toml }).problems.map(({ where, problem }) => `${where} ${problem}`);

  test.each([
    ['[webhook]\nurl = "https://x.test/hook"', '[webhook] secret is missing, but a webhook is set'],
    ['[ntfy]\nurl = "https://ntfy.sh"', '[ntfy] topics is missing, but an ntfy server is set'],
    ['[ntfy]\ntopics = ["a"]', '[ntfy] url is missing, but topics are set'],
    ['[ntfy]\ntoken = "tk_0123456789"', '[ntfy] url is missing, but a token for it is set'],
    ['[matrix]\nurl = "https://x.test"\nrooms = ["!a:x.test"]', '[matrix] token is missing'],
    ['[matrix]\nurl = "https://x.test"\ntoken = "syt_0123456789"', '[matrix] rooms is missing'],
    ['[matrix]\nrooms = ["!a:x.test"]', '[matrix] url is missing'],
  ])('that lack something say what: %j', (toml, problem) => {
    expect(problemsOf(toml)).toEqual([expect.stringContaining(problem)]);
  });

  test.each([
    ['[webhook]\nurl = "http://example.test/hook"\nsecret = "0123456789abcdef"', 'must begin with https://'],
    ['[webhook]\nurl = "https://x.test"\nsecret = "short"', 'must be at least 16 printable characters'],
    ['[ntfy]\nurl = "https://ntfy.sh/topic?x"\ntopics = ["a"]', 'must be the address of the server alone'],
    ['[ntfy]\nurl = "https://u:p@ntfy.sh"\ntopics = ["a"]', 'must not hold a user or password'],
    ['[ntfy]\nurl = "https://ntfy.sh"\ntopics = ["a b"]', 'must be an ntfy topic'],
    [
      '[matrix]\nurl = "https://x.test"\ntoken = "syt_0123456789"\nrooms = ["alerts"]',
      'must be a Matrix room',
    ],
    ['[matrix]\nurl = "https://x.test"\ntoken = "with space"\nrooms = ["!a"]', 'must be the access token'],
  ])('that are wrong say how: %j', (toml, problem) => {
    expect(problemsOf(toml)).toEqual([expect.stringContaining(problem)]);
  });

  test('may reach nobody from here, if somebody wrote that down', () => {
    const toml = '[ntfy]\nurl = "https://ntfy.sh/"\ntopics = []\n[webhook]\nsecret = "0123456789abcdef"';
    const { config, problems } = load({ toml });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({ ntfyUrl: 'https://ntfy.sh', ntfyTopics: [], webhookUrl: undefined });
  });

  test('keep what is secret in the address of a webhook out of every line', () => {
    const { secrets } = load({
      toml: '[webhook]\nurl = "https://u:p%40ss@x.test/hook/t0ken?k=v"\nsecret = "0123456789abcdef"',
    });
    expect(secrets).toEqual(
      expect.arrayContaining(['/hook/t0ken', '?k=v', 'p@ss', 'p%40ss', '0123456789abcdef']),
    );
  });
});

describe('secrets', () => {
  const files: Readonly<Record<string, string>> = {
    '/s/token': '123456:from-a-file-abc\n',
    '/cred/email.url': 'smtps://u:hunter22@mail',
  };
  const readSecret = (path: string) => {
    const text = files[path];
    if (text === undefined)
      throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
    return text;
  };
  const chats = '[telegram]\nchat_ids = [1]\n';

  test('come from a file named in the configuration or the environment, without the newline', () => {
    const { config } = load({ toml: `${chats}token_file = "/s/token"`, readSecret });
    expect(config.telegramToken).toBe('123456:from-a-file-abc');
    const env = { NETUREON_TELEGRAM_TOKEN_FILE: '/s/token' };
    expect(load({ toml: chats, env, readSecret }).config.telegramToken).toBe('123456:from-a-file-abc');
  });

  test('come from systemd credentials', () => {
    const toml = '[email]\nfrom = "a@b"\nto = ["c@d"]';
    const { config, secrets } = load({ toml, env: { CREDENTIALS_DIRECTORY: '/cred' }, readSecret });
    expect(config.emailUrl).toBe('smtps://u:hunter22@mail');
    expect(secrets).toContain('hunter22');
  });

  test('that systemd has and this user may not read are a problem, those it has not are none', () => {
    const refused = () => {
      throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
    };
    const env = { CREDENTIALS_DIRECTORY: '/cred' };
    const { problems } = load({ env, readSecret: refused });
    expect(problems.filter(({ problem }) => problem.includes('permission denied'))).toHaveLength(
      Object.values(SETTINGS).filter(setting => 'secret' in setting).length,
    );
    expect(load({ env: { CREDENTIALS_DIRECTORY: '/empty' }, readSecret }).problems).toEqual([]);
  });

  test('whose file cannot be read are a problem with the path', () => {
    const { problems } = load({ toml: `${chats}token_file = "/s/none"`, readSecret });
    expect(problems).toMatchObject([
      { where: '[telegram] token_file', problem: expect.stringContaining('/s/none') },
    ]);
  });

  test('are never repeated in a problem', () => {
    const env = {
      DATABASE_URL: 'mysql://u:hunter22@db/x',
      NETUREON_EMAIL_URL: 'hunter22',
      NETUREON_TELEGRAM_TOKEN: 'hunter22',
    };
    const { problems } = load({ env });
    expect(problems.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(problems)).not.toContain('hunter22');
  });

  test('inside a URL are known for redaction in both spellings', () => {
    const { secrets } = load({ env: { DATABASE_URL: 'postgres://u:p%40ssword@db/x' } });
    expect(secrets).toEqual(['p%40ssword', 'p@ssword']);
  });
});

describe('documents made from the schema', () => {
  test('the example file is valid TOML with every setting, and means the defaults', () => {
    const { config, problems } = load({ toml: exampleFile() });
    expect(problems).toEqual([]);
    expect(config).toEqual(load().config);
    for (const { key } of Object.values(SETTINGS)) expect(exampleFile()).toContain(`# ${key} = `);
  });

  test('uncommented, every example is a valid value', () => {
    const toml = exampleFile()
      .replaceAll(/^# (\w+ = )/gm, '$1')
      .replaceAll(/^\w+_file = .*$/gm, '');
    expect(load({ toml }).problems).toEqual([]);
  });

  test('docs/CONFIGURATION.md is the current one', async () => {
    const page = `# Configuration\n\nEvery setting may come from a flag, the environment, the file or its default, in this order.\nThe file is \`/etc/netureon/netureon.toml\` unless \`--config\` names another.\n\n${settingsTable()}\n\n## The file\n\n\`\`\`toml\n${exampleFile()}\`\`\`\n`;
    await expect(page).toMatchFileSnapshot('../../docs/CONFIGURATION.md');
  });
});
