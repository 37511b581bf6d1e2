import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpv4 } from '../../src/lib/ipv4.ts';
import { internetChecksum } from '../../src/wire/checksum.ts';
import { WireError } from '../../src/wire/error.ts';
import { emitEchoRequest, formatEcho, parseEchoReply } from '../../src/wire/icmp.ts';
import { formatIpv4Packet, parseIpv4Packet } from '../../src/wire/ipv4.ts';
import { formatTcpSegment, parseTcpSegment } from '../../src/wire/tcp.ts';
import { fixtureFrame } from './fixture.ts';
import { mutate, random } from './mutate.ts';

/** What the Ethernet frame of a recorded file carries. */
const packetOf = (name: string, index = 0) => fixtureFrame(name, index).slice(14);
const payloadOf = (name: string, index = 0) => {
  const bytes = packetOf(name, index);
  const { payloadOffset, payloadEnd } = parseIpv4Packet(bytes);
  return bytes.slice(payloadOffset, payloadEnd);
};

function outcome(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof WireError) return `${error.layer}/${error.reason}@${error.offset}`;
    throw error;
  }
  return 'accepted';
}

const damaged = (bytes: Uint8Array, at: number, value: number) => {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
};

describe('packets of other programs', () => {
  it('reads the header of the kernel’s echo reply', () => {
    const packet = parseIpv4Packet(packetOf('icmp-echo', 1));
    expect(packet).toEqual({
      ttl: 64,
      protocol: 1,
      source: parseIpv4('10.66.0.9'),
      destination: parseIpv4('10.66.0.254'),
      dontFragment: false,
      fragmentOffset: 0,
      payloadOffset: 20,
      payloadEnd: 84,
    });
    expect(formatIpv4Packet(packet)).toBe('10.66.0.9 > 10.66.0.254 protocol 1 ttl 64');
  });

  it('reads the echo reply, and emits the request that led to it byte for byte', () => {
    const echo = parseEchoReply(payloadOf('icmp-echo', 1));
    expect(formatEcho(echo)).toBe('echo id 43158 seq 0, 56 octets');
    const out = new Uint8Array(70).fill(0xa5);
    expect(emitEchoRequest(echo, out, 3)).toBe(64);
    expect(out.slice(3, 67)).toEqual(payloadOf('icmp-echo', 0));
    expect([...out.slice(0, 3), ...out.slice(67)]).toEqual(Array(6).fill(0xa5));
  });

  it.each([
    ['tcp-connect', 0, '47598 > 22 flags 0x02 win 64240 <mss,sack,ts,nop,ws>', 1460, 10],
    ['tcp-connect', 1, '22 > 47598 flags 0x12 win 65160 <mss,sack,ts,nop,ws>', 1460, 10],
    ['tcp-connect', 2, '47598 > 22 flags 0x10 win 63 <nop,nop,ts>', null, null],
    ['tcp-refused', 1, '23 > 57574 flags 0x14 win 0 <>', null, null],
    ['tcp-syn-bare', 0, '36061 > 22 flags 0x02 win 1024 <mss>', 1460, null],
    ['tcp-syn-bare', 1, '22 > 36061 flags 0x12 win 64240 <mss>', 1460, null],
  ])('reads segment %s[%i]', (name, index, text, mss, windowScale) => {
    const segment = parseTcpSegment(payloadOf(name, index));
    expect(formatTcpSegment(segment)).toBe(text);
    expect(segment).toMatchObject({ mss, windowScale });
  });

  it('reads sequence numbers above 2^31 as such', () => {
    expect(parseTcpSegment(payloadOf('tcp-connect', 1))).toMatchObject({
      sequenceNumber: 2672438537,
      acknowledgmentNumber: 357468326,
    });
  });
});

