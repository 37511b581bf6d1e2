// What the site may show of the configuration.
import { expect, test } from 'vitest';
import { describeSettings } from '../../src/config/described.ts';
import { loadConfig } from '../../src/config/load.ts';

const SECRETS = {
  DATABASE_URL: 'postgres://ada:pa%40ss-word@db.example:5433/netureon?password=also-hidden',
  NETUREON_EMAIL_URL: 'smtp://me:s3cr3t!mail@mail.example:587',
  NETUREON_EMAIL_FROM: 'n@example.org',
  NETUREON_EMAIL_TO: 'a@example.org',
  NETUREON_TELEGRAM_TOKEN: '123456789:AAE-abcdefghijklmnopqrstuvwxyz012345',
  NETUREON_TELEGRAM_CHAT_IDS: '1',
  NETUREON_WEBHOOK_URL: 'https://hooks.example/T000/B111/very-secret-path?key=abc123xyz',
  NETUREON_WEBHOOK_SECRET: 'a-long-random-text-that-nobody-knows',
  NETUREON_ALERTS_PING_URL: 'https://hc.example/8c1f-ping-uuid',
};

function described(env: Record<string, string>, file: string | null = null) {
  const loaded = loadConfig({
    flags: { webListen: { flag: '--listen', value: '127.0.0.1:8123' } },
    env,
    file: file === null ? null : { path: '/etc/netureon/netureon.toml', text: file },
    readSecret: () => '',
  });
  expect(loaded.problems).toEqual([]);
  const all = describeSettings(loaded.config, loaded.origins, loaded.secrets);
  return (name: string) => all.find(({ section, key }) => `${section}.${key}` === name);
}

test('each value is told with where it came from', () => {
  const of = described({ NETUREON_SCAN_RATE: '500' }, '[scan]\nnetworks = ["10.0.0.0/24"]\n');
  expect(of('web.listen')).toMatchObject({ value: '"127.0.0.1:8123"', source: '--listen' });
  expect(of('scan.rate')).toMatchObject({ value: '500', source: 'NETUREON_SCAN_RATE' });
  expect(of('scan.networks')).toMatchObject({
    value: '["10.0.0.0/24"]',
    source: '[scan] networks in /etc/netureon/netureon.toml',
  });
  expect(of('retention.log_days')).toMatchObject({ value: '30', source: null });
  expect(of('email.url')).toMatchObject({ value: null, isSecret: true });
});

test('no secret is told, nor a part of one, nor inside an address', () => {
  const of = described(SECRETS);
  const shown = JSON.stringify(
    ['database.url', 'email.url', 'telegram.token', 'webhook.url', 'webhook.secret', 'alerts.ping_url'].map(
      of,
    ),
  );
  for (const hidden of [
    'pa%40ss',
    'pa@ss',
    'word',
    'also-hidden',
    's3cr3t',
    'AAE-',
    'T000',
    'very-secret',
    'abc123',
    'a-long',
    '8c1f',
    'ada',
    'me:',
  ])
    expect(shown).not.toContain(hidden);
  for (const told of ['db.example:5433', 'mail.example:587', 'hooks.example', 'hc.example'])
    expect(shown).toContain(told);
});

test('a secret that was written where none belongs is not told either', () => {
  const of = described({
    ...SECRETS,
    NETUREON_NTFY_URL: 'https://ntfy.example',
    NETUREON_TELEGRAM_API_ROOT: 'https://me:root-password@api.example',
    NETUREON_NTFY_TOPICS: 'alerts-a-long-random-text-that-nobody-knows',
  });
  expect(of('telegram.api_root')?.value).not.toContain('root-password');
  expect(of('ntfy.topics')?.value).not.toContain('a-long-random-text');
});
