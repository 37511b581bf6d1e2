import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../src/lib/backoff.ts';
import { codeOf, messageOf, NetureonError } from '../../src/lib/errors.ts';
import {
  cidrContains,
  formatCidr,
  formatIpv4,
  hostRange,
  isPrivate,
  parseCidr,
  parseIpv4,
  type Cidr,
} from '../../src/lib/ipv4.ts';
import { createLog, maskUrl, passwordsOf } from '../../src/lib/log.ts';
import { formatMac, isGroupMac, isLocalMac, parseMac, readMac, writeMac } from '../../src/lib/mac.ts';
import { count, inert } from '../../src/lib/text.ts';

const cidr = (text: string): Cidr => parseCidr(text) ?? expect.fail(`${text} should parse`);

describe('MAC addresses', () => {
  test('any 48 bits survive text and bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), bytes => {
        const mac = readMac(bytes, 0);
        expect(parseMac(formatMac(mac))).toBe(mac);
        const copy = new Uint8Array(8).fill(0xa5);
        writeMac(copy, 1, mac);
        expect([...copy]).toEqual([0xa5, ...bytes, 0xa5]);
      }),
    );
  });

  test.each([
    '3C:37:12:00:0A:0b',
    '3c-37-12-00-0a-0b',
    '3c37.1200.0a0b',
    '3c3712000a0b',
    ' 3c:37:12:00:0a:0b ',
  ])('%j is read', text => {
    expect(formatMac(parseMac(text) ?? expect.fail())).toBe('3c:37:12:00:0a:0b');
  });

  test.each([
    '',
    '3c:37:12:00:0a',
    '3c:37:12:00:0a:0b:0c',
    '3c:37-12:00:0a:0b',
    '3g:37:12:00:0a:0b',
    '3c37.12000a0b',
  ])('%j is refused', text => {
    expect(parseMac(text)).toBeUndefined();
  });

  test('group and locally administered addresses are told by their bits', () => {
    const bits = (text: string) => [
      isGroupMac(parseMac(text) ?? expect.fail()),
      isLocalMac(parseMac(text) ?? expect.fail()),
    ];
    expect(bits('01:00:5e:00:00:01')).toEqual([true, false]);
    expect(bits('02:00:00:00:00:01')).toEqual([false, true]);
    expect(bits('3c:37:12:00:00:01')).toEqual([false, false]);
    expect(bits('ff:ff:ff:ff:ff:ff')).toEqual([true, true]);
  });
});

describe('IPv4', () => {
  test('any address survives text', () => {
    fc.assert(
      fc.property(fc.ipV4(), text => {
        expect(formatIpv4(parseIpv4(text) ?? expect.fail())).toBe(text);
      }),
    );
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.-4',
    '0x1.2.3.4',
    '1.2.3.4 ',
    '１.2.3.4',
  ])('%j is refused', text => {
    expect(parseIpv4(text)).toBeUndefined();
  });

  test.each([
    ['192.168.1.77/24', '192.168.1.0/24'],
    ['10.0.0.1', '10.0.0.1/32'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['128.0.0.1/1', '128.0.0.0/1'],
  ])('%s is the network %s', (text, network) => expect(formatCidr(cidr(text))).toBe(network));

  test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0/8', '/8', '10.0.0.0/+8'])(
    '%j is refused',
    text => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );

  test.each([
    ['192.168.1.0/24', '192.168.1.1', '192.168.1.254'],
    ['10.0.0.4/30', '10.0.0.5', '10.0.0.6'],
    ['10.0.0.4/31', '10.0.0.4', '10.0.0.5'], // RFC 3021
    ['10.0.0.4/32', '10.0.0.4', '10.0.0.4'],
  ])('%s has hosts %s to %s', (text, first, last) => {
    const range = hostRange(cidr(text));
    expect([formatIpv4(range.first), formatIpv4(range.last)]).toEqual([first, last]);
  });

  test.each([
    ['192.168.0.0/16', true],
    ['172.31.255.0/24', true],
    ['172.32.0.0/24', false],
    ['100.64.0.0/10', true],
    ['169.254.0.0/16', true],
    ['192.0.0.0/8', false],
    ['8.8.8.0/24', false],
    ['0.0.0.0/0', false],
  ])('%s private: %s', (text, expected) => expect(isPrivate(cidr(text))).toBe(expected));

  test('a network contains exactly its addresses', () => {
    const network = cidr('192.168.1.0/30');
    const inside = [-1, 0, 3, 4].map(offset =>
      cidrContains(network, (network.base + offset) as typeof network.base),
    );
    expect(inside).toEqual([false, true, true, false]);
  });
});

