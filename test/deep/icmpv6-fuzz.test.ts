import { expect, it } from 'vitest';
import { WireError } from '../../src/wire/error.ts';
import { parseIcmpv6Frame } from '../../src/wire/icmpv6.ts';
import { checksum, parseIpv6Header } from '../../src/wire/ipv6.ts';
import { fixtureFrame } from '../wire/fixture.ts';
import { mutate, random } from '../wire/mutate.ts';

const FRAMES = 2_000_000;

/** Makes the checksum fit where there is one, or no mutation would get past it. */
function sumAgain(frame: Uint8Array): void {
  let header;
  try {
    header = parseIpv6Header(frame, 14);
  } catch (error) {
    if (error instanceof WireError) return;
    throw error;
  }
  const body = frame.subarray(header.payloadOffset, header.payloadOffset + header.payloadLength);
  if (body.length < 4) return;
  body.set([0, 0], 2);
  const sum = checksum(header, body);
  body.set([sum >> 8, sum & 255], 2);
}

it('parses two million mutated ICMPv6 frames and throws nothing but WireError', () => {
  const seeds = [
    fixtureFrame('nd-solicitation', 0),
    fixtureFrame('nd-solicitation', 1),
    fixtureFrame('nd-echo', 3),
    fixtureFrame('nd-dad'),
    fixtureFrame('nd-unsolicited'),
    fixtureFrame('mld1', 1),
    fixtureFrame('mld2', 0),
    fixtureFrame('mld2', 1),
  ];
  const dice = random(Number(process.env['NETUREON_FUZZ_SEED'] ?? 3));
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let i = 0; i < FRAMES; i++) {
    const frame = mutate(seeds[i % seeds.length] as Uint8Array, dice);
    if (i % 4 > 0) sumAgain(frame);
    try {
      count(parseIcmpv6Frame(frame).message.kind);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      count(`${error.layer}/${error.reason}`);
    }
  }
  expect([...outcomes.keys()].toSorted()).toEqual([
    'echo-reply',
    'echo-request',
    'ethernet/not-ipv6',
    'ethernet/oversize',
    'ethernet/too-many-tags',
    'ethernet/truncated',
    'icmpv6/address',
    'icmpv6/checksum',
    'icmpv6/code',
    'icmpv6/hop-limit',
    'icmpv6/length',
    'icmpv6/option',
    'icmpv6/router-alert',
    'icmpv6/type',
    'ipv6/length',
    'ipv6/next-header',
    'ipv6/option',
    'ipv6/truncated',
    'ipv6/version',
    'listener-query',
    'listener-report',
    'neighbour-advertisement',
    'neighbour-solicitation',
  ]);
  expect([...outcomes.values()].reduce((sum, n) => sum + n, 0)).toBe(FRAMES);
});
