import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Ipv4 } from '../../src/lib/ipv4.ts';
import {
  emitDnsQuery,
  formatDns,
  MAX_DNS_LENGTH,
  parseDns,
  reverseName,
  TYPE_A,
  TYPE_PTR,
  TYPE_SRV,
  TYPE_TXT,
} from '../../src/wire/dns.ts';
import { emitName, formatName, MAX_NAME, readName, sameName } from '../../src/wire/dns-name.ts';
import { WireError } from '../../src/wire/error.ts';
import { fixtureDatagram, fixtureFrame } from './fixture.ts';
import { mutate, random } from './mutate.ts';

const ip = (text: string) => parseIpv4(text) as Ipv4;
const octets = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const instance = octets('Büro living-room');

/** What the parser throws for these bytes, as `layer/reason@offset`. */
function refusal(bytes: Uint8Array): string {
  try {
    parseDns(bytes);
  } catch (error) {
    if (error instanceof WireError) return `${error.layer}/${error.reason}@${error.offset}`;
    throw error;
  }
  return 'accepted';
}

describe('messages of other programs', () => {
  it('reads the reverse answer of avahi', () => {
    const message = parseDns(fixtureDatagram('avahi', 2));
    const name = ['7', '0', '66', '10', 'in-addr', 'arpa'];
    expect(message).toEqual({
      id: 0x1001,
      response: true,
      opcode: 0,
      authoritative: true,
      truncated: false,
      recursionDesired: false,
      rcode: 0,
      questions: [{ name, type: TYPE_PTR, class: 1, unicast: false }],
      answers: [
        {
          name,
          type: TYPE_PTR,
          class: 1,
          cacheFlush: false,
          ttl: 10,
          data: { kind: 'ptr', name: ['living-room', 'local'] },
        },
      ],
      authorities: [],
      additionals: [],
    });
    expect(formatDns(message)).toBe('PTR? 7.0.66.10.in-addr.arpa. 1/0/0');
  });

  it('follows the pointers of a whole announcement', () => {
    const { response, questions, answers } = parseDns(fixtureDatagram('avahi', 0));
    expect({ response, questions }).toEqual({ response: true, questions: [] });
    expect(answers).toHaveLength(18);
    expect(answers.every(({ name }) => name.at(-1) === 'local')).toBe(true);
    expect(answers.filter(one => one.cacheFlush && one.data.kind === 'srv').map(one => one.data)).toEqual(
      [631, 0, 445, 9].map(port => ({
        kind: 'srv',
        priority: 0,
        weight: 0,
        port,
        target: ['living-room', 'local'],
      })),
    );
    expect(answers.find(({ data }) => data.kind === 'aaaa')?.data).toEqual({
      kind: 'aaaa',
      octets: '\u00fe\u0080\0\0\0\0\0\0\0\0\0\u00ff\u00fe\0\0\u0007',
    });
  });

  it('reads service types, SRV, TXT and A of avahi', () => {
    const datas = (index: number) =>
      parseDns(fixtureDatagram('avahi', index)).answers.map(({ data }) => data);
    expect(datas(4)).toEqual(
      ['_workstation', '_ipp', '_device-info', '_smb'].map(type => ({
        kind: 'ptr',
        name: [type, '_tcp', 'local'],
      })),
    );
    expect(datas(10)[0]).toMatchObject({ kind: 'srv', port: 631, target: ['living-room', 'local'] });
    expect(datas(12)).toEqual([{ kind: 'txt', strings: ['model=RackMac6,1'] }]);
    expect(datas(8)).toContainEqual({ kind: 'txt', strings: ['ty=HP LaserJet M404', 'note=2nd floor'] });
    expect(datas(14)).toEqual([{ kind: 'a', ip: ip('10.66.0.7') }]);
  });

  it('reads the answers of dnsmasq, and that one was refused', () => {
    expect(parseDns(fixtureDatagram('dnsmasq', 1)).answers[0]?.data).toEqual({
      kind: 'ptr',
      name: ['drucker', 'home', 'arpa'],
    });
    const refused = parseDns(fixtureDatagram('dnsmasq', 5));
    expect(refused).toMatchObject({ rcode: 5, answers: [], recursionDesired: true });
    expect(formatDns(refused)).toBe('PTR? 11.0.66.10.in-addr.arpa. rcode 5');
  });

  it('reads the LLMNR answer of systemd-resolved, behind its length in the stream', () => {
    // Ethernet, IPv4, TCP with its time stamps, the length.
    const { questions, answers, rcode } = parseDns(fixtureFrame('resolved', 1).slice(14 + 20 + 32 + 2));
    expect({ questions, rcode }).toMatchObject({
      questions: [{ name: reverseName(ip('10.66.0.7')) }],
      rcode: 0,
    });
    expect(answers).toMatchObject([
      { name: reverseName(ip('10.66.0.7')), data: { kind: 'ptr', name: ['vm'] } },
    ]);
  });

  it.each([
    ['dnsmasq', 0, { name: reverseName(ip('10.66.0.9')), type: TYPE_PTR, recursionDesired: true }],
    ['dnsmasq', 4, { name: reverseName(ip('10.66.0.11')), type: TYPE_PTR, recursionDesired: true }],
    ['avahi', 9, { name: [instance, '_ipp', '_tcp', 'local'], type: TYPE_SRV }],
    ['avahi', 11, { name: [instance, '_device-info', '_tcp', 'local'], type: TYPE_TXT }],
    ['avahi', 13, { name: ['living-room', 'local'], type: TYPE_A }],
  ])('emits question %s:%i as it was asked, byte for byte', (file, index, query) => {
    const bytes = fixtureDatagram(file, index);
    const { id } = parseDns(bytes);
    const out = new Uint8Array(bytes.length + 8).fill(0xa5);
    expect(emitDnsQuery({ id, ...query }, out, 4)).toBe(bytes.length);
    expect(out.subarray(4, -4)).toEqual(bytes);
    expect([...out.subarray(0, 4), ...out.subarray(-4)]).toEqual(Array(8).fill(0xa5));
  });

  it('asks for a unicast answer by the top bit of the class', () => {
    const out = new Uint8Array(100).fill(0xa5);
    const length = emitDnsQuery({ id: 1, name: ['a', 'local'], type: TYPE_A, unicast: true }, out);
    expect(parseDns(out.subarray(0, length)).questions).toEqual([
      { name: ['a', 'local'], type: TYPE_A, class: 1, unicast: true },
    ]);
  });
});

