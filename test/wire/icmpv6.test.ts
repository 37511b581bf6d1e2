import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_NODES, formatIpv6, MLD2_ROUTERS, parseIpv6, solicitedNodeOf } from '../../src/lib/ipv6.ts';
import type { Ipv6 } from '../../src/lib/ipv6.ts';
import { parseMac } from '../../src/lib/mac.ts';
import type { Mac } from '../../src/lib/mac.ts';
import { WireError } from '../../src/wire/error.ts';
import { emitIcmpv6Frame, icmpv6FrameLength, parseIcmpv6Frame } from '../../src/wire/icmpv6.ts';
import type { Icmpv6Message } from '../../src/wire/icmpv6.ts';
import { checksum, multicastMac, parseIpv6Header } from '../../src/wire/ipv6.ts';
import { fixtureFrame } from './fixture.ts';
import { mutate, random } from './mutate.ts';

const ip = (text: string) => parseIpv6(text) as Ipv6;
const scanner = { mac: parseMac('02:4e:45:54:00:01') as Mac, ip: ip('fe80::4e:45ff:fe54:1') };
const host = { mac: parseMac('02:00:00:00:00:07') as Mac, ip: ip('fe80::ff:fe00:7') };

/** What the parser throws for these bytes, as `layer/reason@offset`. */
function refusal(bytes: Uint8Array): string {
  try {
    parseIcmpv6Frame(bytes);
  } catch (error) {
    if (error instanceof WireError) return `${error.layer}/${error.reason}@${error.offset}`;
    throw error;
  }
  return 'accepted';
}

/** The frame once more by our own hand, into memory that is not clean. */
function again(bytes: Uint8Array): Uint8Array {
  const { ethernet, ip: header, message } = parseIcmpv6Frame(bytes);
  const addresses = {
    sourceMac: ethernet.source,
    destinationMac: ethernet.destination,
    source: header.source,
    destination: header.destination,
  };
  const out = new Uint8Array(icmpv6FrameLength(message)).fill(0xa5);
  expect(emitIcmpv6Frame(addresses, message, out)).toBe(out.length);
  return out;
}

/** A frame of another program with other octets at some places, and the checksum made to fit. */
function altered(
  name: string,
  index: number,
  changes: Readonly<Record<number, readonly number[]>>,
): Uint8Array {
  const bytes = fixtureFrame(name, index);
  for (const [at, octets] of Object.entries(changes)) bytes.set(octets, Number(at));
  return summed(bytes);
}

function summed(bytes: Uint8Array): Uint8Array {
  const header = parseIpv6Header(bytes, 14);
  const body = bytes.subarray(header.payloadOffset, header.payloadOffset + header.payloadLength);
  body.set([0, 0], 2);
  const sum = checksum(header, body);
  body.set([sum >> 8, sum & 255], 2);
  return bytes;
}

