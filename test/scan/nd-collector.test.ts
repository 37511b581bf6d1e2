import { describe, expect, it } from 'vitest';
import { ALL_NODES, formatIpv6, solicitedNodeOf } from '../../src/lib/ipv6.ts';
import type { Ipv6 } from '../../src/lib/ipv6.ts';
import type { Mac } from '../../src/lib/mac.ts';
import { formatMac } from '../../src/lib/mac.ts';
import { MAX_HEARD, MAX_PER_MAC, NdCollector } from '../../src/scan/nd-collector.ts';
import {
  advertisement,
  echoReply,
  frame,
  IDENTIFIER,
  ip6,
  mac,
  OUR_IP,
  OUR_MAC,
  OUR_ULA,
  report,
  solicitation,
} from './nd-simulated.ts';

const HOST = { mac: mac('02:00:00:00:00:07'), ip: ip6('fe80::ff:fe00:7') };
const collector = () =>
  new NdCollector({ macs: new Set([OUR_MAC]), ips: new Set([OUR_IP, OUR_ULA]), identifier: IDENTIFIER });

/** What one frame says, and what was counted beside it. */
function judge(bytes: Uint8Array, vlan: number | null = null) {
  const one = collector();
  const sighting = one.read(bytes, vlan);
  const { malformedBy, ...counters } = one.counters(0);
  return {
    says: sighting === null ? null : `${formatIpv6(sighting.ip)} ${formatMac(sighting.mac)}`,
    counted: [...Object.entries(counters).filter(([, n]) => n > 0), ...Object.entries(malformedBy)].map(
      ([name, n]) => `${name} ${n}`,
    ),
  };
}

describe('what says who is there', () => {
  const FOUND = 'fe80::ff:fe00:7 02:00:00:00:00:07';
  it.each([
    ['the answer to our echo', echoReply(HOST), FOUND, ['echoReplies 1']],
    ['an advertisement', advertisement(HOST), FOUND, ['advertisements 1']],
    ['one without a MAC of its own', advertisement(HOST, { linkLayer: null }), FOUND, ['advertisements 1']],
    ['one that nobody asked for', advertisement({ ...HOST, to: ALL_NODES }), FOUND, ['advertisements 1']],
    ['a solicitation', solicitation(HOST), FOUND, ['solicitations 1']],
    [
      'one of a global address',
      solicitation({ ...HOST, ip: ip6('2001:db8::7') }),
      '2001:db8::7 02:00:00:00:00:07',
      ['solicitations 1'],
    ],
    ['a listener’s report', report(HOST), FOUND, ['reports 1']],
    [
      'a router’s query',
      frame(HOST, { kind: 'listener-query', version: 2, group: 0n as Ipv6, maxResponseMs: 10_000 }),
      FOUND,
      ['others 1'],
    ],
    [
      'the echo of a link-local address',
      frame(HOST, { kind: 'echo-request', identifier: 1, sequence: 1 }),
      FOUND,
      ['others 1'],
    ],
    [
      'an answer from a network of ours',
      echoReply({ ...HOST, ip: ip6('fd66::7'), to: OUR_ULA }),
      'fd66::7 02:00:00:00:00:07',
      ['echoReplies 1'],
    ],
  ])('%s', (_, bytes, says, counted) => {
    expect(judge(bytes)).toEqual({ says, counted });
    // A priority tag is no VLAN.
    expect(judge(bytes, 0).says).toBe(says);
  });
});

