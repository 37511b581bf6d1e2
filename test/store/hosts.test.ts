// A database on several servers: which URL is whose.
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { hostsOf } from '../../src/store/hosts.ts';

describe('the servers of a URL', () => {
  it.each([
    ['postgres://u:p@one/db', ['postgres://u:p@one/db']],
    ['postgres:///db?host=/run/postgresql', ['postgres:///db?host=/run/postgresql']],
    ['postgres://u:p@one:5432,two:5433/db', ['postgres://u:p@one:5432/db', 'postgres://u:p@two:5433/db']],
    [
      'postgresql://one,two,[fd00::1]:5432/db?target_session_attrs=read-write&sslmode=require',
      [
        'postgresql://one/db?sslmode=require',
        'postgresql://two/db?sslmode=require',
        'postgresql://[fd00::1]:5432/db?sslmode=require',
      ],
    ],
    [
      'postgres://u@/db?host=/run/one,/run/two&port=5432,5433&target_session_attrs=read-write',
      ['postgres://u@/db?host=%2Frun%2Fone&port=5432', 'postgres://u@/db?host=%2Frun%2Ftwo&port=5433'],
    ],
    // An @ and a comma in the password are the password's.
    ['postgres://u:a,b@c@one,two/db', ['postgres://u:a,b@c@one/db', 'postgres://u:a,b@c@two/db']],
  ])('%s', (url, hosts) => {
    expect(hostsOf(url)).toEqual(hosts);
  });
});

describe('the configuration', () => {
  const problemsWith = (url: string) =>
    loadConfig({
      flags: {},
      env: { DATABASE_URL: url },
      file: null,
      readSecret: () => '',
    }).problems;

  it.each(['postgres://u:p@one:5432,two:5433/db?target_session_attrs=read-write', 'postgres://one,two/db'])(
    'takes %s',
    url => {
      expect(problemsWith(url)).toEqual([]);
    },
  );

  it.each(['postgres://one:5432,two:port/db', 'postgres://one:99999999,two/db'])('refuses %s', url => {
    expect(problemsWith(url)).toHaveLength(1);
  });
});