/** A response with these counts and this body. */
function message(counts: readonly [number, number, number, number], body: readonly (number | string)[]) {
  const bytes = body.flatMap(part => (typeof part === 'number' ? [part] : [...Buffer.from(part, 'latin1')]));
  return Uint8Array.from([0, 1, 0x84, 0, ...counts.flatMap(n => [n >> 8, n & 255]), ...bytes]);
}
const record = (
  name: readonly (number | string)[],
  type: number,
  length: number,
  data: readonly (number | string)[],
) => [...name, 0, type, 0, 1, 0, 0, 0, 10, length >> 8, length & 255, ...data];

describe('hostile messages', () => {
  it.each([2, 4, 6, 8, 10, 12, 14])('refuses answer %i of avahi at every length it is cut to', index => {
    const bytes = fixtureDatagram('avahi', index);
    for (let length = 0; length < bytes.length; length++)
      expect(refusal(bytes.slice(0, length))).toBe(`dns/truncated@${length}`);
  });

  const a = [1, 'a', 0];
  it.each([
    ['a pointer to itself', message([1, 0, 0, 0], [0xc0, 12, 0, 1, 0, 1]), 'dns/pointer@12'],
    [
      'two pointers to one another',
      message([1, 0, 0, 0], [0xc0, 14, 0xc0, 12, 0, 1, 0, 1]),
      'dns/pointer@12',
    ],
    [
      'a label that leads back to itself',
      message([1, 0, 0, 0], [1, 'a', 0xc0, 12, 0, 1, 0, 1]),
      'dns/pointer@14',
    ],
    ['a forward pointer', message([1, 0, 0, 0], [0xc0, 20, 0, 1, 0, 1, 0, 0, 1, 'a', 0]), 'dns/pointer@12'],
    ['a pointer into the header', message([1, 0, 0, 0], [0xc0, 4, 0, 1, 0, 1]), 'dns/pointer@12'],
    ['half a pointer', message([1, 0, 0, 0], [0xc0]), 'dns/truncated@13'],
    ['a label of 64 octets', message([1, 0, 0, 0], [64, 'x'.repeat(64), 0, 0, 1, 0, 1]), 'dns/label@12'],
    ['a binary label', message([1, 0, 0, 0], [0x41, 0, 0, 1, 0, 1]), 'dns/label@12'],
    ['a label with bits 10', message([1, 0, 0, 0], [0x80, 0, 0, 1, 0, 1]), 'dns/label@12'],
    ['a label beyond the end', message([1, 0, 0, 0], [9, 'abc']), 'dns/truncated@16'],
    [
      'a name of 256 octets',
      message([1, 0, 0, 0], [...Array.from({ length: 4 }, () => [63, 'x'.repeat(63)]).flat(), 0, 0, 1, 0, 1]),
      'dns/name-length@204',
    ],
    ['more questions than there are', message([2, 0, 0, 0], [...a, 0, 1, 0, 1]), 'dns/truncated@19'],
    ['more records than there are', message([0, 1, 1, 1], record(a, 1, 4, [1, 2, 3, 4])), 'dns/truncated@29'],
    ['65,535 of each', message([65535, 65535, 65535, 65535], [...a, 0, 1, 0, 1]), 'dns/truncated@19'],
    ['data beyond the end', message([0, 1, 0, 0], record(a, 1, 400, [1, 2, 3, 4])), 'dns/truncated@29'],
    ['an address of three octets', message([0, 1, 0, 0], record(a, 1, 3, [1, 2, 3])), 'dns/length@25'],
    ['an address of 17 octets', message([0, 1, 0, 0], record(a, 28, 17, ['x'.repeat(17)])), 'dns/length@25'],
    [
      'a PTR with octets after its name',
      message([0, 1, 0, 0], record(a, 12, 4, [1, 'b', 0, 0])),
      'dns/length@25',
    ],
    [
      'a PTR whose name leaves its data',
      message([0, 1, 0, 0], record(a, 12, 1, [1, 'b', 0])),
      'dns/length@25',
    ],
    ['an SRV without a name', message([0, 1, 0, 0], record(a, 33, 6, [0, 0, 0, 0, 0, 80])), 'dns/length@25'],
    ['a TXT string beyond its data', message([0, 1, 0, 0], record(a, 16, 3, [3, 'ab', 0])), 'dns/length@25'],
    ['a message longer than any', new Uint8Array(MAX_DNS_LENGTH + 1), `dns/oversize@${MAX_DNS_LENGTH}`],
  ])('refuses %s', (_, bytes, reason) => {
    expect(refusal(bytes)).toBe(reason);
  });

  it('takes the longest name there may be, and a message full of questions for the root', () => {
    const label = (size: number) => [size, 'x'.repeat(size)];
    const longest = message(
      [1, 0, 0, 0],
      [...label(63), ...label(63), ...label(63), ...label(61), 0, 0, 1, 0, 1],
    );
    expect(parseDns(longest).questions[0]?.name.map(part => part.length)).toEqual([63, 63, 63, 61]);
    const full = message([1797, 0, 0, 0], Array.from({ length: 1797 }, () => [0, 0, 1, 0, 1]).flat());
    expect(full.length).toBeLessThanOrEqual(MAX_DNS_LENGTH);
    expect(parseDns(full).questions).toHaveLength(1797);
  });

  it('follows a chain of pointers as long as a name can be, and no longer', () => {
    const chain = (jumps: number) => {
      const bytes = new Uint8Array(20 + 2 * jumps);
      bytes.set([1, 0x61, 0], 12);
      for (let i = 0; i < jumps; i++) {
        const target = i === 0 ? 12 : 15 + 2 * (i - 1);
        bytes.set([0xc0 | (target >> 8), target & 255], 15 + 2 * i);
      }
      return { bytes, at: 15 + 2 * (jumps - 1) };
    };
    const fine = chain(127);
    expect(readName(fine.bytes, fine.at)).toEqual({ name: ['a'], end: fine.at + 2 });
    const endless = chain(128);
    expect(() => readName(endless.bytes, endless.at)).toThrow('dns: pointer at byte 15');
  });

  it('keeps data of other types and classes as octets', () => {
    const [srvOfChaos] = parseDns(message([0, 1, 0, 0], [...a, 0, 33, 0, 3, 0, 0, 0, 0, 0, 2, 'hi'])).answers;
    expect(srvOfChaos?.data).toEqual({ kind: 'other', octets: 'hi' });
    expect(parseDns(message([0, 1, 0, 0], record(a, 16, 0, []))).answers[0]?.data).toEqual({
      kind: 'txt',
      strings: [],
    });
  });

  it('throws nothing but WireError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), bytes => {
        expect(refusal(bytes)).toMatch(/^(?:accepted|dns\/[a-z-]+@\d+)$/);
      }),
    );
  });

  it('throws nothing but WireError for mutated messages', () => {
    const seeds = [0, 2, 4, 6, 8, 10, 12].map(index => fixtureDatagram('avahi', index));
    const dice = random(2);
    const outcomes = new Set<string>();
    for (let i = 0; i < 20_000; i++)
      outcomes.add(refusal(mutate(seeds[i % seeds.length] as Uint8Array, dice)).replace(/@.*/, ''));
    expect([...outcomes].toSorted()).toEqual([
      'accepted',
      'dns/label',
      'dns/length',
      'dns/pointer',
      'dns/truncated',
    ]);
  });
});

