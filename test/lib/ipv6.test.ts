import fc from 'fast-check';
import { isIPv6 } from 'node:net';
import { expect, it } from 'vitest';
import {
  formatIpv6,
  isLinkLocal,
  isMulticast,
  isUnicast,
  isUsualLinkLocal,
  parseIpv6,
  prefixOf,
  readIpv6,
  solicitedNodeOf,
  writeIpv6,
} from '../../src/lib/ipv6.ts';
import type { Ipv6 } from '../../src/lib/ipv6.ts';

const ip = (text: string) => parseIpv6(text) as Ipv6;
const anyIp = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map(groups => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) as Ipv6);

it.each([
  // RFC 5952 §1, §2 and §4: one address in many forms, and the one to write.
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:db8:aaaa:bbbb:cccc:dddd:0:1', '2001:db8:aaaa:bbbb:cccc:dddd:0:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::', '::'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['fe80:0:0:0:0:ff:fe00:7', 'fe80::ff:fe00:7'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['::ffff:c000:201', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
])('reads %s and writes %s', (text, canonical) => {
  expect(formatIpv6(ip(text))).toBe(canonical);
});

it.each([
  '',
  ':',
  ':::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '1:2:3:4:5:6:7:8::',
  '::1:2:3:4:5:6:7:8',
  ':1::2',
  '1::2:',
  '12345::',
  'g::',
  'fe80::1%eth0',
  'fe80::1/64',
  ' ::1',
  '::1\n',
  '[::1]',
  '192.0.2.1',
  '::256.0.0.1',
  '::01.0.0.1',
  '::1.2.3',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '1:2:3:4:5:6:7:1.2.3.4',
  '-1::',
  '0x1::',
  '+1::',
  '١::',
])('refuses %j', text => {
  expect(parseIpv6(text)).toBeUndefined();
  if (!text.includes('%')) expect(isIPv6(text)).toBe(false);
});

it('reads what it writes, as Node and the bytes have it', () => {
  fc.assert(
    fc.property(anyIp, fc.nat(20), (value, offset) => {
      const text = formatIpv6(value);
      expect(isIPv6(text)).toBe(true);
      expect(parseIpv6(text)).toBe(value);
      const bytes = new Uint8Array(40).fill(0xa5);
      writeIpv6(bytes, offset, value);
      expect(readIpv6(bytes, offset)).toBe(value);
      expect(bytes.filter((_, i) => i < offset || i >= offset + 16).every(octet => octet === 0xa5)).toBe(
        true,
      );
      // The URL parser follows RFC 5952 too, but for the mixed notation.
      if (!text.includes('.'))
        expect(
          new URL(
            `http://[${value
              .toString(16)
              .padStart(32, '0')
              .replace(/(.{4})(?=.)/g, '$1:')}]`,
          ).hostname,
        ).toBe(`[${text}]`);
    }),
  );
});

it('agrees with Node on which texts are addresses', () => {
  const texts = fc.array(fc.constantFrom(':', '::', '0', '1', 'ab', 'ffff', '1.2.3.4', '.', 'g', '12345'), {
    maxLength: 17,
  });
  fc.assert(
    fc.property(texts, parts => {
      const text = parts.join('');
      expect(parseIpv6(text) !== undefined, text).toBe(isIPv6(text));
    }),
    { numRuns: 5000 },
  );
});

it('knows the kinds', () => {
  const kinds = (text: string) =>
    [isUnicast, isMulticast, isLinkLocal, isUsualLinkLocal].map(is => is(ip(text)));
  expect(kinds('fe80::1')).toEqual([true, false, true, true]);
  expect(kinds('fe80:0:0:1::1')).toEqual([true, false, true, false]);
  expect(kinds('febf::1')).toEqual([true, false, true, false]);
  expect(kinds('fec0::1')).toEqual([true, false, false, false]);
  expect(kinds('fd66::1')).toEqual([true, false, false, false]);
  expect(kinds('ff02::1')).toEqual([false, true, false, false]);
  for (const text of ['::', '::1', '::ffff:10.0.0.1', '::10.0.0.1']) expect(isUnicast(ip(text))).toBe(false);
  expect(formatIpv6(solicitedNodeOf(ip('fe80::2aa:ff:fe28:9c5a')))).toBe('ff02::1:ff28:9c5a');
  expect(prefixOf(ip('fd66::1'))).toBe(prefixOf(ip('fd66::ffff:1')));
});