describe('what says nothing, or nothing true', () => {
  const STRANGER = mac('02:00:00:00:00:99');
  it.each([
    // A router hands on what comes from far away, under its own MAC.
    [
      'an answer from off the link',
      echoReply({ ...HOST, ip: ip6('2001:db8::7') }),
      ['echoReplies 1', 'unasked 1'],
    ],
    ['an answer to somebody else', echoReply(HOST, 1), ['echoReplies 1', 'unasked 1']],
    [
      'the echo of a global address',
      frame({ ...HOST, ip: ip6('2001:db8::7') }, { kind: 'echo-request', identifier: 1, sequence: 1 }),
      ['others 1'],
    ],
    [
      'an address that is still being tried',
      frame(
        { mac: HOST.mac, ip: ip6('::'), to: solicitedNodeOf(HOST.ip) },
        { kind: 'neighbour-solicitation', target: HOST.ip, linkLayer: null },
      ),
      ['solicitations 1'],
    ],
    ['a report of nobody', report({ ...HOST, ip: ip6('::') }), ['reports 1']],
    ['a multicast sender', solicitation({ ...HOST, ip: ip6('ff02::1') }), ['solicitations 1', 'hostile 1']],
    ['a loopback sender', solicitation({ ...HOST, ip: ip6('::1') }), ['solicitations 1', 'hostile 1']],
    [
      'an IPv4 address in disguise',
      solicitation({ ...HOST, ip: ip6('::ffff:10.0.0.1') }),
      ['solicitations 1', 'hostile 1'],
    ],
    ['a sender without a MAC', solicitation({ ...HOST, mac: 0 as Mac }), ['solicitations 1', 'hostile 1']],
    [
      'a sender with a group MAC',
      echoReply({ ...HOST, mac: mac('33:33:00:00:00:01') }),
      ['echoReplies 1', 'hostile 1'],
    ],
    [
      'an option with a group MAC',
      advertisement(HOST, { linkLayer: mac('ff:ff:ff:ff:ff:ff') }),
      ['advertisements 1', 'hostile 1'],
    ],
    [
      'a claim on our address',
      advertisement(HOST, { target: OUR_IP }),
      ['advertisements 1', 'ownAddressClaims 1'],
    ],
    [
      'our address as a sender',
      solicitation({ ...HOST, ip: OUR_ULA }),
      ['solicitations 1', 'ownAddressClaims 1'],
    ],
    [
      'a stranger who speaks for our MAC',
      advertisement(HOST, { linkLayer: OUR_MAC }),
      ['advertisements 1', 'foreignSource 1'],
    ],
    ['what we sent ourselves', solicitation({ ...HOST, mac: OUR_MAC }), []],
  ])('%s', (_, bytes, counted) => {
    expect(judge(bytes)).toEqual({ says: null, counted });
  });

  it('counts a MAC that is not the frame’s, and takes the one the message tells', () => {
    expect(judge(advertisement(HOST, { linkLayer: STRANGER }))).toEqual({
      says: 'fe80::ff:fe00:7 02:00:00:00:00:99',
      counted: ['advertisements 1', 'foreignSource 1'],
    });
  });

  it('leaves another VLAN alone', () => {
    expect(judge(echoReply(HOST), 7)).toEqual({ says: null, counted: ['tagged 1'] });
  });

  it('counts what it cannot read by layer and reason', () => {
    const bytes = advertisement(HOST);
    bytes[21] = 64;
    expect(judge(bytes)).toEqual({ says: null, counted: ['malformed 1', 'icmpv6/hop-limit 1'] });
    expect(judge(bytes.slice(0, 30)).counted).toEqual(['malformed 1', 'ipv6/truncated 1']);
  });
});

describe('what is kept', () => {
  const station = (n: number) => (0x020000000000 + n) as Mac;
  const local = (n: number) => (ip6('fe80::') + BigInt(n)) as Ipv6;

  it('each pair once, with the time of the echo that came later', () => {
    const one = collector();
    expect(one.keep(HOST, null)).toBe(true);
    expect(one.keep(HOST, 1.5)).toBe(false);
    expect(one.keep(HOST, 9)).toBe(false);
    expect(one.keep({ ...HOST, mac: station(8) }, null)).toBe(true);
    expect(one.present).toEqual([
      { ...HOST, rttMs: 1.5 },
      { ...HOST, mac: station(8), rttMs: null },
    ]);
    expect(one.counters(3)).toMatchObject({ duplicates: 2, dropped: 3, overflow: 0 });
  });

  it('fe80::/64 by itself: everything else comes and goes', () => {
    const one = collector();
    one.keep({ ...HOST, ip: ip6('fd66::7') }, null);
    one.keep({ ...HOST, ip: ip6('fe80:0:0:1::7') }, null);
    one.keep(HOST, null);
    expect(one.present.map(({ ip }) => formatIpv6(ip))).toEqual(['fe80::ff:fe00:7']);
    expect(one.heard.map(({ ip }) => formatIpv6(ip))).toEqual(['fd66::7', 'fe80:0:0:1::7']);
  });

  it('so many of one MAC, of one address, and in all', () => {
    const ofMac = collector();
    for (let n = 1; n <= 1000; n++) ofMac.keep({ mac: station(1), ip: local(n) }, null);
    expect(ofMac.present.length).toBe(MAX_PER_MAC);
    expect(ofMac.counters(0).overflow).toBe(1000 - MAX_PER_MAC);
    // Apart from its other addresses.
    expect(ofMac.keep({ mac: station(1), ip: ip6('fd66::1') }, null)).toBe(true);

    const ofAddress = collector();
    for (let n = 1; n <= 1000; n++) ofAddress.keep({ mac: station(n), ip: local(1) }, null);
    expect(ofAddress.present.length).toBe(16);

    const inAll = collector();
    for (let n = 1; n <= MAX_HEARD + 10; n++)
      inAll.keep({ mac: station(n), ip: (ip6('fd66::') + BigInt(n)) as Ipv6 }, null);
    expect(inAll.heard.length).toBe(MAX_HEARD);
    expect(inAll.keep(HOST, null)).toBe(true);
    expect(inAll.full).toBe(false);
  });

  it('a flood of link-local senders ends at the limit, and says so', () => {
    const one = collector();
    for (let n = 1; n <= 131_072; n++) one.keep({ mac: station(n), ip: local(n) }, null);
    expect(one.full).toBe(true);
    expect(one.keep({ mac: station(999_999), ip: local(999_999) }, null)).toBe(false);
  });
});