describe('names', () => {
  it('are the same whatever the case of ASCII letters', () => {
    expect(sameName(['Living-Room', 'LOCAL'], ['living-room', 'local'])).toBe(true);
    expect(sameName(['\u00c4'], ['\u00e4'])).toBe(false);
    expect(sameName(['a', 'b'], ['a'])).toBe(false);
    expect(sameName(['a.b'], ['a', 'b'])).toBe(false);
  });

  it('are printed as zone files write them', () => {
    expect(formatName([octets('Bü'), 'a.b', '\\', ' '])).toBe(String.raw`B\195\188.a\.b.\\.\032.`);
    expect(formatName([])).toBe('.');
  });

  it('are read as they were written', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 }).map(bytes => String.fromCharCode(...bytes));
    const name = fc
      .array(label, { maxLength: 20 })
      .filter(one => one.reduce((sum, part) => sum + part.length + 1, 1) <= MAX_NAME);
    fc.assert(
      fc.property(name, fc.nat(30), (labels, offset) => {
        const out = new Uint8Array(400).fill(0xa5);
        const length = emitName(labels, out, offset);
        expect(readName(out, offset)).toEqual({ name: labels, end: offset + length });
        expect(out.subarray(offset + length).every(octet => octet === 0xa5)).toBe(true);
      }),
    );
  });

  it.each([[['']], [['x'.repeat(64)]], [Array<string>(5).fill('x'.repeat(60))]])(
    'cannot be written: %j',
    name => {
      expect(() => emitName(name, new Uint8Array(400), 0)).toThrow(WireError);
    },
  );
});