describe('text of strangers', () => {
  test('becomes one harmless line of bounded length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.integer({ min: 1, max: 300 }),
        (text, max) => {
          const clean = inert(text, max);
          expect(clean.length).toBeLessThanOrEqual(max);
          // oxlint-disable-next-line no-control-regex -- that is what must not be there
          expect(clean).not.toMatch(
            /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/,
          );
          expect(clean.isWellFormed()).toBe(true);
        },
      ),
    );
  });

  test('keeps what people write', () => {
    for (const text of ['Annas Küche 👋 日本', 'می\u200cخواهم', '👩\u200d👧 Tablet'])
      expect(inert(text)).toBe(text);
    expect(inert('ad\u200dmin \u200c')).toBe('ad\ufffdmin \ufffd');
  });

  test('counts read as English', () => {
    expect([count(1, 'device'), count(0, 'device'), count(1234, 'device')]).toEqual([
      '1 device',
      '0 devices',
      '1,234 devices',
    ]);
  });
});

describe('the log', () => {
  const lines: string[] = [];
  const log = createLog(line => lines.push(line));

  test('is one line, with values quoted where they need it', () => {
    log.info('found\nit', { name: 'a "b"', n: 3, none: undefined });
    expect(lines.pop()).toBe('found\ufffdit name="a \\"b\\"" n=3');
  });

  test('never shows what it was told is secret', () => {
    log.redact('hunter22');
    log.error('failed for hunter22', { url: 'smtp://u:hunter22@mail' });
    expect(lines.pop()).not.toContain('hunter22');
  });

  test('finds a secret that is cut off, or that quoting would change', () => {
    log.redact('a"back\\slash');
    log.error('no', { reason: 'refused for a"back\\slash' });
    expect(lines.pop()).toBe('no reason="refused for ‹secret›"');
    log.error(`${'x'.repeat(3995)}a"back\\slash`);
    expect(lines.pop()).not.toContain('a"b');
  });

  test('leaves out what is below its threshold', () => {
    log.debug('detail');
    expect(lines).toEqual([]);
  });

  test('URLs are shown without their password', () => {
    expect(maskUrl('postgres://u:secret@db/x?sslpassword=secret2')).toBe(
      'postgres://u:***@db/x?sslpassword=***',
    );
    expect(maskUrl('postgres://u:p@ss@word@db/x')).toBe('postgres://u:***@db/x');
    expect(maskUrl('postgres://db/x?a=b@c')).toBe('postgres://db/x?a=b@c');
    expect(maskUrl('postgres://u:my secret words@db/x')).toBe('postgres://u:***@db/x');
    expect(maskUrl('postgres:///x?password=my secret words&user=u')).toBe(
      'postgres:///x?password=***&user=u',
    );
  });

  test('the passwords of a URL are known in every spelling', () => {
    expect(passwordsOf('postgres://u:p%40ssword@db/x')).toEqual(['p%40ssword', 'p@ssword']);
    expect(passwordsOf('smtp://u:p@ss@mail')).toEqual(['p@ss', 'p%40ss']);
    expect(passwordsOf('postgres:///x?host=/run&password=hunter%322&user=u')).toEqual([
      'hunter%322',
      'hunter22',
    ]);
    expect(passwordsOf('smtp://u:100%pure@mail')).toEqual(['100%pure']);
    expect(passwordsOf('postgres://u@db/x')).toEqual([]);
    expect(passwordsOf('postgres://u:my secret@db/x')).toEqual(['my secret', 'my%20secret']);
  });
});

describe('errors', () => {
  test('keep their cause, remedy and code', () => {
    const error = new NetureonError('io', 'eth0 went away', {
      cause: new Error('ENETDOWN'),
      remedy: 'plug it in',
    });
    expect([messageOf(error.cause), error.remedy, codeOf(error)]).toEqual(['ENETDOWN', 'plug it in', 'io']);
  });

  test('anything thrown has a message', () => {
    expect(
      ['x', undefined, new Error(''), new AggregateError([new Error('a'), new Error('b')])].map(messageOf),
    ).toEqual(['x', 'undefined', 'Error', 'a; b']);
  });
});

test('backoff grows, is capped, and never falls below its floor', () => {
  const backoff = { baseMs: 1000, capMs: 60_000, floorMs: 100 };
  expect([1, 2, 3, 30, 1000].map(attempt => backoffMs(backoff, attempt, 0.999_999))).toEqual([
    1000, 2000, 4000, 60_000, 60_000,
  ]);
  expect(backoffMs(backoff, 5, 0)).toBe(100);
});
