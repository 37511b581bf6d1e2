import { expect, it } from 'vitest';
import type { Ipv4 } from '../../src/lib/ipv4.ts';
import { parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Mac } from '../../src/lib/mac.ts';
import { BROADCAST_MAC, ZERO_MAC } from '../../src/lib/mac.ts';
import type { GatewayEntry } from '../../src/scan/gateway-claim.ts';
import { claimsOnGateway } from '../../src/scan/gateway-claim.ts';
import { planOf } from '../../src/scan/plan.ts';
import type { Observation } from '../../src/scan/types.ts';
import { SELF_MAC, TARGET } from './simulated.ts';

const GATEWAY = parseIpv4('10.66.0.1') as Ipv4;
const OTHER = parseIpv4('10.66.0.5') as Ipv4;
const ROUTER = 0x020000000001 as Mac;
const SPOOFER = 0x020000000005 as Mac;
const REPLACEMENT = 0x020000000099 as Mac;
const OWN = new Set([SELF_MAC]);

const entry = (mac: Mac, ageMs = 1000, known: readonly Mac[] = [ROUTER]): GatewayEntry => ({
  plan: planOf(TARGET, { gateway: GATEWAY, known: known.map(one => ({ ip: GATEWAY, mac: one })) }),
  ip: GATEWAY,
  mac,
  ageMs,
});
const heard = (mac: Mac, ip = GATEWAY): Observation => ({
  network: TARGET.network,
  link: '',
  ip,
  mac,
  rttMs: 1,
});
const claims = (one: GatewayEntry, observations: readonly Observation[]) =>
  claimsOnGateway([one], observations, OWN);
const CLAIM = [{ network: TARGET.network, link: '', ip: GATEWAY, mac: SPOOFER, rttMs: null }];

it('the kernel has another MAC than the one that answers: a claim', () => {
  expect(claims(entry(SPOOFER), [heard(ROUTER), heard(SPOOFER, OTHER)])).toEqual(CLAIM);
  // It goes on, and both are known at the gateway's address by now.
  expect(claims(entry(SPOOFER, 0, [ROUTER, SPOOFER]), [heard(ROUTER)])).toEqual(CLAIM);
  // The first look: nobody is known.
  expect(claims(entry(SPOOFER, 60_000, []), [heard(ROUTER)])).toEqual(CLAIM);
});

it('the kernel agrees with one that answers: nothing to add', () => {
  expect(claims(entry(ROUTER), [heard(ROUTER)])).toEqual([]);
  expect(claims(entry(SPOOFER), [heard(ROUTER), heard(SPOOFER)])).toEqual([]);
});

it('an entry that nobody has renewed for a minute claims nothing', () => {
  expect(claims(entry(SPOOFER, 60_010), [heard(ROUTER)])).toEqual([]);
});

it('the known gateway was replaced since the last sweep: its entry claims nothing', () => {
  expect(claims(entry(ROUTER), [heard(REPLACEMENT)])).toEqual([]);
  expect(claims(entry(ROUTER, 1000, [ROUTER, SPOOFER]), [heard(REPLACEMENT)])).toEqual([]);
});

it('nobody answers as gateway: nobody is contradicted', () => {
  expect(claims(entry(SPOOFER), [heard(SPOOFER, OTHER)])).toEqual([]);
  expect(claims(entry(SPOOFER), [{ ...heard(ROUTER), link: 'lan0.20' }])).toEqual([]);
});

it.each([ZERO_MAC, BROADCAST_MAC, SELF_MAC])('MAC %i is nobody’s to claim with', mac => {
  expect(claims(entry(mac), [heard(ROUTER)])).toEqual([]);
});
