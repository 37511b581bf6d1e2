// Networks behind 802.1Q tags, on real frames: this kernel need not know any VLAN.
import { describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/lan.ts';
import { parseCidr, parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Cidr, Ipv4 } from '../../src/lib/ipv4.ts';
import { lanForTest, responderFor } from '../support/lan.ts';
import { askedAsKnown, coverageOf, onTheWire, scan } from './lab.ts';

const vlan = (id: number, network: string, source?: string) => ({
  interface: 'lan0',
  id,
  network: parseCidr(network) as Cidr,
  source: source === undefined ? null : (parseIpv4(source) as Ipv4),
});

const untagged = { ip: '10.20.0.5', mac: '02:00:00:00:00:05' };
const twenty = { ip: '10.20.0.5', mac: '02:00:00:00:20:05', vlan: 20 };
const thirty = { ip: '10.20.0.5', mac: '02:00:00:00:30:05', vlan: 30 };

/** Frames per second at which a /28, or a /29, keeps the scan listening for a second: on a busy machine answers are late. */
const UNHURRIED = 40;
const UNHURRIED_29 = 20;

/** A scanner in 10.20.0.0/24, where one address is used untagged and in two VLANs. */
async function trunk(): Promise<{ lan: Lan; responder: Awaited<ReturnType<typeof responderFor>> }> {
  const lan = await lanForTest({ cidr: '10.20.0.0/24' });
  return { lan, responder: await responderFor(lan, [untagged, twenty, thirty]) };
}

describe('a network behind a tag', () => {
  it('is asked by tagged frames from no address, and hears that VLAN alone', async () => {
    const { lan, responder } = await trunk();
    const result = await scan(lan, {
      known: [],
      vlans: [vlan(20, '10.20.0.0/28')],
      onlyVlans: true,
      strict: true,
      rate: UNHURRIED,
    });
    expect(result.code, result.stderr).toBe(0);
    expect(result.observed).toEqual([`lan0.20 ${twenty.ip} ${twenty.mac}`]);
    expect(result.document).toMatchObject({
      networks: [{ network: '10.20.0.0/28', interface: 'lan0.20', vlan: 20, probed: 14, answered: 1 }],
      devices: [{ network: '10.20.0.0/28', vlan: 20, ip: twenty.ip, mac: twenty.mac }],
    });
    const { asked } = await responder.report();
    expect(Object.keys(asked).every(key => key.endsWith(' vlan 20'))).toBe(true);
    const times = asked['10.20.0.5 vlan 20']?.broadcast ?? 0;
    expect(times).toBe(coverageOf(result).counters.late > 0 ? Math.max(2, times) : 1);
    expect(onTheWire({ asked, sent: 0 }).broadcast).toBe(coverageOf(result).broadcasts);
  });

  it('knows its devices by unicast, and skips the address it speaks from', async () => {
    const { lan, responder } = await trunk();
    const result = await scan(lan, {
      known: [twenty],
      scans: 1,
      vlans: [vlan(20, '10.20.0.0/28', '10.20.0.9')],
      onlyVlans: true,
    });
    expect(result.observed).toEqual([`lan0.20 ${twenty.ip} ${twenty.mac}`]);
    const { asked } = await responder.report();
    const { broadcast = 0, unicast = 0 } = asked['10.20.0.5 vlan 20'] ?? {};
    expect(unicast).toBeGreaterThan(0);
    expect({ broadcast, unicast }).toEqual(askedAsKnown(broadcast + unicast));
    expect(asked['10.20.0.9 vlan 20']).toBeUndefined();
    expect(coverageOf(result)).toMatchObject({ addresses: 13, probed: 13, complete: true });
  });

  it('is scanned beside others of the same numbers, and none takes what is another’s', async () => {
    const { lan } = await trunk();
    const vlans = [vlan(20, '10.20.0.0/28'), vlan(30, '10.20.0.0/28')];
    const result = await scan(lan, { known: [], networks: ['10.20.0.0/28'], vlans, rate: UNHURRIED });
    expect(result.code, result.stderr).toBe(0);
    expect(result.observed).toEqual([
      `${untagged.ip} ${untagged.mac}`,
      `lan0.20 ${twenty.ip} ${twenty.mac}`,
      `lan0.30 ${thirty.ip} ${thirty.mac}`,
    ]);
    expect(result.stored?.map(({ interface: name, link, answered }) => [name, link, answered])).toEqual([
      ['lan0', '', 1],
      ['lan0.20', 'lan0.20', 1],
      ['lan0.30', 'lan0.30', 1],
    ]);
  });

  it('needs no address on the interface', async () => {
    const { lan } = await trunk();
    await lan.scanner.tool('ip', ['address', 'flush', 'dev', 'lan0']);
    const result = await scan(lan, {
      known: [],
      vlans: [vlan(20, '10.20.0.0/28')],
      onlyVlans: true,
      rate: UNHURRIED,
    });
    expect(result.observed, result.stderr).toEqual([`lan0.20 ${twenty.ip} ${twenty.mac}`]);
  });
});

it('tagged replies do not answer untagged requests, nor the other way round; a priority is no VLAN', async () => {
  const lan = await lanForTest({ cidr: '10.20.0.0/24' });
  await responderFor(lan, [
    { ip: '10.20.0.1', mac: '02:00:00:00:00:01', vlans: [20] },
    { ip: '10.20.0.2', mac: '02:00:00:00:00:02', vlans: [0] },
    { ip: '10.20.0.3', mac: '02:00:00:00:00:03', vlans: [20, 7] },
    { ip: '10.20.0.1', mac: '02:00:00:00:20:01', vlan: 20, vlans: [] },
    { ip: '10.20.0.2', mac: '02:00:00:00:20:02', vlan: 20, vlans: [0, 20] },
    { ip: '10.20.0.3', mac: '02:00:00:00:20:03', vlan: 20, vlans: [30] },
  ]);
  const result = await scan(lan, {
    known: [],
    networks: ['10.20.0.0/29'],
    vlans: [vlan(20, '10.20.0.0/29')],
    rate: UNHURRIED_29,
  });
  expect(result.observed).toEqual(['10.20.0.2 02:00:00:00:00:02', 'lan0.20 10.20.0.2 02:00:00:00:20:02']);
  // Those two are asked three times each.
  for (const one of result.stored ?? []) expect(one.counters).toMatchObject({ otherVlan: 6 });
});

it('without CAP_NET_RAW there is no asking in a VLAN, and the others are scanned', async () => {
  const lan = await lanForTest({ cidr: '10.20.0.0/24' });
  const unprivileged = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw'] as const;
  const argument = { known: [], networks: ['10.20.0.0/29'], vlans: [vlan(20, '10.20.0.0/29')] };
  const result = await scan(lan, argument, unprivileged);
  expect(result.code).toBe(74);
  expect(result.stored).toMatchObject([
    { link: '', complete: true },
    { link: 'lan0.20', complete: false, problem: expect.stringContaining('CAP_NET_RAW') },
  ]);
});
