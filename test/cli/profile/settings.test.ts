import { expect, test } from 'vitest';
import { profileSettings } from '../../../src/cli/profile/settings.ts';
import { loadConfig } from '../../../src/config/load.ts';

const settings = (env: Readonly<Record<string, string>>, resolvers: readonly string[] = []) => {
  const { config, problems } = loadConfig({ flags: {}, env, file: null, readSecret: () => '' });
  expect(problems).toEqual([]);
  return profileSettings(config, resolvers);
};

test('ports are numbers and lists, each port once', () => {
  expect(settings({ NETUREON_PROFILE_PORTS: 'none' }).ports.ports).toEqual([]);
  expect(settings({ NETUREON_PROFILE_PORTS: 'common,22,9090' }).ports.ports).toEqual([
    22, 23, 80, 443, 3306, 3389, 5000, 5432, 6379, 8000, 8080, 8888, 27017, 9090,
  ]);
  expect(settings({ NETUREON_PROFILE_PORTS: 'top100' }).ports.ports).toHaveLength(100);
  expect(settings({}).ports).toMatchObject({ gentle: true, connectMs: 1200, talkMs: 2000 });
});

test('a public name server is asked only when it is named', () => {
  const system = [
    '192.168.1.1',
    '8.8.8.8',
    '127.0.0.53',
    '::1',
    'fd00::53',
    'fe80::1%eth0',
    '2001:db8::1',
    '10.0.0.1:5300',
  ];
  expect(settings({}, system).resolvers).toEqual(['192.168.1.1', '127.0.0.53', '::1', 'fd00::53']);
  expect(settings({ NETUREON_PROFILE_RESOLVERS: '9.9.9.9' }, system).resolvers).toEqual(['9.9.9.9']);
});

test('what is wrong is told with its remedy', () => {
  const env = {
    NETUREON_PROFILE_PORTS: '0,ssh',
    NETUREON_PROFILE_RESOLVERS: 'router',
    NETUREON_PROFILE_EVERY: '0',
  };
  const { problems } = loadConfig({ flags: {}, env, file: null, readSecret: () => '' });
  expect(problems.map(({ where }) => where)).toEqual([
    'NETUREON_PROFILE_PORTS',
    'NETUREON_PROFILE_EVERY',
    'NETUREON_PROFILE_RESOLVERS',
  ]);
});