describe('frames of other programs', () => {
  it('reads solicitation and advertisement of two kernels and emits them byte for byte', () => {
    const asked = fixtureFrame('nd-solicitation', 0);
    const { ethernet, ip: header, message } = parseIcmpv6Frame(asked);
    expect(message).toEqual({
      kind: 'neighbour-solicitation',
      target: ip('fd66::7'),
      linkLayer: scanner.mac,
    });
    expect(header).toMatchObject({
      source: ip('fd66::fe'),
      destination: solicitedNodeOf(ip('fd66::7')),
      hopLimit: 255,
    });
    expect(ethernet.destination).toBe(multicastMac(header.destination));
    expect(again(asked)).toEqual(asked);

    const answer = fixtureFrame('nd-solicitation', 1);
    expect(parseIcmpv6Frame(answer).message).toEqual({
      kind: 'neighbour-advertisement',
      target: ip('fd66::7'),
      router: false,
      solicited: true,
      override: true,
      linkLayer: host.mac,
    });
    expect(again(answer)).toEqual(answer);
  });

  it('reads the echo of a kernel to all nodes, and the reply', () => {
    const asked = parseIcmpv6Frame(fixtureFrame('nd-echo', 0));
    expect(asked.ip).toMatchObject({ source: scanner.ip, destination: ALL_NODES, hopLimit: 255 });
    expect(asked.ethernet.destination).toBe(multicastMac(ALL_NODES));
    expect(asked.message).toEqual({ kind: 'echo-request', identifier: 20084, sequence: 1 });
    const answer = parseIcmpv6Frame(fixtureFrame('nd-echo', 3));
    expect(answer.ip).toMatchObject({ source: host.ip, destination: scanner.ip });
    expect(answer.message).toEqual({ kind: 'echo-reply', identifier: 20084, sequence: 1 });
    expect(parseIcmpv6Frame(fixtureFrame('nd-nmap-echo')).message).toEqual({
      kind: 'echo-request',
      identifier: 5,
      sequence: 6,
    });
    // Without data it is what we send, but for the flow label, which the kernel chooses.
    const bare = fixtureFrame('nd-solicitation', 2);
    const ours = again(bare);
    bare.set([0x60, 0, 0, 0], 14);
    bare[21] = 255;
    expect(ours).toEqual(bare);
  });

  it('reads an advertisement that nobody asked for, and the solicitation of an address to be', () => {
    const unasked = fixtureFrame('nd-unsolicited');
    expect(parseIcmpv6Frame(unasked).message).toMatchObject({
      target: host.ip,
      solicited: false,
      override: true,
    });
    expect(again(unasked)).toEqual(unasked);
    const { ip: header, message } = parseIcmpv6Frame(fixtureFrame('nd-dad'));
    expect(header.source).toBe(0n);
    // With a nonce (RFC 7527), which is stepped over.
    expect(message).toEqual({ kind: 'neighbour-solicitation', target: ip('fd66::99'), linkLayer: null });
  });

  it('reads queries and reports of both versions of listener discovery', () => {
    expect(parseIcmpv6Frame(fixtureFrame('mld2', 0)).message).toEqual({
      kind: 'listener-query',
      version: 2,
      group: 0n,
      maxResponseMs: 10_000,
    });
    const report = parseIcmpv6Frame(fixtureFrame('mld2', 1));
    expect(report.ip).toMatchObject({
      source: host.ip,
      destination: MLD2_ROUTERS,
      hopLimit: 1,
      routerAlert: true,
    });
    expect(report.message).toMatchObject({ kind: 'listener-report', version: 2 });
    expect(groupsOf(report.message)).toEqual(['ff02::1:3', 'ff02::1:ff00:99', 'ff02::1:ff00:7']);
    expect(parseIcmpv6Frame(fixtureFrame('mld1', 0)).message).toEqual({
      kind: 'listener-query',
      version: 1,
      group: 0n,
      maxResponseMs: 1,
    });
    expect(groupsOf(parseIcmpv6Frame(fixtureFrame('mld1', 2)).message)).toEqual(['ff02::6a']);
  });

  it('emits listener discovery as others do, but for how they pad', () => {
    for (const [name, index] of [
      ['mld1', 0],
      ['mld1', 1],
      ['mld2', 0],
    ] as const) {
      const bytes = fixtureFrame(name, index);
      const ours = again(bytes);
      // PadN of nothing, or two times Pad1: both fill the two octets behind the alert.
      bytes.set([1, 0], 60);
      // The kernel's query sets the robustness it uses, which is ours as well.
      expect(ours).toEqual(bytes);
    }
    // A current-state record, where the kernel tells of a change.
    const report = fixtureFrame('mld2', 2);
    const ours = again(report);
    for (const at of [70, 90]) report[at] = 2;
    expect(ours).toEqual(summed(report));
  });

  it('refuses what is of no interest, by its type', () => {
    expect(refusal(fixtureFrame('nd-router-solicitation'))).toBe('icmpv6/type@54');
    expect(refusal(fixtureFrame('arp-scan'))).toBe('ethernet/not-ipv6@12');
  });
});

function groupsOf(message: Icmpv6Message): string[] {
  return message.kind === 'listener-report' ? message.groups.map(formatIpv6) : [];
}

const SEEDS = [
  ['nd-solicitation', 0],
  ['nd-solicitation', 1],
  ['nd-echo', 0],
  ['nd-dad', 0],
  ['nd-unsolicited', 0],
  ['mld1', 0],
  ['mld1', 1],
  ['mld2', 0],
  ['mld2', 1],
] as const;

