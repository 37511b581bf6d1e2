import { domainToASCII, domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanName, MAX_NAME_LENGTH, nameOfLabels, nameOfNetbios } from '../../src/lib/name.ts';
import { decodePunycode, encodePunycode } from '../../src/lib/punycode.ts';
import { inert } from '../../src/lib/text.ts';

/** Octets as the wire hands them over. */
const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const labels = (text: string) => text.split('.').map(utf8);

describe('a name', () => {
  it.each([
    ['printer', 'printer'],
    ['  Office\u00a0 PC\t', 'Office PC'],
    ['host.example.org.', 'host.example.org'],
    ['host...', 'host'],
    ['Bu\u0308ro', 'Büro'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['pay\u200bpal', 'paypal'],
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['line\r\nbreak', 'linebreak'],
    ['nul\0', 'nul'],
    ["Robert'); DROP TABLE devices;--", "Robert'); DROP TABLE devices;--"],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['📱', '📱'],
    ['lone \ud800 surrogate', 'lone surrogate'],
  ])('%j reads %j', (raw, name) => {
    expect(cleanName(raw)).toBe(name);
  });

  it.each([
    '',
    '.',
    ' \u00a0 ',
    '\u200b\u202e\u2066',
    '\u3164\u2800',
    '---',
    'localhost',
    'localhost.localdomain.',
    '(none)',
    '192.168.1.7',
    'a'.repeat(MAX_NAME_LENGTH + 1),
    'x'.repeat(10_000),
  ])('%j is none', raw => {
    expect(cleanName(raw)).toBeNull();
  });

  it('holds exactly as much as a domain name may', () => {
    expect(cleanName('a'.repeat(MAX_NAME_LENGTH))).toHaveLength(MAX_NAME_LENGTH);
  });

  it('is clean whatever it was made of, and cleaning it again changes nothing', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, raw => {
        const name = cleanName(raw);
        if (name === null) return;
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
        expect(inert(name)).toBe(name);
        expect(name).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u);
        expect(cleanName(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('of DNS', () => {
  it.each([
    ['living-room.local', 'living-room'],
    ['Living-Room.LOCAL', 'Living-Room'],
    ['local', 'local'],
    ['drucker.home.arpa', 'drucker.home.arpa'],
    ["Anna's Büro.local", "Anna's Büro"],
    ['xn--bro-hoa.home.arpa', 'büro.home.arpa'],
    ['xn--80aswg.example', 'сайт.example'],
    ['xn--wgv71a119e.jp', '日本語.jp'],
    // аррӏе in Cyrillic letters alone; аpple with one of them; a decoy for plain ASCII; broken; a hidden character.
    ['xn--80ak6aa92e.com', 'xn--80ak6aa92e.com'],
    ['xn--pple-43d.com', 'xn--pple-43d.com'],
    ['xn--abc-.com', 'xn--abc-.com'],
    ['xn--a.com', 'xn--a.com'],
    ['xn--99999999.com', 'xn--99999999.com'],
    ['xn--.com', 'xn--.com'],
  ])('%s reads %s', (raw, name) => {
    expect(nameOfLabels(labels(raw))).toBe(name);
  });

  it('tells a dot inside a label from one between two', () => {
    expect(nameOfLabels(['Dr. No', 'local'])).toBe('Dr- No');
  });

  it('marks octets that are no UTF-8', () => {
    expect(nameOfLabels(['caf\u00e9', 'local'])).toBe('caf\ufffd');
    expect(nameOfLabels(['\u00ff\u00fe'])).toBeNull();
  });

  it('holds any octets', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 }).map(bytes => String.fromCharCode(...bytes));
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), octets => {
        const name = nameOfLabels(octets);
        if (name !== null) expect(inert(name)).toBe(name);
      }),
    );
  });
});

describe('of NetBIOS', () => {
  it.each([
    ['FILES', 'FILES'],
    ['B\u009aRO-PC', 'BÜRO-PC'],
    ['\u0090COLE', 'ÉCOLE'],
    [utf8('büro'), 'büro'],
    ['\u00f0\u00f0', null], // soft hyphens
    ['\u0001\u0002__MSBROWSE__\u0002', '__MSBROWSE__'],
  ])('%j reads %j', (octets, name) => {
    expect(nameOfNetbios(octets)).toBe(name);
  });
});

describe('Punycode', () => {
  // RFC 3492 §7.1 (B), (I), (L), (S).
  it.each([
    ['他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
    ['почемужеонинеговорятпорусски', 'b1abfaaepdrnnbgefbadotcwatmq2g4l'],
    ['3年b組金八先生', '3b-ww4c5e180e575a65lsy2b'],
    ['-> $1.00 <-', '-> $1.00 <--'],
  ])('%s is %s', (text, encoded) => {
    expect(encodePunycode(text)).toBe(encoded);
    expect(decodePunycode(encoded)).toBe(text);
  });

  it('agrees with Node’s', () => {
    for (const word of ['bücher', 'straße', 'ελλάδα', 'みんな', 'ไทย', '한국'])
      expect(`xn--${encodePunycode(domainToUnicode(domainToASCII(word)))}`).toBe(domainToASCII(word));
  });

  it('decodes what it encoded, and anything else without harm', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), text => {
        fc.pre(text.isWellFormed());
        expect(decodePunycode(encodePunycode(text))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{0,59}$/), text => {
        expect(['string', 'undefined']).toContain(typeof decodePunycode(text));
      }),
    );
  });
});
