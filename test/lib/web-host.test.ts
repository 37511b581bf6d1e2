// Where webhooks may go: hosts as people write them, against addresses as attackers write them.
import { describe, expect, test } from 'vitest';
import { isAtHost, parseWebHost, permittedHosts, webHostOf } from '../../src/lib/web-host.ts';

test.each([
  ['example.org', 'example.org'],
  ['Hooks.Example.org:8443', 'hooks.example.org:8443'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['[FD00::0:5]:8123', '[fd00::5]:8123'],
  ['192.168.1.5', '192.168.1.5'],
])('%s is a host', (text, host) => {
  expect(parseWebHost(text)).toBe(host);
});

test.each([
  '',
  'a b',
  'https://example.org',
  'example.org/x',
  'u@example.org',
  'x:0',
  'x:65536',
  'x:',
  'fd00::5',
  '*',
])('%j is none, or stands for itself alone', text => {
  expect([undefined, text]).toContain(parseWebHost(text));
  expect(isAtHost('https://example.org/', [parseWebHost(text) ?? ''])).toBe(false);
});

describe('an address', () => {
  const hosts = ['hooks.example.org', 'nas.lan:8123'];

  test.each([
    'https://hooks.example.org/a?b',
    'https://HOOKS.example.org:443/',
    'http://hooks.example.org/',
    'http://nas.lan:8123/api',
    'https://nas.lan:8123/api',
  ])('%s lies at one of them', url => {
    expect(isAtHost(url, hosts)).toBe(true);
  });

  test.each([
    'https://hooks.example.org:8443/',
    'https://hooks.example.org.evil.test/',
    'https://hooks.example.org@evil.test/',
    'https://evil.test/hooks.example.org',
    'https://evil.test#@hooks.example.org',
    'https://x.hooks.example.org/',
    'http://nas.lan/',
    'http://127.0.0.1:8123/',
    'http://2130706433:8123/',
    'http://localhost/',
  ])('%s does not', url => {
    expect(isAtHost(url, hosts)).toBe(false);
  });

  test('in another spelling is the same', () => {
    expect(isAtHost('http://2130706433:8123/', ['127.0.0.1:8123'])).toBe(true);
  });
});

test('the configured webhook’s own host is permitted at its own port alone', () => {
  const hosts = permittedHosts('https://anna:p@hooks.example.org/s3cret', ['nas.lan']);
  expect(hosts).toEqual(['hooks.example.org:443', 'nas.lan']);
  expect(isAtHost('https://hooks.example.org/other', hosts)).toBe(true);
  expect(isAtHost('http://hooks.example.org/other', hosts)).toBe(false);
  expect(permittedHosts(undefined, [])).toEqual([]);
  expect(webHostOf('http://nas.lan/')).toBe('nas.lan:80');
});
