import { expect, it } from 'vitest';
import { parseArpFrame } from '../../src/wire/arp.ts';
import { emitDnsQuery, parseDns, TYPE_PTR } from '../../src/wire/dns.ts';
import { WireError } from '../../src/wire/error.ts';
import { parseEchoReply } from '../../src/wire/icmp.ts';
import { parseIpv4Packet } from '../../src/wire/ipv4.ts';
import { parseTcpSegment } from '../../src/wire/tcp.ts';
import { parseNodeStatus } from '../../src/wire/nbns.ts';
import { fixtureDatagram, fixtureFrame } from '../wire/fixture.ts';
import { mutate, random } from '../wire/mutate.ts';

const FRAMES = 10_500_000;

/** How often each outcome came of parsing mutations of the seeds. */
function outcomesOf(parse: (bytes: Uint8Array) => unknown, seeds: readonly Uint8Array[], rounds: number) {
  const dice = random(Number(process.env['NETUREON_FUZZ_SEED'] ?? 3));
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let i = 0; i < rounds; i++) {
    const bytes = mutate(seeds[i % seeds.length] as Uint8Array, dice);
    try {
      parse(bytes);
      count('accepted');
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      count(`${error.layer}/${error.reason}`);
    }
  }
  expect([...outcomes.values()].reduce((sum, n) => sum + n, 0)).toBe(rounds);
  return [...outcomes.keys()].toSorted();
}

it('parses ten million mutated frames and throws nothing but WireError', () => {
  const seeds = [
    'arp-scan',
    'arp-scan-vlan',
    'arp-scan-padded',
    'kernel',
    'announcement',
    'arp-scan-llc',
  ].map(name => fixtureFrame(name));
  // Every check of the parser was met, or the mutations miss something.
  expect(outcomesOf(parseArpFrame, seeds, FRAMES)).toEqual([
    'accepted',
    'arp/hardware-length',
    'arp/hardware-type',
    'arp/operation',
    'arp/protocol-length',
    'arp/protocol-type',
    'arp/truncated',
    'ethernet/not-arp',
    'ethernet/oversize',
    'ethernet/too-many-tags',
    'ethernet/truncated',
  ]);
});

it('parses five million mutated DNS messages and throws nothing but WireError', () => {
  const longest = new Uint8Array(300);
  const name = [63, 63, 63, 61].map(length => 'x'.repeat(length));
  const length = emitDnsQuery({ id: 1, name, type: TYPE_PTR }, longest);
  const answers = [0, 2, 4, 6, 8, 10, 12, 14].map(index => fixtureDatagram('avahi', index));
  expect(outcomesOf(parseDns, [...answers, longest.subarray(0, length)], 5_000_000)).toEqual([
    'accepted',
    'dns/label',
    'dns/length',
    'dns/name-length',
    'dns/pointer',
    'dns/truncated',
  ]);
});

it('parses five million mutated node states and throws nothing but WireError', () => {
  expect(outcomesOf(parseNodeStatus, [fixtureDatagram('nmbd', 1)], 5_000_000)).toEqual([
    'accepted',
    'dns/label',
    'dns/pointer',
    'dns/truncated',
    'nbns/length',
    'nbns/not-node-status',
    'nbns/truncated',
  ]);
});

const PACKETS = 2_000_000;

/** As a capture of one address hears them: an IPv4 packet with whatever is in it. */
function parsePacket(bytes: Uint8Array): void {
  const { payloadOffset, payloadEnd, protocol } = parseIpv4Packet(bytes);
  const payload = bytes.subarray(payloadOffset, payloadEnd);
  if (protocol === 1) parseEchoReply(payload);
  else parseTcpSegment(payload);
}

it('parses two million mutated packets and throws nothing but WireError', () => {
  const seeds = ['tcp-connect', 'tcp-syn-bare', 'tcp-refused', 'icmp-echo'].map(name =>
    fixtureFrame(name, 1).slice(14),
  );
  // Payloads by themselves too: a header's checksum keeps most mutations from reaching them.
  const payloads = seeds.map(packet => packet.slice(20));
  const dice = random(Number(process.env['NETUREON_FUZZ_SEED'] ?? 5));
  const outcomes = new Set<string>();
  const attempt = (parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array) => {
    try {
      parse(bytes);
      outcomes.add('accepted');
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      outcomes.add(`${error.layer}/${error.reason}`);
    }
  };
  for (let i = 0; i < PACKETS; i++) {
    const which = i % seeds.length;
    attempt(parsePacket, mutate(seeds[which] as Uint8Array, dice));
    attempt(which === 3 ? parseEchoReply : parseTcpSegment, mutate(payloads[which] as Uint8Array, dice));
  }
  expect([...outcomes].toSorted()).toEqual([
    'accepted',
    'icmp/checksum',
    'icmp/not-echo-reply',
    'icmp/truncated',
    'ipv4/checksum',
    'ipv4/length',
    'ipv4/truncated',
    'ipv4/version',
    'tcp/length',
    'tcp/truncated',
  ]);
});
