import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Ipv4 } from '../../src/lib/ipv4.ts';
import { BROADCAST_MAC, parseMac, ZERO_MAC } from '../../src/lib/mac.ts';
import type { Mac } from '../../src/lib/mac.ts';
import {
  ARP_FRAME_LENGTH,
  ARP_REPLY,
  ARP_REQUEST,
  arpFrameLength,
  emitArp,
  emitArpFrame,
  formatArp,
  parseArpFrame,
  retargetArpFrame,
} from '../../src/wire/arp.ts';
import { WireError } from '../../src/wire/error.ts';
import { formatEthernet, MAX_FRAME_LENGTH, parseEthernet, vlansOf } from '../../src/wire/ethernet.ts';
import { fixtureFrame } from './fixture.ts';
import { mutate, random } from './mutate.ts';

const scanner = parseMac('02:4e:45:54:00:01') as Mac;
const mac = (text: string) => parseMac(text) as Mac;
const ip = (text: string) => parseIpv4(text) as Ipv4;

/** What the parser throws for these bytes, as `layer/reason@offset`. */
function refusal(bytes: Uint8Array): string {
  try {
    parseArpFrame(bytes);
  } catch (error) {
    if (error instanceof WireError) return `${error.layer}/${error.reason}@${error.offset}`;
    throw error;
  }
  return 'accepted';
}

it('emits the tagged request of arp-scan byte for byte, and turns it to another target', () => {
  const bytes = fixtureFrame('arp-scan-vlan');
  const { arp } = parseArpFrame(bytes);
  const out = new Uint8Array(arpFrameLength(7)).fill(0xa5);
  expect(emitArpFrame(BROADCAST_MAC, arp, out, 0, 7)).toBe(bytes.length);
  expect(out).toEqual(bytes);
  retargetArpFrame(scanner, ip('10.66.0.9'), out, 0, 7);
  expect(parseArpFrame(out)).toMatchObject({
    ethernet: { destination: scanner, vlans: [7] },
    arp: { ...arp, targetIp: ip('10.66.0.9') },
  });
});

it.each([
  [[], null, []],
  [[], 0, []],
  [[0], null, []],
  [[7], null, [7]],
  [[], 7, [7]],
  [[7], 0, [7]],
  [[0], 7, [7]],
  [[7], 100, [100, 7]],
])('a frame with the tags %j, one of %j taken off, belongs to %j', (vlans, stripped, expected) => {
  expect(vlansOf({ vlans }, stripped)).toEqual(expected);
});

describe('frames of other programs', () => {
  it('reads the request of arp-scan and emits it byte for byte', () => {
    const bytes = fixtureFrame('arp-scan');
    const { ethernet, arp, padding } = parseArpFrame(bytes);
    expect(arp).toEqual({
      operation: ARP_REQUEST,
      senderMac: scanner,
      senderIp: ip('10.66.0.254'),
      targetMac: ZERO_MAC,
      targetIp: ip('10.66.0.7'),
    });
    expect(ethernet).toMatchObject({
      destination: BROADCAST_MAC,
      source: scanner,
      vlans: [],
      etherType: 0x0806,
    });
    expect(padding).toBe(0);
    const out = new Uint8Array(ARP_FRAME_LENGTH).fill(0xa5);
    expect(emitArpFrame(BROADCAST_MAC, arp, out)).toBe(ARP_FRAME_LENGTH);
    expect(out).toEqual(bytes);
  });

  it.each([
    ['arp-scan', 7],
    ['arp-scan-padded', 7],
    ['arping-nanoseconds', 9],
    ['kernel', 12],
    ['nmap', 40],
  ])('reads the kernel’s reply in %s and emits it byte for byte', (name, host) => {
    const bytes = fixtureFrame(name, 1);
    const { arp } = parseArpFrame(bytes);
    const answerer = (0x020000000000 + host) as Mac;
    expect(arp).toEqual({
      operation: ARP_REPLY,
      senderMac: answerer,
      senderIp: ip(`10.66.0.${host}`),
      targetMac: scanner,
      targetIp: ip('10.66.0.254'),
    });
    const out = new Uint8Array(ARP_FRAME_LENGTH).fill(0xa5);
    emitArpFrame(scanner, arp, out);
    expect(out).toEqual(bytes);
  });

  it('retargets a request into exactly the one another program sends', () => {
    const out = new Uint8Array(ARP_FRAME_LENGTH).fill(0xa5);
    const request = {
      operation: ARP_REQUEST,
      senderMac: scanner,
      senderIp: ip('10.66.0.254'),
      targetMac: ZERO_MAC,
      targetIp: ip('10.66.0.99'),
    } as const;
    emitArpFrame(mac('02:00:00:00:00:63'), request, out);
    retargetArpFrame(BROADCAST_MAC, ip('10.66.0.40'), out);
    expect(out).toEqual(fixtureFrame('nmap'));
  });

  it('counts padding, follows a VLAN tag, and knows an announcement', () => {
    expect(parseArpFrame(fixtureFrame('arp-scan-padded')).padding).toBe(18);
    const tagged = parseArpFrame(fixtureFrame('arp-scan-vlan'));
    expect(tagged.ethernet.vlans).toEqual([7]);
    expect(formatEthernet(tagged.ethernet)).toBe('02:4e:45:54:00:01 > ff:ff:ff:ff:ff:ff vlan 7 type 0x0806');
    expect(formatArp(tagged.arp)).toBe('Request who-has 10.66.0.7 tell 10.66.0.254');
    const { arp } = parseArpFrame(fixtureFrame('announcement'));
    expect(arp.senderIp).toBe(arp.targetIp);
    expect(formatArp({ ...arp, operation: ARP_REPLY })).toBe('Reply 10.66.0.30 is-at 02:00:00:00:00:1e');
  });

  it.each([
    ['arp-scan-llc', 'ethernet/not-arp@12'],
    ['arp-scan-hrd', 'arp/hardware-type@14'],
    ['arp-scan-pro', 'arp/protocol-type@16'],
    ['arp-scan-hln', 'arp/hardware-length@18'],
    ['arp-scan-pln', 'arp/protocol-length@19'],
    ['arp-scan-op', 'arp/operation@20'],
  ])('refuses %s as %s', (name, reason) => {
    expect(refusal(fixtureFrame(name))).toBe(reason);
  });
});

