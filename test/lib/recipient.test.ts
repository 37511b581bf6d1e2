// Which addresses need no TLS: those that only the own network can listen to.
import { expect, test } from 'vitest';
import { webAddressProblem } from '../../src/lib/recipient.ts';

test.each([
  'http://127.0.0.1:9/x',
  'http://localhost/x',
  'http://nas/x',
  'http://homeassistant.local:8123/x',
  'http://192.168.1.5/x',
  'http://172.31.0.1/x',
  'http://[::1]/x',
  'http://[fd00::5]/x',
  'http://[fe80::1]/x',
  'https://[2001:4860:4860::8888]/x',
])('%s may be used', url => {
  expect(webAddressProblem(url)).toBeUndefined();
});

test.each([
  'http://example.org/x',
  'http://8.8.8.8/x',
  'http://134744072/x',
  'http://172.32.0.1/x',
  'http://[2001:4860:4860::8888]/x',
  'http://[::ffff:8.8.8.8]/x',
  'http://[fc:1::1]/x',
])('%s must be encrypted', url => {
  expect(webAddressProblem(url)).toMatch(/^must begin with https:\/\//);
});