describe('hostile packets', () => {
  const packet = packetOf('tcp-connect', 1);
  const segment = payloadOf('tcp-connect', 1);
  const reply = payloadOf('icmp-echo', 1);

  it('refuses a packet, a segment and a reply cut to any length', () => {
    for (let length = 0; length < packet.length; length++)
      expect(outcome(() => parseIpv4Packet(packet.slice(0, length)))).toBe(`ipv4/truncated@${length}`);
    for (let length = 0; length < segment.length; length++)
      expect(outcome(() => parseTcpSegment(segment.slice(0, length)))).toBe(`tcp/truncated@${length}`);
    for (let length = 0; length < 8; length++)
      expect(outcome(() => parseEchoReply(reply.slice(0, length)))).toBe(`icmp/truncated@${length}`);
    for (let length = 8; length < reply.length; length++)
      expect(outcome(() => parseEchoReply(reply.slice(0, length)))).toBe('icmp/checksum@2');
  });

  it.each([
    ['another version', 0, 0x65, 'ipv4/version@0'],
    ['a header shorter than the least', 0, 0x44, 'ipv4/length@0'],
    ['a total below the header', 3, 19, 'ipv4/length@2'],
    ['a total beyond the bytes', 2, 1, 'ipv4/truncated@60'],
    ['a header longer than the packet', 0, 0x4f, 'ipv4/checksum@10'],
    ['a damaged header', 8, 63, 'ipv4/checksum@10'],
  ])('refuses %s', (_, at, value, reason) => {
    expect(outcome(() => parseIpv4Packet(damaged(packet, at, value)))).toBe(reason);
  });

  it('leaves the padding of the medium out', () => {
    const padded = new Uint8Array(80).fill(0xa5);
    padded.set(packet);
    expect(parseIpv4Packet(padded)).toMatchObject({ payloadOffset: 20, payloadEnd: 60 });
  });

  it.each([
    ['a header shorter than the least', 12, 0x40, 'tcp/length@12'],
    ['an option of no length', 21, 0, 'tcp/length@20'],
    ['an option that covers its own kind only', 21, 1, 'tcp/length@20'],
    ['an option beyond the header', 21, 21, 'tcp/length@20'],
    ['a segment size of three octets', 21, 5, 'tcp/length@20'],
    ['a window scale of two octets', 38, 2, 'tcp/length@37'],
  ])('refuses %s', (_, at, value, reason) => {
    expect(outcome(() => parseTcpSegment(damaged(segment, at, value)))).toBe(reason);
  });

  it('refuses an option whose length is missing', () => {
    const cut = Uint8Array.from(segment);
    cut.set([1, 1, 8], 37);
    expect(outcome(() => parseTcpSegment(cut))).toBe('tcp/length@39');
  });

  it('names unknown options by their number and stops at the end of the list', () => {
    const odd = damaged(damaged(segment, 20, 253), 24, 0);
    expect(parseTcpSegment(odd)).toMatchObject({ mss: null, options: ['?253', 'eol'] });
  });

  it('refuses what is no echo reply', () => {
    expect(outcome(() => parseEchoReply(payloadOf('icmp-echo', 0)))).toBe('icmp/not-echo-reply@0');
    expect(outcome(() => parseEchoReply(damaged(reply, 1, 1)))).toBe('icmp/not-echo-reply@0');
    expect(outcome(() => parseEchoReply(damaged(reply, 30, 0xff)))).toBe('icmp/checksum@2');
  });

  it('throws nothing but WireError for any bytes', () => {
    const parsers = [parseIpv4Packet, parseTcpSegment, parseEchoReply];
    const dice = random(4);
    const seeds = [packet, segment, reply];
    for (let i = 0; i < 20_000; i++) {
      const bytes = mutate(seeds[i % seeds.length] as Uint8Array, dice);
      for (const parse of parsers) expect(outcome(() => parse(bytes))).toMatch(/^(?:accepted$|[a-z\d]+\/)/);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        for (const parse of parsers) outcome(() => parse(bytes));
      }),
    );
  });
});

it('the checksum of anything with its checksum in it is zero', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), payload => {
      const out = new Uint8Array(payload.length + 8);
      emitEchoRequest({ identifier: 1, sequence: 2, payload }, out);
      expect(internetChecksum(out)).toBe(0);
    }),
  );
  expect(internetChecksum(new Uint8Array(65_534).fill(0xff))).toBe(0);
});