describe('hostile frames', () => {
  const tagged = fixtureFrame('arp-scan-vlan');
  const tag = tagged.slice(12, 16);
  const withTags = (count: number) =>
    Uint8Array.from([
      ...tagged.slice(0, 12),
      ...Array.from({ length: count }, () => [...tag]).flat(),
      ...tagged.slice(16),
    ]);

  it.each(Array.from({ length: 42 }, (_, length) => length))('refuses a frame cut to %i octets', length => {
    const layer = length < 14 ? 'ethernet' : 'arp';
    expect(refusal(fixtureFrame('arp-scan').slice(0, length))).toBe(`${layer}/truncated@${length}`);
  });

  it.each(Array.from({ length: 46 }, (_, length) => length))(
    'refuses a tagged frame cut to %i octets',
    length => {
      expect(refusal(tagged.slice(0, length))).toMatch(/^(?:ethernet|arp)\/truncated@\d+$/);
    },
  );

  it('follows two tags and no more', () => {
    expect(parseArpFrame(withTags(2)).ethernet.vlans).toEqual([7, 7]);
    expect(refusal(withTags(3))).toBe('ethernet/too-many-tags@20');
    expect(refusal(withTags(300))).toBe('ethernet/too-many-tags@20');
  });

  it('takes the longest frame of the medium and none longer', () => {
    const frame = new Uint8Array(MAX_FRAME_LENGTH + 1);
    frame.set(fixtureFrame('arp-scan'));
    expect(parseArpFrame(frame.subarray(0, MAX_FRAME_LENGTH)).padding).toBe(
      MAX_FRAME_LENGTH - ARP_FRAME_LENGTH,
    );
    expect(refusal(frame)).toBe(`ethernet/oversize@${MAX_FRAME_LENGTH}`);
  });

  it('reads at an offset and within the view only', () => {
    const larger = new Uint8Array(100).fill(0xff);
    larger.set(fixtureFrame('kernel', 1), 30);
    expect(parseArpFrame(larger.subarray(30, 72)).arp.senderIp).toBe(ip('10.66.0.12'));
    expect(refusal(larger.subarray(30, 71))).toBe('arp/truncated@41');
  });

  it('throws nothing but WireError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1600 }), bytes => {
        expect(refusal(bytes)).toMatch(/^(?:accepted|(?:ethernet|arp)\/[a-z-]+@\d+)$/);
      }),
    );
  });

  it('throws nothing but WireError for mutated frames', () => {
    const seeds = ['arp-scan', 'arp-scan-vlan', 'arp-scan-padded', 'kernel', 'announcement'].map(name =>
      fixtureFrame(name),
    );
    const dice = random(1);
    let accepted = 0;
    for (let i = 0; i < 20_000; i++) {
      const frame = mutate(seeds[i % seeds.length] as Uint8Array, dice);
      if (refusal(frame) === 'accepted') accepted++;
    }
    expect(accepted).toBeGreaterThan(1000);
    expect(accepted).toBeLessThan(19_000);
  });
});

describe('emit and parse', () => {
  const anyMac = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(n => n as Mac);
  const anyIp = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(n => n as Ipv4);

  it('are each other’s inverse', () => {
    const packet = fc.record({
      operation: fc.constantFrom(ARP_REQUEST, ARP_REPLY),
      senderMac: anyMac,
      senderIp: anyIp,
      targetMac: anyMac,
      targetIp: anyIp,
    });
    fc.assert(
      fc.property(packet, anyMac, fc.nat(20), (arp, destination, offset) => {
        const out = new Uint8Array(100).fill(0xa5);
        const length = emitArpFrame(destination, arp, out, offset);
        const frame = out.subarray(offset, offset + length);
        expect(parseArpFrame(frame)).toMatchObject({
          arp,
          ethernet: { destination, source: arp.senderMac },
          padding: 0,
        });
        expect(out.subarray(offset + length).every(octet => octet === 0xa5)).toBe(true);
        expect(emitArp(arp, new Uint8Array(28))).toBe(28);
      }),
    );
  });

  it('leaves other types to others', () => {
    const ipv6 = fixtureFrame('arp-scan');
    ipv6.set([0x86, 0xdd], 12);
    expect(parseEthernet(ipv6).etherType).toBe(0x86dd);
    expect(refusal(ipv6)).toBe('ethernet/not-arp@12');
  });
});