describe('hostile frames', () => {
  it.each(SEEDS)('refuses %s, frame %i, cut to any length', (name, index) => {
    const whole = fixtureFrame(name, index);
    for (let length = 0; length < whole.length; length++) {
      const layer = length < 14 ? 'ethernet' : 'ipv6';
      expect(refusal(whole.slice(0, length))).toBe(`${layer}/truncated@${length}`);
    }
  });

  it.each(SEEDS)('refuses %s, frame %i, whose header ends before its message does', (name, index) => {
    const whole = fixtureFrame(name, index);
    const payload = whole.length - 54;
    const accepted: number[] = [];
    for (let length = 0; length < payload; length++) {
      const bytes = Uint8Array.from(whole);
      bytes.set([length >> 8, length & 255], 18);
      // With a checksum that fits, wherever there is a message left to sum.
      if (length >= (bytes[20] === 0 ? 12 : 4)) summed(bytes);
      if (refusal(bytes) === 'accepted') accepted.push(length);
    }
    // What remains well-formed: a message without its options or data, a query of version 1 out of one of version 2.
    const expected: Record<string, readonly number[]> = {
      'nd-solicitation': [24],
      'nd-echo': [8, 9, 10, 11, 12, 13, 14, 15],
      'nd-dad': [24],
      'nd-unsolicited': [24],
      mld2: index === 0 ? [32] : [],
      mld1: [],
    };
    expect(accepted).toEqual(expected[name]);
  });

  it.each<[string, string, number, Record<number, number[]>, string]>([
    ['version 4', 'nd-echo', 0, { 14: [0x45] }, 'ipv6/version@14'],
    ['a jumbogram', 'nd-echo', 0, { 18: [0, 0] }, 'ipv6/length@18'],
    ['a payload longer than the frame', 'nd-echo', 0, { 18: [0xff, 0xff] }, 'ipv6/truncated@70'],
    ['UDP', 'nd-echo', 0, { 20: [17] }, 'ipv6/next-header@20'],
    ['a fragment', 'nd-echo', 0, { 20: [44] }, 'ipv6/next-header@20'],
    ['a routing header', 'nd-echo', 0, { 20: [43] }, 'ipv6/next-header@20'],
    ['hop-by-hop options within themselves', 'mld2', 0, { 54: [0] }, 'ipv6/next-header@20'],
    ['options longer than the packet', 'mld2', 0, { 55: [255] }, 'ipv6/length@55'],
    ['an option longer than the options', 'mld2', 0, { 57: [200] }, 'ipv6/option@56'],
    ['an option without a length', 'mld2', 0, { 60: [0, 1] }, 'ipv6/option@61'],
    ['a wrong checksum', 'nd-echo', 3, { 56: [0, 0] }, 'icmpv6/checksum@56'],
  ])('refuses %s', (_, name, index, changes, reason) => {
    const bytes = fixtureFrame(name, index);
    for (const [at, octets] of Object.entries(changes)) bytes.set(octets, Number(at));
    expect(refusal(bytes)).toBe(reason);
  });

  const MULTICAST_TARGET = [0xff, 2];
  it.each<[string, string, number, Record<number, number[]>, string]>([
    ['another code', 'nd-solicitation', 0, { 55: [1] }, 'icmpv6/code@55'],
    ['a solicitation that passed a router', 'nd-solicitation', 0, { 21: [254] }, 'icmpv6/hop-limit@54'],
    ['an advertisement that passed a router', 'nd-solicitation', 1, { 21: [64] }, 'icmpv6/hop-limit@54'],
    ['a multicast target', 'nd-solicitation', 0, { 62: MULTICAST_TARGET }, 'icmpv6/address@62'],
    ['no target', 'nd-solicitation', 1, { 62: Array<number>(16).fill(0) }, 'icmpv6/address@62'],
    ['an option of no length', 'nd-solicitation', 0, { 79: [0] }, 'icmpv6/option@78'],
    ['an option longer than the message', 'nd-solicitation', 0, { 79: [2] }, 'icmpv6/option@78'],
    ['a solicited advertisement to all', 'nd-unsolicited', 0, { 58: [0x60] }, 'icmpv6/address@58'],
    ['a tentative address that tells its MAC', 'nd-dad', 0, { 78: [1] }, 'icmpv6/address@54'],
    ['a tentative address asked of all nodes', 'nd-dad', 0, { 50: [0, 0, 0, 1] }, 'icmpv6/address@54'],
    ['a query of two hops', 'mld2', 0, { 21: [2] }, 'icmpv6/hop-limit@62'],
    ['a query without router alert', 'mld2', 0, { 56: [1, 2] }, 'icmpv6/router-alert@62'],
    ['a query of a global address', 'mld2', 0, { 22: [0x20, 1] }, 'icmpv6/address@62'],
    ['a query of nobody', 'mld2', 0, { 22: Array<number>(16).fill(0) }, 'icmpv6/address@62'],
    ['a query for a unicast address', 'mld2', 0, { 70: [0xfe, 0x80] }, 'icmpv6/address@70'],
    ['a query with more sources than it holds', 'mld2', 0, { 88: [0xff, 0xff] }, 'icmpv6/length@88'],
    ['a report with more records than it holds', 'mld2', 1, { 68: [0xff, 0xff] }, 'icmpv6/length@130'],
    ['a record with more sources than it holds', 'mld2', 1, { 72: [0xff, 0xff] }, 'icmpv6/length@130'],
    ['a record with more auxiliary data than it holds', 'mld2', 1, { 111: [255] }, 'icmpv6/length@130'],
    ['a report of a unicast address', 'mld2', 1, { 74: [0xfe, 0x80] }, 'icmpv6/address@74'],
    ['an old report of a unicast address', 'mld1', 1, { 70: [0xfe, 0x80] }, 'icmpv6/address@70'],
  ])('refuses %s', (_, name, index, changes, reason) => {
    expect(refusal(altered(name, index, changes))).toBe(reason);
  });

  it('reads no MAC out of an option of another medium or another message', () => {
    const longer = Uint8Array.from([...fixtureFrame('nd-solicitation', 0), ...Array<number>(8).fill(0)]);
    longer.set([0, 40], 18);
    longer[79] = 2;
    expect(parseIcmpv6Frame(summed(longer)).message).toMatchObject({ linkLayer: null });
    expect(parseIcmpv6Frame(altered('nd-solicitation', 1, { 78: [1] })).message).toMatchObject({
      linkLayer: null,
    });
  });

  it('reads the longest response time', () => {
    expect(parseIcmpv6Frame(altered('mld2', 0, { 66: [0xff, 0xff] })).message).toMatchObject({
      maxResponseMs: 8_387_584,
    });
    expect(parseIcmpv6Frame(altered('mld2', 0, { 66: [0x7f, 0xff] })).message).toMatchObject({
      maxResponseMs: 32_767,
    });
  });

  it('throws nothing but WireError for any bytes behind a header', () => {
    const head = fixtureFrame('nd-solicitation', 0).slice(0, 54);
    const types = [128, 129, 130, 131, 135, 136, 143, 0, 255];
    const body = fc.tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 200 }), fc.boolean());
    let accepted = 0;
    fc.assert(
      fc.property(body, fc.boolean(), ([type, rest, sum], listener) => {
        const bytes = Uint8Array.from([...head, type, 0, 0, 0, ...rest]);
        bytes.set([0, rest.length + 4], 18);
        if (listener) bytes[21] = 1;
        const outcome = refusal(sum ? summed(bytes) : bytes);
        if (outcome === 'accepted') accepted++;
        expect(outcome).toMatch(/^(?:accepted|icmpv6\/[a-z-]+@\d+)$/);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  it('throws nothing but WireError for mutated frames', () => {
    const seeds = SEEDS.map(([name, index]) => fixtureFrame(name, index));
    const dice = random(1);
    for (let i = 0; i < 20_000; i++)
      expect(refusal(mutate(seeds[i % seeds.length] as Uint8Array, dice))).toMatch(
        /^(?:accepted|(?:ethernet|ipv6|icmpv6)\/[a-z0-9-]+@\d+)$/,
      );
  });
});

describe('emit and parse', () => {
  const octets = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
  const numberOf = (bytes: Uint8Array) => bytes.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
  const anyMac = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(n => n as Mac);
  const unicast = octets(14).map(bytes => ((0xfe80n << 112n) | numberOf(bytes)) as Ipv6);
  const group = octets(14).map(bytes => ((0xff02n << 112n) | numberOf(bytes)) as Ipv6);
  const uint16 = fc.nat(0xffff);
  const message: fc.Arbitrary<Icmpv6Message> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('echo-request' as const, 'echo-reply' as const),
      identifier: uint16,
      sequence: uint16,
    }),
    fc.record({
      kind: fc.constant('neighbour-solicitation' as const),
      target: unicast,
      linkLayer: fc.option(anyMac),
    }),
    fc.record({
      kind: fc.constant('neighbour-advertisement' as const),
      target: unicast,
      router: fc.boolean(),
      solicited: fc.boolean(),
      override: fc.boolean(),
      linkLayer: fc.option(anyMac),
    }),
    fc.record({
      kind: fc.constant('listener-query' as const),
      version: fc.constantFrom(1 as const, 2 as const),
      group,
      maxResponseMs: fc.nat(0x7fff),
    }),
    fc.record({
      kind: fc.constant('listener-report' as const),
      version: fc.constant(2 as const),
      groups: fc.array(group, { maxLength: 20 }),
    }),
    fc.record({
      kind: fc.constant('listener-report' as const),
      version: fc.constant(1 as const),
      groups: fc.tuple(group),
    }),
  );

  it('are each other’s inverse', () => {
    fc.assert(
      fc.property(
        message,
        anyMac,
        anyMac,
        unicast,
        unicast,
        fc.nat(20),
        (value, from, to, source, target, offset) => {
          const out = new Uint8Array(700).fill(0xa5);
          const addresses = { sourceMac: from, destinationMac: to, source, destination: target };
          const length = emitIcmpv6Frame(addresses, value, out, offset);
          expect(length).toBe(icmpv6FrameLength(value));
          const frame = parseIcmpv6Frame(out.subarray(offset, offset + length));
          expect(frame.message).toEqual(value);
          expect(frame.ip).toMatchObject({ source, destination: target });
          expect(frame.ethernet).toMatchObject({ source: from, destination: to });
          expect(out.subarray(offset + length).every(octet => octet === 0xa5)).toBe(true);
          expect(out.subarray(0, offset).every(octet => octet === 0xa5)).toBe(true);
        },
      ),
    );
  });
});
